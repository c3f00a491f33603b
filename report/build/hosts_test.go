package build_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"hunt/report"
	"hunt/report/build"
	"hunt/report/sight"
	"hunt/rules"
	"hunt/rules/pack"
	"hunt/samples/growth"
	"hunt/timeline"
	"hunt/timeline/evidence"
)

// resultOf is what the built-in rules make of n of a kind.
func resultOf(t *testing.T, kind string, n int) *rules.Result {
	t.Helper()
	dir := t.TempDir()
	for _, k := range growth.Kinds() {
		if k.Name == kind {
			if err := k.Write(dir, n); err != nil {
				t.Fatal(err)
			}
		}
	}
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
	return res
}

// reportOf is the report of n of a kind.
func reportOf(t *testing.T, kind string, n int, o build.Options) *report.Report {
	t.Helper()
	r, err := build.Report(t.Context(), resultOf(t, kind, n), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestHostsThatShowTheSameShareIt: of thousands of hosts in one log, each shows next to nothing of what rules need.
func TestHostsThatShowTheSameShareIt(t *testing.T) {
	r := reportOf(t, "quiet-hosts", 20, build.Options{})
	first := map[*sight.Sight]bool{}
	for i := range r.Coverage {
		if s := r.Coverage[i].Sights; len(s) > 0 {
			first[&s[0]] = true
		}
	}
	if len(r.Coverage) != 21 || len(first) == 0 || len(first) > 2 {
		t.Errorf("%d lists of what %d hosts did not show", len(first), len(r.Coverage))
	}
}

// TestAReportListsSomeAccountsAndCountsTheRest: 40 accounts log on from one address, and one more has the finding.
func TestAReportListsSomeAccountsAndCountsTheRest(t *testing.T) {
	const n = 40
	all, some := reportOf(t, "accounts", n, build.Options{}), reportOf(t, "accounts", n, build.Options{MaxAccounts: 5})
	if len(all.Accounts) != n+1 || len(all.LateralEdges) != n || all.AccountsOmitted+all.LateralEdgesOmitted != 0 {
		t.Fatalf("%d accounts, %d ways", len(all.Accounts), len(all.LateralEdges))
	}
	if !slices.EqualFunc(some.Accounts, all.Accounts[:5], func(a, b report.Account) bool {
		return a.Name == b.Name && a.Findings == b.Findings
	}) ||
		some.Accounts[0].Findings == 0 || some.AccountsOmitted != n-4 {
		t.Errorf("%+v, and %d more", some.Accounts, some.AccountsOmitted)
	}
	if !slices.EqualFunc(some.LateralEdges, all.LateralEdges[:5], func(a, b report.LateralEdge) bool {
		return a.User == b.User
	}) || some.LateralEdgesOmitted != n-5 {
		t.Errorf("%+v, and %d more", some.LateralEdges, some.LateralEdgesOmitted)
	}
	told := map[string]int64{}
	for _, b := range some.Accounting.Bounds {
		told[b.ID] = b.Count
	}
	if told["report-accounts"] != n-4 || told["report-movement"] != n-5 {
		t.Errorf("bounds that bit: %v", told)
	}
}

// TestAReportListsSomeHostsAndCountsAll builds a report of 40 hosts that may list three. The host with the finding,
// which comes last by name, is among them, and what the report says of all hosts is what it says when it lists each.
func TestAReportListsSomeHostsAndCountsAll(t *testing.T) {
	const n = 39
	all, some := reportOf(t, "quiet-hosts", n, build.Options{MaxHosts: n + 1}),
		reportOf(t, "quiet-hosts", n, build.Options{MaxHosts: 3})
	var names []string
	for _, h := range some.Hosts {
		names = append(names, h.ID)
	}
	if want := []string{"ws-01.corp.example", "ws-000000.corp.example", "ws-000001.corp.example"}; !slices.Equal(names,
		want) || len(some.Coverage) != 3 || len(some.Scope.Channels) != 3 {
		t.Errorf("listed: %q with %d coverages and %d channels", names, len(some.Coverage), len(some.Scope.Channels))
	}
	if some.HostsOmitted != n-2 || all.HostsOmitted != 0 || len(all.Hosts) != n+1 || len(all.Coverage) != n+1 {
		t.Errorf("%d omitted, and %d of %d", some.HostsOmitted, all.HostsOmitted, len(all.Hosts))
	}
	for _, part := range [][2]any{{all.Summary, some.Summary}, {all.Recommendations, some.Recommendations},
		{all.Rules, some.Rules}} {
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
