package predicate

import (
	"cmp"
	"slices"
	"strings"
)

// Evaluator evaluates plans of one Set for one goroutine. It looks everything up once per event: values, folded
// texts, results of leaves and of shared nodes carry the number of the event to which they belong.
type Evaluator struct {
	set   *Set
	event Event
	now   uint32 // the number of the event
	frame Frame

	values []Value // for Event.Values
	slots  []slotState
	spaces []spaceState
	leaves []result
	nodes  []result // by the node's number in the plan
	roots  []uint32 // the event for which a root was evaluated
	cells  [][]cell // arguments of one leaf
	plan   *Plan
	memo   memo
}

// maxKeptCells bounds the memory that stays allocated after a field with very many values.
const maxKeptCells = 4096

type slotState struct {
	at    uint32
	cells []cell
}

// spaceState records which of a space's texts the event has.
type spaceState struct {
	at      uint32
	pending bool
	ids     []int32
	seen    []uint32 // of literals: the event that has them, by id

	finder finder
	search *Search // for a space that is alone, once an event has parts
}

// has reports whether the event has one of some literals.
func (s *spaceState) has(ids []int32) bool {
	if len(ids) > 4*len(s.ids) {
		return slices.ContainsFunc(s.ids, func(id int32) bool {
			_, ok := slices.BinarySearch(ids, id)
			return ok
		})
	}
	return slices.ContainsFunc(ids, func(id int32) bool { return s.seen[id] == s.at })
}

type result struct {
	at    uint32
	truth Truth
}

// NewEvaluator returns an evaluator for s.
func (s *Set) NewEvaluator() *Evaluator {
	return &Evaluator{
		set:    s,
		slots:  make([]slotState, len(s.slots)),
		spaces: make([]spaceState, len(s.spaces)),
		leaves: make([]result, len(s.leaves)),
		roots:  make([]uint32, len(s.roots)),
		memo:   newMemo(),
	}
}

// Eval appends the stages that ev satisfies or may satisfy, ordered by program and stage. It does not allocate in
// steady state.
func (v *Evaluator) Eval(p *Plan, ev Event, dst []Hit) []Hit {
	start := len(dst)
	dst = append(dst, p.always...)
	if len(p.roots) == 0 {
		return dst
	}
	v.begin(p, ev)
	for i := range p.indexes { // all of them first, so that leaves of other roots know what was found
		v.space(p.indexes[i].space)
	}
	for i := range p.indexes {
		x := &p.indexes[i]
		s := v.space(x.space)
		if s.pending {
			dst = v.evalRoots(x.all, dst)
		}
		for _, id := range s.ids {
			dst = v.evalRoots(x.of(id), dst)
		}
	}
	dst = v.evalRoots(p.scan, dst)
	v.event = nil
	if hits := dst[start:]; len(hits) > 1 {
		slices.SortFunc(hits, func(a, b Hit) int {
			return cmp.Or(cmp.Compare(a.Program, b.Program), cmp.Compare(a.Stage, b.Stage))
		})
	}
	return dst
}

// Settle is Eval for only those stages that open lists, in its order: those that could not be decided before.
func (v *Evaluator) Settle(p *Plan, ev Event, open, dst []Hit) []Hit {
	v.begin(p, ev)
	for _, h := range open {
		if i, ok := slices.BinarySearchFunc(p.roots, h, compareRoot); ok {
			dst = v.evalRoots([]int32{int32(i)}, dst) // #nosec G115 -- below the number of roots
		} else if i := slices.IndexFunc(p.always, h.same); i >= 0 {
			dst = append(dst, p.always[i])
		}
	}
	v.event = nil
	return dst
}

// compareRoot orders a root and a hit by program and stage.
func compareRoot(r root, h Hit) int {
	return cmp.Or(cmp.Compare(r.program, h.Program), cmp.Compare(r.stage, h.Stage))
}

// same reports whether another hit is on the same stage.
func (h Hit) same(o Hit) bool { return h.Program == o.Program && h.Stage == o.Stage }

// Ask appends the truth of each of some comparisons of a plan, one byte each.
func (v *Evaluator) Ask(p *Plan, ev Event, leaves []LeafID, dst []byte) []byte {
	v.begin(p, ev)
	for _, id := range leaves {
		dst = append(dst, byte(v.leaf(int32(id))))
	}
	v.event = nil
	return dst
}

// Cut reports whether BoundCombinations applied to the event of the last Eval: some of its hits may be Maybe just
// because of that.
func (v *Evaluator) Cut() bool { return v.frame.cut }

