package window

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"strings"

	"hunt/timeline/spill"
)

// Options of Match.
type Options struct {
	Listed int // events of a result that are listed: the first ones; the last one always is
}

// Results are what the programs found. Close them at the end.
type Results struct {
	Counts []int64 // results of each program

	names *names
	log   *tape
	found *spill.Sorter[row]
}

// Match goes through the rows and returns the results of each program. Nothing may be added
// afterwards. It may be called again.
func (r *Rows) Match(ctx context.Context, o Options) (*Results, error) {
	m := &matcher{
		rows: r, ctx: ctx, listed: max(o.Listed, 1), node: -1,
		log: newTape(r.memory/8, r.dir), window: newTape(r.memory/8, r.dir),
		found: spill.NewSorter(r.names.form(), max(r.memory/8, rowSize), r.dir), counts: make([]int64, len(r.programs)),
	}
	m.foundWriter = m.found.Split(1)[0]
	for p, program := range r.programs {
		for n := range program.nodes {
			m.nodes = append(m.nodes, place{p, n})
		}
	}
	m.derived = make([]*derived, len(m.nodes))
	defer m.close()
	err := m.run()
	err = errors.Join(err, m.log.fault, m.window.fault, m.found.Err())
	out := &Results{Counts: m.counts, names: &r.names, log: m.log, found: m.found}
	if err != nil {
		return nil, errors.Join(err, out.Close())
	}
	return out, nil
}

// Close frees the memory and the temporary files.
func (r *Results) Close() error { return errors.Join(r.log.close(), r.found.Close()) }

// All yields the results, program after program, ordered by their first events. A result belongs to
// the caller.
func (r *Results) All() iter.Seq2[*Result, error] {
	return func(yield func(*Result, error) bool) {
		for x, err := range r.found.Sorted() {
			if err != nil {
				yield(nil, err)
				return
			}
			res := r.read(&x)
			if r.log.fault != nil {
				yield(nil, r.log.fault)
				return
			}
			if !yield(res, nil) {
				return
			}
		}
	}
}

// read reads a result from the log.
func (r *Results) read(x *row) *Result {
	at := int64(x.value()) // #nosec G115 -- a number in the log
	head := *r.log.at(at)
	text := *r.log.at(at + 1)
	res := &Result{Program: x.node(), key: head.key(), Count: head.count(),
		Measure: strings.TrimRight(string(text[:]), "\x00")}
	for i := range head.kept() {
		e := r.log.at(at + headRows + i)
		p := e.place()
		p.Stage = e.input()
		res.Events = append(res.Events, p)
	}
	return res
}

// A result in the log is a head, a row of text, and the rows of its events, whose inputs are stages.
const (
	headRows  = 2
	headCount = 19
	headKept  = 27
)

func (r *row) count() int64 { return int64(be.Uint64(r[headCount:])) } // #nosec G115 -- as written
func (r *row) kept() int64  { return int64(be.Uint64(r[headKept:])) }  // #nosec G115 -- as written

// place is a node of a program.
type place struct{ program, node int }

// derived are the rows of a node that are results of earlier nodes.
type derived struct {
	sorter *spill.Sorter[row]
	writer *spill.Writer[row]
}

// matcher goes through ordered rows.
type matcher struct {
	rows        *Rows
	ctx         context.Context
	listed      int
	nodes       []place
	derived     []*derived
	log         *tape // of results
	window      *tape // of the current group
	found       *spill.Sorter[row]
	foundWriter *spill.Writer[row]
	counts      []int64

	node    int // the current one, among all programs; -1 before the first
	group   grouper
	items   []row // of the current event
	links   []row
	next    func() (row, error, bool) // of the derived rows
	stop    func()
	ahead   *row // the next derived row
	present row  // of the event, to recognise its end
	open    bool // there is a current event
	n       int64

	result resultWriter
}

// grouper examines the events of one group after the other. An event is one or more rows, at one
// place; links are those of results that it may end.
type grouper interface {
	event(items, links []row)
	end()
}

func (m *matcher) close() {
	if m.stop != nil {
		m.stop()
	}
	for _, d := range m.derived {
		if d != nil {
			_ = d.sorter.Close()
		}
	}
	_ = m.window.close()
}

