package rules

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"hunt/evtx"
	"hunt/rules/pack"
	"hunt/rules/predicate"
	"hunt/rules/sequence"
	"hunt/rules/stage"
	"hunt/timeline/ecs"
)

// programsOf compiles the rules of a pack that run.
func programsOf(t *testing.T, from pack.Sources, fields *pack.Schema) (programs []*sequence.Program) {
	t.Helper()
	pk, err := pack.Load(from)
	if pk == nil {
		t.Fatal(err)
	}
	for _, r := range pk.Rules {
		if r.Skip != "" {
			continue
		}
		q, err := r.Compile(fields)
		if err != nil {
			t.Fatal(err)
		}
		programs = append(programs, q.Program())
	}
	return programs
}

// TestAllRulesTogetherFindWhatEachFindsAlone holds the set of all rules of all languages, with its indexes, plans and
// shared conditions, against the evaluation of one condition after the other, which has none of these. It takes some
// of the records at hand; HUNT_LONG=1 takes all with the carved ones, and the published rules as well.
func TestAllRulesTogetherFindWhatEachFindsAlone(t *testing.T) {
	from, step := pack.Sources{NoBuiltInCases: true}, 40
	dec := &evtx.Decoder{Cache: evtx.NewCache()}
	if os.Getenv("HUNT_LONG") != "" {
		step, dec.Carve, dec.Stock = 1, true, new(evtx.Stock)
		if dir := filepath.Join(os.Getenv("HUNT_CORPUS"), "..", "upstream-rules"); exists(dir) {
			from.Rules = []string{dir}
		}
	}
	schema := ecs.NewSchema()
	fields := pack.SchemaOf(schema)
	programs := programsOf(t, from, fields)
	set := stage.NewSet(programs, fields)
	records := decodedIn(t, filepath.Join("..", "samples"), dec)
	if dir := os.Getenv("HUNT_CORPUS"); dir != "" {
		for _, d := range []string{"real", "sigma-regression", "variants", "derived"} {
			records = append(records, decodedIn(t, filepath.Join(dir, d), dec)...)
		}
	}
	m, evaluator, view := ecs.NewMapper(schema), set.NewEvaluator(), set.NewView()
	var direct predicate.Direct
	events, found := 0, 0
	for i := 0; i < len(records); i += step {
		ev := m.Map(records[i])
		hits := evaluator.Eval(set.Plan(ev.Class), ev, nil)
		view.Show(ev)
		known := map[predicate.FieldID][]predicate.Value{}
		values := func(s predicate.Slot, dst []predicate.Value) []predicate.Value {
			vs, ok := known[s.Field]
			if !ok {
				vs = view.Values(s.Field, nil)
				known[s.Field] = vs
			}
			return append(dst, vs...)
		}
		var want []predicate.Hit
		for p, program := range programs {
			for n, s := range program.Conditions() {
				if program.Stages()[n].Dependent { // an earlier event decides
					hits = slices.DeleteFunc(hits, func(h predicate.Hit) bool { return h.Program == p && h.Stage == n })
					continue
				}
				truth := predicate.True
				if s.Source != nil {
					truth = direct.Eval(s.Source, values)
				}
				if truth != predicate.False {
					truth = min(truth, direct.Eval(s.Condition, values))
				}
				if truth != predicate.False {
					want = append(want, predicate.Hit{Program: p, Stage: n, Truth: truth})
				}
			}
		}
		if !slices.Equal(hits, want) {
			t.Fatalf("record %d of %s %d: together %v, alone %v", records[i].EventRecordID(), records[i].Channel(),
				records[i].EventID(), hits, want)
		}
		events, found = events+1, found+len(want)
	}
	t.Logf("%d rules, %d events, %d hits", len(programs), events, found)
	if found < events/100 {
		t.Errorf("%d hits of %d events: no test", found, events)
	}
}
