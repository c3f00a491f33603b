package hole_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"hunt/timeline/evidence/hole"
)

func TestAHoleIsToldFromTheEndOfAStream(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("a.bz2: %w", &hole.Error{Err: io.ErrUnexpectedEOF})
	if !hole.Is(err) {
		t.Error("a wrapped hole is not known as one")
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		t.Error("a hole passes for the end of the stream: what stands behind it would not be read")
	}
	if hole.Is(io.ErrUnexpectedEOF) || hole.Is(hole.ErrSearched) || hole.Is(nil) {
		t.Error("what is no hole passes for one")
	}
}

// Searching costs a small multiple of the stream, however often damage sends the search back.
func TestSearchingAStreamIsBounded(t *testing.T) {
	t.Parallel()
	for _, farthest := range []int64{0, 1 << 20, 1 << 30} {
		var s hole.Search
		spent := int64(0)
		for s.Spend(farthest, farthest) {
			if spent += farthest; spent > 64<<20+5*farthest {
				t.Fatalf("at %d: no end after %d bytes", farthest, spent)
			}
		}
		if spent < 2*farthest {
			t.Errorf("at %d: ended after %d bytes; damage is gone through twice", farthest, spent)
		}
	}
	var s hole.Search
	tries := 0
	for s.Spend(-5, 0) { // a search that does not go back is not free, and gives nothing back
		if tries++; tries > 10_000 {
			t.Fatal("searches at one place have no bound")
		}
	}
	if tries < 100 {
		t.Errorf("only %d searches", tries)
	}
}
