package window

import (
	"slices"

	"hunt/limit"
)

// order finds chains of events in the order of their inputs.
type order struct {
	m    *matcher
	plan *nodePlan
	queue

	head     int64 // the event whose chains are looked for next
	consumed int64 // rows before it are part of results or before them
	tick     int64 // the first row at the time of the head that is not consumed
	tickAt   uint64
	ways     []way
}

// way is the state of the search for a chain.
type way struct {
	chain
	next   []int64 // by input of the chain: it has no usable row between the one before and this
	before []int64 // from where next was looked for
}

// maxTies bounds how many events at the same time are examined that come before in the order.
const maxTies = 1024

// BoundTies applies if more events than that have the same time.
var BoundTies = limit.Bound{ID: "window-ties", Loses: true, Text: "among events at the same time, an ordered " +
	"correlation looks at the 1,024 that come before in the order of the records"}

func newOrder(m *matcher, node *Node, plan *nodePlan) *order {
	g := &order{m: m, plan: plan, queue: newQueue(m.window, len(node.Inputs))}
	for _, c := range plan.chains {
		g.ways = append(g.ways, way{c, make([]int64, len(c.inputs)+1), make([]int64, len(c.inputs)+1)})
	}
	return g
}

func (g *order) event(items, links []row) {
	at := items[0].at()
	for g.head < g.tape.end && after(at, g.tape.at(g.head).at(), g.plan.span) {
		g.close()
	}
	before := g.tape.end
	for i := range items {
		g.push(&items[i])
	}
	if g.tape.end == before {
		return
	}
	if len(g.plan.consumers) > 0 {
		for i := range links {
			g.push(&links[i])
		}
	}
	if g.head == before {
		g.moveTo(before)
	}
}

func (g *order) end() {
	for g.head < g.tape.end {
		g.close()
	}
	g.reset()
	g.head, g.consumed, g.tick, g.tickAt = 0, 0, 0, 0
	for i := range g.ways {
		clear(g.ways[i].next)
		clear(g.ways[i].before)
	}
}

// moveTo makes a row the head. Rows at its time are kept: events at the same time are in order either way.
func (g *order) moveTo(n int64) {
	g.head = n
	if n == g.tape.end {
		return
	}
	if at := g.tape.at(n).at(); at != g.tickAt || g.tick < g.consumed {
		g.tick, g.tickAt = n, at
	}
	g.drop(max(g.tick, g.consumed))
}

// close searches for chains that begin with the head, and moves on.
func (g *order) close() {
	end := g.endOf(g.head)
	var best []int64
	last := int64(0)
	for i := range g.ways {
		w := &g.ways[i]
		if rows := g.chain(w, end); rows != nil {
			if end := g.endOf(slices.Max(rows)); best == nil || end < last {
				best, last = rows, end
			}
		}
	}
	if best == nil {
		g.moveTo(end)
		return
	}
	slices.Sort(best)
	chosen := make([]row, len(best))
	for i, n := range best {
		chosen[i] = *g.tape.at(g.pick(g.m, n))
	}
	w := &g.m.result
	w.begin(&chosen[0])
	for i := range chosen {
		w.add(&chosen[i])
	}
	w.end("", &chosen[len(chosen)-1], g.linksAt(best[len(best)-1]))
	for i := range chosen {
		g.spend(&chosen[i])
	}
	g.consumed = last
	g.moveTo(last)
}

// chain returns the rows of a chain that begins with the head, whose rows end before a number; nil
// if there is none.
func (g *order) chain(w *way, end int64) []int64 {
	for _, input := range w.inputs {
		if g.alive[input] == 0 {
			return nil
		}
	}
	first := int64(-1)
	for n := g.head; n < end; n++ {
		if r := g.tape.at(n); g.usable(r) && r.input() == w.inputs[0] {
			first = n
			break
		}
	}
	if first < 0 {
		return nil
	}
	anchor := *g.tape.at(first)
	rows := []int64{first}
	for i := 1; i < len(w.inputs); i++ {
		n := g.follower(w, i, rows)
		if n < 0 || after(g.tape.at(n).at(), anchor.at(), g.plan.span) {
			return nil
		}
		rows = append(rows, n)
	}
	if w.forbidden != 0 && g.disturbed(w, slices.Min(rows), slices.Max(rows)) {
		return nil
	}
	return rows
}

// follower returns the first row of an input of the chain that comes after the last of some rows,
// -1 if there is none.
func (g *order) follower(w *way, i int, rows []int64) int64 {
	last := rows[len(rows)-1]
	if n := g.tied(w.inputs[i], last, rows); n >= 0 {
		return n
	}
	end := g.endOf(last)
	if last < w.before[i] {
		w.next[i] = end
	}
	w.before[i] = last
	w.next[i] = g.find(1<<w.inputs[i], max(w.next[i], end), g.tape.end)
	n := w.next[i]
	for n < g.tape.end && g.chosen(rows, n) { // after a tie
		n = g.find(1<<w.inputs[i], g.endOf(n), g.tape.end)
	}
	if n == g.tape.end {
		return -1
	}
	return n
}

// chosen reports whether a row is about the same event as one of some rows.
func (g *order) chosen(rows []int64, n int64) bool {
	r := *g.tape.at(n)
	return slices.ContainsFunc(rows, func(k int64) bool { return samePlace(g.tape.at(k), &r) })
}

// find returns the first usable row of one of some inputs in a range, its end if there is none.
func (g *order) find(inputs uint64, n, end int64) int64 {
	for ; n < end; n++ {
		if r := g.tape.at(n); g.usable(r) && inputs>>r.input()&1 == 1 {
			return n
		}
	}
	return end
}

// tied returns the first row of an input that precedes row last at the same time and counts as in order all the
// same, -1 if there is none: record ids decide only within one host and channel.
func (g *order) tied(input int, last int64, rows []int64) int64 {
	x := *g.tape.at(last)
	found := int64(-1)
	for n := last - 1; n >= max(g.tape.first, g.consumed); n-- {
		r := *g.tape.at(n)
		if r.at() != x.at() {
			break
		}
		if n < last-maxTies {
			g.m.rows.biteAt(BoundTies, x.place())
			break
		}
		if !g.usable(&r) || r.input() != input || sameSource(&r, &x) {
			continue
		}
		if !g.chosen(rows, n) {
			found = n
		}
	}
	return found
}

// disturbed reports whether an event that must not occur is between two rows.
func (g *order) disturbed(w *way, from, to int64) bool {
	i := len(w.inputs) // the last of next
	end := g.endOf(from)
	if from < w.before[i] {
		w.next[i] = end
	}
	w.before[i] = from
	w.next[i] = g.find(w.forbidden, max(w.next[i], end), g.tape.end)
	return w.next[i] < to && !samePlace(g.copyOf(w.next[i]), g.tape.at(to))
}

func (g *order) copyOf(n int64) *row {
	x := *g.tape.at(n)
	return &x
}
