package spill

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestTextsAreReadWhereTheyWerePut(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2)) // #nosec G404 -- a test
	texts := NewTexts(t.TempDir())
	for range 2 {
		var places []int64
		var put [][]string
		for range 500 {
			all := make([]string, 3)
			for i := range all {
				n := r.IntN(100)
				if r.IntN(20) == 0 {
					n = r.IntN(5000) // longer than what is read at once
				}
				all[i] = strings.Repeat(string(rune('a'+r.IntN(26))), n)
			}
			places, put = append(places, texts.Add(all...)), append(put, all)
			i := r.IntN(len(places))
			got := make([]string, 3)
			if err := texts.Get(places[i], &got[0], &got[1], &got[2]); err != nil || !slices.Equal(got, put[i]) {
				t.Fatalf("%q, want %q (%v)", got, put[i], err)
			}
		}
		if err := texts.Reset(); err != nil {
			t.Fatal(err)
		}
		var text string
		if err := texts.Get(places[1], &text); err == nil {
			t.Errorf("%q was dropped", text)
		}
	}
	if err := texts.Close(); err != nil {
		t.Fatal(err)
	}
	var text string
	if texts.Add("late"); texts.Get(0, &text) == nil {
		t.Error("a closed store holds texts")
	}
}

func TestTextsSayWhyTheyCannotBeKept(t *testing.T) {
	texts := NewTexts(t.TempDir() + "/none")
	var text string
	if err := texts.Get(texts.Add("a"), &text); err == nil || !strings.Contains(err.Error(), "--temp-dir") {
		t.Error(err)
	}
}
