package export

import (
	"context"
	"encoding/binary"
	"io"
)

// Sheet receives the rows of a workbook; hunt/report/xlsx implements it.
type Sheet interface {
	Add(ctx context.Context, row []string) error // a text for each column
	Finish() error
	Close() error // frees what the sheet holds
}

// SheetColumn is a column of a Sheet.
type SheetColumn struct {
	Title string
	Width float64 // in characters
}

// NewSheet begins a workbook on w.
type NewSheet func(w io.Writer, columns []SheetColumn) (Sheet, error)

// narrow is the width of a column that states none.
const narrow = 12

func (v *view) sheetColumns() []SheetColumn {
	out := make([]SheetColumn, len(v.columns))
	for i := range v.columns {
		out[i] = SheetColumn{Title: v.columns[i].name, Width: max(v.columns[i].width, narrow)}
	}
	return out
}

// sheetLine writes the cells of a row, each preceded by its length: lines wait in files for their
// turn.
type sheetLine struct{ view }

func (l sheetLine) append(dst []byte, f *facts) []byte {
	for i := range l.columns {
		cell := f.read(&l.columns[i])
		dst = binary.AppendUvarint(dst, uint64(len(cell)))
		dst = append(dst, cell...)
	}
	return dst
}

// rowsInto returns a function that adds such rows to a sheet.
func rowsInto(ctx context.Context, sheet Sheet, n int) func([]byte) error {
	cells := make([]string, n)
	return func(text []byte) error {
		for i := range cells {
			n, head := binary.Uvarint(text)
			cells[i] = string(text[head : head+int(n)])
			text = text[head+int(n):]
		}
		return sheet.Add(ctx, cells)
	}
}
