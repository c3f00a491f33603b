// Package pipe runs the pipes that EQL's first implementation has after a query: count, unique,
// unique_count, sort, filter, head, tail. It knows neither rules nor event logs: a Row has the
// values of the fields to which a Program refers, and bytes that belong to the caller.
//
// Rows come in order, and go through one step after the other. What a step has to hold (keys, rows
// that are sorted) is kept in a spill.Tally, within a memory budget; results depend only on the
// rows and their order. Texts that differ only in case are one key, and are sorted as equal, as in
// the first EQL.
package pipe
