package report_test

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"hunt/report"
)

func writeHTML(t *testing.T, r *report.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.WriteHTML(t.Context(), &b, r, report.HTMLOptions{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// nodes parses a page as a browser does, with scripts on or off, and visits every node.
func nodes(t *testing.T, page string, scripts bool, visit func(*html.Node)) {
	t.Helper()
	root, err := html.ParseWithOptions(strings.NewReader(page), html.ParseOptionEnableScripting(scripts))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		visit(n)
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// pageText is all text of the page as a reader without scripts sees it.
func pageText(t *testing.T, page string) string {
	var b strings.Builder
	nodes(t, page, false, func(n *html.Node) {
		if n.Type == html.TextNode && n.Parent.Data != "script" && n.Parent.Data != "style" {
			b.WriteString(n.Data)
		}
	})
	return b.String()
}
