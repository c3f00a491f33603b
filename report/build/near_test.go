package build

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"hunt/evtx"
	"hunt/report"
)

// TestPathsInALineAreThoseThatItContains holds the look-up of paths against strings.Contains.
func TestPathsInALineAreThoseThatItContains(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	letters := `ab\c:`
	random := func(most int) string {
		b := make([]byte, 1+rng.IntN(most))
		for i := range b {
			b[i] = letters[rng.IntN(len(letters))]
		}
		return string(b)
	}
	for range 3_000 {
		n := &surroundings{files: map[string][]int{}}
		for range rng.IntN(30) {
			n.files[random(6)] = nil
		}
		n.paths = slices.Sorted(maps.Keys(n.files))
		for _, p := range n.paths {
			n.begins[p[0]] = true
		}
		line := random(60)
		got, want := map[string]bool{}, map[string]bool{}
		if n.pathsIn(line, func(p string) { got[p] = true }) {
			t.Fatal("a short line is cut")
		}
		for _, p := range n.paths {
			if strings.Contains(line, p) {
				want[p] = true
			}
		}
		if !maps.Equal(got, want) {
			t.Fatalf("%q holds %v of %q, found %v", line, want, n.paths, got)
		}
	}
}

// TestPathsInALineTakeNoMoreThanTheirBound asks for paths of which each begins the next, in a line that all of them
// match everywhere.
func TestPathsInALineTakeNoMoreThanTheirBound(t *testing.T) {
	t.Parallel()
	n := &surroundings{files: map[string][]int{}}
	for i := range 2_000 {
		n.paths = append(n.paths, strings.Repeat("c", i+1))
	}
	n.begins['c'] = true
	if !n.pathsIn(strings.Repeat("c", 30_000), func(string) {}) || n.steps > maxPathSteps+1 {
		t.Errorf("%d steps, want the bound of %d and that it is told", n.steps, maxPathSteps)
	}
}

// TestTheNearestRowsAreThoseOfASort holds nearestRows against sorting all rows.
func TestTheNearestRowsAreThoseOfASort(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	for range 2_000 {
		b := &builder{}
		var times []evtx.Filetime
		for range 1 + rng.IntN(300) {
			times = append(times, evtx.Filetime(1000+rng.IntN(60)))
		}
		slices.Sort(times)
		var rows []int
		for i := range times {
			b.rows = append(b.rows, report.TimelineRow{Time: &times[i]})
			rows = append(rows, i)
		}
		start := evtx.Filetime(1000 + rng.IntN(60))
		end := start + evtx.Filetime(rng.IntN(20))
		want := slices.Clone(rows)
		away := func(r int) evtx.Filetime { return min(absDiff(times[r], start), absDiff(times[r], end)) }
		slices.SortStableFunc(want, func(x, y int) int { return cmp.Compare(away(x), away(y)) })
		want = want[:min(len(want), maxContextRows)]
		slices.Sort(want)
		if got := b.nearestRows(rows, start, end, maxContextRows); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("rows at %v, nearest to %d and %d: %v, want %v", times, start, end, got, want)
		}
	}
}
