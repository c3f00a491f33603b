package sigma

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"hunt/rules/predicate"
	"hunt/rules/sigma/logsource"
	"hunt/rules/sigma/syntax"
)

// This file holds the parser, the plain evaluator and the engine against a third reading of the
// specification, which shares no code with them: rules are made as trees of Go values, written out
// as YAML for hunt, and evaluated here in the most literal way.

type naiveItem struct {
	field  string
	mods   []string
	values []naiveValue
}

type naiveValue struct {
	text string
	kind byte // t: a text in quotes, i: a plain integer, n: null
}

// naiveCondition is a name, or an operation over conditions, or `N of pattern`.
type naiveCondition struct {
	op   string // "", "not", "and", "or", "of"
	name string
	of   string // 1, 2, all; then name is the pattern
	kids []*naiveCondition
}

type naiveRule struct {
	names      []string
	selections map[string][][]naiveItem // any of the groups, all of the items
	condition  *naiveCondition
}

var naiveTexts = []string{
	`C:\Windows\System32\cmd.exe`, `cmd.exe /c echo -enc "ДОМ"`, `NtLmSsp `, ``, `-`, `10.1.2.3`, `::ffff:10.0.0.5`,
	`fe80::1%7`, `0x1410`, `5136`, `ДОМ\Анна`,
	`a*b?c`, `a\b`, `a\*b`, `\\srv\share`, `Straße`, `STRASSE`, `5`, `-5`, `007`, "two\r\nlines", `net user –add /y`,
	`net user -add`, `x.EXE`, `ſK`, `dGVzdA==`,
	`powershell -e VwBoAG8AYQBtAGkA`, `whoami`, `xxV2hvYW1pxx`, `true`, `%x%`, `  lead`, `18446744073709551615`,
	`0xffffffffffffffff`, `/ a/b -c`,
}

var naiveFields = []string{"Image", "CommandLine", "User", "Threat Name", "Missing"}

