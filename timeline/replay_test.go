package timeline

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/timeline/ecs"
	"hunt/timeline/ecs/document"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
	"hunt/timeline/spill"
)

// keepAll keeps every event, as a rule that everything satisfies would.
type keepAll struct {
	keeper Keeper
	events []*Event
}

func (v *keepAll) Visit(ev *ecs.Event, at evtx.Filetime) {
	if e, fresh := v.keeper.Keep(ev, at); fresh {
		v.events = append(v.events, e)
	}
}

// evidenceDirs are the samples, and the corpus where it is there.
func evidenceDirs(t *testing.T) []string {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dirs := []string{filepath.Join(root, "samples", "scenario-1-uri-handler"),
		filepath.Join(root, "samples", "multi-host"), filepath.Join(root, "samples", "damaged")}
	corpus := os.Getenv("HUNT_CORPUS")
	if corpus == "" {
		corpus = filepath.Join(filepath.Dir(root), "shared", "corpus")
	}
	if _, err := os.Stat(corpus); err != nil {
		t.Logf("SKIPPED in part: no corpus at %s (set HUNT_CORPUS)", corpus)
		return dirs
	}
	return append(dirs, corpus)
}

func describeEvent(e *Event) string {
	return fmt.Sprintf("%s %s %v %v +%d %s", e.At, e.Host.ID, e.Ref, e.Also, e.More, document.Append(nil, e.Event))
}

// manyCopies writes two records of one process start more often than are listed.
func manyCopies(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, e := range map[string]evtxtest.Event{
		"Sysmon":   sysmonStart("WS1", noon, guidB, guidA, 4242, 4100, pwsh, chrome),
		"Security": security4688("WS1", noon.Add(7*time.Millisecond), 4242, 4100, pwsh, chrome),
	} {
		log := evtxtest.File(e)
		free := binary.LittleEndian.Uint32(log[evtx.FileHeaderSize+48:])
		for i := range maxCopies + 76 {
			write(t, dir, fmt.Sprintf("%s-%04d.evtx", name, i), log[:evtx.FileHeaderSize+free])
		}
	}
	return dir
}

// brokenHeader returns a directory with a log of so many process starts, whose chunk's header fails its checksum and
// says that there are none: all are live all the same.
func brokenHeader(t *testing.T, starts int) string {
	t.Helper()
	var events []evtxtest.Event
	for i := range starts {
		events = append(events, security4688("WS1", noon.Add(time.Duration(i)*time.Second), uint64(100+i), 50,
			`C:\a.exe`, explorer))
	}
	log := evtxtest.File(events...)
	binary.LittleEndian.PutUint32(log[evtx.FileHeaderSize+48:], 512) // the free space
	dir := t.TempDir()
	write(t, dir, "Security.evtx", log)
	return dir
}

