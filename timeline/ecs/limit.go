package ecs

import (
	"bytes"

	"hunt/limit"
	"hunt/timeline/ecs/notation"
)

// The bounds of the mapping that an event can reach, as a run accounts for them.
var (
	boundArguments = limit.Bound{ID: "ecs-arguments",
		Text: "hunt splits a command line into its first 16,384 arguments", Loses: true}
	boundAnswers = limit.Bound{ID: "ecs-dns-answers", Text: "hunt maps the first 1,024 answers of a DNS event",
		Loses: true}
	// BoundClasses applies to a run as a whole.
	BoundClasses = limit.Bound{ID: "ecs-classes",
		Text: "hunt counts events for 65,536 combinations of channel, provider and event id: first those that it " +
			"knows, then by a hash of their names; rules still see the others"}
)

// leastAnswers is the smallest size in bytes of a record that can have more answers than are mapped, leastArguments
// the same for arguments: each takes two characters.
const (
	leastAnswers   = 4 * notation.MaxAnswers
	leastArguments = 4*notation.MaxArguments - 1024
)

// Account counts the bounds that apply when all fields of the event are read. For events as Windows writes them, a
// look at their size is enough.
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

// Overflows reports whether events came from more classes than are counted.
func (s *Schema) Overflows() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.roster.full || s.overflowed
}

// SetOverflow records that some events had already been counted without a class name, by a scan whose counts are
// joined with others.
func (s *Schema) SetOverflow() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.overflowed = true
}
