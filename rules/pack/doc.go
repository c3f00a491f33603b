// Package pack loads the rules and the tuning of a run, and says what is wrong with them.
//
// Load reads files, folders and what is built in (Sources) and returns a Pack: rules, exceptions and tools,
// sorted by id, with a hash over all of them. A file that cannot be used does not affect the others: the error is
// Errors, one or more for each such file, each with its place, the line, a caret and a hint that can be typed.
// Check reports the same about files without a run.
//
// The content of a file decides its format (see the table formats in load.go). A Rule is the same whatever its
// language: what it says about itself, why it does not run (Skip), and Compile, which returns a Compiled: a
// program of conditions and sequences for the engine, warnings, explanations. A new language needs a row in
// formats and a compile function.
//
// Tuning: an Exception describes something known to be harmless and suppresses findings visibly, a Tool labels
// the responder's own programs. Both are compared with the Facts of a finding's events and know nothing of
// findings. A Case is a test of a rule: events, and what must result from them.
//
// The formats of rule and tuning files are described in docs/rule-format.md.
package pack
