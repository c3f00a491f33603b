package explanation

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/rules"
	"hunt/rules/pack"
	"hunt/timeline/evidence"
)

// TestExplainSaysOnWhatAParentRests has a process whose record names no parent, one whose parent is not in the logs,
// and one that names it.
func TestExplainSaysOnWhatAParentRests(t *testing.T) {
	const hostName = "WS01.corp.example"
	noon := time.Date(2026, 3, 12, 12, 0, 0, 0, time.UTC)
	dir := t.TempDir()
	start := func(after time.Duration, pid, ppid, image, parent string) evtxtest.Event {
		e := evtxtest.Event{Provider: "Microsoft-Windows-Security-Auditing", Channel: "Security", Computer: hostName,
			EventID: 4688, Time: noon.Add(after),
			Data: []evtxtest.Pair{evtxtest.Str("NewProcessId", pid), evtxtest.Str("NewProcessName", `C:\x\`+image),
				evtxtest.Str("ProcessId", ppid)}}
		if parent != "" {
			e.Data = append(e.Data, evtxtest.Str("ParentProcessName", `C:\x\`+parent))
		}
		return e
	}
	log := evtxtest.File(start(0, "0x200", "0x100", "first.exe", ""),
		start(time.Second, "0x300", "0x200", "second.exe", ""),
		start(2*time.Second, "0x400", "0x300", "third.exe", "second.exe"))
	rule := filepath.Join(t.TempDir(), "any.eql")
	for name, b := range map[string][]byte{filepath.Join(dir, "s.evtx"): log,
		rule: []byte(`process where process.pid > 0`)} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pk, err := pack.Load(pack.Sources{Rules: []string{rule}, NoDefaultRules: true, NoDefaultTuning: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, strict := range []bool{false, true} {
		col, err := evidence.Collect(t.Context(), evidence.Inputs(dir), evidence.Options{})
		if err != nil {
			t.Fatal(err)
		}
		why, err := Explain(t.Context(), col, pk.Rules[0],
			Options{Options: rules.Options{Strict: strict}, Host: hostName, At: evtx.FiletimeOf(noon)})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"parent not in the logs (pid 256): ", "parent inferred from pid 512, started 1 s before", ""}
		if strict { // the parent was not filled in, and no condition saw it
			want[1] = ""
		}
		list := why.Stages[0].Candidates
		if len(list) != len(want) {
			t.Fatalf("%d candidates", len(list))
		}
		for i, c := range list {
			if !strings.HasPrefix(c.Parent, want[i]) || (c.Parent == "") != (want[i] == "") {
				t.Errorf("strict %v, candidate %d: %q, want %q", strict, i, c.Parent, want[i])
			}
		}
	}
}
