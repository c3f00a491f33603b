package listing_test

import (
	"bytes"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/report/listing"
)

// TestRowsThatWerePackedAreWrittenAsTheyWere writes rows of all kinds of cells as they are and packed, in all formats.
func TestRowsThatWerePackedAreWrittenAsTheyWere(t *testing.T) {
	columns := []listing.Column{{Name: "time", Title: "Time", Kind: listing.Time}, {Name: "text", Title: "Text"},
		{Name: "n", Title: "N", Kind: listing.Number}, {Name: "yes", Title: "Yes", Kind: listing.Flag},
		{Name: "list", Title: "List"}, {Name: "aside", Title: "Aside", Aside: true}}
	at := evtx.FiletimeOf(time.Date(2026, 3, 2, 1, 2, 3, 400, time.UTC))
	rows := [][]any{
		{at, "a\nb\x00 \"c\"; ü 😀", int64(-5), true, []string{"x", "y"}, "z"},
		{evtx.Filetime(0), "", uint64(1<<64 - 1), false, nil, nil},
		{at + 1, "=1+1", 0, false, []string{}, "aside"},
	}
	for _, zone := range []*time.Location{nil, time.FixedZone("X", 3600)} {
		for _, format := range listing.Formats {
			write := func(packed bool) []byte {
				var out bytes.Buffer
				w, err := listing.New(&out, columns, listing.Options{Format: format, Zone: zone, Name: "S"})
				if err != nil {
					t.Fatal(err)
				}
				from, to := w.Block(), w.Block()
				var bytes []byte
				for _, n := range []int{0, 1, 2} { // rows together
					for _, row := range rows[:n+1] {
						if err := from.Row(row...); err != nil {
							t.Fatal(err)
						}
					}
					if packed {
						bytes = from.Pack(bytes[:0])
						if err := to.Unpack(bytes); err != nil || from.Len() != 0 || to.Len() != n+1 {
							t.Fatalf("%s: %v, %d rows stay, %d are there", format, err, from.Len(), to.Len())
						}
						clear(bytes)
					}
					block := from
					if packed {
						block = to
					}
					if err := w.Add(t.Context(), block); err != nil {
						t.Fatal(err)
					}
				}
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
				return out.Bytes()
			}
			if got, want := write(true), write(false); !bytes.Equal(got, want) {
				t.Errorf("%s: packed %q, want %q", format, got, want)
			}
		}
	}
}
