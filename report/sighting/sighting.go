// Package sighting writes what a search found: a row for each record that matches, or for each field
// of one.
package sighting

import (
	"bufio"
	"context"
	"io"
	"slices"
	"strconv"
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

// Write runs a search, whose Rows it sets, over a collection and writes its rows to w. What was found
// is written, whatever happens then.
func Write(ctx context.Context, w io.Writer, s search.Search, col *evidence.Collection, o Options) (res *search.Result,
	err error) {
	out := bufio.NewWriterSize(w, 64<<10)
	style := &style{ctx: ctx, q: s.Query, each: o.Each, short: o.Rows.Format == listing.Table}
	if style.list, err = listing.New(out, style.columns(), o.Rows); err != nil {
		return nil, err
	}
	defer func() {
		for _, end := range []func() error{style.list.Close, out.Flush} {
			if failed := end(); err == nil {
				err = failed
			}
		}
	}()
	if !o.ByTime {
		s.Rows = func() search.Rows { return style.rows() }
		return s.Run(ctx, col, o.Unread)
	}
	sorted := search.NewByTime(col, o.Memory, o.Dir)
	defer func() { _ = sorted.Close() }() // a temporary file
	s.Rows = sorted.Rows
	if res, err = s.Run(ctx, col, o.Unread); err != nil {
		return res, err
	}
	rows := style.rows()
	for h, err := range sorted.All() {
		if err == nil {
			err = rows.Add(h)
		}
		if err == nil && rows.block.Len() >= sortedRows {
			err = rows.Write()
		}
		if err != nil {
			return res, err
		}
	}
	return res, rows.Write()
}

// sortedRows is how many rows in the order of times are written at once.
const sortedRows = 256

// style is how rows of hits are written.
type style struct {
	ctx   context.Context
	list  *listing.Writer
	q     *search.Query
	each  bool
	short bool // a table, which has room for less
}

// rows are rows of hits; they belong to one goroutine, as search.Rows says.
type rows struct {
	*style
	block *listing.Block
	also  []byte // of a row: the other fields
	count int    // of also
	named []bool // by FieldID: those that also has, while it is made
	texts joined // patterns
	label joined // of patterns
	part  []byte
}

func (s *style) rows() *rows { return &rows{style: s, block: s.list.Block()} }

// Write implements search.Rows.
func (r *rows) Write() error { return r.list.Add(r.ctx, r.block) }

// joined is a list of texts as one, each once. The lists are short.
type joined struct {
	list []string
	text []byte
}

func (j *joined) reset() { j.list, j.text = j.list[:0], j.text[:0] }

func (j *joined) add(s string) {
	if slices.Contains(j.list, s) {
		return
	}
	if len(j.list) > 0 {
		j.text = append(j.text, "; "...)
	}
	j.list, j.text = append(j.list, s), append(j.text, s...)
}

func (s *style) columns() []listing.Column {
	cols := []listing.Column{{Name: "time", Title: "Time", Kind: listing.Time}, {Name: "host", Title: "Host"}}
	if s.short {
		cols = append(cols, listing.Column{Name: "event", Title: "Event"},
			listing.Column{Name: "record", Title: "Record"})
		if len(s.q.Patterns) > 1 {
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

// Add implements search.Rows.
func (r *rows) Add(h *search.Hit) error {
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

// row adds a row for one match, which stands for all that are given.
func (r *rows) row(h *search.Hit, m *search.Match, all []search.Match) error {
	r.others(m, all)
	r.texts.reset()
	r.label.reset()
	for i := range all {
		p := &r.q.Patterns[all[i].Pattern]
		r.texts.add(p.Text)
		if p.Label != "" {
			r.label.add(p.Label)
		}
	}
	if r.short {
		r.brief(h, m)
	} else {
		r.full(h, m)
	}
	return r.block.End()
}

// others lists the other fields of a match.
func (r *rows) others(m *search.Match, all []search.Match) {
	r.also, r.count = r.also[:0], 0
	for i := range all {
		id := int(all[i].FieldID)
		if id >= len(r.named) {
			r.named = append(r.named, make([]bool, id+1-len(r.named))...)
		}
		if all[i].FieldID == m.FieldID || r.named[id] {
			continue
		}
		r.named[id] = true
		if r.count++; r.count > 1 {
			r.also = append(r.also, "; "...)
		}
		r.also = append(r.also, all[i].Field...)
	}
	for i := range all {
		r.named[all[i].FieldID] = false
	}
}

// full adds the cells of all columns.
func (r *rows) full(h *search.Hit, m *search.Match) {
	in, from := "value", ""
	if m.Name {
		in = "name"
	}
	if h.TimeFrom != evtx.TimeLogged {
		from = h.TimeFrom.String()
	}
	b := r.block
	b.Time(h.Time)
	b.Text(h.Host)
	b.Text(h.Channel)
	b.Text(h.Provider)
	b.Number(int64(h.EventID))
	b.Unsigned(h.Ref.EventRecordID)
	b.Text(m.Field)
	b.Text(in)
	r.part = m.AppendValue(r.part[:0])
	b.Bytes(r.part)
	b.Bytes(r.also)
	b.Bytes(r.texts.text)
	b.Bytes(r.label.text)
	b.Text(h.File.Path)
	b.Number(h.Ref.Offset)
	b.Text(from)
	b.Flag(h.Ref.Carved)
	b.Flag(h.Borrowed)
}

// brief adds the cells of a table.
func (r *rows) brief(h *search.Hit, m *search.Match) {
	b := r.block
	b.Time(h.Time)
	b.Text(h.Host)
	r.part = append(append(r.part[:0], h.Channel...), ' ')
	b.Bytes(strconv.AppendUint(r.part, uint64(h.EventID), 10))
	r.part = append(r.part[:0], h.File.Path...)
	if h.Ref.Carved { // its number may be that of a live record
		r.part = strconv.AppendInt(append(r.part, ':'), h.Ref.Offset, 10)
		r.part = append(r.part, " (carved)"...)
	} else {
		r.part = strconv.AppendUint(append(r.part, '#'), h.Ref.EventRecordID, 10)
	}
	b.Bytes(r.part)
	if len(r.q.Patterns) > 1 {
		b.Bytes(r.texts.text)
	}
	r.part = append(r.part[:0], m.Field...)
	if m.Name {
		r.part = append(r.part, " (name)"...)
	}
	if n := r.count; n > 0 {
		r.part = strconv.AppendInt(append(r.part, " +"...), int64(n), 10)
	}
	b.Bytes(r.part)
	r.part = m.AppendValue(r.part[:0])
	b.Bytes(r.part)
}
