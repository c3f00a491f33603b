package xlsx

import (
	"context"
	"errors"
	"io"

	"hunt/report"
	"hunt/report/outline"
)

// Sheet streams one table of texts into a workbook of its own. Rows beyond what a sheet holds go to further
// sheets. Cells are inline strings as in a report: never a formula, never a link; equal rows give equal
// bytes. It is for one goroutine.
type Sheet struct {
	book  *workbook
	table *tableWriter
	cells []any
}

// SheetColumn is a column of a Sheet.
type SheetColumn struct {
	Title string
	Width float64 // in characters, at most 50
	Wrap  bool    // long text
}

// NewSheet begins a workbook whose sheets are called name. Close it when done.
func NewSheet(w io.Writer, name, version string, columns []SheetColumn, o Options) (*Sheet, error) {
	b, err := newWorkbook(w, &report.Report{Tool: report.Tool{Version: version}}, o)
	if err != nil {
		return nil, err
	}
	s := &Sheet{book: b, cells: make([]any, len(columns))}
	cols := make([]column, len(columns))
	for i, c := range columns {
		cols[i] = column{Title: c.Title, Width: c.Width}
		if c.Wrap {
			cols[i].Kind = wrapColumn
		}
	}
	if err := b.setup(name, "hunt "+name); err != nil {
		return nil, errors.Join(err, b.close())
	}
	if s.table, err = b.table(outline.SheetID(name), cols); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return s, nil
}

// Add writes a row, a text for each column.
func (s *Sheet) Add(ctx context.Context, row []string) error {
	for i := range s.cells {
		s.cells[i] = row[i]
	}
	return s.table.add(ctx, s.cells...)
}

// AddValues writes a row of values, one for each column: a string, an int, an int64, a uint64, a report.Time,
// or nil for an empty cell.
func (s *Sheet) AddValues(ctx context.Context, row ...any) error {
	return s.table.add(ctx, row...)
}

// Finish writes the workbook; it fails if as many rows did not come out as went in.
func (s *Sheet) Finish() error {
	if err := s.table.close(); err != nil {
		return err
	}
	return s.book.finish()
}

// Close deletes the temporary files.
func (s *Sheet) Close() error { return s.book.close() }
