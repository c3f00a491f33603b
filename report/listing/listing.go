package listing

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"hunt/evtx"
	"hunt/mark"
	"hunt/report"
	"hunt/report/xlsx"
	"hunt/table"
	"hunt/timeline/export"
)

// Format is a format of rows, by the name that --format takes.
type Format string

// The formats.
const (
	Table     Format = "table"
	CSV       Format = "csv"
	JSONLines Format = "jsonl"
	XLSX      Format = "xlsx"
)

// Formats are all formats, the usual one first.
var Formats = []Format{Table, CSV, JSONLines, XLSX}

// Kind says what the cells of a column hold.
type Kind uint8

// The kinds of columns, with the types of their cells.
const (
	Text   Kind = iota // string, or []string: several
	Number             // int, int64 or uint64
	Time               // evtx.Filetime; 0 is no time
	Flag               // bool
)

// Column is a column of a listing.
type Column struct {
	Name  string // in CSV and JSON
	Title string // in tables and workbooks
	Kind  Kind
	Width float64 // in a workbook, in characters; 0 is a usual one
	Aside bool    // tables leave it out: the other formats have it
}

// Options say how rows are written.
type Options struct {
	Format Format
	// Screen is the width of the terminal that a table is laid out for, in characters; 0: nothing is wrapped.
	Screen  int
	BOM     bool           // CSV begins with a byte order mark, which Excel wants
	Zone    *time.Location // shown beside UTC; nil: UTC alone
	Name    string         // of the sheet of a workbook, such as "Logons"
	Version string         // of hunt, which workbooks name
	TempDir string         // of a workbook's temporary files; "" is the system's
}

// Writer writes the rows of a listing. It is for one goroutine.
type Writer struct {
	w       io.Writer
	o       Options
	columns []Column
	title   []string // with those for the zone
	rows    int

	table *table.Table
	sheet *xlsx.Sheet
	buf   []byte
}

// tableRows is how many rows of a table are laid out together: longer tables begin anew, so that they take no
// more memory.
const tableRows = 20_000

// New begins a listing on w. Close ends it.
func New(w io.Writer, columns []Column, o Options) (*Writer, error) {
	l := &Writer{w: w, o: o, columns: columns}
	var names []string
	var sheet []xlsx.SheetColumn
	for _, c := range columns {
		if l.aside(c) {
			continue
		}
		title := c.Title
		if c.Kind == Time {
			title += " (UTC)"
		}
		l.title, names = append(l.title, title), append(names, c.Name)
		sheet = append(sheet, xlsx.SheetColumn{Title: title, Width: widthOf(c)})
		if c.Kind == Time && o.Zone != nil {
			title = fmt.Sprintf("%s (%s)", c.Title, o.Zone)
			l.title, names = append(l.title, title), append(names, c.Name+localSuffix)
			sheet = append(sheet, xlsx.SheetColumn{Title: title, Width: localWidth})
		}
	}
	switch o.Format {
	case Table:
		l.table = table.New(l.title...)
	case CSV:
		if o.BOM {
			l.buf = append(l.buf, export.BOM...)
		}
		_, err := w.Write(export.AppendCSV(l.buf, names))
		return l, err
	case JSONLines:
	case XLSX:
		var err error
		l.sheet, err = xlsx.NewSheet(w, o.Name, o.Version, sheet, xlsx.Options{TempDir: o.TempDir})
		return l, err
	default:
		return nil, fmt.Errorf("rows cannot be written as %q", o.Format)
	}
	return l, nil
}

// localSuffix ends the names of columns that show the second time zone.
const localSuffix = "_local"

// Widths of a workbook's columns, in characters.
const (
	usualWidth  = 24
	numberWidth = 11
	timeWidth   = 22
	localWidth  = 26
)

func widthOf(c Column) float64 {
	switch {
	case c.Width > 0:
		return c.Width
	case c.Kind == Number:
		return numberWidth
	case c.Kind == Time:
		return timeWidth
	}
	return usualWidth
}

// Rows returns the number of rows that were written.
func (l *Writer) Rows() int { return l.rows }

// Row writes a row: a value for each column, of the type of its kind, or nil for none.
func (l *Writer) Row(ctx context.Context, values ...any) error {
	if len(values) != len(l.columns) {
		return fmt.Errorf("a row of %d values in a listing of %d columns", len(values), len(l.columns))
	}
	l.rows++
	switch l.o.Format {
	case JSONLines:
		return l.object(values)
	case XLSX:
		return l.sheet.AddValues(ctx, l.cells(values)...)
	case CSV:
		l.buf = export.AppendCSV(l.buf[:0], l.texts(values, exactTime))
		if _, err := l.w.Write(l.buf); err != nil {
			return err
		}
	default:
		cells := l.texts(values, second)
		for i := range cells {
			cells[i] = mark.Printable(cells[i])
		}
		l.table.Add(cells...)
		if l.table.Len() >= tableRows {
			if err := l.flush(); err != nil {
				return err
			}
		}
	}
	if l.rows%1024 == 0 {
		return ctx.Err()
	}
	return nil
}