func (m *matcher) run() error {
	for x, err := range m.rows.sorter.Sorted() {
		if err != nil {
			return err
		}
		if m.n++; m.n%4096 == 0 && m.ctx.Err() != nil {
			return m.ctx.Err()
		}
		for m.node < x.node() {
			if err := m.nextNode(); err != nil {
				return err
			}
		}
		for m.ahead != nil && m.rows.names.compare(*m.ahead, x) < 0 {
			if err := m.takeDerived(); err != nil {
				return err
			}
		}
		m.take(&x)
		if m.window.fault != nil || m.log.fault != nil {
			return nil
		}
	}
	for m.node < len(m.nodes)-1 {
		if err := m.nextNode(); err != nil {
			return err
		}
	}
	return m.endNode()
}

// nextNode ends the current node and begins the next.
func (m *matcher) nextNode() error {
	if err := m.endNode(); err != nil {
		return err
	}
	m.node++
	at := m.nodes[m.node]
	p := m.rows.programs[at.program]
	node, plan := &p.nodes[at.node], &p.plans[at.node]
	m.result = resultWriter{m: m, program: p, at: at, node: node, plan: plan}
	switch node.Kind {
	case Temporal:
		m.group = newMeeting(m, node, plan)
	case TemporalOrdered:
		m.group = newOrder(m, node, plan)
	case NewTerms:
		m.group = &terms{m: m, span: plan.span}
	default:
		m.group = newCount(m, node, plan)
	}
	if d := m.derived[m.node]; d != nil {
		m.next, m.stop = iter.Pull2(d.sorter.Sorted())
		return m.lookAhead()
	}
	return nil
}

// endNode processes the rest of the current node.
func (m *matcher) endNode() error {
	for m.ahead != nil {
		if err := m.takeDerived(); err != nil {
			return err
		}
	}
	m.endGroup()
	if m.stop != nil {
		m.stop()
		m.next, m.stop = nil, nil
	}
	if m.node >= 0 && m.derived[m.node] != nil {
		err := m.derived[m.node].sorter.Close()
		m.derived[m.node] = nil
		return err
	}
	return nil
}

func (m *matcher) lookAhead() error {
	x, err, ok := m.next()
	m.ahead = nil
	if ok && err == nil {
		m.ahead = &x
	}
	return err
}

func (m *matcher) takeDerived() error {
	m.take(m.ahead)
	return m.lookAhead()
}

// take adds a row to the current event, or begins another one.
func (m *matcher) take(x *row) {
	if m.open && !samePlace(&m.present, x) {
		m.flush()
		if !bytes.Equal(m.present[:timeAt], x[:timeAt]) {
			m.group.end()
		}
	}
	m.present, m.open = *x, true
	if x.isLink() {
		m.links = append(m.links, *x)
	} else {
		m.items = append(m.items, *x)
	}
}

// flush passes the current event to its group. Links alone do not make an event.
func (m *matcher) flush() {
	if len(m.items) > 0 {
		m.group.event(m.items, m.links)
	}
	m.items, m.links = m.items[:0], m.links[:0]
}

func (m *matcher) endGroup() {
	if m.open {
		m.flush()
		m.group.end()
		m.open = false
	}
}

// comparePlace orders events, whatever their groups.
func (m *matcher) comparePlace(a, b *row) int {
	if c := bytes.Compare(a[timeAt:chanAt], b[timeAt:chanAt]); c != 0 {
		return c
	}
	if x, y := a.channel(), b.channel(); x != y {
		if c := strings.Compare(m.rows.names.list[x], m.rows.names.list[y]); c != 0 {
			return c
		}
	}
	return bytes.Compare(a[idAt:placeEnd], b[idAt:placeEnd])
}

// derive adds a row for a later node.
func (m *matcher) derive(x *row) {
	d := m.derived[x.node()]
	if d == nil {
		s := spill.NewSorter(m.rows.names.form(), max(m.rows.memory/8, rowSize), m.rows.dir)
		d = &derived{s, s.Split(1)[0]}
		m.derived[x.node()] = d
	}
	d.writer.Add(*x)
}

// terms finds the events whose group had no event within the span before.
type terms struct {
	m    *matcher
	span uint64
	any  bool
	last uint64
}

func (g *terms) event(items, links []row) {
	at := items[0].at()
	if !g.any || at-g.last > g.span {
		w := &g.m.result
		w.begin(&items[0])
		for i := range items {
			w.add(&items[i])
		}
		w.end("", &items[0], links)
	}
	g.any, g.last = true, at
}

func (g *terms) end() { g.any = false }
