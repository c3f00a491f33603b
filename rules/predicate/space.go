package predicate

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// space numbers the texts that leaves look for in the values of one field, so that one look-up, or one scan, of a
// value answers all of those leaves.
type space struct {
	slot     int32
	form     form
	ids      map[string]int32
	literals []literal      // for formLiteral, by id
	grams    *grams         // for formLiteral, once the set is complete
	common   map[int32]bool // texts of other forms that many events have
	// alone says that no leaf of the field is true without any of the literals, in whatever parts the value is
	// searched.
	alone bool
}

// size is the number of texts.
func (x *space) size() int {
	if x.form == formLiteral {
		return len(x.literals)
	}
	return len(x.ids)
}

// form is how the texts of a space are compared with a value.
type form uint8

const (
	formExact   form = iota // the value is the text
	formFold                // the value, folded, is the text
	formInteger             // the value is the decimal text, or a hexadecimal one of the same number
	formBase                // what follows the last backslash of the value, folded, is the text
	formLiteral             // the value, folded, contains the text, or begins or ends with it
	forms
)

// formOf returns the form in which a test is answered by a look-up alone, with the texts that it looks for.
func formOf(t Test) (f form, texts []string, ok bool) {
	switch t := t.(type) {
	case *setTest:
		if t.fold {
			return formFold, t.values, true
		}
		return formExact, t.values, true
	case *integerTest:
		return formInteger, t.values, true
	}
	return 0, nil, false
}

// maxBase bounds base names that are looked up, in bytes.
const maxBase = 255

// base returns the base name that a pattern asks for, if the pattern is any run and then a backslash and a name.
func (p *Pattern) base() (name string, ok bool) {
	if !p.fold || !p.star || !p.literal || p.prefix.text != "" || len(p.middle) > 0 {
		return "", false
	}
	name, ok = strings.CutPrefix(p.suffix.text, `\`)
	return name, ok && len(name) <= maxBase && !strings.Contains(name, `\`)
}

// single returns the literal that a pattern asks for if it asks for nothing else: in the value, at its beginning or
// at its end.
func (p *Pattern) single() (l literal, ok bool) {
	if !p.fold || !p.star || !p.literal {
		return literal{}, false
	}
	switch pre, suf := p.prefix.text, p.suffix.text; {
	case len(p.middle) == 1 && pre == "" && suf == "":
		return literal{text: p.middle[0].text}, true
	case len(p.middle) == 0 && pre != "" && suf == "":
		return literal{text: pre, at: atStart}, true
	case len(p.middle) == 0 && pre == "" && suf != "":
		return literal{text: suf, at: atEnd}, true
	}
	return literal{}, false
}

// clauses returns what a value that matches the pattern contains: one literal of each clause, folded.
func (p *Pattern) clauses() [][]literal {
	var out [][]literal
	add := func(g *segment, at anchor) {
		g.texts(func(s string) {
			if !p.fold && !utf8.ValidString(s) {
				return // its bytes can be part of a character that folds to others
			}
			l := literal{text: Fold(s)}
			if len(s) == len(g.text) {
				l.at = at
			}
			out = append(out, []literal{l})
		})
	}
	if !p.star {
		add(&p.prefix, atStart)
		return out
	}
	add(&p.prefix, atStart)
	for i := range p.middle {
		add(&p.middle[i], anywhere)
	}
	add(&p.suffix, atEnd)
	return out
}

// splitPatterns separates the patterns of a test into those that ask for a base name, those that ask for one
// literal, and the rest.
func splitPatterns(t *patternTest) (bases, singles, rest []*Pattern) {
	for _, p := range t.patterns {
		if _, ok := p.base(); ok {
			bases = append(bases, p)
		} else if _, ok := p.single(); ok {
			singles = append(singles, p)
		} else {
			rest = append(rest, p)
		}
	}
	return bases, singles, rest
}

// clauses returns what a value that passes a test contains: one literal of each clause. None means that nothing is
// known.
func clauses(t Test) [][]literal {
	switch t := t.(type) {
	case *patternTest:
		return anyOf(len(t.patterns), func(i int) [][]literal { return t.patterns[i].clauses() })
	case *regexTest:
		return anyOf(len(t.exprs), func(i int) [][]literal { return t.exprs[i].clauses })
	}
	return nil
}

// maxClause bounds the literals of a clause: one with more says little.
const maxClause = 256

// anyOf returns clauses that hold if those of one of n parts do: for one part its own, for several one clause that
// joins the best of each.
func anyOf(n int, part func(i int) [][]literal) [][]literal {
	if n == 1 {
		return part(0)
	}
	var joined []literal
	for i := range n {
		best := bestClause(part(i))
		if best == nil || len(joined)+len(best) > maxClause {
			return nil
		}
		joined = append(joined, best...)
	}
	if joined == nil {
		return nil
	}
	return [][]literal{joined}
}

// bestClause returns the clause whose shortest literal is the longest, nil if there is none.
func bestClause(cs [][]literal) []literal {
	var best []literal
	length := 0
	for _, c := range cs {
		shortest := slices.MinFunc(c, func(a, b literal) int { return len(a.text) - len(b.text) })
		if len(shortest.text) > length {
			best, length = c, len(shortest.text)
		}
	}
	return best
}
