package html_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"hunt/report"
	"hunt/report/reporttest"
)

// untold is a report of many findings, of which only the last of each of three rules has the rule's explanation,
// as where the first on the page is not the weightiest.
func untold(findings int) *report.Report {
	r := reporttest.Large(findings, 100)
	r.Rules = nil
	for i := range 3 {
		r.Rules = append(r.Rules, report.Rule{ID: fmt.Sprintf("rule-%d", i), Name: "x", Status: report.RuleRan,
			Matches: 1, StageHits: []int{1}})
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		f.Rule.ID, f.What, f.Lineage = fmt.Sprintf("rule-%d", i%3), "", nil
		if i >= findings-3 {
			f.What = "explains " + f.Rule.ID
		}
	}
	return r
}

// TestEveryFindingIsExplainedOrLeadsToItsExplanation follows each link, whatever of the cards the page has room for.
func TestEveryFindingIsExplainedOrLeadsToItsExplanation(t *testing.T) {
	for name, c := range map[string]struct {
		findings int
		limit    int64
	}{"full": {30, 0}, "short": {30, 200_000}, "lines": {1_530, 0}} {
		r := untold(c.findings)
		r.Tool.Run = &report.Run{ReportLimit: c.limit}
		said, leads := map[string]string{}, map[string]string{} // by the id of the element
		short := 0
		reporttest.Nodes(t, reporttest.WriteHTML(t, r), false, func(n *html.Node) {
			if n.Type == html.TextNode && strings.HasPrefix(n.Data, "The detail is left out") {
				short++
			}
			link := n.Data == "a" && (reporttest.Attr(n.Parent, "class") == "what quiet" || n.Parent.Data == "td")
			text := n.Type == html.TextNode && strings.HasPrefix(n.Data, "explains ")
			for p := n; p != nil && (link || text); p = p.Parent {
				if id := reporttest.Attr(p, "id"); p.Data != "article" && p.Data != "tr" || id == "" {
					continue
				} else if link {
					leads[id] = strings.TrimPrefix(reporttest.Attr(n, "href"), "#")
				} else {
					said[id] = n.Data
				}
			}
		})
		if (short > 0) != (c.limit > 0) {
			t.Errorf("%s: %d cards are short", name, short)
		}
		for i := range r.Findings {
			f := &r.Findings[i]
			if want, id := "explains "+f.Rule.ID, f.ID; said[id] != want && said[leads[id]] != want {
				t.Errorf("%s: %s says %q and leads to %q, which says %q", name, id, said[id], leads[id],
					said[leads[id]])
			}
		}
		if n := len(said); c.findings == 30 && n > 9 { // a card of each rule, the last findings, the appendix
			t.Errorf("%s: the page explains three rules %d times", name, n)
		}
	}
}
