package export

import (
	"strings"
	"unicode"

	"hunt/mark"
	"hunt/timeline"
)

// csvLine writes the columns as a table.
type csvLine struct{ view }

func (l csvLine) append(dst []byte, e *timeline.Event) []byte {
	var cells [32]string
	return AppendCSV(dst, l.row(cells[:0], l.facts(e)))
}

// BOM is how UTF-8 begins for Excel, which takes other text for the code page of the system.
const BOM = "\ufeff"

// signs begin a formula: in full width and in small form, too, which spreadsheets take for the
// same.
const signs = "=+-@＝＋－＠﹦﹢﹣﹫−"

// risky reports whether a spreadsheet may take a cell, or what is behind a separator in it, for a
// formula.
func risky(cell string) bool {
	if cell != "" && strings.ContainsRune("\t\r\n", rune(cell[0])) || beginsFormula(cell, "") {
		return true
	}
	for rest := cell; ; { // a program that separates at semicolons sees other cells
		i := strings.IndexAny(rest, ";,")
		if i < 0 {
			return false
		}
		rest = rest[i+1:]
		if beginsFormula(rest, `"'`) {
			return true
		}
	}
}

// beginsFormula reports whether text begins with a sign, after blanks of any kind and what else is
// skipped.
func beginsFormula(text, skipped string) bool {
	for _, r := range text {
		if !strings.ContainsRune(skipped, r) && !unicode.IsSpace(r) && mark.Visible(r) {
			return strings.ContainsRune(signs, r)
		}
	}
	return false
}

// AppendCSV appends a row to dst as RFC 4180 has it, with its line end. No cell is a formula: where one could be taken for it a
// single quote stands before it. Characters that are not visible are shown as marks, as in every
// view, so that each row is one line.
func AppendCSV(dst []byte, row []string) []byte {
	for i, cell := range row {
		if i > 0 {
			dst = append(dst, ',')
		}
		formula := risky(cell)
		if cell = mark.Printable(cell); formula {
			cell = "'" + cell
		}
		if !formula && !strings.ContainsAny(cell, ",;\"") && cell == strings.TrimSpace(cell) {
			dst = append(dst, cell...)
			continue
		}
		dst = append(dst, '"')
		for {
			head, tail, found := strings.Cut(cell, `"`)
			dst = append(dst, head...)
			if !found {
				break
			}
			dst, cell = append(dst, `""`...), tail
		}
		dst = append(dst, '"')
	}
	return append(dst, "\r\n"...)
}
