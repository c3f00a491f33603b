package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hunt/samples"
	"hunt/samples/gen/truth"
)

// Each planted intrusion is one incident with all of its hosts and nothing else, in the order in which it reached
// them; no two are joined, and nothing else joins hosts.
func TestEachPlantedIntrusionIsOneIncident(t *testing.T) {
	hunt := filepath.Join(t.TempDir(), "hunt")
	// #nosec G204 -- a constant
	if out, err := exec.Command("go", "build", "-o", hunt, "hunt/cmd/hunt").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	for seed := range uint64(4) {
		t.Run(fmt.Sprintf("seed %d", seed+1), func(t *testing.T) {
			dir := t.TempDir()
			if err := spreadCommand([]string{"--n", "6", "--seed", fmt.Sprint(seed + 1), "--out", dir}); err != nil {
				t.Fatal(err)
			}
			out := filepath.Join(dir, "report.json")
			// #nosec G204 -- built above
			cmd := exec.Command(hunt, "--quiet", "--evtx", filepath.Join(dir, evidenceDir), "--report", out)
			if text, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			b, err := os.ReadFile(out) // #nosec G304 -- written above
			if err != nil {
				t.Fatal(err)
			}
			var r report
			if err := json.Unmarshal(b, &r); err != nil {
				t.Fatal(err)
			}
			b, err = os.ReadFile(filepath.Join(dir, truth.FileName)) // #nosec G304 -- written above
			if err != nil {
				t.Fatal(err)
			}
			var want samples.Expect
			if err := json.Unmarshal(b, &want); err != nil {
				t.Fatal(err)
			}
			checkPlanted(t, r.Incidents, want.Cases[0].Incidents)
		})
	}
}

func checkPlanted(t *testing.T, found []incident, want []samples.Incident) {
	t.Helper()
	several := slices.DeleteFunc(slices.Clone(found), func(i incident) bool { return len(i.Hosts) < 2 })
	if len(several) != len(want) {
		t.Errorf("%d incidents of several hosts, %d were planted", len(several), len(want))
	}
	for _, w := range want {
		n := slices.IndexFunc(several, func(i incident) bool {
			return slices.ContainsFunc(i.Hosts, func(h string) bool { return strings.EqualFold(h, w.Entry) })
		})
		if n < 0 {
			t.Errorf("no incident of several hosts has %s, where %q began", w.Entry, w.Hosts)
			continue
		}
		i := several[n]
		if !slices.EqualFunc(i.Hosts, w.Hosts, strings.EqualFold) {
			t.Errorf("hosts %q, want %q", i.Hosts, w.Hosts)
		}
		if !i.Entry.Known || !strings.EqualFold(i.Entry.Host, w.Entry) {
			t.Errorf("it began on %q (known: %t), want %q", i.Entry.Host, i.Entry.Known, w.Entry)
		}
		if !slices.Equal(i.Accounts, w.Accounts) {
			t.Errorf("%s: accounts %q, want %q", w.Entry, i.Accounts, w.Accounts)
		}
		for k := 1; k < len(i.Path); k++ {
			if i.Path[k].First < i.Path[k-1].First {
				t.Errorf("%s: step %d of the path comes before step %d", w.Entry, k+1, k)
			}
		}
	}
}
