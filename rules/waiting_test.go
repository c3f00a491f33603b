package rules

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hunt/rules/pack"
	"hunt/rules/predicate"
	"hunt/rules/sequence"
	"hunt/rules/stage"
	"hunt/rules/waiting"
	"hunt/samples/growth"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
	"hunt/timeline/spill"
)

// waitingRules are rules whose events wait in all the ways there are.
var waitingRules = map[string]string{
	"keys": `sequence by host.id, process.entity_id with maxspan=5m
		[process where event.action == "start" or true] [process where process.name == "never.exe"]`,
	"fields": "sequence by host.id with maxspan=5m [file where true] as f [process where process.executable == " +
		"f.file.path]",
	"join": "sequence with maxspan=2m [process where true] by process.name [process where true] by process.name",
	"across": "sequence with maxspan=1s [file where true] by process.name [file where true] by process.name " +
		"[process where true] by process.parent.name",
	"absent":   "sequence by host.id with maxspan=1s [process where true] ![file where true] [process where true]",
	"trailing": "sequence by host.id, process.pid with maxspan=1s [process where true] ![network where true]",
	"sample":   "sample by host.id [process where true] [file where true]",
	"last":     "process where true | tail 20",
	"begun":    `sequence by host.id with maxspan=1s [file where file.name : "*7*"] [any where event.code != "0"]`,
	"idle":     `sequence by host.id with maxspan=1s [file where file.name == "never"] [any where event.code != "0"]`,
}

func waitingPack(t *testing.T) *pack.Pack {
	t.Helper()
	dir := t.TempDir()
	for name, query := range waitingRules {
		if err := os.WriteFile(filepath.Join(dir, name+".eql"), []byte(query), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pk, err := pack.Load(pack.Sources{Rules: []string{dir}, NoDefaultTuning: true})
	if err != nil {
		t.Fatal(err)
	}
	return pk
}

// TestFindingsAreTheSameWhateverWaitsInMemory: what lets go of its records finds what has them all.
func TestFindingsAreTheSameWhateverWaitsInMemory(t *testing.T) {
	pk := waitingPack(t)
	for _, k := range growth.Kinds() {
		if !slices.Contains([]string{"downloads", "runs", "children", "one-pid", "hosts", "network"}, k.Name) {
			continue
		}
		dir := t.TempDir()
		if err := k.Write(dir, 700); err != nil {
			t.Fatal(err)
		}
		all, few := runOn(t, pk, Options{MaxFindings: 300}, dir),
			runOn(t, pk, Options{MaxFindings: 300, MaxMemory: 64 << 10}, dir)
		if diff := cmp.Diff(told(all), told(few)); diff != "" {
			t.Errorf("%s (-all in memory +let go):\n%s", k.Name, diff)
		}
		if len(all.Findings) < 5 {
			t.Errorf("%s: %d findings test little", k.Name, len(all.Findings))
		}
	}
}

// told is what a result says, in words.
func told(res *Result) (out []string) {
	evidence := func(list []Evidence) (s string) {
		for _, e := range list {
			s += fmt.Sprintf("\n  %d %q", e.Stage, e.Label)
			if e.Event != nil {
				s += fmt.Sprintf(" %v %v %s", e.Event.Ref, e.Event.Also, e.Event.Message())
			}
		}
		return s
	}
	for _, f := range res.Findings {
		out = append(out, fmt.Sprintf("%s %s %s %s %d %q %q%s\n others, and %d more:%s", f.ID, f.Rule.ID, f.Status,
			f.Host.ID, f.Count, f.Reasons, f.Labels,
			evidence(f.Evidence), f.CandidatesMore, evidence(f.Candidates)))
	}
	for i := range res.Rules {
		rr := &res.Rules[i]
		out = append(out, fmt.Sprintf("%s: %v %d %d %d %d %d %d", rr.Rule.ID, rr.StageHits, rr.Matches, rr.Unlisted,
			rr.Crowded, rr.Partial, rr.UnlistedPartial, rr.Unkept))
	}
	return append(out, res.Limits...)
}

// TestOnlyTheNewestEventsThatWaitHaveTheirRecords: the share bounds what records take, and what a match has comes back.
func TestOnlyTheNewestEventsThatWaitHaveTheirRecords(t *testing.T) {
	dir := t.TempDir()
	for _, k := range growth.Kinds() {
		if k.Name == "children" {
			if err := k.Write(dir, 500); err != nil {
				t.Fatal(err)
			}
		}
	}
	var events []*timeline.Event
	schema := pack.SchemaOf(ecs.NewSchema())
	q, err := boundPack(t, "process where true").Rules[0].Compile(schema)
	if err != nil {
		t.Fatal(err)
	}
	col, err := evidence.Collect(t.Context(), evidence.Inputs(dir), evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	found, err := search(t.Context(), timeline.Of(col), Options{MaxMemory: 64 << 10},
		request{schema: schema, programs: []*sequence.Program{q.Program()},
			begin: sink{hand: func(e *timeline.Event, _ []predicate.Hit) { events = append(events, e) }}.to()})
	if err != nil {
		t.Fatal(err)
	}
	defer found.close()
	h := found.holder(t.Context(), Options{MaxMemory: 1 << 20, Jobs: 1})
	var all []*stage.Held
	var want []string
	for _, e := range events {
		want = append(want, e.Message())
		all = append(all, h.Hold(e))
	}
	whole := 0
	for _, x := range all {
		if x.Event.Event != nil {
			whole++
		}
	}
	if most := (spill.Budget(1 << 20)).Of(spill.Candidates); whole == 0 || int64(whole)*waiting.EventSize > most ||
		len(events) != 501 {
		t.Errorf("%d of %d events have their records, share %d", whole, len(events), most)
	}
	for i, e := range h.Load(all...) {
		if got := e.Message(); got != want[i] {
			t.Fatalf("event %d: %s, want %s", i, got, want[i])
		}
	}
}
