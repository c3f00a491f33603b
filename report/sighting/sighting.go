// Package sighting writes what a search found: a row for each record that matches, or for each field
// of one.
package sighting

import (
	"bufio"
	"context"
	"io"
	"strconv"

	"hunt/evtx"
	"hunt/report/listing"
	"hunt/stamp"
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
	style := newStyle(ctx, s.Query, o)
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
	return style.writeByTime(ctx, s, col, o)
}

// style says how rows of hits are written.
type style struct {
	ctx   context.Context
	list  *listing.Writer
	q     *search.Query
	each  bool
	short bool // a table, which has room for less

	texts, labels names
}

// names are the texts or the labels of patterns.
type names struct {
	by []name // by pattern
	n  int    // that differ, without those that are empty
}

// name is a text or a label of a pattern, which others may have, too.
type name struct {
	text  string
	first int // pattern that has it
}

func newStyle(ctx context.Context, q *search.Query, o Options) *style {
	s := &style{ctx: ctx, q: q, each: o.Each, short: o.Rows.Format == listing.Table}
	texts, labels := map[string]int{}, map[string]int{}
	for i := range q.Patterns {
		s.texts.add(texts, q.Patterns[i].Text)
		s.labels.add(labels, q.Patterns[i].Label)
	}
	return s
}

// add adds the name of the next pattern.
func (n *names) add(known map[string]int, text string) {
	first, ok := known[text]
	if !ok {
		first = len(n.by)
		known[text] = first
		if text != "" {
			n.n++
		}
	}
	n.by = append(n.by, name{text, first})
}

// rows are rows of hits; they belong to one goroutine, as search.Rows says.
type rows struct {
	*style
	block  *listing.Block
	kinds  map[*search.Kind]*shared
	single shared    // of a hit whose kind is not known, or of a field
	named  stamp.Set // by the id of a field: that it is listed
	listed stamp.Set // by pattern: that its name is listed
	others list
	names  [2]list // texts and labels of patterns
	part   []byte
}

// shared is what rows of hits of one kind share: which of the matches stands for the record, and cells
// that follow from the matches alone. Others are mostly the same.
type shared struct {
	best  int
	count int // of the other fields
	field, also, patterns, labels,
	host, channel, provider, file listing.Cell
}

func (s *style) rows() *rows {
	return &rows{style: s, block: s.list.Block(), kinds: map[*search.Kind]*shared{}}
}

// Write implements search.Rows.
func (r *rows) Write() error { return r.list.Add(r.ctx, r.block) }

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
	if r.each {
		for i := range h.Matches {
			all := h.Matches[i : i+1]
			m := all[0]
			for j := range m.Patterns {
				all[0].Patterns = m.Patterns[j : j+1]
				r.share(&r.single, all)
				if err := r.row(h, &r.single, all); err != nil {
					return err
				}
			}
			all[0] = m
		}
		return nil
	}
	return r.row(h, r.of(h), h.Matches)
}

// of returns what a hit shares with others.
func (r *rows) of(h *search.Hit) *shared {
	if h.Kind == nil {
		r.share(&r.single, h.Matches)
		return &r.single
	}
	k := r.kinds[h.Kind]
	if k == nil {
		if len(r.kinds) >= search.FewKinds {
			clear(r.kinds)
		}
		k = &shared{}
		r.share(k, h.Matches)
		r.kinds[h.Kind] = k
	}
	return k
}

// share works out the cells that follow from matches.
func (r *rows) share(k *shared, all []search.Match) {
	k.best = mostTelling(all)
	k.count = r.other(all, all[k.best].ID)
	r.others.end(r.block, &k.also)
	r.name(&r.names[0], all, &r.texts)
	r.names[0].end(r.block, &k.patterns)
	r.name(&r.names[1], all, &r.labels)
	r.names[1].end(r.block, &k.labels)
	listing.Renew(r.block, &k.field, all[k.best].Path)
}

// mostTelling returns the match that stands for a record.
func mostTelling(all []search.Match) int {
	best := 0
	for i := range all {
		if all[i].Rank < all[best].Rank {
			best = i
		}
	}
	return best
}

// name lists the names of the patterns of matches, each once.
func (r *rows) name(l *list, all []search.Match, of *names) {
	l.begin()
	r.listed.Empty()
	for i := 0; i < len(all) && l.n < of.n; i++ {
		for _, at := range all[i].Patterns {
			if n := &of.by[at.Pattern]; n.text != "" && r.listed.Add(n.first) {
				l.add(n.text)
			}
		}
	}
}

// other lists the fields of matches but for one, each once, and returns how many they are.
func (r *rows) other(all []search.Match, but int32) (count int) {
	l := &r.others
	l.begin()
	r.named.Empty()
	r.named.Add(int(but))
	for i := range all {
		if m := &all[i]; r.named.Add(int(m.ID)) {
			l.add(m.Path)
		}
	}
	return l.n
}

// row adds a row for one of the matches, which stands for all.
func (r *rows) row(h *search.Hit, k *shared, all []search.Match) error {
	if r.short {
		r.brief(h, k, &all[k.best])
	} else {
		r.full(h, k, &all[k.best])
	}
	return r.block.End()
}

// full adds the cells of all columns.
func (r *rows) full(h *search.Hit, k *shared, m *search.Match) {
	in, from := "value", ""
	if m.Name {
		in = "name"
	}
	if h.TimeFrom != evtx.TimeLogged {
		from = h.TimeFrom.String()
	}
	b := r.block
	b.Time(h.Time)
	b.Again(listing.Renew(b, &k.host, h.Host))
	b.Again(listing.Renew(b, &k.channel, h.Channel))
	b.Again(listing.Renew(b, &k.provider, h.Provider))
	b.Number(int64(h.EventID))
	b.Unsigned(h.Ref.EventRecordID)
	b.Again(&k.field)
	b.Text(in)
	r.part = m.AppendValue(r.part[:0], 0)
	b.Bytes(r.part)
	b.Again(&k.also)
	b.Again(&k.patterns)
	b.Again(&k.labels)
	b.Again(listing.Renew(b, &k.file, h.File.Path))
	b.Number(h.Ref.Offset)
	b.Text(from)
	b.Flag(h.Ref.Carved)
	b.Flag(h.Borrowed)
}

// brief adds the cells of a table.
func (r *rows) brief(h *search.Hit, k *shared, m *search.Match) {
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
		b.Again(&k.patterns)
	}
	r.part = append(r.part[:0], m.Path...)
	if m.Name {
		r.part = append(r.part, " (name)"...)
	}
	if n := k.count; n > 0 {
		r.part = strconv.AppendInt(append(r.part, " +"...), int64(n), 10)
	}
	b.Bytes(r.part)
	r.part = m.AppendValue(r.part[:0], 0)
	b.Bytes(r.part)
}
