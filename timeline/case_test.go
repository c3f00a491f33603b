package timeline

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/timeline/coverage"
	"hunt/timeline/ecs"
	"hunt/timeline/ecs/scalar"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
)

// keeper is a visitor that keeps everything.
type keeper struct {
	mu     *sync.Mutex
	events *[]*Event
	Keeper
}

func (k *keeper) Visit(ev *ecs.Event, at evtx.Filetime) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e, fresh := k.Keep(ev, at); fresh {
		*k.events = append(*k.events, e)
	}
}

// scan reads everything under paths and puts it in order.
func scan(t testing.TB, o ScanOptions, paths ...string) (*Case, []*Event) {
	t.Helper()
	col, err := evidence.Collect(context.Background(), evidence.Inputs(paths...), evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var events []*Event
	if o.Clock == "" {
		o.Clock = ledger.ClockCreated
	}
	c, err := Scan(context.Background(), col, o, func() Visitor { return &keeper{mu: &mu, events: &events} })
	if err != nil {
		t.Fatal(err)
	}
	return c, c.Order(events)
}

func field(e *Event, f ecs.Field) string {
	var out []string
	for _, v := range e.Values(f, nil) {
		if v.Kind == scalar.KindPending {
			out = append(out, "(pending)")
			continue
		}
		out = append(out, string(v.AppendText(nil)))
	}
	return strings.Join(out, ", ")
}

const (
	explorer = `C:\Windows\explorer.exe`
	chrome   = `C:\Program Files\Google\Chrome\Application\chrome.exe`
	pwsh     = `C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe`
	guidA    = "{11111111-0000-0000-0000-000000000001}"
	guidB    = "{11111111-0000-0000-0000-000000000002}"
	guidC    = "{11111111-0000-0000-0000-000000000003}"
)

func TestShortAndFullNamesAreOneHostAndAmbiguousOnesAreNot(t *testing.T) {
	dir := t.TempDir()
	at := noon
	var events []evtxtest.Event
	for _, name := range []string{"WS1", "ws1.corp.example", "WS2", "ws2.a.example", "ws2.b.example", "Ws3", "WS3"} {
		at = at.Add(time.Second)
		events = append(events, security4688(name, at, 100, 50, `C:\a.exe`, ""))
	}
	write(t, dir, "Security.evtx", evtxtest.File(events...))
	c, _ := scan(t, ScanOptions{}, dir)
	var got []string
	for _, h := range c.Hosts.All {
		got = append(got, fmt.Sprintf("%s=%s", h.ID, strings.Join(h.Names(), "+")))
	}
	want := []string{"ws1.corp.example=WS1+ws1.corp.example", "ws2=WS2", "ws2.a.example=ws2.a.example",
		"ws2.b.example=ws2.b.example", "ws3=WS3+Ws3"}
	if !slices.Equal(got, want) {
		t.Errorf("hosts %v, want %v", got, want)
	}
}

func TestCopiesOfARecordAreOneEventWithAllReferences(t *testing.T) {
	dir := t.TempDir()
	log := evtxtest.File(
		security4688("WS1", noon, 100, 50, `C:\a.exe`, explorer),
		security4688("WS1", noon.Add(time.Second), 101, 50, `C:\b.exe`, explorer))
	write(t, dir, "live/Security.evtx", log)
	write(t, dir, "vss1/Security.evtx", log)
	// The same event in another place of another chunk, renumbered in the header as an export does.
	second := security4688("WS1", noon.Add(time.Second), 101, 50, `C:\b.exe`, explorer)
	second.RecordID, second.HeaderID = 2, 77
	write(t, dir, "export.evtx", evtxtest.File(second))
	c, events := scan(t, ScanOptions{}, dir)
	if len(events) != 2 {
		t.Fatalf("%d events, want 2", len(events))
	}
	if n := len(events[0].Also); n != 1 {
		t.Errorf("the first event has %d further references, want 1", n)
	}
	if n := len(events[1].Also); n != 2 {
		t.Errorf("the second event has %d further references, want 2", n)
	}
	if p := c.Files[events[1].Ref.File].Path; p != "export.evtx" {
		t.Errorf("the reference that stays is in %s, want the first in the order of the evidence, export.evtx", p)
	}
	r := c.Records
	if r.Read != 5 || r.Duplicate != 3 || r.Kept != 2 || c.Hosts.All[0].Records != 2 {
		t.Errorf("read %d, duplicate %d, kept %d, host %d; want 5, 3, 2, 2", r.Read, r.Duplicate, r.Kept,
			c.Hosts.All[0].Records)
	}
}

func TestAStartLoggedTwiceIsOneEvent(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "Sysmon.evtx", evtxtest.File(
		sysmonStart("WS1", noon, guidB, guidA, 4242, 4100, pwsh, chrome),
		sysmonStart("WS1", noon.Add(5*time.Second), guidC, guidA, 4300, 4100, pwsh, chrome)))
	write(t, dir, "Security.evtx", evtxtest.File(
		security4688("WS1", noon.Add(7*time.Millisecond), 4242, 4100, pwsh, chrome),
		// same pid, other image: not the same start
		security4688("WS1", noon.Add(5*time.Second), 4300, 4100, `C:\other.exe`, chrome),
		// too late to be the same start
		security4688("WS1", noon.Add(20*time.Second), 4242, 4100, pwsh, chrome)))
	c, events := scan(t, ScanOptions{}, dir)
	merged := c.MergeTwins(slices.Clone(events), nil)
	if len(events) != 5 || len(merged) != 4 {
		t.Fatalf("%d events, %d after merging, want 5 and 4", len(events), len(merged))
	}
	first := merged[0]
	if first.Class.EventID != 1 || len(first.Also) != 1 || !first.Also[0].Twin {
		t.Errorf("the first event is %d with %+v, want the Sysmon 1 with its twin", first.Class.EventID, first.Also)
	}
	h := c.Hosts.All[0]
	started := 0
	for _, p := range h.Processes() {
		if !p.Inferred {
			started++
		}
	}
	if started != 4 {
		t.Errorf("%d processes, want 4", started)
	}
	for _, e := range events[:2] {
		if got := field(e, ecs.ProcessEntityID); got != guidB {
			t.Errorf("%d has entity id %s, want Sysmon's for both halves", e.Class.EventID, got)
		}
	}
}

