// Package syntax holds the syntax tree, the parser and the printer of KQL, the Kibana Query
// Language, in which Elastic writes query, threshold and new_terms rules.
//
// It knows the grammar only. What a clause means depends on the type of its field and is decided by
// package kql. The grammar is the one that Kibana parses (kbn-es-query): `or` binds least, `not`
// binds one sub-query, and a backslash before a letter that it does not escape stays in quoted text
// and is a mistake elsewhere.
//
//	process.name : ("cmd.exe" or "powershell*") and not user.id : S-1-5-18
package syntax

// Limits on hostile input. All are far above what a person writes: the longest published rule is
// below 20 KiB and nests 6 levels deep.
const (
	// MaxQueryLen is the longest query in bytes.
	MaxQueryLen = 1 << 20
	// MaxDepth bounds the nesting of parentheses, so that recursion over a tree cannot exhaust the
	// stack.
	MaxDepth = 200
)
