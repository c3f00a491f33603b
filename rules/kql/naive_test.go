package kql

import (
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"hunt/rules/kql/syntax"
	"hunt/rules/predicate"
)

// naive evaluates a query on a document the simple way: it walks the syntax tree, knows nothing of
// conditions, patterns and search without cutting into words, and compares values by regular
// expressions, lists of words and Go's own types.
type naive struct {
	t   testing.TB
	doc map[string][]string
}

// The fields of random documents.
var naiveTypes = map[string]string{
	"k": "keyword", "x.l": "keyword", "x.m": "keyword", "process.pid": "long", "n_bits": "float", "source.ip": "ip",
	"code.trusted": "boolean",
	"@timestamp":   "date", "powershell.file.script_block_text": "script", "message": "standard",
}

func (n *naive) holds(q syntax.Query) bool {
	switch x := q.(type) {
	case nil:
		return true
	case *syntax.Logical:
		for _, kid := range x.Xs {
			if n.holds(kid) == (x.Op == syntax.Or) {
				return x.Op == syntax.Or
			}
		}
		return x.Op == syntax.And
	case *syntax.Not:
		return !n.holds(x.X)
	case *syntax.Match:
		return n.any(x.Field, func(field, typ string, fold bool) bool {
			return n.match(n.doc[field], typ, fold, x.Value)
		})
	case *syntax.Range:
		return n.any(x.Field, func(field, typ string, fold bool) bool {
			return n.within(n.doc[field], typ, fold, string(x.Op), x.Value.Text())
		})
	case *syntax.FreeText:
		every := syntax.Literal{Parts: []string{"", ""}}
		return x.Value.Exists() ||
			n.any(every, func(field, typ string, fold bool) bool { return n.match(n.doc[field], typ, fold, x.Value) })
	}
	n.t.Fatalf("unknown node %T", q)
	return false
}

// any holds if a clause holds of one of the fields that a name takes in.
func (n *naive) any(name syntax.Literal, clause func(field, typ string, fold bool) bool) bool {
	if !name.Wild() {
		field, fold := strings.CutSuffix(name.Text(), ".caseless")
		typ, known := naiveTypes[field]
		return known && clause(field, typ, fold)
	}
	for field, typ := range naiveTypes {
		if wild(name.Parts).MatchString(field) && clause(field, typ, false) {
			return true
		}
	}
	return false
}

// wild is a pattern as a regular expression.
func wild(parts []string) *regexp.Regexp {
	quoted := make([]string, len(parts))
	for i, p := range parts {
		quoted[i] = regexp.QuoteMeta(p)
	}
	return regexp.MustCompile(`(?s)\A` + strings.Join(quoted, `.*`) + `\z`)
}

func lowered(ss []string) []string {
	out := make([]string, len(ss))
	for i, s := range ss {
		out[i] = strings.ToLower(s)
	}
	return out
}

func (n *naive) match(values []string, typ string, fold bool, v syntax.Literal) bool {
	if v.Exists() {
		return len(values) > 0
	}
	parts := v.Parts
	if v.Kind != syntax.Word && v.Kind != syntax.Quoted {
		parts = []string{v.Text()}
	}
	if fold {
		values, parts = lowered(values), lowered(parts)
	}
	for _, value := range values {
		var ok bool
		switch typ {
		case "keyword":
			ok = wild(parts).MatchString(value)
		case "script", "standard":
			ok = matchWords(wordsOf(typ, value), typ, v, parts)
		default:
			ok = !v.Wild() && sameValue(typ, value, v.Text())
		}
		if ok {
			return true
		}
	}
	return false
}

// matchWords is a clause over the words of a text.
func matchWords(words []string, typ string, v syntax.Literal, parts []string) bool {
	if v.Wild() {
		for _, w := range words {
			if wild(lowered(parts)).MatchString(w) {
				return true
			}
		}
		return false
	}
	wanted := wordsOf(typ, v.Text())
	if v.Kind == syntax.Quoted {
		for i := 0; len(wanted) > 0 && i+len(wanted) <= len(words); i++ {
			if strings.Join(words[i:i+len(wanted)], "\x00") == strings.Join(wanted, "\x00") {
				return true
			}
		}
		return false
	}
	for _, w := range words {
		for _, x := range wanted {
			if w == x {
				return true
			}
		}
	}
	return false
}

