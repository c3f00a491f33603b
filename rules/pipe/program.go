package pipe

import (
	"math"
	"slices"

	"hunt/rules/predicate"
)

// Op is what a step does.
type Op uint8

// The steps.
const (
	Head Op = iota + 1 // the first N rows
	Tail               // the last N
	Filter
	Sort
	Unique      // the first row of each key
	UniqueCount // the same, with Stats
	Count       // rows of Stats alone: how many there are of each key; without fields of all
)

// Field is a field of an event of a row.
type Field struct {
	Name  string
	ID    predicate.FieldID
	Event int // in a sequence
}

// The fields that Stats fill, behind UniqueCount and Count.
const (
	FieldCount predicate.FieldID = math.MaxInt32 - iota
	FieldPercent
	FieldTotalHosts
	FieldHosts
	FieldKey // behind Count alone
	lastStats
)

// StatsFields are these fields by name, with their types.
var StatsFields = map[string]struct {
	ID   predicate.FieldID
	Type predicate.Type
}{
	"count": {FieldCount, predicate.TypeLong}, "percent": {FieldPercent, predicate.TypeFloat},
	"total_hosts": {FieldTotalHosts, predicate.TypeLong},
	"hosts":       {FieldHosts, predicate.TypeKeyword}, "key": {FieldKey, predicate.TypeUnknown},
}

// Step is one pipe.
type Step struct {
	Op        Op
	N         int64                // of Head and Tail
	Fields    []Field              // of Sort, Unique, UniqueCount, Count
	Condition *predicate.Condition // of Filter, on the first event
	Asks      []Field              // what the condition asks for
}

// Program is a list of steps. Read-only.
type Program struct {
	Steps  []Step
	fields []Field
}

// NewProgram makes a program of its steps.
func NewProgram(steps []Step) *Program {
	p := &Program{Steps: steps}
	for _, s := range steps {
		for _, f := range slices.Concat(s.Fields, s.Asks) {
			if f.ID > lastStats || slices.ContainsFunc(p.fields, func(o Field) bool {
				return o.ID == f.ID && o.Event == f.Event
			}) {
				continue
			}
			p.fields = append(p.fields, f)
		}
	}
	return p
}

// Fields are what rows must have values of, in this order.
func (p *Program) Fields() []Field { return p.fields }

// Counts reports whether rows end as Stats alone, so that nothing else of them is asked for.
func (p *Program) Counts() bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Op == Count })
}

// Keys are the names of the fields that the last Count counts by.
func (p *Program) Keys() (names []string) {
	for _, s := range p.Steps {
		if s.Op == Count {
			names = nil
			for _, f := range s.Fields {
				names = append(names, f.Name)
			}
		}
	}
	return names
}

// Row is a result on its way through the pipes.
type Row struct {
	Values [][]predicate.Value // of Program.Fields
	Host   string              // of the first event, "" if it has none
	Data   []byte              // the caller's
	Stats  *Stats              // nil unless a step counted
}

// Stats are what Count and UniqueCount say of a key.
type Stats struct {
	Count   int64
	Percent float64             // of all, from 0 to 1
	Hosts   []string            // sorted
	Key     [][]predicate.Value // of Count: of each field its values, in the spelling of the first row
}
