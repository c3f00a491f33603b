package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
	"unicode"
)

// hostile are texts that terminals act on, or that they show in another order.
const hostile = "a\u009b31mb\u202egnp\u2066x\u2069\u200f\u061c\u0085\u2028\U000e0041é日"

func TestATerminalGetsEscapesThatStandForTheSameText(t *testing.T) {
	for size := 1; size < 8; size++ {
		var out bytes.Buffer
		s := &screen{w: &out, escape: jsonEscape}
		for rest := []byte(`{"v":"` + hostile + `"}` + "\n"); len(rest) > 0; {
			n := min(size, len(rest))
			if _, err := s.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		quietText(t, out.String())
		var v struct{ V string }
		if err := json.Unmarshal(out.Bytes(), &v); err != nil || v.V != hostile {
			t.Errorf("%d bytes a write: %q, %v", size, v.V, err)
		}
	}
	var out bytes.Buffer
	x := xmlScreen(&out) // no terminal
	if x != &out {
		t.Error("a buffer was taken for a terminal")
	}
	s := &screen{w: &out, escape: func(dst []byte, r rune) []byte {
		return append(dst, "&#x"+strings.ToUpper(hexOf(r))+";"...)
	}}
	if _, err := s.Write([]byte("<v>" + hostile + "</v>\n")); err != nil {
		t.Fatal(err)
	}
	quietText(t, out.String())
	var v string
	if err := xml.Unmarshal(out.Bytes(), &v); err != nil || v != hostile {
		t.Errorf("%q, %v", v, err)
	}
	out.Reset()
	if _, err := s.Write([]byte("a\xffb")); err != nil || out.String() != "a\ufffdb" {
		t.Errorf("%q, %v", out.String(), err)
	}
}

func hexOf(r rune) string {
	const digits = "0123456789abcdef"
	if r < 16 {
		return digits[r : r+1]
	}
	return hexOf(r/16) + digits[r%16:r%16+1]
}

// quietText fails if a terminal would act on a text.
func quietText(t *testing.T, text string) {
	t.Helper()
	for _, r := range text {
		if r != '\n' && r != '\t' && r != '\r' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == 0x2028) {
			t.Errorf("%U reaches the terminal in %q", r, text)
		}
	}
}
