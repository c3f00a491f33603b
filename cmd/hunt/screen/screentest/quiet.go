// Package screentest checks, for tests, that text for a terminal holds nothing that a terminal acts on.
package screentest

import (
	"testing"
	"unicode"
)

// Hostile is text that terminals act on, or that they show in another order.
const Hostile = "a\u009b31mb\u202egnp\u2066x\u2069\u200f\u061c\u0085\u2028\U000e0041é日"

// Quiet fails if a terminal would act on a text.
func Quiet(t *testing.T, text string) {
	t.Helper()
	for _, r := range text {
		if r != '\n' && r != '\t' && r != '\r' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == 0x2028) {
			t.Errorf("%U reaches the terminal in %q", r, text)
		}
	}
}
