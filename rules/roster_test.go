package rules

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"hunt/limit"
	"hunt/rules/pack"
	"hunt/samples/growth"
	"hunt/timeline/spill"
)

// rosterPack has two rules for each process start, of different severity, in the worst order of names.
func rosterPack(t *testing.T) *pack.Pack {
	t.Helper()
	dir := t.TempDir()
	for name, severity := range map[string]string{"a-low": "low", "b-high": "high"} {
		text := fmt.Sprintf("id = %q\nname = %q\nseverity = %q\nquery = \"process where true\"\n", name, name, severity)
		if err := os.WriteFile(filepath.Join(dir, name+".toml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pk, err := pack.Load(pack.Sources{Rules: []string{dir}, NoDefaultRules: true, NoDefaultTuning: true})
	if err != nil || len(pk.Rules) != 2 {
		t.Fatalf("%d rules: %v", len(pk.Rules), err)
	}
	return pk
}

// TestTheMostSeriousFindingsAreListed: of two findings on each of 30 hosts, as many are listed as may be.
func TestTheMostSeriousFindingsAreListed(t *testing.T) {
	const n = 30
	dir := t.TempDir()
	for _, k := range growth.Kinds() {
		if k.Name == "hosts" {
			if err := k.Write(dir, n); err != nil {
				t.Fatal(err)
			}
		}
	}
	pk := rosterPack(t)
	for _, memory := range []spill.Budget{0, 64 << 10} {
		for _, c := range []struct{ most, high, low int }{{100, n, n}, {2 * n, n, n}, {n + 5, n, 5}, {n, n, 0},
			{7, 7, 0}} {
			res := runOn(t, pk, Options{MaxListed: c.most, MaxMemory: memory}, dir)
			listed := map[string][]string{}
			for _, f := range res.Findings {
				listed[f.Rule.ID] = append(listed[f.Rule.ID], f.Host.ID)
				if len(f.Evidence) != 1 || f.Count != 1 || f.ID == "" {
					t.Errorf("%+v", f)
				}
			}
			hits := 0
			for _, err := range res.Hits() {
				if err != nil {
					t.Fatal(err)
				}
				hits++
			}
			if len(listed["b-high"]) != c.high || len(listed["a-low"]) != c.low || hits != c.high+c.low {
				t.Errorf("%+v, memory %d: %d high, %d low, %d hits", c, memory, len(listed["b-high"]),
					len(listed["a-low"]),
					hits)
			}
			if hosts := slices.Compact(slices.Sorted(slices.Values(listed["b-high"]))); len(hosts) != c.high {
				t.Errorf("%+v: high findings on %d hosts", c, len(hosts))
			}
			bitten := int64(0)
			for _, b := range res.Case.Limits.Bites() {
				if b.ID == "rules-all-findings" {
					bitten += b.Count
				} else if b.ID == limit.ID("rules-findings") {
					t.Errorf("%+v: %+v", c, b)
				}
			}
			gone := 0
			for _, rr := range res.Rules {
				gone += rr.Outranked
				if rr.Matches != n || rr.Unlisted != rr.Outranked {
					t.Errorf("%+v: %+v", c, rr)
				}
			}
			if want := 2*n - c.high - c.low; bitten != int64(want) || gone != want {
				t.Errorf("%+v: %d counted, %d of the rules, want %d", c, bitten, gone, want)
			}
			closed(t, res)
		}
	}
}

// TestARunThatIsOutrankedIsCountedToItsEnd: a run that goes while it grows, and one that never comes on the list.
func TestARunThatIsOutrankedIsCountedToItsEnd(t *testing.T) {
	dir := t.TempDir()
	for _, k := range growth.Kinds() {
		if k.Name == "one-pid" {
			if err := k.Write(dir, 50); err != nil {
				t.Fatal(err)
			}
		}
	}
	res := runOn(t, rosterPack(t), Options{MaxListed: 1}, dir)
	defer closed(t, res)
	if len(res.Findings) != 1 || res.Findings[0].Rule.ID != "b-high" {
		t.Fatalf("%d findings", len(res.Findings))
	}
	for _, rr := range res.Rules {
		listed := 0
		for _, f := range res.Findings {
			if f.Rule == rr.Rule {
				listed += f.Count
			}
		}
		if rr.Matches != 51 || rr.Matches-rr.Unlisted != listed || rr.Unlisted != rr.Outranked {
			t.Errorf("%s: %d matches, %d unlisted, %d outranked, %d listed", rr.Rule.ID, rr.Matches, rr.Unlisted,
				rr.Outranked, listed)
		}
	}
}
