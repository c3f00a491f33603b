package table

// Rows are rows of printable cells, packed. The zero value has none; it belongs to one goroutine.
type Rows struct {
	text  []byte
	cells []cell
	ends  []int // of each row, in cells
}

// cell is the end of a cell in the text, and its width.
type cell struct{ end, width int }

// Cell appends a cell to the row that End ends. It must be printable already.
func Cell[S string | []byte](r *Rows, text S) {
	r.text = append(r.text, text...)
	r.cells = append(r.cells, cell{len(r.text), Width(text)})
}

// End ends a row.
func (r *Rows) End() { r.ends = append(r.ends, len(r.cells)) }

// Len returns the number of rows.
func (r *Rows) Len() int { return len(r.ends) }

// Reset leaves no rows, and keeps their memory for others.
func (r *Rows) Reset() { r.text, r.cells, r.ends = r.text[:0], r.cells[:0], r.ends[:0] }

// append appends n rows of another, from one on.
func (r *Rows) append(o *Rows, first, n int) {
	if n == 0 {
		return
	}
	from, _ := o.row(first)
	_, to := o.row(first + n - 1)
	start := 0 // of the text
	if from > 0 {
		start = o.cells[from-1].end
	}
	text, cells := len(r.text)-start, len(r.cells)-from
	r.text = append(r.text, o.text[start:o.cells[to-1].end]...)
	for _, c := range o.cells[from:to] {
		r.cells = append(r.cells, cell{text + c.end, c.width})
	}
	for _, end := range o.ends[first : first+n] {
		r.ends = append(r.ends, cells+end)
	}
}

// row returns where the cells of a row are.
func (r *Rows) row(i int) (from, to int) {
	if i > 0 {
		from = r.ends[i-1]
	}
	return from, r.ends[i]
}

// cell returns a cell and its width.
func (r *Rows) cell(i int) (text []byte, width int) {
	from := 0
	if i > 0 {
		from = r.cells[i-1].end
	}
	return r.text[from:r.cells[i].end], r.cells[i].width
}

// Row returns the cells of a row. They are valid until the next change.
func (r *Rows) Row(i int) [][]byte {
	from, to := r.row(i)
	out := make([][]byte, 0, to-from)
	for k := from; k < to; k++ {
		text, _ := r.cell(k)
		out = append(out, text)
	}
	return out
}
