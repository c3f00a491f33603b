// Package eql is EQL, Elastic's Event Query Language: it compiles a query to a program of conditions (package predicate) and
// of how events make a match (package sequence), and explains what a condition came to on an event.
//
// Compile parses a query (package syntax) and resolves names against a Schema. Functions, arithmetic and comparisons of fields with
// each other are computed here; all other comparisons are leaves of package predicate.
//
// Semantics: Elasticsearch's EQL. docs/eql.md is the language reference and lists
// the differences and hunt's extensions.
package eql

import "hunt/rules/eql/syntax"

// ErrUnsupported is matched (errors.Is) by errors of Compile about valid EQL that
// hunt does not run. All other errors of Compile mean that the text is not EQL.
var ErrUnsupported = syntax.ErrUnsupported
