package ecs

import (
	"bytes"

	"hunt/limit"
	"hunt/timeline/ecs/notation"
)

// The bounds of the mapping that an event can meet, as the account of a run has them.
var (
	boundArguments = limit.Bound{ID: "ecs-arguments",
		Text: "hunt splits a command line into its first 16,384 arguments", Loses: true}
	boundAnswers = limit.Bound{ID: "ecs-dns-answers", Text: "hunt maps the first 1,024 answers of a DNS event",
		Loses: true}
	// BoundClasses is about a run as a whole.
	BoundClasses = limit.Bound{ID: "ecs-classes",
		Text: "hunt counts events for 65,536 combinations of channel, provider and event id: first those that it " +
			"knows, then by a hash of their names; rules still see the others"}
)

// leastAnswers is how many bytes a record has whose answers are more than are mapped, leastArguments the same for
// arguments: each takes two characters.
const (
	leastAnswers   = 4 * notation.MaxAnswers
	leastArguments = 4*notation.MaxArguments - 1024
)

// Account counts the bounds that whoever asks for all fields of the event meets. For events as Windows writes them it
// costs a look at their size.
func (e *Event) Account(t *limit.Tally) {
	size := len(e.Record.Raw())
	if size < leastAnswers && !e.Record.Repeats() {
		return
	}
	args, answers := false, false
	for i := range e.Class.def.extract {
		switch x := &e.Class.def.extract[i]; x.op {
		case opArgs, opArgsBoth, opArgsCount, opArgsCountBoth:
			if text, ok := e.first(x); ok && (size >= leastArguments || e.Record.Repeats()) {
				args = args || notation.CountArguments(text) >= notation.MaxArguments ||
					notation.CountBlankSeparated(text) >= notation.MaxArguments
			}
		case opAnswerData:
			if text, ok := e.first(x); ok {
				answers = answers || bytes.Count(text, []byte(";")) > notation.MaxAnswers
			}
		}
	}
	if args {
		t.Bite(boundArguments, e.Record.Place())
	}
	if answers {
		t.Bite(boundAnswers, e.Record.Place())
	}
}

// Overflows reports whether events came of more classes than are counted.
func (s *Schema) Overflows() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.roster.full || s.overflowed
}

// SetOverflow notes that events were counted under no name before they came here: by a scan whose counts are joined
// with others.
func (s *Schema) SetOverflow() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.overflowed = true
}
