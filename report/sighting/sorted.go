package sighting

import (
	"context"

	"hunt/evtx"
	"hunt/timeline/evidence"
	"hunt/timeline/search"
)

// timeRows are rows of the hits of a part of a file, made and packed on the goroutine that searches it, which are put
// in order in their turn.
type timeRows struct {
	rows *rows
	to   *search.ByTime
	hits []timed
	text []byte
}

// timed is the time of a hit, and where in timeRows.text its rows end.
type timed struct {
	at  evtx.Filetime
	end int
}

// Add implements search.Rows.
func (t *timeRows) Add(h *search.Hit) error {
	err := t.rows.Add(h)
	t.text = t.rows.block.Pack(t.text)
	t.hits = append(t.hits, timed{h.Time, len(t.text)})
	return err
}

// Write implements search.Rows.
func (t *timeRows) Write() error {
	from := 0
	for _, h := range t.hits {
		if err := t.to.Add(h.at, t.text[from:h.end]); err != nil {
			return err
		}
		from = h.end
	}
	t.hits, t.text = t.hits[:0], t.text[:0]
	return nil
}

// sortedRows is how many rows in the order of times are written at once.
const sortedRows = 256

// writeByTime runs a search and writes its rows in the order of their times.
func (s *style) writeByTime(ctx context.Context, found search.Search, col *evidence.Collection, o Options) (
	*search.Result, error) {
	sorted := search.NewByTime(o.Memory, o.Dir)
	defer func() { _ = sorted.Close() }() // a temporary file
	found.Rows = func() search.Rows { return &timeRows{rows: s.rows(), to: sorted} }
	res, err := found.Run(ctx, col, o.Unread)
	if err != nil {
		return res, err
	}
	block := s.list.Block()
	for text, err := range sorted.All() {
		if err == nil {
			err = block.Unpack(text)
		}
		if err == nil && block.Len() >= sortedRows {
			err = s.list.Add(ctx, block)
		}
		if err != nil {
			return res, err
		}
	}
	return res, s.list.Add(ctx, block)
}
