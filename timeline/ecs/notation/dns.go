package notation

import (
	"bytes"
	"iter"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// MaxAnswers bounds the answers taken from one DNS event; Sysmon writes a hundred or so at most.
const MaxAnswers = 1024

// Answer is one item of Sysmon's QueryResults.
type Answer struct {
	Data []byte
	Type []byte // number of the record type, nil if Sysmon names none
	IsIP bool   // Data is an address
}

// Answers yields the items of Sysmon's QueryResults: "type:  5 cname.example;::ffff:192.0.2.1;". An item
// without a type is an address: from an A record if it is an IPv4 address with ::ffff: in front,
// otherwise from an AAAA record.
func Answers(results []byte) iter.Seq[Answer] {
	return func(yield func(Answer) bool) {
		n := 0
		for item := range bytes.SplitSeq(results, []byte(";")) {
			item = bytes.TrimSpace(item)
			if len(item) == 0 {
				continue
			}
			if n++; n > MaxAnswers {
				break
			}
			a := Answer{Data: item}
			if rest, ok := bytes.CutPrefix(item, []byte("type:")); ok {
				number, value, _ := bytes.Cut(bytes.TrimLeft(rest, " "), []byte(" "))
				a.Data, a.Type = bytes.TrimSpace(value), number
			}
			if ip, ok := PlainIP(a.Data); ok {
				a.Data, a.IsIP = ip, true
			}
			if !yield(a) {
				return
			}
		}
	}
}

// PublicSuffix returns the public suffix of a host name. ok is false if the name has none.
func PublicSuffix(name []byte) (suffix []byte, ok bool) {
	host, ok := hostOf(name)
	if !ok {
		return nil, false
	}
	s, _ := publicsuffix.PublicSuffix(host)
	return []byte(s), strings.Contains(host, ".")
}

// RegisteredDomain returns the registered domain of a host name: its public suffix and the label
// before it. ok is false where the name has none.
func RegisteredDomain(name []byte) (domain []byte, ok bool) {
	_, registered, ok := registeredDomain(name)
	return []byte(registered), ok
}

// Subdomain returns what is before the registered domain of a host name. ok is false where nothing does.
func Subdomain(name []byte) (sub []byte, ok bool) {
	host, registered, ok := registeredDomain(name)
	if !ok {
		return nil, false
	}
	before := strings.TrimSuffix(strings.TrimSuffix(host, registered), ".")
	return []byte(before), before != ""
}

func registeredDomain(name []byte) (host, domain string, ok bool) {
	if host, ok = hostOf(name); !ok {
		return "", "", false
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	return host, domain, err == nil
}

// hostOf returns a name as the list of public suffixes spells it.
func hostOf(name []byte) (host string, ok bool) {
	const maxName = 255 // RFC 1035, section 2.3.4
	if len(name) > maxName {
		return "", false
	}
	return strings.Trim(strings.ToLower(string(name)), "."), true
}
