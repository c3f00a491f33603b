// Package spill keeps in memory what fits and puts the rest into temporary files. Whatever grows with the evidence
// goes through it: the keys of all records, the histories of hosts, the order of a timeline, its lines, copies of
// members of archives.
//
// Budget is the memory of a run. Each user asks it for its Share; the table of shares sums to the whole.
//
// A Sorter orders any number of items of one size. Split gives each goroutine a Writer, which sorts its items in
// blocks; blocks beyond the share are merged into runs in a temporary file. Sorted merges what is there. Lines does
// the same for lines of text that come in groups, each group in order.
//
// A Tally adds up values under keys of any number and length, and gives them in the order of the keys.
//
// A Store takes copies: small ones stay in memory, the rest goes to one temporary file. It gives a Block for each,
// which can be read at any offset until the store is closed.
//
// A Coder turns facts into bytes and back. A type describes its encoding once, for both directions; Pack and Unpack
// compress the result.
//
// A temporary file has no name (Unix), or the system deletes it with its last handle (Windows), so nothing is left of
// it however the process ends. Errors name its directory and what helps. What comes out of this package depends on
// what went in, never on the budget or on which goroutine brought it.
package spill
