package pack

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"hunt/config"
	"hunt/rules/sigma"
	"hunt/rules/sigma/logsource"
	"hunt/rules/sigma/syntax"
	"hunt/rules/source"
)

// sigmaText is the text of a Sigma query as a document, with what maps places in it back to the query.
type sigmaText struct {
	typed        string // as it was written
	text         string // as a rule
	lines, blank int    // lines before it, and columns before each of its lines
}

// A query need not name a title, nor a log source: it then asks all logs of Windows.
const (
	untitled = "title: query\n"
	anywhere = "logsource: {product: windows}\n"
)

// sigmaTextOf makes a rule from what was typed: a rule, its detection, or one selection.
func sigmaTextOf(typed string) (sigmaText, error) {
	t := sigmaText{typed: typed}
	docs := config.YAMLDocuments([]byte(typed))
	switch {
	case len(docs) == 0:
		return t, t.wrong(&syntax.Error{Pos: syntax.Pos{Line: 1, Col: 1}, Msg: "the query is empty"})
	case len(docs) > 1 && correlates(docs):
		t.text = typed
		return t, nil
	case len(docs) > 1:
		return t, t.wrong(&syntax.Error{
			Pos: syntax.Pos{Line: docs[1].Line, Col: 1}, Msg: "a query is one rule, and this is a second one",
			Hint: "run rules that refer to each other with --rules", Reason: syntax.ReasonCorrelation,
		})
	}
	root, err := docs[0].Parse()
	if err != nil {
		var e *config.YAMLError
		if errors.As(err, &e) {
			return t, t.wrong(&syntax.Error{Pos: syntax.Pos{Line: e.Line, Col: e.Col}, Msg: e.Msg})
		}
		return t, err
	}
	switch {
	case root.Get("detection") != nil || root.Get("correlation") != nil || root.Get("filter") != nil:
		t.text = typed
		if strings.HasPrefix(strings.TrimSpace(typed), "{") {
			return t, nil // its braces are closed: anything missing is a mistake
		}
		if root.Get("title") == nil {
			t.text += "\n" + untitled
		}
		if root.Get("logsource") == nil {
			t.text += "\n" + anywhere
		}
		return t, nil
	case root.Get("condition") != nil:
		t.lines, t.blank = 3, 2
		t.text = untitled + anywhere + "detection:\n" + indented(typed, t.blank)
	default:
		t.lines, t.blank = 4, 4
		t.text = untitled + anywhere + "detection:\n  selection:\n" + indented(typed, t.blank) +
			"\n  condition: selection\n"
	}
	return t, nil
}

// correlates reports whether one of some documents is a correlation, which the others then serve.
func correlates(docs []config.YAMLDocument) bool {
	return slices.ContainsFunc(docs, func(d config.YAMLDocument) bool {
		root, err := d.Parse()
		return err == nil && root.Get("correlation") != nil
	})
}

// indented returns a text with blanks before each line.
func indented(text string, n int) string {
	blanks := strings.Repeat(" ", n)
	return blanks + strings.ReplaceAll(strings.TrimRight(text, "\r\n"), "\n", "\n"+blanks)
}

// wrong places a mistake in what was typed.
func (t *sigmaText) wrong(e *syntax.Error) error {
	line, col := max(e.Line-t.lines, 1), max(e.Col-t.blank, 1)
	lines := strings.Split(t.typed, "\n")
	return &source.Error{
		Line: line, Col: col, Msg: e.Msg, Hint: e.Hint, Unsupported: e.Reason != syntax.ReasonNone,
		SourceLine: strings.TrimRight(lines[min(line, len(lines))-1], "\r"),
	}
}

// CompileSigma compiles a query in Sigma against the fields of records or documents. An error is a
// *source.Error.
func (q Query) CompileSigma(raw *logsource.Fields) (Compiled, error) {
	t, err := sigmaTextOf(q.Text)
	if err != nil {
		return nil, err
	}
	docs := syntax.Parse([]byte(t.text), syntax.Options{})
	if len(docs) > 1 {
		return t.correlation(docs, raw)
	}
	if len(docs) != 1 {
		return nil, t.wrong(&syntax.Error{Pos: syntax.Pos{Line: 1, Col: 1}, Msg: "not one Sigma rule"})
	}
	doc := docs[0]
	for _, e := range doc.Mistakes {
		if e.Msg != "" {
			return nil, t.wrong(e)
		}
	}
	switch {
	case doc.Kind != syntax.RuleDocument:
		return nil, t.wrong(&syntax.Error{
			Pos: doc.Pos, Msg: "a correlation or a filter is about other rules, and a query has none",
			Hint: "run it with --rules", Reason: syntax.ReasonCorrelation,
		})
	case doc.Skip != nil:
		return nil, t.wrong(doc.Skip)
	}
	if sigma.Counts(doc) {
		return t.correlation(docs, raw)
	}
	rule := sigma.Bind(doc, raw)
	if why := rule.Unanswerable(); why != "" {
		return nil, t.wrong(&syntax.Error{Pos: doc.LogSource.Pos, Msg: why, Reason: syntax.ReasonModifier})
	}
	c := rule.Query(raw, strings.TrimSpace(q.Text), 1)
	return &noticed{c, t.warnings(doc)}, nil
}

// correlation compiles the document that counts; of several, the one to which no other refers.
func (t *sigmaText) correlation(docs []*syntax.Document, raw *logsource.Fields) (Compiled, error) {
	for _, d := range docs {
		for _, e := range d.Mistakes {
			if e.Msg != "" {
				return nil, t.wrong(e)
			}
		}
	}
	joined := sigma.Join(docs)
	var last *syntax.Document
	for _, d := range docs {
		switch {
		case !sigma.Counts(d) || joined.Silent[d] != nil:
		case last != nil:
			return nil, t.wrong(&syntax.Error{Pos: d.Pos,
				Msg: "a second correlation, to which the first does not refer", Hint: "run both with --rules"})
		default:
			last = d
		}
	}
	if last == nil {
		return nil, t.wrong(&syntax.Error{Pos: docs[0].Pos, Msg: "no correlation: all are referred to by another"})
	}
	if last.Skip != nil {
		return nil, t.wrong(last.Skip)
	}
	c, err := joined.Correlate(last, raw, func(d *syntax.Document) (string, int) {
		return strings.TrimSpace(t.typed), 1
	})
	var e *syntax.Error
	if errors.As(err, &e) {
		return nil, t.wrong(e)
	}
	if err != nil {
		return nil, err
	}
	if why := c.Unanswerable(); why != "" {
		return nil, t.wrong(&syntax.Error{Pos: last.Pos, Msg: why, Reason: syntax.ReasonModifier})
	}
	return c, nil
}

// warnings returns what is doubtful about the document, with places in what was typed.
func (t *sigmaText) warnings(doc *syntax.Document) []string {
	var out []string
	for _, w := range doc.Warnings {
		out = append(out, fmt.Sprintf("%d:%d: %s", max(w.Line-t.lines, 1), max(w.Col-t.blank, 1), w.Msg))
	}
	return out
}
