// Package sighting writes what a search found: a row for each field of each record that matches.
package sighting

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"hunt/evtx"
	"hunt/report/listing"
	"hunt/timeline/evidence"
	"hunt/timeline/search"
)

// Options say how a search is written.
type Options struct {
	Rows   listing.Options
	ByTime bool   // in the order of times, not of the evidence
	Memory int64  // bytes of hits that are held to be put in order
	Dir    string // of temporary files; "" is the system's
	Unread func(*evidence.File)
}

// Write runs a search, whose Hit it sets, over a collection and writes its rows to w. What was found
// is written, whatever happens then.
func Write(ctx context.Context, w io.Writer, s search.Search, col *evidence.Collection, o Options) (res *search.Result, err error) {
	out := bufio.NewWriterSize(w, 64<<10)
	r := &rows{q: s.Query, short: o.Rows.Format == listing.Table, ctx: ctx}
	if r.list, err = listing.New(out, r.columns(), o.Rows); err != nil {
		return nil, err
	}
	defer func() {
		for _, end := range []func() error{r.list.Close, out.Flush} {
			if failed := end(); err == nil {
				err = failed
			}
		}
	}()
	if !o.ByTime {
		s.Hit = r.write
		return s.Run(ctx, col, o.Unread)
	}
	sorted := search.NewByTime(col, o.Memory, o.Dir)
	defer func() { _ = sorted.Close() }() // a temporary file
	s.Hit = sorted.Add
	if res, err = s.Run(ctx, col, o.Unread); err != nil {
		return res, err
	}
	for h, err := range sorted.All() {
		if err == nil {
			err = r.write(h)
		}
		if err != nil {
			return res, err
		}
	}
	return res, nil
}

// rows writes a row for each field that matches.
type rows struct {
	ctx   context.Context
	list  *listing.Writer
	q     *search.Query
	short bool // a table, which has room for less
}

func (r *rows) columns() []listing.Column {
	cols := []listing.Column{{Name: "time", Title: "Time", Kind: listing.Time}, {Name: "host", Title: "Host"}}
	if r.short {
		cols = append(cols, listing.Column{Name: "event", Title: "Event"}, listing.Column{Name: "record", Title: "Record"})
		if len(r.q.Patterns) > 1 {
			cols = append(cols, listing.Column{Name: "pattern", Title: "Pattern"})
		}
		return append(cols, listing.Column{Name: "field", Title: "Field"}, listing.Column{Name: "value", Title: "Value"})
	}
	return append(cols,
		listing.Column{Name: "channel", Title: "Channel"}, listing.Column{Name: "provider", Title: "Provider"},
		listing.Column{Name: "event_code", Title: "Event", Kind: listing.Number},
		listing.Column{Name: "record_id", Title: "Record", Kind: listing.Number},
		listing.Column{Name: "field", Title: "Field"}, listing.Column{Name: "in", Title: "In"},
		listing.Column{Name: "value", Title: "Value", Width: 80},
		listing.Column{Name: "pattern", Title: "Pattern"}, listing.Column{Name: "indicator", Title: "Indicator"},
		listing.Column{Name: "file", Title: "File", Width: 40}, listing.Column{Name: "offset", Title: "Offset", Kind: listing.Number},
		listing.Column{Name: "time_from", Title: "Time from"},
		listing.Column{Name: "carved", Title: "Carved", Kind: listing.Flag},
		listing.Column{Name: "borrowed", Title: "Borrowed names", Kind: listing.Flag})
}

// write writes a hit.
func (r *rows) write(h *search.Hit) error {
	for i := range h.Matches {
		m := &h.Matches[i]
		values := r.full(h, m)
		if r.short {
			values = r.brief(h, m)
		}
		if err := r.list.Row(r.ctx, values...); err != nil {
			return err
		}
	}
	return nil
}

func (r *rows) full(h *search.Hit, m *search.Match) []any {
	in, from := "value", ""
	if m.Name {
		in = "name"
	}
	if h.TimeFrom != evtx.TimeLogged {
		from = h.TimeFrom.String()
	}
	p := r.q.Patterns[m.Pattern]
	return []any{h.Time, h.Host, h.Channel, h.Provider, int64(h.EventID), h.Ref.EventRecordID, m.Field, in, m.Value, p.Text, p.Label,
		h.File.Path, h.Ref.Offset, from, h.Ref.Carved, h.Borrowed}
}

func (r *rows) brief(h *search.Hit, m *search.Match) []any {
	record, field := fmt.Sprintf("%s#%d", h.File.Path, h.Ref.EventRecordID), m.Field
	if h.Ref.Carved { // its number may be that of a live record
		record = fmt.Sprintf("%s:%d (carved)", h.File.Path, h.Ref.Offset)
	}
	if m.Name {
		field += " (name)"
	}
	values := []any{h.Time, h.Host, fmt.Sprintf("%s %d", h.Channel, h.EventID), record}
	if len(r.q.Patterns) > 1 {
		values = append(values, r.q.Patterns[m.Pattern].Text)
	}
	return append(values, field, m.Value)
}
