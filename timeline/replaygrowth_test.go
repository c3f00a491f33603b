package timeline

import (
	"os"
	"path/filepath"
	"testing"

	"hunt/evtx"
	"hunt/samples/growth"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
	"hunt/timeline/spill"
)

// replayOfHosts reads the events of one log of n hosts again, host by host, and counts the chunks that it decoded and
// those that there are.
func replayOfHosts(t *testing.T, n int, memory spill.Budget) (decoded, chunks int) {
	t.Helper()
	dir := t.TempDir()
	for _, k := range growth.Kinds() {
		if k.Name == "hosts" {
			if err := k.Write(dir, n); err != nil {
				t.Fatal(err)
			}
		}
	}
	size, err := os.Stat(filepath.Join(dir, "forwarded.evtx"))
	if err != nil {
		t.Fatal(err)
	}
	col, err := evidence.Collect(t.Context(), evidence.Inputs(dir), evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x := NewIndex(IndexOptions{Jobs: 2, MaxMemory: memory})
	defer x.Close()
	cs, err := Scan(t.Context(), col, ScanOptions{Jobs: 2, MaxMemory: memory, Clock: ledger.ClockCreated,
		Schema: ecs.NewSchema()}, func() Visitor { return x.Visitor(func(*ecs.Event) Choice { return Take }) })
	if err != nil {
		t.Fatal(err)
	}
	if groups, err := x.Order(t.Context(), cs, true); err != nil || groups != n {
		t.Fatalf("%d groups: %v", groups, err)
	}
	r, events, last := cs.newReplay(x, ReplayOptions{Jobs: 2}), 0, -1
	r.hand = func(group int, some []*Event) error {
		for _, e := range some {
			if cs.Hosts.All[group] != e.Host || group <= last {
				t.Errorf("group %d after %d has an event of %s", group, last, e.Host.ID)
			}
		}
		last = group
		events += len(some)
		return nil
	}
	if err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if events != n {
		t.Fatalf("%d of %d events", events, n)
	}
	for _, w := range r.workers {
		decoded += w.decoded
	}
	return decoded, int(size.Size() / evtx.ChunkSize)
}

// TestHostsOfOneLogAreReadAgainTogether: with a batch for each host, each event would decode a chunk.
func TestHostsOfOneLogAreReadAgainTogether(t *testing.T) {
	const n = 1500
	if decoded, chunks := replayOfHosts(t, n, 0); decoded > chunks {
		t.Errorf("%d hosts in %d chunks: %d were decoded", n, chunks, decoded)
	}
	// Where neither events nor tables fit, a chunk is decoded for each batch that has events in it.
	if decoded, chunks := replayOfHosts(t, n, 1<<20); decoded > 20*chunks || decoded > n/2 {
		t.Errorf("with a small budget: %d hosts in %d chunks: %d were decoded", n, chunks, decoded)
	}
}