var naiveModifiers = [][]string{
	nil, nil, nil, {"contains"}, {"contains"}, {"startswith"}, {"endswith"}, {"contains", "all"}, {"cased"},
	{"contains", "cased"}, {"re"}, {"re", "i"},
	{"cidr"}, {"lt"}, {"lte"}, {"gt"}, {"gte"}, {"exists"}, {"fieldref"}, {"fieldref", "contains"},
	{"startswith", "fieldref"}, {"neq"}, {"contains", "windash"},
	{"windash", "endswith"}, {"base64", "contains"}, {"base64offset", "contains"}, {"wide", "base64offset", "contains"},
	{"utf16le", "base64offset", "contains"}, {"all"},
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// fragment is a part of a text, with case changed and wildcards put in.
func fragment(r *rand.Rand) string {
	runes := []rune(pick(r, naiveTexts))
	from := r.IntN(len(runes) + 1)
	to := from + r.IntN(len(runes)-from+1)
	if r.IntN(3) == 0 {
		from, to = 0, len(runes)
	}
	s := string(runes[from:to])
	switch r.IntN(5) {
	case 0:
		s = strings.ToUpper(s)
	case 1:
		if i := r.IntN(len(runes) + 1); i >= from && i <= to {
			s = string(runes[from:i]) + pick(r, []string{"*", "?", `\*`, `\?`, `\\`, `\\*`, "**"}) +
				string(runes[min(to, i+r.IntN(3)):to])
		}
	}
	return s
}

func randomItem(r *rand.Rand) naiveItem {
	item := naiveItem{field: pick(r, naiveFields), mods: pick(r, naiveModifiers)}
	has := func(m string) bool { return slices.Contains(item.mods, m) }
	for range 1 + r.IntN(3) {
		v := naiveValue{fragment(r), 't'}
		switch {
		case has("re"):
			v.text = pick(r, []string{`^C:`, `exe$`, `(?i)CMD`, `[a-c]\*`, `\d+`, `.`, `lines$`, `^lines`, `o.l`, `ſ|k`,
				`^$`, `\s-\w`})
		case has("cidr"):
			v.text = pick(r, []string{"10.0.0.0/8", "10.1.2.3", "::/0", "fe80::/10", "10.1.2.99/24"})
		case has("lt"), has("lte"), has("gt"), has("gte"):
			v = naiveValue{pick(r, []string{"5", "-6", "5136", "0x1410", "18446744073709551615", "0"}), 'i'}
		case has("exists"):
			v.text = pick(r, []string{"true", "false"})
		case has("fieldref"):
			v.text = pick(r, naiveFields)
		case has("base64"), has("base64offset"):
			v.text = strings.Map(func(c rune) rune {
				if strings.ContainsRune(`*?\`, c) {
					return 'x'
				}
				return c
			}, pick(r, []string{v.text, "Whoami", "test", "oam"}))
			if v.text == "" {
				v.text = "test"
			}
		case len(item.mods) == 0 && r.IntN(6) == 0:
			v = naiveValue{pick(r, []string{"5", "5136", "0x1410", "-5", "007", "18446744073709551615"}), 'i'}
		case len(item.mods) == 0 && r.IntN(12) == 0:
			v = naiveValue{"null", 'n'}
		}
		item.values = append(item.values, v)
		if has("exists") {
			break
		}
	}
	return item
}

func randomCondition(r *rand.Rand, names []string, depth int) *naiveCondition {
	switch n := r.IntN(8); {
	case depth == 0 || n < 3:
		return &naiveCondition{name: pick(r, names)}
	case n == 3:
		return &naiveCondition{op: "not", kids: []*naiveCondition{randomCondition(r, names, depth-1)}}
	case n == 4:
		c := &naiveCondition{op: "of", of: pick(r, []string{"1", "all", "any", "2"}),
			name: pick(r, []string{"them", "sel*", "*a", "s*l*"})}
		if got := c.matching(names); len(got) < 2 {
			return &naiveCondition{name: pick(r, names)}
		}
		return c
	default:
		return &naiveCondition{op: pick(r, []string{"and", "or"}),
			kids: []*naiveCondition{randomCondition(r, names, depth-1), randomCondition(r, names, depth-1)}}
	}
}

func (c *naiveCondition) matching(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool {
		if c.name == "them" {
			return strings.HasPrefix(n, "_")
		}
		return !regexp.MustCompile("^" + strings.ReplaceAll(c.name, "*", ".*") + "$").MatchString(n)
	})
}

func (c *naiveCondition) String() string {
	switch c.op {
	case "":
		return c.name
	case "of":
		return c.of + " of " + c.name
	case "not":
		return "not (" + c.kids[0].String() + ")"
	}
	return "(" + c.kids[0].String() + ") " + c.op + " (" + c.kids[1].String() + ")"
}

func randomRule(r *rand.Rand) *naiveRule {
	rule := &naiveRule{selections: map[string][][]naiveItem{}}
	rule.names = slices.Clone([]string{"sel", "sel_a", "_sel_a", "fil"}[:1+r.IntN(4)])
	for _, name := range rule.names {
		for range 1 + r.IntN(2) {
			var group []naiveItem
			seen := map[string]bool{}
			for range 1 + r.IntN(2) {
				item := randomItem(r)
				if key := item.key(); !seen[key] {
					seen[key] = true
					group = append(group, item)
				}
			}
			rule.selections[name] = append(rule.selections[name], group)
		}
	}
	rule.condition = randomCondition(r, rule.names, 3)
	return rule
}

func (x *naiveItem) key() string { return strings.Join(append([]string{x.field}, x.mods...), "|") }

func (n *naiveRule) yaml() string {
	var b strings.Builder
	b.WriteString("title: t\nlogsource: {product: windows}\ndetection:\n")
	for _, name := range n.names {
		fmt.Fprintf(&b, "  %s:\n", name)
		for _, g := range n.selections[name] {
			lead := "  - "
			for _, item := range g {
				fmt.Fprintf(&b, "  %s'%s':\n", lead, item.key())
				lead = "    "
				for _, v := range item.values {
					text := v.text
					if v.kind == 't' {
						text = "'" + strings.ReplaceAll(v.text, "'", "''") + "'"
						if strings.ContainsAny(v.text, "\r\n") {
							text = strconv.Quote(v.text)
						}
					}
					fmt.Fprintf(&b, "        - %s\n", text)
				}
			}
		}
	}
	fmt.Fprintf(&b, "  condition: %s\n", n.condition)
	return b.String()
}

// The evaluation.

func (n *naiveRule) holds(event map[string]string) bool { return n.cond(n.condition, event) }

func (n *naiveRule) cond(c *naiveCondition, event map[string]string) bool {
	switch c.op {
	case "":
		return n.selection(c.name, event)
	case "not":
		return !n.cond(c.kids[0], event)
	case "and":
		return n.cond(c.kids[0], event) && n.cond(c.kids[1], event)
	case "or":
		return n.cond(c.kids[0], event) || n.cond(c.kids[1], event)
	}
	hit, names := 0, c.matching(n.names)
	for _, name := range names {
		if n.selection(name, event) {
			hit++
		}
	}
	switch c.of {
	case "all":
		return hit == len(names)
	case "2":
		return hit >= 2
	}
	return hit >= 1
}

func (n *naiveRule) selection(name string, event map[string]string) bool {
	for _, g := range n.selections[name] {
		all := true
		for i := range g {
			all = all && g[i].holds(event)
		}
		if all {
			return true
		}
	}
	return false
}

// valuesOf are the values of a field: one that ends in blanks counts without them, too.
func valuesOf(event map[string]string, field string) []string {
	s, ok := event[field]
	if !ok {
		return nil
	}
	if t := strings.TrimRight(s, " "); t != s {
		return []string{s, t}
	}
	return []string{s}
}

func (x *naiveItem) holds(event map[string]string) bool {
	has := func(m string) bool { return slices.Contains(x.mods, m) }
	n := 0
	for _, v := range x.values {
		if x.value(v, event, has) {
			n++
		}
	}
	if has("all") {
		return n == len(x.values)
	}
	return (n > 0) != has("neq")
}

func (x *naiveItem) value(v naiveValue, event map[string]string, has func(string) bool) bool {
	values := valuesOf(event, x.field)
	any := func(f func(string) bool) bool { return slices.ContainsFunc(values, f) }
	switch {
	case has("exists"):
		return (len(values) > 0) == (v.text == "true")
	case v.kind == 'n':
		return len(values) == 0 || any(func(s string) bool { return s == "" })
	case has("re"):
		expr := v.text
		if has("i") {
			expr = "(?i)" + expr
		}
		return any(regexp.MustCompile(expr).MatchString)
	case has("cidr"):
		return any(func(s string) bool { return inNet(s, v.text) })
	case has("lt"), has("lte"), has("gt"), has("gte"):
		return any(func(s string) bool { return compares(s, v.text, has) })
	case has("fieldref"):
		return any(func(s string) bool {
			return slices.ContainsFunc(valuesOf(event, v.text), func(o string) bool {
				a, b := lower(s), lower(o)
				switch {
				case has("contains"):
					return strings.Contains(a, b)
				case has("startswith"):
					return strings.HasPrefix(a, b)
				}
				return a == b
			})
		})
	case v.kind == 'i':
		want, _ := bigNumber(v.text)
		return any(func(s string) bool {
			got, ok := bigNumber(s)
			hexadecimal := strings.HasPrefix(strings.ToLower(s), "0x")
			return lower(s) == lower(v.text) || s == want || ok && hexadecimal && got == want
		})
	}
	for _, tokens := range x.patterns(v.text, has) {
		if any(func(s string) bool { return globs([]rune(s), tokens, has("cased")) }) {
			return true
		}
	}
	return false
}

// token is a character, a wildcard ('*', '?') or a dash of windash ('-').
type token struct {
	char rune
	wild rune
}

// patterns are what a text stands for after its modifiers.
func (x *naiveItem) patterns(text string, has func(string) bool) [][]token {
	lists := [][]token{tokens(text)}
	for _, m := range x.mods {
		var next [][]token
		for _, l := range lists {
			star := []token{{wild: '*'}}
			switch m {
			case "contains":
				next = append(next, slices.Concat(star, l, star))
			case "startswith":
				next = append(next, slices.Concat(l, star))
			case "endswith":
				next = append(next, slices.Concat(star, l))
			case "windash":
				next = append(next, dashed(l))
			case "wide", "utf16le":
				var wide []token
				for _, u := range utf16.Encode([]rune(plain(l))) {
					wide = append(wide, token{char: -1 - rune(byte(u))}, token{char: -1 - rune(u>>8)}) // bytes
				}
				next = append(next, wide)
			case "base64":
				next = append(next, tokensOf(base64.StdEncoding.EncodeToString(bytesOf(l))))
			case "base64offset":
				for shift := range 3 {
					enc := base64.StdEncoding.EncodeToString(append(make([]byte, shift), bytesOf(l)...))
					enc = enc[[]int{0, 2, 3}[shift]:]
					end := []int{0, 3, 2}[(len(bytesOf(l))+shift)%3]
					next = append(next, tokensOf(enc[:max(0, len(enc)-end)]))
				}
			default:
				next = append(next, l)
			}
		}
		lists = next
	}
	return lists
}

func plain(l []token) string {
	var b strings.Builder
	for _, t := range l {
		b.WriteRune(t.char)
	}
	return b.String()
}

func bytesOf(l []token) []byte {
	var b []byte
	for _, t := range l {
		if t.char < 0 {
			b = append(b, byte(-1-t.char)) // #nosec G115 -- a byte
		} else {
			b = append(b, string(t.char)...)
		}
	}
	return b
}

func tokensOf(s string) (out []token) {
	for _, c := range s {
		out = append(out, token{char: c})
	}
	return out
}

// tokens reads a text: a backslash takes the meaning of *, ? and itself.
func tokens(s string) (out []token) {
	runes := []rune(s)
	for i := 0; i < len(runes); i++ {
		switch c := runes[i]; {
		case c == '\\' && i+1 < len(runes) && strings.ContainsRune(`\*?`, runes[i+1]):
			i++
			out = append(out, token{char: runes[i]})
		case c == '*', c == '?':
			out = append(out, token{wild: c})
		default:
			out = append(out, token{char: c})
		}
	}
	return out
}

// dashed makes dashes of - and / before a word and after none.
func dashed(l []token) []token {
	word := func(i int) bool {
		return i >= 0 && i < len(l) && l[i].wild == 0 &&
			(unicode.IsLetter(l[i].char) || unicode.IsNumber(l[i].char) || l[i].char == '_')
	}
	out := slices.Clone(l)
	for i, t := range l {
		if (t.char == '-' || t.char == '/') && !word(i-1) && word(i+1) {
			out[i] = token{wild: '-'}
		}
	}
	return out
}

func globs(s []rune, l []token, cased bool) bool {
	if len(l) == 0 {
		return len(s) == 0
	}
	switch l[0].wild {
	case '*':
		for i := range len(s) + 1 {
			if globs(s[i:], l[1:], cased) {
				return true
			}
		}
		return false
	case '?':
		return len(s) > 0 && globs(s[1:], l[1:], cased)
	case '-':
		return len(s) > 0 && strings.ContainsRune("-/–—―", s[0]) && globs(s[1:], l[1:], cased)
	}
	if len(s) == 0 || s[0] != l[0].char && (cased || !strings.EqualFold(string(s[0]), string(l[0].char))) {
		return false
	}
	return globs(s[1:], l[1:], cased)
}

// lower is a text as it compares: of the characters that differ in case only, the least.
func lower(s string) string {
	return strings.Map(func(c rune) rune {
		least := c
		for x := unicode.SimpleFold(c); x != c; x = unicode.SimpleFold(x) {
			least = min(least, x)
		}
		return least
	}, s)
}

func inNet(s, network string) bool {
	if !strings.Contains(network, "/") {
		network += map[bool]string{true: "/128", false: "/32"}[strings.Contains(network, ":")]
	}
	s, _, _ = strings.Cut(s, "%")
	a, err := netip.ParseAddr(s)
	p := netip.MustParsePrefix(network)
	return err == nil && p.Contains(a.Unmap()) // an IPv4 address in either way
}

// bigNumber is a whole number of up to 64 bits in decimal.
func bigNumber(s string) (string, bool) {
	if h, ok := strings.CutPrefix(strings.ToLower(s), "0x"); ok {
		n, err := strconv.ParseUint(h, 16, 64)
		return strconv.FormatUint(n, 10), err == nil
	}
	if n, err := strconv.ParseUint(s, 10, 64); err == nil {
		return strconv.FormatUint(n, 10), true
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return strconv.FormatInt(n, 10), err == nil
}

func compares(s, t string, has func(string) bool) bool {
	a, ok := bigNumber(s)
	b, _ := bigNumber(t)
	if !ok {
		return false
	}
	less := func(a, b string) bool { // decimal texts
		na, nb := strings.HasPrefix(a, "-"), strings.HasPrefix(b, "-")
		switch {
		case na != nb:
			return na
		case na:
			a, b = b[1:], a[1:]
		}
		return len(a) < len(b) || len(a) == len(b) && a < b
	}
	switch {
	case has("lt"):
		return less(a, b)
	case has("lte"):
		return !less(b, a)
	case has("gt"):
		return less(b, a)
	}
	return !less(a, b)
}

// TestRandomRulesHoldAsTheSpecificationSays makes random rules and events.
func TestRandomRulesHoldAsTheSpecificationSays(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	const rules, events = 1500, 60
	fs := logsource.NewFields()
	var naive []*naiveRule
	var bound []*Rule
	for len(naive) < rules {
		n := randomRule(random)
		doc := syntax.Parse([]byte(n.yaml()), syntax.Options{})[0]
		if doc.Mistakes != nil || doc.Skip != nil {
			t.Fatalf("%s\n%v %v", n.yaml(), doc.Mistakes, doc.Skip)
		}
		naive, bound = append(naive, n), append(bound, Bind(doc, fs))
	}
	engine, view, hits := newEngine(fs, bound), fs.NewView(), 0
	for range events {
		data := map[string]string{}
		var pairs []string
		for _, f := range naiveFields[:len(naiveFields)-1] {
			if random.IntN(5) > 0 {
				data[f] = pick(random, naiveTexts)
				pairs = append(pairs, f, data[f])
			}
		}
		for r := range recordsOf(t, event("Application", "Test", 1, pairs...)) {
			view.Bind(r)
			found := engine.hitsOf(r)
			for i, n := range naive {
				want := n.holds(data)
				plain := bound[i].Holds(view, r.Channel(), r.EventID())
				together := slices.ContainsFunc(found, func(h predicate.Hit) bool {
					return h.Program == i && h.Truth == predicate.True
				})
				if plain != want || together != want {
					t.Fatalf("%s\n%q: want %t, the plain evaluator finds %t, the engine %t", n.yaml(), data, want,
						plain, together)
				}
				if want {
					hits++
				}
			}
		}
	}
	if hits < rules*events/20 || hits > rules*events*19/20 {
		t.Errorf("%d of %d hold: no test", hits, rules*events)
	}
}