func (v *Evaluator) begin(p *Plan, ev Event) {
	v.plan, v.event = p, ev
	if cap(v.frame.Bytes) > maxKeptScratch {
		v.frame.Bytes = nil
	}
	v.frame.reset()
	v.frame.cut = false
	if len(v.nodes) < len(p.nodes) {
		v.nodes = append(v.nodes, make([]result, len(p.nodes)-len(v.nodes))...)
	}
	if v.now++; v.now == 0 { // after 4 billion events the numbers begin again
		v.forget()
		v.now = 1
	}
}

func (v *Evaluator) forget() {
	for i := range v.slots {
		v.slots[i].at = 0
	}
	for i := range v.spaces {
		v.spaces[i].at = 0
		clear(v.spaces[i].seen)
	}
	clear(v.leaves)
	clear(v.nodes)
	clear(v.roots)
	clear(v.memo.entries)
}

func (v *Evaluator) evalRoots(roots []int32, dst []Hit) []Hit {
	for _, i := range roots {
		if v.roots[i] == v.now {
			continue
		}
		v.roots[i] = v.now
		r := &v.plan.roots[i]
		if t := v.node(r.node); t != False {
			dst = append(dst, Hit{Program: r.program, Stage: r.stage, Truth: t})
		}
	}
	return dst
}

func (v *Evaluator) node(id int32) Truth {
	n := &v.plan.nodes[id]
	switch n.op {
	case nodeLeaf:
		return v.leaf(n.leaf)
	case nodeFalse:
		return False
	case nodeMaybe:
		return Maybe
	case nodeTrue:
		return True
	case nodeNot:
		return v.node(n.kids[0]).not()
	}
	shared := n.refs > 1
	if shared && v.nodes[id].at == v.now {
		return v.nodes[id].truth
	}
	var t Truth
	if n.op == nodeAnd {
		t = True
		for _, k := range n.kids {
			if t = min(t, v.node(k)); t == False {
				break
			}
		}
	} else {
		for _, k := range n.kids {
			if t = max(t, v.node(k)); t == True {
				break
			}
		}
	}
	if shared {
		v.nodes[id] = result{at: v.now, truth: t}
	}
	return t
}

func (v *Evaluator) leaf(id int32) Truth {
	r := &v.leaves[id]
	if r.at == v.now {
		return r.truth
	}
	r.at = v.now
	l := &v.set.leaves[id]
	if l.space >= 0 && (l.test < 0 || v.spaces[l.space].at == v.now) {
		r.truth = v.setLeaf(l)
		return r.truth
	}
	if l.literals >= 0 && v.lacks(l) {
		r.truth = False
		return r.truth
	}
	if l.test >= 0 {
		r.truth = v.testLeaf(l)
		return r.truth
	}
	v.cells = v.cells[:0]
	for _, s := range l.slots {
		v.cells = append(v.cells, v.slot(s))
	}
	r.truth = l.eval(v.cells, &v.frame)
	return r.truth
}

// testLeaf is leaf.eval for a test, using what the memo knows.
func (v *Evaluator) testLeaf(l *setLeaf) Truth {
	cells, pending := v.slot(l.slots[0]), false
	for i := range cells {
		c := &cells[i]
		if c.Kind == Null || c.Kind == Pending {
			pending = pending || c.Kind == Pending
			continue
		}
		var holds, known bool
		if c.memo != nil {
			holds, known = c.memo.result(l.test)
		}
		if !known {
			holds = l.leaf.test.holds(c, &v.frame.Scratch)
			if c.memo != nil {
				c.memo.remember(l.test, holds)
			}
		}
		if holds {
			return True
		}
	}
	if pending {
		return Maybe
	}
	return False
}

// lacks reports whether the event is known not to have what a leaf requires.
func (v *Evaluator) lacks(l *setLeaf) bool {
	s := &v.spaces[l.literals]
	return s.at == v.now && !s.pending &&
		slices.ContainsFunc(l.required, func(clause []int32) bool { return !s.has(clause) })
}

func (v *Evaluator) setLeaf(l *setLeaf) Truth {
	s := v.space(l.space)
	if s.seen != nil {
		if s.has(l.ids) {
			return True
		}
	} else if slices.ContainsFunc(s.ids, l.has) {
		return True
	}
	if s.pending {
		return Maybe
	}
	return False
}

