// Package sighting writes what a search found: a row for each record that matches, or for each field
// of one.
package sighting

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/report/listing"
	"hunt/timeline/evidence"
	"hunt/timeline/search"
)

// Options say how a search is written.
type Options struct {
	Rows   listing.Options
	Each   bool   // a row for each field that matches; otherwise the most telling one stands for the record
	ByTime bool   // in the order of times, not of the evidence
	Memory int64  // bytes of hits that are held to be put in order
	Dir    string // of temporary files; "" is the system's
	Unread func(*evidence.File)
}

// Write runs a search, whose Hit it sets, over a collection and writes its rows to w. What was found
// is written, whatever happens then.
func Write(ctx context.Context, w io.Writer, s search.Search, col *evidence.Collection, o Options) (res *search.Result,
	err error) {
	out := bufio.NewWriterSize(w, 64<<10)
	r := &rows{q: s.Query, each: o.Each, short: o.Rows.Format == listing.Table, ctx: ctx}
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

// rows writes the rows of hits.
type rows struct {
	ctx   context.Context
	list  *listing.Writer
	q     *search.Query
	each  bool
	short bool // a table, which has room for less
	also  []string
	texts []string
	label []string
}

func (r *rows) columns() []listing.Column {
	cols := []listing.Column{{Name: "time", Title: "Time", Kind: listing.Time}, {Name: "host", Title: "Host"}}
	if r.short {
		cols = append(cols, listing.Column{Name: "event", Title: "Event"},
			listing.Column{Name: "record", Title: "Record"})
		if len(r.q.Patterns) > 1 {
			cols = append(cols, listing.Column{Name: "pattern", Title: "Pattern"})
		}
		return append(cols, listing.Column{Name: "field", Title: "Field"},
			listing.Column{Name: "value", Title: "Value"})
	}
	return append(cols,
		listing.Column{Name: "channel", Title: "Channel"}, listing.Column{Name: "provider", Title: "Provider"},
		listing.Column{Name: "event_code", Title: "Event", Kind: listing.Number},
		listing.Column{Name: "record_id", Title: "Record", Kind: listing.Number},
		listing.Column{Name: "field", Title: "Field"}, listing.Column{Name: "in", Title: "In"},
		listing.Column{Name: "value", Title: "Value", Width: 80}, listing.Column{Name: "also", Title: "Also in"},
		listing.Column{Name: "pattern", Title: "Pattern"}, listing.Column{Name: "indicator", Title: "Indicator"},
		listing.Column{Name: "file", Title: "File", Width: 40},
		listing.Column{Name: "offset", Title: "Offset", Kind: listing.Number},
		listing.Column{Name: "time_from", Title: "Time from"},
		listing.Column{Name: "carved", Title: "Carved", Kind: listing.Flag},
		listing.Column{Name: "borrowed", Title: "Borrowed names", Kind: listing.Flag})
}

// write writes a hit.
func (r *rows) write(h *search.Hit) error {
	if !r.each {
		return r.row(h, mostTelling(h.Matches), h.Matches)
	}
	for i := range h.Matches {
		if err := r.row(h, &h.Matches[i], h.Matches[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}

// mostTelling returns the match that stands for a record: one in a value of the payload rather than of
// System, in a value rather than in a name.
func mostTelling(all []search.Match) *search.Match {
	best, least := 0, 4
	for i := range all {
		rank := 0
		if !strings.HasPrefix(all[i].Field, "EventData.") && !strings.HasPrefix(all[i].Field, "UserData.") {
			rank++
		}
		if all[i].Name || strings.HasSuffix(all[i].Field, "xmlns") {
			rank += 2
		}
		if rank < least {
			best, least = i, rank
		}
	}
	return &all[best]
}

// row writes a row for one match, which stands for all that are given.
func (r *rows) row(h *search.Hit, m *search.Match, all []search.Match) error {
	r.also, r.texts, r.label = r.also[:0], r.texts[:0], r.label[:0]
	for i := range all {
		p := &r.q.Patterns[all[i].Pattern]
		if all[i].Field != m.Field {
			r.also = appendNew(r.also, all[i].Field)
		}
		r.texts = appendNew(r.texts, p.Text)
		if p.Label != "" {
			r.label = appendNew(r.label, p.Label)
		}
	}
	if r.short {
		return r.list.Row(r.ctx, r.brief(h, m)...)
	}
	in, from := "value", ""
	if m.Name {
		in = "name"
	}
	if h.TimeFrom != evtx.TimeLogged {
		from = h.TimeFrom.String()
	}
	return r.list.Row(r.ctx, h.Time, h.Host, h.Channel, h.Provider, int64(h.EventID), h.Ref.EventRecordID, m.Field,
		in, m.Value,
		strings.Join(r.also, "; "), strings.Join(r.texts, "; "), strings.Join(r.label, "; "),
		h.File.Path, h.Ref.Offset, from, h.Ref.Carved, h.Borrowed)
}

// appendNew appends a text that is not there yet. The lists are short.
func appendNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

func (r *rows) brief(h *search.Hit, m *search.Match) []any {
	record, field := fmt.Sprintf("%s#%d", h.File.Path, h.Ref.EventRecordID), m.Field
	if h.Ref.Carved { // its number may be that of a live record
		record = fmt.Sprintf("%s:%d (carved)", h.File.Path, h.Ref.Offset)
	}
	if m.Name {
		field += " (name)"
	}
	if n := len(r.also); n > 0 {
		field += fmt.Sprintf(" +%d", n)
	}
	values := []any{h.Time, h.Host, fmt.Sprintf("%s %d", h.Channel, h.EventID), record}
	if len(r.q.Patterns) > 1 {
		values = append(values, strings.Join(r.texts, "; "))
	}
	return append(values, field, m.Value)
}