func TestReplayGivesWhatKeepingEverythingGives(t *testing.T) {
	twins, more := 0, 0
	for _, dir := range append(evidenceDirs(t), manyCopies(t), brokenHeader(t, 300)) {
		for _, carved := range []bool{false, true} {
			col, err := evidence.Collect(context.Background(), evidence.Inputs(dir), evidence.Options{})
			if err != nil {
				t.Fatal(err)
			}
			o := ScanOptions{Jobs: 2, Clock: ledger.ClockCreated, Carved: carved, Schema: ecs.NewSchema()}
			var mu sync.Mutex
			var visitors []*keepAll
			x := NewIndex(IndexOptions{Jobs: o.Jobs})
			x.batch = 500
			cs, err := Scan(context.Background(), col, o, func() Visitor {
				mu.Lock()
				defer mu.Unlock()
				v := &keepAll{}
				visitors = append(visitors, v)
				return both{v, x.Visitor(func(*ecs.Event) Choice { return Take })}
			})
			if err != nil {
				t.Fatal(err)
			}
			var kept []*Event
			for _, v := range visitors {
				kept = append(kept, v.events...)
			}
			kept = cs.MergeTwins(cs.Order(kept), nil)
			var replayed []*Event
			if n, err := x.Order(t.Context(), cs, false); err != nil || n != 1 {
				t.Fatalf("%d groups, %v", n, err)
			}
			lost, err := cs.Replay(t.Context(), x, ReplayOptions{Jobs: 2}, func(_ int, es []*Event) error {
				replayed = append(replayed, es...)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := x.Close(); err != nil {
				t.Error(err)
			}
			if lost > 0 {
				t.Logf("%s: %d of %d carved records are lost", dir, lost, cs.Records.Carved)
				if !carved {
					t.Error("live records are lost")
				}
				// What is lost is missing in the replay, the rest must agree.
				there := map[evtx.Ref]bool{}
				for _, e := range replayed {
					there[e.Ref] = true
				}
				kept = slices.DeleteFunc(kept, func(e *Event) bool { return e.Ref.Carved && !there[e.Ref] })
			}
			if len(kept) != len(replayed) {
				t.Fatalf("%s: kept %d, replayed %d", dir, len(kept), len(replayed))
			}
			bad := 0
			for i := range kept {
				more += kept[i].More
				for _, a := range kept[i].Also {
					if a.Twin {
						twins++
					}
				}
				if a, b := describeEvent(kept[i]), describeEvent(replayed[i]); a != b {
					if bad++; bad < 5 {
						t.Errorf("%s: event %d\nkept     %s\nreplayed %s", dir, i, a, b)
					}
				}
			}
			readBack(t, cs, replayed)
		}
	}
	if twins == 0 {
		t.Error("no process start was logged twice: twins are not tested")
	}
	if want := 2 * 2 * 76; more != want { // of either record, with carved ones and without
		t.Errorf("%d records are counted beyond those listed, want %d", more, want)
	}
}

// readBack lets go of every other event, and reads it again.
func readBack(t *testing.T, cs *Case, events []*Event) {
	t.Helper()
	var let []*Event
	var want []string
	for i := 0; i < len(events); i += 2 {
		want = append(want, describeEvent(events[i]))
		if let = append(let, events[i].Let()); let[len(let)-1].Event != nil {
			t.Fatal("the event holds its record")
		}
		if i%20 == 0 { // one record for two events
			want, let = append(want, want[len(want)-1]), append(let, events[i].Let())
		}
	}
	if err := cs.NewReader(2).Read(t.Context(), let); err != nil {
		t.Fatal(err)
	}
	for i, e := range let {
		if e.Event == nil {
			t.Fatalf("not read again: %s", want[i])
		}
		if got := describeEvent(e); got != want[i] {
			t.Fatalf("read again %s\nwas        %s", got, want[i])
		}
	}
}

// both shows events to two visitors.
type both struct{ a, b Visitor }

func (v both) Visit(ev *ecs.Event, at evtx.Filetime) {
	v.a.Visit(ev, at)
	v.b.Visit(ev, at)
}

// A process start is there if either of its halves is wanted, however late that is known.
func TestReplaySettlesUndecidedEventsWithTheirTwins(t *testing.T) {
	dir := filepath.Join("..", "samples", "scenario-1-uri-handler", "attack")
	for name, c := range map[string]struct {
		sysmon, security Choice
		wanted           uint32 // event id that settle wants
		merged, single   bool
	}{
		"both":                                {Take, Take, 0, true, false},
		"only the Sysmon half":                {Take, Drop, 0, false, true},
		"only the Security half":              {Drop, Take, 0, false, true},
		"undecided, the Sysmon half settles":  {Undecided, Undecided, 1, true, false},
		"undecided, the Security half does":   {Undecided, Undecided, 4688, true, false},
		"undecided, neither does":             {Undecided, Undecided, 9999, false, false},
		"the Security half decides at once":   {Undecided, Take, 9999, true, false},
		"undecided without its other half":    {Undecided, Drop, 1, false, true},
		"undecided and unwanted on its own":   {Drop, Undecided, 9999, false, false},
		"the Sysmon half decides for another": {Take, Undecided, 9999, true, false},
	} {
		col, err := evidence.Collect(context.Background(), evidence.Inputs(dir), evidence.Options{})
		if err != nil {
			t.Fatal(err)
		}
		x := NewIndex(IndexOptions{Jobs: 1})
		cs, err := Scan(context.Background(), col, ScanOptions{Jobs: 1, Clock: ledger.ClockCreated}, func() Visitor {
			return x.Visitor(func(ev *ecs.Event) Choice {
				switch ev.Class.EventID {
				case 1:
					return c.sysmon
				case 4688:
					return c.security
				}
				return Drop
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		merged, single := 0, 0
		if _, err := x.Order(t.Context(), cs, false); err != nil {
			t.Fatal(err)
		}
		settle := func(e *Event) bool { return e.Class.EventID == c.wanted }
		if _, err := cs.Replay(t.Context(), x, ReplayOptions{Jobs: 1, Settle: settle}, func(_ int, es []*Event) error {
			for _, e := range es {
				switch {
				case !slices.ContainsFunc(e.Also, func(a Also) bool { return a.Twin }):
				case c.sysmon != Drop && c.security != Drop:
					merged++
				default:
					single++
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if merged > 0 != c.merged || single > 0 != c.single {
			t.Errorf("%s: %d merged, %d single", name, merged, single)
		}
	}
}

func TestReplayGoesOnWithoutWhatChanged(t *testing.T) {
	var all, kept []evtxtest.Event
	for i := range 300 {
		e := security4688("WS1", noon.Add(time.Duration(i)*time.Second), uint64(100+i), 50, `C:\a.exe`, "")
		e.RecordID = uint64(1 + i)
		if all = append(all, e); i%3 == 0 {
			kept = append(kept, e)
		}
	}
	other := security4688("WS2", noon, 7, 8, `C:\b.exe`, "")
	for _, c := range []struct {
		name   string
		change func(name string) error
		want   int // events that are still there: copies and what has not changed
	}{
		{"not at all", func(string) error { return nil }, 301},
		{"removed", os.Remove, 101},
		{"emptied", func(name string) error { return os.Truncate(name, 0) }, 101},
		{"cut", func(name string) error { return os.Truncate(name, evtx.FileHeaderSize+evtx.ChunkSize) }, -1},
		{"other records", func(name string) error { return os.WriteFile(name, evtxtest.File(other), 0o600) }, 101},
		{"touched", func(name string) error { return os.Chtimes(name, noon, noon) }, 301},
		{"no file any more", func(name string) error {
			return errors.Join(os.Remove(name), os.Mkdir(name, 0o700))
		}, 101},
	} {
		dir := t.TempDir()
		name := write(t, dir, "1.evtx", evtxtest.File(all...))
		write(t, dir, "2.evtx", evtxtest.File(kept...))
		write(t, dir, "3.evtx", evtxtest.File(other))
		col, err := evidence.Collect(t.Context(), evidence.Inputs(dir), evidence.Options{})
		if err != nil {
			t.Fatal(err)
		}
		x := NewIndex(IndexOptions{Jobs: 2})
		cs, err := Scan(t.Context(), col, ScanOptions{Jobs: 2, Clock: ledger.ClockCreated}, func() Visitor {
			return x.Visitor(func(*ecs.Event) Choice { return Take })
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.change(name); err != nil {
			t.Fatal(err)
		}
		if _, err := x.Order(t.Context(), cs, false); err != nil {
			t.Fatal(err)
		}
		got, cited := 0, 0
		lost, err := cs.Replay(t.Context(), x, ReplayOptions{Jobs: 2}, func(_ int, events []*Event) error {
			got += len(events)
			for _, e := range events {
				if e.Ref.File == 0 {
					cited++
				}
			}
			return nil
		})
		if err != nil || lost != 0 {
			t.Fatal(c.name, err, lost)
		}
		if c.want < 0 && (got <= 101 || got >= 301) || c.want >= 0 && got != c.want {
			t.Errorf("%s: %d events, want %d; %d of the file", c.name, got, c.want, cited)
		}
		if changes := cs.Changes(); c.name == "not at all" {
			if len(changes) != 0 || len(cs.Damage) != 0 {
				t.Errorf("%s: %v %v", c.name, changes, cs.Damage)
			}
		} else if len(changes) != 1 || !strings.HasPrefix(changes[0].Error(), "1.evtx: ") ||
			cs.Files[0].Status != evidence.Damaged || len(cs.Damage) != 1 {
			t.Errorf("%s: it is not told: %v, %s, %v", c.name, changes, cs.Files[0].Status, cs.Damage)
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReplayTellsBytesThatChangedBehindItsBack(t *testing.T) {
	source := filepath.Join("..", "samples", "scenario-1-uri-handler", "attack", "WS-FIN-07", "C", "Windows",
		"System32", "winevt", "logs", "Security.evtx")
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "Security.evtx")
	if err := os.WriteFile(name, text, 0o644); err != nil {
		t.Fatal(err)
	}
	col, err := evidence.Collect(context.Background(), evidence.Inputs(name), evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x := NewIndex(IndexOptions{Jobs: 1})
	cs, err := Scan(context.Background(), col, ScanOptions{Jobs: 1, Clock: ledger.ClockCreated}, func() Visitor {
		return x.Visitor(func(*ecs.Event) Choice { return Take })
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range text[evtx.FileHeaderSize:] {
		text[evtx.FileHeaderSize+i] ^= 0x55
	}
	before, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(name, text, 0o644),
		os.Chtimes(name, before.ModTime(), before.ModTime())); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Order(t.Context(), cs, false); err != nil {
		t.Fatal(err)
	}
	n := 0
	if _, err := cs.Replay(t.Context(), x, ReplayOptions{Jobs: 1}, func(_ int, events []*Event) error {
		n += len(events)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if n != 0 || len(cs.Changes()) != 1 || !strings.Contains(cs.Changes()[0].Error(), "is not what it was") {
		t.Errorf("a file that changed was read as if it had not: %d events, %v", n, cs.Changes())
	}
}

// The groups of a replay are the same order, cut by host.
func TestReplayIsTheSameWhateverTheMemoryAndTheWorkers(t *testing.T) {
	dirs := []string{filepath.Join("..", "samples", "multi-host"),
		filepath.Join("..", "samples", "scenario-1-uri-handler"), filepath.Join("..", "samples", "hostile")}
	replayed := func(memory int64, jobs int, byHost bool) (lines []string, groups int) {
		t.Helper()
		col, err := evidence.Collect(t.Context(), evidence.Inputs(dirs...), evidence.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer col.Close()
		x := NewIndex(IndexOptions{Jobs: jobs, MaxMemory: spill.Budget(memory), TempDir: t.TempDir()})
		defer x.Close()
		cs, err := Scan(t.Context(), col,
			ScanOptions{Jobs: jobs, Clock: ledger.ClockCreated, MaxMemory: spill.Budget(memory), TempDir: t.TempDir()},
			func() Visitor {
				return x.Visitor(func(*ecs.Event) Choice { return Take })
			})
		if err != nil {
			t.Fatal(err)
		}
		if groups, err = x.Order(t.Context(), cs, byHost); err != nil {
			t.Fatal(err)
		}
		l := spill.NewLines(spill.Budget(memory).Of(spill.Rows), t.TempDir())
		defer l.Close()
		last := 0
		if _, err := cs.Replay(t.Context(), x, ReplayOptions{Jobs: jobs}, func(group int, es []*Event) error {
			if group < last {
				t.Errorf("group %d comes after %d", group, last)
			}
			last = group
			for _, e := range es {
				if byHost && e.Host != cs.Hosts.All[group] {
					t.Errorf("an event of %s is in the group of %s", e.Host.ID, cs.Hosts.All[group].ID)
				}
				if err := l.Add(group, e.LineKey(), []byte(describeEvent(e))); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for text, err := range l.All() {
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, string(text))
		}
		return lines, groups
	}
	want, groups := replayed(0, 1, false)
	if groups != 1 || len(want) < 300 {
		t.Fatalf("%d groups, %d lines", groups, len(want))
	}
	for _, c := range []struct {
		memory int64
		jobs   int
		byHost bool
	}{{0, 8, false}, {0, 3, true}, {1, 1, false}, {1, 8, false}, {64 << 10, 8, false}, {1 << 20, 2, true}} {
		got, groups := replayed(c.memory, c.jobs, c.byHost)
		if !slices.Equal(got, want) {
			t.Errorf("%+v, %d groups: %d lines that are not the %d of one group", c, groups, len(got), len(want))
		}
		if (c.byHost || c.memory == 1) && groups < 2 {
			t.Errorf("%+v: one group, so that nothing was merged", c)
		}
	}
}

func TestCopiesBeyondABoundAreCountedNotListed(t *testing.T) {
	events := make([]indexKey, 3*maxCopies)
	var e *indexEntry
	for i := range events {
		events[i] = indexKey{at: 1, id: 1, hash: 1, file: int32(i)}
		if !e.take(&events[i]) {
			e = &indexEntry{keys: []indexKey{events[i]}}
		}
	}
	ev := &Event{}
	e.cite(ev)
	if len(ev.Also) != maxCopies-1 || ev.More != 2*maxCopies {
		t.Errorf("%d copies are listed, %d more", len(ev.Also), ev.More)
	}
}

func TestIndexKeysAreReadAsTheyWereWritten(t *testing.T) {
	for _, k := range []indexKey{{},
		{at: 1<<64 - 1, id: 2, hash: 3, header: 4, file: -5, chunk: 1 << 30, class: 7, owner: 1<<32 - 1,
			note: 1<<32 - 2, offset: 65535, size: 65024, carved: true},
		{undecided: true}, {carved: true, undecided: true, offset: 512}} {
		var b [keySize]byte
		var got indexKey
		putKey(b[:], &k)
		if getKey(b[:], &got); got != k {
			t.Errorf("%+v is read as %+v", k, got)
		}
	}
}

// scanned scans a directory, changes what was read, and replays it.
func scanned(t *testing.T, dir string, o ScanOptions, halves bool, change func(cs *Case)) (events []*Event, lost int) {
	t.Helper()
	col, err := evidence.Collect(t.Context(), evidence.Inputs(dir), evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x := NewIndex(IndexOptions{Jobs: 1})
	cs, err := Scan(t.Context(), col, o, func() Visitor { return x.Visitor(func(*ecs.Event) Choice { return Take }) })
	if err != nil {
		t.Fatal(err)
	}
	change(cs)
	if _, err := x.Order(t.Context(), cs, false); err != nil {
		t.Fatal(err)
	}
	lost, err = cs.Replay(t.Context(), x, ReplayOptions{Jobs: 1, Halves: halves}, func(_ int, es []*Event) error {
		events = append(events, es...)
		return nil
	})
	if err := errors.Join(err, x.Close()); err != nil {
		t.Fatal(err)
	}
	return events, lost
}

// A process start is there as long as any of its records is: its own, a copy, a carved copy, its other half, a copy
// of that.
func TestAReplayedStartIsThereAsLongAsAnyRecordOfItIs(t *testing.T) {
	sysmon := sysmonStart("WS1", noon, guidB, guidA, 4242, 4100, pwsh, chrome)
	security := security4688("WS1", noon.Add(7*time.Millisecond), 4242, 4100, pwsh, chrome)
	first := sysmonStart("WS1", noon.Add(-time.Hour), guidA, guidB, 4100, 4, chrome, explorer)
	first.RecordID, sysmon.RecordID, security.RecordID = 1, 2, 7
	logs := map[string][]byte{
		"0-Sysmon.evtx": evtxtest.File(sysmon), "1-old.evtx": withCarved(t, first, sysmon),
		"2-Security.evtx": evtxtest.File(security), "3-Security.evtx": evtxtest.File(security),
	}
	for _, c := range []struct {
		gone      string // numbers of the files
		id        uint32 // of the event that is there
		file      int32
		half, any bool
	}{
		{"", 1, 0, true, true},
		{"0", 1, 1, true, true},
		{"01", 4688, 2, false, true},
		{"012", 4688, 3, false, true},
		{"02", 1, 1, true, true},
		{"2", 1, 0, true, true},
		{"23", 1, 0, false, true},
		{"0123", 0, 0, false, false},
	} {
		dir := t.TempDir()
		for name, b := range logs {
			write(t, dir, name, b)
		}
		events, lost := scanned(t, dir, ScanOptions{Jobs: 1, Clock: ledger.ClockCreated, Carved: true}, true,
			func(cs *Case) {
				for _, n := range c.gone {
					if err := os.Remove(filepath.Join(dir, cs.Files[n-'0'].Path)); err != nil {
						t.Fatal(err)
					}
				}
			})
		events = slices.DeleteFunc(events, func(e *Event) bool { return e.Record.EventRecordID() == 1 })
		if lost != 0 || len(events) != 1 && c.any || len(events) != 0 && !c.any {
			t.Errorf("without %q: %d events, %d are lost", c.gone, len(events), lost)
			continue
		}
		for _, e := range events {
			if e.Class.EventID != c.id || e.Ref.File != c.file || (e.Half != nil) != c.half || e.Half == e ||
				e.Half != nil && e.Half.Class.EventID == c.id {
				t.Errorf("without %q: event %d of file %d, other half %v", c.gone, e.Class.EventID, e.Ref.File, e.Half)
			}
			if slices.ContainsFunc(e.Also, func(a Also) bool { return a.Ref == e.Ref }) {
				t.Errorf("without %q: the event cites itself: %v", c.gone, e.Also)
			}
		}
	}
}

// failingOnce fails the first read.
type failingOnce struct {
	evidence.RandomAccess
	failed *bool
}

func (f failingOnce) ReadAt(p []byte, off int64) (int, error) {
	if !*f.failed {
		*f.failed = true
		return 0, errors.New("a cable was loose")
	}
	return f.RandomAccess.ReadAt(p, off)
}

// onceFailing is a file whose first reading fails.
type onceFailing struct {
	evidence.Source
	failed *bool
}

func (f onceFailing) OpenRandom() (evidence.RandomAccess, error) {
	r, err := f.Source.OpenRandom()
	return failingOnce{r, f.failed}, err
}

func TestAReadErrorThatPassesLeavesTheFileDamaged(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "1.evtx", evtxtest.File(sysmonStart("WS1", noon, guidB, guidA, 4242, 4100, pwsh, chrome)))
	var c *Case
	failed := false
	events, _ := scanned(t, dir, ScanOptions{Jobs: 1, Clock: ledger.ClockCreated}, false, func(cs *Case) {
		c = cs
		cs.Files[0].File = cs.Files[0].From(onceFailing{cs.Files[0].File, &failed})
	})
	if len(events) != 0 || len(c.Changes()) != 1 || c.Files[0].Status != evidence.Damaged {
		t.Fatalf("%d events, %v, %s", len(events), c.Changes(), c.Files[0].Status)
	}
	if c.Recheck(c.Files[0], nil) {
		t.Error("what was read again is called whole, although a part of it was not read")
	}
	if len(c.Changes()) != 1 || len(c.Damage) != 1 {
		t.Errorf("it is told twice: %v", c.Changes())
	}
}
