package html

import (
	"cmp"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"strings"
	"sync"
	"unicode/utf8"

	"hunt/mark"
	"hunt/pattern"
	"hunt/report"
	"hunt/report/outline"
	"hunt/report/sight"
)

// The page is built from the templates beside this file, one style sheet and the scripts. All of
// it goes into the one file; the Content-Security-Policy names the hashes of the style
// and the scripts and allows nothing else, so nothing that a log carries can run or load.
//
//go:embed *.tmpl *.css *.js
var pageFiles embed.FS

// scriptFiles in the order in which they are joined into the page's script.
var scriptFiles = []string{"state.js", "rows.js", "table.js", "lanes.js", "findings.js", "search.js", "main.js"}

// page is the parsed page, the same for every report.
type page struct {
	tmpl        *template.Template
	unused      *template.Template // the same, never executed: what is executed cannot be cloned
	style       string
	head, main  string // scripts
	policy      string
	parseFailed error
}

var loadPage = sync.OnceValue(func() (p page) {
	read := func(name string) string {
		b, err := pageFiles.ReadFile(name)
		p.parseFailed = errors.Join(p.parseFailed, err)
		return string(b)
	}
	p.style = read("style.css") + read("print.css")
	p.head = read("head.js")
	var b strings.Builder
	b.WriteString("(function () {\n'use strict';\n")
	for _, name := range scriptFiles {
		b.WriteString(read(name))
	}
	b.WriteString("})();\n")
	p.main = b.String()
	p.policy = fmt.Sprintf("default-src 'none'; style-src %s; script-src %s %s; img-src data:; base-uri 'none'; "+
		"form-action 'none'",
		cspHash(p.style), cspHash(p.head), cspHash(p.main))
	p.tmpl = template.New("page").Funcs(pageFuncs).Funcs(clock{}.funcs())
	names, err := fs.Glob(pageFiles, "*.tmpl")
	p.parseFailed = errors.Join(p.parseFailed, err)
	for _, name := range names {
		_, err := p.tmpl.Parse(closeUp(read(name)))
		p.parseFailed = errors.Join(p.parseFailed, err)
	}
	if p.parseFailed == nil {
		p.unused, p.parseFailed = p.tmpl.Clone()
	}
	return p
})

var (
	beforeAction = pattern.Of(`\n[ \t]*\{\{`)
	indentation  = pattern.Of(`\n[ \t]+`)
)

// closeUp takes the indentation out of a template; repeated for every finding it would
// be a twentieth of a large page. No template holds preformatted text of its own.
func closeUp(text string) string {
	return indentation().ReplaceAllString(beforeAction().ReplaceAllString(text, "{{"), "\n")
}

// cspHash is the source expression that allows exactly this text (CSP 3, section 2.3.1).
func cspHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// Options are the limits of a page; the zero value is what hunt uses.
type Options struct {
	// Rows is the most timeline rows that a page carries; 0 means 50,000, which browsers filter within a
	// tenth of a second.
	Rows int
}

// defaultRows is how many timeline rows a page has at most.
const defaultRows = 50_000

