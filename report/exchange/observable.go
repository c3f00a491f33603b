package exchange

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"hunt/pattern"
	"hunt/report"
)

var (
	stixHashes = map[report.IndicatorType]struct {
		name string
		form func() *regexp.Regexp
	}{
		report.IndicatorMD5:    {"MD5", pattern.Of(`^[0-9a-f]{32}$`)},
		report.IndicatorSHA1:   {"SHA-1", pattern.Of(`^[0-9a-f]{40}$`)},
		report.IndicatorSHA256: {"SHA-256", pattern.Of(`^[0-9a-f]{64}$`)},
	}
	// uri is the characters of RFC 3986, hostName those of a name in the DNS as it is used.
	uri      = pattern.Of(`^[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+$`)
	hostName = pattern.Of(`^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62}\.?)+$`)
)

// observable adds the observable of an indicator and returns its id, "" if the value is not what the standard takes.
func (b *stixBundle) observable(n *report.Indicator) string {
	v := n.Value
	switch n.Type {
	case report.IndicatorMD5, report.IndicatorSHA1, report.IndicatorSHA256:
		if h := stixHashes[n.Type]; h.form().MatchString(v) {
			hashes := stixObject{h.name: v}
			return b.sco("file", stixObject{"hashes": hashes}, stixObject{"hashes": hashes})
		}
	case report.IndicatorURL:
		if uri().MatchString(v) {
			return b.sco("url", stixObject{"value": v}, stixObject{"value": v})
		}
	case report.IndicatorDomain:
		if len(v) <= 253 && hostName().MatchString(v) {
			return b.sco("domain-name", stixObject{"value": v}, stixObject{"value": v})
		}
	case report.IndicatorIP:
		if kind, a := stixAddress(v); kind != "" {
			return b.sco(kind, stixObject{"value": a}, stixObject{"value": a})
		}
	case report.IndicatorPath:
		dir, name := splitPath(strings.ToValidUTF8(v, "\ufffd"))
		if name == "" {
			return ""
		}
		file := stixObject{"name": name}
		if dir != "" {
			file["parent_directory_ref"] = b.sco("directory", stixObject{"path": dir}, stixObject{"path": dir})
		}
		return b.sco("file", file, file)
	}
	return ""
}

// sco adds an observable. Its id is made of the properties that the standard names for its type, as canonical JSON.
func (b *stixBundle) sco(kind string, contributing, properties stixObject) string {
	o := stixObject{"type": kind, "spec_version": "2.1", "id": kind + "--" +
		stixObservables.uuid5(string(canonical(nil, contributing)))}
	for k, v := range properties {
		o[k] = v
	}
	if b.marking != "" {
		o["object_marking_refs"] = []string{b.marking}
	}
	b.add(o)
	return o.id()
}

func stixAddress(v string) (kind, addr string) {
	a, err := netip.ParseAddr(v)
	if err != nil {
		return "", ""
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return "ipv4-addr", a.String()
	}
	return "ipv6-addr", a.String()
}

// splitPath splits a Windows path before its last component.
func splitPath(p string) (dir, name string) {
	i := strings.LastIndexAny(p, `\/`)
	if i < 0 {
		return "", p
	}
	dir = p[:i]
	if strings.HasSuffix(dir, ":") {
		dir += `\` // the root of a drive
	}
	return dir, p[i+1:]
}

// stixPattern is the pattern that finds an indicator's value, "" if there is none.
func stixPattern(n *report.Indicator) string {
	v := strings.ToValidUTF8(n.Value, "\ufffd")
	switch n.Type {
	case report.IndicatorMD5, report.IndicatorSHA1, report.IndicatorSHA256:
		if h := stixHashes[n.Type]; h.form().MatchString(v) {
			return "[file:hashes." + quoteSTIX(h.name) + " = " + quoteSTIX(v) + "]"
		}
	case report.IndicatorURL:
		return "[url:value = " + quoteSTIX(v) + "]"
	case report.IndicatorDomain:
		return "[domain-name:value = " + quoteSTIX(v) + "]"
	case report.IndicatorIP:
		if kind, a := stixAddress(v); kind != "" {
			return "[" + kind + ":value = " + quoteSTIX(a) + "]"
		}
	case report.IndicatorPath:
		dir, name := splitPath(v)
		switch {
		case name == "":
			return ""
		case dir == "":
			return "[file:name = " + quoteSTIX(name) + "]"
		}
		return "[file:name = " + quoteSTIX(name) + " AND file:parent_directory_ref.path = " + quoteSTIX(dir) + "]"
	}
	return ""
}

var stixQuotes = strings.NewReplacer(`\`, `\\`, `'`, `\'`)

// quoteSTIX writes a string literal of the pattern language (section 9.6): only backslash and quote are escaped.
func quoteSTIX(s string) string { return "'" + stixQuotes.Replace(s) + "'" }

func validText(s, fallback string) string {
	return cmp.Or(strings.ToValidUTF8(s, "\ufffd"), fallback)
}

// canonical writes an object of strings and objects as RFC 8785 wants it: members sorted, and only those
// characters escaped that must be.
func canonical(dst []byte, o stixObject) []byte {
	keys := make([]string, 0, len(o))
	for k := range o {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	dst = append(dst, '{')
	for i, k := range keys {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(canonicalString(dst, k), ':')
		switch v := o[k].(type) {
		case stixObject:
			dst = canonical(dst, v)
		case string:
			dst = canonicalString(dst, v)
		}
	}
	return append(dst, '}')
}

func canonicalString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	short := map[rune]byte{'"': '"', '\\': '\\', '\b': 'b', '\t': 't', '\n': 'n', '\f': 'f', '\r': 'r'}
	dst = append(dst, '"')
	for _, r := range s {
		switch c, ok := short[r]; {
		case ok:
			dst = append(dst, '\\', c)
		case r < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		default:
			dst = append(dst, string(r)...)
		}
	}
	return append(dst, '"')
}

// indented writes v as JSON that people can read, without the escapes that only HTML needs.
func indented(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(v)
	return buf.Bytes(), err
}
