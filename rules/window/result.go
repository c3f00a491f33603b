package window

// Result is what a program found: the events of a window.
type Result struct {
	Program int
	Events  []Place // the first of them, in order, and the last
	Count   int64   // of all events
	// Measure is what was counted, summed up or averaged, as text; "" for kinds that count nothing.
	Measure string

	key key // of the group
}
