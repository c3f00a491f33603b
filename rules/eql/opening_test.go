package eql

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hunt/rules/predicate"
	"hunt/rules/sequence"
)

// TestIdleEventsMakeNoMatch: a matcher that is not given the events which an opening calls idle gives the same matches.
func TestIdleEventsMakeNoMatch(t *testing.T) {
	idle := 0
	rapid.Check(t, func(rt *rapid.T) {
		s := propertySchema()
		text := drawSequence(rt)
		q, err := Compile(text, s, Options{})
		if err != nil {
			rt.Fatal(err)
		}
		p := q.Program()
		set := predicate.NewSet([]predicate.Program{p.Conditions()})
		plan := set.Narrow(func(predicate.FieldID) ([]predicate.Value, bool) { return nil, false })
		evaluator, opening := set.NewEvaluator(), p.NewOpening()
		matchers := [2]*sequence.Matcher{p.NewMatcher(), p.NewMatcher()}
		var found [2][]string
		emit := [2]func(sequence.Match){}
		for i := range emit {
			emit[i] = func(m sequence.Match) { found[i] = append(found[i], matchText(m)) }
		}
		for _, e := range drawEvents(rt) {
			it := sequence.Item{Event: s.fromRef(e), Time: e.time}
			hits := evaluator.Eval(plan, it.Event, nil)
			for _, h := range hits {
				if h.Truth == predicate.True || p.Stages()[h.Stage].Dependent {
					it.Stages = append(it.Stages, h.Stage)
				}
			}
			if len(hits) == 0 {
				continue
			}
			matchers[0].Push(it, emit[0])
			if opening.Idle(e.time, hits) {
				idle++
				continue
			}
			matchers[1].Push(it, emit[1])
		}
		for i, m := range matchers {
			m.Close(emit[i])
		}
		if !slices.Equal(found[0], found[1]) {
			rt.Fatalf("%s\nwith all events %q\nwithout idle ones %q", text, found[0], found[1])
		}
	})
	if idle < 20 {
		t.Errorf("%d idle events test little", idle)
	}
}