// Write writes r as one self-contained page. It calls Normalize.
func Write(ctx context.Context, w io.Writer, r *report.Report, o Options) error {
	r.Normalize()
	p := loadPage()
	if p.parseFailed != nil {
		return fmt.Errorf("html: %w", p.parseFailed)
	}
	if o.Rows <= 0 {
		o.Rows = defaultRows
	}
	v := newView(r, o.Rows)
	tmpl := p.tmpl
	if v.clock.zone != nil {
		own, err := p.unused.Clone()
		if err != nil {
			return fmt.Errorf("html: %w", err)
		}
		tmpl = own.Funcs(v.clock.funcs())
	}
	v.Policy, v.Style, v.HeadScript, v.Script = p.policy, template.CSS(p.style), template.JS(p.head),
		template.JS(p.main)
	v.print = func(w io.Writer, c card) error { return cmp.Or(ctx.Err(), tmpl.ExecuteTemplate(w, "card", c)) }
	v.printShort = func(w io.Writer, c card) error { return tmpl.ExecuteTemplate(w, "short", c) }
	// The row data goes between the two halves of the page without passing through the
	// template: it is JSON with <, > and & escaped, and it is most of the file.
	names := []string{"start"}
	for _, s := range outline.SectionsOf(r) {
		names = append(names, string(s.ID)) // each section has a template of its name
	}
	for _, name := range append(names, "foot") {
		if err := tmpl.ExecuteTemplate(w, name, v); err != nil {
			return fmt.Errorf("html: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if err := v.writeData(w); err != nil {
		return fmt.Errorf("html: %w", err)
	}
	if err := tmpl.ExecuteTemplate(w, "end", v); err != nil {
		return fmt.Errorf("html: %w", err)
	}
	return nil
}

// pageFuncs are what the templates may call.
var pageFuncs = template.FuncMap{
	"one":           func(s any) (any, error) { return logText(wordOf(s), mark.OneLine) },
	"whole":         wholeNames,
	"harm":          func(k report.ImpactKind) string { return k.Words() },
	"many":          func(s any) (any, error) { return logText(wordOf(s), mark.ManyLines) },
	"n":             func(n any) string { return thousandsOf(n) },
	"plural":        report.Count,
	"lasting":       lastingText,
	"hostsOf":       hostsOf,
	"everyHost":     everyHost,
	"others":        func(list []report.Touched) []string { return touchedNames(list[min(len(list), maxShownHosts):]) },
	"told":          func() int { return maxTold },
	"firsts":        func(list []report.Touched) []report.Touched { return firstOf(list, maxShownHosts) },
	"rights":        rights,
	"some":          someOf,
	"cited":         citedIn,
	"firstEdges":    func(list []report.Edge) []report.Edge { return firstOf(list, maxShownEdges) },
	"firstCollects": func(list []report.Collect) []report.Collect { return firstOf(list, maxCollectRows) },
	"restCollects":  func(list []report.Collect) []report.Collect { return list[min(len(list), maxCollectRows):] },
	"anchor":        anchor,
	"hex":           func(n int64) string { return fmt.Sprintf("0x%08X", n) },
	"size":          sizeText,
	"shape":         func(s report.Severity) string { return shapes[s.Rank()] },
	"sev":           sevClass,
	"section":       func(id outline.SectionID) outline.SectionID { return id },
	"states":        func() []sight.SourceState { return sight.SourceStates },
	"state":         stateClass,
	"glyph":         stateGlyph,
	"technique":     func(t report.Technique) string { return strings.TrimSpace(t.ID + " " + t.Name) },
	"fields":        eventFields,
	"long":          func(s string) bool { return len(s) > longText },
	"runes":         func(s string) string { return report.Thousands(utf8.RuneCountInString(s)) },
	"join":          strings.Join,
	"kids":          func(p *report.Process, depth int) []treeNode { return childNodes(p, depth) },
	"root":          func(p *report.Process) treeNode { return treeNode{p, 0, p.LeadsToEvidence(0)} },
	"kv":            func(k, v string) report.KeyValue { return report.KeyValue{Key: k, Value: v} },
	"word":          func(s any) string { return strings.ReplaceAll(wordOf(s), " ", "-") },
	"cite": func(r *report.Ref, host, channel, code string, t report.Time) string {
		return r.Cite(host, channel, code, t)
	},
	"utf8":        func(s string) string { return strings.ToValidUTF8(s, "\ufffd") },
	"given":       func(s string) bool { return strings.TrimSpace(s) != "" },
	"supplied":    report.Supplied,
	"tlp":         tlpClass,
	"minus":       func(n int) int { return -n },
	"firstUnseen": func(list []unseenView) []unseenView { return firstOf(list, maxUnseen) },
	"restUnseen":  func(list []unseenView) []unseenView { return list[min(len(list), maxUnseen):] },
	"hostLines":   hostLines,
	"add":         func(a, b int) int { return a + b },
	"brief":       func(s string) string { return report.Ellipsis(s, briefText) },
	"addr":        func(r report.Ref) *report.Ref { return &r },
}

// someIDs are the first ids of a list, and how many more there are.
type someIDs struct {
	IDs  []string
	More int
}

// someOf names the first of some ids; more are not in the list.
func someOf(list []string, more int) someIDs {
	first := firstOf(list, maxNamed)
	return someIDs{first, len(list) - len(first) + more}
}

// wordOf is a text, or the word of one of the model's states.
func wordOf(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return fmt.Sprint(v)
}

// logText is s with its marks in place. Most text has none and stays a string, which the template escapes where it
// is; otherwise the markup is another template's output.
func logText(s string, mode mark.LineMode) (any, error) {
	if mark.Plain(s, mode) {
		return s, nil
	}
	var b strings.Builder
	if err := markedText.Execute(&b, mark.Pieces(s, mode)); err != nil {
		return nil, err
	}
	return template.HTML(b.String()), nil
}

var markedText = template.Must(
	template.New("marked").Parse(
		`{{range .}}{{if .Mark}}<span class="mark" title="{{.Name}}">{{.Text}}</span>{{else}}{{.Text}}{{end}}{{end}}`))

// thousandsOf formats the model's integers.
func thousandsOf(n any) string {
	switch v := n.(type) {
	case int:
		return report.Thousands(v)
	case int32:
		return report.Thousands(int(v))
	case int64:
		return report.Thousands(int(v))
	}
	return fmt.Sprint(n)
}

// htmlTime shows a time with a blank between day and hour, which is where lines break.
func htmlTime(t report.Time) string {
	if t == nil {
		return "time not known"
	}
	return strings.Replace(t.String(), "T", " ", 1)
}

const notKnown template.HTML = `<span class="quiet">not known</span>`

// anchor makes a finding's id fit for an element id and a fragment.
func anchor(id string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
			return r
		}
		return '_'
	}, id)
}

