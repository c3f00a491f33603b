// Package automaton says whether regular expressions of Go are found in texts, as package regexp does,
// an order of magnitude faster: each becomes a deterministic automaton whose states are built when a
// text first leads to them. Expressions that ask for the ends of lines or words, or that would need
// many states, are left to package regexp.
package automaton

import (
	"cmp"
	"encoding/binary"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of automata. A search that they would stop is made by package regexp.
const (
	// maxDFAClasses bounds the classes of characters that an expression tells apart.
	maxDFAClasses = 200
	// maxDFAStates bounds the states of one automaton; it is emptied when it is full.
	maxDFAStates = 400
	// maxDFAFlushes is how often one is emptied before it is given up.
	maxDFAFlushes = 4
	// maxDFASize bounds the memory of the states of one automaton, in bytes, as maxDFAStates does.
	maxDFASize = 128 << 10
	// maxDFABytes bounds the memory of all automata of a Set: from then on no more are made.
	maxDFABytes = 4 << 20
	// maxDFAProgram bounds the instructions of an expression that becomes an automaton.
	maxDFAProgram = 2000
)

// Set holds the automata of expressions. The zero value has none; it belongs to one goroutine.
type Set struct {
	dfas  map[*regexp.Regexp]*dfa // nil: the expression has none
	bytes int
}

// Match reports whether an expression is found in a text.
func (set *Set) Match(re *regexp.Regexp, s string) bool {
	d, ok := set.dfas[re]
	if !ok {
		if set.dfas == nil {
			set.dfas = map[*regexp.Regexp]*dfa{}
		}
		if set.bytes < maxDFABytes {
			d = newDFA(re, &set.bytes)
		}
		set.dfas[re] = d
	}
	if d != nil {
		if found, known := d.match(s); known {
			return found
		}
	}
	return re.MatchString(s)
}

// dfa says whether a regular expression is found in a text, as regexp.MatchString does, an order of
// magnitude faster: a deterministic automaton whose states are built when a text first leads to
// them. It belongs to one goroutine.
type dfa struct {
	run *run // the expression asks for no more than this; nil otherwise

	prog     *syntax.Prog
	classes  *runeClasses
	states   []dfaState
	next     []int32 // by state and class
	byKey    map[string]int32
	flushes  int
	anywhere bool   // found in every text
	prefix   string // every match begins with it
	size     int    // of the states, in bytes
	bytes    *int   // of all automata of the Set

	stack, set []uint32
	mark       []uint32 // by instruction: the closure that has it
	marks      uint32
	key        []byte
}

// dfaState is a set of instructions that wait for a character.
type dfaState struct {
	insts []uint32
	atEnd int8 // whether the expression is found if the text ends here: 1 yes, 0 no, -1 not known
}

// dfaStateSize is the memory of a state in bytes, without its instructions and transitions.
const dfaStateSize = 100

// The states that every automaton has, and what stands for one that is not built yet.
const (
	dfaDead int32 = iota
	dfaFound
	dfaStart
	dfaUnknown int32 = -1
)

// runeClasses are characters by how the instructions of a program tell them apart.
type runeClasses struct {
	ascii  [utf8.RuneSelf]uint8
	starts []rune // of classes, rising, the first 0
}

func (c *runeClasses) of(r rune) uint8 {
	i, ok := slices.BinarySearch(c.starts, r)
	if !ok {
		i--
	}
	return uint8(i) // #nosec G115 -- maxDFAClasses
}

// newRuneClasses returns the classes of a program, nil if there are too many.
func newRuneClasses(prog *syntax.Prog) *runeClasses {
	starts := []rune{0}
	for i := range prog.Inst {
		in := &prog.Inst[i]
		switch in.Op {
		case syntax.InstRuneAnyNotNL:
			starts = append(starts, '\n', '\n'+1)
		case syntax.InstRune1:
			starts = append(starts, in.Rune[0], in.Rune[0]+1)
		case syntax.InstRune:
			if len(in.Rune) == 1 {
				starts = append(starts, in.Rune[0], in.Rune[0]+1)
				for r := unicode.SimpleFold(in.Rune[0]); r != in.Rune[0]; r = unicode.SimpleFold(r) {
					starts = append(starts, r, r+1)
				}
				continue
			}
			for j := 0; j+1 < len(in.Rune); j += 2 {
				starts = append(starts, in.Rune[j], in.Rune[j+1]+1)
			}
		}
	}
	slices.Sort(starts)
	starts = slices.Compact(starts)
	if len(starts) > maxDFAClasses {
		return nil
	}
	c := &runeClasses{starts: starts}
	for r := range c.ascii {
		c.ascii[r] = c.of(rune(r))
	}
	return c
}

// newDFA returns the automaton of an expression, nil if it has none: if it asks for the ends of
// lines or words, or is large.
func newDFA(re *regexp.Regexp, bytes *int) *dfa {
	tree, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil {
		return nil
	}
	if run := newRun(tree); run != nil {
		return &dfa{run: run}
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil || len(prog.Inst) > maxDFAProgram {
		return nil
	}
	prefix, _ := re.LiteralPrefix()
	for i := range prog.Inst {
		in := &prog.Inst[i]
		if in.Op == syntax.InstEmptyWidth {
			prefix = "" // what is left out before it counts
		}
		if in.Op == syntax.InstEmptyWidth && syntax.EmptyOp(in.Arg)&^(syntax.EmptyBeginText|syntax.EmptyEndText) != 0 {
			return nil
		}
	}
	classes := newRuneClasses(prog)
	if classes == nil {
		return nil
	}
	d := &dfa{prefix: prefix, prog: prog, classes: classes, bytes: bytes, mark: make([]uint32, len(prog.Inst))}
	*bytes += 512 + 48*len(prog.Inst)
	d.flush()
	return d
}

// flush forgets all states but the first ones.
func (d *dfa) flush() {
	*d.bytes -= d.size
	d.states, d.next, d.byKey, d.size = d.states[:0], d.next[:0], map[string]int32{}, 0
	for range dfaStart {
		d.push(dfaState{})
	}
	d.anywhere = d.begin().closure(uint32(d.prog.Start), syntax.EmptyBeginText) // #nosec G115 -- maxDFAProgram
	d.push(dfaState{insts: slices.Clone(d.set), atEnd: -1})
}

// full reports whether there is no room for more states.
func (d *dfa) full() bool { return len(d.states) > maxDFAStates || d.size > maxDFASize }

func (d *dfa) push(s dfaState) int32 {
	id := int32(len(d.states)) // #nosec G115 -- maxDFAStates
	d.states = append(d.states, s)
	for range d.classes.starts {
		d.next = append(d.next, dfaUnknown)
	}
	n := dfaStateSize + 4*len(d.classes.starts) + 8*len(s.insts)
	d.size += n
	*d.bytes += n
	return id
}

// begin makes ready for closures that are one set.
func (d *dfa) begin() *dfa {
	d.set = d.set[:0]
	if d.marks++; d.marks == 0 {
		clear(d.mark)
		d.marks = 1
	}
	return d
}

// closure adds the instructions that can be reached from one without consuming a character, and reports whether the
// expression matched. flags is what holds between the characters.
func (d *dfa) closure(pc uint32, flags syntax.EmptyOp) bool {
	d.stack = append(d.stack[:0], pc)
	found := false
	for len(d.stack) > 0 {
		pc := d.stack[len(d.stack)-1]
		d.stack = d.stack[:len(d.stack)-1]
		if d.mark[pc] == d.marks {
			continue
		}
		d.mark[pc] = d.marks
		switch in := &d.prog.Inst[pc]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			d.stack = append(d.stack, in.Out, in.Arg)
		case syntax.InstCapture, syntax.InstNop:
			d.stack = append(d.stack, in.Out)
		case syntax.InstEmptyWidth:
			if want := syntax.EmptyOp(in.Arg); want&^flags == 0 {
				d.stack = append(d.stack, in.Out)
			} else if want&syntax.EmptyEndText != 0 && want&^(flags|syntax.EmptyEndText) == 0 {
				d.set = append(d.set, pc) // it holds if the text ends here
			}
		case syntax.InstMatch:
			found = true
		case syntax.InstFail:
		default:
			d.set = append(d.set, pc)
		}
	}
	return found
}

// step builds the state to which a character leads.
func (d *dfa) step(from int32, r rune) int32 {
	insts := d.states[from].insts
	d.begin()
	found := false
	for _, pc := range insts {
		if in := &d.prog.Inst[pc]; in.Op != syntax.InstEmptyWidth && in.MatchRune(r) {
			found = found || d.closure(in.Out, 0)
		}
	}
	if found || d.closure(uint32(d.prog.Start), 0) { // #nosec G115 -- maxDFAProgram
		return dfaFound
	}
	if len(d.set) == 0 {
		return dfaDead
	}
	slices.SortFunc(d.set, func(a, b uint32) int { return cmp.Compare(a, b) })
	d.key = d.key[:0]
	for _, pc := range d.set {
		d.key = binary.LittleEndian.AppendUint32(d.key, pc)
	}
	if id, ok := d.byKey[string(d.key)]; ok {
		return id
	}
	id := d.push(dfaState{insts: slices.Clone(d.set), atEnd: -1})
	d.byKey[string(d.key)] = id
	return id
}

// found reports whether a state's expression is found if the text ends.
func (d *dfa) foundAtEnd(id int32, empty bool) bool {
	s := &d.states[id]
	if s.atEnd < 0 {
		flags := syntax.EmptyEndText
		if empty {
			flags |= syntax.EmptyBeginText
		}
		insts := s.insts
		d.begin()
		s.atEnd = 0
		for _, pc := range insts {
			if in := &d.prog.Inst[pc]; in.Op == syntax.InstEmptyWidth && syntax.EmptyOp(in.Arg)&^flags == 0 &&
				d.closure(in.Out, flags) {
				s.atEnd = 1
			}
		}
	}
	return s.atEnd == 1
}

// match reports whether the expression is found in a text; known is false if the automaton does not
// tell.
func (d *dfa) match(s string) (found, known bool) {
	if d.run != nil {
		return d.run.in(s), true
	}
	if d.flushes > maxDFAFlushes {
		return false, false
	}
	if d.full() {
		if d.flushes++; d.flushes > maxDFAFlushes {
			*d.bytes -= d.size
			d.states, d.next, d.byKey = nil, nil, nil
			return false, false
		}
		d.flush()
	}
	if d.anywhere {
		return true, true
	}
	i := 0
	if d.prefix != "" {
		if i = strings.Index(s, d.prefix); i < 0 {
			return false, true
		}
	}
	state, n := dfaStart, len(d.classes.starts)
	for i < len(s) {
		r, size := rune(s[i]), 1
		var class int
		if r < utf8.RuneSelf {
			class = int(d.classes.ascii[r])
		} else {
			r, size = utf8.DecodeRuneInString(s[i:])
			class = int(d.classes.of(r))
		}
		at := int(state)*n + class
		to := d.next[at]
		if to == dfaUnknown {
			if d.full() {
				return false, false
			}
			to = d.step(state, r)
			d.next[at] = to
		}
		switch to {
		case dfaFound:
			return true, true
		case dfaDead:
			return false, true
		}
		state, i = to, i+size
	}
	return d.foundAtEnd(state, len(s) == 0), true
}

// run is an expression such as .{1000,}: so many characters of a class in a row.
type run struct {
	class syntax.Inst
	least int
}

// newRun returns an expression as a run, nil if it is not one.
func newRun(tree *syntax.Regexp) *run {
	for tree.Op == syntax.OpCapture {
		tree = tree.Sub[0]
	}
	if tree.Op != syntax.OpRepeat || tree.Min == 0 {
		return nil
	}
	r := &run{least: tree.Min}
	switch sub := tree.Sub[0]; sub.Op {
	case syntax.OpAnyChar:
		r.class.Op = syntax.InstRuneAny
	case syntax.OpAnyCharNotNL:
		r.class.Op = syntax.InstRuneAnyNotNL
	case syntax.OpCharClass:
		if len(sub.Rune) < 2 {
			return nil
		}
		r.class.Op, r.class.Rune = syntax.InstRune, sub.Rune
	default:
		return nil
	}
	return r
}

// in reports whether a text has the run.
func (r *run) in(s string) bool {
	n := 0
	for _, c := range s {
		if n++; !r.has(c) {
			n = 0
		}
		if n >= r.least {
			return true
		}
	}
	return false
}

func (r *run) has(c rune) bool {
	switch r.class.Op {
	case syntax.InstRuneAny:
		return true
	case syntax.InstRuneAnyNotNL:
		return c != '\n'
	}
	return r.class.MatchRune(c)
}
