// Package window counts events in windows of time: how many there are, how many values a field has,
// their sum, which of several conditions met, which values are new. It knows no rule language.
//
// A rule that counts compiles to a sequence.Program of the form Counted, whose stages are the
// conditions that single events must satisfy, and to a Program of this package (New): Nodes that
// count what the stages let through. A Node groups its events by keys and looks at each group
// alone. The results of a node may be the events of a later one.
//
// Rows takes the events of any number of programs, in any order: each becomes one row of 64 bytes
// or a few, sorted by node, group and time, in memory up to a bound, then in temporary files. Rows
// of several parts of the evidence are merged (Rows.Merge) to those of the whole. Rows.Match goes
// through them group by group and gives the results of each program in order. Memory is that of one
// window, and what is beyond a bound goes to a temporary file.
//
// Groups and values are told apart by hashes. A key is the first 128 bits of SHA-256 of its values,
// so that nobody can make events that fall into a group of others. A value within a group is told by
// 64 bits: two values of one hash would count as one, which anybody who can write events gets more
// simply by writing one value.
//
// # Windows
//
// Windows are anchored at an event and closed: that of event i holds every later one up to and
// including i's time plus the span. If the condition holds of a window, it is a result with all
// its events, and the next window begins after them; else the next begins at event i+1. A condition
// that bounds from above (LT, LTE, EQ, NEQ) goes on after the window in any case: each burst would
// end in a small tail that it holds of.
package window
