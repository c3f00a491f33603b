package predicate

import (
	"slices"
	"strconv"
	"strings"
)

// setBuilder interns: equal nodes get equal numbers.
type setBuilder struct {
	set    *Set
	nodes  map[string]int32
	leaves map[string]int32
	slots  map[FieldID]int32
	spaces map[spaceKey]int32
}

type spaceKey struct {
	slot int32
	form form
}

func (b *setBuilder) node(n *Condition) int32 {
	sn := setNode{op: n.op, leaf: -1}
	switch n.op {
	case nodeLeaf:
		parts := b.leaf(n.leaf)
		switch len(parts) {
		case 0:
			sn.op = nodeMaybe
		case 1:
			sn.leaf = parts[0]
		default:
			sn.op = nodeOr
			for _, leaf := range parts {
				sn.kids = append(sn.kids, b.intern(setNode{op: nodeLeaf, leaf: leaf}))
			}
		}
	case nodeNot, nodeAnd, nodeOr:
		var kids distinct
		for _, k := range n.kids {
			kids.add(b.node(k))
		}
		sn.kids = kids.ids
	}
	return b.intern(sn)
}

func (b *setBuilder) intern(n setNode) int32 {
	key := n.key()
	id, ok := b.nodes[key]
	if !ok {
		id = int32(len(b.set.nodes))
		b.nodes[key] = id
		b.set.nodes = append(b.set.nodes, n)
	}
	return id
}

// distinct collects numbers in order, without duplicates.
type distinct struct {
	ids  []int32
	seen map[int32]bool // once there are many
}

// fewDistinct is the number up to which a list is searched rather than looked up.
const fewDistinct = 32

func (d *distinct) add(id int32) {
	if d.seen == nil {
		if slices.Contains(d.ids, id) {
			return
		}
		if len(d.ids) >= fewDistinct {
			d.seen = make(map[int32]bool, 2*len(d.ids))
			for _, x := range d.ids {
				d.seen[x] = true
			}
		}
	}
	if d.seen != nil {
		if d.seen[id] {
			return
		}
		d.seen[id] = true
	}
	d.ids = append(d.ids, id)
}

// key identifies a node by its operation and kids. The order of the kids matters: it is by cost, and
// usually the same in equal conditions.
func (n *setNode) key() string {
	var b strings.Builder
	b.WriteByte('0' + byte(n.op))
	b.WriteString(strconv.Itoa(int(n.leaf)))
	for _, k := range n.kids {
		b.WriteByte(',')
		b.WriteString(strconv.Itoa(int(k)))
	}
	return b.String()
}

// leaf returns the leaves which, joined by or, are a leaf of a condition: usually just itself. There are
// none for a leaf that refers to an earlier stage, which only a Matcher can evaluate.
func (b *setBuilder) leaf(l *leaf) []int32 {
	for _, s := range l.slots {
		if s.Stage != ThisEvent {
			return nil
		}
	}
	t, ok := l.test.(*patternTest)
	if !ok || !t.fold {
		return []int32{b.plain(l)}
	}
	var out []int32
	bases, singles, rest := splitPatterns(t)
	for _, patterns := range [][]*Pattern{bases, singles, rest} {
		if len(patterns) == 0 {
			continue
		}
		part := l
		if len(patterns) < len(t.patterns) {
			part = Leaf(l.slots[0], Matches(true, patterns...)).leaf
		}
		out = append(out, b.plain(part))
	}
	return out
}

// plain returns the number of a leaf.
func (b *setBuilder) plain(l *leaf) int32 {
	if id, ok := b.leaves[l.key]; ok {
		return id
	}
	sl := setLeaf{leaf: l, space: -1, test: -1, literals: -1}
	for _, s := range l.slots {
		sl.slots = append(sl.slots, b.slot(s.Field))
	}
	if l.test != nil {
		b.lookUp(&sl)
	}
	id := int32(len(b.set.leaves))
	b.set.leaves = append(b.set.leaves, sl)
	b.leaves[l.key] = id
	return id
}

