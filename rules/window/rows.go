package window

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/limit"
	"hunt/rules/predicate"
	"hunt/timeline/spill"
)

// Event is an event that satisfies stages of programs.
type Event struct {
	Time    evtx.Filetime // must be known, and not centuries away
	Channel string
	Ref     evtx.Ref
	Host    int // a number of the host, the same for all its events
	// Values appends the values of a field as they are in the record that satisfies the stage.
	Values func(stage int, f predicate.FieldID, dst []predicate.Value) []predicate.Value
}

// Rows gathers the events of counting programs. It belongs to one goroutine. Close it when done.
type Rows struct {
	// Bitten is called if a bound applies; it may be nil.
	Bitten func(limit.Bound, *Event)

	programs []*Program
	first    []int // by program: the number of its first node among those of all programs
	memory   int64
	dir      string
	names    names
	sorter   *spill.Sorter[row]
	writer   *spill.Writer[row]
	n        int64

	// Of the event that is being added.
	event   *Event
	program int
	row     row // its place
	seen    []seenKey
	told    func(node int, k key, values []keyValue) // if set, called for the event's groups, and nothing is added
	values  []predicate.Value
}

// seenKey is a group to which an event was already added by another input of the node, or for whose
// results it is already known under which keys they continue.
type seenKey struct {
	node   int
	linked bool
	key    key
}

// Bounds on the content of one event.
const (
	// maxCombinations bounds the groups of one node to which one event belongs.
	maxCombinations = 1024
	// maxValues bounds the values of one event that a node counts.
	maxValues = 4096
)

// BoundCombinations applies if an event has too many values.
var BoundCombinations = limit.Bound{ID: "window-combinations", Loses: true,
	Text: "an event with several values in its group-by fields counts in its first 1,024 groups, and its first 4,096 " +
		"values are counted"}

// NewRows returns an empty set of rows that holds memory bytes, and the rest in temporary files in
// dir ("" is the system's directory).
func NewRows(programs []*Program, memory int64, dir string) *Rows {
	r := &Rows{programs: programs, memory: memory, dir: dir}
	n := 0
	for _, p := range programs {
		r.first = append(r.first, n)
		n += len(p.nodes)
	}
	r.sorter = spill.NewSorter(r.names.form(), max(memory/2, rowSize), dir)
	r.writer = r.sorter.Split(1)[0]
	return r
}

// Program returns the program with a number.
func (r *Rows) Program(number int) *Program { return r.programs[number] }

// Len returns the number of rows.
func (r *Rows) Len() int64 { return r.n }

// Close frees the memory and the temporary files.
func (r *Rows) Close() error { return r.sorter.Close() }

// Err returns the error of the temporary file.
func (r *Rows) Err() error { return r.sorter.Err() }

// Merge adds the rows of another part of the evidence, gathered for the same programs. Numbers of
// files and hosts must have the same meaning in both.
func (r *Rows) Merge(o *Rows) error {
	for x, err := range o.sorter.Sorted() {
		if err != nil {
			return err
		}
		put24(x[chanAt:], r.names.of(o.names.list[x.channel()]))
		r.put(&x)
	}
	return r.Err()
}

func (r *Rows) put(x *row) {
	if r.told != nil {
		return
	}
	r.n++
	r.writer.Add(*x)
}

func (r *Rows) tell(node int, k key, values []keyValue) {
	if r.told != nil {
		r.told(node, k, values)
	}
}

// Keys returns the values that the events of a result have in common, one for each key, Null for
// none, in the form in which an event of the result that satisfies a stage has them. It returns nil
// if the event does not show them.
func (r *Rows) Keys(res *Result, stage int, e *Event) (out []predicate.Value) {
	last := len(r.programs[res.Program].nodes) - 1
	r.told = func(node int, k key, values []keyValue) {
		if node != last || k != res.key || out != nil {
			return
		}
		out = make([]predicate.Value, len(values))
		for i, v := range values {
			if !v.absent {
				out[i] = predicate.StringValue(strings.Clone(v.shown))
			}
		}
	}
	defer func() { r.told = nil }()
	r.Add(res.Program, []int{stage}, e)
	return out
}