// Close writes what is left. Nothing may be written afterwards.
func (l *Writer) Close() error {
	switch {
	case l.sheet != nil:
		err := l.sheet.Finish()
		if failed := l.sheet.Close(); err == nil {
			err = failed
		}
		return err
	case l.table != nil && l.table.Len() > 0:
		return l.flush()
	}
	return nil
}

// flush lays out the rows of a table that came so far.
func (l *Writer) flush() error {
	err := l.table.Write(l.w, l.o.Screen)
	l.table = table.New(l.title...)
	return err
}

// texts are the cells of a row as texts.
func (l *Writer) texts(values []any, when func(evtx.Filetime) string) []string {
	out := make([]string, 0, len(l.title))
	for i, v := range values {
		if l.aside(l.columns[i]) {
			continue
		}
		out = append(out, text(v, when))
		if l.columns[i].Kind == Time && l.o.Zone != nil {
			out = append(out, l.local(v))
		}
	}
	return out
}

// aside reports whether the format leaves out a column.
func (l *Writer) aside(c Column) bool { return c.Aside && l.o.Format == Table }

// text is a value as people read it.
func text(v any, when func(evtx.Filetime) string) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []string:
		return strings.Join(v, "; ")
	case evtx.Filetime:
		if v == 0 {
			return ""
		}
		return when(v)
	case bool:
		if v {
			return "yes"
		}
		return ""
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case uint64:
		return strconv.FormatUint(v, 10)
	}
	return fmt.Sprint(v)
}

func exactTime(t evtx.Filetime) string { return t.String() }

// second is a time for tables, cut to the second; the other formats have it whole.
func second(t evtx.Filetime) string { return t.Time().Format(time.DateTime) }

// local is a time in the second zone.
func (l *Writer) local(v any) string {
	t, _ := v.(evtx.Filetime)
	if t == 0 {
		return ""
	}
	if l.o.Format == Table {
		return t.Time().In(l.o.Zone).Format(time.DateTime + " -0700")
	}
	return t.Time().In(l.o.Zone).Format("2006-01-02T15:04:05.0000000-07:00")
}

// cells are the values of a row for a workbook.
func (l *Writer) cells(values []any) []any {
	out := make([]any, 0, len(l.title))
	for i, v := range values {
		switch x := v.(type) {
		case evtx.Filetime:
			out = append(out, report.TimeOf(x))
		case int, int64, uint64, nil:
			out = append(out, x)
		default:
			out = append(out, text(v, exactTime))
		}
		if l.columns[i].Kind == Time && l.o.Zone != nil {
			out = append(out, l.local(v))
		}
	}
	return out
}

// object writes a row as a JSON object with its members in the order of the columns. Empty values are left
// out, except numbers.
func (l *Writer) object(values []any) error {
	b := append(l.buf[:0], '{')
	member := func(name string, v any) error {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(strconv.AppendQuote(b, name), ':')
		switch x := v.(type) { // what most values are, at once
		case string:
			if plainJSON(x) {
				b = append(append(append(b, '"'), x...), '"')
				return nil
			}
		case int64:
			b = strconv.AppendInt(b, x, 10)
			return nil
		case uint64:
			b = strconv.AppendUint(b, x, 10)
			return nil
		}
		var text strings.Builder
		enc := json.NewEncoder(&text)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			return err
		}
		b = append(b, strings.TrimSuffix(text.String(), "\n")...)
		return nil
	}
	for i, v := range values {
		c := l.columns[i]
		switch x := v.(type) {
		case nil:
			continue
		case string:
			if x == "" {
				continue
			}
		case []string:
			if len(x) == 0 {
				continue
			}
		case evtx.Filetime:
			if x == 0 {
				continue
			}
			v = x.String()
		}
		if err := member(c.Name, v); err != nil {
			return err
		}
		if c.Kind == Time && l.o.Zone != nil {
			if err := member(c.Name+localSuffix, l.local(values[i])); err != nil {
				return err
			}
		}
	}
	l.buf = append(b, "}\n"...)
	_, err := l.w.Write(l.buf)
	return err
}

// plainJSON reports whether a text stands in JSON as it is.
func plainJSON(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
