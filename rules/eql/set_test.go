package eql

import (
	"slices"
	"sync"
	"testing"

	"hunt/rules/predicate"
)

func TestOneSetServesManyGoroutines(t *testing.T) {
	s := &testSchema{open: true, ids: map[string]predicate.FieldID{}}
	set := predicate.NewSet(compileAll(t, s, syntheticRules(60)))
	events, plans := benchEvents(s, set, 200)
	eval := func() (all []predicate.Hit) {
		v := set.NewEvaluator()
		for i, e := range events {
			all = v.Eval(plans[i], e, all)
		}
		return all
	}
	want := eval()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if !slices.Equal(eval(), want) {
				t.Error("another result on another goroutine")
			}
		})
	}
	wg.Wait()
}

func TestNarrowKeepsOnlyWhatCanStillBeTrue(t *testing.T) {
	s := newSchema("event.category", "event.type", "process.name", "host.id")
	progs := compileAll(t, s, []string{
		`process where event.type == "start" and process.name : "a.exe"`,
		`file where process.name : "a.exe"`,
		`process where event.type == "start"`,
		`sequence by host.id [process where process.name == "b.exe"] [file where true] until [process where event.type == "end"]`,
		`process where host.id == null`,
	})
	set := predicate.NewSet(progs)
	known := map[string][]predicate.Value{"event.category": {predicate.StringValue("process")},
		"event.type": {predicate.StringValue("start")}, "host.id": {{Kind: predicate.Pending}}}
	plan := set.Narrow(func(f predicate.FieldID) ([]predicate.Value, bool) {
		vs, ok := known[s.names[f-1]]
		return vs, ok
	})
	var left [][2]int
	plan.Stages(func(program, stage int) { left = append(left, [2]int{program, stage}) })
	slices.SortFunc(left, func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
	if want := [][2]int{{0, 0}, {2, 0}, {3, 0}, {4, 0}}; !slices.Equal(left, want) {
		t.Errorf("stages %v are left, want %v", left, want)
	}
	v := set.NewEvaluator()
	if got, want := v.Eval(plan, s.event(t, "process.name=A.EXE"), nil),
		[]predicate.Hit{{Program: 0, Stage: 0, Truth: predicate.True}, {Program: 2, Stage: 0, Truth: predicate.True},
			{Program: 4, Stage: 0, Truth: predicate.Maybe}}; !slices.Equal(got, want) {
		t.Errorf("hits %v, want %v", got, want)
	}
	if got, want := v.Eval(plan, s.event(t, "process.name=pending"), nil),
		[]predicate.Hit{{Program: 0, Stage: 0, Truth: predicate.Maybe}, {Program: 2, Stage: 0, Truth: predicate.True},
			{Program: 3, Stage: 0, Truth: predicate.Maybe},
			{Program: 4, Stage: 0, Truth: predicate.Maybe}}; !slices.Equal(got, want) {
		t.Errorf("hits %v, want %v", got, want)
	}
	empty := set.Narrow(func(f predicate.FieldID) ([]predicate.Value, bool) {
		return nil, s.names[f-1] == "event.category"
	})
	if !empty.Empty() {
		t.Error("a class without category can satisfy nothing, but its plan is not empty")
	}
}

func TestEqualPartsOfProgramsAreOneLeaf(t *testing.T) {
	s := newSchema("event.category", "process.name", "process.args")
	set := predicate.NewSet(compileAll(t, s, []string{
		`process where process.name : ("a.exe", "B.exe") and process.args : "*x*"`,
		`process where process.args : "*X*" and process.name in~ ("b.exe", "A.exe")`,
		`process where not process.args : "*x*"`,
		`process where process.name : "a.exe" or process.name : "b.exe"`,
	}))
	if set.Leaves() != 3 {
		t.Errorf("%d leaves, want 3: the category, the names, the arguments", set.Leaves())
	}
}
