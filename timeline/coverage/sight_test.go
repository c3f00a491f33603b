package coverage

import (
	"slices"
	"strings"
	"testing"
)

// A reason is told once, and one whose text is a part of another's is told beside it.
func TestReasonsOfBlindspots(t *testing.T) {
	silent := func(channel string) BlindReason { return BlindReason{Kind: BlindGap, Channel: channel, Gap: GapSilent} }
	long, short := []BlindReason{silent("Old Security")}, []BlindReason{silent("Security"), silent("Old Security")}
	joined := joinWhy(long, short)
	if want := []BlindReason{silent("Old Security"), silent("Security")}; !slices.Equal(joined, want) {
		t.Errorf("%+v, want %+v", joined, want)
	}
	if again := joinWhy(joined, short); !slices.Equal(again, joined) {
		t.Errorf("joined again: %+v", again)
	}
	b := Blindspot{Why: joined}
	if want := "Old Security: silent; Security: silent"; b.Reasons() != want {
		t.Errorf("%q, want %q", b.Reasons(), want)
	}
	for i := range 200 {
		b.Why = joinWhy(b.Why, []BlindReason{{Kind: BlindCleared, Channel: "Security", At: 1 << 56},
			silent(strings.Repeat("x", i))})
	}
	if n := len(b.Reasons()); n < maxWhy/2 || n > maxWhy+2+len("; and for other reasons") {
		t.Errorf("%d bytes of reasons", n)
	}
	if text := b.Reasons(); strings.Count(text, "other reasons") != 1 || !strings.HasSuffix(text, "other reasons") {
		t.Errorf("%q does not end with what is left out", text)
	}
}
