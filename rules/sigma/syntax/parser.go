package syntax

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"hunt/config"
	"hunt/spelling"
)

// Options define what rules mean beyond their own text.
type Options struct {
	// Placeholders are the values of %name% with the modifier expand, as texts with wildcards.
	Placeholders map[string][]string
}

// parser reads one document.
type parser struct {
	opts Options
	doc  *Document
	open *Selection // the selection that is being read

	aggregable *config.YAMLNode // a condition that may have an aggregation: the only one of a rule
	regexSize  *int             // of all regular expressions of the file
}

func (p *parser) mistake(at Pos, hint, format string, args ...any) {
	note((*[]*Error)(&p.doc.Mistakes), &Error{Pos: at, Msg: fmt.Sprintf(format, args...), Hint: hint},
		"there are more mistakes in this document, which are left out")
}

// note adds a remark about a document, up to maxErrors and then that there are more.
func note(list *[]*Error, e *Error, more string) {
	switch n := len(*list); {
	case n < maxErrors:
		*list = append(*list, e)
	case n == maxErrors:
		*list = append(*list, &Error{Pos: e.Pos, Msg: more})
	}
}

func (p *parser) warn(at Pos, hint, format string, args ...any) {
	note(&p.doc.Warnings, &Error{Pos: at, Msg: fmt.Sprintf(format, args...), Hint: hint},
		"there are more warnings about this document, which are left out")
}

// unsupported notes something that hunt does not run in the current selection. It counts if the condition names the
// selection.
func (p *parser) unsupported(at Pos, why Reason, hint, format string, args ...any) {
	if p.open.unsupported == nil {
		p.open.unsupported = &Error{Pos: at, Msg: fmt.Sprintf(format, args...), Hint: hint, Reason: why}
	}
}

// unsupportedRule notes why the document does not run.
func (p *parser) unsupportedRule(at Pos, why Reason, hint, format string, args ...any) {
	if p.doc.Skip == nil {
		p.doc.Skip = &Error{Pos: at, Msg: fmt.Sprintf(format, args...), Hint: hint, Reason: why}
	}
}

// Parse reads the documents of a file. What is wrong with one of them is in it and does not affect the others.
func Parse(src []byte, opts Options) []*Document {
	if line, col, ok := invalidUTF8(src); ok {
		doc := &Document{Pos: Pos{line, col}}
		doc.Mistakes = Errors{{Pos: doc.Pos, Msg: "the file is not UTF-8", Hint: "save it as UTF-8"}}
		return []*Document{doc}
	}
	var out []*Document
	regexSize := 0
	for _, d := range config.YAMLDocuments(src) {
		out = append(out, parse(d, opts, &regexSize))
	}
	return out
}

// invalidUTF8 returns the place of the first byte that is not UTF-8.
func invalidUTF8(src []byte) (line, col int, found bool) {
	if utf8.Valid(src) {
		return 0, 0, false
	}
	at := 0
	for {
		r, n := utf8.DecodeRune(src[at:])
		if r == utf8.RuneError && n <= 1 {
			break
		}
		at += n
	}
	before := src[:at]
	return 1 + bytes.Count(before, []byte("\n")), 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]), true
}

func parse(d config.YAMLDocument, opts Options, regexSize *int) *Document {
	doc := &Document{Pos: Pos{d.Line, 1}}
	p := &parser{opts: opts, doc: doc, regexSize: regexSize}
	root, err := d.Parse()
	if err != nil {
		where, msg := doc.Pos, err.Error()
		var e *config.YAMLError
		if errors.As(err, &e) {
			where, msg = Pos{e.Line, e.Col}, e.Msg
		}
		msg, hint := plainMistake(msg)
		p.mistake(where, hint, "%s", msg)
		return doc
	}
	doc.Pos = at(root)
	if root.Kind != config.YAMLMap {
		p.mistake(doc.Pos, "a rule begins with title:, logsource: and detection:", "the document is not a rule")
		return doc
	}
	for _, e := range root.Entries {
		doc.Keys = append(doc.Keys, Key{at(e.Key), e.Key.Text})
	}
	doc.Meta = p.meta(root)
	p.misspelt(root)
	switch {
	case root.Get("correlation") != nil:
		p.correlation(root)
	case root.Get("filter") != nil:
		p.filter(root)
	case root.Get("action") != nil:
		action := root.Get("action")
		p.unsupportedRule(at(action), ReasonGlobal, "write each rule out in full",
			"documents with action: %s are of an older Sigma", shorten(action.Text))
	default:
		p.rule(root)
	}
	return doc
}

