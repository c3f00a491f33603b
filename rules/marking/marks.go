// Package marking determines for each event what rules found in it, for timelines.
package marking

import (
	"cmp"
	"context"
	"errors"
	"sort"
	"sync"

	"hunt/evtx"
	"hunt/rules"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/spill"
)

// Marks holds for each event what rules found in it: all hits of rules of single events, however many there are,
// and the events of the listed findings of all other rules. It takes 24 bytes for each, within its share of the
// budget and then in a temporary file. Close it when done.
type Marks struct {
	res   *rules.Result
	found []*rules.Finding // by number
	table *spill.Log[mark] // sorted by place
	fault struct {
		sync.Mutex
		err error
	}
}

// Mark is what one rule found in an event.
type Mark struct {
	Rule    *pack.Rule
	Finding *rules.Finding // nil if it is not listed
	Status  pack.Status    // of the finding
}

// mark is a Mark in 24 bytes.
type mark struct {
	file    int32
	rule    uint32 // in Result.Rules
	offset  int64
	finding uint32 // in Marks.found, counted from 1; 0: none
	status  uint32 // in statuses
}

var statuses = [...]pack.Status{pack.StatusFinding, pack.StatusPartial, pack.StatusSuppressed}

var markForm = spill.Form[mark]{
	Size: spill.SpotSize,
	Put: func(b []byte, m *mark) {
		spill.Spot{File: m.file, Of: m.rule, Offset: m.offset, And: uint64(m.status)<<32 | uint64(m.finding)}.Put(b)
	},
	Get: func(b []byte, m *mark) {
		s := spill.SpotOf(b)
		*m = mark{file: s.File, rule: s.Of, offset: s.Offset, finding: uint32(s.And & 0xffff_ffff),
			status: uint32(s.And >> 32)}
	},
	Compare: func(a, b mark) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.offset, b.offset), cmp.Compare(a.rule, b.rule),
			cmp.Compare(a.finding, b.finding), cmp.Compare(a.status, b.status))
	},
}

// collector gathers marks on their way to a table.
type collector struct {
	writer *spill.Writer[mark]
	rules  map[*pack.Rule]uint32
	known  map[*rules.Finding]uint32
	found  []*rules.Finding
}

func newCollector(pk *pack.Pack, w *spill.Writer[mark]) *collector {
	c := &collector{writer: w, rules: make(map[*pack.Rule]uint32, len(pk.Rules)), known: map[*rules.Finding]uint32{}}
	for i, r := range pk.Rules {
		c.rules[r] = uint32(i) // #nosec G115 -- a pack has thousands
	}
	return c
}

// add adds a mark at a place.
func (c *collector) add(r *pack.Rule, status pack.Status, f *rules.Finding, file int32, offset int64) {
	m := mark{file: file, offset: offset, rule: c.rules[r], finding: c.numbered(f)}
	for i, s := range statuses {
		if s == status {
			m.status = uint32(i) // #nosec G115 -- one of three
		}
	}
	c.writer.Add(m)
}

// numbered returns the number of a finding, 0 for none.
func (c *collector) numbered(f *rules.Finding) uint32 {
	if f == nil {
		return 0
	}
	n, ok := c.known[f]
	if !ok {
		c.found = append(c.found, f)
		n = uint32(len(c.found)) // #nosec G115 -- findings of all rules, 10,000 of each and 100 of each host
		c.known[f] = n
	}
	return n
}

// hit adds an event of a rule of single events.
func (c *collector) hit(r *pack.Rule, f *rules.Finding, suppressed bool, e *timeline.Event) {
	status := pack.StatusFinding
	switch {
	case f != nil:
		status = f.Status
	case suppressed:
		status = pack.StatusSuppressed
	}
	c.add(r, status, f, e.Ref.File, e.Ref.Offset)
	if e.Parts != nil {
		for _, ref := range e.Parts.Refs {
			c.add(r, status, f, ref.File, ref.Offset)
		}
	}
}

// Find runs a pack over evidence like rules.Run, and keeps what it finds in each event.
func Find(ctx context.Context, evidence rules.Scanner, pk *pack.Pack, o rules.Options) (_ *Marks, err error) {
	sorter := spill.NewSorter(markForm, o.MaxMemory.Of(spill.Rows), o.TempDir)
	defer func() { err = errors.Join(err, sorter.Close()) }()
	c := newCollector(pk, sorter.Split(1)[0])
	o.Hit = c.hit
	res, err := rules.Run(ctx, evidence, pk, o)
	if err != nil {
		return nil, err
	}
	for h, err := range res.Hits() { // those of runs were listed one by one
		if err != nil {
			return nil, errors.Join(err, res.Close())
		}
		if !h.Also && !h.Finding.Run() {
			c.add(h.Rule, h.Status, h.Finding, h.File, h.Offset)
		}
	}
	m := &Marks{res: res, found: c.found, table: spill.NewLog(markForm, o.MaxMemory.Of(spill.Hits), o.TempDir)}
	last := mark{file: -1}
	for k, err := range sorter.Sorted() {
		if err != nil {
			return nil, errors.Join(err, m.Close())
		}
		if k != last {
			m.table.Add(k)
		}
		last = k
	}
	return m, m.table.Err()
}

// Result returns what the rules found.
func (m *Marks) Result() *rules.Result { return m.res }

// Of returns what rules found in an event, by rule. It is safe for concurrent use. Err returns an error of the
// temporary file.
func (m *Marks) Of(e *timeline.Event) []Mark {
	out := m.at(e.Ref)
	for i := range e.Also {
		if e.Also[i].Twin { // perhaps the only record that rules asked for
			out = append(out, m.at(e.Also[i].Ref)...)
		}
	}
	return out
}

func (m *Marks) at(at evtx.Ref) []Mark {
	get := func(i int) mark {
		k, err := m.table.At(int64(i))
		if err != nil {
			m.fault.Lock()
			m.fault.err = cmp.Or(m.fault.err, err)
			m.fault.Unlock()
		}
		return k
	}
	n := int(m.table.Len())
	i := sort.Search(n, func(i int) bool {
		k := get(i)
		return cmp.Or(cmp.Compare(k.file, at.File), cmp.Compare(k.offset, at.Offset)) >= 0
	})
	var out []Mark
	for ; i < n; i++ {
		k := get(i)
		if k.file != at.File || k.offset != at.Offset {
			break
		}
		mk := Mark{Rule: m.res.Rules[k.rule].Rule, Status: statuses[k.status]}
		if k.finding > 0 {
			mk.Finding = m.found[k.finding-1]
		}
		out = append(out, mk)
	}
	return out
}

// Err returns the first error of Of; nil Marks have none.
func (m *Marks) Err() error {
	if m == nil {
		return nil
	}
	m.fault.Lock()
	defer m.fault.Unlock()
	return m.fault.err
}

// Close frees the marks and the result's hits.
func (m *Marks) Close() error { return errors.Join(m.table.Close(), m.res.Close()) }
