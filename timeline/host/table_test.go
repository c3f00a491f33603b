package host

import (
	"fmt"
	"hunt/timeline/ledger"
	"testing"
)

// TestTablesOfHostsWithoutFactsAreDropped asks for the tables of more hosts than the budget holds, of which the logs
// tell nothing but their names.
func TestTablesOfHostsWithoutFactsAreDropped(t *testing.T) {
	const n, most = 500, 100
	s := &Set{put: ledger.NewPasts("", 0)}
	s.tables.budget = most * emptyTable
	for i := range n {
		h := &Host{ID: fmt.Sprintf("host-%d", i), set: s}
		s.All = append(s.All, h)
		h.past()
	}
	held := 0
	for _, h := range s.All {
		if h.table.Load() != nil {
			held++
		}
	}
	if held != most || len(s.tables.held) != most || s.tables.weight != s.tables.budget || !s.tables.full {
		t.Errorf("%d tables are held, %d listed, weight %d of %d", held, len(s.tables.held), s.tables.weight,
			s.tables.budget)
	}
}
