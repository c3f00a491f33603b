package window

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"hunt/rules/predicate"
)

// Kind is what a node does with the events of a group.
type Kind uint8

// The kinds. Threshold is Elastic's, which counts events and the values of several fields; NewTerms returns the
// events whose group had none within the span before.
const (
	EventCount Kind = iota + 1
	ValueCount
	ValueSum
	ValueAvg
	Temporal
	TemporalOrdered
	Threshold
	NewTerms
)

// String returns the name of the kind.
func (k Kind) String() string {
	return [...]string{
		"", "event_count", "value_count", "value_sum", "value_avg", "temporal", "temporal_ordered",
		"threshold", "new_terms",
	}[k]
}

// temporal reports whether the kind is about which inputs occurred together, not how many events there are.
func (k Kind) temporal() bool { return k == Temporal || k == TemporalOrdered }

// Op is a comparison.
type Op uint8

// The comparisons.
const (
	LT Op = iota + 1
	LTE
	GT
	GTE
	EQ
	NEQ
)

// String returns Sigma's name of the comparison.
func (o Op) String() string { return [...]string{"", "lt", "lte", "gt", "gte", "eq", "neq"}[o] }

// Bound compares what was counted with N / 10^Scale.
type Bound struct {
	Op    Op
	N     int64
	Scale uint8 // at most MaxScale
}

// Text returns the number, in decimal.
func (b Bound) Text() string {
	digits := strconv.FormatInt(b.N, 10)
	if b.Scale == 0 {
		return digits
	}
	x := new(big.Rat).SetFrac(big.NewInt(b.N), powerOf10(b.Scale))
	return strings.TrimRight(strings.TrimRight(x.FloatString(int(b.Scale)), "0"), ".")
}

// above reports whether the bound, if true for a value, is true for everything greater.
func (b Bound) above() bool { return b.Op == GT || b.Op == GTE }

// holds reports whether the bound is true, given how the value compares with it.
func (b Bound) holds(c int) bool {
	switch b.Op {
	case LT:
		return c < 0
	case LTE:
		return c <= 0
	case GT:
		return c > 0
	case GTE:
		return c >= 0
	case EQ:
		return c == 0
	}
	return c != 0
}

// Cardinality asks for a number of different values of a field.
type Cardinality struct {
	Name    string
	AtLeast int64
}

// WantOp is the operation of a node of a Want.
type WantOp uint8

const (
	WantInput WantOp = iota // the input has an event in the window
	WantAnd
	WantOr
	WantNot
)

// Want is a condition on the set of inputs that have events in a window.
type Want struct {
	Op    WantOp
	Input int // for WantInput
	Kids  []*Want
}

// Node groups events and examines the windows of each group.
type Node struct {
	Name        string // for people; may be ""
	Kind        Kind
	Inputs      []Input
	KeyNames    []string // what events are grouped by, as the rule writes it
	Fold        bool     // texts of keys and values compare regardless of case
	Span        time.Duration
	Bounds      []Bound       // all must be true: for the count, or for the number of inputs that occurred
	Cardinality []Cardinality // for Threshold
	Want        *Want         // for Temporal and TemporalOrdered; nil: Bounds, and without Bounds all inputs
}

// Input is where the events of a node come from: events that satisfy a stage, or the results of an earlier node.
type Input struct {
	Stage int // or -1
	Node  int // if Stage is -1
	Label string
	Keys  []Key // one for each of KeyNames
	// ValueCount: one or more, which count together; ValueSum, ValueAvg: one; Threshold: one for each Cardinality
	Values []Key
}

// Key says where the values of a key come from. The zero value has none.
type Key struct {
	inner   int // 1 + the number of the key of the inner node
	known   bool
	field   predicate.FieldID
	byStage map[int]predicate.FieldID
}

// Fields returns keys that are fields of the event.
func Fields(ids ...predicate.FieldID) []Key {
	out := make([]Key, len(ids))
	for i, id := range ids {
		out[i] = Key{known: true, field: id}
	}
	return out
}

// Absent returns a key without values.
func Absent() Key { return Key{} }

// Inner returns the key with that number of the node whose results are the events.
func Inner(number int) Key { return Key{inner: number + 1} }

// ByStage returns a key that is a field of the last event of a result: the field depends on the stage that the
// event satisfies. It has no values for other stages.
func ByStage(fields map[int]predicate.FieldID) Key { return Key{byStage: fields} }

// of returns the field for an event of a stage.
func (k Key) of(stage int) (predicate.FieldID, bool) {
	if k.known {
		return k.field, true
	}
	id, ok := k.byStage[stage]
	return id, ok
}

// Definition is what a language states about a program. A node refers only to earlier ones; the last one gives
// the results.
type Definition struct{ Nodes []Node }

// Program is what a rule counts. It is read-only and safe for concurrent use.
type Program struct {
	nodes []Node
	plans []nodePlan
	feeds map[int][]feed // by stage: the inputs that receive its events
}

// feed is an input of a node.
type feed struct{ node, input int }

// nodePlan is derived from a node.
type nodePlan struct {
	span      uint64 // in 100 ns
	consumers []feed // of the node's results
	stands    bool   // there is a result for each event from which on the condition is true
	above     bool   // all bounds are lower bounds
	monotone  bool   // a condition that is true for a window is true for a longer one
	chains    []chain
	positive  uint64 // inputs of temporal kinds that give events
}

