package rules

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hunt/evtx"
	"hunt/limit"
	"hunt/rules/pack"
	"hunt/samples/growth"
	"hunt/timeline"
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

// TestWhatFitsIsListedInWhateverOrderItComes: of findings that share records, and of runs that grow, those are listed
// that come before the first in rank with which the records, or the findings, are too many, and the first of all.
func TestWhatFitsIsListedInWhateverOrderItComes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, most := rapid.IntRange(1, 12).Draw(t, "findings"), rapid.IntRange(1, 12).Draw(t, "most")
		room := rapid.Int64Range(1, 300).Draw(t, "room")
		sizes := rapid.SliceOfN(rapid.Int64Range(1, 100), 8, 8).Draw(t, "sizes")
		var records [][]int // of each finding
		for range n {
			records = append(records, rapid.SliceOfN(rapid.IntRange(0, len(sizes)-1), 1, 4).Draw(t, "records"))
		}
		evidence := func(list []int) (out []Evidence) {
			for _, i := range list {
				e := &timeline.Event{Ref: evtx.Ref{Offset: int64(i)}}
				out = append(out, Evidence{Event: e, size: sizes[i]})
			}
			return out
		}
		rule := &pack.Rule{ID: "r"}
		var want []int
		seen, sum := map[int]bool{}, int64(0)
		for i := 0; i < min(n, most); i++ {
			for _, k := range records[i] {
				if !seen[k] {
					seen[k], sum = true, sum+sizes[k]
				}
			}
			if sum > room && i > 0 {
				break
			}
			want = append(want, i)
		}
		r, rr := newRoster(most, room), &RuleResult{Rule: rule}
		r.hits = &hits{}
		all := make([]*Finding, n)
		ranks := make([]int, n)
		for i := range ranks {
			ranks[i] = i
		}
		for _, i := range rapid.Permutation(ranks).Draw(t, "order") {
			f := &Finding{Rule: rule, Status: pack.StatusFinding, Evidence: evidence(records[i][:1]), run: true,
				Count: 1}
			all[i] = f
			if r.admits(f, rr, nil, i+1) && rapid.Bool().Draw(t, "grows at once") {
				grow(r, f, evidence(records[i][1:]))
			}
		}
		for i, f := range all {
			if !f.outranked && len(f.Evidence) == 1 {
				grow(r, f, evidence(records[i][1:]))
			}
		}
		var got []int
		for i, f := range all {
			if !f.outranked {
				got = append(got, i)
			}
		}
		if !slices.Equal(got, want) || rr.Unlisted != n-len(want) {
			t.Fatalf("listed %v, want %v; %d counted", got, want, rr.Unlisted)
		}
	})
}

func grow(r *roster, f *Finding, more []Evidence) {
	f.Evidence = append(f.Evidence, more...)
	r.grown(more)
}

// TestAFewHugeScriptsDoNotEmptyTheList: what a record counts is bounded, and the most serious finding is always listed.
func TestAFewHugeScriptsDoNotEmptyTheList(t *testing.T) {
	rule := &pack.Rule{ID: "r"}
	for _, c := range []struct {
		room int64
		want int
	}{{0, 30}, {4 << 20, 16}, {1 << 10, 1}} {
		for _, reverse := range []bool{false, true} {
			r, rr := newRoster(0, c.room), &RuleResult{Rule: rule}
			r.hits = &hits{}
			all := make([]*Finding, 30)
			for i := range all {
				k := i
				if reverse {
					k = len(all) - 1 - i
				}
				all[k] = &Finding{Rule: rule, Status: pack.StatusFinding, Evidence: []Evidence{
					{Event: &timeline.Event{Ref: evtx.Ref{Offset: int64(k)}}, size: 14 << 20}}}
				r.admits(all[k], rr, nil, k+1)
			}
			for i, f := range all {
				if f.outranked != (i >= c.want) {
					t.Errorf("room for %d, reverse %v: finding %d is listed: %v", c.room, reverse, i, !f.outranked)
				}
			}
			if rr.Outranked != len(all)-c.want {
				t.Errorf("room for %d: %d outranked", c.room, rr.Outranked)
			}
		}
	}
}

// TestSuppressedFindingsAndChainsAreListedInWhateverOrderTheyCome: of one rule and host, both are counted from 1 on.
func TestSuppressedFindingsAndChainsAreListedInWhateverOrderTheyCome(t *testing.T) {
	rule := &pack.Rule{ID: "r"}
	for _, first := range []pack.Status{pack.StatusFinding, pack.StatusPartial} {
		r, rr := newRoster(1, 0), &RuleResult{Rule: rule}
		r.hits = &hits{}
		complete := &Finding{Rule: rule, Status: pack.StatusFinding, Exception: &pack.Exception{}}
		partial := &Finding{Rule: rule, Status: pack.StatusPartial, Exception: &pack.Exception{}}
		order := []*Finding{complete, partial}
		if first == pack.StatusPartial {
			slices.Reverse(order)
		}
		for _, f := range order {
			r.admits(f, rr, nil, 1)
		}
		if complete.outranked || !partial.outranked {
			t.Errorf("%s first: complete is gone: %v, partial is gone: %v", first, complete.outranked,
				partial.outranked)
		}
	}
}
