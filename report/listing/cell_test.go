package listing_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"hunt/report/listing"
)

// TestPlainCellsAreCells: what RenewPlain makes of plain words is what Renew makes of them.
func TestPlainCellsAreCells(t *testing.T) {
	for _, format := range []listing.Format{listing.Table, listing.CSV, listing.JSONLines} {
		var got, want bytes.Buffer
		column := []listing.Column{{Name: "a", Title: "A"}}
		plain, err := listing.New(&got, column, listing.Options{Format: format})
		if err != nil {
			t.Fatal(err)
		}
		any, err := listing.New(&want, column, listing.Options{Format: format})
		if err != nil {
			t.Fatal(err)
		}
		var a, b listing.Cell
		rapid.Check(t, func(t *rapid.T) {
			words := rapid.StringMatching(`([A-Za-z0-9.\[\]]{1,9}(; [A-Za-z0-9.\[\]]{1,9}){0,3})?`)
			text := []byte(words.Draw(t, "text"))
			x, y := plain.Block(), any.Block()
			x.Again(listing.RenewPlain(x, &a, text))
			y.Again(listing.Renew(y, &b, text))
			for l, block := range map[*listing.Writer]*listing.Block{plain: x, any: y} {
				if err := block.End(); err != nil {
					t.Fatal(err)
				}
				if err := l.Add(t.Context(), block); err != nil {
					t.Fatal(err)
				}
			}
		})
		for _, l := range []*listing.Writer{plain, any} {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if got.String() != want.String() {
			t.Errorf("%s: plain cells are not as others are", format)
		}
	}
}
