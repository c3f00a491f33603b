package indicator

import (
	"strings"

	"hunt/pattern"
	"hunt/report"
)

var (
	// dots are all the characters that name resolution takes for a dot (UTS 46).
	dots = strings.NewReplacer(".", "[.]", "\u3002", "[.]", "\uff0e", "[.]", "\uff61", "[.]")
	// hostMarks break a host: its dots, the colons of its port or of an IPv6 address, and the sign before
	// which credentials stand.
	hostMarks = strings.NewReplacer(".", "[.]", "\u3002", "[.]", "\uff0e", "[.]", "\uff61", "[.]", ":", "[:]", "@",
		"[@]")
	// scheme is what programs make a link of, also within the path or the query of another.
	scheme = pattern.Of(`(?i)\b(h)tt(ps?)(:)//|\b(f)t(ps?)(:)//`)
)

// Defang makes a network indicator unclickable, and so that it cannot be pasted into a browser by mistake:
// hxxps[://]host[.]example. Hashes, paths and commands stay as they are. The raw value is beside it in
// every output.
func Defang(kind report.IndicatorType, value string) string {
	switch kind {
	case report.IndicatorURL:
		before, rest, ok := strings.Cut(value, "://")
		if !ok {
			return dots.Replace(value)
		}
		end := strings.IndexAny(rest, `/?#\`)
		if end < 0 {
			end = len(rest)
		}
		return breakScheme(before+"://") + hostMarks.Replace(rest[:end]) +
			scheme().ReplaceAllStringFunc(rest[end:], breakScheme)
	case report.IndicatorDomain, report.IndicatorIP:
		return hostMarks.Replace(value)
	}
	return value
}

// breakScheme writes http:// as hxxp[://], and keeps its case.
func breakScheme(s string) string {
	s = strings.TrimSuffix(s, "://")
	return strings.NewReplacer("tt", "xx", "TT", "XX", "tT", "xX", "Tt", "Xx", "ft", "fx", "FT", "FX", "Ft", "Fx",
		"fT", "fX").Replace(s) + "[://]"
}
