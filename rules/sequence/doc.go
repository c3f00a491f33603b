// Package sequence makes matches of events: ordered sequences with join keys, missing events and until, samples, and
// single events. It knows no rule language.
//
// A language compiles a query to a Program: stages, each with a condition of package predicate, and how events of the
// stages make a match. A Matcher takes the events that satisfy stages, in order, and hands out matches.
package sequence
