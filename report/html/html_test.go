package html_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"hunt/mark"
	"hunt/report"
	"hunt/report/format"
	reporthtml "hunt/report/html"
	"hunt/report/outline"
	"hunt/report/reporttest"
	"hunt/report/xlsx"
)

func TestThePolicyNamesTheHashesOfWhatThePageRuns(t *testing.T) {
	for name, r := range map[string]*report.Report{"rich": reporttest.Rich(), "empty": reporttest.Empty(),
		"attacked": reporttest.Attacked()} {
		var policy string
		var hashes []string
		reporttest.Nodes(t, reporttest.WriteHTML(t, r), true, func(n *html.Node) {
			switch {
			case n.Type != html.ElementNode: // a text may be the word
			case n.Data == "meta" && reporttest.Attr(n, "http-equiv") == "Content-Security-Policy":
				policy = reporttest.Attr(n, "content")
			case n.Data == "style", n.Data == "script" && reporttest.Attr(n, "type") == "":
				sum := sha256.Sum256([]byte(n.FirstChild.Data))
				hashes = append(hashes, n.Data+"-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
			}
		})
		if len(hashes) != 3 {
			t.Fatalf("%s: %d styles and scripts, want 3", name, len(hashes))
		}
		want := fmt.Sprintf("default-src 'none'; %s; %s %s; img-src data:; base-uri 'none'; form-action 'none'",
			hashes[0], hashes[1], strings.TrimPrefix(hashes[2], "script-src "))
		if policy != want {
			t.Errorf("%s: policy\n%s\nwant\n%s", name, policy, want)
		}
	}
}

// What can run, load or leave the page; the policy forbids most of it, and nothing of it
// is in the page in the first place.
func TestThePageHasNothingThatRunsLoadsOrLeaves(t *testing.T) {
	allowed := map[string]bool{}
	for _, name := range strings.Fields(
		`html head meta title style script body a header div strong span form label input details summary select option button output kbd nav ol li main
		section h1 h2 h3 h4 h5 p b dl dt dd ul table thead tbody tr th td article code pre figure figcaption svg path rect line text tspan g defs pattern clipPath time br dialog noscript`) {
		allowed[name] = true
	}
	for name, r := range map[string]*report.Report{"rich": reporttest.Rich(), "empty": reporttest.Empty(),
		"blind": reporttest.Blind(), "attacked": reporttest.Attacked()} {
		page := reporttest.WriteHTML(t, r)
		for _, scripts := range []bool{true, false} {
			elements := map[string]int{}
			reporttest.Nodes(t, page, scripts, func(n *html.Node) {
				if n.Type == html.CommentNode {
					t.Errorf("%s: a comment: %.80s", name, n.Data)
				}
				if n.Type != html.ElementNode {
					return
				}
				elements[n.Data]++
				if !allowed[n.Data] {
					t.Errorf("%s: an element <%s>", name, n.Data)
				}
				for _, a := range n.Attr {
					switch {
					case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "src", a.Key == "srcset",
						a.Key == "srcdoc", a.Key == "action", a.Key == "formaction", a.Key == "ping",
						a.Key == "background", a.Key == "poster", a.Key == "data":
						t.Errorf("%s: <%s %s=%q>", name, n.Data, a.Key, a.Val)
					case a.Key == "href" && !regexp.MustCompile(`^#[A-Za-z0-9_.-]+$`).MatchString(a.Val):
						t.Errorf("%s: a link to %q", name, a.Val)
					}
				}
			})
			if elements["style"] != 1 || elements["script"] != 3 || elements["meta"] != 5 || elements["form"] != 2 ||
				elements["dialog"] != 1 {
				t.Errorf("%s: %d styles, %d scripts, %d metas, %d forms, %d dialogs", name, elements["style"],
					elements["script"], elements["meta"], elements["form"], elements["dialog"])
			}
		}
	}
}

func TestAllSectionsAreThereInOrderWhateverWasFound(t *testing.T) {
	for name, r := range map[string]*report.Report{"rich": reporttest.Rich(), "nothing": reporttest.Nothing(),
		"blind": reporttest.Blind(), "empty": reporttest.Empty()} {
		var anchors, titles, ids, have []string
		for _, s := range outline.SectionsOf(r) {
			anchors = append(anchors, s.ID.Anchor())
			if s.Title != "" {
				titles = append(titles, s.Title)
			}
		}
		reporttest.Nodes(t, reporttest.WriteHTML(t, r), false, func(n *html.Node) {
			switch n.Data {
			case "section":
				ids = append(ids, reporttest.Attr(n, "id"))
			case "h2":
				if n.LastChild.Type == html.TextNode && n.Parent.Data == "section" {
					have = append(have, strings.TrimSpace(n.LastChild.Data))
				}
			}
		})
		if !slices.Equal(ids, anchors) {
			t.Errorf("%s: sections %q, want %q", name, ids, anchors)
		}
		if !slices.Equal(have, titles) {
			t.Errorf("%s: titles %q, want %q", name, have, titles)
		}
	}
}

func TestAnEmptyReportSaysWhatWasExaminedAndNotThatAllIsWell(t *testing.T) {
	for name, r := range map[string]*report.Report{"nothing": reporttest.Nothing(), "blind": reporttest.Blind(),
		"empty": reporttest.Empty()} {
		text := reporttest.PageText(t, reporttest.WriteHTML(t, r))
		for _, want := range []string{string(r.Summary.Verdict), "None found in the logs examined",
			"What could not be seen", "That is not the same as nothing having happened"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the page does not say %q", name, want)
			}
		}
		for _, s := range r.Summary.NotSeen {
			if !strings.Contains(text, s) {
				t.Errorf("%s: the page does not say %q", name, s)
			}
		}
	}
}