func sizeText(n int64) string {
	const unit = 1024
	if n < unit {
		return report.Count(int(n), "byte", "bytes")
	}
	f, units := float64(n), "KMGTPE"
	i := -1
	for f >= unit {
		f /= unit
		i++
	}
	return fmt.Sprintf("%.1f %ciB (%s bytes)", f, units[i], report.Thousands(int(n)))
}

// sevClass keeps a severity to the words that the style sheet knows.
func sevClass(s report.Severity) string {
	if s.Rank() < len(report.Severities) {
		return string(s)
	}
	return "none"
}

// shapes are the marks of the severities, by Rank, around the origin: a severity
// can be told by its shape as well as by its colour.
var shapes = []string{
	"M0-8 8 0 0 8-8 0Z",
	"M0-7 7 5-7 5Z",
	"M-5-5H5V5H-5Z",
	"M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0Z",
	"M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0Z",
	"M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0Z",
}

func stateClass(s sight.SourceState) string {
	switch s {
	case sight.SourcePresent, sight.SourcePartly, sight.SourceAbsent, sight.SourceCleared:
		return string(s)
	case sight.SourceRolled:
		return "rolled"
	}
	return "unknown"
}

func stateGlyph(s sight.SourceState) string {
	switch s {
	case sight.SourcePresent:
		return "●"
	case sight.SourcePartly:
		return "◐"
	case sight.SourceAbsent:
		return "○"
	case sight.SourceCleared:
		return "✕"
	case sight.SourceRolled:
		return "↻"
	}
	return "?"
}

// tlpClass is the CSS class of the TLP 2.0 label, or "none".
func tlpClass(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	s = strings.TrimSpace(strings.TrimPrefix(s, "tlp:"))
	switch s {
	case "red", "amber", "green", "clear":
		return s
	case "amber+strict":
		return "amber-strict"
	case "white":
		return "clear"
	}
	return "none"
}

// treeNode is a process with its place in the tree.
type treeNode struct {
	*report.Process
	Depth int
	Path  bool // on the way to a process of the chain
}

func childNodes(p *report.Process, depth int) []treeNode {
	if depth >= report.MaxTreeDepth {
		return nil
	}
	var out []treeNode
	for _, c := range p.Children {
		if c != nil {
			out = append(out, treeNode{c, depth + 1, c.LeadsToEvidence(depth + 1)})
		}
	}
	return out
}

// briefText is how much of a message a line shows, in characters.
const briefText = 200

// longText is what fits on a page of paper; longer texts are truncated there, with a notice.
const longText = 4_000
