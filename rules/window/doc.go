// Package window counts events in windows of time: how many there are, how many values a field has,
// their sum, which of several conditions occurred together, which values are new. It knows no rule
// language.
//
// A rule that counts compiles to a sequence.Program of the form Counted, whose stages are the
// conditions that single events must satisfy, and to a Program of this package (New): Nodes that
// count what the stages let through. A Node groups its events by keys and examines each group
// separately. The results of a node may be the events of a later one.
//
// Rows takes the events of any number of programs, in any order: each becomes one or a few rows of
// 64 bytes, sorted by node, group and time, in memory up to a bound, then in temporary files. Rows
// of several parts of the evidence are merged (Rows.Merge) into those of the whole. Rows.Match goes
// through them group by group and returns the results of each program in order. It takes the memory
// of one window up to a bound; the rest goes to a temporary file.
//
// Groups and values are distinguished by hashes. A key is the first 128 bits of SHA-256 of its
// values, so that nobody can craft events that fall into another group. A value within a group is
// identified by 64 bits: two values with the same hash would count as one, which anybody who can
// write events achieves more simply by writing one value.
//
// # Windows
//
// Windows are anchored at an event and closed: that of event i holds every later one up to and
// including i's time plus the span. If the condition is true for a window, the window is a result
// with all its events, and the next begins after them; otherwise the next begins at event i+1. A
// condition with an upper bound (LT, LTE, EQ, NEQ) continues after the window in any case: otherwise
// each burst would end in a small tail for which it is true.
package window
