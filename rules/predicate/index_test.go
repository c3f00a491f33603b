package predicate

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// textEvent is an event whose field f has the values textEvent[f].
type textEvent [][]string

func (e textEvent) Values(f FieldID, dst []Value) []Value {
	for _, s := range e[f] {
		if s == "pending" {
			dst = append(dst, Value{Kind: Pending})
			continue
		}
		dst = append(dst, StringValue(s))
	}
	return dst
}

// settled is the event with some values in place of those that are pending.
func (e textEvent) settled(values []string) textEvent {
	var out textEvent
	for _, old := range e {
		var now []string
		for _, s := range old {
			if s == "pending" {
				now = append(now, values...)
			} else {
				now = append(now, s)
			}
		}
		out = append(out, now)
	}
	return out
}

// split returns the hits that are certain, and those that are not.
func split(hits []Hit) (certain, maybe []Hit) {
	for _, h := range hits {
		if h.Truth == True {
			certain = append(certain, h)
		} else {
			maybe = append(maybe, h)
		}
	}
	return certain, maybe
}

var (
	indexWords = []string{`\cmd.exe`, `C:\Windows\Cmd.EXE`, "-enc", "powershell", "Download", "a", "ab", "abc", `\a`,
		"É", "x1", "0x1F", "31", "", "ſ", "10.0.0.1", "fe80::1%eth0", "é",
		"K", "\u212a", "σς", "Σ", "İı", "\xff", "\xe2\x84", "\uFFFD", strings.Repeat("x", 300)}
	indexExprs = []string{"down.*load", "(?i)ENC|shell", `\bcmd\b`, "a(b|c)+", "^abc$", ".", "x[0-9]", "(?i)é",
		"(abc|powershell).*exe", "a{2,3}", ".{12,}", "(?:-e|-en)(c|k)",
		"(?i)k", "(?:abc)?", "(?:ab|)c", "a\uFFFD", "(?i:σ)x?", "[^a]b{0,2}$", "(?m)^É"}
)

func drawPart(rt *rapid.T) Part {
	switch rapid.IntRange(0, 4).Draw(rt, "part") {
	case 0, 1:
		return Part{Kind: PartAny}
	case 2:
		return Part{Kind: PartOne}
	}
	return Part{Text: rapid.SampledFrom(indexWords).Draw(rt, "text")}
}

func drawTest(rt *rapid.T) Test {
	fold := rapid.Bool().Draw(rt, "fold")
	word := rapid.SampledFrom(indexWords)
	switch rapid.IntRange(0, 6).Draw(rt, "test") {
	case 0:
		return In(fold, rapid.SliceOfN(word, 0, 4).Draw(rt, "texts"))
	case 1:
		return Integers(rapid.SliceOfN(rapid.Uint64Range(0, 40), 1, 3).Draw(rt, "integers")...)
	case 2:
		re := regexp.MustCompile(rapid.SampledFrom(indexExprs).Draw(rt, "regex"))
		return Regex(ExprOf(re))
	case 3:
		return Compare(TypeLong, Operator(rapid.IntRange(0, 5).Draw(rt, "op")), IntValue(31))
	case 4: // endswith, contains, startswith
		any, text := Part{Kind: PartAny}, Part{Text: word.Draw(rt, "text")}
		return Matches(fold, [][]*Pattern{{NewPattern(fold, any, text)}, {NewPattern(fold, any, text, any)},
			{NewPattern(fold, text, any)}}[rapid.IntRange(0, 2).Draw(rt, "kind")]...)
	}
	var ps []*Pattern
	for range rapid.IntRange(1, 4).Draw(rt, "patterns") {
		ps = append(ps, NewPattern(fold, rapid.SliceOfN(rapid.Custom(drawPart), 1, 5).Draw(rt, "parts")...))
	}
	return Matches(fold, ps...)
}

func drawCondition(rt *rapid.T, depth int) *Condition {
	f := Field(FieldID(rapid.IntRange(0, 2).Draw(rt, "field")))
	switch n := rapid.IntRange(0, 9).Draw(rt, "condition"); {
	case n == 0:
		return Exists(f)
	case n == 1:
		return FieldsMatch(f, Field(1), How(rapid.IntRange(0, 3).Draw(rt, "how")), rapid.Bool().Draw(rt, "fold"))
	case n < 6 || depth > 3:
		return Leaf(f, drawTest(rt))
	case n == 6:
		return Not(drawCondition(rt, depth+1))
	}
	kids := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) *Condition { return drawCondition(rt, depth+1) }), 1,
		4).Draw(rt, "kids")
	if rapid.Bool().Draw(rt, "and") {
		return And(kids...)
	}
	return Or(kids...)
}

