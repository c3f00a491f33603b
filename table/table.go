// Package table lays out rows of text for people who read them on a terminal.
package table

import (
	"bufio"
	"bytes"
	"io"
	"strings"
)

// Table is a list of rows. It is laid out for the width of the terminal: in columns; where they do not
// fit, with the last column wrapped; where that leaves too little to be read, with the first columns as headings above
// rows that share them, and with the last ones below each row. Where not even two columns fit, each row is a block of
// lines. No line is wider than a terminal of 40 columns or more: a word that is longer than its place is broken.
type Table struct {
	head []string
	rows Rows
	line []byte
}

// New returns a table with a line of headings.
func New(head ...string) *Table { return &Table{head: head} }

// Add appends a row; its cells must be printable already.
func (t *Table) Add(cells ...string) {
	for _, c := range cells {
		Cell(&t.rows, c)
	}
	t.rows.End()
}

// Append appends n rows, from one on, each with a cell for each heading.
func (t *Table) Append(rows *Rows, first, n int) { t.rows.append(rows, first, n) }

// Len returns the number of rows.
func (t *Table) Len() int { return t.rows.Len() }

// Reset leaves the headings alone, and keeps the memory of the rows for others.
func (t *Table) Reset() { t.rows.Reset() }

const (
	columnGap = 2
	// Narrowest is the least width in which sentences are wrapped: below it a word a line is what remains.
	Narrowest = 36
	// belowRow is how far what stands below a row is indented.
	belowRow = 6
)

// Write writes the table for a terminal of that width; 0 means that nothing is wrapped.
func (t *Table) Write(w io.Writer, width int) error {
	out := bufio.NewWriterSize(w, 64<<10)
	widths := make([]int, len(t.head))
	for i, head := range t.head {
		widths[i] = Width(head)
	}
	for i := range t.Len() {
		from, to := t.rows.row(i)
		for k, c := range t.rows.cells[from:to] {
			widths[k] = max(widths[k], c.width)
		}
	}
	if t.fits(widths, width) {
		t.columns(out, widths)
	} else if n := t.narrow(widths, width); n.beside() {
		n.write(out, widths)
	} else {
		t.blocks(out, width)
	}
	return out.Flush()
}

// fits reports whether the last columns fit on a line of that width, 0 for any. The last one may be wrapped; it gets
// what the others leave, unless a word of it, such as a path, needs more and would have it on a line of its own.
func (t *Table) fits(widths []int, width int) bool {
	last := len(widths) - 1
	before := across(widths) - widths[last]
	if width == 0 || before+widths[last] <= width {
		return true
	}
	left := width - before
	if left < Narrowest || left < Width(t.head[len(t.head)-1]) {
		return false
	}
	if t.hasWord(len(t.head)-1, left, width-belowRow) {
		return false
	}
	widths[last] = left
	return true
}

// hasWord reports whether a cell of a column has a word that is wider than one width and not wider than another.
func (t *Table) hasWord(column, over, upTo int) bool {
	for i := range t.Len() {
		from, to := t.rows.row(i)
		if k := from + column; k < to && t.rows.cells[k].width > over {
			text, _ := t.rows.cell(k)
			for word := range bytes.FieldsSeq(text) {
				if n := Width(word); n > over && n <= upTo {
					return true
				}
			}
		}
	}
	return false
}

// columns writes a line of headings, a rule and the rows. Only the last column is wrapped.
func (t *Table) columns(out *bufio.Writer, widths []int) {
	t.titles(out, t.head, widths)
	for i := range t.Len() {
		from, to := t.rows.row(i)
		t.row(out, from, to, widths)
	}
}

// titles writes a line of headings and a rule.
func (t *Table) titles(out *bufio.Writer, head []string, widths []int) {
	for i, n := range widths {
		t.pad(head[i], Width(head[i]), n)
	}
	t.end(out)
	_, _ = out.WriteString(strings.Repeat("─", across(widths)) + "\n") // an error is Flush's
}

// across is the width of columns with the gaps between them.
func across(widths []int) int {
	total := (len(widths) - 1) * columnGap
	for _, n := range widths {
		total += n
	}
	return total
}

// row writes cells side by side, and wraps the last one.
func (t *Table) row(out *bufio.Writer, from, to int, widths []int) {
	last := len(widths) - 1
	for k := from; k < to-1; k++ {
		text, n := t.rows.cell(k)
		t.line = append(t.line, text...)
		t.blank(widths[k-from] - n + columnGap)
	}
	text, n := t.rows.cell(to - 1)
	if n <= widths[last] {
		t.line = append(t.line, text...)
		t.end(out)
		return
	}
	for k, text := range Fold(string(text), widths[last]) {
		if k > 0 {
			t.blank(across(widths) - widths[last])
		}
		t.line = append(t.line, text...)
		t.end(out)
	}
}

// pad appends a cell to the line, and the gap behind it.
func (t *Table) pad(text string, width, column int) {
	t.line = append(t.line, text...)
	t.blank(column - width + columnGap)
}

// blank appends blanks to the line.
func (t *Table) blank(n int) {
	const blanks = "                                                                "
	for ; n > len(blanks); n -= len(blanks) {
		t.line = append(t.line, blanks...)
	}
	t.line = append(t.line, blanks[:n]...)
}

// end writes the line, without the blanks at its end.
func (t *Table) end(out *bufio.Writer) {
	_, _ = out.Write(append(bytes.TrimRight(t.line, " "), '\n')) // an error is Flush's
	t.line = t.line[:0]
}

// blocks writes a line for each cell that holds something, with its heading, and an empty line after each row. A cell
// stands below its heading where it has too little room beside it, or where that breaks a word and saves no line.
func (t *Table) blocks(out *bufio.Writer, width int) {
	name := 0
	for _, h := range t.head {
		name = max(name, Width(h))
	}
	beside, below := width-name-columnGap, width-columnGap
	for i := range t.Len() {
		from, to := t.rows.row(i)
		for k := from; k < to; k++ {
			cell, _ := t.rows.cell(k)
			if len(cell) == 0 {
				continue
			}
			head := t.head[k-from]
			if below < Narrowest || beside >= Narrowest && !betterBelow(string(cell), beside, below) {
				t.folded(out, head, name, cell, beside)
				continue
			}
			for _, text := range Fold(head, width) {
				_, _ = out.WriteString(text + "\n") // an error is Flush's
			}
			t.folded(out, "", 0, cell, below)
		}
		_ = out.WriteByte('\n')
	}
}

// betterBelow reports whether a cell with a word that is wider than the room beside its heading takes as few lines
// below it.
func betterBelow(cell string, beside, below int) bool {
	lines := Fold(cell, beside)
	return len(lines) > len(Wrap(cell, beside)) && len(lines) > len(Fold(cell, below))
}

// folded writes a cell behind its heading, in lines of that width.
func (t *Table) folded(out *bufio.Writer, head string, name int, cell []byte, width int) {
	for _, text := range Fold(string(cell), max(width, Narrowest)) {
		t.pad(head, Width(head), name)
		t.line = append(t.line, text...)
		t.end(out)
		head = ""
	}
}
