package pack

import (
	"hunt/rules/predicate"
	"hunt/rules/sequence"
	"hunt/rules/window"
)

// Compiled is a compiled rule of any language.
type Compiled interface {
	// Program is what runs: the conditions of its stages, and how events of the stages make a match.
	Program() *sequence.Program
	// Warnings are what is worth saying of the text: unknown fields, comparisons that can never
	// hold. Each has its place.
	Warnings() []string
	// String is the canonical text.
	String() string
	// Explain evaluates the condition of a stage on an event part by part. bound returns the events
	// of earlier stages, nil for those that are not known; it may be nil itself.
	Explain(stage int, ev predicate.Event, bound func(stage int) predicate.Event) predicate.Explanation
}

// Counted is a compiled rule that counts events over time. Its program has the form Counted.
type Counted interface {
	Compiled
	// Window is what is counted of the events that satisfy the stages.
	Window() *window.Program
}
