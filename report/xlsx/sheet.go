package xlsx

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// sheetWriter writes the rows and the internal links of one sheet as they come, straight
// into the workbook's zip. Everything else of the sheet is excelize's: styles, colours,
// tables, charts, print set-up. Rows are what a workbook of a million of them consists
// of; written here, one costs a fifth of what excelize's StreamWriter takes for it, and
// none is held in memory. Layout: ECMA-376 part 1, section 18.3.1.
type sheetWriter struct {
	name  string
	part  *zipPart
	row   int // last row written
	cols  []string
	buf   []byte
	links []cellLink
}

// cellLink is a cell that leads to another of the workbook.
type cellLink struct {
	col, row int
	target   string // such as 'Timeline'!A17
}

// sheetLinks is the most hyperlinks that Excel takes on a sheet.
const sheetLinks = 65_530

// flushAt is how much XML is gathered before it is deflated.
const flushAt = 1 << 16

// sheet begins the rows of the next sheet, which excelize knows by name; widths are those
// of the columns in characters. The first row stays in view.
func (b *workbook) sheet(name string, widths ...float64) (*sheetWriter, error) {
	index, err := b.file.GetSheetIndex(name)
	if err != nil {
		return nil, err
	}
	s := &sheetWriter{name: name}
	// excelize numbers the parts in the order of the sheets, as none is ever deleted.
	s.part = b.zip.begin("xl/worksheets/sheet"+strconv.Itoa(index+1)+".xml", s.rest)
	selected := ""
	if index == 0 {
		selected = ` tabSelected="1"`
	}
	s.buf = fmt.Appendf(s.buf, "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"+
		`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">`+
		`<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews><sheetView%s workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/><cols>`, selected)
	for i, w := range widths {
		column, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return nil, err
		}
		s.cols = append(s.cols, column)
		s.buf = fmt.Appendf(s.buf, `<col min="%d" max="%d" width="%g" customWidth="1"/>`, i+1, i+1, w)
	}
	s.buf = append(s.buf, `</cols><sheetData>`...)
	return s, s.flush()
}

// begin starts the next row; height is in points, 0 leaves it to the program.
func (s *sheetWriter) begin(height float64) {
	s.row++
	s.buf = append(s.buf, `<row r="`...)
	s.buf = strconv.AppendInt(s.buf, int64(s.row), 10)
	if height > 0 {
		s.buf = fmt.Appendf(s.buf, `" ht="%g" customHeight="1`, height)
	}
	s.buf = append(s.buf, `">`...)
}

// end finishes the row.
func (s *sheetWriter) end() error {
	s.buf = append(s.buf, `</row>`...)
	if len(s.buf) < flushAt {
		return nil
	}
	return s.flush()
}

func (s *sheetWriter) flush() error {
	_, err := s.part.Write(s.buf)
	s.buf = s.buf[:0]
	return err
}

// open starts the cell in column i, from 0, with a style.
func (s *sheetWriter) open(i, style int) {
	s.buf = append(s.buf, `<c r="`...)
	s.buf = append(s.buf, s.cols[i]...)
	s.buf = strconv.AppendInt(s.buf, int64(s.row), 10)
	s.buf = append(s.buf, `" s="`...)
	s.buf = strconv.AppendInt(s.buf, int64(style), 10)
	s.buf = append(s.buf, '"')
}

// text writes a text cell: text whatever it looks like, never a formula.
func (s *sheetWriter) text(i, style int, text string) {
	s.open(i, style)
	text = xlsxText(text)
	if strings.TrimSpace(text) == text && !strings.ContainsAny(text, "\n\t") {
		s.buf = append(s.buf, ` t="inlineStr"><is><t>`...)
	} else { // as Excel writes it, though the schema does not know the attribute here
		s.buf = append(s.buf, ` t="inlineStr"><is><t xml:space="preserve">`...)
	}
	s.buf = appendCellText(s.buf, text)
	s.buf = append(s.buf, `</t></is></c>`...)
}

// link writes a text cell that leads to target.
func (s *sheetWriter) link(i, style int, text, target string) {
	s.text(i, style, text)
	s.links = append(s.links, cellLink{i, s.row, target})
}

func (s *sheetWriter) float(i, style int, v float64) {
	s.open(i, style)
	s.buf = append(s.buf, `><v>`...)
	s.buf = strconv.AppendFloat(s.buf, v, 'f', -1, 64)
	s.buf = append(s.buf, `</v></c>`...)
}

func (s *sheetWriter) int(i, style int, v int64) {
	s.open(i, style)
	s.buf = append(s.buf, `><v>`...)
	s.buf = strconv.AppendInt(s.buf, v, 10)
	s.buf = append(s.buf, `</v></c>`...)
}

// close ends the rows; excelize writes the rest of the sheet with the workbook.
func (s *sheetWriter) close() error {
	s.buf = append(s.buf, `</sheetData>`...)
	return s.flush()
}

// rest is the end of the sheet: what excelize has behind its own rows, with the links in
// their place, which is before the print set-up.
func (s *sheetWriter) rest(excelize []byte) ([]byte, error) {
	_, after, ok := bytes.Cut(excelize, []byte("</sheetData>"))
	if !ok {
		_, after, ok = bytes.Cut(excelize, []byte("<sheetData/>"))
	}
	before, margins, found := bytes.Cut(after, []byte("<pageMargins"))
	if !found {
		before, margins, found = bytes.Cut(after, []byte("<pageSetup"))
		margins = append([]byte("<pageSetup"), margins...)
	} else {
		margins = append([]byte("<pageMargins"), margins...)
	}
	if !ok || !found {
		return nil, fmt.Errorf("sheet %s: excelize wrote no rows or no print set-up: %.200s", s.name, excelize)
	}
	out := append([]byte(nil), before...)
	if len(s.links) > 0 {
		out = append(out, `<hyperlinks>`...)
		for _, l := range s.links {
			out = append(out, `<hyperlink ref="`+s.cols[l.col]+strconv.Itoa(l.row)+`" location="`...)
			out = appendCellText(out, l.target)
			out = append(out, `"/>`...)
		}
		out = append(out, `</hyperlinks>`...)
	}
	return append(out, margins...), nil
}

// appendCellText appends s as XML text. Excel reads _xHHHH_ as the character with that code (ECMA-376 part 1,
// section 22.9.2.19), so the underscore of one that is in the text is written as _x005F_. The text is one that
// xlsxText made: XML can hold all of it.
func appendCellText(dst []byte, s string) []byte {
	from := 0
	for i := 0; i < len(s); i++ {
		var as string
		switch s[i] {
		case '&':
			as = "&amp;"
		case '<':
			as = "&lt;"
		case '>':
			as = "&gt;"
		case '"':
			as = "&#34;"
		case '_':
			if !escaped(s[i:]) {
				continue
			}
			as = "_x005F_"
		default:
			continue
		}
		dst = append(dst, s[from:i]...)
		dst = append(dst, as...)
		from = i + 1
	}
	return append(dst, s[from:]...)
}

// escaped reports whether s begins with _xHHHH_. Some programs take small digits, and
// LibreOffice other numbers of them, so all of these count.
func escaped(s string) bool {
	if len(s) < 3 || s[1] != 'x' && s[1] != 'X' {
		return false
	}
	digits := strings.TrimLeft(s[2:min(len(s), 2+9)], "0123456789abcdefABCDEF")
	return strings.HasPrefix(digits, "_") && s[2] != '_'
}
