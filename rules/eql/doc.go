// Package eql is EQL, Elastic's Event Query Language: text to what runs. It knows nothing of EVTX.
//
// Compile parses a query (package syntax), resolves names against a predicate.Schema and returns a
// Query. Its Program (package sequence) holds the conditions of the stages (package predicate) and
// how events of the stages make a match. Warnings are what is worth saying of the text, Explain
// tells part by part what a condition came to on one event.
//
// Comparisons of a field with constants become leaves of package predicate, where many rules share
// them. Functions, arithmetic and comparisons of fields with each other are computed here, as
// predicate.Expressions. Regular expressions are Lucene's, translated to RE2.
//
// The meaning is Elasticsearch's. docs/eql.md is the language reference and lists the differences
// and hunt's extensions. Package document runs queries over JSON documents.
package eql

import "hunt/rules/eql/syntax"

// ErrUnsupported is matched (errors.Is) by errors of Compile about valid EQL that
// hunt does not run. All other errors of Compile mean that the text is not EQL.
var ErrUnsupported = syntax.ErrUnsupported
