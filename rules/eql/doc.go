// Package eql compiles and matches EQL, Elastic's Event Query Language, over any
// source of events: it knows nothing of EVTX and asks for fields through Event.
//
// A query goes through these steps, each in files of their own:
//
//   - Compile parses it (package syntax) and resolves names against a Schema. The
//     result is a Program: for each stage a tree of and, or, not over leaves. A leaf
//     is one comparison.
//   - A Set joins the stages of many programs, so that equal sub-conditions are one
//     node. Narrow folds what is known of a class of events into it: the Plan.
//   - An Evaluator answers, event by event and in any order, which stages an event
//     satisfies. Values may be Pending; the answer is then Maybe (Kleene's logic).
//   - A Matcher takes the events that satisfy stages, in order, and finds sequences,
//     missing events and samples.
//
// Semantics: Elasticsearch's EQL. docs/eql.md is the language reference and lists
// the differences and hunt's extensions.
package eql

import "hunt/rules/eql/syntax"

// ErrUnsupported is matched (errors.Is) by errors of Compile about valid EQL that
// hunt does not run. All other errors of Compile mean that the text is not EQL.
var ErrUnsupported = syntax.ErrUnsupported
