// Package spill keeps in memory what fits and puts the rest into temporary files. Everything that grows with the
// evidence goes through it: the keys of all records, the histories of hosts, the order of a timeline, its lines,
// copies of archive members.
//
// Budget is the memory of a run. Each user asks it for its Share; the shares sum to the whole.
//
// A Sorter orders any number of items of one size. Split gives each goroutine a Writer, which sorts its items in
// blocks; blocks beyond the share are merged into runs in a temporary file. Sorted merges them all. Lines does the
// same for lines of text that come in groups, each group in order. A Log keeps items in the order in which they were
// added.
//
// A Tally adds up values under keys of any number and length, and yields them in the order of the keys.
//
// A Store takes copies: small ones stay in memory, the rest goes to one temporary file. It returns a Block for each,
// which can be read at any offset until the store is closed.
//
// A Coder turns facts into bytes and back. A type describes its encoding once, for both directions; Pack and Unpack
// compress the result.
//
// A temporary file has no name (Unix), or the system deletes it with its last handle (Windows), so nothing is left of
// it however the process ends. Errors give its directory and say what helps. The output of this package depends on
// its input, never on the budget or on which goroutine added what.
package spill
