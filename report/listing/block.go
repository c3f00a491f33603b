package listing

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"hunt/evtx"
	"hunt/mark"
	"hunt/report"
	"hunt/table"
	"hunt/timeline/export"
)

// Block holds rows of a listing that are rendered already. Several goroutines can fill blocks of their
// own while one adds them to the listing. A row is a cell for each column, in their order, of the type
// of its kind, and End.
type Block struct {
	*head
	rows   int
	at     int // column of the next cell
	placed int // cells of the row so far

	text  []byte     // CSV, JSON lines: whole rows
	cells table.Rows // of a table
	sheet [][]any    // of a workbook
	row   []any
	part  []byte // of a cell
}

// head is what all rows of a listing have in common.
type head struct {
	columns []Column
	format  Format
	zone    *time.Location
	keys    [][]byte // by column: the name of a JSON member, with its colon
	locals  [][]byte // the same of the time in the second zone
}

func newHead(columns []Column, o Options) *head {
	h := &head{columns: columns, format: o.Format, zone: o.Zone}
	for _, c := range columns {
		h.keys = append(h.keys, append(mark.AppendJSON(nil, c.Name), ':'))
		h.locals = append(h.locals, append(mark.AppendJSON(nil, c.Name+localSuffix), ':'))
	}
	return h
}

// Block returns an empty block for the rows of the listing.
func (l *Writer) Block() *Block {
	return &Block{head: l.head}
}

// Len returns the number of rows.
func (b *Block) Len() int { return b.rows }

// reset leaves no rows.
func (b *Block) reset() {
	b.text, b.sheet, b.rows = b.text[:0], b.sheet[:0], 0
	b.cells.Reset()
}

// Value adds a cell: of the type that its column's kind says, or nil for an empty one.
func (b *Block) Value(v any) {
	switch x := v.(type) {
	case nil:
		b.none()
	case string:
		b.Text(x)
	case []string:
		b.Texts(x)
	case int:
		b.Number(int64(x))
	case int64:
		b.Number(x)
	case uint64:
		b.Unsigned(x)
	case evtx.Filetime:
		b.Time(x)
	case bool:
		b.Flag(x)
	default:
		b.Text(fmt.Sprint(x))
	}
}

// Text adds a cell with text.
func (b *Block) Text(s string) { put(b, s) }

// Bytes adds a cell with text, which it copies.
func (b *Block) Bytes(s []byte) { put(b, s) }

func put[S string | []byte](b *Block, s S) {
	switch {
	case b.aside():
	case b.format == JSONLines:
		if len(s) > 0 {
			b.member(b.keys)
			b.text = mark.AppendJSON(b.text, s)
		}
	case b.format == XLSX:
		b.row = append(b.row, string(s))
	default:
		place(b, s)
	}
	b.pass(0)
}

// Cell is a text that many rows hold, as the listing has it.
type Cell struct {
	text  []byte
	ready []byte // of CSV and JSON lines
}

// Renew makes a cell that of a text, which it copies, unless it is already.
func Renew[S string | []byte](b *Block, c *Cell, text S) *Cell {
	if string(c.text) == string(text) {
		return c
	}
	c.text = append(c.text[:0], text...)
	switch b.format {
	case CSV:
		c.ready = export.AppendCell(c.ready[:0], c.text)
	case JSONLines:
		c.ready = mark.AppendJSON(c.ready[:0], c.text)
	}
	return c
}

// RenewPlain is Renew for words of ASCII letters, digits, dots and brackets with "; " between them.
func RenewPlain(b *Block, c *Cell, text []byte) *Cell {
	if string(c.text) == string(text) {
		return c
	}
	c.text, c.ready = append(c.text[:0], text...), c.ready[:0]
	quote := b.format == JSONLines || bytes.IndexByte(text, ';') >= 0
	if quote {
		c.ready = append(c.ready, '"')
	}
	if c.ready = append(c.ready, text...); quote {
		c.ready = append(c.ready, '"')
	}
	return c
}

// Again adds the cell of a text, as Text does.
func (b *Block) Again(c *Cell) {
	switch b.format {
	case CSV:
		if b.placed++; b.placed > 1 {
			b.text = append(b.text, ',')
		}
		b.text = append(b.text, c.ready...)
		b.pass(0)
	case JSONLines:
		if len(c.text) > 0 {
			b.member(b.keys)
			b.text = append(b.text, c.ready...)
		}
		b.pass(0)
	default:
		put(b, c.text)
	}
}

// place adds a cell of CSV or of a table.
func place[S string | []byte](b *Block, s S) {
	switch {
	case b.format == CSV:
		if b.placed++; b.placed > 1 {
			b.text = append(b.text, ',')
		}
		b.text = export.AppendCell(b.text, s)
	case mark.Plain(s, mark.OneLine):
		table.Cell(&b.cells, s)
	default:
		table.Cell(&b.cells, mark.Printable(string(s)))
	}
}

