package stats

import (
	"context"
	"encoding/binary"
	"errors"
	"iter"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/timeline"
	"hunt/timeline/evidence"
	"hunt/timeline/spill"
)

// Order is the order of groups.
type Order uint8

// The orders. Groups that are equal in it are ordered by their keys.
const (
	ByKey    Order = iota // by the keys
	Frequent              // the most events first
	Rare                  // the fewest hosts first, then the fewest events
)

// Count says what is counted.
type Count struct {
	Keys  []Key
	Whole bool // leave out events that have none of the keys
	Order Order
	Top   int // the first so many groups; 0: all
}

// Row is a group: its keys, "" for those that its events lack.
type Row struct {
	Keys        []string
	Hosts       int // the number of hosts that have such events
	Count       int64
	First, Last evtx.Filetime // 0: none of the events has a time
	Example     Example
}

// Example is the first event of a group.
type Example struct {
	Host   string
	File   int32 // index in the collection
	Offset int64
	Record uint64 // its EventRecordID
}

// Path returns the name of the example's file.
func (e Example) Path(col *evidence.Collection) string { return col.Files[e.File].Path }

// Run counts the events of a walk and calls each for the groups. Walked says how files changed after the scan, if they
// did.
func (c *Count) Run(ctx context.Context, w *timeline.Walk, each func(Row) error) (_ *timeline.Walked, err error) {
	memory := w.Scan.MaxMemory.Of(spill.Rows)
	tally := spill.NewTally(sums, memory/2, w.Scan.TempDir)
	defer func() { err = errors.Join(err, tally.Close()) }()
	done, err := w.Render(ctx, c.renderer, func(lines []timeline.Line) error {
		for i := range lines {
			if err := add(tally, lines[i].Text); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return done, err
	}
	done.Events = 0 // lines are not events: one may have many keys
	rows := grouped(tally.All(), len(c.Keys))
	if c.Order != ByKey {
		sorted := spill.NewTally(rowForm, memory/2, w.Scan.TempDir)
		defer func() { err = errors.Join(err, sorted.Close()) }()
		if rows, err = c.sorted(ctx, rows, sorted); err != nil {
			return done, err
		}
	}
	n := 0
	for row, err := range rows {
		if err == nil && n%1024 == 0 {
			err = ctx.Err()
		}
		if err != nil {
			return done, err
		}
		if err := each(row); err != nil {
			return done, err
		}
		if n++; n == c.Top {
			break
		}
	}
	return done, nil
}

// renderer writes the sum of one event, then its keys, each followed by the host.
func (c *Count) renderer() timeline.Renderer {
	var r reader
	parts := make([][]string, len(c.Keys))
	var key []byte
	return func(dst []byte, e *timeline.Event) []byte {
		some := false
		for i := range c.Keys {
			parts[i] = c.Keys[i].values(&r, e, parts[i][:0])
			some = some || len(parts[i]) > 0
		}
		if c.Whole && !some {
			return dst
		}
		dst = append(dst, make([]byte, sums.Size)...)
		sums.Put(dst[len(dst)-sums.Size:], &sum{1, e.At, e.At, e.Ref.File, e.Ref.Offset, e.Ref.EventRecordID})
		key = key[:0]
		dst, _ = combine(dst, key, parts, e.Host.ID)
		return dst
	}
}

// combine appends every combination of the parts of keys, after what the key has so far.
func combine(dst, key []byte, parts [][]string, host string) (_, room []byte) {
	if len(parts) == 0 {
		key = appendPart(key, host)
		dst = binary.AppendUvarint(dst, uint64(len(key)))
		return append(dst, key...), key
	}
	n := len(key)
	if len(parts[0]) == 0 {
		return combine(dst, appendPart(key, ""), parts[1:], host)
	}
	for _, text := range parts[0] {
		dst, key = combine(dst, appendPart(key[:n], text), parts[1:], host)
	}
	return dst, key
}

// appendPart appends a part of a key. Parts end in two zeros; zeros inside are followed by 0xff, so that keys sort by
// their parts.
func appendPart(dst []byte, text string) []byte {
	for {
		before, after, found := strings.Cut(text, "\x00")
		dst = append(dst, before...)
		if !found {
			return append(dst, 0, 0)
		}
		dst, text = append(dst, 0, 0xff), after
	}
}

// cutPart returns the first part of a key.
func cutPart(key string) (text, rest string) {
	var b []byte
	for {
		i := strings.IndexByte(key, 0)
		b = append(b, key[:i]...)
		zero := key[i+1] == 0
		key = key[i+2:]
		if zero {
			return string(b), key
		}
		b = append(b, 0)
	}
}

// add adds what a renderer wrote.
func add(tally *spill.Tally[sum], text []byte) error {
	var one sum
	sums.Get(text, &one)
	for text = text[sums.Size:]; len(text) > 0; {
		n, head := binary.Uvarint(text)
		end := head + int(n)
		if err := tally.Add(string(text[head:end]), one); err != nil {
			return err
		}
		text = text[end:]
	}
	return nil
}

// sum is what is added up for events: how many, first, last, and where the first is.
type sum struct {
	count       int64
	first, last evtx.Filetime
	file        int32
	offset      int64
	record      uint64
}

// earlier reports whether the first event of s comes before that of o.
func (s *sum) earlier(o *sum) bool {
	switch {
	case s.first != o.first:
		return o.first == 0 || s.first != 0 && s.first < o.first
	case s.file != o.file:
		return s.file < o.file
	}
	return s.offset < o.offset
}

// add adds another sum.
func (s *sum) add(o sum) {
	s.count += o.count
	s.last = max(s.last, o.last)
	if o.earlier(s) {
		s.first, s.file, s.offset, s.record = o.first, o.file, o.offset, o.record
	}
}

var sums = spill.Sum[sum]{
	Size: 44,
	Put: func(b []byte, s *sum) {
		_ = b[43]
		le := binary.LittleEndian
		le.PutUint64(b, uint64(s.count))
		le.PutUint64(b[8:], uint64(s.first))
		le.PutUint64(b[16:], uint64(s.last))
		le.PutUint32(b[24:], uint32(s.file))
		le.PutUint64(b[28:], uint64(s.offset))
		le.PutUint64(b[36:], s.record)
	},
	Get: func(b []byte, s *sum) {
		_ = b[43]
		le := binary.LittleEndian
		*s = sum{int64(le.Uint64(b)), evtx.Filetime(le.Uint64(b[8:])), evtx.Filetime(le.Uint64(b[16:])),
			int32(le.Uint32(b[24:])), int64(le.Uint64(b[28:])), le.Uint64(b[36:])}
	},
	Add: func(into *sum, s sum) { into.add(s) },
}

// grouped joins the hosts of each group.
func grouped(entries iter.Seq2[spill.Entry[sum], error], keys int) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		var row Row
		var all sum
		prefix, some := "", false
		finish := func() Row {
			row.Count, row.First, row.Last = all.count, all.first, all.last
			row.Example.File, row.Example.Offset, row.Example.Record = all.file, all.offset, all.record
			return row
		}
		for e, err := range entries {
			if err != nil {
				yield(Row{}, err)
				return
			}
			parts, host := split(e.Key, keys)
			group := e.Key[:len(e.Key)-len(host)]
			host, _ = cutPart(host)
			if some && group == prefix {
				if e.Value.earlier(&all) {
					row.Example.Host = host
				}
				all.add(e.Value)
				row.Hosts++
				continue
			}
			if some && !yield(finish(), nil) {
				return
			}
			row, all, prefix, some = Row{Keys: parts, Hosts: 1, Example: Example{Host: host}}, e.Value, group, true
		}
		if some {
			yield(finish(), nil)
		}
	}
}

