package eql

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hunt/rules/eql/syntax"
	"hunt/rules/predicate"
	"hunt/rules/sequence"
)

// Fields of random conditions: text, many texts, numbers, a boolean, one of any kind, and an unknown one.
func propertySchema() *testSchema {
	return newSchema("event.category", "s", "t", "m", "n:long", "o:long", "b:boolean", "f:float", "k", "l")
}

var (
	words    = []string{"a", "A", "b", "ab", "aB", "", "5", "ba", "aab"}
	patterns = []string{"a*", "*b", "?", "*a*b*", "A?", "a", "*", "", "??*", "a?b", "B*a"}
	exprs    = []string{"a.*", "[a-b]+", "A|b", "a?b*", "(ab)+", "a{1,2}", ""}
)

type exprGen struct {
	*rapid.T
	depth int
}

func (g exprGen) pick(xs ...string) string { return rapid.SampledFrom(xs).Draw(g.T, "pick") }
func (g exprGen) n(limit int) int          { return rapid.IntRange(0, limit-1).Draw(g.T, "n") }
func (g exprGen) deeper() exprGen          { return exprGen{g.T, g.depth + 1} }

func (g exprGen) quoted(from []string) string { return fmt.Sprintf("%q", g.pick(from...)) }

func (g exprGen) list(f func() string) string {
	n := 1 + g.n(3)
	parts := make([]string, n)
	for i := range parts {
		parts[i] = f()
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

func (g exprGen) condition() string {
	kinds := 10
	if g.depth > 3 {
		kinds = 7
	}
	d := g.deeper()
	switch g.n(kinds) {
	case 0:
		return g.text() + " " + g.pick("==", "!=", "<", "<=", ">", ">=") + " " + g.text()
	case 1:
		return g.number() + " " + g.pick("==", "!=", "<", "<=", ">", ">=") + " " + g.number()
	case 2:
		return g.text() + " " + g.pick("in", "in~", "not in", "not in~") + " " +
			g.list(func() string { return g.quoted(words) })
	case 3:
		return g.text() + " " + g.pick(":", "like", "like~") + " " + g.list(func() string { return g.quoted(patterns) })
	case 4:
		return g.text() + " " + g.pick("regex", "regex~") + " " + g.quoted(exprs)
	case 5:
		return g.pick("s", "m", "n", "?x", "b", "f") + " " + g.pick("==", "!=") + " null"
	case 6:
		return g.pick("b", "true", "false", "b == true", "b != false", "?x", `startsWith(s, "a")`, `endsWith~(m, "B")`,
			`stringContains(t, "a")`,
			`startsWith~(m, t)`, `?x != "a"`, `?x : "a"`, "n : 2", "n in (1, 2, 5)", "n not in (1, o)",
			"s in (t, \"b\")", "m in~ (t, s)", "s : 5", "s == 5", "n == \"5\"")
	case 7:
		return "not (" + d.condition() + ")"
	case 8:
		return "(" + d.condition() + " and " + d.condition() + ")"
	default:
		return "(" + d.condition() + " or " + d.condition() + ")"
	}
}

func (g exprGen) text() string {
	switch g.n(12) {
	case 0:
		return g.quoted(words)
	case 1:
		return "concat(" + g.pick("s", "m", "n", "b") + ", " + g.quoted(words) + ")"
	case 2:
		return fmt.Sprintf("substring(%s, %d, %d)", g.pick("s", "m", "t"), g.n(5)-2, g.n(5)-2)
	case 3:
		return fmt.Sprintf("between%s(%s, %s, %s, %s)", g.pick("", "~"), g.pick("s", "m"), g.quoted(words),
			g.quoted(words), g.pick("true", "false"))
	case 4:
		return "string(" + g.number() + ")"
	case 5, 6, 7:
		return g.pick("s", "t")
	case 8, 9:
		return "m"
	case 10:
		return "?x"
	}
	return "s"
}

func (g exprGen) number() string {
	switch g.n(9) {
	case 0:
		return fmt.Sprint(g.n(6))
	case 1:
		return fmt.Sprint(g.n(6)) + ".5"
	case 2:
		return "length(" + g.pick("s", "m", "t") + ")"
	case 3:
		return "indexOf" + g.pick("", "~") + "(" + g.pick("s", "m") + ", " + g.quoted(words) + ")"
	case 4:
		return "(" + g.pick("n", "o", "2") + " " + g.pick("+", "-", "*", "/", "%") + " " +
			g.pick("n", "o", "3", "0", "f", "2.0") + ")"
	case 5:
		return "f"
	}
	return g.pick("n", "o")
}

// drawEvent draws the values of an event.
func drawEvent(t *rapid.T, id int) *refEvent {
	e := &refEvent{id: id, values: map[string][]any{}}
	text := rapid.SampledFrom(words)
	for _, f := range []string{"s", "t", "n", "o", "b", "f"} {
		if rapid.IntRange(0, 3).Draw(t, "absent") == 0 {
			continue
		}
		switch f {
		case "s", "t":
			e.values[f] = []any{text.Draw(t, f)}
		case "n", "o":
			e.values[f] = []any{rapid.Int64Range(-2, 5).Draw(t, f)}
		case "b":
			e.values[f] = []any{rapid.Bool().Draw(t, f)}
		case "f":
			e.values[f] = []any{float64(rapid.IntRange(0, 6).Draw(t, f)) / 2}
		}
	}
	for range rapid.IntRange(0, 3).Draw(t, "many") {
		e.values["m"] = append(e.values["m"], text.Draw(t, "m"))
	}
	return e
}

func (s *testSchema) fromRef(e *refEvent) *mapEvent {
	out := &mapEvent{schema: s, id: fmt.Sprint(e.id), values: map[string][]predicate.Value{}}
	for name, vs := range e.values {
		for _, v := range vs {
			out.values[name] = append(out.values[name], fromAny(v))
		}
	}
	return out
}

func fromAny(v any) predicate.Value {
	switch v := v.(type) {
	case bool:
		return predicate.BoolValue(v)
	case int64:
		return predicate.IntValue(v)
	case float64:
		return predicate.FloatValue(v)
	case string:
		return predicate.StringValue(v)
	}
	return predicate.Value{}
}

func knownNames(s *testSchema) map[string]bool {
	known := map[string]bool{}
	for i, n := range s.names {
		known[n] = s.types[i] != 255
	}
	return known
}

func TestConditionsAgreeWithTheReference(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := propertySchema()
		text := exprGen{T: rt}.condition()
		p, err := CompileCondition(text, s, Options{})
		if err != nil {
			if strings.Contains(err.Error(), "takes a") {
				rt.Skip()
			}
			rt.Fatal(err)
		}
		x, err := syntax.ParseExpr(syntax.Source{Text: text}, nil)
		if err != nil {
			rt.Fatal(err)
		}
		for i := range 4 {
			e := drawEvent(rt, i)
			want := refScope{known: knownNames(s), event: e}.condition(x)
			if got := evalProgram(t, s, p, s.fromRef(e)); (got == predicate.True) != want || got == predicate.Maybe {
				rt.Fatalf("%s on %v: engine %v, reference %v", text, e.values, got, want)
			}
		}
	})
}

