package xlsx

import (
	"context"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"hunt/report"
	"hunt/report/outline"
)

// sheetRows is Excel's limit, header included.
const sheetRows = 1_048_576

// column is a column of a table.
type column struct {
	Title string
	Width float64 // in characters, at most 50
	Kind  columnKind
}

type columnKind int

const (
	textColumn  columnKind = iota // ids, hashes, names: always text
	wrapColumn                    // long text
	dateColumn                    // a date serial, to the millisecond
	localColumn                   // the date before it, in the time zone of the case
	intColumn                     // a number
	barColumn                     // a count, with a data bar
	sevColumn                     // a severity, coloured
	linkColumn                    // text that may carry an internal link
)

// link is text with an internal target such as 'Timeline'!A17.
type link struct{ Text, Target string }

// tableWriter streams one table into a sheet, and into further sheets once that is full.
// Rows out equal rows in, or close fails.
type tableWriter struct {
	book    *workbook
	name    string // of the first sheet, and of its Excel table
	cols    []column
	row     []any // values of a row, with those in the other time zone
	sheet   *sheetWriter
	part    int // 1, 2 … sheets begun
	in, out int
	dropped int // rows over MaxRows
}

// table begins the sheet name with its header.
func (b *workbook) table(id outline.SheetID, cols []column) (*tableWriter, error) {
	t := &tableWriter{book: b, name: string(id)}
	for _, c := range cols {
		t.cols = append(t.cols, c)
		if c.Kind == dateColumn && b.zone != nil {
			t.cols = append(t.cols, column{c.Title + " (" + b.zone.String() + ")", 31, localColumn})
		}
	}
	return t, t.begin()
}

// zoned returns the values of a row with each time in the other time zone behind it, if there is one.
func (t *tableWriter) zoned(values []any) []any {
	zone := t.book.zone
	if zone == nil {
		return values
	}
	t.row = t.row[:0]
	for _, v := range values {
		t.row = append(t.row, v)
		if len(t.row) < len(t.cols) && t.cols[len(t.row)].Kind == localColumn {
			local := ""
			if at, ok := v.(report.Time); ok && at != nil {
				local = at.Time().In(zone).Round(time.Millisecond).Format("2006-01-02 15:04:05.000 -07:00")
			}
			t.row = append(t.row, local)
		}
	}
	return t.row
}

func (t *tableWriter) begin() error {
	t.part++
	name := partName(t.name, t.part)
	if err := t.book.newSheet(name); err != nil {
		return err
	}
	widths, titles := make([]float64, len(t.cols)), make([]string, len(t.cols))
	for i, c := range t.cols {
		widths[i], titles[i] = min(c.Width, 50), c.Title
	}
	var err error
	if t.sheet, err = t.book.sheet(name, widths...); err != nil {
		return err
	}
	t.sheet.begin(0)
	for i, title := range titles {
		t.sheet.text(i, t.book.styles.header, title)
	}
	if err := t.sheet.end(); err != nil {
		return err
	}
	return t.book.file.SetSheetRow(name, "A1", &titles) // for the names of the table's columns
}

// partName is the name of the nth sheet of a table.
func partName(name string, n int) string {
	if n == 1 {
		return name
	}
	return fmt.Sprintf("%s (%d)", name, n)
}

// add writes a row. A value is a string or a state of the model, an int, an int64, a uint64, a Time or a link;
// nil leaves the cell empty.
func (t *tableWriter) add(ctx context.Context, values ...any) error {
	t.in++
	if limit := t.book.options.MaxRows; limit > 0 && t.in > limit {
		t.dropped++
		return nil
	}
	if t.in%1024 == 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if t.sheet.row >= t.book.rows {
		if err := t.end(); err != nil {
			return err
		}
		if err := t.begin(); err != nil {
			return err
		}
	}
	values = t.zoned(values)
	t.sheet.begin(t.height(values))
	for i, c := range t.cols {
		if i < len(values) && values[i] != nil {
			if err := t.cell(i, c, values[i]); err != nil {
				return err
			}
		}
	}
	t.out++
	return t.sheet.end()
}

