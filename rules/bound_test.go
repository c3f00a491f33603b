package rules

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hunt/evtx/evtxtest"
	"hunt/rules/pack"
	"hunt/rules/predicate"
	"hunt/rules/sequence"
	"hunt/timeline/spill"
)

// boundPack is one rule and nothing else.
func boundPack(t *testing.T, query string) *pack.Pack {
	t.Helper()
	name := filepath.Join(t.TempDir(), "rule.eql")
	if err := os.WriteFile(name, []byte(query), 0o600); err != nil {
		t.Fatal(err)
	}
	pk, err := pack.Load(pack.Sources{Rules: []string{name}, NoDefaultRules: true, NoDefaultTuning: true})
	if err != nil {
		t.Fatal(err)
	}
	return pk
}

// boundLog is a log of process starts a second apart, each with a copy in a second file.
func boundLog(t *testing.T, starts int, change func(i int, e *evtxtest.Event)) string {
	t.Helper()
	var events []evtxtest.Event
	for i := range starts {
		e := startAt(noon.Add(time.Duration(i)*time.Second), fmt.Sprintf("p%d.exe", i))
		change(i, &e)
		events = append(events, e)
	}
	dir := t.TempDir()
	for _, name := range []string{"a.evtx", "copy.evtx"} {
		if err := os.WriteFile(filepath.Join(dir, name), evtxtest.File(events...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestBoundsOfRulesAreTold: where a rule meets a bound, the case says which, how often and where first, the same
// whether the events stay in memory or not.
func TestBoundsOfRulesAreTold(t *testing.T) {
	words := func(mark string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "%s%d ", mark, i)
		}
		return b.String()
	}
	arguments := func(n int) func(int, *evtxtest.Event) {
		return func(_ int, e *evtxtest.Event) {
			e.Data = append(e.Data, evtxtest.Str("ParentCommandLine", words("b", n)))
			for i := range e.Data {
				if e.Data[i].Name == "CommandLine" {
					e.Data[i] = evtxtest.Str("CommandLine", words("a", n))
				}
			}
		}
	}
	const comparison = `process where concat(process.args, process.parent.args) == "nothing"`
	for _, c := range []struct {
		name, query string
		starts      int
		change      func(int, *evtxtest.Event)
		want        string
		count       int64
	}{
		{"combinations", comparison, 3, arguments(300), string(predicate.BoundCombinations.ID), 3},
		{"negated", `process where not (concat(process.args, process.parent.args) == "nothing")`, 3, arguments(300),
			string(predicate.BoundCombinations.ID), 3},
		{"few combinations", comparison, 3, arguments(100), "", 0},
		{"keys", `sequence by process.args, process.parent.args [process where true] [file where true]`, 3,
			arguments(70), string(sequence.BoundTuples.ID), 3},
		{"few keys", `sequence by process.args, process.parent.args [process where true] [file where true]`, 3,
			arguments(60), "", 0},
		{"waiting", `sequence with maxspan=1h [process where true] as e1 [file where file.name == e1.process.name]`,
			300, func(int, *evtxtest.Event) {}, string(sequence.BoundWaiting.ID), 43},
	} {
		dir := boundLog(t, c.starts, c.change)
		pk := boundPack(t, c.query)
		for _, memory := range []spill.Budget{0, 1} {
			res := runOn(t, pk, Options{MaxMemory: memory}, dir)
			got, count := "", int64(0)
			for _, b := range res.Case.Limits.Bites() {
				got, count = string(b.ID), b.Count
				if !b.Loses || b.First.File < 0 {
					t.Errorf("%s: loses %v, first %v", c.name, b.Loses, b.First)
				}
			}
			if got != c.want || count != c.count {
				t.Errorf("%s, memory %d: %q %d times, want %q %d times", c.name, memory, got, count, c.want, c.count)
			}
			if len(res.Findings) > 0 {
				t.Errorf("%s: %d findings of what is not known", c.name, len(res.Findings))
			}
		}
	}
}
