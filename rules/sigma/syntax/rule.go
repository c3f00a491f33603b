package syntax

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"hunt/config"
)

// Kind is the kind of a document.
type Kind uint8

// The kinds of documents.
const (
	RuleDocument Kind = iota
	CorrelationDocument
	FilterDocument
)

// Document is one document of a file.
type Document struct {
	Kind
	Pos // of its first key
	Meta
	LogSource LogSource
	Detection *Detection     // for a rule, and for a filter
	Rules     []string       // for a filter and a correlation: ids, names or titles of the rules that it is about
	RuleAt    map[string]Pos // where Rules stand
	AnyRule   bool           // for a filter: it is about every rule of its log source
	// Correlation is what a correlation counts, or an older rule with an aggregation.
	Correlation *Correlation
	Generate    bool     // for a correlation: the rules that it is about give findings of their own, too
	Warnings    []*Error // what is probably not meant
	Mistakes    Errors   // why it is not valid; nil if it is
	Skip        *Error   // why it does not run although it is valid; nil if it runs
	Keys        []Key    // all keys of the document, including those without a meaning for hunt
}

// Key is a key of a document.
type Key struct {
	Pos
	Name string
}

// Meta is what a document says about itself.
type Meta struct {
	IDPos Pos // of the id, if there is one

	ID, Name, Title, Description  string
	Author, Licence               string
	Status, Level, Date, Modified string
	References, FalsePositives    []string
	Tags, Fields                  []string
	Related                       []Related
	RuleType                      string // of hayabusa-rules: Hayabusa, Sigma
	Details                       string // of hayabusa-rules: a line that shows a match, with %Field%
}

// Related is a rule to which a rule is related.
type Related struct{ ID, Type string }

// LogSource says which logs a rule is about.
type LogSource struct {
	Pos
	Category, Product, Service string
	Definition                 string // prose: what must be switched on

	CategoryPos, ProductPos, ServicePos Pos // of the values; zero for missing ones
}

// levels are the levels of the specification.
var levels = []string{"informational", "low", "medium", "high", "critical"}

// statuses are those of the specification.
var statuses = []string{"stable", "test", "experimental", "deprecated", "unsupported"}

// meta reads what a document says about itself.
func (p *parser) meta(n *config.YAMLNode) Meta {
	m := Meta{
		ID: p.text(n, "id"), Name: p.text(n, "name"), Title: p.text(n, "title"),
		Description: p.text(n, "description"), Author: p.joined(n, "author"), Licence: p.text(n, "license"),
		Status: strings.ToLower(p.text(n, "status")), Level: strings.ToLower(p.text(n, "level")),
		Date: p.text(n, "date"), Modified: p.text(n, "modified"), References: p.texts(n, "references"),
		FalsePositives: p.texts(n, "falsepositives"), Tags: p.texts(n, "tags"), Fields: p.texts(n, "fields"),
		RuleType: p.text(n, "ruletype"), Details: p.text(n, "details"),
	}
	if v := n.Get("id"); v != nil {
		m.IDPos = at(v)
	}
	if v := n.Get("level"); v != nil && m.Level != "" && !slices.Contains(levels, m.Level) {
		p.mistake(at(v), "the levels are "+strings.Join(levels, ", "), "unknown level %q", m.Level)
	}
	if v := n.Get("status"); v != nil && m.Status != "" && !slices.Contains(statuses, m.Status) {
		p.warn(at(v), "the statuses are "+strings.Join(statuses, ", "), "unknown status %q", m.Status)
	}
	for _, key := range []string{"date", "modified"} {
		if v := n.Get(key); v != nil && v.Kind == config.YAMLScalar && !dated(strings.TrimSpace(v.Text)) {
			p.warn(at(v), "write "+key+": 2026-05-31", "%s is %q, which is not a date", key, strings.TrimSpace(v.Text))
		}
	}
	if v := n.Get("related"); v != nil && v.Kind == config.YAMLList {
		for _, r := range v.Items {
			if r.Kind == config.YAMLMap {
				m.Related = append(m.Related, Related{p.text(r, "id"), strings.ToLower(p.text(r, "type"))})
			}
		}
	}
	return m
}

// dated reports whether a text is a calendar date, or empty. Older rules write 2026/05/31.
func dated(text string) bool {
	_, err := time.Parse(time.DateOnly, strings.ReplaceAll(text, "/", "-"))
	return text == "" || err == nil
}

// text returns the text of a key, "" if it has none.
func (p *parser) text(n *config.YAMLNode, key string) string {
	v := n.Get(key)
	switch {
	case v == nil:
		return ""
	case v.Kind != config.YAMLScalar:
		p.mistake(at(v), "write "+key+": text", "%s must be a text", key)
		return ""
	}
	return strings.TrimSpace(v.Text)
}

// texts returns the list of texts of a key, which may also be a single text or nothing.
func (p *parser) texts(n *config.YAMLNode, key string) []string {
	v := n.Get(key)
	if v == nil || v.Null {
		return nil
	}
	if v.Kind == config.YAMLScalar {
		if s := strings.TrimSpace(v.Text); s != "" {
			return []string{s}
		}
		return nil
	}
	var out []string
	for _, x := range v.Items {
		if x.Kind != config.YAMLScalar {
			p.mistake(at(x), "write "+key+": [one, two]", "%s must be a list of texts", key)
			return nil
		}
		if s := strings.TrimSpace(x.Text); s != "" {
			out = append(out, s)
		}
	}
	if v.Kind == config.YAMLMap {
		p.mistake(at(v), "write "+key+": [one, two]", "%s must be a list of texts", key)
	}
	return out
}

// places returns where the texts of a key are.
func places(n *config.YAMLNode, key string) map[string]Pos {
	out := map[string]Pos{}
	v := n.Get(key)
	if v == nil {
		return out
	}
	for _, x := range append([]*config.YAMLNode{v}, v.Items...) {
		if s := strings.TrimSpace(x.Text); x.Kind == config.YAMLScalar && s != "" {
			out[s] = at(x)
		}
	}
	return out
}

// joined returns the text of a key, which may also be a list of texts.
func (p *parser) joined(n *config.YAMLNode, key string) string {
	return strings.Join(p.texts(n, key), ", ")
}

// logSource reads what logs a rule or filter is about.
func (p *parser) logSource(n *config.YAMLNode) LogSource {
	v := n.Get("logsource")
	if v == nil || v.Kind != config.YAMLMap {
		where := Pos{n.Line, n.Col}
		if v != nil {
			where = at(v)
		}
		p.mistake(where, "add logsource: with product: windows and a category or service",
			"the rule names no log source")
		return LogSource{}
	}
	p.unknownKeys(v, "a log source", []string{"product", "category", "service", "definition", "description"})
	place := func(key string) Pos {
		if x := v.Get(key); x != nil {
			return at(x)
		}
		return Pos{}
	}
	return LogSource{
		Pos: at(v), CategoryPos: place("category"), ProductPos: place("product"), ServicePos: place("service"),
		Category: strings.ToLower(p.text(v, "category")), Product: strings.ToLower(p.text(v, "product")),
		Service:    strings.ToLower(p.text(v, "service")),
		Definition: cmp.Or(p.text(v, "definition"), p.text(v, "description")), // Hayabusa's rules use the second
	}
}