// wordsOf cuts a text into words. The standard analyzer is this simple only over ASCII without
// punctuation within words, which random documents keep to.
func wordsOf(typ, text string) []string {
	return strings.FieldsFunc(strings.ToLower(ascii(text)), func(r rune) bool {
		if r == '-' && typ == "script" || r == '_' {
			return false
		}
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// ascii keeps characters beyond ASCII from becoming ASCII ones in lower case.
func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return '\uffff'
		}
		return r
	}, s)
}

func sameValue(typ, value, want string) bool {
	switch typ {
	case "long", "float":
		a, err1 := strconv.ParseFloat(value, 64)
		b, err2 := strconv.ParseFloat(want, 64)
		return err1 == nil && err2 == nil && a == b
	case "boolean":
		return value == want && (want == "true" || want == "false")
	case "ip":
		a, err := netip.ParseAddr(value)
		if err != nil {
			return false
		}
		if b, err := netip.ParsePrefix(want); err == nil {
			return b.Masked().Contains(a)
		}
		b, err := netip.ParseAddr(want)
		return err == nil && a == b
	case "date":
		a, err1 := time.Parse(time.RFC3339Nano, value)
		b, err2 := time.Parse(time.RFC3339Nano, want)
		return err1 == nil && err2 == nil && a.Equal(b)
	}
	return false
}

func (n *naive) within(values []string, typ string, fold bool, op, bound string) bool {
	for _, value := range values {
		candidates := []string{value}
		switch {
		case typ == "script" || typ == "standard":
			candidates = wordsOf(typ, value)
		case fold:
			candidates, bound = lowered(candidates), strings.ToLower(bound)
		}
		for _, c := range candidates {
			order, ok := compareAs(typ, c, bound)
			if ok && (order < 0 && op[0] == '<' || order > 0 && op[0] == '>' || order == 0 && len(op) == 2) {
				return true
			}
		}
	}
	return false
}

func compareAs(typ, a, b string) (int, bool) {
	switch typ {
	case "long", "float":
		x, err1 := strconv.ParseFloat(a, 64)
		y, err2 := strconv.ParseFloat(b, 64)
		switch {
		case err1 != nil || err2 != nil:
			return 0, false
		case x < y:
			return -1, true
		case x > y:
			return 1, true
		}
		return 0, true
	case "ip":
		x, err1 := netip.ParseAddr(a)
		y, err2 := netip.ParseAddr(b)
		return x.Compare(y), err1 == nil && err2 == nil
	case "date":
		x, err1 := time.Parse(time.RFC3339Nano, a)
		y, err2 := time.Parse(time.RFC3339Nano, b)
		return x.Compare(y), err1 == nil && err2 == nil
	case "boolean": // false comes before true
		boolean := func(s string) bool { return s == "true" || s == "false" }
		return strings.Compare(a, b), boolean(a) && boolean(b)
	}
	return strings.Compare(a, b), true
}

// typedNames is a schema of the random documents' fields, which it can list.
type typedNames struct{ *names }

func (n typedNames) Field(name string) (predicate.FieldID, predicate.Type, bool) {
	id, typ, _ := n.names.Field(name)
	_, known := naiveTypes[name]
	return id, typ, known
}

func (n typedNames) FieldsLike(_ string, fits func(string) bool,
	yield func(string, predicate.FieldID, predicate.Type)) {
	for name := range naiveTypes {
		if fits(name) {
			id, typ, _ := n.Field(name)
			yield(name, id, typ)
		}
	}
}

// Random values: few letters, so that they meet, and what is special in a query or in a pattern.
var (
	textOf    = rapid.StringMatching(`(a|b|A|B|ab|-|\*|\.| |\\|"|:|\(|é|_|1|\n|and|not|or|true){0,6}`)
	addressOf = rapid.SampledFrom([]string{"10.0.0.1", "10.0.0.2", "10.1.0.1", "fe80::1", "::1", "192.168.0.255"})
	blockOf   = rapid.SampledFrom([]string{"10.0.0.0/8", "10.0.0.0/31", "fe80::/10", "0.0.0.0/0"})
	numberOf  = rapid.SampledFrom([]string{"0", "1", "2", "10", "4104", "-1"})
	timeOf    = rapid.SampledFrom([]string{"2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05.001Z",
		"2025-12-31T23:59:59.999Z", "2026-01-02T04:04:05.000+01:00"})
)

