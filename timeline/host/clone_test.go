package host

import (
	"fmt"
	"hunt/timeline/ledger"
	"strings"
	"testing"
)

// TestClonesAreTold gives hosts of one machine SID the notes why they stay apart. Few name each other; of many, each
// names some and counts the rest, so that what is told grows with their number and not with its square.
func TestClonesAreTold(t *testing.T) {
	for _, n := range []int{2, maxApart + 1, maxApart + 2, 5_000} {
		var list [][]*unit
		for i := range n {
			name := fmt.Sprintf("PC-%04d", i)
			list = append(list, []*unit{
				{name: strings.ToLower(name), spelt: map[string]*nameCount{name: {records: 1}}}})
		}
		clones(list, "both have the machine SID S-1-5-21-1-2-3, but their records overlap in time")
		for i, units := range list {
			notes := units[0].notes
			named := min(n-1, maxApart)
			want := named
			if n-1 > maxApart {
				want++
				if left := ledger.Count(n-1-maxApart, "further host",
					"further hosts"); !strings.Contains(notes[len(notes)-1], left) {
					t.Fatalf("host %d of %d: %q, want %s", i, n, notes[len(notes)-1], left)
				}
			}
			if len(notes) != want {
				t.Fatalf("host %d of %d: %d notes, want %d", i, n, len(notes), want)
			}
			for _, note := range notes[:named] {
				if strings.Contains(note, units[0].usual()+":") || !strings.HasPrefix(note, "Kept apart from PC-") {
					t.Errorf("host %d of %d: %q", i, n, note)
				}
			}
		}
	}
}
