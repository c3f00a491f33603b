package main

import (
	"strings"
	"unicode/utf8"

	"hunt/timeline"
)

// csvLine writes the main facts as a table.
type csvLine struct{ col *timeline.Collection }

func (l csvLine) append(dst []byte, e *timeline.Event) []byte {
	f := factsOf(l.col, e)
	return csvRow(dst, f.row())
}

// formulaSafe keeps a spreadsheet from taking log text for a formula.
func formulaSafe(s string) string {
	if r, _ := utf8.DecodeRuneInString(s); strings.ContainsRune("=+-@\t\r\n＝＋－＠", r) && s != "" {
		return "'" + s
	}
	return s
}

// csvRow appends a row as RFC 4180 has it, no cell a formula. Invalid UTF-8 and NUL bytes become U+FFFD, because readers stop at them.
func csvRow(dst []byte, row []string) []byte {
	for i, cell := range row {
		if i > 0 {
			dst = append(dst, ',')
		}
		cell = strings.ReplaceAll(strings.ToValidUTF8(formulaSafe(cell), "\uFFFD"), "\x00", "\uFFFD")
		if !strings.ContainsAny(cell, ",\"\r\n") && cell == strings.TrimSpace(cell) {
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
