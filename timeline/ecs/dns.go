package ecs

import (
	"bytes"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// maxAnswers bounds the answers taken from one DNS event; Sysmon writes some hundred at most.
const maxAnswers = 1024

// appendAnswers appends the data, types or addresses of Sysmon's QueryResults:
// "type:  5 cname.example;::ffff:192.0.2.1;". An item without a type is an
// address: A if it is an IPv4 one behind ::ffff:, else AAAA.
func (w *workspace) appendAnswers(dst []Value, results []byte, what op) []Value {
	from := len(dst)
	n := 0
	for item := range bytes.SplitSeq(results, []byte(";")) {
		item = bytes.TrimSpace(item)
		if len(item) == 0 {
			continue
		}
		if n++; n > maxAnswers {
			break
		}
		data, kind := item, []byte(nil)
		if rest, ok := bytes.CutPrefix(item, []byte("type:")); ok {
			number, value, _ := bytes.Cut(bytes.TrimLeft(rest, " "), []byte(" "))
			data, kind = bytes.TrimSpace(value), number
		}
		ip, isIP := plainIP(data)
		if isIP {
			data = ip
		}
		switch what {
		case opAnswerData:
			if len(data) > 0 {
				dst = append(dst, String(w.string(data)))
			}
		case opResolvedIP:
			if isIP {
				dst = appendNew(dst, from, String(w.string(data)))
			}
		case opAnswerType:
			switch {
			case kind != nil:
				if name, ok := dnsTypes.lookup(kind); ok {
					dst = append(dst, String(name))
				} else {
					dst = append(dst, String(w.string(kind)))
				}
			case isIP && bytes.IndexByte(data, ':') < 0:
				dst = append(dst, String("A"))
			case isIP:
				dst = append(dst, String("AAAA"))
			}
		}
	}
	return dst
}

// domainPart returns a host name's public suffix, its registered domain or what
// stands before that. ok is false where the name has no such part.
func domainPart(name []byte, what op) (part []byte, ok bool) {
	const maxName = 255 // RFC 1035, section 2.3.4
	if len(name) > maxName {
		return nil, false
	}
	host := strings.Trim(strings.ToLower(string(name)), ".")
	suffix, _ := publicsuffix.PublicSuffix(host)
	if what == opTLD {
		return []byte(suffix), strings.Contains(host, ".")
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return nil, false
	}
	if what == opDomain {
		return []byte(domain), true
	}
	sub := strings.TrimSuffix(strings.TrimSuffix(host, domain), ".")
	return []byte(sub), sub != ""
}

// dnsTypes are the record types. Source: IANA DNS parameters.
var dnsTypes = newTextTable(map[string]string{
	"1": "A", "2": "NS", "5": "CNAME", "6": "SOA", "12": "PTR", "13": "HINFO", "15": "MX", "16": "TXT", "17": "RP",
	"24": "SIG", "25": "KEY", "28": "AAAA", "29": "LOC", "33": "SRV", "35": "NAPTR", "37": "CERT",
	"39": "DNAME", "41": "OPT",
	"43": "DS", "44": "SSHFP", "46": "RRSIG", "47": "NSEC", "48": "DNSKEY", "49": "DHCID", "50": "NSEC3",
	"52": "TLSA",
	"64": "SVCB", "65": "HTTPS", "99": "SPF", "249": "TKEY", "250": "TSIG", "251": "IXFR", "252": "AXFR",
	"255": "ANY", "257": "CAA",
})

// dnsStatus are the QueryStatus codes. Source: Microsoft, system error codes
// 9000 to 11999 and those below that the resolver returns.
var dnsStatus = newTextTable(map[string]string{
	"0": "SUCCESS", "5": "ERROR_ACCESS_DENIED", "8": "ERROR_NOT_ENOUGH_MEMORY",
	"13": "ERROR_INVALID_DATA", "14": "ERROR_OUTOFMEMORY",
	"87": "ERROR_INVALID_PARAMETER", "123": "ERROR_INVALID_NAME", "1214": "ERROR_INVALID_NETNAME",
	"1223": "ERROR_CANCELLED",
	"1460": "ERROR_TIMEOUT", "4312": "ERROR_OBJECT_NOT_FOUND",
	"9001": "DNS_ERROR_RCODE_FORMAT_ERROR", "9002": "DNS_ERROR_RCODE_SERVER_FAILURE",
	"9003": "DNS_ERROR_RCODE_NAME_ERROR",
	"9004": "DNS_ERROR_RCODE_NOT_IMPLEMENTED", "9005": "DNS_ERROR_RCODE_REFUSED", "9006": "DNS_ERROR_RCODE_YXDOMAIN",
	"9007": "DNS_ERROR_RCODE_YXRRSET", "9008": "DNS_ERROR_RCODE_NXRRSET", "9009": "DNS_ERROR_RCODE_NOTAUTH",
	"9010": "DNS_ERROR_RCODE_NOTZONE", "9016": "DNS_ERROR_RCODE_BADSIG", "9017": "DNS_ERROR_RCODE_BADKEY",
	"9018": "DNS_ERROR_RCODE_BADTIME",
	"9501": "DNS_INFO_NO_RECORDS", "9502": "DNS_ERROR_BAD_PACKET", "9503": "DNS_ERROR_NO_PACKET",
	"9504": "DNS_ERROR_RCODE",
	"9505": "DNS_ERROR_UNSECURE_PACKET", "9506": "DNS_REQUEST_PENDING", "9551": "DNS_ERROR_INVALID_TYPE",
	"9552": "DNS_ERROR_INVALID_IP_ADDRESS",
	"9560": "DNS_ERROR_INVALID_NAME_CHAR", "9701": "DNS_ERROR_RECORD_DOES_NOT_EXIST",
	"9702": "DNS_ERROR_RECORD_FORMAT",
	"9852": "DNS_ERROR_NO_DNS_SERVERS", "10054": "WSAECONNRESET", "10055": "WSAENOBUFS", "10060": "WSAETIMEDOUT",
	"11001": "WSAHOST_NOT_FOUND", "11002": "WSATRY_AGAIN", "11003": "WSANO_RECOVERY", "11004": "WSANO_DATA",
})
