package host

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"hunt/evtx"
	"hunt/timeline/ledger"
)

// nearestTwin is what pairTwins does, start by start.
func nearestTwin(starts []*ledger.Start) map[int]int {
	twins := map[int]int{}
	for i, s := range starts {
		best := -1
		for j, t := range starts {
			if _, taken := twins[j]; s.Sysmon || !t.Sysmon || taken || t.PID != s.PID || t.Executable != s.Executable ||
				ledger.Distance(s.Created, t.Created) > twinWindow {
				continue
			}
			if best < 0 || ledger.Distance(s.Created, t.Created) < ledger.Distance(s.Created, starts[best].Created) ||
				ledger.Distance(s.Created, t.Created) == ledger.Distance(s.Created, starts[best].Created) &&
					t.Created < starts[best].Created {
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
		var starts []*ledger.Start
		for range rapid.IntRange(0, 30).Draw(t, "starts") {
			s := &ledger.Start{PID: rapid.Int64Range(1, 2).Draw(t, "pid"),
				Executable: rapid.SampledFrom([]string{"a.exe", "b.exe"}).Draw(t, "image"),
				Sysmon:     rapid.Bool().Draw(t, "sysmon"),
				Created:    evtx.Filetime(rapid.IntRange(0, 60).Draw(t, "tenth")) * evtx.TicksPerSecond / 10}
			if k := fmt.Sprint(s.PID, s.Executable, s.Sysmon, s.Created); seen[k] {
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
		starts := make([]*ledger.Start, n)
		for i := range starts {
			starts[i] = &ledger.Start{PID: 4, Executable: "a.exe", Sysmon: i%2 == 0}
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				pairTwins(starts)
			}
		})
	}
}
