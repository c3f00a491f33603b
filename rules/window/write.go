package window

import (
	"cmp"
	"slices"
)

// resultWriter writes a result to the log, one event at a time, in order.
type resultWriter struct {
	m       *matcher
	program *Program
	at      place
	node    *Node
	plan    *nodePlan

	head   int64 // of the result in the log
	group  row   // a row of the group
	last   row   // the last event, as it is in the log
	count  int64
	kept   int64
	unkept bool // the last event is not in the log yet
	from   *row // the event from which on the condition is true; nil: only with the last
	parts  []part
}

// part is an event of a result that has results among its events: they are merged at the end.
type part struct {
	row      row   // the next event of it
	at, left int64 // of a result: where the events that follow are in the log
}

// nested reports whether the results continue to other nodes.
func (w *resultWriter) nested() bool { return len(w.plan.consumers) > 0 }

// begin begins a result of the group of a row.
func (w *resultWriter) begin(x *row) {
	w.group = *x
	w.count, w.kept, w.unkept, w.from = 0, 0, false, nil
	w.parts = w.parts[:0]
	var none row
	w.head = w.m.log.push(&none)
	w.m.log.push(&none)
}

// add adds an event, or a result with all its events.
func (w *resultWriter) add(x *row) {
	if w.node.hasResults() {
		w.part(x)
		return
	}
	e := *x
	e.setInput(w.node.Inputs[x.input()].Stage)
	w.put(&e)
}

// hasResults reports whether results of other nodes are among the node's events.
func (n *Node) hasResults() bool {
	return slices.ContainsFunc(n.Inputs, func(in Input) bool { return in.Stage < 0 })
}

// part keeps an event, or where the events of a result are.
func (w *resultWriter) part(x *row) {
	if !x.isResult() {
		e := *x
		e.setInput(w.node.Inputs[x.input()].Stage)
		w.parts = append(w.parts, part{row: e})
		return
	}
	at := int64(x.value()) // #nosec G115 -- a number in the log
	kept := w.m.log.at(at).kept()
	if kept > 0 {
		w.parts = append(w.parts, part{row: *w.m.log.at(at + headRows), at: at + headRows + 1, left: kept - 1})
	}
}

// put writes an event, without duplicates.
func (w *resultWriter) put(x *row) {
	if w.count > 0 && w.m.comparePlace(&w.last, x) == 0 {
		return
	}
	w.last = *x
	w.count++
	if w.nested() || w.kept < int64(w.m.listed) {
		w.m.log.push(x)
		w.kept++
		w.unkept = false
	} else {
		w.unkept = true
	}
}

// merge writes the events of all parts up to a last one.
func (w *resultWriter) merge(last *row) {
	less := func(a, b int) bool {
		return cmp.Or(w.m.comparePlace(&w.parts[a].row, &w.parts[b].row),
			cmp.Compare(w.parts[a].row.input(), w.parts[b].row.input())) < 0
	}
	heap := make([]int, 0, len(w.parts))
	down := func(i int) {
		for {
			least := i
			for k := 2*i + 1; k <= 2*i+2 && k < len(heap); k++ {
				if less(heap[k], heap[least]) {
					least = k
				}
			}
			if least == i {
				return
			}
			heap[i], heap[least] = heap[least], heap[i]
			i = least
		}
	}
	for i := range w.parts {
		heap = append(heap, i)
	}
	for i := len(heap)/2 - 1; i >= 0; i-- {
		down(i)
	}
	for len(heap) > 0 {
		p := &w.parts[heap[0]]
		if w.m.comparePlace(&p.row, last) > 0 {
			return
		}
		w.put(&p.row)
		if p.left > 0 {
			p.row = *w.m.log.at(p.at)
			p.at, p.left = p.at+1, p.left-1
		} else {
			heap[0] = heap[len(heap)-1]
			heap = heap[:len(heap)-1]
		}
		down(0)
	}
}

// end completes the result, whose last event is at the place of a row with these links.
func (w *resultWriter) end(measure string, last *row, links []row) {
	if len(w.parts) > 0 {
		w.merge(last)
	}
	if w.unkept {
		w.m.log.push(&w.last)
		w.kept++
	}
	head := w.group
	be.PutUint64(head[headCount:], uint64(w.count)) // #nosec G115 -- not negative
	be.PutUint64(head[headKept:], uint64(w.kept))   // #nosec G115 -- not negative
	w.m.log.set(w.head, &head)
	var text row
	copy(text[:], measure)
	w.m.log.set(w.head+1, &text)
	if w.at.node == len(w.program.nodes)-1 {
		w.m.counts[w.at.program]++
		x := *w.m.log.at(w.head + headRows)
		clear(x[:timeAt])
		clear(x[hostAt:])
		x.setNode(w.at.program)
		x.setValue(uint64(w.head)) // #nosec G115 -- not negative
		w.m.foundWriter.Add(x)
	}
	w.goOn(last, links)
}

// goOn makes rows from the result for the nodes that use it.
func (w *resultWriter) goOn(last *row, links []row) {
	first := w.m.rows.first[w.at.program]
	for i := range links {
		a := &links[i]
		if a.tag() != tagLinkA {
			continue
		}
		var to key
		copy(to[:8], a[valueAt:])
		for k := range links {
			if b := &links[k]; b.tag() == tagLinkB && b.input() == a.input() && b.ordinal() == a.ordinal() {
				copy(to[8:], b[valueAt:])
			}
		}
		consumer := w.plan.consumers[a.input()]
		node := &w.program.nodes[consumer.node]
		stand := func(at *row) {
			x := *at
			x.setNode(first + consumer.node)
			x.setKey(to)
			x[tagAt] = tagResult
			x.setInput(consumer.input)
			x.setOrdinal(0)
			x.setValue(uint64(w.head)) // #nosec G115 -- not negative
			w.m.derive(&x)
		}
		if w.from != nil && node.Kind.temporal() {
			for i := range w.kept {
				if e := *w.m.log.at(w.head + headRows + i); w.m.comparePlace(&e, w.from) >= 0 {
					stand(&e)
				}
			}
			continue
		}
		stand(last)
		for k := range links {
			v := &links[k]
			if v.tag() < tagLinkV || v.input() != a.input() || v.ordinal()&(maxCombinations-1) != a.ordinal() {
				continue
			}
			x := *last
			x.setNode(first + consumer.node)
			x.setKey(to)
			x[tagAt] = v.tag() - tagLinkV
			x.setInput(consumer.input)
			x.setOrdinal(v.ordinal()>>10 | ofResult)
			x.setValue(v.value())
			w.m.derive(&x)
		}
	}
}
