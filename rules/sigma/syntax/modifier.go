package syntax

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	resyntax "regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
)

// Modifier is a modifier of an item as the rule has it.
type Modifier struct {
	Name string
	Pos
}

// modifierNames are the modifiers that hunt knows.
var modifierNames = []string{
	"all", "base64", "base64offset", "cased", "cidr", "contains", "day", "dotall", "endswith", "endswithfield",
	"equalsfield", "exists", "expand", "fieldref", "gt", "gte", "hour", "i", "ignorecase", "lt", "lte", "m",
	"minute", "month", "multiline", "neq", "re", "s", "startswith", "utf16", "utf16be", "utf16le", "week", "wide",
	"windash", "year",
}

var comparisons = map[string]CompareOp{"lt": Less, "lte": LessEqual, "gt": Greater, "gte": GreaterEqual}

var timeUnits = map[string]TimeUnit{
	"minute": Minute, "hour": Hour, "day": Day, "week": Week, "month": Month, "year": Year,
}

var regexFlags = map[string]string{"i": "i", "m": "m", "s": "s", "ignorecase": "i", "multiline": "m", "dotall": "s"}

var matches = map[string]Match{"contains": Contains, "startswith": StartsWith, "endswith": EndsWith}

// applier applies the modifiers of one item to its values.
type applier struct {
	p      *parser
	item   *Item
	values []*Value
	flags  string // of a regular expression
	kind   ValueKind
	match  Match
	ok     bool
}

// apply applies the item's modifiers to values as the rule has them; it returns false if that is impossible,
// which it has then reported.
func (p *parser) apply(item *Item, values []*Value) bool {
	a := &applier{p: p, item: item, values: values, ok: true}
	expand := false
	for _, m := range item.Modifiers {
		if !slices.Contains(modifierNames, m.Name) {
			hint := "the modifiers are " + strings.Join(modifierNames, ", ")
			if near := nearest(m.Name, modifierNames); near != "" {
				hint = "did you mean |" + near + "?"
			}
			p.unsupported(m.Pos, ReasonModifier, hint, "unknown modifier %q", m.Name)
			return false
		}
		expand = expand || m.Name == "expand"
	}
	a.read(expand)
	for _, m := range item.Modifiers {
		a.modify(m)
		switch {
		case !a.ok:
			return false
		case len(a.values) > maxValues:
			p.mistake(m.Pos, "list fewer values", "the item has more than %d values", maxValues)
			return false
		}
	}
	a.finish()
	item.Values = a.values
	return a.ok
}

// read decides what the values are before any modifier: a text with wildcards, a number, null, or the literal
// text that re, cidr and similar modifiers need.
func (a *applier) read(expand bool) {
	verbatim := slices.ContainsFunc(a.item.Modifiers, func(m Modifier) bool {
		return slices.Contains([]string{"re", "cidr", "fieldref", "equalsfield", "endswithfield", "exists"}, m.Name)
	})
	for _, v := range a.values {
		if v.Kind == Text && !verbatim {
			v.Parts = parseText(v.Source, expand)
		}
	}
}

func (a *applier) fail(at Pos, hint, format string, args ...any) {
	a.ok = false
	a.p.mistake(at, hint, format, args...)
}

func (a *applier) modify(m Modifier) {
	switch m.Name {
	case "all":
		a.item.All = true
	case "cased":
		a.item.Cased = true
	case "neq":
		a.item.Not = true
	case "contains", "startswith", "endswith":
		a.wildcards(m)
	case "wide", "utf16le", "utf16be", "utf16", "base64", "base64offset":
		a.encode(m)
	case "windash":
		a.texts(m, dashes)
	case "expand":
		a.expand(m)
	case "re":
		a.become(m, Regex)
	case "i", "m", "s", "ignorecase", "multiline", "dotall":
		if a.kind != Regex {
			a.fail(m.Pos, "write |re|"+m.Name, "the modifier %s applies only to a regular expression", m.Name)
			return
		}
		a.flags += regexFlags[m.Name]
	case "cidr":
		a.become(m, CIDR)
	case "exists":
		a.become(m, Exists)
	case "fieldref", "equalsfield":
		a.become(m, FieldRef)
	case "endswithfield":
		a.become(m, FieldRef)
		a.match = EndsWith
	case "lt", "lte", "gt", "gte":
		a.become(m, Compare)
	default: // the parts of a time
		a.become(m, TimePart)
	}
}

