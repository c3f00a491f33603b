package predicate

import (
	"math/rand/v2"
	"testing"
	"unicode/utf8"
)

// Folding eight bytes at a time must say what folding character by character does.
func TestTextsFoldAsTheirCharactersDo(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	letters := []rune("@AZ[`az{\x00\x7f09 \\ÉéſKДд\u212a")
	for range 20_000 {
		var s, want []byte
		for range random.IntN(40) {
			if random.IntN(12) == 0 { // no UTF-8
				s, want = append(s, 0xc3), append(want, 0xc3)
			}
			r := letters[random.IntN(len(letters))]
			if random.IntN(2) == 0 {
				r = rune(random.IntN(128))
			}
			s, want = utf8.AppendRune(s, r), utf8.AppendRune(want, foldRune(r))
		}
		text := string(s)
		if got := Fold(text); got != string(want) {
			t.Fatalf("%q folds to %q, want %q", text, got, want)
		}
		ascii, folded := true, true
		for _, c := range s {
			ascii, folded = ascii && c < 0x80, folded && c < 0x80 && (c < 'A' || c > 'Z')
		}
		if isASCII(text) != ascii || isFolded(text) != folded {
			t.Fatalf("%q: ascii %t, folded %t", text, isASCII(text), isFolded(text))
		}
	}
}