func TestRecordsOfAnEventAreNamedUpToANumberAndCounted(t *testing.T) {
	for _, tc := range []struct {
		copies, twins, more int
		shown               []int // of all, the copies first
		want                string
	}{
		{8, 1, 0, []int{0, 1, 2, 3, 4, 5, 6, 7, 8}, ""},
		{9, 1, 0, []int{0, 1, 2, 3, 4, 5, 6, 7, 9}, "and 1 further record of this event, named in a JSON report"},
		{20, 0, 0, []int{0, 1, 2, 3, 4, 5, 6, 7}, "and 12 further records of this event, named in a JSON report"},
		{2, 20, 0, []int{0, 1, 2, 3, 4, 5, 6, 7, 8}, "and 13 further records of this event, named in a JSON report"},
		{20, 1, 5, []int{0, 1, 2, 3, 4, 5, 6, 7, 20},
			"and 17 further records of this event; a JSON report names 22 of all 27"},
	} {
		r := reporttest.Rich()
		e := &r.Findings[0].Evidence[0]
		e.Also, e.AlsoMore = nil, tc.more
		for i := range tc.copies + tc.twins {
			c := e.Ref
			c.Why, c.Chunk = "duplicate", int32(1000+i)
			if i >= tc.copies {
				c.Why = "twin"
			}
			e.Also = append(e.Also, c)
		}
		text := reporttest.PageText(t, reporttest.WriteHTML(t, r))
		book, _ := reporttest.OpenXLSX(t, r, xlsx.Options{})
		cells := reporttest.SheetText(t, book, "Steps")
		for name, got := range map[string]string{"page": text, "workbook": cells} {
			if tc.want != "" && !strings.Contains(got, tc.want) || tc.want == "" &&
				strings.Contains(got, "of this event") {
				t.Errorf("%+v: %s does not say so", tc, name)
			}
			for i, a := range e.Also {
				cite := a.Cite(e.Host, e.Channel, e.EventCode, e.Time)
				if shown := strings.Contains(got, cite); shown != slices.Contains(tc.shown, i) {
					t.Errorf("%+v: %s: record %d (%s) is shown: %v", tc, name, i, a.Why, shown)
				}
			}
		}
	}
}