// plainMistake puts a mistake in YAML into the words of rule authors, with a hint for those that rules invite.
func plainMistake(msg string) (plain, hint string) {
	switch {
	case strings.Contains(msg, "aliases are written out"):
		return msg, "write the values out instead of repeating them with & and *"
	case strings.Contains(msg, "alias"):
		return msg, "put a value that begins with * or & into quotes: '*\\name.exe'"
	case strings.Contains(msg, "occurs twice"):
		return msg, "remove one; the values of one field go into one list, with |all where each must be there, and " +
			"--- stands between two rules"
	case strings.Contains(msg, "'\t'"):
		return "a tab indents this line", "indent with blanks"
	case strings.Contains(msg, "unknown escape character"):
		return msg, "in double quotes, write \\\\ for a backslash, or use single quotes"
	case strings.Contains(msg, "end character of single-quoted"):
		return "the quote ' that opens here is never closed", "close it; inside, write '' for a quote"
	case strings.Contains(msg, "end character of double-quoted"):
		return "the quote \" that opens here is never closed", "close it; inside, write \\\" for a quote"
	case strings.Contains(msg, "mapping value is not allowed"):
		return "there is a colon where YAML takes none",
			"put a value with a colon into quotes, and begin the keys of a map in one column"
	case strings.Contains(msg, "map key-value is pre-defined"):
		return "text follows the closing quote", "in single quotes, write '' for a quote"
	case strings.Contains(msg, "value is not allowed in this context"):
		return "this line begins in a column where YAML allows none",
			"begin the keys of a map in one column, and indent with blanks"
	}
	return msg, "look for a quote or bracket that is not closed, and at the columns of this line and the one above"
}

// rootKeys are the keys of documents that have a meaning for hunt or other tools. Documents may have others as well.
var rootKeys = []string{"title", "id", "related", "name", "taxonomy", "status", "description", "license", "author",
	"references", "date", "modified", "logsource", "detection", "correlation", "filter", "fields", "falsepositives",
	"level", "tags", "scope", "generate", "action", "ruletype", "details"}

// misspelt warns of keys of a document that nearly equal one of those.
func (p *parser) misspelt(root *config.YAMLNode) {
	for _, e := range root.Entries {
		if slices.Contains(rootKeys, e.Key.Text) || len(e.Key.Text) < 4 {
			continue
		}
		if near := spelling.Nearest(e.Key.Text, rootKeys, 2); near != "" && root.Get(near) == nil {
			p.warn(at(e.Key), "did you mean "+near+"?", "hunt does not know the key %s", shorten(e.Key.Text))
		}
	}
}

// rule reads a rule.
func (p *parser) rule(root *config.YAMLNode) {
	p.doc.Kind = RuleDocument
	if p.doc.Title == "" && (root.Get("title") == nil || root.Get("title").Kind == config.YAMLScalar) {
		p.mistake(p.doc.Pos, "add title: what the rule detects", "the rule has no title")
	}
	p.doc.LogSource = p.logSource(root)
	n := root.Get("detection")
	if n == nil {
		p.noDetection(root)
		return
	}
	p.doc.Detection = p.detection(n, "detection")
	if n.Kind == config.YAMLMap {
		p.timeframe(n)
	}
	p.skip()
}

// noDetection reports that a rule has no detection, and which key may be meant as one.
func (p *parser) noDetection(root *config.YAMLNode) {
	where, hint := p.doc.Pos, "add detection: with a selection and a condition"
	for _, e := range root.Entries {
		if e.Value.Kind == config.YAMLMap && nearest(e.Key.Text, []string{"detection"}) != "" {
			where, hint = at(e.Key), "write detection: instead of "+e.Key.Text+":"
		}
	}
	p.mistake(where, hint, "the rule has no detection")
}

// skip copies to the document why a selection that the condition names does not run.
func (p *parser) skip() {
	p.doc.Detection.Condition.each(func(s *Selection) {
		if s.unsupported != nil && p.doc.Skip == nil {
			p.doc.Skip = s.unsupported
		}
	})
}

// filter reads a filter: a condition that is added to other rules.
func (p *parser) filter(root *config.YAMLNode) {
	p.doc.Kind = FilterDocument
	n := root.Get("filter")
	p.doc.LogSource = p.logSource(root)
	p.doc.Detection = p.detection(n, "filter")
	if n.Kind == config.YAMLMap {
		p.doc.Rules, p.doc.RuleAt = p.texts(n, "rules"), places(n, "rules")
		if n.Get("rules") == nil {
			p.mistake(at(n), "add rules: with ids or names, or rules: any", "the filter names no rules")
		}
	}
	if len(p.doc.Rules) == 1 && strings.EqualFold(p.doc.Rules[0], "any") {
		p.doc.Rules, p.doc.AnyRule = nil, true
	}
	if c := p.doc.Detection.Condition; c != nil && !c.Negates() {
		p.warn(c.Pos, "to leave out what a selection matches, write condition: not selection",
			"the filter keeps only what its condition matches: hunt joins it to the rule with and")
	}
	p.skip()
}
