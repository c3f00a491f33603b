package encoded

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
)

func gzipped(t *testing.T, b []byte) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(out.Bytes())
}

// A payload that unpacks to more than is shown gives its beginning, wherever in a character that ends, and says so.
func TestAPayloadThatIsCutSaysSo(t *testing.T) {
	utf16LE := func(s string) []byte {
		var out []byte
		for _, u := range utf16.Encode([]rune(s)) {
			out = append(out, byte(u), byte(u>>8))
		}
		return out
	}
	for what, payload := range map[string][]byte{
		"letters":              bytes.Repeat([]byte("a"), maxInflated+1),
		"letters of two bytes": bytes.Repeat([]byte("é"), maxInflated),
		"moved by one":         append([]byte("x"), bytes.Repeat([]byte("é"), maxInflated)...),
		"letters of four":      append([]byte("x"), bytes.Repeat([]byte("😀"), maxInflated)...),
		"UTF-16":               utf16LE(strings.Repeat("ab", maxInflated/4) + "abcd"),
		"UTF-16 of pairs":      utf16LE(strings.Repeat("a", maxInflated/2-1) + "😀b"),
	} {
		p, ok := Run{Text: gzipped(t, payload)}.Decode()
		if !ok || !p.Cut || len(p.Text) < maxInflated/2-8 || !strings.Contains(p.Kind, "(the first 256 KiB)") {
			t.Errorf("%s: ok %v, cut %v, %d bytes, kind %q", what, ok, p.Cut, len(p.Text), p.Kind)
		}
		if _, cut := Layers(gzipped(t, payload)); !cut {
			t.Errorf("%s: its layers do not say that something is left out", what)
		}
	}
	if p, ok := (Run{Text: gzipped(t, bytes.Repeat([]byte("a"), maxInflated))}).Decode(); !ok || p.Cut ||
		len(p.Text) != maxInflated {
		t.Errorf("what just fits: ok %v, cut %v, %d bytes", ok, p.Cut, len(p.Text))
	}
}

// More places than are looked at are told, whatever they look like.
func TestMoreRunsThanAreLookedAtAreTold(t *testing.T) {
	for what, form := range map[string]string{
		"long runs": "'%s'\n", "arguments": "powershell -enc %s\n", "literals": "[Convert]::FromBase64String('%s')\n",
	} {
		for _, n := range []int{MaxRuns, MaxRuns + 1} {
			var b strings.Builder
			for i := range n {
				text := fmt.Sprintf("%04d%s", i, strings.Repeat("x", 50))
				if what == "literals" || what == "arguments" {
					text = text[:10]
				}
				fmt.Fprintf(&b, form, base64.RawStdEncoding.EncodeToString([]byte(text)))
			}
			if runs, more := Runs(b.String()); more != (n > MaxRuns) || len(runs) < MaxRuns {
				t.Errorf("%d %s: %d, more %v", n, what, len(runs), more)
			}
		}
	}
}

// A text that is too long to be simplified, and one that is not done when the passes are, say so.
func TestASimplificationThatIsLeftOutIsTold(t *testing.T) {
	if _, cut := Layers(strings.Repeat("a`b ", MaxReading/4) + "b"); !cut {
		t.Error("a long text is left as it is in silence")
	}
	if _, cut := Layers(strings.Repeat("a`b ", MaxReading/4)); cut {
		t.Error("a text that just fits is said to be cut")
	}
	for _, n := range []int{maxPasses, maxPasses + 1} {
		text := "'a'"
		for range n {
			text = "(" + text + "+'b')"
		}
		if plain, how := Reading(text); strings.Contains(how, "as far as") != (n > maxPasses) {
			t.Errorf("%d within each other: %q, %q", n, how, plain)
		}
	}
}
