package xlsx

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"hunt/evtx"
	"hunt/mark"
	"hunt/report"
)

// cellChars is the most UTF-16 code units that Excel keeps in a cell.
const cellChars = 32_767

// xlsxText prepares log text for a cell. Characters that XML 1.0 cannot carry are
// written _xHHHH_ and stay readable as such (appendCellText escapes the underscore, so
// Excel shows the text and does not turn it back into a control character); invisible ones
// are marked as in the other outputs; a text that does not fit is cut with a notice
// that counts what is missing.
func xlsxText(s string) string {
	s = xlsxMark(s)
	if len(s) <= cellChars {
		return s
	}
	units := utf16Len(s)
	if units <= cellChars {
		return s
	}
	const notice = "...[cut, %s chars, see ref]"
	keep := cellChars - len(fmt.Sprintf(notice, report.Thousands(units)))
	end, used := 0, 0
	for i, r := range s {
		if used += utf16Units(r); used > keep {
			break
		}
		end = i + utf8.RuneLen(r)
	}
	return s[:end] + fmt.Sprintf(notice, report.Thousands(units-utf16Len(s[:end])))
}

func xlsxMark(s string) string {
	if mark.Plain(s, mark.ManyLines) {
		return s
	}
	var b strings.Builder
	for _, p := range mark.Pieces(s, mark.ManyLines) {
		r, _ := utf8.DecodeRuneInString(p.Text)
		switch {
		case !p.Mark:
			b.WriteString(p.Text)
		case r > 0x2400 && r < 0x2420 || r == 0x2400: // the picture of a C0 control
			fmt.Fprintf(&b, "_x%04X_", r-0x2400)
		case p.Text == "⟦U+FFFE⟧":
			b.WriteString("_xFFFE_")
		case p.Text == "⟦U+FFFF⟧":
			b.WriteString("_xFFFF_")
		default:
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

func utf16Units(r rune) int {
	if r >= 0x10000 {
		return 2
	}
	return 1
}

func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n += utf16Units(r)
	}
	return n
}

// excelEpoch is day 0 of Excel's calendar (1899-12-30) as a FILETIME; serials are right
// from 1900-03-01 on, before which Excel believes in a 29 February 1900.
const (
	excelEpoch  = 94_353_120_000_000_000
	excelMarch  = excelEpoch + 61*ticksPerDay
	ticksPerDay = 86_400 * evtx.TicksPerSecond
	excelLast   = excelEpoch + 2_958_466*ticksPerDay // 10000-01-01
)

// excelSerial is t as a day number for a date cell, and whether Excel has such a date.
func excelSerial(t report.Time) (float64, bool) {
	if t == nil || *t < excelMarch || *t >= excelLast {
		return 0, false
	}
	return float64(*t-excelEpoch) / ticksPerDay, true
}

// xlsxStyles holds the cell styles of a workbook: a handful, far from Excel's limit of 64,000.
type xlsxStyles struct {
	header, section, text, wrap, date, number, title, link int
}

func newXLSXStyles(f *excelize.File) (s xlsxStyles, err error) {
	const dateFormat = "yyyy-mm-dd hh:mm:ss.000"
	format := dateFormat
	top := &excelize.Alignment{Vertical: "top"}
	add := func(dst *int, style *excelize.Style) {
		if err == nil {
			*dst, err = f.NewStyle(style)
		}
	}
	add(&s.header, &excelize.Style{
		Font:      &excelize.Font{Bold: true, Color: "FFFFFF"},
		Fill:      excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"33415C"}},
		Alignment: &excelize.Alignment{Vertical: "center", WrapText: true},
	})
	add(&s.section, &excelize.Style{
		Font: &excelize.Font{Bold: true, Color: "FFFFFF"},
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"33415C"}},
	})
	add(&s.text, &excelize.Style{NumFmt: 49, Alignment: top})
	add(&s.wrap, &excelize.Style{NumFmt: 49, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}})
	add(&s.date, &excelize.Style{CustomNumFmt: &format,
		Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "left"}})
	add(&s.number, &excelize.Style{NumFmt: 3, Alignment: top})
	add(&s.title, &excelize.Style{Font: &excelize.Font{Bold: true, Size: 14}, NumFmt: 49})
	add(&s.link, &excelize.Style{Font: &excelize.Font{Underline: "single", Color: "1F4E9E"}, NumFmt: 49,
		Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}})
	return s, err
}