// split returns the parts of a key, and what follows them.
func split(key string, n int) (parts []string, rest string) {
	for range n {
		var part string
		part, key = cutPart(key)
		parts = append(parts, part)
	}
	return parts, key
}

// ranked is a row to be ordered: its sum and its hosts.
type ranked struct {
	sum
	hosts int64
}

var rowForm = spill.Sum[ranked]{
	Size: 52,
	Put: func(b []byte, r *ranked) {
		sums.Put(b, &r.sum)
		binary.LittleEndian.PutUint64(b[44:], uint64(r.hosts))
	},
	Get: func(b []byte, r *ranked) {
		sums.Get(b, &r.sum)
		r.hosts = int64(binary.LittleEndian.Uint64(b[44:]))
	},
	Add: func(*ranked, ranked) {}, // no two rows have the same keys
}

// sorted puts rows in the order of the count.
func (c *Count) sorted(ctx context.Context, rows iter.Seq2[Row, error],
	by *spill.Tally[ranked]) (iter.Seq2[Row, error], error) {
	n := 0
	for row, err := range rows {
		if n++; err == nil && n%1024 == 0 {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		var key []byte
		if c.Order == Rare {
			key = binary.BigEndian.AppendUint64(key, uint64(row.Hosts))
			key = binary.BigEndian.AppendUint64(key, uint64(row.Count))
		} else {
			key = binary.BigEndian.AppendUint64(key, ^uint64(row.Count))
		}
		head := len(key)
		for _, part := range row.Keys {
			key = appendPart(key, part)
		}
		key = append(appendPart(key, row.Example.Host), byte(head))
		ex := row.Example
		if err := by.Add(string(key),
			ranked{sum{row.Count, row.First, row.Last, ex.File, ex.Offset, ex.Record}, int64(row.Hosts)}); err != nil {
			return nil, err
		}
	}
	return func(yield func(Row, error) bool) {
		for e, err := range by.All() {
			if err != nil {
				yield(Row{}, err)
				return
			}
			v := &e.Value
			parts, host := split(e.Key[e.Key[len(e.Key)-1]:], len(c.Keys))
			host, _ = cutPart(host)
			row := Row{slices.Clip(parts), int(v.hosts), v.count, v.first, v.last,
				Example{host, v.file, v.offset, v.record}}
			if !yield(row, nil) {
				return
			}
		}
	}, nil
}
