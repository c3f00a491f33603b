// Package pipe runs the pipes that EQL's first implementation has behind a query: count, unique,
// unique_count, sort, filter, head, tail. It knows neither rules nor event logs: a Row has the
// values of the fields that a Program asks for, and bytes that belong to who made it.
//
// Rows come in their order, and go through one step after the other. What a step has to hold (keys,
// rows that are sorted) is kept in a spill.Tally, within a budget of memory; results depend on the
// rows and their order alone. Texts that differ in case alone are one key, and are sorted alike, as
// in the first EQL.
package pipe
