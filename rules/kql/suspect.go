package kql

import (
	"fmt"
	"strings"

	"hunt/rules/kql/syntax"
)

// suspect warns of values that are valid but hardly what the author means: they match nothing,
// and nobody would see why.
func (c *compiler) suspect(f field, v syntax.Literal) {
	text := v.Text()
	subject := fmt.Sprint("suspect", v.At)
	switch {
	case v.Exists():
	case f.analyzer != None:
		c.suspectWords(f.analyzer, v)
	case !isText(f.typ):
	case v.Kind == syntax.Quoted:
		switch {
		case strings.ContainsAny(text, "\t\r\n") && (strings.Contains(text, `\`) || hasDrive(text)):
			c.warn(v.At, subject, `%s holds a tab or a line end: write \\ for each backslash of a path`, v)
		case len(text) > 1 && (text[0] == '*' || text[len(text)-1] == '*'):
			c.warn(v.At, subject, "in quotes, * is a star and no wildcard: write %s without them for a pattern", v)
		}
	case v.Kind == syntax.Word:
		c.suspectWord(v.At, subject, text)
	}
}

// suspectWord warns of suspicious text without quotes.
func (c *compiler) suspectWord(at syntax.Pos, subject, text string) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return
	}
	switch last := words[len(words)-1]; {
	case len(words) > 1 && (strings.EqualFold(last, "and") || strings.EqualFold(last, "or") ||
		strings.EqualFold(last, "not")):
		c.warn(at, subject, "`%s` is part of the value %q: no condition follows that it could join", last, text)
	case len(words) > 1 && strings.Contains(text, " | "):
		c.warn(at, subject, "KQL has no pipes: `|` is part of the value %q", text)
	case quotedOtherwise(text):
		c.warn(at, subject, "the quotes are part of the value %s: KQL quotes text with \"", text)
	}
}

// suspectWords warns of text that no word of analysed text can equal.
func (c *compiler) suspectWords(a Analyzer, v syntax.Literal) {
	subject := fmt.Sprint("suspect", v.At)
	if !v.Wild() {
		if len(a.words(v.Text())) == 0 {
			c.warn(v.At, subject, "%s has no word to look for: the condition never holds", v)
		}
		return
	}
	for _, part := range v.Parts {
		for i := range len(part) {
			if a == Script && !isScriptByte(part[i]) || strings.IndexByte(" \t\r\n", part[i]) >= 0 {
				c.warn(v.At, subject, "no word has %q, and a pattern is compared with single words: the condition "+
					"never holds", part[i:i+prefixOf(part[i:], 1)])
				return
			}
		}
	}
}

// hasDrive reports whether a text begins as a path does.
func hasDrive(text string) bool { return len(text) > 2 && text[1] == ':' }

// quotedOtherwise reports whether a text is in quotation marks that KQL does not know.
func quotedOtherwise(text string) bool {
	for _, q := range [][2]string{{"'", "'"}, {"“", "”"}, {"‘", "’"}, {"„", "“"}, {"`", "`"}} {
		if len(text) > len(q[0]) && strings.HasPrefix(text, q[0]) && strings.HasSuffix(text, q[1]) {
			return true
		}
	}
	return false
}
