package rules

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"

	"hunt/samples/growth"
)

// liveHeap runs do and returns the most that its garbage collections left in use, beyond what was in use before.
func liveHeap(do func()) int64 {
	defer debug.SetGCPercent(debug.SetGCPercent(20))
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	read := func() int64 {
		metrics.Read(live)
		return int64(live[0].Value.Uint64()) // #nosec G115 -- below 2^63
	}
	runtime.GC()
	before, most := read(), int64(0)
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for tick := time.NewTicker(time.Millisecond); ; {
			most = max(most, read())
			select {
			case <-done:
				tick.Stop()
				return
			case <-tick.C:
			}
		}
	}()
	do()
	close(done)
	<-stopped
	return most - before
}

// TestEventsThatWaitTakeLittleMemory: each child of one browser is a join key, or waits with all others for a rule
// that joins hosts, or is one hit more of a run. Beyond the budget, a child may take what the table of its host needs
// and what leads back to it, but not its record, which takes some 3 KB. HUNT_LONG=1 tries 100,000 of them.
func TestEventsThatWaitTakeLittleMemory(t *testing.T) {
	n := 6_000 // below, what happens to be alive at a collection outweighs them
	if os.Getenv("HUNT_LONG") != "" {
		n = 25_000
	}
	for _, c := range []struct {
		name, kind, query string
		most              int64 // bytes for each
	}{
		{"a key each", "children", "sequence by host.id, process.entity_id with maxspan=5m [process where true] " +
			"[network where true]", 2_000},
		{"hosts joined", "children", "sequence with maxspan=1s [process where true] by process.name [network " +
			"where true] by process.name", 2_000},
		{"one process", "one-pid", "process where true", 2_000},
	} {
		heap := func(n int) int64 {
			dir := t.TempDir()
			for _, k := range growth.Kinds() {
				if k.Name == c.kind {
					if err := k.Write(dir, n); err != nil {
						t.Fatal(err)
					}
				}
			}
			pk := boundPack(t, c.query)
			return liveHeap(func() { closed(t, runOn(t, pk, Options{MaxMemory: 2 << 20, Jobs: 2}, dir)) })
		}
		one, four := heap(n), heap(4*n)
		each := (four - one) / int64(3*n)
		t.Logf("%s: %d KiB for %d, %d KiB for %d: %d bytes each", c.name, one>>10, n, four>>10, 4*n, each)
		if each > c.most {
			t.Errorf("%s: each event that waits takes %d bytes, most %d", c.name, each, c.most)
		}
	}
}

func closed(t *testing.T, res *Result) {
	t.Helper()
	if err := res.Close(); err != nil {
		t.Error(err)
	}
}
