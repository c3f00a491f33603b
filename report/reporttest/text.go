package reporttest

import (
	"bytes"
	"os"
	"testing"
	"unicode"

	"hunt/report"
)

func ReadFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Harmful reports a character that must never reach a screen as itself.
func Harmful(r rune) bool {
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Cs, r) || r == 0x2028 ||
		r == 0x2029
}

func WriteJSON(t *testing.T, r *report.Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.WriteJSON(t.Context(), &b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