// Add adds an event with the stages of a program that it satisfies. Copies of an event must not be
// added twice.
func (r *Rows) Add(program int, stages []int, e *Event) {
	p := r.programs[program]
	r.event, r.program = e, program
	r.row = row{}
	r.row.setPlace(e, r.names.of(e.Channel))
	r.seen = r.seen[:0]
	for _, stage := range stages {
		for _, f := range p.feeds[stage] {
			r.feed(p, f, stage)
		}
	}
}

// feed makes the rows of an event that satisfies a stage for a node's input.
func (r *Rows) feed(p *Program, f feed, stage int) {
	node := &p.nodes[f.node]
	in := &node.Inputs[f.input]
	lists, ok := r.keyValues(node, in.Keys, stage, nil)
	if !ok {
		return
	}
	each(lists, func(combination []keyValue) {
		k := hashKey(combination)
		r.tell(f.node, k, combination)
		again := r.again(seenKey{f.node, false, k})
		x := r.row
		x.setNode(r.first[r.program] + f.node)
		x.setKey(k)
		x.setInput(f.input)
		switch {
		case node.Kind.temporal():
			r.put(&x)
		case again && node.Kind != ValueCount && node.Kind != Threshold:
			return // one event counts once
		default:
			r.counted(node, in, stage, again, x)
		}
		r.links(p, f.node, stage, combination, k)
	})
}

// again reports whether something is already known of the event, and notes it.
func (r *Rows) again(s seenKey) bool {
	if slices.Contains(r.seen, s) {
		return true
	}
	r.seen = append(r.seen, s)
	return false
}

// counted makes the row of an event in a group, or one for each of its values. again: it has rows
// there from another input.
func (r *Rows) counted(node *Node, in *Input, stage int, again bool, x row) {
	any := false
	r.valueRows(node, in.Values, stage, nil, func(tag uint8, ordinal uint16, value uint64) {
		any = true
		x[tagAt] = tag
		x.setOrdinal(ordinal)
		x.setValue(value)
		r.put(&x)
	})
	if !any && !again {
		r.put(&x)
	}
}

// valueRows calls put for each value that a node counts.
func (r *Rows) valueRows(node *Node, keys []Key, stage int, inner []keyValue,
	put func(tag uint8, ordinal uint16, value uint64)) {
	switch node.Kind {
	case ValueCount:
		lists, ok := r.keyValues(node, keys, stage, inner)
		if !ok {
			return
		}
		for _, l := range lists {
			if l[0].absent {
				return // a tuple that lacks one of its values does not count
			}
		}
		each(lists, func(tuple []keyValue) {
			k := hashKey(tuple)
			put(tagHash, 0, binary.BigEndian.Uint64(k[:]))
		})
	case ValueSum, ValueAvg:
		for _, v := range r.texts(keys[0], stage, inner, false) {
			if n, ok := ParseNumber(v.text); ok && !v.absent {
				put(tagNumber+n.Scale, 0, uint64(n.Mantissa)) // #nosec G115 -- two's complement
			}
		}
	case Threshold:
		for i, key := range keys {
			for _, v := range r.texts(key, stage, inner, node.Fold) {
				if !v.absent {
					k := hashKey([]keyValue{v})
					put(tagHash, uint16(i), binary.BigEndian.Uint64(k[:])) // #nosec G115 -- cardinalities are few
				}
			}
		}
	}
}

// keyValue is a value of a key, folded if the node folds.
type keyValue struct {
	text   string
	shown  string // as the event has it
	absent bool
}

// keyValues returns the values of each key; ok is false if the event does not count because it lacks
// one.
func (r *Rows) keyValues(node *Node, keys []Key, stage int, inner []keyValue) (lists [][]keyValue, ok bool) {
	lists = make([][]keyValue, len(keys))
	product := 1
	for i, k := range keys {
		lists[i] = r.texts(k, stage, inner, node.Fold)
		if lists[i][0].absent && (node.Kind.temporal() || node.Kind == Threshold || node.Kind == NewTerms) {
			return nil, false
		}
		if most := max(maxCombinations/product, 1); len(lists[i]) > most {
			lists[i] = lists[i][:most]
			r.bite()
		}
		product *= len(lists[i])
	}
	return lists, true
}