func TestPendingValuesNeverDecideWrongly(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := propertySchema()
		text := exprGen{T: rt}.condition()
		p, err := CompileCondition(text, s, Options{})
		if err != nil {
			rt.Skip()
		}
		ev := s.fromRef(drawEvent(rt, 0))
		settled := s.fromRef(drawEvent(rt, 1))
		for _, f := range []string{"s", "m", "n", "b"} {
			if rapid.Bool().Draw(rt, "pending "+f) {
				ev.values[f] = []predicate.Value{{Kind: predicate.Pending}}
			} else {
				settled.values[f] = ev.values[f]
			}
		}
		for _, f := range []string{"t", "o", "f"} {
			settled.values[f] = ev.values[f]
		}
		early, late := evalProgram(t, s, p, ev), evalProgram(t, s, p, settled)
		if late == predicate.Maybe || early != predicate.Maybe && early != late {
			rt.Fatalf("%s: %v on %v, but %v once settled as %v", text, early, ev, late, settled)
		}
	})
}

func TestManyProgramsInOneSetAgreeWithEachAlone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := propertySchema()
		var progs []*Query
		var conds []predicate.Program
		for range rapid.IntRange(1, 12).Draw(rt, "programs") {
			p, err := CompileCondition(exprGen{T: rt}.condition(), s, Options{})
			if err == nil {
				progs, conds = append(progs, p), append(conds, p.Conditions())
			}
		}
		set := predicate.NewSet(conds)
		v := set.NewEvaluator()
		plan := set.Narrow(func(predicate.FieldID) ([]predicate.Value, bool) { return nil, false })
		for i := range 3 {
			ev := s.fromRef(drawEvent(rt, i))
			var want []predicate.Hit
			for j, p := range progs {
				if truth := evalProgram(t, s, p, ev); truth != predicate.False {
					want = append(want, predicate.Hit{Program: j, Truth: truth})
				}
			}
			if got := v.Eval(plan, ev, nil); !slices.Equal(got, want) {
				rt.Fatalf("set: %v, alone: %v", got, want)
			}
		}
	})
}