// TestASetAgreesWithEachConditionAlone: many conditions, so that fields are searched for literals, against the
// evaluation of one condition at a time, which knows no index. Some of the events have values that are pending, and
// some plans know values.
func TestASetAgreesWithEachConditionAlone(t *testing.T) {
	value := rapid.OneOf(rapid.SampledFrom(append([]string{"pending"}, indexWords...)),
		rapid.Custom(func(rt *rapid.T) string {
			s := ""
			for _, w := range rapid.SliceOfN(rapid.SampledFrom(indexWords), 1, 4).Draw(rt, "words") {
				s += w
			}
			return s
		}))
	rapid.Check(t, func(rt *rapid.T) {
		var programs []Program
		for range rapid.IntRange(1, 40).Draw(rt, "programs") {
			st := Stage{Condition: drawCondition(rt, 0)}
			if rapid.Bool().Draw(rt, "with a source") {
				st.Source = Leaf(Field(0), In(true, []string{rapid.SampledFrom(indexWords).Draw(rt, "source")}))
			}
			programs = append(programs, Program{st})
		}
		set := NewSet(programs)
		evaluator, open := set.NewEvaluator(), set.Narrow(func(FieldID) ([]Value, bool) { return nil, false })
		for range 3 {
			var ev textEvent
			for range 3 {
				ev = append(ev, rapid.SliceOfN(value, 0, 3).Draw(rt, "values"))
			}
			var want []Hit
			var direct Direct
			for i, p := range programs {
				cond := p[0].Condition
				if p[0].Source != nil {
					cond = And(p[0].Source, cond)
				}
				truth := direct.Eval(cond, func(s Slot, dst []Value) []Value { return ev.Values(s.Field, dst) })
				if truth != False {
					want = append(want, Hit{Program: i, Truth: truth})
				}
			}
			known := set.Narrow(func(f FieldID) ([]Value, bool) { return ev.Values(f, nil), f == 0 })
			for _, plan := range []*Plan{open, known} {
				if got := evaluator.Eval(plan, ev, nil); !slices.Equal(got, want) {
					rt.Fatalf("on %q: %v, want %v", ev, got, want)
				}
				_, maybe := split(want)
				if got := evaluator.Settle(plan, ev, maybe, nil); !slices.Equal(got, maybe) {
					rt.Fatalf("on %q: %v are settled to %v", ev, maybe, got)
				}
			}
			settled := ev.settled(rapid.SliceOfN(value, 0, 2).Draw(rt, "settled"))
			certain, maybe := split(want)
			got := evaluator.Settle(open, settled, maybe, certain)
			slices.SortFunc(got, func(a, b Hit) int { return a.Program - b.Program })
			if want := evaluator.Eval(open, settled, nil); !slices.Equal(got, want) {
				rt.Fatalf("%q settles to %q: %v, want %v", ev, settled, got, want)
			}
		}
	})
}

func TestPatternsOfBaseNamesAreLookedUp(t *testing.T) {
	var programs []Program
	for i := range 100 {
		programs = append(programs,
			Program{{Condition: Leaf(Field(0), Matches(true, Wildcard(fmt.Sprintf(`*\Tool%d.exe`, i), true)))}})
	}
	set := NewSet(programs)
	plan := set.Narrow(func(FieldID) ([]Value, bool) { return nil, false })
	if len(plan.scan) != 0 || len(plan.indexes) != 1 || set.spaces[plan.indexes[0].space].form != formBase {
		t.Fatalf("%d conditions are scanned, %d indexes", len(plan.scan), len(plan.indexes))
	}
	v := set.NewEvaluator()
	for value, want := range map[string]int{`C:\x\TOOL7.exe`: 1, `tool7.exe`: 0, `\tool7.exe`: 1, `c:\tool7.exe\`: 0,
		`c:\xtool7.exe`: 0} {
		if got := v.Eval(plan, textEvent{{value}}, nil); len(got) != want {
			t.Errorf("%s: %v", value, got)
		}
	}
}

func TestTheLeastLengthOfARegularExpression(t *testing.T) {
	for expr, want := range map[string]int{`.{1000,}`: 1000, `a|bcd`: 1, `(?i)ab?c*[d-f]+(gh|i){2}`: 4, ``: 0, `^$`: 0,
		`\bx\b`: 1, `(a{2,3}){2}`: 4, `é`: 1} {
		if got := ExprOf(regexp.MustCompile(expr)).least; got != want {
			t.Errorf("%s matches %d bytes or more, want %d", expr, got, want)
		}
	}
}

func TestRegularExpressionsRunWhereTheirLiteralsAre(t *testing.T) {
	for expr, want := range map[string]string{
		`abc`: "[[abc]]", `(?i)ABC.*de`: "[[abc] [de]]", `a|bc`: "[[a bc]]", `(abc|de)f`: "[[abc de] [f]]",
		`a?b`: "[[b]]", `[a-c]+`: "[]", `(?:ab){2,}`: "[[ab] [ab]]",
		`x*`: "[]", `ab|.`: "[]", "a\uFFFDb": "[[a] [b]]", `^(?:\\\\|//)x$`: `[[\\ //] [x]]`, `(a)(b)c`: "[[abc]]",
	} {
		var got [][]string
		for _, c := range ExprOf(regexp.MustCompile(expr)).clauses {
			var texts []string
			for _, l := range c {
				texts = append(texts, l.text)
			}
			got = append(got, texts)
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%s requires %v, want %s", expr, got, want)
		}
	}
}
