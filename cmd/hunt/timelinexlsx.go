package main

import (
	"context"
	"encoding/binary"

	"hunt/report/xlsx"
	"hunt/timeline"
	"hunt/timeline/evidence"
)

// xlsxWidths are the widths of the columns of a sheet, in characters.
var xlsxWidths = map[string]float64{"time": 29, "message": 50, "command_line": 50, "data": 50, "file": 40, "process": 40, "parent": 40, "target": 40,
	"channel": 30, "provider": 30, "host": 24, "computer": 24, "user": 24}

func xlsxColumns() []xlsx.SheetColumn {
	cols := make([]xlsx.SheetColumn, len(factColumns))
	for i, name := range factColumns {
		cols[i] = xlsx.SheetColumn{Title: name, Width: max(xlsxWidths[name], 12)}
	}
	return cols
}

// xlsxLine writes the cells of a row, each behind its length: lines wait in files until their turn comes.
type xlsxLine struct{ col *evidence.Collection }

func (l xlsxLine) append(dst []byte, e *timeline.Event) []byte {
	f := factsOf(l.col, e)
	for _, cell := range f.row() {
		dst = binary.AppendUvarint(dst, uint64(len(cell)))
		dst = append(dst, cell...)
	}
	return dst
}

// xlsxTake adds rows to a sheet.
func xlsxTake(ctx context.Context, sheet *xlsx.Sheet) func([]byte) error {
	row := make([]string, len(factColumns))
	return func(text []byte) error {
		for i := range row {
			n, head := binary.Uvarint(text)
			row[i] = string(text[head : head+int(n)])
			text = text[head+int(n):]
		}
		return sheet.Add(ctx, row)
	}
}