// become converts the values to a kind. An item can have only one kind.
func (a *applier) become(m Modifier, kind ValueKind) {
	if a.kind != Text && a.kind != kind {
		a.fail(m.Pos, "", "the modifier %s cannot follow the ones before it", m.Name)
		return
	}
	a.kind = kind
	for _, v := range a.values {
		if v.Kind == Null {
			a.fail(v.Pos, "", "the modifier %s needs a value, not null", m.Name)
			return
		}
		var why, hint string
		switch kind {
		case CIDR:
			v.Prefix, why, hint = parseNetwork(v.Source)
		case Exists:
			switch strings.ToLower(v.Source) {
			case "true", "false":
				v.Bool = strings.EqualFold(v.Source, "true")
			default:
				why, hint = "exists needs true or false", "write "+a.item.Field+"|exists: true"
			}
		case Compare, TimePart:
			v.Op, v.Unit = comparisons[m.Name], timeUnits[m.Name]
			n, ok := ParseNumber(v.Source)
			if v.Number = n; !ok {
				why = fmt.Sprintf("%q is not a whole number, which %s compares with", v.Source, m.Name)
				hint = "write a number, such as 10 or 0x0a"
			}
		case FieldRef:
			if v.Field = v.Source; v.Field == "" {
				why, hint = "the name of a field is missing", "write the name of the field to compare with"
			}
		}
		if why != "" {
			a.fail(v.Pos, hint, "%s", why)
			return
		}
		v.Kind = kind
	}
	if kind == Exists && len(a.values) != 1 {
		a.fail(m.Pos, "write "+a.item.Field+"|exists: true", "exists takes one value")
	}
}

func parseNetwork(s string) (p netip.Prefix, why, hint string) {
	p, err := netip.ParsePrefix(s)
	if err == nil {
		return p.Masked(), "", ""
	}
	addr, err := netip.ParseAddr(s)
	if err != nil || addr.Zone() != "" {
		return p, fmt.Sprintf("%q is not a network", s), "write 10.0.0.0/8 or fe80::/10"
	}
	return netip.PrefixFrom(addr, addr.BitLen()), "", ""
}

// wildcards applies contains, startswith and endswith.
func (a *applier) wildcards(m Modifier) {
	if a.kind == FieldRef || a.kind == Text && a.refers() {
		a.match = matches[m.Name]
		return
	}
	if a.kind == Regex && m.Name == "contains" {
		return // a regular expression is searched for anyway
	}
	a.texts(m, func(parts []Part) []Part {
		run := Part{Kind: AnyRun}
		switch m.Name {
		case "contains":
			parts = append(append([]Part{run}, parts...), run)
		case "startswith":
			parts = append(slices.Clone(parts), run)
		default:
			parts = append([]Part{run}, parts...)
		}
		return joinParts(parts)
	})
}

// refers reports whether a later modifier makes the values names of fields.
func (a *applier) refers() bool {
	return slices.ContainsFunc(a.item.Modifiers, func(m Modifier) bool {
		return m.Name == "fieldref" || m.Name == "equalsfield" || m.Name == "endswithfield"
	})
}

// texts changes the parts of every value. Numbers become their source text.
func (a *applier) texts(m Modifier, change func([]Part) []Part) {
	if a.kind != Text {
		a.fail(m.Pos, "", "the modifier %s cannot follow the ones before it", m.Name)
		return
	}
	for _, v := range a.values {
		switch v.Kind {
		case Null:
			a.fail(v.Pos, "write "+a.item.Field+": null to ask whether the field is absent",
				"the modifier %s needs a value, not null", m.Name)
			return
		case Integer:
			v.Kind, v.Parts = Text, []Part{{Literal, v.Source}}
		}
		v.Parts = change(v.Parts)
	}
}

// encode applies an encoding. Base64 accepts text without wildcards.
func (a *applier) encode(m Modifier) {
	if a.writeOutDashes(m); !a.ok {
		return
	}
	isBase64 := strings.HasPrefix(m.Name, "base64")
	a.texts(m, func(parts []Part) []Part {
		parts = slices.Clone(parts)
		for i, p := range parts {
			if p.Kind == Literal && !isBase64 {
				parts[i].Text = encodeUTF16(p.Text, m.Name)
			}
		}
		return parts
	})
	if !a.ok || !isBase64 {
		return
	}
	var out []*Value
	for _, v := range a.values {
		text, plain := v.Literal()
		if !plain {
			a.fail(v.Pos, `write \* for a star; |contains comes after |`+m.Name,
				"%s encodes text without wildcards", m.Name)
			return
		}
		if m.Name == "base64" {
			v.Parts = literalParts(base64.StdEncoding.EncodeToString([]byte(text)))
			out = append(out, v)
			continue
		}
		for shift := range 3 {
			w := *v
			w.Parts = literalParts(base64At(text, shift))
			out = append(out, &w)
		}
	}
	a.values = out
}

// writeOutDashes makes a value for each way to write the dashes of a value, so that they can be encoded.
func (a *applier) writeOutDashes(m Modifier) {
	var out []*Value
	for i := 0; i < len(a.values); i++ {
		v := a.values[i]
		at := slices.IndexFunc(v.Parts, func(p Part) bool { return p.Kind == AnyDash })
		if at < 0 {
			out = append(out, v)
			continue
		}
		if len(a.values) > maxValues {
			a.fail(m.Pos, "list fewer values", "the item has more than %d values", maxValues)
			return
		}
		for _, dash := range Dashes {
			w := *v
			w.Parts = slices.Clone(v.Parts)
			w.Parts[at] = Part{Literal, string(dash)}
			w.Parts = joinParts(w.Parts)
			a.values = append(a.values, &w)
		}
	}
	a.values = out
}

