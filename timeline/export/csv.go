package export

import (
	"strings"
	"unicode"

	"hunt/mark"
)

// csvLine writes the columns as a table.
type csvLine struct{ view }

func (l csvLine) append(dst []byte, f *facts) []byte {
	for i := range l.columns {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendCell(dst, f.read(&l.columns[i]))
	}
	return append(dst, "\r\n"...)
}

// BOM marks text as UTF-8 for Excel, which otherwise takes it for the code page of the system.
const BOM = "\ufeff"

// signs begin a formula, including their full-width and small forms, which spreadsheets treat alike.
const signs = "=+-@＝＋－＠﹦﹢﹣﹫−"

// risky reports whether a spreadsheet may take a cell, or what follows a separator in it, for a formula.
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

// beginsFormula reports whether text begins with a sign, after blanks of any kind and any characters in skipped.
func beginsFormula(text, skipped string) bool {
	for _, r := range text {
		if !strings.ContainsRune(skipped, r) && !unicode.IsSpace(r) && mark.Visible(r) {
			return strings.ContainsRune(signs, r)
		}
	}
	return false
}

// AppendCSV appends a row to dst in the format of RFC 4180, with its line end. Cells are written as by AppendCell.
func AppendCSV(dst []byte, row []string) []byte {
	for i, cell := range row {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendCell(dst, cell)
	}
	return append(dst, "\r\n"...)
}

// What a byte means in a cell.
const (
	ordinary  byte = iota
	blank          // means nothing for what follows
	starts         // begins a formula
	separates      // another program may see a cell after it
	quotes         // must be doubled
	apostrophe
	strange // not printable ASCII
)

var csvClass = func() (class [256]byte) {
	for c := range class {
		if c < ' ' || c >= 0x7f {
			class[c] = strange
		}
	}
	for _, c := range signs {
		if c < 0x7f {
			class[c] = starts
		}
	}
	class[' '], class['"'], class['\''], class[','], class[';'] = blank, quotes, apostrophe, separates, separates
	return class
}()

// AppendCell appends a cell to a row in the format of RFC 4180. No cell is a formula: one that could be taken for a
// formula gets a single quote in front. Characters that are not visible are shown as marks, as in every view, so
// that each row is one line. Nearly all cells are printable ASCII, for which one pass is enough.
func AppendCell[S string | []byte](dst []byte, cell S) []byte {
	if len(cell) == 0 {
		return dst
	}
	begins, inner := true, false // only blanks so far in what a program may take for a cell; it is not the first
	formula, doubled := false, false
	for i := 0; i < len(cell); i++ {
		if csvClass[cell[i]] == ordinary { // nearly all are
			begins = false
			for i++; i < len(cell) && csvClass[cell[i]] == ordinary; {
				i++
			}
			if i == len(cell) {
				break
			}
		}
		switch csvClass[cell[i]] {
		case blank:
		case starts:
			formula = formula || begins
			begins = false
		case separates:
			begins, inner = true, true
		case quotes:
			begins, doubled = begins && inner, true
		case apostrophe:
			begins = begins && inner
		default:
			return appendStrange(dst, string(cell))
		}
	}
	if !formula && !inner && !doubled && cell[0] != ' ' && cell[len(cell)-1] != ' ' {
		return append(dst, cell...)
	}
	dst = append(dst, '"')
	if formula {
		dst = append(dst, '\'')
	}
	if doubled {
		dst = appendDoubled(dst, cell)
	} else {
		dst = append(dst, cell...)
	}
	return append(dst, '"')
}

// appendStrange is AppendCell for text that is not printable ASCII.
func appendStrange(dst []byte, cell string) []byte {
	formula := risky(cell)
	if cell = mark.Printable(cell); formula {
		cell = "'" + cell
	}
	if !formula && !strings.ContainsAny(cell, ",;\"") && cell == strings.TrimSpace(cell) {
		return append(dst, cell...)
	}
	return append(appendDoubled(append(dst, '"'), cell), '"')
}

// appendDoubled appends text with its quotes doubled.
func appendDoubled[S string | []byte](dst []byte, text S) []byte {
	start := 0
	for i := range len(text) {
		if text[i] == '"' {
			dst = append(append(dst, text[start:i+1]...), '"')
			start = i + 1
		}
	}
	return append(dst, text[start:]...)
}
