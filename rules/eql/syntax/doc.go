// Package syntax holds the lexer, the syntax tree, the parser and the printer of EQL, Elastic's
// Event Query Language.
//
// It knows only the grammar. Package eql decides what a name, an operator or a function means.
// The grammar is that of the "EQL syntax reference" of Elasticsearch, with `as NAME` after a
// sequence term from the Elastic Endpoint dialect. docs/eql.md is the language reference.
package syntax

// Limits on hostile input. All are far above what people write: the longest published rule is
// below 20 KiB and nests 12 levels deep.
const (
	// MaxQueryLen is the longest query in bytes.
	MaxQueryLen = 1 << 20
	// MaxDepth bounds the nesting of expressions, so that recursion over a tree
	// cannot exhaust the stack.
	MaxDepth = 200
	// MaxCommentDepth bounds nested block comments.
	MaxCommentDepth = 100
	// MaxRuns is the largest N of `with runs=N`, as in Elasticsearch.
	MaxRuns = 100
	// MaxTerms bounds the terms of one sequence or sample after runs are expanded.
	MaxTerms = 500
)
