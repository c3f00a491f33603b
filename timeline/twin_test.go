package timeline

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"hunt/evtx"
)

// nearestTwin is what pairTwins does, start by start.
func nearestTwin(starts []*procStart) map[int]int {
	twins := map[int]int{}
	for i, s := range starts {
		best := -1
		for j, t := range starts {
			if _, taken := twins[j]; s.sysmon || !t.sysmon || taken || t.pid != s.pid || t.executable != s.executable || distance(s.created, t.created) > twinWindow {
				continue
			}
			if best < 0 || distance(s.created, t.created) < distance(s.created, starts[best].created) ||
				distance(s.created, t.created) == distance(s.created, starts[best].created) && t.created < starts[best].created {
				best = j
			}
		}
		if best >= 0 {
			twins[i], twins[best] = best, i
		}
	}
	return twins
}

func TestEachStartTakesTheNearestHalfThatIsLeft(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seen := map[string]bool{}
		var starts []*procStart
		for range rapid.IntRange(0, 30).Draw(t, "starts") {
			s := &procStart{pid: rapid.Int64Range(1, 2).Draw(t, "pid"), executable: rapid.SampledFrom([]string{"a.exe", "b.exe"}).Draw(t, "image"),
				sysmon: rapid.Bool().Draw(t, "sysmon"), created: evtx.Filetime(rapid.IntRange(0, 60).Draw(t, "tenth")) * evtx.TicksPerSecond / 10}
			if k := fmt.Sprint(s.pid, s.executable, s.sysmon, s.created); seen[k] {
				continue // which of two at one time is taken says nothing
			} else {
				seen[k] = true
			}
			starts = append(starts, s)
		}
		have, want := pairTwins(starts), nearestTwin(starts)
		if fmt.Sprint(have) != fmt.Sprint(want) {
			t.Fatalf("%v, want %v", have, want)
		}
	})
}

// BenchmarkPairTwins pairs starts of one process id and program, all at one time, which only a forged log holds.
func BenchmarkPairTwins(b *testing.B) {
	for _, n := range []int{10_000, 20_000, 40_000} {
		starts := make([]*procStart, n)
		for i := range starts {
			starts[i] = &procStart{pid: 4, executable: "a.exe", sysmon: i%2 == 0}
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				pairTwins(starts)
			}
		})
	}
}
