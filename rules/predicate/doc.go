// Package predicate decides which events satisfy which conditions. Every rule language of hunt compiles to it; it knows
// none of them, and nothing of EVTX: it asks for the values of fields through Event.
//
//   - A Condition is a tree of and, or, not over leaves. A leaf is a test of the values of one field (Leaf, Exists), or
//     a value computed from several (Computed).
//   - A Program is the conditions of one rule, one for each of its stages.
//   - A Set joins many programs, so that equal sub-conditions are one node. Narrow folds what is known of a class of events into
//     it: the Plan.
//   - An Evaluator answers, event by event and in any order, which stages an event satisfies. Values may be Pending; the
//     answer is then Maybe (Kleene's logic).
package predicate
