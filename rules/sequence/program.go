package sequence

import (
	"slices"

	"hunt/rules/predicate"
)

// Form is the kind of a query.
type Form uint8

// The forms.
const (
	EventQuery Form = iota + 1
	Sequence
	Sample
	// Counted means that the stages are conditions of single events that package window counts. Such a program has no
	// keys, no maxspan and no matcher of this package.
	Counted
)

// String returns "event query", "sequence", "sample" or "count".
func (f Form) String() string {
	switch f {
	case EventQuery:
		return "event query"
	case Sequence:
		return "sequence"
	case Sample:
		return "sample"
	case Counted:
		return "count"
	}
	return "no query"
}

// Stage is one subquery of a program: an event query has one, a sequence one per positive or missing term (runs
// expanded), with `until` as the last one if present.
type Stage struct {
	Label   string // from `as NAME`, else ""; with runs the first of them has it
	Missing bool   // ![ ]
	Until   bool
	Text    func() string // canonical text of the condition
	Pos     int           // byte offset in the source
	Line    int
	// Dependent says that the condition refers to the event of an earlier stage. If that matters, an evaluator
	// answers Maybe at best, and the Matcher evaluates the condition.
	Dependent bool
}

// Term is a stage of a program with its condition.
type Term struct {
	Stage
	// Source is the part of the stage that the class of an event decides, nil for nothing; Condition is the rest.
	Source, Condition *predicate.Condition
	Keys              []Key
}

// Key is one join key of a stage.
type Key struct {
	Field    predicate.FieldID
	Known    bool // otherwise always missing
	Optional bool // a missing value equals missing values
}

// Pipe is a head or a tail.
type Pipe struct {
	Tail bool
	N    int64
}

// Definition is what a language states about a program.
type Definition struct {
	Form    Form
	Terms   []Term              // in the order of the text; `until` is the last
	MaxSpan int64               // nanoseconds, 0 if unlimited
	Pipes   []Pipe              // applied one after the other
	Fields  []predicate.FieldID // every field referred to, in any order
	// Needs are sets of stages: a match has events of all stages of one of them. nil: it has events of all stages
	// that are neither missing nor until.
	Needs [][]int
}

// Program is a compiled query: what its stages ask of events, and how events of the stages make a match. It is
// read-only and safe for concurrent use.
type Program struct {
	form    Form
	terms   []Term
	maxSpan int64
	pipes   []Pipe
	fields  []predicate.FieldID
	needs   [][]int
}

// NewProgram makes a program from its definition.
func NewProgram(d Definition) *Program {
	p := &Program{form: d.Form, terms: d.Terms, maxSpan: d.MaxSpan, pipes: d.Pipes, fields: slices.Clone(d.Fields),
		needs: d.Needs}
	if p.needs == nil {
		var all []int
		for i, t := range p.terms {
			if !t.Missing && !t.Until {
				all = append(all, i)
			}
		}
		p.needs = [][]int{all}
	}
	slices.Sort(p.fields)
	p.fields = slices.Compact(p.fields)
	return p
}

// Conditions returns what each stage asks of an event.
func (p *Program) Conditions() predicate.Program {
	out := make(predicate.Program, len(p.terms))
	for i := range p.terms {
		out[i] = predicate.Stage{Source: p.terms[i].Source, Condition: p.terms[i].Condition}
	}
	return out
}

// Term returns a stage with its condition.
func (p *Program) Term(stage int) Term { return p.terms[stage] }

// Labelled returns a program whose first stage has a label.
func (p *Program) Labelled(label string) *Program {
	q := *p
	q.terms = slices.Clone(p.terms)
	q.terms[0].Label = label
	return &q
}

// Form returns the kind of the query.
func (p *Program) Form() Form { return p.form }

// Stages returns the stages in the order of the text; `until` is the last.
func (p *Program) Stages() []Stage {
	ss := make([]Stage, len(p.terms))
	for i := range p.terms {
		ss[i] = p.terms[i].Stage
	}
	return ss
}

// MaxSpan returns the longest time between the first and the last event of a sequence in nanoseconds, 0 if unlimited.
func (p *Program) MaxSpan() int64 { return p.maxSpan }

// Needs returns one or more sets of stages: a match has events of all stages of one of them.
func (p *Program) Needs() [][]int { return p.needs }

// Late reports whether matches may be emitted later than at the event that completes them: missing events and tail
// wait for what follows.
func (p *Program) Late() bool { return p.hasMissing() || p.Piped() }

// Piped reports whether head or tail choose among all matches.
func (p *Program) Piped() bool { return len(p.pipes) > 0 }

// Fields returns every field referred to, keys and the category included, sorted.
func (p *Program) Fields() []predicate.FieldID { return p.fields }

// Keys returns the join keys of a stage, those of the whole sequence first. It includes keys that the schema does not
// know; their values are missing.
func (p *Program) Keys(stage int) []predicate.FieldID {
	var ids []predicate.FieldID
	for _, k := range p.terms[stage].Keys {
		ids = append(ids, k.Field)
	}
	return ids
}

// Referred returns the fields of an event to which later stages refer, sorted.
func (p *Program) Referred() []predicate.FieldID {
	var ids []predicate.FieldID
	for i := range p.terms {
		if p.terms[i].Dependent {
			ids = p.terms[i].Condition.AppendReferred(ids)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// results returns the number of events of a match: that of the stages without until.
func (p *Program) results() int {
	n := len(p.terms)
	if n > 0 && p.terms[n-1].Until {
		n--
	}
	return n
}
