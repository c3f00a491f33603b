package host

import (
	"fmt"
	"runtime"
	"testing"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
	"hunt/timeline/spill"
)

// TestAHostTakesLittleMemory resolves the hosts of a forwarded log that tells one event of each: their number has no
// bound, so what each takes must be little.
func TestAHostTakesLittleMemory(t *testing.T) {
	const few, many, most = 1000, 5000, 1050
	small, big := forwardedHosts(t, few), forwardedHosts(t, many)
	took := (big - small) / (many - few)
	t.Logf("%d bytes a host", took)
	if took > most {
		t.Errorf("each host takes %d bytes, more than %d", took, most)
	}
}

// forwardedHosts returns how many bytes n hosts take in memory.
func forwardedHosts(t *testing.T, n int) int64 {
	const at = evtx.Filetime(134_177_796_000_000_000)
	class := &ecs.Class{Channel: "Microsoft-Windows-Sysmon/Operational", Provider: "Microsoft-Windows-Sysmon",
		EventID: 3}
	before := heapInUse()
	l := ledger.New(1, ledger.NewPasts(t.TempDir(), 4<<20), spill.NewSorter(ledger.RecordKeys, 1<<20, ""))
	g := ledger.Gathered{}
	for i := range n {
		name, id := fmt.Sprintf("WS-%05d.corp.example", i), uint64(i+1) // #nosec G115 -- small
		day, _ := ledger.DayOf(at)
		g.Facts = append(g.Facts, &ledger.ClassCount{ClassKey: ledger.ClassKey{Class: class, Computer: name}, Count: 1,
			Shown: 1, First: at, Last: at, Past: &ledger.History{}})
		g.Days = append(g.Days, ledger.DayCounts{Fact: int32(i), Day: day, Count: 1, Hours: 1}) // #nosec G115 -- small
		g.Spans = append(g.Spans, ledger.Chunk{Computer: name, Channel: class.Channel, MinID: id, MaxID: id,
			First: at, Last: at, From: at, To: at, N: 1, Head: at, Tail: at})
		err := l.Away.Put(ledger.Owner{Computer: name, File: -1}, &ledger.History{
			Notables: []*ledger.Notable{{Fact: ledger.Fact{At: at}, Channel: class.Channel}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	l.Take(&g)
	l.Sort()
	files := []*ledger.File{{File: &evidence.File{Path: "ForwardedEvents.evtx"}}}
	s := Resolve(Options{Files: files, Ledger: l, Jobs: 1, Memory: 1 << 20})
	put := l.Away
	l = nil //nolint:wastedassign // a case lets go of it, too
	took := heapInUse() - before
	if len(s.All) != n {
		t.Errorf("%d hosts of %d", len(s.All), n)
	}
	runtime.KeepAlive(s)
	if err := put.Spill.Close(); err != nil {
		t.Error(err)
	}
	return took
}

func heapInUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) // #nosec G115 -- small
}
