package predicate

import (
	"strings"
	"unicode/utf8"
)

// Pattern is a compiled wildcard pattern: `*` is any run of characters, `?`
// exactly one. A case-insensitive pattern is folded, and matched against folded text.
//
// The text between stars is a segment. The first and the last are anchored; those in
// between are found leftmost first, which is right because `*` takes any run. So a match
// costs at most the length of the text times the length of the pattern.
type Pattern struct {
	src      string // for keys: the pattern as written, folded or not
	verbatim bool   // src is plain text: see literalPattern
	star     bool   // there is a `*`
	prefix   segment
	middle   []segment
	suffix   segment
	literal  bool // no segment has a `?`
	minRunes int
}

// segment is a part of a pattern without stars.
type segment struct {
	text  string
	any   bool // has a `?`
	runes int
}

func newSegment(s string) segment {
	return segment{text: s, any: strings.Contains(s, "?"), runes: utf8.RuneCountInString(s)}
}

// HasWildcard reports whether s is a pattern rather than plain text.
func HasWildcard(s string) bool { return strings.ContainsAny(s, "*?") }

// Wildcard compiles a pattern; with fold it matches folded text.
func Wildcard(s string, fold bool) Pattern {
	if fold {
		s = Fold(s)
	}
	parts := strings.Split(s, "*")
	p := Pattern{src: s, star: len(parts) > 1, prefix: newSegment(parts[0]), literal: !strings.Contains(s, "?")}
	p.minRunes = p.prefix.runes
	if !p.star {
		return p
	}
	p.suffix = newSegment(parts[len(parts)-1])
	p.minRunes += p.suffix.runes
	for _, m := range parts[1 : len(parts)-1] {
		if m != "" {
			p.middle = append(p.middle, newSegment(m))
			p.minRunes += p.middle[len(p.middle)-1].runes
		}
	}
	return p
}

// Literal is a pattern in which nothing is special: text at the beginning, at the end or anywhere.
func Literal(prefix, middle, suffix string, fold bool) Pattern {
	if fold {
		prefix, middle, suffix = Fold(prefix), Fold(middle), Fold(suffix)
	}
	seg := func(s string) segment { return segment{text: s, runes: utf8.RuneCountInString(s)} }
	p := Pattern{src: prefix + "\x00" + middle + "\x00" + suffix, star: true, prefix: seg(prefix), suffix: seg(suffix), literal: true, verbatim: true}
	if middle != "" {
		p.middle = []segment{seg(middle)}
	}
	return p
}

// match reports whether the whole of s matches; ascii says that s is ASCII, which
// makes a character a byte.
func (p *Pattern) match(s string, ascii bool) bool {
	if p.literal {
		if !p.star {
			return s == p.prefix.text
		}
		if len(s) < len(p.prefix.text)+len(p.suffix.text) || !strings.HasPrefix(s, p.prefix.text) || !strings.HasSuffix(s, p.suffix.text) {
			return false
		}
		s = s[len(p.prefix.text) : len(s)-len(p.suffix.text)]
		for i := range p.middle {
			at := strings.Index(s, p.middle[i].text)
			if at < 0 {
				return false
			}
			s = s[at+len(p.middle[i].text):]
		}
		return true
	}
	return p.matchAny(s, ascii)
}

// matchAny matches a pattern that has a `?`.
func (p *Pattern) matchAny(s string, ascii bool) bool {
	if len(s) < p.minRunes {
		return false
	}
	n := p.prefix.at(s, ascii)
	if n < 0 {
		return false
	}
	if !p.star {
		return n == len(s)
	}
	s = s[n:]
	end := p.suffix.atEnd(s, ascii)
	if end < 0 {
		return false
	}
	s = s[:end]
	for i := range p.middle {
		after := p.middle[i].find(s, ascii)
		if after < 0 {
			return false
		}
		s = s[after:]
	}
	return true
}

// at matches the segment at the beginning of s and returns the length of the match, or -1.
func (g *segment) at(s string, ascii bool) int {
	if !g.any {
		if !strings.HasPrefix(s, g.text) {
			return -1
		}
		return len(g.text)
	}
	if ascii && len(s) < g.runes {
		return -1
	}
	pos := 0
	for i := 0; i < len(g.text); {
		if pos >= len(s) {
			return -1
		}
		if g.text[i] == '?' {
			pos += charLen(s[pos:], ascii)
			i++
			continue
		}
		if g.text[i] != s[pos] {
			return -1
		}
		i++
		pos++
	}
	return pos
}

// atEnd matches the segment at the end of s and returns the offset of the match, or -1.
func (g *segment) atEnd(s string, ascii bool) int {
	start := len(s) - len(g.text)
	if g.any && !ascii {
		start = len(s)
		for range g.runes {
			if start == 0 {
				return -1
			}
			_, n := utf8.DecodeLastRuneInString(s[:start])
			start -= n
		}
	}
	if start < 0 {
		return -1
	}
	if g.at(s[start:], ascii) != len(s)-start {
		return -1
	}
	return start
}

// find returns the offset after the leftmost match of the segment in s, or -1.
func (g *segment) find(s string, ascii bool) int {
	if !g.any {
		at := strings.Index(s, g.text)
		if at < 0 {
			return -1
		}
		return at + len(g.text)
	}
	for pos := 0; pos < len(s); pos += charLen(s[pos:], ascii) {
		if n := g.at(s[pos:], ascii); n >= 0 {
			return pos + n
		}
	}
	return -1
}

// charLen is the length of the first character of s, which is not empty.
func charLen(s string, ascii bool) int {
	if ascii || s[0] < utf8.RuneSelf {
		return 1
	}
	_, n := utf8.DecodeRuneInString(s)
	return n
}
