package reporttest

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"hunt/mark"

	"github.com/xuri/excelize/v2"
)

func SheetText(t *testing.T, f *excelize.File, sheet string) string {
	t.Helper()
	rows, err := f.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, row := range rows {
		b.WriteString(strings.Join(row, " | ") + "\n")
	}
	return b.String()
}

// CellShown is what a cell shows for a log string: the rule of xlsxText, written again.
func CellShown(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	var b strings.Builder
	combining := 0
	for i := 0; i < len(s); {
		c, n := utf8.DecodeRuneInString(s[i:])
		if unicode.Is(unicode.M, c) {
			combining++
		} else {
			combining = 0
		}
		switch {
		case c == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, "⟦0x%02X⟧", s[i])
		case c == '\n' || c == '\t':
			b.WriteRune(c)
		case c < 0x20, c == 0xfffe, c == 0xffff:
			fmt.Fprintf(&b, "_x%04X_", c)
		case mark.Printable(string(c)) != string(c), combining > 3:
			if c == 0x7f {
				b.WriteString("␡")
			} else {
				fmt.Fprintf(&b, "⟦U+%04X⟧", c)
			}
		default:
			b.WriteRune(c)
		}
		i += n
	}
	return b.String()
}

// InertWorkbook walks every part of a workbook: no formula, no external link, no
// relationship that leaves the file, valid XML throughout.
func InertWorkbook(t *testing.T, b []byte) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range z.File {
		rc, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		d := xml.NewDecoder(rc)
		for {
			tok, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", part.Name, err)
			}
			e, ok := tok.(xml.StartElement)
			if !ok {
				continue
			}
			sheet := strings.HasPrefix(part.Name, "xl/worksheets/sheet")
			switch {
			case sheet && e.Name.Local == "f":
				t.Errorf("%s: a formula", part.Name)
			case e.Name.Local == "ddeLink", e.Name.Local == "oleLink", e.Name.Local == "externalReference":
				t.Errorf("%s: <%s>", part.Name, e.Name.Local)
			}
			for _, a := range e.Attr {
				switch {
				case a.Name.Local == "TargetMode" && a.Value == "External":
					t.Errorf("%s: a link out of the file", part.Name)
				case sheet && e.Name.Local == "hyperlink" && a.Name.Local == "location" &&
					!regexp.MustCompile(`^'(Timeline|Findings)( \(\d+\))?'!A\d+$`).MatchString(a.Value):
					t.Errorf("%s: a link to %q", part.Name, a.Value)
				case sheet && e.Name.Local == "c" && a.Name.Local == "t" && a.Value != "inlineStr" && a.Value != "n" &&
					a.Value != "s":
					t.Errorf("%s: a cell of type %q", part.Name, a.Value)
				}
			}
		}
		if err := rc.Close(); err != nil {
			t.Errorf("%s: %v", part.Name, err)
		}
	}
}
