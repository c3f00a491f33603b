package pack

import (
	"hunt/rules/predicate"
	"hunt/rules/sequence"
	"hunt/rules/window"
)

// Compiled is a compiled rule of any language.
type Compiled interface {
	// Program returns the compiled program: the conditions of its stages, and how events of the
	// stages make a match.
	Program() *sequence.Program
	// Warnings returns what is doubtful about the text: unknown fields, comparisons that can never
	// be true. Each has its place.
	Warnings() []string
	// String returns the canonical text.
	String() string
	// Explain evaluates the condition of a stage on an event part by part. bound returns the events
	// of earlier stages, nil for those that are unknown; bound itself may be nil.
	Explain(stage int, ev predicate.Event, bound func(stage int) predicate.Event) predicate.Explanation
}

// Counted is a compiled rule that counts events over time. Its program has the form Counted.
type Counted interface {
	Compiled
	// Window returns what is counted among the events that satisfy the stages.
	Window() *window.Program
}
