package format_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"hunt/mark"
	"hunt/report"
	"hunt/report/reporttest"
	"hunt/report/xlsx"
)

// The JSON is the source; the page and the workbook must say the same under the same ids.
func TestTheThreeReportsHaveTheSameFactsUnderTheSameIds(t *testing.T) {
	source, err := report.ReadJSON(bytes.NewReader(reporttest.WriteJSON(t, reporttest.Rich())))
	if err != nil {
		t.Fatal(err)
	}
	page := reporttest.WriteHTML(t, source)
	cards, text := map[string]string{}, reporttest.PageText(t, page)
	reporttest.Nodes(t, page, false, func(n *html.Node) {
		if n.Data == "article" && strings.HasPrefix(reporttest.Attr(n, "class"), "card ") {
			cards[reporttest.Attr(n, "id")] = allText(n)
		}
	})
	book, _ := reporttest.OpenXLSX(t, source, xlsx.Options{})
	findings, chains := map[string]map[string]string{}, map[string][]map[string]string{}
	for _, row := range reporttest.Table(t, book, "Findings") {
		findings[row["Finding"]] = row
	}
	details := map[string]map[string]string{}
	for _, row := range reporttest.Table(t, book, "Details") {
		details[row["Finding"]] = row
	}
	for _, row := range reporttest.Table(t, book, "Steps") {
		chains[row["Finding"]] = append(chains[row["Finding"]], row)
	}
	if len(cards) != len(source.Findings) || len(findings) != len(source.Findings) {
		t.Fatalf("%d findings, %d cards, %d rows", len(source.Findings), len(cards), len(findings))
	}
	for _, f := range source.Findings {
		card, row := cards[f.ID], findings[f.ID]
		for title, want := range map[string]string{
			"Status": string(f.Status), "Severity": string(f.Rule.Severity), "Confidence": string(f.Confidence),
			"Host": f.Host, "Rule": f.Rule.Name, "What happened": f.Title, "User": f.User,
		} {
			if have := row[title]; have != reporttest.CellShown(want) {
				t.Errorf("%s: the workbook's %s is %q, want %q", f.ID, title, have, want)
			}
		}
		for title, want := range map[string]string{"Verdict": string(f.Verdict), "Analyst's note": f.Note,
			"Rule":                    strings.Trim(f.Rule.ID+"\n"+f.Version+"\n"+f.Rule.Language, "\n"),
			"Author and licence":      strings.Trim(f.Rule.Author+"\n"+f.Rule.Licence, "\n"),
			"What the rule looks for": f.What,
		} {
			if have := details[f.ID][title]; have != reporttest.CellShown(want) {
				t.Errorf("%s: the workbook's %s is %q, want %q", f.ID, title, have, want)
			}
		}
		for _, want := range []string{f.ID, string(f.Rule.Severity), string(f.Confidence), string(f.Verdict), f.Host,
			f.Rule.ID, f.Rule.Name, f.Rule.Author, f.Rule.Licence, f.User, mark.Printable(f.Title),
			strings.Replace(f.Start.String(), "T", " ", 1)} {
			if !strings.Contains(card, want) {
				t.Errorf("%s: the card does not have %q", f.ID, want)
			}
		}
		for _, e := range f.Evidence {
			if e.Missing {
				continue
			}
			if !strings.Contains(card, e.Cite()) {
				t.Errorf("%s: the card does not have the reference %s", f.ID, e.Cite())
			}
			if !slices.ContainsFunc(chains[f.ID], func(m map[string]string) bool {
				return m["Evidence reference"] == e.Cite() && m["Time"] != "" &&
					m["What"] == reporttest.CellShown(e.Message)
			}) {
				t.Errorf("%s: the chain does not have %s", f.ID, e.Cite())
			}
		}
	}
	for sheet, want := range map[string]int{
		"Timeline": len(source.Timeline), "Hosts": len(source.Hosts), "Accounts": len(source.Accounts),
		"Movement": len(source.LateralEdges), "Indicators": len(source.Indicators),
		"Rules": len(source.Rules), "Damage": len(source.Accounting.Damage), "Evidence": len(source.Accounting.Files),
	} {
		if have := len(reporttest.Table(t, book, sheet)); have != want {
			t.Errorf("%s: %d rows, want %d", sheet, have, want)
		}
	}
	var wants []string
	for _, h := range source.Hosts {
		wants = append(wants, h.ID)
	}
	for _, n := range source.Indicators {
		wants = append(wants, n.Defanged)
	}
	for _, e := range source.Evidence {
		wants = append(wants, e.SHA256)
	}
	for _, r := range source.Rules {
		wants = append(wants, r.ID)
	}
	for _, r := range source.Recommendations {
		wants = append(wants, r.Text)
	}
	summary := reporttest.SheetText(t, book, "Summary")
	for _, l := range slices.Concat(source.Summary.Lines, source.Summary.NotSeen, source.Accounting.Limits) {
		wants = append(wants, l)
		if !strings.Contains(summary, l) {
			t.Errorf("the Summary sheet does not say %q", l)
		}
	}
	for _, w := range wants {
		if !strings.Contains(text, mark.Printable(w)) {
			t.Errorf("the page does not have %q", w)
		}
	}
}
