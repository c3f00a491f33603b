package export

import "strings"

// Format is a form of a timeline.
type Format string

// The formats, spelled as --format has them.
const (
	CSV        Format = "csv"        // the columns, as RFC 4180 has it
	JSONLines  Format = "jsonl"      // the columns, an object a line
	ECS        Format = "ecs"        // Elastic documents, one a line
	Timesketch Format = "timesketch" // as Timesketch imports it, JSON lines or CSV
	Parquet    Format = "parquet"    // the columns, a directory of partitions by host
	XLSX       Format = "xlsx"       // the columns, a workbook
	SQLite     Format = "sqlite"     // the columns, a database
)

// Formats lists all formats, in the order in which they are shown to people.
var Formats = []Format{CSV, JSONLines, ECS, Timesketch, Parquet, XLSX, SQLite}

// FormatOf returns the format for the ending of a file's name, as filepath.Ext returns it; "" if
// the ending names none.
func FormatOf(ending string) Format {
	switch strings.ToLower(ending) {
	case ".csv":
		return CSV
	case ".jsonl":
		return JSONLines
	case ".ndjson":
		return ECS
	case ".parquet":
		return Parquet
	case ".xlsx":
		return XLSX
	case ".db", ".sqlite", ".sqlite3":
		return SQLite
	}
	return ""
}
