package ecs

import (
	"bytes"
	"strings"

	"golang.org/x/net/publicsuffix"

	"hunt/timeline/ecs/code"
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
				if name, ok := code.DNSTypes.Text(kind); ok {
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