// Heights of rows, in points.
const (
	lineHeight = 15
	maxHeight  = 20 * lineHeight // longer texts are read in the cell's own editor
)

// height is what the wrapped texts of a row need, 0 for one line: not every program finds it by itself.
func (t *tableWriter) height(values []any) float64 {
	lines := 1
	for i, c := range t.cols {
		if i >= len(values) || values[i] == nil {
			continue
		}
		if l, ok := values[i].(link); ok {
			lines = max(lines, linesOf(l.Text, int(min(c.Width, 50))))
		}
		if c.Kind != wrapColumn {
			continue
		}
		if v := reflect.ValueOf(values[i]); v.Kind() == reflect.String {
			lines = max(lines, linesOf(v.String(), int(min(c.Width, 50))))
		}
	}
	if lines == 1 {
		return 0
	}
	return min(float64(lines)*lineHeight, maxHeight)
}

func (t *tableWriter) cell(i int, c column, value any) error {
	styles := &t.book.styles
	style := styles.text
	if c.Kind == wrapColumn {
		style = styles.wrap
	}
	if v := reflect.ValueOf(value); v.Kind() == reflect.String { // a text, or the word of a state
		if v.Len() > 0 {
			t.sheet.text(i, style, v.String())
		}
		return nil
	}
	switch v := value.(type) {
	case link:
		if v.Target == "" || len(t.sheet.links) >= sheetLinks {
			t.sheet.text(i, styles.wrap, v.Text)
		} else {
			t.sheet.link(i, styles.link, v.Text, v.Target)
		}
	case report.Time:
		if n, ok := excelSerial(v); ok {
			t.sheet.float(i, styles.date, n)
		}
	case int:
		t.sheet.int(i, styles.number, int64(v))
	case int64:
		t.sheet.int(i, styles.number, v)
	case uint64:
		t.sheet.float(i, styles.number, float64(v)) // which is what Excel makes of any number
	default:
		return fmt.Errorf("sheet %s: no cell for a %T", t.sheet.name, value)
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

// tableName is the name of a sheet as one of a table, which has letters, digits and underscores alone.
func tableName(sheet string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return '_'
	}, sheet)
}

// end finishes the current sheet: table, colours, bars, print set-up.
func (t *tableWriter) end() error {
	if t.sheet.row == 1 { // an empty table says so; it never looks as if it had been forgotten
		t.sheet.begin(0)
		t.sheet.text(0, t.book.styles.text, "none found in the logs examined")
		if err := t.sheet.end(); err != nil {
			return err
		}
	}
	table := tableName(t.name)
	if t.part > 1 {
		table += "_" + strconv.Itoa(t.part)
	}
	f, name, last := t.book.file, t.sheet.name, t.sheet.row
	stripes := true
	if err := f.AddTable(name, &excelize.Table{
		Range: "A1:" + cellName(len(t.cols), last), Name: table,
		StyleName: "TableStyleLight1", ShowRowStripes: &stripes,
	}); err != nil {
		return err
	}
	for i, c := range t.cols {
		area := cellName(i+1, 2) + ":" + cellName(i+1, last)
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
		if err := f.SetConditionalFormat(name, area, formats); err != nil {
			return err
		}
	}
	width := 0.0
	for _, c := range t.cols {
		width += min(c.Width, 50)
	}
	if err := t.book.printSetup(name, true, width); err != nil {
		return err
	}
	return t.sheet.close()
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
		t.book.notices = append(t.book.notices,
			fmt.Sprintf("%s: %s of %s rows left out by the limit on rows; the JSON report has them all.",
				t.name, report.Thousands(t.dropped), report.Thousands(t.in)))
	}
	if t.part > 1 {
		t.book.notices = append(t.book.notices, fmt.Sprintf("%s: %s rows on %d sheets, as a sheet holds %s.",
			t.name, report.Thousands(t.out), t.part, report.Thousands(t.book.rows)))
	}
	return nil
}
