package window

import "cmp"

// queue holds the waiting rows of a group. Rows that represent a result count until a result of this group has used
// it.
type queue struct {
	tape    *tape
	alive   []int64 // by input: rows that may still be used
	waiting map[used]int64
	spent   map[uint64]bool // results that were used
}

// used is a result as an input.
type used struct {
	result uint64
	input  int
}

func newQueue(t *tape, inputs int) queue {
	t.reset()
	return queue{tape: t, alive: make([]int64, inputs), waiting: map[used]int64{}, spent: map[uint64]bool{}}
}

func (q *queue) reset() {
	q.tape.reset()
	clear(q.alive)
	clear(q.waiting)
	clear(q.spent)
}

// push adds a row.
func (q *queue) push(r *row) {
	if r.isLink() {
		q.tape.push(r)
		return
	}
	if r.isResult() {
		if q.spent[r.value()] {
			return
		}
		q.waiting[used{r.value(), r.input()}]++
	}
	q.alive[r.input()]++
	q.tape.push(r)
}

// usable reports whether a row is an event that may still be used.
func (q *queue) usable(r *row) bool {
	return !r.isLink() && !(r.isResult() && q.spent[r.value()])
}

// drop drops the rows before number n.
func (q *queue) drop(n int64) {
	for i := q.tape.first; i < min(n, q.tape.end); i++ {
		r := q.tape.at(i)
		if !q.usable(r) {
			continue
		}
		q.alive[r.input()]--
		if r.isResult() {
			u := used{r.value(), r.input()}
			if q.waiting[u]--; q.waiting[u] == 0 {
				delete(q.waiting, u)
			}
		}
	}
	q.tape.drop(n)
}

// spend marks a result as used: its other rows no longer count.
func (q *queue) spend(r *row) {
	if !r.isResult() || q.spent[r.value()] {
		return
	}
	q.spent[r.value()] = true
	for i := range q.alive {
		u := used{r.value(), i}
		q.alive[i] -= q.waiting[u]
		delete(q.waiting, u)
	}
}

// present returns the set of inputs that have rows.
func (q *queue) present() (set uint64) {
	for i, n := range q.alive {
		if n > 0 {
			set |= 1 << i
		}
	}
	return set
}

// endOf returns the number after the last row of the event to which row n belongs.
func (q *queue) endOf(n int64) int64 {
	x := *q.tape.at(n)
	for n++; n < q.tape.end && samePlace(q.tape.at(n), &x); n++ {
	}
	return n
}

// pick returns the row to use among several results at one event, for the input of row n, which is the first of
// them: the one that began first, then the one whose next event is first, then the shorter one.
func (q *queue) pick(m *matcher, n int64) int64 {
	best, x := n, *q.tape.at(n)
	if !x.isResult() {
		return n
	}
	for k, end := n+1, q.endOf(n); k < end; k++ {
		r := *q.tape.at(k)
		if q.usable(&r) && r.input() == x.input() && m.compareResults(&r, &x) < 0 {
			best, x = k, r
		}
	}
	return best
}

// compareResults compares the events of two results.
func (m *matcher) compareResults(a, b *row) int {
	x, y := int64(a.value()), int64(b.value()) // #nosec G115 -- numbers in the log
	n, k := m.log.at(x).kept(), m.log.at(y).kept()
	for i := range min(n, k) {
		first, second := *m.log.at(x + headRows + i), *m.log.at(y + headRows + i)
		if c := m.comparePlace(&first, &second); c != 0 {
			return c
		}
	}
	return cmp.Compare(n, k)
}

// linksAt returns the links of the event to which row n belongs.
func (q *queue) linksAt(n int64) (links []row) {
	for end := q.endOf(n); n < end; n++ {
		if r := q.tape.at(n); r.isLink() {
			links = append(links, *r)
		}
	}
	return links
}

// meeting finds windows in which events of several inputs occur together, in any order.
type meeting struct {
	m    *matcher
	node *Node
	plan *nodePlan
	all  bool
	queue
}

func newMeeting(m *matcher, node *Node, plan *nodePlan) *meeting {
	return &meeting{m: m, node: node, plan: plan, all: node.all(), queue: newQueue(m.window, len(node.Inputs))}
}

func (g *meeting) event(items, links []row) {
	at := items[0].at()
	for g.tape.len() > 0 && after(at, g.tape.at(g.tape.first).at(), g.plan.span) {
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
	for g.all && g.tape.len() > 0 && g.node.met(g.present()) {
		g.close()
	}
}

func (g *meeting) end() {
	for g.tape.len() > 0 {
		g.close()
	}
	g.reset()
}

// close examines the window of the first event, and moves on.
func (g *meeting) close() {
	set := g.present()
	first := *g.tape.at(g.tape.first)
	next := g.endOf(g.tape.first)
	if !g.node.met(set) || !g.anchors(next) {
		g.drop(next)
		return
	}
	want := set & g.plan.positive
	var chosen []row
	last := int64(0)
	for n := g.tape.first; n < g.tape.end && want != 0; n++ {
		r := *g.tape.at(n)
		if g.usable(&r) && want>>r.input()&1 == 1 {
			want &^= 1 << r.input()
			chosen, last = append(chosen, *g.tape.at(g.pick(g.m, n))), n
		}
	}
	w := &g.m.result
	w.begin(&first)
	for i := range chosen {
		w.add(&chosen[i])
	}
	end := g.endOf(last)
	lastRow := *g.tape.at(last)
	w.end("", &lastRow, g.linksAt(last))
	for i := range chosen {
		g.spend(&chosen[i])
	}
	g.drop(end)
}

// anchors reports whether the first event, whose rows end before a number, can be part of a result.
func (g *meeting) anchors(end int64) bool {
	for n := g.tape.first; n < end; n++ {
		if r := g.tape.at(n); g.usable(r) && g.plan.positive>>r.input()&1 == 1 {
			return true
		}
	}
	return false
}
