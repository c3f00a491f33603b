// Package table lays out rows of text for people who read them on a terminal.
package table

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Table is a list of rows. It is laid out for the width of the terminal: in columns; where they do not
// fit, with the last column wrapped; where that leaves too little to be read, a block of lines for each
// row. Columns are as wide as their characters are many.
type Table struct {
	head []string
	rows [][]string
}

// New returns a table with a line of headings.
func New(head ...string) *Table { return &Table{head: head} }

// Add appends a row; its cells must be printable already.
func (t *Table) Add(cells ...string) { t.rows = append(t.rows, cells) }

// Len returns the number of rows.
func (t *Table) Len() int { return len(t.rows) }

const (
	columnGap = 2
	// Narrowest is the least width in which sentences are wrapped: below it a word a line is what remains.
	Narrowest = 36
)

// Write writes the table for a terminal of that width; 0 means that nothing is wrapped.
func (t *Table) Write(w io.Writer, width int) error {
	out := bufio.NewWriter(w)
	widths := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	last := len(widths) - 1
	before := last * columnGap
	for _, n := range widths[:last] {
		before += n
	}
	switch {
	case width == 0 || before+widths[last] <= width:
		t.columns(out, widths)
	case width-before >= Narrowest:
		widths[last] = width - before
		t.columns(out, widths)
	default:
		t.blocks(out, width)
	}
	return out.Flush()
}

// columns writes a line of headings, a rule and the rows. Only the last column is wrapped.
func (t *Table) columns(out *bufio.Writer, widths []int) {
	last, total := len(widths)-1, (len(widths)-1)*columnGap
	for _, n := range widths {
		total += n
	}
	t.row(out, widths, t.head, t.head[last])
	fmt.Fprintln(out, strings.Repeat("─", total))
	for _, row := range t.rows {
		for i, text := range Wrap(row[last], widths[last]) {
			if i == 1 {
				row = make([]string, len(row))
			}
			t.row(out, widths, row, text)
		}
	}
}

func (t *Table) row(out *bufio.Writer, widths []int, cells []string, end string) {
	var line strings.Builder
	for i, cell := range cells[:len(cells)-1] {
		line.WriteString(cell)
		line.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+columnGap))
	}
	line.WriteString(end)
	fmt.Fprintln(out, strings.TrimRight(line.String(), " "))
}

// blocks writes a line for each cell that holds something, with its heading, and an empty line after each row.
func (t *Table) blocks(out *bufio.Writer, width int) {
	name := 0
	for _, h := range t.head {
		name = max(name, utf8.RuneCountInString(h))
	}
	for _, row := range t.rows {
		for i, cell := range row {
			if cell == "" {
				continue
			}
			head := t.head[i]
			for _, text := range Wrap(cell, max(width-name-columnGap, Narrowest)) {
				fmt.Fprintf(out, "%s%s%s\n", head,
					strings.Repeat(" ", name-utf8.RuneCountInString(head)+columnGap), text)
				head = ""
			}
		}
		fmt.Fprintln(out)
	}
}

// Wrap breaks s at blanks into lines of at most width characters; a longer word stays whole, so that a path can be
// copied.
func Wrap(s string, width int) []string {
	var lines []string
	line, n := "", 0
	for i, word := range strings.Split(s, " ") {
		size := utf8.RuneCountInString(word)
		switch {
		case i == 0:
			line, n = word, size
		case n+1+size > width:
			lines = append(lines, line)
			line, n = word, size
		default:
			line, n = line+" "+word, n+1+size
		}
	}
	return append(lines, line)
}
