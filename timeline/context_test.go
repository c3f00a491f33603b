package timeline

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
	"hunt/timeline/shard"
	"hunt/timeline/spill"
)

func TestTheEventsNearestToTheFindingAreKeptFromWhateverFile(t *testing.T) {
	dir := t.TempDir()
	const limit = 4
	for f := range 4 {
		var events []evtxtest.Event
		for i := range 20 {
			at := noon.Add(time.Duration(f-3)*10*time.Second + time.Duration(i)*100*time.Millisecond)
			events = append(events, security4688("WS1", at, uint64(100+20*f+i), 50, `C:\a.exe`, explorer))
		}
		write(t, dir, fmt.Sprintf("%d.evtx", f), evtxtest.File(events...))
	}
	c, _ := scan(t, ScanOptions{}, dir)
	middle := evtx.FiletimeOf(noon)
	w := Window{Host: c.Hosts.All[0], From: middle - 60*evtx.TicksPerSecond, To: middle + 60*evtx.TicksPerSecond}
	events, omitted, err := c.Around(context.Background(),
		Surroundings{Windows: []Window{w}, Limit: limit, Keep: func(*ecs.Event) bool { return true }})
	if err != nil {
		t.Fatal(err)
	}
	if len(events) != limit || omitted != 80-limit {
		t.Fatalf("%d events, %d left out, want %d and %d", len(events), omitted, limit, 80-limit)
	}
	for _, e := range events {
		if d := e.At.Time().Sub(noon); d < 0 || d > 300*time.Millisecond {
			t.Errorf("an event %s from the middle was kept; there are %d nearer ones", d, limit)
		}
	}
}

func TestTheSurroundingsOfABrokenChunkHeaderAreRead(t *testing.T) {
	c, _ := scan(t, ScanOptions{}, brokenHeader(t, 20))
	middle := evtx.FiletimeOf(noon)
	w := Window{Host: c.Hosts.All[0], From: middle, To: middle + 600*evtx.TicksPerSecond}
	events, _, err := c.Around(context.Background(),
		Surroundings{Windows: []Window{w}, Limit: 100, Keep: func(*ecs.Event) bool { return true }})
	if err != nil || len(events) != 20 {
		t.Errorf("%d events, %v; the log has 20", len(events), err)
	}
}

func TestALogThatChangedAfterTheScanIsDamaged(t *testing.T) {
	dir := t.TempDir()
	var events []evtxtest.Event
	for i := range 300 {
		events = append(events, security4688("WS1", noon.Add(time.Duration(i)*time.Second), uint64(100+i), 50,
			`C:\a.exe`, explorer))
	}
	log := evtxtest.File(events...)
	other := slices.Clone(log)
	for i := range other[evtx.FileHeaderSize:] {
		other[evtx.FileHeaderSize+i] ^= 0x55
	}
	for _, damage := range []struct {
		how string
		do  func(name string) error
	}{
		{"less than a chunk is left", func(name string) error {
			return os.Truncate(name, evtx.FileHeaderSize+evtx.ChunkSize/2)
		}},
		{"nothing is left", func(name string) error { return os.Truncate(name, 0) }},
		{"removed", os.Remove},
		{"written over", func(name string) error { return os.WriteFile(name, other, 0o600) }},
		{"grown", func(name string) error { return os.WriteFile(name, append(slices.Clone(log), 1), 0o600) }},
	} {
		name := filepath.Join(dir, "Security.evtx")
		if err := os.WriteFile(name, log, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, noon, noon); err != nil {
			t.Fatal(err)
		}
		changedAfterTheScan(t, dir, func() error { return damage.do(name) }, damage.how)
	}
}

// changedAfterTheScan scans a log of 300 events, changes it and reads it again.
func changedAfterTheScan(t *testing.T, dir string, change func() error, how string) {
	t.Helper()
	c, _ := scan(t, ScanOptions{}, dir)
	middle := evtx.FiletimeOf(noon)
	w := Window{Host: c.Hosts.All[0], From: middle, To: middle + 600*evtx.TicksPerSecond}
	around := func() (int, error) {
		events, _, err := c.Around(context.Background(),
			Surroundings{Windows: []Window{w}, Limit: 1000, Keep: func(*ecs.Event) bool { return true }})
		return len(events), err
	}
	if n, err := around(); n != 300 || err != nil || len(c.Changes()) != 0 {
		t.Fatalf("%d events, %v, %v", n, err, c.Changes())
	}
	if err := change(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // and what is read again after that says nothing new
		if n, err := around(); n != 0 || err != nil {
			t.Errorf("%s: %d events of it, %v", how, n, err)
		}
	}
	f := c.Files[0]
	if changes := c.Changes(); len(changes) != 1 || !strings.Contains(changes[0].Error(), "Security.evtx: ") {
		t.Errorf("%s: Changes says %v", how, changes)
	}
	if len(c.Damage) != 1 || c.Damage[0].Kind != evtx.DamageRead || f.Status != evidence.Damaged ||
		f.Stats.Damaged != 1 || c.Records.Damaged != 1 {
		t.Errorf("%s: damage %v, %s (%s), %d, %d", how, c.Damage, f.Status, f.Detail, f.Stats.Damaged,
			c.Records.Damaged)
	}
}

