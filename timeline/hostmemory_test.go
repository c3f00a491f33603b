package timeline

import (
	"runtime"
	"testing"

	"hunt/samples/growth"
	"hunt/timeline/spill"
)

// TestAHostTakesLittleMemory has logs that gather hosts which say next to nothing. What a case holds of each when it
// was read is beside what a run may take, so it must be small.
func TestAHostTakesLittleMemory(t *testing.T) {
	const n, most = 500, 2800
	heldByHosts(t, 16) // what is made once
	small, large := heldByHosts(t, n), heldByHosts(t, 4*n)
	if each := (large - small) / (3 * n); each > most {
		t.Errorf("a host takes %d bytes, more than %d", each, most)
	}
}

// heldByHosts is what the case of n hosts with a process start each holds, in bytes of live heap.
func heldByHosts(t *testing.T, n int) int {
	t.Helper()
	dir := t.TempDir()
	for _, k := range growth.Kinds() {
		if k.Name == "hosts" {
			if err := k.Write(dir, n); err != nil {
				t.Fatal(err)
			}
		}
	}
	live := func() int {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc) // #nosec G115 -- far below
	}
	before := live()
	cs, _ := scan(t, ScanOptions{MaxMemory: spill.Budget(16 << 20)}, dir)
	held := live() - before
	if got := len(cs.Hosts.All); got != n { // which keeps the case until here
		t.Fatalf("%d hosts", got)
	}
	return held
}
