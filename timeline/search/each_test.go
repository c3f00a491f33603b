package search_test

import "hunt/timeline/search"

// each returns the Rows of a Search that has each hit handed over by itself, in order, to one goroutine
// at a time; the hits stay valid.
func each(hand func(*search.Hit) error) func() search.Rows {
	return func() search.Rows { return &eachRow{hand: hand} }
}

type eachRow struct {
	hand func(*search.Hit) error
	hits []*search.Hit
}

// Add implements Rows.
func (e *eachRow) Add(h *search.Hit) error {
	e.hits = append(e.hits, h.Clone())
	return nil
}

// Write implements Rows.
func (e *eachRow) Write() error {
	defer func() { e.hits = nil }()
	for _, h := range e.hits {
		if err := e.hand(h); err != nil {
			return err
		}
	}
	return nil
}
