package report_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/net/html"

	"hunt/report"
	"hunt/report/reporttest"
)

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTheListOfAttacksIsLongAndWithoutRepeats(t *testing.T) {
	list := reporttest.AttackList()
	seen := map[string]bool{}
	for _, a := range list {
		if seen[a] {
			t.Errorf("twice: %q", a)
		}
		seen[a] = true
	}
	if len(list) < 200 {
		t.Errorf("%d attacks, want 200 or more", len(list))
	}
	for kind, n := range map[string]int{"formula": 40, "html": 40, "css": 10, "url": 25, "direction": 30, "terminal": 40, "xml": 25, "structure": 25, "javascript": 15} {
		if have := len(reporttest.Attacks()[kind]); have < n {
			t.Errorf("%d attacks of kind %s, want %d", have, kind, n)
		}
	}
}

// harmful reports a character that must never reach a screen as itself.
func harmful(r rune) bool {
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Cs, r) || r == 0x2028 || r == 0x2029
}

func TestAttacksAreInertAndReadableInTheTerminal(t *testing.T) {
	r := reporttest.Attacked()
	for _, color := range []bool{false, true} {
		var b bytes.Buffer
		if err := report.WriteTerminal(&b, r, report.TerminalOptions{Color: color, Width: 240}); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		if color {
			text = regexp.MustCompile(`\x1b\[(0|1|31|1;31|33|34)m`).ReplaceAllString(text, "")
		}
		if !utf8.ValidString(text) {
			t.Error("the output is not UTF-8")
		}
		for _, c := range text {
			if c != '\n' && harmful(c) {
				t.Fatalf("color %v: U+%04X reaches the terminal", color, c)
			}
		}
		for i, a := range reporttest.AttackList()[:200] { // the table's limit
			if want := strings.TrimSpace(prefix(report.Printable(a), 15)); !strings.Contains(text, want) {
				t.Errorf("attack %d: %q is not to be read", i, want)
			}
		}
	}
}

func prefix(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

func TestAttacksAreInertAndReadableInJSON(t *testing.T) {
	b := writeJSON(t, reporttest.Attacked())
	if !utf8.Valid(b) {
		t.Error("the file is not UTF-8")
	}
	for _, c := range string(b) {
		if c != '\n' && harmful(c) || c == '<' || c == '>' || c == '&' {
			t.Fatalf("U+%04X stands in the file as itself", c)
		}
	}
	r, err := report.ReadJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range reporttest.AttackList() {
		want := strings.ToValidUTF8(a, "\ufffd")
		if !utf8.ValidString(a) { // encoding/json writes one replacement a byte
			want = string([]rune(a))
		}
		f := r.Findings[i]
		if f.Title != want || f.Evidence[0].Facts[0].Value != want || f.Lineage.CommandLine != want {
			t.Errorf("attack %d comes back as %q, want %q", i, f.Title, want)
		}
		var event struct{ Message string }
		if err := json.Unmarshal(f.Evidence[0].Event, &event); err != nil || event.Message != want {
			t.Errorf("attack %d comes back from the event as %q (%v), want %q", i, event.Message, err, want)
		}
	}
}

func TestAttacksAreInertAndReadableInHTML(t *testing.T) {
	page := writeHTML(t, reporttest.Attacked())
	if !utf8.ValidString(page) {
		t.Error("the page is not UTF-8")
	}
	// Attributes are never shown, and the copy buttons need the raw value of an indicator.
	var cards []string
	nodes(t, page, false, func(n *html.Node) {
		if n.Type == html.TextNode && n.Parent.Data != "script" && n.Parent.Data != "style" {
			for _, c := range n.Data {
				if c != '\n' && c != '\t' && harmful(c) {
					t.Fatalf("U+%04X is shown as itself in <%s>: %q", c, n.Parent.Data, n.Data)
				}
			}
		}
		if n.Data == "h4" {
			cards = append(cards, allText(n))
		}
	})
	list := reporttest.AttackList()
	if len(cards) != len(list) {
		t.Fatalf("%d cards for %d attacks: markup from the log changed the page", len(cards), len(list))
	}
	for i, a := range list {
		if want := report.Printable(a); cards[i] != want {
			t.Errorf("attack %d is shown as %q, want %q", i, cards[i], want)
		}
	}
}

func allText(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func TestRowDataCannotEndItsElement(t *testing.T) {
	page := writeHTML(t, reporttest.Attacked())
	var data string
	nodes(t, page, true, func(n *html.Node) {
		if n.Data == "script" && attr(n, "id") == "data" {
			data = n.FirstChild.Data
		}
	})
	var d struct {
		Messages []string
		M        []int
	}
	if err := json.Unmarshal([]byte(data), &d); err != nil {
		t.Fatalf("the row data is not JSON: %v", err)
	}
	for i, a := range reporttest.AttackList() {
		if want := report.Printable(a); d.Messages[d.M[i]] != want {
			t.Errorf("row %d says %q, want %q", i, d.Messages[d.M[i]], want)
		}
	}
	if strings.ContainsAny(data, "<>&") {
		t.Error("the row data holds <, > or & as themselves")
	}
}

// xlsxShown is what a cell shows for a log string: the rule of xlsxText, written again.
func xlsxShown(s string) string {
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
		case report.Printable(string(c)) != string(c), combining > 3:
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

func TestAttacksAreInertAndReadableInXLSX(t *testing.T) {
	var b bytes.Buffer
	if err := report.WriteXLSX(t.Context(), &b, reporttest.Attacked(), report.XLSXOptions{}); err != nil {
		t.Fatal(err)
	}
	inertWorkbook(t, b.Bytes())
	f, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := f.GetRows("Findings", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	list := reporttest.AttackList()
	if len(rows) != len(list)+1 {
		t.Fatalf("%d rows for %d attacks", len(rows)-1, len(list))
	}
	const title = 5
	for i, a := range list {
		have, want := rows[i+1][title], xlsxShown(a)
		have, want = strings.ReplaceAll(have, "\r", "\n"), strings.ReplaceAll(want, "\r", "\n")
		if have != want {
			t.Errorf("attack %d is shown as %q, want %q", i, have, want)
		}
	}
}

// inertWorkbook walks every part of a workbook: no formula, no external link, no
// relationship that leaves the file, valid XML throughout.
func inertWorkbook(t *testing.T, b []byte) {
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
				case sheet && e.Name.Local == "hyperlink" && a.Name.Local == "location" && !regexp.MustCompile(`^'(Timeline|Findings)( \(\d+\))?'!A\d+$`).MatchString(a.Value):
					t.Errorf("%s: a link to %q", part.Name, a.Value)
				case sheet && e.Name.Local == "c" && a.Name.Local == "t" && a.Value != "inlineStr" && a.Value != "n" && a.Value != "s":
					t.Errorf("%s: a cell of type %q", part.Name, a.Value)
				}
			}
		}
		if err := rc.Close(); err != nil {
			t.Errorf("%s: %v", part.Name, err)
		}
	}
}