// drawSequence draws a sequence over the categories a, b, c with keys k and l.
func drawSequence(t *rapid.T) string {
	g := exprGen{T: t}
	var b strings.Builder
	b.WriteString("sequence")
	keys := g.n(3)
	if keys == 1 {
		b.WriteString(g.pick(" by k", " by ?k", " by k, ?l"))
	}
	maxspan := g.n(3) > 0
	if maxspan {
		fmt.Fprintf(&b, " with maxspan=%ds", 1+g.n(6))
	}
	aliased := false
	terms := 2 + g.n(3)
	positive := g.n(terms)
	for i := range terms {
		missing := maxspan && i != positive && g.n(3) == 0
		cond := g.pick("true", "true", `s : "a*"`, "n > 1")
		if aliased && !missing && g.n(3) == 0 {
			cond = g.pick("n == e1.n", `s != e1.s`, "n > e1.n or b")
		}
		if missing {
			b.WriteString(" !")
		}
		fmt.Fprintf(&b, " [%s where %s]", g.pick("a", "b", "c", "any"), cond)
		if keys == 2 {
			b.WriteString(g.pick(" by k", " by ?k", " by l"))
		}
		if g.n(5) == 0 {
			b.WriteString(" with runs=2")
		}
		if !missing && !aliased && g.n(3) == 0 {
			b.WriteString(" as e1")
			aliased = true
		}
	}
	if g.n(4) == 0 {
		fmt.Fprintf(&b, " until [%s where %s]", g.pick("a", "b", "c"), g.pick("true", "n > 1"))
		if keys == 2 {
			b.WriteString(" by k")
		}
	}
	return strings.ReplaceAll(b.String(), "! [", "![")
}

func drawEvents(t *rapid.T) []*refEvent {
	var events []*refEvent
	at := int64(0)
	for i := range rapid.IntRange(2, 14).Draw(t, "events") {
		e := drawEvent(t, i)
		at += rapid.Int64Range(0, 2).Draw(t, "gap") * 1e9
		e.time = at
		e.values["event.category"] = []any{rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "category")}
		for _, k := range []string{"k", "l"} {
			for range rapid.SampledFrom([]int{0, 1, 1, 1, 1, 2}).Draw(t, "values of "+k) {
				e.values[k] = append(e.values[k], rapid.SampledFrom([]string{"x", "y"}).Draw(t, k))
			}
		}
		events = append(events, e)
	}
	return events
}

