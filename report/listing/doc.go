// Package listing writes rows for people and for other programs: as a table for the terminal, as CSV
// for spreadsheets, as JSON lines, and as a workbook.
//
// A command says which columns its rows have, each with a kind, and hands the rows over one by one;
// what a time, a number or a list looks like in a format is decided here. Times are UTC. With a second
// time zone, each column of times has another beside it that shows the same moment there.
package listing
