package predicate

import "sync"

// Hit says that an event satisfies (or, with Pending values, may satisfy) a stage of a program.
type Hit struct {
	Program, Stage int
	Truth          Truth
	Decoded        bool // only with content that the event carries in encoded form
}

// Stage is what one stage of a rule asks of an event: both conditions must be true.
type Stage struct {
	// Source is what the class of an event decides: the log source, the category. Stages with the same Source
	// are evaluated only if it can be true. nil asks for nothing.
	Source    *Condition
	Condition *Condition
}

// Program is what a rule asks of single events, stage by stage.
type Program []Stage

// Set evaluates the stages of many programs together: sub-conditions that are the same are
// evaluated once per event. Read-only after NewSet.
type Set struct {
	nodes   []setNode
	leaves  []setLeaf
	roots   []root
	sources []source
	slots   []FieldID // fields of the event that leaves refer to
	tests   []int     // by slot: the number of its leaves with a test
	spaces  []space

	tables sync.Pool // of *planTables
}

// setNode is a node of the conditions of all programs, in one graph. Kids come before their parents.
type setNode struct {
	op   nodeOp
	leaf int32
	kids []int32
}

// root is the condition of one stage.
type root struct {
	node           int32
	program, stage int
}

// source is a node that roots have in common: if it cannot be true, none of them can.
type source struct {
	node  int32
	roots []int32
}

// setLeaf is a leaf with the numbers of its slots in the set.
type setLeaf struct {
	*leaf
	slots []int32
	space int32 // for a leaf that is true if a value has one of ids in the space; otherwise -1
	// of a leaf with a test that is not looked up, or not always: its number among those of its slot, else -1
	test int32
	ids  []int32 // sorted
	bits []uint64
	// required are literals that the values of the event contain if the leaf is true, one of each clause.
	// They are among the literals of its slot (literals, -1: none).
	required [][]int32
	literals int32
}

// NewSet returns a set over programs compiled against the same Schema; Hit.Program is the index in progs.
func NewSet(progs []Program) *Set {
	b := setBuilder{set: &Set{}, nodes: map[string]int32{}, leaves: map[string]int32{}, slots: map[FieldID]int32{},
		spaces: map[spaceKey]int32{}}
	sources := map[int32]int{}
	for i, p := range progs {
		for j, st := range p {
			cond, of := st.Condition, int32(-1)
			if st.Source != nil {
				cond, of = And(st.Source, st.Condition), b.node(st.Source)
			}
			at, ok := sources[of]
			if !ok {
				at = len(b.set.sources)
				sources[of] = at
				b.set.sources = append(b.set.sources, source{node: of})
			}
			b.set.sources[at].roots = append(b.set.sources[at].roots, int32(len(b.set.roots)))
			b.set.roots = append(b.set.roots, root{node: b.node(cond), program: i, stage: j})
		}
	}
	b.finish()
	return b.set
}

// Leaves returns the number of different comparisons.
func (s *Set) Leaves() int { return len(s.leaves) }