func valueFor(t *rapid.T, typ string) string {
	switch typ {
	case "long", "float":
		return numberOf.Draw(t, "number")
	case "ip":
		return addressOf.Draw(t, "address")
	case "boolean":
		return rapid.SampledFrom([]string{"true", "false"}).Draw(t, "boolean")
	case "date":
		return timeOf.Draw(t, "time")
	case "standard": // words that Unicode's rules do not join
		return rapid.StringMatching(`(a|b|AB|1| |-|\*|"|\n|;){0,8}`).Draw(t, "text")
	}
	return textOf.Draw(t, "text")
}

// literal is a value in one of the ways in which it can be written.
func drawLiteral(t *rapid.T, text string, wildcards bool) syntax.Literal {
	l := syntax.Literal{Kind: syntax.Quoted, Parts: []string{text}}
	if rapid.Bool().Draw(t, "quoted") {
		return l
	}
	l.Kind = syntax.Word
	text = strings.TrimSpace(text) // blanks around a word are no part of it
	l.Parts[0] = text
	if wildcards && rapid.Bool().Draw(t, "wild") {
		cut := rapid.IntRange(0, len(text)).Draw(t, "cut")
		for cut > 0 && cut < len(text) && text[cut]&0xC0 == 0x80 {
			cut--
		}
		l.Parts = []string{text[:cut], text[cut:]}
		if rapid.Bool().Draw(t, "prefix") {
			l.Parts[1] = ""
		}
	}
	if len(l.Parts) == 1 {
		switch text {
		case "":
			l.Kind = syntax.Quoted
		case "true":
			l.Kind, l.Parts = syntax.True, nil
		case "false":
			l.Kind, l.Parts = syntax.False, nil
		}
	}
	return l
}

func drawQuery(t *rapid.T, depth int) syntax.Query {
	names := []string{"k", "k.caseless", "x.l", "x.m", "gone", "process.pid", "n_bits", "source.ip", "code.trusted",
		"@timestamp", "powershell.file.script_block_text", "message"}
	switch kind := rapid.IntRange(0, 9).Draw(t, "kind"); {
	case depth > 0 && kind < 3:
		x := &syntax.Logical{Op: syntax.Op(rapid.IntRange(0, 1).Draw(t, "op"))}
		for range rapid.IntRange(2, 3).Draw(t, "n") {
			kid := drawQuery(t, depth-1)
			if l, ok := kid.(*syntax.Logical); ok && l.Op == x.Op {
				x.Xs = append(x.Xs, l.Xs...)
			} else {
				x.Xs = append(x.Xs, kid)
			}
		}
		return x
	case depth > 0 && kind < 5:
		return &syntax.Not{X: drawQuery(t, depth-1)}
	case kind == 5:
		return &syntax.FreeText{
			Value: drawLiteral(t, valueFor(t, rapid.SampledFrom([]string{"long", "standard"}).Draw(t, "type")), true)}
	}
	name := rapid.SampledFrom(names).Draw(t, "field")
	field := syntax.Literal{Kind: syntax.Word, Parts: []string{name}}
	typ := naiveTypes[strings.TrimSuffix(name, ".caseless")]
	text := valueFor(t, typ)
	if rapid.IntRange(0, 9).Draw(t, "many") == 0 {
		field.Parts = rapid.SampledFrom([][]string{{"x.", ""}, {"", ".l"}, {"", ""}, {"process.", "d"}}).
			Draw(t, "names")
		text = valueFor(t, "standard")
	}
	plain := typ == "keyword" || typ == "script" || typ == "standard" || typ == "" || field.Wild()
	if rapid.IntRange(0, 4).Draw(t, "range") == 0 {
		op := rapid.SampledFrom([]syntax.Comparison{"<", "<=", ">", ">="}).Draw(t, "op")
		return &syntax.Range{Field: field, Op: op, Value: drawLiteral(t, text, false)}
	}
	if typ == "ip" && rapid.Bool().Draw(t, "block") {
		text = blockOf.Draw(t, "block")
	}
	if rapid.IntRange(0, 9).Draw(t, "exists") == 0 {
		return &syntax.Match{Field: field, Value: syntax.Literal{Parts: []string{"", ""}}}
	}
	return &syntax.Match{Field: field, Value: drawLiteral(t, text, plain)}
}

