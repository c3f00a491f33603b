package sigma

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"hunt/evtx"
	"hunt/racetest"
	"hunt/rules/predicate"
	"hunt/rules/sigma/logsource"
)

// engine evaluates rules together.
type engine struct {
	fields *logsource.Fields
	rules  []*Rule
	set    *predicate.Set
	plans  map[string]*predicate.Plan
	eval   *predicate.Evaluator
	event  Event
	hits   []predicate.Hit
}

func newEngine(fs *logsource.Fields, rules []*Rule) *engine {
	programs := make([]predicate.Program, len(rules))
	for i, r := range rules {
		programs[i] = predicate.Program{r.Compile(fs)}
	}
	set := predicate.NewSet(programs)
	return &engine{fields: fs, rules: rules, set: set, plans: map[string]*predicate.Plan{}, eval: set.NewEvaluator(),
		event: Event{View: fs.NewView()}}
}

// hitsOf returns the numbers of the rules that hold of a record.
func (e *engine) hitsOf(r *evtx.Record) []predicate.Hit {
	channel, provider, id := r.Channel(), r.Provider(), r.EventID()
	key := fmt.Sprint(channel, "\x00", provider, "\x00", id)
	plan := e.plans[key]
	if plan == nil {
		plan = e.set.Narrow(func(f predicate.FieldID) ([]predicate.Value, bool) {
			return Static(e.fields, f, channel, provider, id)
		})
		e.plans[key] = plan
	}
	if plan.Empty() {
		return nil
	}
	e.event.View.Bind(r)
	e.hits = e.eval.Eval(plan, &e.event, e.hits[:0])
	return e.hits
}

// TestTheEngineFindsWhatThePlainEvaluatorFinds holds all published rules together against one by
// one, over 20,000 real events.
func TestTheEngineFindsWhatThePlainEvaluatorFinds(t *testing.T) {
	racetest.Skip(t)
	const most = 20_000
	for _, dir := range []string{"sigmahq", "hayabusa"} {
		t.Run(dir, func(t *testing.T) {
			fs := logsource.NewFields()
			rules := published(t, fs, dir)
			e := newEngine(fs, rules)
			view := fs.NewView()
			near := map[string][]int{}
			root, files := realLogs(t)
			for _, more := range []string{"sigma-regression", "variants", "derived"} {
				for _, p := range filesBelow(t, filepath.Join(root, more), ".evtx") {
					name, err := filepath.Rel(root, p)
					if err != nil {
						t.Fatal(err)
					}
					files = append(files, filepath.ToSlash(name))
				}
			}
			events, hits := 0, 0
			for _, name := range files {
				f, err := evtx.Open(filepath.Join(root, name))
				if err != nil {
					continue
				}
				for r := range f.Records(&evtx.Decoder{}, nil) {
					if events++; events > most {
						break
					}
					var got, want []int
					for _, h := range e.hitsOf(r) {
						if h.Truth != predicate.True {
							t.Fatalf("%s: %s is %s", name, rules[h.Program].Doc.ID, h.Truth)
						}
						got = append(got, h.Program)
					}
					channel, id := r.Channel(), r.EventID()
					key := fmt.Sprint(channel, id)
					if _, ok := near[key]; !ok {
						near[key] = nil
						for i, rule := range rules {
							if rule.near(channel, id) {
								near[key] = append(near[key], i)
							}
						}
					}
					view.Bind(r)
					for _, i := range near[key] {
						if rules[i].Holds(view, channel, id) {
							want = append(want, i)
						}
					}
					hits += len(want)
					if !slices.Equal(got, want) {
						t.Errorf("%s, record %d: the engine finds %v, the plain evaluator %v", name, r.EventRecordID(),
							titles(rules, got), titles(rules, want))
					}
				}
				f.Close()
			}
			t.Logf("%d rules, %d events, %d hits", len(rules), min(events, most), hits)
		})
	}
}

func titles(rules []*Rule, list []int) []string {
	var out []string
	for _, i := range list {
		out = append(out, rules[i].Doc.ID)
	}
	return out
}

// engineHits evaluates rules over files together, each hit once.
func engineHits(t testing.TB, fs *logsource.Fields, rules []*Rule, root string, files []string) []hit {
	t.Helper()
	e := newEngine(fs, rules)
	all := map[hit]bool{}
	for _, name := range files {
		f, err := evtx.Open(filepath.Join(root, name))
		if err != nil {
			continue
		}
		for r := range f.Records(&evtx.Decoder{}, nil) {
			for _, h := range e.hitsOf(r) {
				all[hit{rules[h.Program].Doc.ID, name, r.EventRecordID()}] = true
			}
		}
		f.Close()
	}
	var out []hit
	for h := range all {
		out = append(out, h)
	}
	slices.SortFunc(out, hit.compare)
	return out
}