// biteAt reports that a bound applied to an event with rows.
func (r *Rows) biteAt(b limit.Bound, p Place) {
	if r.Bitten != nil {
		r.Bitten(b, &Event{Ref: evtx.Ref{File: p.File, Offset: p.Offset, Carved: p.Carved}})
	}
}

func (r *Rows) bite() {
	if r.Bitten != nil {
		r.Bitten(BoundCombinations, r.event)
	}
}

// texts returns the values of a key without duplicates, or the one that means that there is none.
func (r *Rows) texts(k Key, stage int, inner []keyValue, fold bool) []keyValue {
	if k.inner > 0 {
		v := inner[k.inner-1]
		if fold && !v.absent {
			v.text = predicate.Fold(v.text)
		}
		return []keyValue{v}
	}
	r.values = r.values[:0]
	if id, ok := k.of(stage); ok {
		r.values = r.event.Values(stage, id, r.values)
	}
	if len(r.values) > maxValues {
		r.values = r.values[:maxValues]
		r.bite()
	}
	out := make([]keyValue, 0, 1)
	for _, v := range r.values {
		if v.Kind == predicate.Null || v.Kind == predicate.Pending {
			continue
		}
		x := keyValue{text: v.Text()}
		if x.shown = x.text; fold {
			x.text = predicate.Fold(x.text)
		}
		out = append(out, x)
	}
	if len(out) == 0 {
		return []keyValue{{absent: true}}
	}
	if len(out) > 1 {
		slices.SortStableFunc(out, func(a, b keyValue) int { return strings.Compare(a.text, b.text) })
		out = slices.CompactFunc(out, func(a, b keyValue) bool { return a.text == b.text })
	}
	return out
}

// each calls do for each combination of one value from each list.
func each(lists [][]keyValue, do func([]keyValue)) {
	at := make([]int, len(lists))
	for {
		combination := make([]keyValue, len(lists))
		for i, l := range lists {
			combination[i] = l[at[i]]
		}
		do(combination)
		i := len(lists) - 1
		for ; i >= 0; i-- {
			if at[i]++; at[i] < len(lists[i]) {
				break
			}
			at[i] = 0
		}
		if i < 0 {
			return
		}
	}
}

// hashKey identifies a combination of values.
func hashKey(values []keyValue) key {
	var room [256]byte
	b := room[:0]
	for _, v := range values {
		if v.absent {
			b = append(b, 0)
			continue
		}
		b = append(b, 1)
		b = binary.AppendUvarint(b, uint64(len(v.text)))
		b = append(b, v.text...)
	}
	sum := sha256.Sum256(b)
	return key(sum[:16])
}

// links writes, for each node that uses the results of a node, under which keys a result of a group
// that ends with this event continues.
func (r *Rows) links(p *Program, n, stage int, inner []keyValue, k key) {
	if len(p.plans[n].consumers) == 0 || r.again(seenKey{n, true, k}) {
		return
	}
	for number, consumer := range p.plans[n].consumers {
		node := &p.nodes[consumer.node]
		in := &node.Inputs[consumer.input]
		lists, ok := r.keyValues(node, in.Keys, stage, inner)
		if !ok {
			continue
		}
		x := r.row
		x.setNode(r.first[r.program] + n)
		x.setKey(k)
		x.setInput(number)
		ordinal := uint16(0)
		each(lists, func(combination []keyValue) {
			to := hashKey(combination)
			r.tell(consumer.node, to, combination)
			x.setOrdinal(ordinal)
			x[tagAt] = tagLinkA
			copy(x[valueAt:], to[:8])
			r.put(&x)
			x[tagAt] = tagLinkB
			copy(x[valueAt:], to[8:])
			r.put(&x)
			r.valueRows(node, in.Values, stage, inner, func(tag uint8, slot uint16, value uint64) {
				v := x
				v[tagAt] = tagLinkV + tag
				v.setOrdinal(ordinal | slot<<10)
				v.setValue(value)
				r.put(&v)
			})
			ordinal++
			r.links(p, consumer.node, stage, combination, to)
		})
	}
}