func TestAParentThat4688DoesNotNameIsFoundByPidAndTime(t *testing.T) {
	dir := t.TempDir()
	end := security4688("WS1", noon.Add(30*time.Second), 0, 0, "", "")
	end.EventID, end.Task = 4689, 13313
	end.Data = []evtxtest.Pair{evtxtest.Str("SubjectUserSid", "S-1-5-21-1-2-3-1001"),
		{Name: "ProcessId", Value: evtxtest.Hex64(0x1004)}, evtxtest.Str("ProcessName", chrome)}
	write(t, dir, "Security.evtx", evtxtest.File(
		security4688("WS1", noon, 0x1004, 0x900, chrome, explorer),
		security4688("WS1", noon.Add(3*time.Second), 0x1092, 0x1004, pwsh, ""),
		end,
		security4688("WS1", noon.Add(40*time.Second), 0x1093, 0x1004, pwsh, ""), // the pid was free by then
		security4688("WS1", noon.Add(50*time.Second), 0x1004, 0x900, explorer, ""),
		security4688("WS1", noon.Add(60*time.Second), 0x1094, 0x1004, pwsh, ""), // the pid's next owner
		security4688("WS2", noon.Add(3*time.Second), 0x1095, 0x1004, pwsh, ""))) // another host
	_, events := scan(t, ScanOptions{}, dir)
	want := map[string]string{"4242": "chrome.exe", "4243": "", "4244": "explorer.exe", "4245": ""}
	seen := 0
	for _, e := range events {
		w, ok := want[field(e, ecs.ProcessPID)]
		if !ok {
			continue
		}
		seen++
		if got := field(e, ecs.ProcessParentName); got != w {
			t.Errorf("pid %s has parent %q, want %q", field(e, ecs.ProcessPID), got, w)
		}
	}
	if seen != len(want) {
		t.Errorf("saw %d starts, want %d", seen, len(want))
	}
	_, events = scan(t, ScanOptions{Strict: true}, dir)
	for _, e := range events {
		if field(e, ecs.ProcessPID) == "4242" && field(e, ecs.ProcessParentName) != "" {
			t.Errorf("strict mode found a parent that the record does not name: %s", field(e, ecs.ProcessParentName))
		}
	}
}

func TestTheOrderIsTheSameForAnyNumberOfWorkers(t *testing.T) {
	dir := t.TempDir()
	for f := range 4 {
		var events []evtxtest.Event
		for i := range 300 {
			// Many events share a time, so that the tie-breakers decide.
			events = append(events, security4688(fmt.Sprintf("WS%d", i%3), noon.Add(time.Duration(i/20)*time.Second),
				uint64(100+i), 50, `C:\a.exe`, ""))
		}
		write(t, dir, fmt.Sprintf("%d.evtx", f), evtxtest.File(events...))
	}
	var want []string
	for _, jobs := range []int{1, 2, 7} {
		c, events := scan(t, ScanOptions{Jobs: jobs}, dir)
		var got []string
		for _, e := range events {
			got = append(got, fmt.Sprintf("%+v %+v %s", e.Ref, e.Also, field(e, ecs.ProcessEntityID)))
		}
		got = append(got, fmt.Sprintf("%+v", c.Records))
		for _, h := range c.Hosts.All {
			got = append(got, fmt.Sprintf("%s %d %+v", h.ID, len(h.Processes()), h.Events))
		}
		if want == nil {
			want = got
			if len(events) != 300 {
				t.Fatalf("%d events, want 300: four copies of each", len(events))
			}
		} else if !slices.Equal(got, want) {
			t.Errorf("%d workers give another result", jobs)
		}
	}
}

