package window

import "strconv"

// counter adds up the rows of a window.
type counter struct {
	node   *Node
	events int64
	values []map[uint64]int64 // by Cardinality, or a single one: how often each value occurs
	sum    sum
	most   int // values that are distinguished
}

// countedValues is how many different values a result distinguishes beyond those that its condition asks for.
const countedValues = 100_000

func newCounter(node *Node) counter {
	c := counter{node: node, most: countedValues}
	n := 0
	switch node.Kind {
	case ValueCount:
		n = 1
	case Threshold:
		n = len(node.Cardinality)
	}
	for range n {
		c.values = append(c.values, map[uint64]int64{})
	}
	for _, b := range node.Bounds {
		c.most = max(c.most, int(min(b.N, 1<<40)+1))
	}
	for _, x := range node.Cardinality {
		c.most = max(c.most, int(min(x.AtLeast, 1<<40)+1))
	}
	return c
}

// take adds a row of an event or, with times -1, removes it. An event that satisfies several rules counts once:
// fresh says that it has not counted yet.
func (c *counter) take(r *row, fresh *bool, times int64) {
	switch {
	case r.isLink():
		return
	case r.isResult():
		c.events += times
	case *fresh && !r.valueOfRes():
		c.events += times
		*fresh = false
	}
	switch tag := r.tag(); {
	case tag == tagHash:
		slot := c.values[r.ordinal()&^ofResult]
		v := r.value()
		n, known := slot[v]
		switch {
		case n+times > 0 && (known || len(slot) < c.most):
			slot[v] = n + times
		case known:
			delete(slot, v)
		}
	case tag >= tagNumber && tag <= tagNumber+MaxScale:
		c.sum.add(Number{int64(r.value()), tag - tagNumber}, times) // #nosec G115 -- two's complement
	}
}

func (c *counter) clear() {
	c.events = 0
	for _, m := range c.values {
		clear(m)
	}
	c.sum.clear()
}

// holds reports whether all bounds hold.
func (c *counter) holds() bool {
	average := c.node.Kind == ValueAvg
	for _, b := range c.node.Bounds {
		var how int
		switch c.node.Kind {
		case ValueCount:
			how = compareInt(int64(len(c.values[0])), b)
		case ValueSum, ValueAvg:
			if c.sum.n == 0 {
				return false
			}
			how = c.sum.compare(b, average)
		default:
			how = compareInt(c.events, b)
		}
		if !b.holds(how) {
			return false
		}
	}
	for i, x := range c.node.Cardinality {
		if int64(len(c.values[i])) < x.AtLeast {
			return false
		}
	}
	return true
}

// measure returns what was counted, for people.
func (c *counter) measure() string {
	switch c.node.Kind {
	case ValueCount:
		if n := len(c.values[0]); n < c.most {
			return strconv.Itoa(n)
		}
		return strconv.Itoa(c.most) + "+"
	case ValueSum, ValueAvg:
		return c.sum.text(c.node.Kind == ValueAvg)
	}
	return strconv.FormatInt(c.events, 10)
}

// count examines windows in which something is counted.
type count struct {
	m       *matcher
	plan    *nodePlan
	counter counter
	window  *tape // rows from the first event of the window on

	open    bool // the condition is true: further events go straight to the result
	started uint64
	last    row   // event of the result
	links   []row // of the last event
}

func newCount(m *matcher, node *Node, plan *nodePlan) *count {
	m.window.reset()
	return &count{m: m, plan: plan, counter: newCounter(node), window: m.window}
}

func (g *count) end() {
	for g.open || g.window.len() > 0 {
		g.close()
	}
	g.window.reset()
	g.counter.clear()
}

// after reports whether a time is after a window.
func after(at, first, span uint64) bool { return at > first && at-first > span }

func (g *count) event(items, links []row) {
	at := items[0].at()
	for g.open && after(at, g.started, g.plan.span) || !g.open && g.window.len() > 0 &&
		after(at, g.window.at(g.window.first).at(), g.plan.span) {
		g.close()
	}
	if g.open {
		g.join(items, links)
		return
	}
	fresh := true
	for i := range items {
		g.counter.take(&items[i], &fresh, 1)
		g.window.push(&items[i])
	}
	if len(g.plan.consumers) > 0 {
		for i := range links {
			g.window.push(&links[i])
		}
	}
	if g.plan.monotone && g.counter.holds() {
		g.commit(&items[0])
	}
}

// join adds an event to the result.
func (g *count) join(items, links []row) {
	fresh := true
	for i := range items {
		g.counter.take(&items[i], &fresh, 1)
		if items[i].tag() == tagResult || !items[i].valueOfRes() {
			g.m.result.add(&items[i])
		}
	}
	g.last = items[0]
	g.links = append(g.links[:0], links...)
}

// commit begins a result with the events of the window. from is the event with which the condition became true;
// if it is nil, commit looks for it.
func (g *count) commit(from *row) {
	w := g.window
	first := *w.at(w.first)
	g.m.result.begin(&first)
	g.open, g.started = true, first.at()
	if g.plan.stands {
		var x row
		if from != nil {
			x = *from
		} else {
			x = g.fulfilled()
		}
		g.m.result.from = &x
	}
	g.links = g.links[:0]
	for n := w.first; n < w.end; n++ {
		x := *w.at(n)
		if x.isLink() {
			if samePlace(&x, &g.last) {
				g.links = append(g.links, x)
			}
			continue
		}
		if n == w.first || !samePlace(&x, &g.last) {
			g.links = g.links[:0]
		}
		g.last = x
		if x.tag() == tagResult || !x.valueOfRes() {
			g.m.result.add(&x)
		}
	}
	w.drop(w.end)
}

// fulfilled finds the first event of the window with which the condition is true.
func (g *count) fulfilled() row {
	c := newCounter(g.counter.node)
	w := g.window
	var before row
	fresh := true
	for n := w.first; n < w.end; n++ {
		r := *w.at(n)
		if n > w.first && !samePlace(&r, &before) {
			if fresh = true; c.holds() {
				break
			}
		}
		c.take(&r, &fresh, 1)
		before = r
	}
	return before
}

// close ends the window, and begins the next.
func (g *count) close() {
	if !g.open && !g.plan.monotone && g.counter.holds() {
		g.commit(nil)
	}
	switch {
	case g.open:
		g.m.result.end(g.counter.measure(), &g.last, g.links)
		g.open = false
		g.counter.clear()
	case !g.plan.above:
		g.window.drop(g.window.end)
		g.counter.clear()
	default:
		g.pop()
	}
}

// pop removes the first event from the window.
func (g *count) pop() {
	w := g.window
	first := *w.at(w.first)
	n, fresh := w.first, true
	for ; n < w.end; n++ {
		x := w.at(n)
		if !samePlace(x, &first) {
			break
		}
		g.counter.take(x, &fresh, -1)
	}
	w.drop(n)
}
