package report

import (
	"context"
	"fmt"
	"strconv"

	"github.com/xuri/excelize/v2"
)

const (
	// sheetRows is Excel's limit, header included.
	sheetRows = 1_048_576
	// sheetLinks caps the hyperlinks of a sheet. Excel allows 65,530; excelize looks
	// through all of them for each new one, which this many keep under a second.
	sheetLinks = 10_000
)

// column is a column of a table.
type column struct {
	Title string
	Width float64 // in characters, at most 50
	Kind  columnKind
}

type columnKind int

const (
	textColumn columnKind = iota // ids, hashes, names: always text
	wrapColumn                   // long text
	dateColumn                   // a date serial, to the millisecond
	intColumn                    // a number
	barColumn                    // a count, with a data bar
	sevColumn                    // a severity, coloured
	linkColumn                   // text that may carry an internal link
)

// link is text with an internal target such as 'Timeline'!A17.
type link struct{ Text, Target string }

// tableWriter streams one table into a sheet, and into further sheets once that is full.
// Rows out equal rows in, or close fails.
type tableWriter struct {
	book    *workbook
	name    string // of the first sheet
	table   string // of the first Excel table
	cols    []column
	sw      *excelize.StreamWriter
	sheet   string
	part    int // 1, 2 … sheets begun
	row     int // last row written on this sheet
	links   int
	in, out int
	dropped int // rows over XLSXMaxRows
	cells   []any
}

// table begins the sheet name with its header.
func (b *workbook) table(name, table string, cols []column) (*tableWriter, error) {
	t := &tableWriter{book: b, name: name, table: table, cols: cols, cells: make([]any, len(cols))}
	return t, t.begin()
}

func (t *tableWriter) begin() error {
	t.part++
	t.sheet, t.row, t.links = partName(t.name, t.part), 0, 0
	f := t.book.file
	if err := t.book.newSheet(t.sheet); err != nil {
		return err
	}
	var err error
	if t.sw, err = f.NewStreamWriter(t.sheet); err != nil {
		return err
	}
	for i, c := range t.cols {
		if err := t.sw.SetColWidth(i+1, i+1, min(c.Width, 50)); err != nil {
			return err
		}
		t.cells[i] = excelize.Cell{StyleID: t.book.styles.header, Value: c.Title}
	}
	if err := t.sw.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	t.row = 1
	return t.sw.SetRow("A1", t.cells)
}

// partName is the name of the nth sheet of a table.
func partName(name string, n int) string {
	if n == 1 {
		return name
	}
	return fmt.Sprintf("%s (%d)", name, n)
}

// add writes a row. A value is a string, an int, an int64, a uint64, a Time or a link;
// nil leaves the cell empty.
func (t *tableWriter) add(ctx context.Context, values ...any) error {
	t.in++
	if limit := t.book.options.XLSXMaxRows; limit > 0 && t.in > limit {
		t.dropped++
		return nil
	}
	if t.in%1024 == 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if t.row >= t.book.rows {
		if err := t.end(); err != nil {
			return err
		}
		if err := t.begin(); err != nil {
			return err
		}
	}
	t.row++
	for i, c := range t.cols {
		t.cells[i] = nil
		if i < len(values) && values[i] != nil {
			if err := t.cell(i, c, values[i]); err != nil {
				return err
			}
		}
	}
	t.out++
	return t.sw.SetRow("A"+strconv.Itoa(t.row), t.cells)
}

func (t *tableWriter) cell(i int, c column, value any) error {
	s := t.book.styles
	style := s.text
	if c.Kind == wrapColumn {
		style = s.wrap
	}
	switch v := value.(type) {
	case string:
		if v == "" {
			return nil
		}
		t.cells[i] = excelize.Cell{StyleID: style, Value: xlsxText(v)}
	case link:
		t.cells[i] = excelize.Cell{StyleID: style, Value: xlsxText(v.Text)}
		if v.Target == "" || t.links >= sheetLinks {
			return nil
		}
		t.links++
		t.cells[i] = excelize.Cell{StyleID: s.link, Value: xlsxText(v.Text)}
		return t.book.file.SetCellHyperLink(t.sheet, cellName(i+1, t.row), v.Target, "Location")
	case Time:
		if n := excelSerial(v); n != nil {
			t.cells[i] = excelize.Cell{StyleID: s.date, Value: n}
		}
	case int, int64, uint64:
		t.cells[i] = excelize.Cell{StyleID: s.number, Value: v}
	default:
		return fmt.Errorf("sheet %s: no cell for a %T", t.sheet, value)
	}
	return nil
}

func cellName(col, row int) string {
	name, err := excelize.CoordinatesToCellName(col, row)
	if err != nil { // only for coordinates outside of a sheet, which the limits exclude
		panic(err)
	}
	return name
}

// end finishes the current sheet: table, colours, bars, print set-up.
func (t *tableWriter) end() error {
	if t.row == 1 { // an empty table says so; it never looks as if it had been forgotten
		t.row++
		note := excelize.Cell{StyleID: t.book.styles.text, Value: "none found in the logs examined"}
		if err := t.sw.SetRow("A2", []any{note}); err != nil {
			return err
		}
	}
	table := t.table
	if t.part > 1 {
		table += "_" + strconv.Itoa(t.part)
	}
	stripes := true
	if err := t.sw.AddTable(&excelize.Table{
		Range: "A1:" + cellName(len(t.cols), t.row), Name: table,
		StyleName: "TableStyleLight1", ShowRowStripes: &stripes,
	}); err != nil {
		return err
	}
	for i, c := range t.cols {
		area := cellName(i+1, 2) + ":" + cellName(i+1, t.row)
		var formats []excelize.ConditionalFormatOptions
		switch c.Kind {
		case sevColumn:
			formats = t.book.severityFormats
		case barColumn:
			formats = []excelize.ConditionalFormatOptions{{
				Type: "data_bar", Criteria: "=", MinType: "num", MinValue: "0", MaxType: "max", BarColor: "#8FAADC",
			}}
		default:
			continue
		}
		if err := t.book.file.SetConditionalFormat(t.sheet, area, formats); err != nil {
			return err
		}
	}
	if err := t.book.printSetup(t.sheet, true); err != nil {
		return err
	}
	return t.sw.Flush()
}

// close ends the table and checks that no row was lost on the way.
func (t *tableWriter) close() error {
	if err := t.end(); err != nil {
		return err
	}
	if t.out+t.dropped != t.in {
		return fmt.Errorf("sheet %s: %d rows in, %d out, %d cut", t.name, t.in, t.out, t.dropped)
	}
	if t.dropped > 0 {
		t.book.notices = append(t.book.notices, fmt.Sprintf("%s: %s of %s rows left out by the limit on rows; the JSON report has them all.",
			t.name, thousands(t.dropped), thousands(t.in)))
	}
	if t.part > 1 {
		t.book.notices = append(t.book.notices, fmt.Sprintf("%s: %s rows on %d sheets, as a sheet holds %s.",
			t.name, thousands(t.out), t.part, thousands(t.book.rows)))
	}
	return nil
}