func literalParts(s string) []Part {
	if s == "" {
		return nil
	}
	return []Part{{Literal, s}}
}

// base64At returns what Base64 contains for a text that begins shift bytes into a group of three, without the
// characters that also depend on its neighbours.
func base64At(text string, shift int) string {
	enc := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", shift) + text))
	start := [3]int{0, 2, 3}[shift]
	end := len(enc) - [3]int{0, 3, 2}[(len(text)+shift)%3]
	if start >= end {
		return ""
	}
	return enc[start:end]
}

func encodeUTF16(s, name string) string {
	var b []byte
	if name == "utf16" {
		b = append(b, 0xff, 0xfe)
	}
	for _, u := range utf16.Encode([]rune(s)) {
		if name == "utf16be" {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return string(b)
}

// dashes replaces each - or / between a character that does not belong to a word (or the beginning) and one that
// does.
func dashes(parts []Part) []Part {
	var out []Part
	for _, p := range parts {
		if p.Kind != Literal {
			out = append(out, p)
			continue
		}
		runes, from := []rune(p.Text), 0
		for i, r := range runes {
			if (r == '-' || r == '/') && (i == 0 || !isWord(runes[i-1])) && i+1 < len(runes) && isWord(runes[i+1]) {
				out = append(out, Part{Literal, string(runes[from:i])}, Part{Kind: AnyDash})
				from = i + 1
			}
		}
		out = append(out, Part{Literal, string(runes[from:])})
	}
	return joinParts(out)
}

func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// expand replaces placeholders by what the user has defined.
func (a *applier) expand(m Modifier) {
	if a.kind != Text {
		a.fail(m.Pos, "", "the modifier %s cannot follow the ones before it", m.Name)
		return
	}
	var out []*Value
	for _, v := range a.values {
		lists := [][]Part{nil}
		for _, part := range v.Parts {
			texts := [][]Part{{part}}
			if part.Kind == placeholder {
				values, known := a.p.opts.Placeholders[part.Text]
				if !known {
					a.p.unsupported(v.Pos, ReasonPlaceholder, "define it in the file that --placeholders names",
						"the placeholder %%%s%% is not defined", part.Text)
					a.ok = false
					return
				}
				texts = nil
				for _, s := range values {
					texts = append(texts, parseText(s, false))
				}
			}
			if len(lists)*len(texts)+len(out) > maxValues {
				a.fail(v.Pos, "list fewer values", "the placeholders have more than %d values", maxValues)
				return
			}
			var longer [][]Part
			for _, l := range lists {
				for _, t := range texts {
					longer = append(longer, append(slices.Clone(l), t...))
				}
			}
			lists = longer
		}
		for _, parts := range lists {
			w := *v
			w.Parts = joinParts(parts)
			out = append(out, &w)
		}
	}
	a.values = out
}

// finish completes values whose kind depends on several modifiers.
func (a *applier) finish() {
	for _, v := range a.values {
		switch v.Kind {
		case Regex:
			v.Regex = v.Source
			if a.flags != "" {
				v.Regex = "(?" + a.flags + ")" + v.Source
			}
			if *a.p.regexSize += regexSize(v.Regex); *a.p.regexSize > maxRegexTotal {
				a.fail(v.Pos, "shorten the repetitions, or write fewer expressions",
					"the regular expressions of the file have more than %d elements with their repetitions written out",
					maxRegexTotal)
				return
			}
			var err error
			if v.Expr, err = regexp.Compile(v.Regex); err != nil {
				a.ok = false
				a.regexError(v, err)
				return
			}
		case FieldRef:
			v.Match = a.match
		}
	}
}

// regexError reports what RE2 does not accept. Perl's own syntax, and sizes beyond RE2's, are valid in a rule;
// what no dialect accepts is a mistake.
func (a *applier) regexError(v *Value, err error) {
	var re *resyntax.Error
	if !errors.As(err, &re) {
		re = &resyntax.Error{Code: resyntax.ErrorCode(err.Error())}
	}
	const text = "regular expression: %s: `%s`"
	part := shorten(re.Expr)
	switch re.Code {
	case resyntax.ErrMissingParen, resyntax.ErrUnexpectedParen, resyntax.ErrMissingBracket,
		resyntax.ErrMissingRepeatArgument,
		resyntax.ErrTrailingBackslash, resyntax.ErrInvalidCharRange, resyntax.ErrInvalidCharClass:
		a.p.mistake(v.Pos, `put a backslash before a character that stands for itself, such as \( \[ or \+`, text,
			re.Code, part)
	case resyntax.ErrInvalidRepeatSize, resyntax.ErrLarge, resyntax.ErrNestingDepth:
		a.p.unsupported(v.Pos, ReasonRegex,
			"shorten the expression, or write several values: RE2 repeats up to 1000 times, "+
				"all repetitions within each other counted, and nests up to 1000 groups", text, re.Code, part)
	default:
		a.p.unsupported(v.Pos, ReasonRegex, "use the syntax of RE2: no lookaround, no backreferences", text,
			re.Code, part)
	}
}