// halfGone is a file of which a shard has every other chunk.
type halfGone struct{ *evidence.File }

func (h halfGone) OpenRandom() (evidence.RandomAccess, error) {
	r, err := h.File.OpenRandom()
	return halfGoneReader{r}, err
}

type halfGoneReader struct{ evidence.RandomAccess }

func (h halfGoneReader) ReadAt(p []byte, off int64) (int, error) {
	if (off-evtx.FileHeaderSize)/evtx.ChunkSize%2 == 1 {
		return 0, shard.ErrAway
	}
	return h.RandomAccess.ReadAt(p, off)
}

func TestChunksThatNoShardHasArePassedOver(t *testing.T) {
	dir := t.TempDir()
	var events []evtxtest.Event
	for i := range 9000 {
		events = append(events, security4688("WS1", noon.Add(time.Duration(i)*time.Millisecond), uint64(100+i), 50,
			`C:\a.exe`, explorer))
	}
	log := evtxtest.File(events...)
	write(t, dir, "Security.evtx", log)
	chunks := (len(log) - evtx.FileHeaderSize) / evtx.ChunkSize
	if chunks < 4*minAroundChunks {
		t.Fatalf("%d chunks are too few for several readers", chunks)
	}
	for _, jobs := range []int{1, 3} {
		c, _ := scan(t, ScanOptions{Jobs: jobs}, dir)
		c.Files[0].File = c.Files[0].From(halfGone{c.Files[0].File})
		w := Window{Host: c.Hosts.All[0], From: evtx.FiletimeOf(noon), To: evtx.FiletimeOf(noon.Add(time.Minute))}
		found, _, err := c.Around(context.Background(),
			Surroundings{Windows: []Window{w}, Limit: 10_000, Keep: func(*ecs.Event) bool { return true }})
		if err != nil || len(found) == 0 || len(found) > len(events)*2/3 {
			t.Errorf("%d jobs: %d of %d events, %v", jobs, len(found), len(events), err)
		}
	}
}

func TestTheSurroundingsOnTheUTCClockAreThoseOfWhenItHappened(t *testing.T) {
	dir := t.TempDir()
	// Written hours after it happened, as when Sysmon's queue was held up.
	late := sysmonStart("WS1", noon, guidB, guidA, 4242, 4100, pwsh, chrome)
	late.Time = noon.Add(5 * time.Hour)
	write(t, dir, "Sysmon.evtx", evtxtest.File(late))
	c, _ := scan(t, ScanOptions{Clock: ledger.ClockUTC}, dir)
	middle := evtx.FiletimeOf(noon)
	w := Window{Host: c.Hosts.All[0], From: middle - 60*evtx.TicksPerSecond, To: middle + 60*evtx.TicksPerSecond}
	events, _, err := c.Around(context.Background(),
		Surroundings{Windows: []Window{w}, Limit: 10, Keep: func(*ecs.Event) bool { return true }})
	if err != nil || len(events) != 1 {
		t.Errorf("%d events, %v; want the one that happened then", len(events), err)
	}
}

func TestSurroundingsAreTheSameHoweverManyReadThem(t *testing.T) {
	var events []evtxtest.Event
	for i := range 4500 {
		events = append(events, security4688("WS1", noon.Add(time.Duration(i)*time.Millisecond), uint64(100+i),
			uint64(50+i%7), `C:\a.exe`, explorer))
	}
	log := evtxtest.File(events...)
	// As backups that were written behind the log: each chunk three times, so that of two readers one has two copies.
	log = slices.Concat(log, log[evtx.FileHeaderSize:], log[evtx.FileHeaderSize:])
	if chunks := (len(log) - evtx.FileHeaderSize) / evtx.ChunkSize; chunks < 4*minAroundChunks {
		t.Fatalf("%d chunks are too few for several readers", chunks)
	}
	dir := t.TempDir()
	write(t, dir, "Security.evtx", log)
	c, _ := scan(t, ScanOptions{}, dir)
	middle := evtx.FiletimeOf(noon)
	w := Window{Host: c.Hosts.All[0], From: middle, To: middle + 60*evtx.TicksPerSecond}
	around := func(readers, limit int) string {
		c.jobs = readers
		events, omitted, err := c.Around(context.Background(),
			Surroundings{Windows: []Window{w}, Limit: limit, Keep: func(*ecs.Event) bool { return true }})
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		fmt.Fprintln(&b, omitted)
		for _, e := range events {
			fmt.Fprintln(&b, e.At, e.Ref, e.Also)
		}
		return b.String()
	}
	for _, limit := range []int{10, 10_000} {
		one := around(1, limit)
		if n := strings.Count(one, "\n") - 1; n != min(limit, len(events)) {
			t.Fatalf("limit %d: %d events of %d", limit, n, len(events))
		}
		if omitted := fmt.Sprintln(max(0, len(events)-limit)); !strings.HasPrefix(one, omitted) {
			t.Errorf("limit %d: left out are %.10q, want %q: a copy counts once", limit, one, omitted)
		}
		for _, readers := range []int{2, 5} {
			if got := around(readers, limit); got != one {
				t.Errorf("limit %d: %d readers found other surroundings than one", limit, readers)
			}
		}
	}
}

