package table

import (
	"bufio"
)

// narrow is a table too wide for its terminal. The columns from first to end stay beside each other; those before
// are headings above the rows that share them, and those behind are below each row.
type narrow struct {
	*Table
	first, end int
	width      int
}

// narrow chooses the columns. One makes a heading only where rows that follow each other share it.
func (t *Table) narrow(widths []int, width int) *narrow {
	n := &narrow{Table: t, end: len(widths), width: width}
	for n.end-n.first > 2 && t.runs(n.first)*2 <= t.Len() {
		n.first++
		if t.fits(widths[n.first:], width) {
			return n
		}
	}
	total := -columnGap
	for n.end = n.first; n.end < len(widths)-1; n.end++ {
		if total += widths[n.end] + columnGap; total > width {
			break
		}
	}
	return n
}

// beside reports whether enough columns stay beside each other to make a table.
func (n *narrow) beside() bool { return n.end-n.first >= 2 }

// runs returns how many runs of rows there are that share the columns up to one.
func (t *Table) runs(column int) (runs int) {
	for i := range t.Len() {
		if i == 0 || !t.shares(i, column) {
			runs++
		}
	}
	return runs
}

// shares reports whether a row shares the columns up to one with the row before.
func (t *Table) shares(row, column int) bool {
	before, _ := t.rows.row(row - 1)
	from, _ := t.rows.row(row)
	for k := range column + 1 {
		a, _ := t.rows.cell(before + k)
		b, _ := t.rows.cell(from + k)
		if string(a) != string(b) {
			return false
		}
	}
	return true
}

// write writes the table.
func (n *narrow) write(out *bufio.Writer, widths []int) {
	beside := widths[n.first:n.end]
	n.titles(out, n.head[n.first:n.end], beside)
	for i := range n.Len() {
		from, to := n.rows.row(i)
		if n.first > 0 && (i == 0 || !n.shares(i, n.first-1)) {
			if i > 0 {
				_ = out.WriteByte('\n')
			}
			n.named(out, 0, n.head[:n.first], from)
		}
		n.row(out, from+n.first, from+n.end, beside)
		if to > from+n.end {
			n.named(out, 4, n.head[n.end:], from+n.end)
		}
	}
}

// named writes cells that hold something with their titles, as many on a line as fit.
func (n *narrow) named(out *bufio.Writer, indent int, titles []string, from int) {
	const gap = 3
	used := 0
	for k, title := range titles {
		cell, size := n.rows.cell(from + k)
		if len(cell) == 0 {
			continue
		}
		head := title + ": "
		if size += Width(head); used > 0 && used+gap+size <= n.width {
			n.blank(gap)
			n.line = append(append(n.line, head...), cell...)
			used += gap + size
			continue
		}
		if used > 0 {
			n.Table.end(out)
		}
		lines := Fold(head+string(cell), max(n.width-indent-2, Narrowest-belowRow))
		for i, text := range lines {
			if i > 0 {
				n.Table.end(out)
			}
			n.blank(indent + 2*min(i, 1))
			n.line = append(n.line, text...)
			used = indent + 2*min(i, 1) + Width(text)
		}
	}
	if used > 0 {
		n.Table.end(out)
	}
}
