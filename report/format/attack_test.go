package format_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/net/html"

	"hunt/mark"
	"hunt/report"
	"hunt/report/reporttest"
	"hunt/report/terminal"
	"hunt/report/xlsx"
)

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
	for kind, n := range map[string]int{"formula": 40, "html": 40, "css": 10, "url": 25, "direction": 30,
		"terminal": 40, "xml": 25, "structure": 25, "javascript": 15} {
		if have := len(reporttest.Attacks()[kind]); have < n {
			t.Errorf("%d attacks of kind %s, want %d", have, kind, n)
		}
	}
}

func TestAttacksAreInertAndReadableInTheTerminal(t *testing.T) {
	r := reporttest.Attacked()
	for _, color := range []bool{false, true} {
		var b bytes.Buffer
		if err := terminal.Write(&b, r, terminal.Options{Color: color, Width: 240}); err != nil {
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
			if c != '\n' && reporttest.Harmful(c) {
				t.Fatalf("color %v: U+%04X reaches the terminal", color, c)
			}
		}
		for i, a := range reporttest.AttackList()[:200] { // the table's limit
			if want := strings.TrimSpace(prefix(mark.Printable(a), 15)); !strings.Contains(text, want) {
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
	b := reporttest.WriteJSON(t, reporttest.Attacked())
	if !utf8.Valid(b) {
		t.Error("the file is not UTF-8")
	}
	for _, c := range string(b) {
		if c != '\n' && reporttest.Harmful(c) || c == '<' || c == '>' || c == '&' {
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
		if f.Title != want || f.Evidence[0].Facts[0].Value != want || f.Lineage.CommandLine != want ||
			f.Rule.Author != want || f.Rule.Licence != want {
			t.Errorf("attack %d comes back as %q, want %q", i, f.Title, want)
		}
		var event struct{ Message string }
		if err := json.Unmarshal(f.Evidence[0].Document, &event); err != nil || event.Message != want {
			t.Errorf("attack %d comes back from the event as %q (%v), want %q", i, event.Message, err, want)
		}
	}
}

func TestAttacksAreInertAndReadableInHTML(t *testing.T) {
	page := reporttest.WriteHTML(t, reporttest.Attacked())
	if !utf8.ValidString(page) {
		t.Error("the page is not UTF-8")
	}
	// Attributes are never shown, and the copy buttons need the raw value of an indicator.
	var cards, authors []string
	reporttest.Nodes(t, page, false, func(n *html.Node) {
		if n.Type == html.TextNode && n.Parent.Data != "script" && n.Parent.Data != "style" {
			for _, c := range n.Data {
				if c != '\n' && c != '\t' && reporttest.Harmful(c) {
					t.Fatalf("U+%04X is shown as itself in <%s>: %q", c, n.Parent.Data, n.Data)
				}
			}
		}
		if n.Data == "h4" && strings.HasPrefix(reporttest.Attr(n, "id"), "t-F-") {
			cards = append(cards, allText(n))
		}
		if n.Data == "dt" && allText(n) == "Rule by" {
			authors = append(authors, allText(n.NextSibling))
		}
	})
	list := reporttest.AttackList()
	if len(cards) != len(list) {
		t.Fatalf("%d cards for %d attacks: markup from the log changed the page", len(cards), len(list))
	}
	if len(authors) != len(list) {
		t.Fatalf("%d authors of rules for %d attacks", len(authors), len(list))
	}
	for i, a := range list {
		if want := mark.Printable(a); cards[i] != want || authors[i] != want {
			t.Errorf("attack %d is shown as %q, by %q, want %q", i, cards[i], authors[i], want)
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
	page := reporttest.WriteHTML(t, reporttest.Attacked())
	var data string
	reporttest.Nodes(t, page, true, func(n *html.Node) {
		if n.Data == "script" && reporttest.Attr(n, "id") == "data" {
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
		if want := mark.Printable(a); d.Messages[d.M[i]] != want {
			t.Errorf("row %d says %q, want %q", i, d.Messages[d.M[i]], want)
		}
	}
	if strings.ContainsAny(data, "<>&") {
		t.Error("the row data holds <, > or & as themselves")
	}
}

func TestAttacksAreInertAndReadableInXLSX(t *testing.T) {
	var b bytes.Buffer
	if err := xlsx.Write(t.Context(), &b, reporttest.Attacked(), xlsx.Options{}); err != nil {
		t.Fatal(err)
	}
	reporttest.InertWorkbook(t, b.Bytes())
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
	title, user := slices.Index(rows[0], "What happened"), slices.Index(rows[0], "User")
	for i, a := range list {
		for _, column := range []int{title, user} {
			have, want := rows[i+1][column], reporttest.CellShown(a)
			have, want = strings.ReplaceAll(have, "\r", "\n"), strings.ReplaceAll(want, "\r", "\n")
			if have != want {
				t.Errorf("attack %d is shown as %q under %s, want %q", i, have, rows[0][column], want)
			}
		}
	}
}
