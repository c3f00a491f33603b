package sigma

import (
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"hunt/rules/sigma/logsource"
	"hunt/rules/sigma/syntax"
)

// Holds reports whether a rule is true for the record to which the view is bound, of a channel and
// event id. It walks the syntax tree.
func (r *Rule) Holds(view *logsource.View, channel string, id uint32) bool {
	if r.Answer != logsource.Answered || !r.sourced(view, channel, id) {
		return false
	}
	w := walker{rule: r, values: func(f logsource.Field) []string { return view.Append(nil, f) }}
	if !w.holds(r.Doc.Detection.Condition) {
		return false
	}
	for _, f := range r.filters {
		if !w.holds(f.Detection.Condition) {
			return false
		}
	}
	return true
}

// sourced reports whether the event belongs to the rule's log source.
func (r *Rule) sourced(view *logsource.View, channel string, id uint32) bool {
	if len(r.Sources) == 0 {
		return true
	}
	for i, s := range r.Sources {
		if s.Takes(channel, id) && (s.Where == nil || anyEqual(view.Append(nil, r.where[i]), s.Where.Values)) {
			return true
		}
	}
	return false
}

func anyEqual(values, texts []string) bool {
	for _, v := range values {
		for _, t := range texts {
			if fold(v) == fold(t) {
				return true
			}
		}
	}
	return false
}

// walker evaluates conditions over one event.
type walker struct {
	rule   *Rule
	values func(logsource.Field) []string
}

func (w *walker) holds(c *syntax.Condition) bool {
	switch c.Op {
	case syntax.Named:
		return w.selection(c.Selection)
	case syntax.Not:
		return !w.holds(c.Kids[0])
	}
	need := c.Count // for AtLeast
	switch c.Op {
	case syntax.And:
		need = len(c.Kids)
	case syntax.Or:
		need = 1
	}
	for i, k := range c.Kids {
		if w.holds(k) {
			need--
		}
		if need == 0 || need > len(c.Kids)-i-1 {
			break
		}
	}
	return need == 0
}

func (w *walker) selection(s *syntax.Selection) bool {
	for _, g := range s.Groups {
		if w.group(g) {
			return true
		}
	}
	return false
}

func (w *walker) group(g syntax.Group) bool {
	for _, item := range g {
		if !w.item(item) {
			return false
		}
	}
	return true
}

func (w *walker) item(item *syntax.Item) bool {
	values := w.values(w.rule.fields[item])
	texts := values // as texts compare
	if !item.Cased {
		texts = make([]string, len(values))
		for i, s := range values {
			texts[i] = fold(s)
		}
	}
	holds := item.All
	for _, v := range item.Values {
		if w.value(item, v, values, texts) != item.All {
			holds = !item.All
			break
		}
	}
	return holds != item.Not
}

// value reports whether any of the field's values fits the rule's.
func (w *walker) value(item *syntax.Item, v *syntax.Value, values, texts []string) bool {
	switch v.Kind {
	case syntax.Text:
		for _, s := range texts {
			if glob(s, w.rule.parts[v]) {
				return true
			}
		}
		return false
	case syntax.Exists:
		return (len(values) > 0) == v.Bool
	case syntax.Null:
		if len(values) == 0 {
			return true
		}
	case syntax.FieldRef:
		for _, other := range w.values(w.rule.others[v]) {
			for _, s := range values {
				if related(s, other, v.Match, item.Cased) {
					return true
				}
			}
		}
		return false
	}
	for _, s := range values {
		if fits(s, v) {
			return true
		}
	}
	return false
}

// fits reports whether one value of a field fits one value of a rule.
func fits(s string, v *syntax.Value) bool {
	switch v.Kind {
	case syntax.Integer:
		return s == v.Number.String() || fold(s) == fold(v.Source) || sameHex(s, v.Number)
	case syntax.Null:
		return s == ""
	case syntax.Regex:
		return v.Expr.MatchString(s)
	case syntax.CIDR:
		return inNetwork(s, v.Prefix)
	case syntax.Compare:
		n, ok := syntax.ParseNumber(s)
		if !ok {
			return false
		}
		switch c := n.Cmp(v.Number); v.Op {
		case syntax.Less:
			return c < 0
		case syntax.LessEqual:
			return c <= 0
		case syntax.Greater:
			return c > 0
		default:
			return c >= 0
		}
	case syntax.TimePart:
		n, ok := timePart(s, v.Unit)
		return ok && !v.Number.Negative && uint64(n) == v.Number.Abs // #nosec G115 -- parts of a time are not negative
	}
	return false
}