// lookUp decides how the test of a leaf is answered, or what it requires.
func (b *setBuilder) lookUp(l *setLeaf) {
	if f, texts, ok := formOf(l.leaf.test); ok {
		b.texts(l, f, texts)
		return
	}
	if t, ok := l.leaf.test.(*patternTest); ok && t.fold && len(t.patterns) > 0 {
		if _, ok := t.patterns[0].base(); ok { // then all of them are: see leaf
			var names []string
			for i := range t.patterns {
				name, _ := t.patterns[i].base()
				names = append(names, name)
			}
			b.texts(l, formBase, names)
			return
		}
	}
	n := &b.set.tests[l.slots[0]]
	l.test = int32(*n)
	*n++
	if t, ok := l.leaf.test.(*patternTest); ok && t.fold && len(t.patterns) > 0 {
		if _, ok := t.patterns[0].single(); ok {
			l.space = b.space(l.slots[0], formLiteral)
			for i := range t.patterns {
				lit, _ := t.patterns[i].single()
				l.ids = append(l.ids, b.literal(l.space, lit))
			}
			slices.Sort(l.ids)
			l.ids = slices.Compact(l.ids)
			return
		}
	}
	for _, c := range clauses(l.leaf.test) {
		l.literals = b.space(l.slots[0], formLiteral)
		var ids []int32
		for _, lit := range c {
			ids = append(ids, b.literal(l.literals, lit))
		}
		slices.Sort(ids)
		l.required = append(l.required, slices.Compact(ids))
	}
}

// texts makes a leaf one that is looked up in a space.
func (b *setBuilder) texts(l *setLeaf, f form, texts []string) {
	l.space = b.space(l.slots[0], f)
	ids := b.set.spaces[l.space].ids
	for _, v := range texts {
		id, ok := ids[v]
		if !ok {
			id = int32(len(ids))
			ids[v] = id
			if isCommon(v) {
				x := &b.set.spaces[l.space]
				if x.common == nil {
					x.common = map[int32]bool{}
				}
				x.common[id] = true
			}
		}
		l.ids = append(l.ids, id)
	}
	slices.Sort(l.ids)
	l.ids = slices.Compact(l.ids)
}

// isCommon reports whether a text means yes, no or nothing: if a field can have it, many events do, so that
// looking it up nearly always leads to a condition.
func isCommon(text string) bool {
	switch text {
	case "", "-", "true", "false", "0", "1", "yes", "no":
		return true
	}
	return false
}

// literal returns the number of a literal in a space.
func (b *setBuilder) literal(space int32, l literal) int32 {
	x := &b.set.spaces[space]
	id, ok := x.ids[l.key()]
	if !ok {
		id = int32(len(x.literals))
		x.ids[l.key()] = id
		x.literals = append(x.literals, l)
	}
	return id
}

func (b *setBuilder) slot(f FieldID) int32 {
	id, ok := b.slots[f]
	if !ok {
		id = int32(len(b.set.slots))
		b.slots[f] = id
		b.set.slots = append(b.set.slots, f)
		b.set.tests = append(b.set.tests, 0)
	}
	return id
}

func (b *setBuilder) space(slot int32, f form) int32 {
	k := spaceKey{slot, f}
	id, ok := b.spaces[k]
	if !ok {
		id = int32(len(b.set.spaces))
		b.spaces[k] = id
		b.set.spaces = append(b.set.spaces, space{slot: slot, form: f, ids: map[string]int32{}})
	}
	return id
}

// fewIDs is the number of texts up to which a leaf's list is searched rather than looked up in a bit set.
const fewIDs = 4

// finish gives leaves with many texts a bit set, and literals their index, when the spaces are complete.
func (b *setBuilder) finish() {
	for i := range b.set.leaves {
		l := &b.set.leaves[i]
		if l.space < 0 || len(l.ids) <= fewIDs || b.set.spaces[l.space].form == formLiteral {
			continue
		}
		l.bits = make([]uint64, b.set.spaces[l.space].size()/64+1)
		for _, id := range l.ids {
			l.bits[id/64] |= 1 << (id % 64)
		}
	}
	for i := range b.set.spaces {
		if x := &b.set.spaces[i]; x.form == formLiteral {
			x.grams, x.ids = newGrams(x.literals), nil
			x.alone = !slices.ContainsFunc(x.literals, func(l literal) bool { return strings.Contains(l.text, "\n") })
		}
	}
	for i := range b.set.leaves {
		l := &b.set.leaves[i]
		for j := range b.set.spaces {
			x := &b.set.spaces[j]
			if x.alone && slices.Contains(l.slots, x.slot) && l.space != int32(j) && l.literals != int32(j) {
				x.alone = false
			}
		}
	}
}

// has reports whether a text is among the leaf's.
func (l *setLeaf) has(id int32) bool {
	if l.bits != nil {
		return l.bits[id/64]&(1<<(id%64)) != 0
	}
	for _, x := range l.ids {
		if x == id {
			return true
		}
	}
	return false
}
