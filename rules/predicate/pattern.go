package predicate

import (
	"strings"
	"unicode/utf8"
)

// Pattern is a compiled pattern of texts and wildcards: any run of characters, and exactly one
// character. It matches a whole value. A case-insensitive pattern is folded, and matched against
// folded text.
//
// The text between runs is a segment. The first and the last are anchored; for those in between, the
// leftmost match is used, which is right because a run matches anything. So a match costs at most the
// length of the text times the length of the pattern.
type Pattern struct {
	src      string // canonical: equal patterns have equal ones
	fold     bool
	star     bool // there is a run
	prefix   segment
	middle   []segment
	suffix   segment
	literal  bool // no segment has a wildcard for one character
	minRunes int
}

// PartKind is the kind of a Part of a pattern.
type PartKind uint8

// The kinds of parts.
const (
	PartText PartKind = iota // the text itself: nothing in it is special
	PartAny                  // any run of characters, an empty one too
	PartOne                  // one character
)

// Part is a piece of a pattern. Text is set for kind PartText.
type Part struct {
	Kind PartKind
	Text string
}

// segment is a part of a pattern without runs.
type segment struct {
	text  string
	one   []bool // for each byte of text: it stands for any character; nil: none does
	runes int
}

// add appends a text, or a wildcard for one character.
func (g *segment) add(p Part) {
	if p.Kind == PartOne {
		for len(g.one) < len(g.text) {
			g.one = append(g.one, false)
		}
		g.text, g.one, g.runes = g.text+"?", append(g.one, true), g.runes+1
		return
	}
	g.text, g.runes = g.text+p.Text, g.runes+utf8.RuneCountInString(p.Text)
	for g.one != nil && len(g.one) < len(g.text) {
		g.one = append(g.one, false)
	}
}

// texts calls f for each run of plain text of the segment.
func (g *segment) texts(f func(string)) {
	from := 0
	for i := range len(g.text) + 1 {
		if i == len(g.text) || g.one != nil && g.one[i] {
			if i > from {
				f(g.text[from:i])
			}
			from = i + 1
		}
	}
}

// NewPattern makes a pattern from its parts; with fold it ignores case.
func NewPattern(fold bool, parts ...Part) *Pattern {
	var src strings.Builder
	p := &Pattern{fold: fold, literal: true}
	g := segment{}
	for i, part := range parts {
		if fold && part.Kind == PartText {
			part.Text = Fold(part.Text)
		}
		switch part.Kind {
		case PartAny:
			if i > 0 && parts[i-1].Kind == PartAny {
				continue
			}
			src.WriteByte('*')
			p.close(g, p.star)
			p.star, g = true, segment{}
			continue
		case PartOne:
			src.WriteByte('?')
			p.literal = false
		default:
			src.WriteString(escapePattern.Replace(part.Text))
		}
		g.add(part)
	}
	p.src = src.String()
	if p.star {
		p.suffix = g
	} else {
		p.prefix = g
	}
	p.minRunes += g.runes
	return p
}

// escapePattern escapes text so that nothing in it is taken for a wildcard.
var escapePattern = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`)

// close adds a segment that a run ends: the first is the prefix, the others are in the middle.
func (p *Pattern) close(g segment, later bool) {
	p.minRunes += g.runes
	switch {
	case !later:
		p.prefix = g
	case g.text != "":
		p.middle = append(p.middle, g)
	}
}

// HasWildcard reports whether s is a pattern rather than plain text.
func HasWildcard(s string) bool { return strings.ContainsAny(s, "*?") }

// Wildcard compiles a text in which `*` is any run of characters and `?` exactly one; with fold it
// ignores case.
func Wildcard(s string, fold bool) *Pattern {
	var parts []Part
	for s != "" {
		switch i := strings.IndexAny(s, "*?"); {
		case i < 0:
			parts, s = append(parts, Part{Text: s}), ""
		case i > 0:
			parts, s = append(parts, Part{Text: s[:i]}), s[i:]
		case s[0] == '*':
			parts, s = append(parts, Part{Kind: PartAny}), s[1:]
		default:
			parts, s = append(parts, Part{Kind: PartOne}), s[1:]
		}
	}
	return NewPattern(fold, parts...)
}

// String returns the canonical form: equal patterns have equal ones.
func (p *Pattern) String() string { return p.src }

// Match reports whether the whole of a text matches. For a case-insensitive pattern, the text must be
// folded.
func (p *Pattern) Match(s string) bool { return p.match(s, isASCII(s)) }

// match reports whether the whole of s matches; ascii says that s is ASCII, which
// makes a character a byte.
func (p *Pattern) match(s string, ascii bool) bool {
	if p.literal {
		if !p.star {
			return s == p.prefix.text
		}
		if len(s) < len(p.prefix.text)+len(p.suffix.text) || !strings.HasPrefix(s, p.prefix.text) ||
			!strings.HasSuffix(s, p.suffix.text) {
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

// matchAny matches a pattern with wildcards for one character.
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
	if g.one == nil {
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
		if g.one[i] {
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
	if g.one != nil && !ascii {
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
	if g.one == nil {
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

// charLen returns the length of the first character of s, which must not be empty.
func charLen(s string, ascii bool) int {
	if ascii || s[0] < utf8.RuneSelf {
		return 1
	}
	_, n := utf8.DecodeRuneInString(s)
	return n
}
