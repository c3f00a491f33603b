package search

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf16"
)

// TestAQuickFindsWhatStandsInATextByItself compares with a search for one literal after the other, over texts of few
// letters, in which literals overlap and begin in each other.
func TestAQuickFindsWhatStandsInATextByItself(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9))
	word := func(letters string, n int) string {
		var b strings.Builder
		runes := []rune(letters)
		for range n {
			b.WriteRune(runes[rng.IntN(len(runes))])
		}
		return b.String()
	}
	hits, refused := 0, 0
	for range 3000 {
		exact := rng.IntN(3) == 0
		var literals []*literal
		for range 1 + rng.IntN(70) {
			literals = append(literals, newLiteral(word("aAbBk-\x01ü", 1+rng.IntN(5)), exact))
			if rng.IntN(5) > 0 && len(literals) == 8 {
				break
			}
		}
		q := newQuick(literals)
		if q == nil {
			if refused++; len(literals) <= maxQuick {
				t.Fatalf("%d literals are refused", len(literals))
			}
			continue
		}
		for range 10 {
			letters := "aAbBKkxX-\x01"
			if rng.IntN(8) == 0 {
				letters += "ü\u212a"
			}
			text := word(letters, rng.IntN(30))
			plain := !strings.ContainsAny(text, "ü\u212a")
			var wide []byte
			for _, u := range utf16.Encode([]rune(text)) {
				wide = binary.LittleEndian.AppendUint16(wide, u)
			}
			want := uint64(0)
			for i, l := range literals {
				if l.in([]byte(text), appendFold(nil, text)) {
					want |= 1 << i
				}
			}
			for _, got := range []func() (uint64, bool){
				func() (uint64, bool) { return q.wide(wide) },
				func() (uint64, bool) { return q.narrow([]byte(text)) },
			} {
				found, ok := got()
				if !ok && plain {
					t.Fatalf("%q is not read", text)
				}
				if ok && found != want {
					t.Fatalf("in %q %b, want %b, exact %v", text, found, want, exact)
				}
				if ok && found != 0 {
					hits++
				}
			}
		}
	}
	if hits < 1000 || refused == 0 {
		t.Errorf("%d hits, %d refused", hits, refused)
	}
	if _, ok := newQuick([]*literal{newLiteral("a", false)}).narrow([]byte(`b\\`)); ok {
		t.Error("an escape is read as it stands")
	}
	if q := newQuick([]*literal{newLiteral(string(bytes.Repeat([]byte("ab"), maxStates)), false)}); q != nil {
		t.Error("a literal beyond the bound of states has a quick")
	}
}
