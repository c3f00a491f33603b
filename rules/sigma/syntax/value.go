package syntax

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// PartKind is the kind of a part of a text with wildcards.
type PartKind uint8

// The kinds of parts.
const (
	Literal     PartKind = iota
	AnyRun               // `*`: any run of characters, also none, also over line ends
	AnyChar              // `?`: one character
	AnyDash              // one of Dashes, where windash is applied
	placeholder          // %name% of `expand`, until it is replaced
)

// Dashes are the characters that can replace a dash of a command line when windash is applied.
const Dashes = "-/–—―"

// Part is a part of a text with wildcards.
type Part struct {
	Kind PartKind
	Text string // of a Literal; for a placeholder its name
}

// ValueKind is how a value of an item is compared.
type ValueKind uint8

// The kinds of values.
const (
	Text     ValueKind = iota // the whole value matches Parts
	Integer                   // the value is the number in decimal or as 0x…, or Source
	Null                      // the field is absent or empty
	Regex                     // the expression is found in the value
	CIDR                      // the value is an address in the network
	FieldRef                  // the value is compared with the values of another field
	Compare                   // the value is a number, less or more than Number
	Exists                    // an element of that name is there, or (Bool false) is not
	TimePart                  // a part of the value, a time, is Number
)

// Match is the part of a value with which another field's value is compared.
type Match uint8

// The parts.
const (
	Whole Match = iota
	Contains
	StartsWith
	EndsWith
)

// CompareOp compares numbers.
type CompareOp uint8

// The comparisons.
const (
	Less CompareOp = iota
	LessEqual
	Greater
	GreaterEqual
)

// TimeUnit is a part of a time.
type TimeUnit uint8

// The parts of a time. Week is ISO 8601's.
const (
	Minute TimeUnit = iota
	Hour
	Day
	Week
	Month
	Year
)

// Value is one value that an item compares its field with.
type Value struct {
	Pos
	Source string // as the rule has it
	Kind   ValueKind

	Parts  []Part    // of Text: no two literals in a row, none empty
	Number Number    // of Integer, Compare, TimePart
	Op     CompareOp // of Compare
	Unit   TimeUnit  // of TimePart
	Regex  string    // of Regex: RE2, flags of modifiers in front
	Expr   *regexp.Regexp
	Prefix netip.Prefix // of CIDR: masked
	Field  string       // of FieldRef
	Match  Match        // of FieldRef
	Bool   bool         // of Exists
}

// Number is an integer of up to 64 bits and a sign.
type Number struct {
	Negative bool
	Abs      uint64
}

// String returns the number in decimal.
func (n Number) String() string {
	s := strconv.FormatUint(n.Abs, 10)
	if n.Negative {
		return "-" + s
	}
	return s
}

// Cmp compares two numbers: -1, 0 or 1.
func (n Number) Cmp(m Number) int {
	switch {
	case n.Negative != m.Negative && n.Negative:
		return -1
	case n.Negative != m.Negative:
		return 1
	case n.Abs == m.Abs:
		return 0
	case n.Abs < m.Abs != n.Negative:
		return -1
	}
	return 1
}

// ParseNumber reads an integer in decimal, with or without a sign, or as 0x….
func ParseNumber(s string) (n Number, ok bool) {
	digits, base := s, 10
	if len(s) > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') {
		digits, base = s[2:], 16
	} else if s != "" && (s[0] == '-' || s[0] == '+') {
		digits, n.Negative = s[1:], s[0] == '-'
	}
	if digits == "" || digits[0] == '+' || digits[0] == '-' || strings.IndexByte(digits, '_') >= 0 {
		return Number{}, false
	}
	abs, err := strconv.ParseUint(digits, base, 64)
	if err != nil {
		return Number{}, false
	}
	n.Abs = abs
	n.Negative = n.Negative && abs != 0
	return n, true
}

// parseText reads a text with wildcards. A backslash escapes `*`, `?` and a backslash in front
// of these or of another backslash; before anything else it is a plain character. With
// placeholders, %name% becomes a part and \% a percent sign.
func parseText(s string, placeholders bool) []Part {
	var parts []Part
	var lit strings.Builder
	flush := func() {
		if lit.Len() > 0 {
			parts = append(parts, Part{Literal, lit.String()})
			lit.Reset()
		}
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && strings.IndexByte(`\*?`, s[i+1]) >= 0,
			c == '\\' && i+1 < len(s) && placeholders && s[i+1] == '%':
			i++
			lit.WriteByte(s[i])
		case c == '*':
			flush()
			parts = append(parts, Part{Kind: AnyRun})
		case c == '?':
			flush()
			parts = append(parts, Part{Kind: AnyChar})
		case c == '%' && placeholders:
			name, ok := placeholderAt(s[i:])
			if !ok {
				lit.WriteByte(c)
				continue
			}
			flush()
			parts = append(parts, Part{placeholder, name})
			i += len(name) + 1
		default:
			lit.WriteByte(c)
		}
	}
	flush()
	return parts
}

// placeholderAt reads the name of a placeholder at the beginning of s.
func placeholderAt(s string) (name string, ok bool) {
	end := strings.IndexByte(s[1:], '%')
	if end <= 0 {
		return "", false
	}
	name = s[1 : end+1]
	for _, r := range name {
		if !isWord(r) && r != '-' && r != '.' {
			return "", false
		}
	}
	return name, true
}

// joinParts joins neighbouring literals and runs.
func joinParts(parts []Part) []Part {
	var out []Part
	for _, p := range parts {
		if n := len(out); n > 0 && out[n-1].Kind == p.Kind {
			switch p.Kind {
			case Literal:
				out[n-1].Text += p.Text
				continue
			case AnyRun:
				continue
			}
		}
		if p.Kind != Literal || p.Text != "" {
			out = append(out, p)
		}
	}
	return out
}

// Literal returns the text of a value without wildcards.
func (v *Value) Literal() (text string, ok bool) {
	switch {
	case v.Kind != Text:
		return "", false
	case len(v.Parts) == 0:
		return "", true
	case len(v.Parts) == 1 && v.Parts[0].Kind == Literal:
		return v.Parts[0].Text, true
	}
	return "", false
}
