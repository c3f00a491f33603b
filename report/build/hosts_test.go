package build_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"hunt/report"
	"hunt/report/build"
	"hunt/rules"
	"hunt/rules/pack"
	"hunt/samples/growth"
	"hunt/timeline"
	"hunt/timeline/evidence"
)

// TestAReportListsSomeHostsAndCountsAll builds a report of 40 hosts that may list three. The host with the finding, which comes last by
// name, is among them, and what the report says of all hosts is what it says when it lists each.
func TestAReportListsSomeHostsAndCountsAll(t *testing.T) {
	const n = 39
	dir := t.TempDir()
	for _, k := range growth.Kinds() {
		if k.Name == "quiet-hosts" {
			if err := k.Write(dir, n); err != nil {
				t.Fatal(err)
			}
		}
	}
	build := func(most int) *report.Report {
		pk, err := pack.Load(pack.Sources{})
		if err != nil {
			t.Fatal(err)
		}
		col, err := evidence.Collect(t.Context(), evidence.Inputs(dir), evidence.Options{})
		if err != nil {
			t.Fatal(err)
		}
		res, err := rules.Run(t.Context(), timeline.Of(col), pk, rules.Options{})
		if err != nil {
			t.Fatal(err)
		}
		r, err := build.Report(t.Context(), res, build.Options{MaxHosts: most})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	all, some := build(n+1), build(3)
	var names []string
	for _, h := range some.Hosts {
		names = append(names, h.ID)
	}
	if want := []string{"ws-000000.corp.example", "ws-000001.corp.example", "ws-01.corp.example"}; !slices.Equal(names, want) || len(some.Coverage) != 3 || len(some.Scope.Channels) != 3 {
		t.Errorf("listed: %q with %d coverages and %d channels", names, len(some.Coverage), len(some.Scope.Channels))
	}
	if some.HostsOmitted != n-2 || all.HostsOmitted != 0 || len(all.Hosts) != n+1 || len(all.Coverage) != n+1 {
		t.Errorf("%d omitted, and %d of %d", some.HostsOmitted, all.HostsOmitted, len(all.Hosts))
	}
	for _, part := range [][2]any{{all.Summary, some.Summary}, {all.Recommendations, some.Recommendations}, {all.Rules, some.Rules}} {
		a, errA := json.Marshal(part[0])
		b, errB := json.Marshal(part[1])
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%v %v what is of all hosts differs:\n%s\n%s", errA, errB, a, b)
		}
	}
	bites := func(r *report.Report) (n int64) {
		for _, b := range r.Accounting.Bounds {
			if b.ID == "report-hosts" {
				n += b.Count
			}
		}
		return n
	}
	if bites(some) != n-2 || bites(all) != 0 {
		t.Errorf("the bound bit %d and %d times", bites(some), bites(all))
	}
}