// Bounds of programs.
const (
	MaxNodes         = 256
	MaxInputs        = 1024
	maxMeet          = 64 // inputs of a temporal kind
	maxCardinalities = 31
	maxChains        = 256 // ways to satisfy an ordered condition
)

// New makes a program. It returns an error for a definition that is not supported or makes no sense.
func New(d Definition) (*Program, error) {
	p := &Program{nodes: d.Nodes, plans: make([]nodePlan, len(d.Nodes)), feeds: map[int][]feed{}}
	if len(d.Nodes) == 0 || len(d.Nodes) > MaxNodes {
		return nil, fmt.Errorf("%d correlations refer to each other; hunt allows 1 to %d", len(d.Nodes), MaxNodes)
	}
	for n := range p.nodes {
		if err := p.check(n); err != nil {
			return nil, err
		}
		node, plan := &p.nodes[n], &p.plans[n]
		plan.span = uint64(max(node.Span, 0)) / 100
		plan.above = !slices.ContainsFunc(node.Bounds, func(b Bound) bool { return !b.above() })
		counts := node.Kind == EventCount || node.Kind == ValueCount || node.Kind == Threshold
		plan.monotone = counts && plan.above
		for i, in := range node.Inputs {
			if in.Stage >= 0 {
				p.feeds[in.Stage] = append(p.feeds[in.Stage], feed{n, i})
				continue
			}
			inner := &p.plans[in.Node]
			inner.consumers = append(inner.consumers, feed{n, i})
			kind := p.nodes[in.Node].Kind
			if node.Kind.temporal() && inner.above && !kind.temporal() && kind != NewTerms {
				inner.stands = true
			}
		}
		if !node.Kind.temporal() {
			continue
		}
		plan.positive = node.positive()
		if plan.positive == 0 {
			return nil, errors.New("the condition would be true without any event: name at least one rule without not")
		}
		if node.Kind == TemporalOrdered {
			var err error
			if plan.chains, err = node.chains(); err != nil {
				return nil, err
			}
		}
	}
	return p, nil
}

// check rejects what makes no sense.
func (p *Program) check(n int) error {
	node := &p.nodes[n]
	switch {
	case node.Kind < EventCount || node.Kind > NewTerms:
		return fmt.Errorf("unknown kind %d", node.Kind)
	case len(node.Inputs) == 0 || len(node.Inputs) > MaxInputs:
		return fmt.Errorf("it counts the events of %d rules; hunt allows 1 to %d", len(node.Inputs), MaxInputs)
	case len(node.Cardinality) > maxCardinalities:
		return fmt.Errorf("it counts the values of %d fields; hunt allows up to %d", len(node.Cardinality),
			maxCardinalities)
	case node.Kind.temporal() && len(node.Inputs) > maxMeet:
		return fmt.Errorf("%s over %d rules; hunt allows up to %d", node.Kind, len(node.Inputs), maxMeet)
	}
	values := 0
	switch node.Kind {
	case ValueCount:
		values = max(len(node.Inputs[0].Values), 1)
	case ValueSum, ValueAvg:
		values = 1
	case Threshold:
		values = len(node.Cardinality)
	}
	for _, in := range node.Inputs {
		if len(in.Keys) != len(node.KeyNames) || len(in.Values) != values {
			return fmt.Errorf("%s: %d keys and %d values where %d and %d belong",
				node.Kind, len(in.Keys), len(in.Values), len(node.KeyNames), values)
		}
		if in.Stage < 0 && (in.Node < 0 || in.Node >= n) {
			return errors.New("correlations refer to each other in a circle")
		}
	}
	for _, b := range node.Bounds {
		if b.Op < LT || b.Op > NEQ || b.Scale > MaxScale {
			return fmt.Errorf("unknown bound %d", b.Op)
		}
	}
	return nil
}

// Node returns the node whose results are those of the program.
func (p *Program) Node() *Node { return &p.nodes[len(p.nodes)-1] }

// Nodes returns all nodes, each before those that refer to it.
func (p *Program) Nodes() []Node { return p.nodes }

// Stages returns the stages whose events a node counts, those of its own inputs and of its inner nodes', sorted.
func (p *Program) Stages(node int) []int {
	var out []int
	for _, in := range p.nodes[node].Inputs {
		if in.Stage >= 0 {
			out = append(out, in.Stage)
		} else {
			out = append(out, p.Stages(in.Node)...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Needs returns sets of stages: a result has events of all stages of one of them.
func (p *Program) Needs() (sets [][]int) {
	return p.needs(len(p.nodes) - 1)
}

// maxNeeds bounds the sets of Needs.
const maxNeeds = 1024

func (p *Program) needs(n int) (sets [][]int) {
	node := &p.nodes[n]
	each := make([][][]int, len(node.Inputs))
	for i, in := range node.Inputs {
		if in.Stage >= 0 {
			each[i] = [][]int{{in.Stage}}
		} else {
			each[i] = p.needs(in.Node)
		}
	}
	ways := [][]int{}
	if node.Kind.temporal() {
		ways = node.ways()
	} else {
		for i := range node.Inputs {
			ways = append(ways, []int{i})
		}
	}
	for _, way := range ways {
		lists := [][]int{nil}
		for _, i := range way {
			var next [][]int
			for _, l := range lists {
				for _, more := range each[i] {
					if len(next) < maxNeeds {
						next = append(next, union(l, more))
					}
				}
			}
			lists = next
		}
		if len(sets)+len(lists) > maxNeeds {
			break
		}
		sets = append(sets, lists...)
	}
	return sets
}

func union(a, b []int) []int {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}
