// Package encoded finds base64 in command lines and scripts and shows what it holds: text, UTF-16LE as PowerShell's
// -EncodedCommand takes it, and compressed content.
package encoded

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"hunt/pattern"
)

const (
	// maxInflated bounds one decompressed payload, in bytes, against decompression bombs.
	maxInflated = 256 << 10
	// MaxRuns bounds the encoded runs tried in one text.
	MaxRuns = 64
	// minInflated is the least that a deflate stream without a header must give, in bytes: random bytes inflate to a
	// few, too.
	minInflated = 16
)

var (
	// longRun is what could be base64 wherever it stands; shorter runs are words and paths.
	longRun = pattern.Of(`[A-Za-z0-9+/]{40,}={0,2}`)
	// encArgument is an argument of PowerShell that may be -EncodedCommand in one of its abbreviations.
	// PowerShell takes dashes of several lengths and a slash.
	encArgument = pattern.Of(`(?i)[-/\x{2013}-\x{2015}](e[a-z]*)\s+["']?([A-Za-z0-9+/]{8,}={0,2})`)
	// fromBase64 is the .NET call with a literal.
	fromBase64 = pattern.Of(`(?i)FromBase64String\(\s*["']([A-Za-z0-9+/=\s]{4,})["']`)
)

// Run is a text that may be base64.
type Run struct {
	Text    string
	command bool // the argument of -EncodedCommand: UTF-16LE, whatever it looks like
	literal bool // the code says that it is base64
}

// Runs finds what may be base64 in s, starting with what the code says is base64. more says that s has more than was
// looked at.
func Runs(s string) (out []Run, more bool) { return runs(s, MaxRuns) }

func runs(s string, most int) (out []Run, more bool) {
	if signsOf(s)&base64Sign == 0 {
		return nil, false
	}
	seen := map[string]bool{}
	add := func(r Run) {
		switch {
		case seen[r.Text]:
		case len(out) == most:
			more = true
		default:
			seen[r.Text] = true
			out = append(out, r)
		}
	}
	arguments := encArgument().FindAllStringSubmatch(s, most+1)
	for _, m := range arguments {
		if name := strings.ToLower(m[1]); name == "ec" || strings.HasPrefix("encodedcommand", name) {
			add(Run{Text: m[2], command: true})
		}
	}
	literals := fromBase64().FindAllStringSubmatch(s, most+1)
	for _, m := range literals {
		add(Run{Text: strings.Join(strings.Fields(m[1]), ""), literal: true})
	}
	long := longRun().FindAllString(s, most+1)
	for _, run := range long[:min(len(long), most)] {
		add(Run{Text: run})
	}
	return out, more || max(len(arguments), len(literals), len(long)) > most
}

// Plain is a decoded text.
type Plain struct {
	Kind string // how it was encoded: "base64 gzip"
	Text string
	Cut  bool // only the beginning was unpacked
}

// Decode decodes a run to text and says how. ok is false if the result is not text.
func (r Run) Decode() (p Plain, ok bool) {
	raw, ok := unbase64(r.Text)
	if !ok {
		return Plain{}, false
	}
	if r.command {
		if p.Text, ok = utf16Text(raw); ok {
			p.Kind = "base64 UTF-16LE (-EncodedCommand)"
			return p, true
		}
	}
	p, ok = readable(raw)
	if ok && r.literal && p.Kind == "base64" {
		p.Kind = "base64 (FromBase64String)"
	}
	return p, ok
}

func unbase64(s string) ([]byte, bool) {
	s = strings.TrimRight(s, "=")
	if len(s)%4 == 1 {
		return nil, false
	}
	b, err := base64.RawStdEncoding.DecodeString(s)
	return b, err == nil && len(b) > 0
}

// readable turns decoded bytes into text, if text is what they are: compressed, UTF-16LE or UTF-8.
func readable(b []byte) (p Plain, ok bool) {
	p.Kind = "base64"
	switch {
	case len(b) > 2 && b[0] == 0x1f && b[1] == 0x8b:
		r, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return Plain{}, false
		}
		p.Kind = "base64 gzip"
		var whole bool
		if b, whole, p.Cut = inflate(r); !whole {
			p.Kind += " (broken off)" // a truncated payload is evidence, too
		}
	case !looksUTF16(b) && !looksText(b):
		// .NET's DeflateStream has no header: only a stream that ends as it should counts.
		var whole bool
		if b, whole, p.Cut = inflate(flate.NewReader(bytes.NewReader(b))); !whole || len(b) < minInflated {
			return Plain{}, false
		}
		p.Kind = "base64 deflate"
	}
	if p.Cut {
		p.Kind += " (the first 256 KiB)"
	}
	switch {
	case len(b) == 0:
		return Plain{}, false
	case looksUTF16(b):
		if n := len(b) - 2; p.Cut && utf16.IsSurrogate(rune(binary.LittleEndian.Uint16(b[n:]))) {
			b = b[:n] // the other half is after the cut
		}
		p.Kind += " UTF-16LE"
		p.Text, ok = utf16Text(b)
		return p, ok
	}
	if p.Cut {
		b = wholeRunes(b)
	}
	p.Text = string(b)
	return p, looksText(b)
}

// wholeRunes removes an incomplete character at the end.
func wholeRunes(b []byte) []byte {
	for n := len(b); n > max(len(b)-utf8.UTFMax, 0); {
		if n--; utf8.RuneStart(b[n]) {
			if !utf8.FullRune(b[n:]) {
				return b[:n]
			}
			break
		}
	}
	return b
}

// inflate reads at most maxInflated bytes; cut says that there are more, and whole is false for a stream that breaks
// off.
func inflate(r io.Reader) (b []byte, whole, cut bool) {
	b, err := io.ReadAll(io.LimitReader(r, maxInflated+1))
	cut = len(b) > maxInflated
	return b[:min(len(b), maxInflated)], cut || err == nil || errors.Is(err, io.EOF), cut
}

// utf16Text decodes UTF-16LE that is text throughout: no unpaired surrogates, nothing that cannot be shown.
func utf16Text(b []byte) (string, bool) {
	if len(b) < 2 || len(b)%2 != 0 {
		return "", false
	}
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	s := strings.TrimPrefix(string(utf16.Decode(u)), "\ufeff")
	if s == "" {
		return "", false
	}
	for _, r := range s {
		if r == utf8.RuneError || !unicode.IsPrint(r) && !unicode.IsSpace(r) {
			return "", false
		}
	}
	return s, true
}

// looksUTF16 reports whether b looks like UTF-16LE of mostly ASCII text, which is what PowerShell's -EncodedCommand
// takes.
func looksUTF16(b []byte) bool {
	if len(b) < 4 || len(b)%2 != 0 {
		return false
	}
	ascii := 0
	for i := 0; i < len(b); i += 2 {
		if b[i+1] == 0 && (b[i] >= 0x20 && b[i] < 0x7f || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
			ascii++
		}
	}
	return ascii*10 >= len(b)/2*9
}

// looksText reports whether b is UTF-8 without control characters other than line ends and tabs.
func looksText(b []byte) bool {
	if len(b) == 0 || !utf8.Valid(b) {
		return false
	}
	for _, c := range b {
		if c < 0x20 && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
