// Package sighting writes what a search found: a row for each record that matches, or for each field
// of one.
package sighting

import (
	"bufio"
	"context"
	"io"
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

	texts, labels []name // by pattern
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
		s.texts = append(s.texts, nameOf(texts, q.Patterns[i].Text, i))
		s.labels = append(s.labels, nameOf(labels, q.Patterns[i].Label, i))
	}
	return s
}

func nameOf(known map[string]int, text string, pattern int) name {
	first, ok := known[text]
	if !ok {
		first = pattern
		known[text] = first
	}
	return name{text, first}
}

// rows are rows of hits; they belong to one goroutine, as search.Rows says.
type rows struct {
	*style
	block  *listing.Block
	kinds  map[*search.Kind]*shared
	single shared // of a hit whose kind is not known, or of a field
	named  []bool // by FieldID: the other fields that are listed, while the list is made
	text   []byte // of the other fields, while the list is made
	listed []bool // by pattern: those whose name is listed, while the list is made
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
	return &rows{style: s, block: s.list.Block(), kinds: map[*search.Kind]*shared{},
		listed: make([]bool, len(s.texts))}
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
			m := h.Matches[i : i+1]
			r.single.best = 0
			r.share(&r.single, m)
			if err := r.row(h, &r.single, m); err != nil {
				return err
			}
		}
		return nil
	}
	return r.row(h, r.of(h), h.Matches)
}

// of returns what a hit shares with others.
func (r *rows) of(h *search.Hit) *shared {
	if h.Kind == nil {
		r.single.best = mostTelling(h.Matches)
		r.share(&r.single, h.Matches)
		return &r.single
	}
	k := r.kinds[h.Kind]
	if k == nil {
		if len(r.kinds) >= search.FewKinds {
			clear(r.kinds)
		}
		k = &shared{best: mostTelling(h.Matches)}
		r.share(k, h.Matches)
		r.kinds[h.Kind] = k
	}
	return k
}

// share works out the cells that follow from matches.
func (r *rows) share(k *shared, all []search.Match) {
	m := &all[k.best]
	k.count = r.others(m, all)
	listing.Renew(r.block, &k.also, r.text)
	listing.Renew(r.block, &k.patterns, r.names(all, r.texts))
	listing.Renew(r.block, &k.labels, r.names(all, r.labels))
	listing.Renew(r.block, &k.field, m.Field)
}

// names lists the names of the patterns of matches, each once. The list is valid until the next call.
func (r *rows) names(all []search.Match, of []name) []byte {
	r.part = r.part[:0]
	for i := range all {
		n := &of[all[i].Pattern]
		if n.text == "" || r.listed[n.first] {
			continue
		}
		r.listed[n.first] = true
		if len(r.part) > 0 {
			r.part = append(r.part, "; "...)
		}
		r.part = append(r.part, n.text...)
	}
	for i := range all {
		r.listed[of[all[i].Pattern].first] = false
	}
	return r.part
}

// mostTelling returns the match that stands for a record: one in a value of the payload rather than of
// System, in a value rather than in a name.
func mostTelling(all []search.Match) int {
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
	return best
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

// others lists the other fields of a match in r.text, and returns how many they are.
func (r *rows) others(m *search.Match, all []search.Match) (count int) {
	r.text = r.text[:0]
	for i := range all {
		id := int(all[i].FieldID)
		if id >= len(r.named) {
			r.named = append(r.named, make([]bool, id+1-len(r.named))...)
		}
		if all[i].FieldID == m.FieldID || r.named[id] {
			continue
		}
		r.named[id] = true
		if count++; count > 1 {
			r.text = append(r.text, "; "...)
		}
		r.text = append(r.text, all[i].Field...)
	}
	for i := range all {
		r.named[all[i].FieldID] = false
	}
	return count
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
	r.part = m.AppendValue(r.part[:0])
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
	r.part = append(r.part[:0], m.Field...)
	if m.Name {
		r.part = append(r.part, " (name)"...)
	}
	if n := k.count; n > 0 {
		r.part = strconv.AppendInt(append(r.part, " +"...), int64(n), 10)
	}
	b.Bytes(r.part)
	r.part = m.AppendValue(r.part[:0])
	b.Bytes(r.part)
}