// A query means the same to the compiler and to the naive evaluator: random queries, printed and
// parsed, over random documents with missing, many and oddly written values.
func TestRandomQueriesAreWhatTheNaiveEvaluatorSays(t *testing.T) {
	held := 0
	rapid.Check(t, func(rt *rapid.T) {
		doc, values := document{}, map[string][]string{}
		for _, name := range slices.Sorted(maps.Keys(naiveTypes)) {
			typ := naiveTypes[name]
			for range rapid.SampledFrom([]int{0, 1, 1, 1, 2, 3}).Draw(rt, "values of "+name) {
				text := valueFor(rt, typ)
				values[name] = append(values[name], text)
				doc[name] = append(doc[name], stored(rt, typ, text))
			}
		}
		for range 4 {
			tree := drawQuery(rt, 3)
			text := syntax.String(tree)
			parsed, err := syntax.Parse(syntax.Source{Text: text})
			if err != nil {
				rt.Fatalf("%s: %v", text, err)
			}
			if again := syntax.String(parsed); again != text {
				rt.Fatalf("%s prints %s", text, again)
			}
			n := typedNames{newNames()}
			q, err := Compile(text, n, Options{})
			if err != nil {
				rt.Fatalf("%s: %v", text, err)
			}
			want := (&naive{t: t, doc: values}).holds(tree)
			if got := q.holds(n.names, doc); got != want {
				rt.Fatalf("%s\nover %q: %v, want %v", text, values, got, want)
			}
			if want {
				held++
			}
			if got := q.Explain(0, eventOf{n.names, doc}, nil).Truth == predicate.True; got != want {
				rt.Fatalf("%s\nover %q is explained as %v", text, values, got)
			}
		}
	})
	if held == 0 {
		t.Error("no query held")
	}
}

// eventOf shows a document to Explain.
type eventOf struct {
	names *names
	doc   document
}

func (e eventOf) Values(f predicate.FieldID, dst []predicate.Value) []predicate.Value {
	return append(dst, e.doc[e.names.byID[f]]...)
}

// stored is a value as a document has it: numbers and booleans sometimes as text.
func stored(t *rapid.T, typ, text string) predicate.Value {
	if rapid.Bool().Draw(t, "as text") {
		return predicate.StringValue(text)
	}
	switch typ {
	case "long":
		n, _ := strconv.ParseInt(text, 10, 64)
		return predicate.IntValue(n)
	case "float":
		n, _ := strconv.ParseFloat(text, 64)
		return predicate.FloatValue(n)
	case "boolean":
		return predicate.BoolValue(text == "true")
	}
	return predicate.StringValue(text)
}

// Whatever a query is, compiling it neither fails in a way of its own nor changes with how it is
// written: its canonical form means the same.
func FuzzCompile(f *testing.F) {
	for _, s := range []string{
		`k : (a or "b c" and not x*) and not process.pid >= 5`, `x.* : *`, `a b`, `* : 10.0.0.0/8`, `k.caseless : \*\(`,
		`message : "a b" or n_bits < 1e3`,
		`powershell.file.script_block_text : (-enc or *x* or "::")`, `@timestamp : 2026-01-02 or code.trusted : true`,
		`f : { a : b }`, `not (not k : *)`,
	} {
		f.Add(s)
	}
	doc := document{}
	doc.add("", map[string]any{
		"k": []any{"a", "b c", ""}, "x": map[string]any{"l": "xy"}, "process": map[string]any{"pid": 5.0},
		"source":  map[string]any{"ip": "10.1.2.3"},
		"message": "a b, c", "code": map[string]any{"trusted": true}, "@timestamp": "2026-01-02T03:04:05.000Z",
		"powershell": map[string]any{"file": map[string]any{"script_block_text": "iex -enc x"}},
	})
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return // rule files are UTF-8
		}
		n := typedNames{newNames()}
		q, err := Compile(text, n, Options{})
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without a message")
			}
			return
		}
		again, err := Compile(q.String(), n, Options{})
		if err != nil {
			t.Fatalf("%q is %q, which does not compile: %v", text, q.String(), err)
		}
		want := q.holds(n.names, doc)
		if got := again.holds(n.names, doc); got != want {
			t.Fatalf("%q: %v, its canonical form %q: %v", text, want, q.String(), got)
		}
		if got := q.Explain(0, eventOf{n.names, doc}, nil).Truth == predicate.True; got != want {
			t.Fatalf("%q: %v, explained as %v", text, want, got)
		}
	})
}
