package predicate

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"testing"
)

// The fields of the events below.
const (
	imageField FieldID = iota
	lineField
	initiatedField
)

// madeRules returns n conditions such as published rules have, each about something else.
func madeRules(n int) []Program {
	var out []Program
	has := func(f FieldID, text string) *Condition {
		return Leaf(Field(f), Matches(true,
			NewPattern(true, Part{Kind: PartAny}, Part{Text: text}, Part{Kind: PartAny})))
	}
	ends := func(f FieldID, text string) *Condition {
		return Leaf(Field(f), Matches(true, NewPattern(true, Part{Kind: PartAny}, Part{Text: text})))
	}
	for i := range n {
		var c *Condition
		switch i % 4 {
		case 0: // a program and one of some flags
			c = And(ends(imageField, fmt.Sprintf(`\tool%d.exe`, i)),
				Or(has(lineField, fmt.Sprintf(" -flag%d ", i)), has(lineField, fmt.Sprintf(" /switch%d ", i))))
		case 1: // words of a command line, whatever the program
			c = And(has(lineField, fmt.Sprintf("invoke-thing%d", i)), Not(has(lineField, "harmless")))
		case 2: // a regular expression
			c = Leaf(Field(lineField), Regex(ExprOf(regexp.MustCompile(fmt.Sprintf(`(?i)load%d\(.*\)`, i)))))
		default: // a program that connects to somewhere
			c = And(Leaf(Field(initiatedField), In(true, []string{"true"})),
				ends(imageField, fmt.Sprintf(`\agent%d.exe`, i)))
		}
		out = append(out, Program{{Condition: c}})
	}
	return out
}

// madeEvents are events of which one in twenty has to do with a rule.
func madeEvents(n int) []textEvent {
	r := rand.New(rand.NewPCG(1, 2)) // #nosec G404 -- the same each time
	var out []textEvent
	for i := range n {
		image, line := fmt.Sprintf(`C:\Windows\System32\usual%d.exe`, r.IntN(50)),
			fmt.Sprintf(`-Embedding -k netsvcs -p -s service%d`, r.IntN(200))
		if i%20 == 0 {
			k := r.IntN(400)
			image, line = fmt.Sprintf(`C:\Users\a\tool%d.exe`, k),
				fmt.Sprintf(`run -flag%d now; invoke-thing%d; load%d(x)`, k, k, k)
		}
		out = append(out, textEvent{{image}, {line}, {"true"}})
	}
	return out
}

// work counts what evaluating the events takes: comparisons and conditions of rules looked at.
func work(rules []Program, events []textEvent) (done, hits int) {
	s := NewSet(rules)
	v, p := s.NewEvaluator(), s.Narrow(func(FieldID) ([]Value, bool) { return nil, false })
	for _, e := range events {
		hits += len(v.Eval(p, e, nil))
		for i := range v.leaves {
			if v.leaves[i].at == v.now {
				done++
			}
		}
		for _, at := range v.roots {
			if at == v.now {
				done++
			}
		}
	}
	return done, hits
}

// Twice as many rules, the new ones about other things, are a tenth more work at most: rules whose
// texts an event does not have are not looked at.
func TestTwiceTheRulesAreATenthMoreWork(t *testing.T) {
	events := madeEvents(2000)
	once, hits := work(madeRules(1000), events)
	twice, more := work(madeRules(2000), events)
	t.Logf("%d events: %d rules take %d comparisons and conditions, %d take %d", len(events), 1000, once, 2000, twice)
	if hits < 50 || more < hits {
		t.Fatalf("%d and %d hits: no test", hits, more)
	}
	if twice > once+once/10 {
		t.Errorf("twice the rules take %d comparisons and conditions instead of %d", twice, once)
	}
	if once > 2*len(events) {
		t.Errorf("an event takes %d comparisons and conditions", once/len(events))
	}
}

// What does an event cost with 1,000 rules, and with 2,000?
func BenchmarkTwiceTheRules(b *testing.B) {
	events := madeEvents(2000)
	for _, n := range []int{1000, 2000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := NewSet(madeRules(n))
			v, p := s.NewEvaluator(), s.Narrow(func(FieldID) ([]Value, bool) { return nil, false })
			b.ReportAllocs()
			var hits []Hit
			for i := 0; b.Loop(); i++ {
				hits = v.Eval(p, events[i%len(events)], hits[:0])
			}
		})
	}
}