func TestWithoutScriptsThePageStillHasEveryFindingInFull(t *testing.T) {
	r := reporttest.Rich()
	text := reporttest.PageText(t, reporttest.WriteHTML(t, r))
	for _, f := range r.Findings {
		want := []string{f.ID, f.Rule.ID, f.Rule.Name, string(f.Verdict), f.What, f.Note, f.Host}
		want = append(append(append(want, f.Reasons...), f.FalsePositives...), f.Labels...)
		for _, e := range f.Evidence {
			if !e.Missing {
				want = append(want, mark.Printable(e.Message), e.Cite(), e.Condition)
			}
			for _, a := range e.Also {
				want = append(want, a.Cite(e.Host, e.Channel, e.EventCode, e.Time))
			}
		}
		for _, d := range f.Decoded {
			want = append(want, d.Text)
		}
		for _, p := range f.Provenance {
			want = append(want, mark.Printable(p.Text))
		}
		for _, w := range want {
			if !strings.Contains(text, mark.Printable(w)) && !strings.Contains(text, w) {
				t.Errorf("%s: the page does not have %.200q", f.ID, w)
			}
		}
	}
	for _, want := range []string{"named by its child, not logged", "14 further children not shown",
		"had to be absent, and no such event is in the logs examined"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestThePageSaysWhatItLeavesOut(t *testing.T) {
	r := reporttest.Large(20, 3000)
	r.TimelineOmitted = 77
	var b bytes.Buffer
	name := t.TempDir() + "/report.html"
	reporttest.Write(t, name, r, format.Options{HTML: reporthtml.Options{Rows: 500}})
	b.Write(reporttest.ReadFile(t, name))
	text := reporttest.PageText(t, b.String())
	for _, want := range []string{"2,500 rows are left out of this page, which holds 500", "have all 3,000",
		"77 context events are left out of this report"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestGapsAreShadedInTheLanes(t *testing.T) {
	bands := map[string][]string{}
	reporttest.Nodes(t, reporttest.WriteHTML(t, reporttest.Rich()), false, func(n *html.Node) {
		if n.Data == "rect" && reporttest.Attr(n, "class") == "band" && n.FirstChild != nil {
			lane := n.Parent.Parent
			bands[reporttest.Attr(lane, "data-host")] = append(bands[reporttest.Attr(lane, "data-host")],
				n.FirstChild.FirstChild.Data)
		}
	})
	joined := strings.Join(bands["hr-ws02"], "\n")
	for _, want := range []string{"record ids missing, Microsoft-Windows-Sysmon/Operational: ids 4,117 to 4,250",
		"cleared, Security", "after the last record of this host"} {
		if !strings.Contains(joined, want) {
			t.Errorf("the lane of hr-ws02 has no band %q; it has:\n%s", want, joined)
		}
	}
	if len(bands["dc01.corp.example"]) != 0 {
		t.Errorf("the lane of dc01, which has no gap, has bands: %q", bands["dc01.corp.example"])
	}
}

func TestTheAdviceOfTheAuthorsIsFoldedInTheFirstFindingOfTheRule(t *testing.T) {
	r := reporttest.Rich()
	for _, i := range []int{0, 1} {
		r.Findings[i].Rule = report.RuleRef{ID: "advised", Name: "x", Severity: "high", Language: "Sigma",
			Author: `Ann <b>"Author"`, Licence: "DRL-1.1"}
	}
	r.Rules = append(r.Rules, report.Rule{ID: "advised", Status: report.RuleRan, Maturity: "experimental",
		Guidance: "Ask who <i>ran</i> it.", Setup: "Switch on \u202eauditing."})
	page := reporttest.WriteHTML(t, r)
	for text, want := range map[string]int{
		"<summary>Advice of the rule's authors</summary>":                 1,
		"Ask who &lt;i&gt;ran&lt;/i&gt; it.":                              1,
		`Switch on <span class="mark"`:                                    1,
		`The advice of the rule's authors is shown with <a href="#F-3f9a`: 1,
		"<dt>Rule by</dt><dd>Ann &lt;b&gt;&#34;Author&#34;</dd>":          2,
		"<dt>Licence</dt><dd>DRL-1.1</dd>":                                2,
		"<dt>Language</dt><dd>Sigma, rule status experimental</dd>":       2,
	} {
		if n := strings.Count(page, text); n != want {
			t.Errorf("%q stands %d times in the page, want %d", text, n, want)
		}
	}
}

func TestRulesThatWereBlindAlikeStandTogether(t *testing.T) {
	r := reporttest.Rich()
	r.Rules = nil
	for i := range 500 {
		rule := report.Rule{ID: fmt.Sprintf("rule-%03d", i), Name: "x", Status: report.RuleRan, BlindID: i%5 + 1}
		for h := range 40 {
			rule.Blind = append(rule.Blind, fmt.Sprintf("host%02d: it needs Sysmon %d", h, i%5))
		}
		r.Rules = append(r.Rules, rule)
	}
	page := reporttest.WriteHTML(t, r)
	for i := range 5 {
		if n := strings.Count(page, fmt.Sprintf("<li>host07: it needs Sysmon %d</li>", i)); n != 1 {
			t.Errorf("host07 and Sysmon %d stand %d times in the page, want once", i, n)
		}
	}
	for i := range r.Rules {
		if !strings.Contains(page, "<code>rule-"+fmt.Sprintf("%03d", i)+"</code> x") {
			t.Errorf("rule %d is not named", i)
		}
	}
}

func TestRulesThatNoEventSatisfiedAreLinesBySourceAndSeverity(t *testing.T) {
	r := reporttest.Rich()
	r.Rules = nil
	for i := range 600 {
		rule := report.Rule{ID: fmt.Sprintf("rule-%03d", i), Name: "x", Status: report.RuleRan, Severity: "medium",
			Language: "Sigma", Source: fmt.Sprintf("sets/a/windows/%d.yml", i), Query: "the query of rule",
			StageHits: []int{0}}
		switch {
		case i < 10:
			rule.StageHits, rule.Matches = []int{3}, 3
		case i < 20:
			rule.Status, rule.Reason = report.RuleSkipped, "a reason"
		case i < 220:
			rule.Severity, rule.Source = "high", "sets/b/one.yml"
		}
		r.Rules = append(r.Rules, rule)
	}
	page := reporttest.WriteHTML(t, r)
	for text, want := range map[string]int{
		"<summary>sets/a, Sigma, medium: 380 rules</summary>": 1,
		"<summary>sets/b, Sigma, high: 200 rules</summary>":   1,
		"580 rules ran on every event":                        1,
		"the query of rule":                                   20,
		"<li><code>rule-599</code> x</li>":                    1,
	} {
		if n := strings.Count(page, text); n != want {
			t.Errorf("%q stands %d times in the page, want %d", text, n, want)
		}
	}
}
