package notation

import (
	"iter"
	"strconv"
)

// Keywords of the Security log. Source: winmeta.xml.
const (
	keywordAuditFailure = 1 << 52
	keywordAuditSuccess = 1 << 53
	keywordClassic      = 1 << 55
	keywordReserved     = 0xff << 56 // channel bits
)

var keywords = [...]struct {
	bit  uint64
	name string
}{{keywordAuditFailure, "Audit Failure"}, {keywordAuditSuccess, "Audit Success"}, {keywordClassic, "Classic"}}

// Keywords yields the names of the standard keywords that are set, and the remaining bits as one
// number.
func Keywords(k uint64) iter.Seq[string] {
	return func(yield func(string) bool) {
		rest := k &^ keywordReserved
		for i := range keywords {
			if rest&keywords[i].bit == 0 {
				continue
			}
			if rest &^= keywords[i].bit; !yield(keywords[i].name) {
				return
			}
		}
		if rest != 0 {
			yield("0x" + strconv.FormatUint(rest, 16))
		}
	}
}

// Outcome returns the outcome in the audit keywords, "" if there is none.
func Outcome(k uint64) string {
	switch {
	case k&keywordAuditFailure != 0:
		return "failure"
	case k&keywordAuditSuccess != 0:
		return "success"
	}
	return ""
}
