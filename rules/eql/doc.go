// Package eql compiles EQL, Elastic's Event Query Language. It knows nothing of EVTX.
//
// Compile parses a query (package syntax), resolves names against a predicate.Schema and returns a
// Query. Its Program (package sequence) holds the conditions of the stages (package predicate) and
// how events of the stages make a match. Warnings say what is doubtful about the text; Explain
// gives the result of each part of a condition on one event.
//
// Comparisons of a field with constants become leaves of package predicate, where many rules share
// them. Functions, arithmetic and comparisons of fields with each other are computed here, as
// predicate.Expressions. Regular expressions are Lucene's, translated to RE2.
//
// The semantics are Elasticsearch's. docs/eql.md is the language reference and lists the
// differences and hunt's extensions. Package document runs queries over JSON documents.
package eql

import "hunt/rules/eql/syntax"

// ErrUnsupported is wrapped by errors of Compile about valid EQL that hunt does not run (test with
// errors.Is). All other errors of Compile mean that the text is not EQL.
var ErrUnsupported = syntax.ErrUnsupported
