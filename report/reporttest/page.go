package reporttest

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"hunt/report"
	reporthtml "hunt/report/html"
)

func WriteHTML(t *testing.T, r *report.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := reporthtml.Write(t.Context(), &b, r, reporthtml.Options{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Nodes parses a page as a browser does, with scripts on or off, and visits every node.
func Nodes(t *testing.T, page string, scripts bool, visit func(*html.Node)) {
	t.Helper()
	root, err := html.ParseWithOptions(strings.NewReader(page), html.ParseOptionEnableScripting(scripts))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		visit(n)
	}
}

func Attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// PageText is all text of the page as a reader without scripts sees it.
func PageText(t *testing.T, page string) string {
	var b strings.Builder
	Nodes(t, page, false, func(n *html.Node) {
		if n.Type == html.TextNode && n.Parent.Data != "script" && n.Parent.Data != "style" {
			b.WriteString(n.Data)
		}
	})
	return b.String()
}
