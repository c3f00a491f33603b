package screen

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"

	"hunt/cmd/hunt/screen/screentest"
)

func TestATerminalGetsEscapesThatStandForTheSameText(t *testing.T) {
	for size := 1; size < 8; size++ {
		var out bytes.Buffer
		s := &screen{w: &out, escape: jsonEscape}
		for rest := []byte(`{"v":"` + screentest.Hostile + `"}` + "\n"); len(rest) > 0; {
			n := min(size, len(rest))
			if _, err := s.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		screentest.Quiet(t, out.String())
		var v struct{ V string }
		if err := json.Unmarshal(out.Bytes(), &v); err != nil || v.V != screentest.Hostile {
			t.Errorf("%d bytes a write: %q, %v", size, v.V, err)
		}
	}
	var out bytes.Buffer
	x := XML(&out) // no terminal
	if x != &out {
		t.Error("a buffer was taken for a terminal")
	}
	s := &screen{w: &out, escape: func(dst []byte, r rune) []byte {
		return append(dst, "&#x"+strings.ToUpper(hexOf(r))+";"...)
	}}
	if _, err := s.Write([]byte("<v>" + screentest.Hostile + "</v>\n")); err != nil {
		t.Fatal(err)
	}
	screentest.Quiet(t, out.String())
	var v string
	if err := xml.Unmarshal(out.Bytes(), &v); err != nil || v != screentest.Hostile {
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
