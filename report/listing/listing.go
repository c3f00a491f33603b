package listing

import (
	"context"
	"fmt"
	"io"
	"time"

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
	w     io.Writer
	o     Options
	head  *head
	title []string // with those for the zone
	rows  int

	table *table.Table
	sheet *xlsx.Sheet
	block *Block // of single rows
}

// tableRows is how many rows of a table are laid out together: longer tables begin again, so that they take no more
// memory.
const tableRows = 20_000

// New begins a listing on w. Close ends it.
func New(w io.Writer, columns []Column, o Options) (*Writer, error) {
	l := &Writer{w: w, o: o, head: newHead(columns, o)}
	l.block = l.Block()
	var names []string
	var sheet []xlsx.SheetColumn
	for _, c := range columns {
		if c.Aside && o.Format == Table {
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
		var first []byte
		if o.BOM {
			first = append(first, export.BOM...)
		}
		_, err := w.Write(export.AppendCSV(first, names))
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

// LocalTime returns a time that is written as UTC, such as 2026-03-12T09:16:30.1234567Z, in another zone; "" if it is
// not one.
func LocalTime(utc string, zone *time.Location) string {
	t, err := time.Parse(time.RFC3339Nano, utc)
	if err != nil {
		return ""
	}
	return t.In(zone).Format(localLayout)
}

// localLayout is how times in the second zone are written.
const localLayout = "2006-01-02T15:04:05.0000000-07:00"

// Rows returns the number of rows that were written.
func (l *Writer) Rows() int { return l.rows }

// Row writes a row: a value for each column, of the type of its kind, or nil for none.
func (l *Writer) Row(ctx context.Context, values ...any) error {
	if err := l.block.Row(values...); err != nil {
		return err
	}
	return l.Add(ctx, l.block)
}

// Add writes the rows of a block, which is empty then.
func (l *Writer) Add(ctx context.Context, b *Block) error {
	defer b.reset()
	before := l.rows
	l.rows += b.rows
	switch {
	case l.sheet != nil:
		for _, row := range b.sheet {
			if err := l.sheet.AddValues(ctx, row...); err != nil {
				return err
			}
		}
	case l.table != nil:
		for at := 0; at < b.rows; {
			n := min(b.rows-at, tableRows-l.table.Len())
			l.table.Append(&b.cells, at, n)
			if at += n; l.table.Len() == tableRows {
				if err := l.flush(); err != nil {
					return err
				}
			}
		}
	default:
		if _, err := l.w.Write(b.text); err != nil {
			return err
		}
	}
	if l.rows/1024 > before/1024 {
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
	defer l.table.Reset()
	return l.table.Write(l.w, l.o.Screen)
}
