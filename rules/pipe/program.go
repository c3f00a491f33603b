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
	Count       // rows with only Stats: how many there are of each key; of all rows if there are no fields
)

// Field is a field of an event of a row.
type Field struct {
	Name  string
	ID    predicate.FieldID
	Event int // in a sequence
}

// The fields that Stats fill, after UniqueCount and Count.
const (
	FieldCount predicate.FieldID = math.MaxInt32 - iota
	FieldPercent
	FieldTotalHosts
	FieldHosts
	FieldKey // only after Count
	lastStats
)

// StatsFields are the fields above by name, with their types.
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
	N         int64                // for Head and Tail
	Fields    []Field              // for Sort, Unique, UniqueCount, Count
	Condition *predicate.Condition // for Filter, on the first event
	Asks      []Field              // to which the condition refers
}

// Program is a list of steps. Read-only.
type Program struct {
	Steps  []Step
	fields []Field
}

// NewProgram makes a program from its steps.
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

// Fields returns the fields of which rows must have values, in this order.
func (p *Program) Fields() []Field { return p.fields }

// Counts reports whether rows end as only Stats, so that nothing else in them is needed.
func (p *Program) Counts() bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Op == Count })
}

// Keys returns the names of the fields by which the last Count counts.
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

// Row is a result that goes through the pipes.
type Row struct {
	Values [][]predicate.Value // of Program.Fields
	Host   string              // of the first event, "" if it has none
	Data   []byte              // the caller's
	Stats  *Stats              // nil unless a step counted
}

// Stats is what Count and UniqueCount report about a key.
type Stats struct {
	Count   int64
	Percent float64             // of all, from 0 to 1
	Hosts   []string            // sorted
	Key     [][]predicate.Value // for Count: the values of each field, in the spelling of the first row
}