func TestSequencesAgreeWithTheReference(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := propertySchema()
		text := drawSequence(rt)
		p, err := Compile(text, s, Options{})
		if err != nil {
			rt.Fatal(err)
		}
		st, err := syntax.Parse(syntax.Source{Text: text}, nil)
		if err != nil {
			rt.Fatal(err)
		}
		events := drawEvents(rt)
		var want []string
		for _, r := range refSequences(st.Query.(*syntax.Sequence), knownNames(s), events) {
			var ids []string
			for _, e := range r {
				ids = append(ids, fmt.Sprint(e.id))
			}
			want = append(want, strings.Join(ids, " "))
		}
		var got []string
		for m := range p.Run(func(yield func(sequence.Item) bool) {
			for _, e := range events {
				if !yield(sequence.Item{Event: s.fromRef(e), Time: e.time}) {
					return
				}
			}
		}) {
			got = append(got, strings.ReplaceAll(matchText(m), "! ", ""))
		}
		for i := range got {
			got[i] = strings.TrimSuffix(strings.ReplaceAll(got[i], " !", ""), "!")
		}
		if !slices.Equal(got, want) {
			var log strings.Builder
			for _, e := range events {
				fmt.Fprintf(&log, "%d at %d: %v\n", e.id, e.time/1e9, e.values)
			}
			rt.Fatalf("%s\nengine %q\nreference %q\n%s", text, got, want, log.String())
		}
	})
}

func TestSamplesAgreeWithTheReference(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := propertySchema()
		g := exprGen{T: rt}
		text := "sample by " + g.pick("k", "?k", "k, ?l")
		for range 2 + g.n(3) {
			text += fmt.Sprintf(" [%s where %s]", g.pick("a", "b", "any"), g.pick("true", `s : "a*"`, "n > 1"))
		}
		p, err := Compile(text, s, Options{})
		if err != nil {
			rt.Fatal(err)
		}
		st, err := syntax.Parse(syntax.Source{Text: text}, nil)
		if err != nil {
			rt.Fatal(err)
		}
		events := drawEvents(rt)
		var want []string
		for _, r := range refSamples(st.Query.(*syntax.Sample), knownNames(s), events) {
			var ids []string
			for _, e := range r {
				ids = append(ids, fmt.Sprint(e.id))
			}
			want = append(want, strings.Join(ids, " "))
		}
		var got []string
		for m := range p.Run(func(yield func(sequence.Item) bool) {
			for _, e := range events {
				if !yield(sequence.Item{Event: s.fromRef(e), Time: e.time}) {
					return
				}
			}
		}) {
			got = append(got, matchText(m))
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			rt.Fatalf("%s\nengine %q\nreference %q", text, got, want)
		}
	})
}

// matchText names the events of a result; a missing one is "!".
func matchText(m sequence.Match) string {
	var ids []string
	for _, it := range m.Events {
		if it.Event == nil {
			ids = append(ids, "!")
		} else {
			ids = append(ids, it.Event.(*mapEvent).id)
		}
	}
	return strings.Join(ids, " ")
}

func TestPrintedQueriesParseToTheSameTree(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := drawSequence(rt)
		if rapid.Bool().Draw(rt, "event query") {
			text = "any where " + exprGen{T: rt}.condition() +
				rapid.SampledFrom([]string{"", " | head 3", " | tail 2 | head 1"}).Draw(rt, "pipes")
		}
		st, err := syntax.Parse(syntax.Source{Text: text}, nil)
		if err != nil {
			rt.Fatal(err)
		}
		again, err := syntax.Parse(syntax.Source{Text: st.String()}, nil)
		if err != nil {
			rt.Fatalf("%s\nprinted as %s\n%v", text, st, err)
		}
		if a, b := dumpTree(st), dumpTree(again); a != b {
			rt.Fatalf("%s\nprinted as %s\nis another tree:\n%s\n%s", text, st, a, b)
		}
	})
}
