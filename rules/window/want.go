package window

import (
	"errors"
	"math/bits"
)

// chain is one way to satisfy an ordered condition: events of these inputs in this order, and none
// of the others between the first and the last.
type chain struct {
	inputs    []int
	forbidden uint64
}

// eval reports whether the condition is true for a set of inputs.
func (w *Want) eval(set uint64) bool {
	switch w.Op {
	case WantInput:
		return set>>w.Input&1 == 1
	case WantNot:
		return !w.Kids[0].eval(set)
	case WantAnd:
		for _, k := range w.Kids {
			if !k.eval(set) {
				return false
			}
		}
		return true
	}
	for _, k := range w.Kids {
		if k.eval(set) {
			return true
		}
	}
	return false
}

// positive returns the inputs that the condition names without not.
func (w *Want) positive(negated bool) (set uint64) {
	switch w.Op {
	case WantInput:
		if negated {
			return 0
		}
		return 1 << w.Input
	case WantNot:
		return w.Kids[0].positive(!negated)
	}
	for _, k := range w.Kids {
		set |= k.positive(negated)
	}
	return set
}

// positive returns the inputs of a temporal node whose events become part of results.
func (n *Node) positive() uint64 {
	if n.Want != nil {
		return n.Want.positive(false)
	}
	return 1<<len(n.Inputs) - 1
}

// met reports whether a temporal node's condition is true for the inputs that have events.
func (n *Node) met(set uint64) bool {
	switch {
	case n.Want != nil:
		return n.Want.eval(set)
	case len(n.Bounds) == 0:
		return set == 1<<len(n.Inputs)-1
	}
	for _, b := range n.Bounds {
		if !b.holds(compareInt(int64(bits.OnesCount64(set)), b)) {
			return false
		}
	}
	return true
}

// all reports whether the node asks for all of its inputs and nothing else.
func (n *Node) all() bool { return n.Want == nil && n.met(1<<len(n.Inputs)-1) && !n.fewer() }

// fewer reports whether the bounds are true for fewer than all inputs.
func (n *Node) fewer() bool {
	for k := range len(n.Inputs) {
		if n.met(1<<k - 1) {
			return true
		}
	}
	return false
}

// clause is a conjunction: inputs that must have events, and inputs that must have none.
type clause struct{ with, without uint64 }

// clauses writes a condition, negated if negated is set, as a disjunction of clauses; ok is false
// if there are too many.
func (w *Want) clauses(negated bool) (out []clause, ok bool) {
	if w.Op == WantNot {
		return w.Kids[0].clauses(!negated)
	}
	if w.Op == WantInput {
		if negated {
			return []clause{{without: 1 << w.Input}}, true
		}
		return []clause{{with: 1 << w.Input}}, true
	}
	either := (w.Op == WantOr) != negated
	if !either {
		out = []clause{{}}
	}
	for _, k := range w.Kids {
		list, ok := k.clauses(negated)
		if !ok {
			return nil, false
		}
		if either {
			out = append(out, list...)
		} else {
			var next []clause
			for _, a := range out {
				for _, b := range list {
					c := clause{a.with | b.with, a.without | b.without}
					if c.with&c.without == 0 {
						next = append(next, c)
					}
				}
			}
			out = next
		}
		if len(out) > maxChains {
			return nil, false
		}
	}
	return out, true
}

var errChains = errors.New("the condition can be satisfied in too many orders")

// chains returns the ways to satisfy an ordered node.
func (n *Node) chains() ([]chain, error) {
	clauses, err := n.clauses()
	if err != nil {
		return nil, err
	}
	var out []chain
	for _, c := range clauses {
		if c.with == 0 {
			return nil, errors.New("part of the condition would be true without any event: name at least one " +
				"rule without not")
		}
		x := chain{forbidden: c.without}
		for i := range n.Inputs {
			if c.with>>i&1 == 1 {
				x.inputs = append(x.inputs, i)
			}
		}
		out = append(out, x)
	}
	if len(out) == 0 {
		return nil, errors.New("the condition can never be true")
	}
	return out, nil
}

// clauses returns the sets of inputs that satisfy a temporal node.
func (n *Node) clauses() ([]clause, error) {
	if n.Want != nil {
		out, ok := n.Want.clauses(false)
		if !ok {
			return nil, errChains
		}
		return out, nil
	}
	all := uint64(1)<<len(n.Inputs) - 1
	if len(n.Bounds) == 0 {
		return []clause{{with: all}}, nil
	}
	for _, b := range n.Bounds {
		if !b.above() && b.Op != EQ {
			return nil, errors.New("a condition with an upper limit on the number of rules cannot be ordered: " +
				"use temporal")
		}
	}
	for k := 1; k <= len(n.Inputs); k++ { // the least number that satisfies the bounds
		if !n.met(1<<k - 1) {
			continue
		}
		var out []clause
		for set := uint64(1)<<k - 1; set <= all; {
			if out = append(out, clause{with: set}); len(out) > maxChains {
				return nil, errChains
			}
			low := set & -set // the next set with as many inputs (Gosper)
			up := set + low
			if up == 0 || low == 0 {
				break
			}
			set = up | (set^up)>>2/low
		}
		return out, nil
	}
	return nil, errors.New("the condition can never be true: it asks for more rules than there are")
}

// ways returns sets of inputs of which a temporal node needs one complete.
func (n *Node) ways() [][]int {
	clauses, err := n.clauses()
	if err != nil {
		clauses = nil
		for i := range n.Inputs { // any of them may do
			clauses = append(clauses, clause{with: 1 << i})
		}
	}
	var out [][]int
	for _, c := range clauses {
		var way []int
		for i := range n.Inputs {
			if c.with>>i&1 == 1 {
				way = append(way, i)
			}
		}
		out = append(out, way)
	}
	return out
}
