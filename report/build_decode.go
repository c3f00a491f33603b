package report

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"io"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"hunt/timeline"
	"hunt/timeline/ecs"
)

const (
	// maxDecodeDepth bounds payloads within payloads; real droppers nest two or three deep.
	maxDecodeDepth = 5
	// maxDecoded bounds one decoded payload: a gzip bomb ends here.
	maxDecoded = 256 << 10
	// maxDecodedParts bounds the payloads decoded from one finding.
	maxDecodedParts = 32
	// minBase64 is the shortest run tried: shorter ones are words and paths.
	minBase64 = 40
)

// base64Run finds what could be base64, with the padding where there is some.
var base64Run = regexp.MustCompile(`[A-Za-z0-9+/]{40,}={0,2}`)

// decodeAll decodes what the command lines and scripts of a chain carry in base64, nested payloads included.
func decodeAll(chain []*timeline.Event) []Decoded {
	var out []Decoded
	seen := map[string]bool{}
	for _, e := range chain {
		for _, f := range []ecs.Field{ecs.ProcessCommandLine, ecs.ProcessParentCommandLine, ecs.PowershellFileScriptBlockText} {
			if s := text(e, f); s != "" {
				out = decode(out, strings.ReplaceAll(s, "^", ""), 0, seen)
			}
		}
	}
	return out
}

func decode(out []Decoded, s string, depth int, seen map[string]bool) []Decoded {
	if depth >= maxDecodeDepth {
		return out
	}
	for _, run := range base64Run.FindAllString(s, maxDecodedParts) {
		if len(out) >= maxDecodedParts || seen[run] {
			continue
		}
		seen[run] = true
		raw, ok := unbase64(run)
		if !ok {
			continue
		}
		kind, plain, ok := readable(raw)
		if !ok {
			continue
		}
		out = append(out, Decoded{Kind: kind, From: run, Text: plain})
		out = decode(out, plain, depth+1, seen)
	}
	return out
}

func unbase64(s string) ([]byte, bool) {
	s = strings.TrimRight(s, "=")
	if len(s) < minBase64 || len(s)%4 == 1 {
		return nil, false
	}
	b, err := base64.RawStdEncoding.DecodeString(s)
	return b, err == nil
}

// readable turns decoded bytes into text, if text is what they are: compressed, UTF-16LE or UTF-8.
func readable(b []byte) (kind, plain string, ok bool) {
	kind = "base64"
	switch {
	case len(b) > 2 && b[0] == 0x1f && b[1] == 0x8b:
		r, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return "", "", false
		}
		kind, b = "base64 gzip", inflate(r)
	case !looksUTF16(b) && !looksText(b):
		// PowerShell's DeflateStream has no header; only a clean result counts.
		kind, b = "base64 deflate", inflate(flate.NewReader(bytes.NewReader(b)))
	}
	switch {
	case len(b) == 0:
		return "", "", false
	case looksUTF16(b):
		u := make([]uint16, len(b)/2)
		for i := range u {
			u[i] = binary.LittleEndian.Uint16(b[2*i:])
		}
		return kind + " UTF-16LE", strings.TrimPrefix(string(utf16.Decode(u)), "\ufeff"), true
	case looksText(b):
		return kind, string(b), true
	}
	return "", "", false
}

// inflate reads at most maxDecoded bytes; a stream that breaks off gives what came before.
func inflate(r io.Reader) []byte {
	b, _ := io.ReadAll(io.LimitReader(r, maxDecoded)) // a torn payload is evidence too: what it gave is shown
	return b
}

// looksUTF16 holds for UTF-16LE of mostly ASCII text, which is what PowerShell's -EncodedCommand takes.
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

// looksText holds for UTF-8 without control characters other than line ends and tabs.
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