// TestSurroundingsAreTheSameWhateverTheMemory holds what is read with memory for all against what is read with memory
// for none.
func TestSurroundingsAreTheSameWhateverTheMemory(t *testing.T) {
	dir := t.TempDir()
	var events, sysmon []evtxtest.Event
	for i := range 1200 {
		// three of a time: the order of the case decides among them
		at := noon.Add(time.Duration(i/3) * time.Millisecond)
		e := security4688(fmt.Sprintf("WS%d", i%3), at, uint64(100+i), 50, `C:\a.exe`, explorer)
		e.RecordID = uint64(1 + i)
		events = append(events, e)
		if i%2 == 0 {
			sysmon = append(sysmon, sysmonStart(fmt.Sprintf("WS%d", i%3), at,
				fmt.Sprintf("{11111111-0000-0000-0000-%012d}", i), guidA, uint32(100+i), 50, `C:\a.exe`, explorer))
		}
	}
	write(t, dir, "1/Security.evtx", evtxtest.File(events...))
	write(t, dir, "2/Security.evtx", evtxtest.File(events[300:900]...)) // copies
	write(t, dir, "Sysmon.evtx", evtxtest.File(sysmon...))
	around := func(memory spill.Budget, jobs, limit int, halves bool) string {
		t.Helper()
		c, _ := scan(t, ScanOptions{Jobs: jobs, MaxMemory: memory, TempDir: t.TempDir()}, dir)
		var windows []Window
		for i, h := range c.Hosts.All {
			middle := evtx.FiletimeOf(noon.Add(time.Duration(100*i) * time.Millisecond))
			windows = append(windows,
				Window{Host: h, From: middle - min(middle, evtx.TicksPerSecond/5), To: middle + evtx.TicksPerSecond/5})
		}
		s := Surroundings{Windows: windows, Limit: limit, Keep: func(ev *ecs.Event) bool {
			return ev.Record.EventRecordID()%5 != 0
		}}
		if halves {
			s.Merge = func(into, twin *Event) { into.Half = twin }
		}
		found, omitted, err := c.Around(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		fmt.Fprintln(&b, len(found), omitted)
		for _, e := range found {
			fmt.Fprintln(&b, e.At, e.Host.ID, e.Ref, e.Also, e.More, field(e, ecs.ProcessEntityID))
			if e.Half != nil {
				fmt.Fprintln(&b, "half", e.Half.Ref)
			}
		}
		return b.String()
	}
	for _, limit := range []int{1, 50, 333, 100_000} {
		for _, halves := range []bool{false, true} {
			want := around(0, 1, limit, halves)
			if strings.Contains(want, "half") != halves && limit > 1 || strings.Count(want, "\n") < min(limit, 400) {
				t.Fatalf("limit %d: the test is of nothing: %.100s", limit, want)
			}
			for _, jobs := range []int{1, 3} {
				if got := around(1<<10, jobs, limit, halves); got != want {
					t.Errorf("limit %d, %d workers: with little memory other events:\n%.300s\nwant\n%.300s", limit,
						jobs, got, want)
				}
			}
		}
	}
}

// TestSurroundingsAreNotHeldWhole counts the events that are held at once, of a file of which all lies around a
// finding.
func TestSurroundingsAreNotHeldWhole(t *testing.T) {
	const n, limit = 6000, 5000
	var events []evtxtest.Event
	for i := range n {
		events = append(events, security4688("WS1", noon.Add(time.Duration(i)*time.Millisecond), uint64(100+i), 50,
			`C:\a.exe`, explorer))
	}
	dir := t.TempDir()
	write(t, dir, "Security.evtx", evtxtest.File(events...))
	c, _ := scan(t, ScanOptions{Jobs: 1, MaxMemory: 1 << 20, TempDir: t.TempDir()}, dir)
	from, to := evtx.FiletimeOf(noon), evtx.FiletimeOf(noon.Add(time.Minute))
	most, all := 0, 0
	omitted, err := c.EachAround(t.Context(),
		Surroundings{Windows: []Window{{Host: c.Hosts.All[0], From: from, To: to}}, Limit: limit,
			Keep: func(*ecs.Event) bool { return true }}, func(batch []*Event) error {
			most, all = max(most, len(batch)), all+len(batch)
			return nil
		})
	if err != nil || all != limit || omitted != n-limit {
		t.Fatalf("%d events, %d left out, %v", all, omitted, err)
	}
	if most > limit/4 {
		t.Errorf("%d of %d events were in memory at once", most, limit)
	}
}
