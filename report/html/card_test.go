package html_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"hunt/evtx"
	"hunt/report"
	"hunt/report/reporttest"
)

// textOf is what an element says.
func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// The first screen says of an incident whether it is still going on, how sure hunt is and why, what is assumed and not
// known, and its path, each step of which links to its evidence.
func TestTheFirstScreenTellsAnIncident(t *testing.T) {
	r := reporttest.Rich()
	i := &r.Incidents[0]
	i.Ongoing, i.Reasons = "It may still go on: no end of it. Other.", []string{"Because it is."}
	i.Open = []string{"Who it was."}
	i.Assumed = []string{"First guess.", "Second guess.", "Third guess.", "Fourth guess."}
	card, ids := "", map[string]bool{}
	var links []string
	reporttest.Nodes(t, reporttest.WriteHTML(t, r), false, func(n *html.Node) {
		ids[reporttest.Attr(n, "id")] = true
		if n.Data != "article" || !strings.HasPrefix(reporttest.Attr(n, "class"), "brief") || card != "" {
			return
		}
		card = textOf(n)
		for d := range n.Descendants() {
			if d.Data == "a" && d.Parent.Data == "li" {
				links = append(links, strings.TrimPrefix(reporttest.Attr(d, "href"), "#"))
			}
		}
	})
	for _, want := range []string{i.Ongoing, "; it may still go on Entry",
		string(i.Chain) + ": Because it is", "Who it was.", "First guess", "Third guess",
		"and 1 more"} {
		if !strings.Contains(card, want) {
			t.Errorf("the card lacks %q: %s", want, card)
		}
	}
	if n := strings.Count(card, i.Title); n != 1 {
		t.Errorf("the card says its title %d times: %s", n, card)
	}
	if len(links) != len(i.Path) || slices.ContainsFunc(links, func(l string) bool { return !ids[l] }) {
		t.Errorf("%d steps lead to %q", len(i.Path), links)
	}
}

// Times are to the second where people read, and whole on hover and in the evidence.
func TestTimesAreToTheSecondAndWholeInTheEvidence(t *testing.T) {
	r := reporttest.Rich()
	at := *reporttest.At(0)/evtx.TicksPerSecond*evtx.TicksPerSecond + 1_234_567
	f := &r.Findings[0]
	f.Start, f.Evidence[0].Time = &at, &at
	whole := report.TimeText(&at)
	short := strings.Replace(whole[:len("2006-01-02T15:04:05")], "T", " ", 1)
	shown := map[string]bool{} // whether a card shows the time to the second, and whole
	reporttest.Nodes(t, reporttest.WriteHTML(t, r), false, func(n *html.Node) {
		if n.Data == "time" && strings.HasPrefix(textOf(n), short) {
			shown[textOf(n)+" "+reporttest.Attr(n, "title")+" "+reporttest.Attr(n.Parent, "class")] = true
		}
	})
	for _, want := range []string{short + " " + whole[len("2006-01-02T"):] + " facts",
		strings.Replace(whole, "T", " ", 1) + "  head"} {
		if !shown[want] {
			t.Errorf("no %q among %v", want, shown)
		}
	}
}
