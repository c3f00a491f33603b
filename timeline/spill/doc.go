// Package spill holds what does not fit in memory, in temporary files that vanish with the process, however it ends.
//
// A Store takes copies: small ones stay in memory, the rest goes to one temporary file. It gives a Block for each, which can be
// read at any offset until the store is closed.
package spill
