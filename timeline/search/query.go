package search

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"hunt/evtx"
)

// Pattern is what a search looks for in the names and values of records: a text, which may have
// blanks, or a regular expression.
type Pattern struct {
	Text  string
	Regex bool
	Label string // where an indicator comes from, such as its id; "" for a pattern that was typed
}

// Options say what a search looks for. The zero value looks for nothing.
type Options struct {
	Patterns []Pattern
	// AllWords requires all patterns in a record, in whatever fields; otherwise one is enough.
	AllWords      bool
	CaseSensitive bool
	// Fields are the names of the fields that are searched; none means all. A name is that of the
	// field or the end of its path: CommandLine, EventData.CommandLine.
	Fields []string
}

const (
	// maxPatterns bounds the patterns of a search. Lists of indicators have thousands.
	maxPatterns = 200_000
	// maxPattern bounds the length of a pattern, in bytes: a chunk holds no longer text.
	maxPattern = evtx.ChunkSize
	// fewLiterals is the number up to which literals are searched for one by one. More are searched
	// for all at once.
	fewLiterals = 8
)

// Query is a compiled search. It is read-only and may be shared.
type Query struct {
	Options
	regexes    []*regexp.Regexp // by pattern; nil for a text
	literals   []*literal
	of         [][]int32 // by literal: the patterns that need it
	regular    bool      // some pattern is a regular expression
	loose      []int32   // regular expressions that need no literal
	least      []int     // by pattern: the smallest size in bytes of a text in which a regular expression matches
	leastLoose int       // the least of those of loose
	fields     []string  // folded

	sift  *sift
	sieve *sieve // of many literals; nil for few
	quick *quick // for few literals, if no pattern is a regular expression

	shown evtx.Kinds // of values whose text may have any literal in it

	kinds      evtx.Kinds // of values that any literal may be in
	everywhere bool       // no chunk can be skipped
	decode     bool       // no record can be skipped
	numbered   bool

	leastNumber int // of namesakes, in which a literal may be
}

// Compile checks and compiles what a search looks for.
func Compile(o Options) (*Query, error) {
	switch {
	case len(o.Patterns) == 0:
		return nil, errors.New("there is nothing to search for")
	case len(o.Patterns) > maxPatterns:
		return nil, fmt.Errorf("%d patterns; a search takes %d at most", len(o.Patterns), maxPatterns)
	}
	q := &Query{Options: o, regexes: make([]*regexp.Regexp, len(o.Patterns)), least: make([]int, len(o.Patterns))}
	for _, f := range o.Fields {
		q.fields = append(q.fields, string(appendFold(nil, f)))
	}
	known := map[string]int32{}
	add := func(text string, pattern int, exact bool) {
		key := "=" + text
		if !exact {
			key = string(appendFold([]byte{'~'}, text))
		}
		i, ok := known[key]
		if !ok {
			i = int32(len(q.literals)) // #nosec G115 -- below maxPatterns * maxRequired
			known[key] = i
			q.literals, q.of = append(q.literals, newLiteral(text, exact)), append(q.of, nil)
		}
		q.of[i] = append(q.of[i], int32(pattern)) // #nosec G115 -- below maxPatterns
	}
	for i, p := range o.Patterns {
		switch {
		case p.Text == "":
			return nil, errors.New("a pattern is empty, so it would match every value")
		case len(p.Text) > maxPattern:
			return nil, fmt.Errorf("the pattern %.40q… has %d bytes; no value is longer than %d", p.Text, len(p.Text),
				maxPattern)
		case !utf8.ValidString(p.Text):
			return nil, fmt.Errorf("the pattern %q is not UTF-8", p.Text)
		case !p.Regex:
			add(p.Text, i, o.CaseSensitive)
		default:
			texts, err := q.regex(i)
			if err != nil {
				return nil, err
			}
			for _, t := range texts {
				add(t, i, false) // in any case, since the expression may set flags
			}
		}
	}
	q.prepare()
	return q, nil
}

// regex compiles a regular expression, and returns texts of which each match contains one.
func (q *Query) regex(i int) ([]string, error) {
	text := q.Patterns[i].Text
	if !q.CaseSensitive {
		text = "(?i:" + text + ")"
	}
	_, err := regexp.Compile(q.Patterns[i].Text) // so that an error shows what the user typed
	var re *regexp.Regexp
	if err == nil {
		re, err = regexp.Compile(text)
	}
	if err != nil {
		var e *syntax.Error
		if errors.As(err, &e) {
			return nil, fmt.Errorf("invalid regular expression %q: %s: %q", q.Patterns[i].Text, e.Code, e.Expr)
		}
		return nil, fmt.Errorf("invalid regular expression %q: %w", q.Patterns[i].Text, err)
	}
	if re.MatchString("") {
		return nil, fmt.Errorf("the regular expression %q matches the empty text, so it would match every value",
			q.Patterns[i].Text)
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	q.regexes[i], q.regular = re, true
	texts := required(tree)
	q.least[i] = leastLength(tree)
	if len(texts) == 0 {
		if len(q.loose) == 0 || q.least[i] < q.leastLoose {
			q.leastLoose = q.least[i]
		}
		q.loose = append(q.loose, int32(i)) // #nosec G115 -- below maxPatterns
	}
	return texts, nil
}

// prepare decides how to look for the literals, and what can be skipped.
func (q *Query) prepare() {
	if len(q.literals) > fewLiterals {
		if q.sieve = newSieve(q.literals); q.sieve == nil {
			q.decode = true
		}
	}
	for _, l := range q.literals {
		if len(q.literals) <= fewLiterals {
			l.makeNeedle()
		}
		q.kinds |= l.kinds
		q.shown |= l.shown
		if l.numbered && (!q.numbered || l.least < q.leastNumber) {
			q.numbered, q.leastNumber = true, l.least
		}
		q.everywhere = q.everywhere || l.everywhere()
		q.decode = q.decode || l.anywhere
	}
	q.sift = newSift(q.literals)
	if !q.regular {
		q.quick = newQuick(q.literals)
	}
	q.decode = q.decode || len(q.loose) > 0
	q.everywhere = q.everywhere || q.decode
}

// inBytes reports whether bytes of a log may have what a record needs to match, as text or in binary
// form.
func (q *Query) inBytes(b []byte) bool {
	if q.sieve != nil {
		return q.sieve.in(b)
	}
	for _, l := range q.literals {
		if l.inBytes(b) {
			return true
		}
	}
	return false
}

// inLines reports whether a text, line by line, has any literal; scratch is used and returned.
func (q *Query) inLines(text, scratch []byte) (bool, []byte) {
	scratch, ascii := appendASCIIFold(scratch[:0], text)
	if !ascii {
		scratch = appendFold(scratch[:0], text)
	}
	return q.sift.in(q.literals, text, scratch), scratch
}

// wants reports whether a field is one of those that are searched.
func (q *Query) wants(path string) bool {
	if len(q.fields) == 0 {
		return true
	}
	path = string(appendFold(nil, path))
	bare, _, _ := strings.Cut(path, "[")
	for _, f := range q.fields {
		for _, p := range []string{path, bare} {
			if p == f || strings.HasSuffix(p, "."+f) {
				return true
			}
		}
	}
	return false
}