func TestAFilterNarrowsWhatVisitorsSeeAndIsCounted(t *testing.T) {
	dir := t.TempDir()
	var events []evtxtest.Event
	for i := range 10 {
		events = append(events, security4688([]string{"ws1.corp.example", "WS2"}[i%2],
			noon.Add(time.Duration(i)*time.Minute), uint64(100+i), 50, `C:\a.exe`, ""))
	}
	write(t, dir, "Security.evtx", evtxtest.File(events...))
	c, seen := scan(t, ScanOptions{Filter: Filter{Hosts: []string{"WS1"},
		From: evtx.FiletimeOf(noon.Add(2 * time.Minute))}}, dir)
	if len(seen) != 4 || c.Records.Filtered != 6 || c.Records.Kept != 4 || c.Records.Read != 10 {
		t.Errorf("%d seen, %d filtered, %d kept of %d; want 4, 6, 4 of 10", len(seen), c.Records.Filtered,
			c.Records.Kept, c.Records.Read)
	}
}

func TestReadIsKeptPlusFilteredPlusDuplicateInEveryFile(t *testing.T) {
	dir := t.TempDir()
	var events []evtxtest.Event
	for i := range 20 {
		events = append(events, security4688([]string{"WS1", "WS2"}[i%2], noon.Add(time.Duration(i)*time.Minute),
			uint64(100+i), 50, `C:\a.exe`, ""))
	}
	log := evtxtest.File(events...)
	for _, name := range []string{"a.evtx", "b.evtx", "c.evtx"} {
		write(t, dir, name, log)
	}
	for _, f := range []Filter{{}, {Hosts: []string{"WS1"}}, {From: evtx.FiletimeOf(noon.Add(5 * time.Minute))},
		{Hosts: []string{"nobody"}}} {
		c, seen := scan(t, ScanOptions{Filter: f}, dir)
		for _, file := range c.Files {
			if s := file.Stats; s.Read != s.Kept+s.Filtered+s.Duplicate || s.Kept < 0 || s.Read != 20 {
				t.Errorf("filter %+v: %s: read %d, kept %d, filtered %d, duplicate %d", f, file.Path, s.Read, s.Kept,
					s.Filtered, s.Duplicate)
			}
		}
		if c.Records.Kept != len(seen) {
			t.Errorf("filter %+v: kept %d, but %d events reached the visitors", f, c.Records.Kept, len(seen))
		}
	}
}

func TestCoverageTellsAbsentFromPartlyAndNamesGaps(t *testing.T) {
	dir := t.TempDir()
	with := security4688("WS1", noon, 100, 50, `C:\a.exe`, explorer)
	with.Data = append(with.Data, evtxtest.Str("CommandLine", "a.exe -x"))
	without := security4688("WS1", noon.Add(time.Hour), 101, 50, `C:\a.exe`, "")
	without.RecordID = 500 // ids 2 to 499 are not in the evidence
	var l evtxtest.Log
	l.Add(with)
	l.Break()
	l.Add(without)
	b, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "Security.evtx", b)
	c, _ := scan(t, ScanOptions{}, dir)
	cov := c.Coverage(c.Hosts.All[0], ledger.Period{})
	state := map[string]coverage.SourceState{}
	for _, s := range cov.Sources {
		state[s.Name] = s.State
	}
	for name, want := range map[string]coverage.SourceState{
		"Sysmon 1 process start": coverage.SourceAbsent, "Security 4688 process start": coverage.SourcePresent,
		"Security 4688 command line": coverage.SourcePartly, "Security 4688 parent name": coverage.SourcePartly,
		"Security 4624 logon": coverage.SourceAbsent,
	} {
		if state[name] != want {
			t.Errorf("%s is %q, want %q", name, state[name], want)
		}
	}
	if len(cov.Gaps) != 1 || cov.Gaps[0].Missing != 498 || cov.Gaps[0].Kind != "record ids missing" {
		t.Errorf("gaps %+v, want one of 498 record ids", cov.Gaps)
	}
}

func TestDamageOfAHeaderIsThatOfItsFile(t *testing.T) {
	dir := t.TempDir()
	log := evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, explorer))
	write(t, dir, "a/Security.evtx", log)
	dirty := slices.Clone(log)
	evtxtest.Dirty(dirty, 1, 2)
	write(t, dir, "b/Security.evtx", dirty)
	c, _ := scan(t, ScanOptions{}, dir)
	if len(c.Damage) != 1 || c.Damage[0].Kind != evtx.DamageDirty ||
		c.Files[c.Damage[0].Ref.File].Path != "b/Security.evtx" {
		t.Errorf("damage %+v, want the dirty flag of b/Security.evtx", c.Damage)
	}
}
