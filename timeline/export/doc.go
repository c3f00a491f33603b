// Package export writes timelines: the events of all hosts in one order, as CSV, JSON lines, Elastic documents, for
// Timesketch, as Parquet, as SQLite and as a workbook.
//
// A Timeline says what is written: the evidence, how it is scanned and which events are chosen. Write and WriteDir
// scan the evidence, put the chosen events in order (package timeline), read them again and render each on all
// workers; Options say in which Format.
//
// Everything that the tables say about an event is listed once, in columns: a column has its name, how it is taken
// from an event, and where a format deviates. CSV, JSON lines, Timesketch, Parquet, SQLite and XLSX are driven by
// that list, so a new column is one entry there, one in docs/timeline.schema.json and a line in docs/timeline.md.
// Elastic documents are whole events and have no columns. Every format leads back to the record: file, chunk,
// offset.
package export
