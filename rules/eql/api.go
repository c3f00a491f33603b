// Package eql compiles and matches EQL, Elastic's Event Query Language, over any
// source of events: it knows nothing of EVTX and asks for fields through Event.
//
// Semantics: Elasticsearch's EQL; docs/eql.md is the language reference and lists hunt's extensions.
package eql

// SKETCH of the API that other packages code against (bodies to be written; fields may be added).

// Kind is the type of a Value.
type Kind uint8

// The kinds of scalar values. Pending is a value that exists or not but is not known yet: a predicate that
// depends on it is neither true nor false (Maybe).
const (
	Null Kind = iota
	String
	Int
	Float
	Bool
	Time // Num is in nanoseconds since 1970, UTC
	Pending
)

// Value is one scalar. A field with many values is a run of them.
type Value struct {
	Kind  Kind
	Str   string
	Num   int64
	Float float64
}

// FieldID names a field within a Schema.
type FieldID int32

// Type is a field's type in the schema.
type Type uint8

// The field types that EQL tells apart.
const (
	TypeUnknown Type = iota
	TypeKeyword
	TypeLong
	TypeFloat
	TypeBoolean
	TypeDate
	TypeIP
)

// Schema resolves field names at compile time.
type Schema interface {
	// Field returns a field's id and type; known is false for a field that the
	// schema does not have (the id is valid all the same and its values are missing).
	Field(name string) (id FieldID, typ Type, known bool)
	// Suggest returns the known name nearest to an unknown one, or "".
	Suggest(name string) string
}

// Event gives the values of fields.
type Event interface {
	// Values appends the values of f to dst; none appended means missing.
	Values(f FieldID, dst []Value) []Value
}

// Options of Compile.
type Options struct {
	File          string // for error positions
	Line          int    // line of the query's first line within File, from 1; 0 = 1
	CategoryField string // "" = event.category
}

// Program is a compiled query. Read-only, shared by all goroutines.
type Program struct{}

// Compile parses and compiles a query. Errors are *syntax.Error: file:line:col, the line, a caret, a hint;
// they tell "not EQL" from "EQL that hunt does not support" (errors.Is(err, ErrUnsupported)).
func Compile(src string, s Schema, o Options) (*Program, error) { panic("sketch") }

// Form is the kind of a query.
type Form uint8

// The forms.
const (
	EventQuery Form = iota + 1
	Sequence
	Sample
)

// Stage is one subquery of a program: an event query has one, a sequence one per positive or
// missing term (runs expanded), `until` is the last one if present.
type Stage struct {
	Label   string // from `as NAME`, else ""
	Missing bool   // ![ ]
	Until   bool
	Text    string // canonical text of the condition
	Pos     int    // byte offset in the source
	Line    int
}

func (p *Program) Form() Form               { panic("sketch") }
func (p *Program) Stages() []Stage          { panic("sketch") }
func (p *Program) MaxSpan() int64           { panic("sketch") } // nanoseconds, 0 = none
func (p *Program) Warnings() []string       { panic("sketch") } // with positions: unknown field, `as` dialect
func (p *Program) Fields() []FieldID        { panic("sketch") } // every field asked for, sorted
func (p *Program) Keys(stage int) []FieldID { panic("sketch") } // join keys of a stage, sequence-wide ones first
func (p *Program) String() string           { panic("sketch") } // canonical form

// Truth is the result of a predicate while some values may be Pending (Kleene's logic).
type Truth uint8

// The truth values.
const (
	False Truth = iota
	Maybe
	True
)

// Hit says that an event satisfies (or, with Pending values, may satisfy) a stage of a program.
type Hit struct {
	Program, Stage int
	Truth          Truth
}

// Set evaluates the stage predicates of many programs together: sub-predicates that are the same are
// evaluated once per event. Read-only after NewSet.
type Set struct{}

// NewSet returns a set over programs compiled against the same Schema; a Hit's Program is the index in progs.
func NewSet(progs []*Program) *Set { panic("sketch") }

// Plan is a Set narrowed to a class of events.
type Plan struct{}

// Narrow folds what is known of every event of a class (known returns ok=false where the
// value differs from event to event; nil, true where it is always missing) into the predicates, and
// keeps the stages that can still be true. Done once per class.
func (s *Set) Narrow(known func(FieldID) (vs []Value, ok bool)) *Plan { panic("sketch") }

// Empty reports whether no stage can be true of any event of the class.
func (p *Plan) Empty() bool { panic("sketch") }

// Evaluator evaluates plans for one goroutine.
type Evaluator struct{}

// NewEvaluator returns an evaluator for s.
func (s *Set) NewEvaluator() *Evaluator { panic("sketch") }

// Eval appends the stages that ev satisfies or may satisfy. No allocation in steady state.
func (v *Evaluator) Eval(p *Plan, ev Event, dst []Hit) []Hit { panic("sketch") }

// Item is an event handed to a matcher: Time orders nothing by itself (the order of Push is the total
// order) but measures maxspan. Stages are the stages it satisfies (Truth True), as Eval said; conditions
// that refer to an earlier stage's alias are evaluated by the matcher itself.
type Item struct {
	Event  Event
	Time   int64 // nanoseconds since 1970
	Stages []int
}

// Match is one result: Events[i] belongs to Stages()[i] without until; a missing event is a zero Item.
type Match struct {
	Events []Item
	Keys   []Value
}

// Matcher runs one program over one ordered stream of events. One goroutine's state, O(keys x stages) large.
type Matcher struct{}

// NewMatcher returns a matcher.
func (p *Program) NewMatcher() *Matcher { panic("sketch") }

// Push takes the next event of the order and hands completed matches to emit.
func (m *Matcher) Push(it Item, emit func(Match)) { panic("sketch") }

// Close ends the stream (trailing missing events, samples, tail) and hands out what is left.
func (m *Matcher) Close(emit func(Match)) { panic("sketch") }