func sameHex(s string, n syntax.Number) bool {
	if len(s) < 3 || s[0] != '0' || s[1] != 'x' && s[1] != 'X' {
		return false
	}
	m, ok := syntax.ParseNumber(s)
	return ok && m == n
}

// inNetwork reports whether a text is an address in a network. An IPv4 address may be written as an
// IPv6 one, and an address may have a zone.
func inNetwork(s string, p netip.Prefix) bool {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return false
	}
	if a = a.WithZone(""); a.Is4In6() {
		a = a.Unmap()
	}
	return p.Contains(a)
}

// timeLayouts are the layouts in which logs write times: RFC 3339, and Sysmon's UtcTime.
var timeLayouts = []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999"}

func timePart(s string, unit syntax.TimeUnit) (int, bool) {
	for _, layout := range timeLayouts {
		t, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		t = t.UTC()
		switch unit {
		case syntax.Minute:
			return t.Minute(), true
		case syntax.Hour:
			return t.Hour(), true
		case syntax.Day:
			return t.Day(), true
		case syntax.Week:
			_, week := t.ISOWeek()
			return week, true
		case syntax.Month:
			return int(t.Month()), true
		case syntax.Year:
			return t.Year(), true
		}
	}
	return 0, false
}

// related compares the values of two fields.
func related(s, other string, m syntax.Match, cased bool) bool {
	if !cased {
		s, other = fold(s), fold(other)
	}
	switch m {
	case syntax.Contains:
		return strings.Contains(s, other)
	case syntax.StartsWith:
		return strings.HasPrefix(s, other)
	case syntax.EndsWith:
		return strings.HasSuffix(s, other)
	}
	return s == other
}

// fold maps every character to the least one that differs from it only in case, by Unicode's simple
// case folding. Bytes that are not UTF-8 stay.
func fold(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			b.WriteByte(s[i])
		} else {
			b.WriteRune(foldRune(r))
		}
		i += n
	}
	return b.String()
}

func foldRune(r rune) rune {
	least := r
	for x := unicode.SimpleFold(r); x != r; x = unicode.SimpleFold(x) {
		least = min(least, x)
	}
	return least
}

// foldParts folds the literals of a text with wildcards.
func foldParts(parts []syntax.Part) []syntax.Part {
	out := slices.Clone(parts)
	for i := range out {
		out[i].Text = fold(out[i].Text)
	}
	return out
}

// glob reports whether the whole of a text matches the parts.
func glob(s string, parts []syntax.Part) bool {
	at, part := 0, 0
	star, from := -1, 0 // the last run, and where what it leaves over begins
	for {
		switch {
		case part < len(parts) && parts[part].Kind == syntax.AnyRun:
			star, from = part, at
			part++
			continue
		case part == len(parts) && at == len(s):
			return true
		case part < len(parts):
			if n := begins(s[at:], parts[part]); n >= 0 {
				at, part = at+n, part+1
				continue
			}
		}
		if star < 0 || from >= len(s) {
			return false
		}
		_, n := utf8.DecodeRuneInString(s[from:])
		from += n
		if star+1 < len(parts) && parts[star+1].Kind == syntax.Literal { // no use to stop before it
			i := strings.Index(s[from:], parts[star+1].Text)
			if i < 0 {
				return false
			}
			from += i
		}
		at, part = from, star+1
	}
}

// begins returns the length of a part at the beginning of a text, or -1.
func begins(s string, p syntax.Part) int {
	if p.Kind == syntax.Literal {
		if strings.HasPrefix(s, p.Text) {
			return len(p.Text)
		}
		return -1
	}
	if s == "" {
		return -1
	}
	r, n := utf8.DecodeRuneInString(s)
	if p.Kind == syntax.AnyDash && !strings.ContainsRune(syntax.Dashes, r) {
		return -1
	}
	return n
}