// slot returns the values of a field.
func (v *Evaluator) slot(i int32) []cell {
	s := &v.slots[i]
	if s.at == v.now {
		return s.cells
	}
	if cap(s.cells) > maxKeptCells {
		s.cells = nil
	}
	s.at, s.cells = v.now, s.cells[:0]
	v.values = v.event.Values(v.set.slots[i], v.values[:0])
	for j := range v.values {
		c := cell{Value: v.values[j]}
		if c.Kind == String {
			if m := v.memo.entry(i, c.Str, v.set.tests[i], v.now); m != nil {
				c.memo, c.hasFold, c.folded, c.ascii = m, true, m.folded, m.ascii
			}
		}
		s.cells = append(s.cells, c)
	}
	return s.cells
}

// space returns which of the texts of a space the event has.
func (v *Evaluator) space(i int32) *spaceState {
	s := &v.spaces[i]
	if s.at == v.now {
		return s
	}
	s.at, s.ids, s.pending = v.now, s.ids[:0], false
	x := &v.set.spaces[i]
	if x.alone && v.nothing(x, s) {
		return s
	}
	cells := v.slot(x.slot)
	for j := range cells {
		c := &cells[j]
		switch c.Kind {
		case Null:
			continue
		case Pending:
			s.pending = true
			continue
		}
		if x.form == formLiteral {
			v.literals(x, s, c)
		} else if id := v.textID(x, c); id >= 0 {
			s.ids = append(s.ids, id)
		}
	}
	return s
}

// nothing reports whether the event is known to have none of the literals of a space that is alone, without
// making the value: the value then counts as missing, which makes no leaf true either.
func (v *Evaluator) nothing(x *space, s *spaceState) bool {
	slot := &v.slots[x.slot]
	event, ok := v.event.(Parted)
	if !ok || slot.at == v.now {
		return false
	}
	if lacks, ok := event.Lacks(v.set.slots[x.slot], s.searching(x)); !ok || !lacks {
		return false
	}
	slot.at, slot.cells = v.now, slot.cells[:0]
	return true
}

// Without reports whether a text has none of the literals that conditions look for in the parts of a field: see
// Plan.Alone.
func (v *Evaluator) Without(f FieldID, text string) bool {
	for i := range v.spaces {
		if x := &v.set.spaces[i]; x.alone && v.set.slots[x.slot] == f {
			if s := v.spaces[i].searching(x); !s.KnownText(text) && s.Find(text) {
				return false
			}
		}
	}
	return true
}

// searching returns the Search for the literals of the space, which is alone, in the parts of values.
func (s *spaceState) searching(x *space) *Search {
	if s.search == nil {
		s.search = newSearch(x)
	}
	return s.search
}

// literals adds the literals of a space that a value has.
func (v *Evaluator) literals(x *space, s *spaceState, c *cell) {
	if s.seen == nil {
		s.seen = make([]uint32, len(x.literals))
	}
	var found []int32
	if c.memo != nil && c.memo.searched {
		found = c.memo.literals
	} else {
		text, _ := c.foldedOf(&v.frame.Scratch)
		s.finder.begin(len(x.literals))
		x.grams.find(text, &s.finder)
		found = s.finder.ids
		if c.memo != nil {
			c.memo.searched, c.memo.literals = true, append(c.memo.literals[:0], found...)
		}
	}
	for _, id := range found {
		if s.seen[id] != v.now {
			s.seen[id] = v.now
			s.ids = append(s.ids, id)
		}
	}
}

// textID returns the number of a value's text in a space, idNone if it has none.
func (v *Evaluator) textID(x *space, c *cell) int32 {
	if c.memo != nil && c.memo.ids[x.form] != idUnknown {
		return c.memo.ids[x.form]
	}
	id, ok := v.lookUp(x, c)
	if !ok {
		id = idNone
	}
	if c.memo != nil {
		c.memo.ids[x.form] = id
	}
	return id
}

func (v *Evaluator) lookUp(x *space, c *cell) (id int32, ok bool) {
	var text string
	switch x.form {
	case formExact:
		text = c.textOf(&v.frame.Scratch)
	case formInteger:
		text = v.frame.decimal(c.textOf(&v.frame.Scratch))
	case formBase:
		text, _ = c.foldedOf(&v.frame.Scratch)
		i := strings.LastIndexByte(text, '\\')
		if i < 0 || len(text)-i > maxBase+1 {
			return 0, false
		}
		text = text[i+1:]
	default:
		text, _ = c.foldedOf(&v.frame.Scratch)
	}
	id, ok = x.ids[text]
	return id, ok
}