// Texts adds a cell with several texts, which JSON has as a list.
func (b *Block) Texts(list []string) {
	if b.format == JSONLines && len(list) > 0 {
		b.member(b.keys)
		b.text = append(b.text, '[')
		for i, s := range list {
			if i > 0 {
				b.text = append(b.text, ',')
			}
			b.text = mark.AppendJSON(b.text, s)
		}
		b.text = append(b.text, ']')
		b.pass(0)
		return
	}
	b.part = b.part[:0]
	for i, s := range list {
		if i > 0 {
			b.part = append(b.part, "; "...)
		}
		b.part = append(b.part, s...)
	}
	b.Bytes(b.part)
}

// Number adds a cell with a number.
func (b *Block) Number(n int64) {
	if b.format == XLSX {
		b.row = append(b.row, n)
		b.pass(0)
		return
	}
	b.digits(strconv.AppendInt(b.part[:0], n, 10))
}

// Unsigned adds a cell with a number.
func (b *Block) Unsigned(n uint64) {
	if b.format == XLSX {
		b.row = append(b.row, n)
		b.pass(0)
		return
	}
	b.digits(strconv.AppendUint(b.part[:0], n, 10))
}

// digits adds a cell with a number, which b.part holds.
func (b *Block) digits(n []byte) {
	b.part = n
	switch {
	case b.aside():
	case b.format == JSONLines:
		b.member(b.keys)
		b.text = append(b.text, n...)
	default:
		place(b, n)
	}
	b.pass(0)
}

// Time adds a cell with a time, an empty one for 0. Where a second zone is shown, a cell with the time in that
// zone follows.
func (b *Block) Time(t evtx.Filetime) {
	switch {
	case b.aside():
	case b.format == XLSX:
		b.row = append(b.row, report.TimeOf(t))
	case b.format == JSONLines && t != 0:
		b.member(b.keys)
		b.text = append(t.AppendText(append(b.text, '"')), '"')
	case b.format == JSONLines:
	case t == 0:
		place(b, "")
	default:
		b.part = t.AppendText(b.part[:0])
		if b.format == Table { // cut to the second; the other formats have it whole
			b.part = b.part[:len(time.DateTime)]
			b.part[len(time.DateOnly)] = ' '
		}
		place(b, b.part)
	}
	b.pass(t)
}

// local adds the time in the second zone.
func (b *Block) local(t evtx.Filetime) {
	b.part = b.part[:0]
	switch {
	case t == 0:
	case b.format == Table:
		b.part = t.Time().In(b.zone).AppendFormat(b.part, time.DateTime+" -0700")
	default:
		b.part = t.Time().In(b.zone).AppendFormat(b.part, localLayout)
	}
	switch {
	case b.format == XLSX:
		b.row = append(b.row, string(b.part))
	case b.format != JSONLines:
		place(b, b.part)
	case t != 0:
		b.member(b.locals)
		b.text = append(append(append(b.text, '"'), b.part...), '"')
	}
}

// Flag adds a cell that says yes or nothing.
func (b *Block) Flag(yes bool) {
	if b.format == JSONLines {
		b.member(b.keys)
		b.text = strconv.AppendBool(b.text, yes)
		b.pass(0)
		return
	}
	if yes {
		b.Text("yes")
	} else {
		b.Text("")
	}
}

// none adds a cell that holds nothing.
func (b *Block) none() {
	if b.format == XLSX {
		b.row = append(b.row, nil)
		b.pass(0)
		return
	}
	b.Text("")
}

// pass goes on to the next column, behind the time in the second zone where there is one.
func (b *Block) pass(t evtx.Filetime) {
	if b.zone != nil && b.columns[b.at].Kind == Time && !b.aside() {
		b.local(t)
	}
	b.at++
}

// aside reports whether the format leaves out the column.
func (b *Block) aside() bool { return b.columns[b.at].Aside && b.format == Table }

// member begins a member of a JSON object.
func (b *Block) member(keys [][]byte) {
	if b.placed++; b.placed == 1 {
		b.text = append(b.text, '{')
	} else {
		b.text = append(b.text, ',')
	}
	b.text = append(b.text, keys[b.at]...)
}

// End ends a row.
func (b *Block) End() error {
	if b.at != len(b.columns) {
		return fmt.Errorf("a row of %d values in a listing of %d columns", b.at, len(b.columns))
	}
	switch b.format {
	case CSV:
		b.text = append(b.text, "\r\n"...)
	case JSONLines:
		if b.placed == 0 {
			b.text = append(b.text, '{')
		}
		b.text = append(b.text, "}\n"...)
	case XLSX:
		b.sheet = append(b.sheet, b.row)
		b.row = make([]any, 0, len(b.row))
	default:
		b.cells.End()
	}
	b.rows++
	b.at, b.placed = 0, 0
	return nil
}

// Row adds a row: a value for each column, of the type of its kind, or nil for none.
func (b *Block) Row(values ...any) error {
	if len(values) != len(b.columns) {
		return fmt.Errorf("a row of %d values in a listing of %d columns", len(values), len(b.columns))
	}
	for _, v := range values {
		b.Value(v)
	}
	return b.End()
}
