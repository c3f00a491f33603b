package timeline

import (
	"fmt"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
	"hunt/timeline/spill"
)

// askedLogs are logs of a host that started twice without a record of it, which logged each process start twice.
func askedLogs(t *testing.T) string {
	t.Helper()
	var security, sysmon []evtxtest.Event
	for i := range 60 {
		at := noon.Add(time.Duration(i) * 10 * time.Minute)
		image := fmt.Sprintf(`C:\Windows\%d.exe`, i%7)
		security = append(security,
			security4688("WS1", at, uint64(100+i), 4, image, ""), // #nosec G115 -- small
			audit(4624, at.Add(time.Second), "TargetUserName=bob", "TargetDomainName=CORP",
				"TargetUserSid=S-1-5-21-1-2-3-1001", fmt.Sprintf("TargetLogonId=%#x", 0x20000+i%25), "LogonType=3"),
			audit(4634, at.Add(time.Minute), fmt.Sprintf("TargetLogonId=%#x", 0x20000+i%25)))
		sysmon = append(sysmon, sysmonStart("WS1", at.Add(5*time.Millisecond),
			fmt.Sprintf("{00000000-0000-0000-0000-%012d}", i), "{00000000-0000-0000-0000-000000000000}",
			uint32(100+i), 4, image, "")) // #nosec G115 -- small
	}
	dir := t.TempDir()
	write(t, dir, "Security.evtx", evtxtest.File(security...))
	write(t, dir, "Sysmon.evtx", evtxtest.File(sysmon...))
	return dir
}

// answers asks the histories of a scan about each of its events.
func answers[T any](t *testing.T, asked ledger.Asked, ask func(h *host.Host, e *Event) T,
	paths ...string) map[evtx.Ref]T {
	t.Helper()
	cs, events := scan(t, ScanOptions{Asked: asked, MaxMemory: spill.Budget(1 << 20)}, paths...)
	out := map[evtx.Ref]T{}
	for _, e := range events {
		out[e.Ref] = ask(cs.Hosts.Of(e.Record.Computer(), e.Ref.File), e)
	}
	if err := cs.Err(); err != nil {
		t.Error(err)
	}
	return out
}

// compared asks two scans the same; it returns the answers of the whole histories.
func compared[T comparable](t *testing.T, asked ledger.Asked, ask func(h *host.Host, e *Event) T) map[evtx.Ref]T {
	t.Helper()
	paths := []string{askedLogs(t), "../samples/scenario-1-uri-handler", "../samples/multi-host"}
	want, got := answers(t, ledger.AskedAll, ask, paths...), answers(t, asked, ask, paths...)
	if len(got) != len(want) {
		t.Errorf("%d events, want %d", len(got), len(want))
	}
	for ref, x := range want {
		if got[ref] != x {
			t.Errorf("%+v: %+v, want %+v", ref, got[ref], x)
		}
	}
	return want
}

func TestTwinsAreFoundWithoutWholeHistories(t *testing.T) {
	type twin struct {
		ref evtx.Ref
		ok  bool
	}
	pairs := 0
	for _, x := range compared(t, ledger.AskedTwins, func(h *host.Host, e *Event) (x twin) {
		x.ref, x.ok = h.TwinOf(e.Ref)
		return x
	}) {
		if x.ok {
			pairs++
		}
	}
	if pairs < 120 {
		t.Errorf("%d halves of starts", pairs)
	}
}

func TestRunsOfTheSystemAreToldWithoutWholeHistories(t *testing.T) {
	type boot struct {
		n      int
		next   evtx.Filetime
		unsure bool
	}
	most := 0
	for _, x := range compared(t, ledger.AskedAccounts, func(h *host.Host, e *Event) (x boot) {
		x.n, x.next, x.unsure = h.BootOf(e.Event, e.At)
		return x
	}) {
		most = max(most, x.n)
	}
	if most < 2 {
		t.Errorf("the system started %d times", most)
	}
}

func TestHistoriesThatAreAskedForLaterAreWhole(t *testing.T) {
	compared(t, ledger.AskedLater, func(h *host.Host, e *Event) string {
		p, parent := e.Process(), field(e, ecs.ProcessParentExecutable)
		if p == nil {
			return parent
		}
		return fmt.Sprint(parent, p.EntityID, p.ParentPID, p.User, p.SID, p.End, len(h.Sessions()))
	})
}

// TestTreesAreThoseOfWholeHistories asks hosts in turn, twice, as each has a table only until the next is asked.
func TestTreesAreThoseOfWholeHistories(t *testing.T) {
	paths := []string{askedLogs(t), "../samples/scenario-1-uri-handler", "../samples/multi-host",
		"../samples/scenario-3-wscript-vbs"}
	of := func(asked ledger.Asked) (lines []string, commands, inferred int) {
		cs, _ := scan(t, ScanOptions{Asked: asked, MaxMemory: spill.Budget(1 << 20), TempDir: t.TempDir()}, paths...)
		for range 2 {
			for _, h := range cs.Hosts.All {
				for _, p := range h.Processes() {
					shown, err := h.Show(p)
					if err != nil {
						t.Fatal(err)
					}
					parent := ""
					if p.Parent != nil {
						parent = p.Parent.EntityID
					}
					if shown.CommandLine != "" {
						commands++
					}
					if p.Inferred && shown.CommandLine != "" {
						inferred++
					}
					lines = append(lines, fmt.Sprint(h.ID, p.EntityID, p.PID, p.ParentPID, p.Executable, p.Original,
						p.User, p.SID, p.LogonID, p.Start, p.End, p.Ref, p.Basis(), p.Link, parent, len(p.Children),
						shown, h.Ran(p, p.Start+1)))
				}
			}
		}
		if err := cs.Err(); err != nil {
			t.Error(err)
		}
		return lines, commands, inferred
	}
	want, commands, inferred := of(ledger.AskedAll)
	if commands < 50 || inferred < 5 {
		t.Errorf("only %d command lines, %d of processes that a child names", commands, inferred)
	}
	got, _, _ := of(ledger.AskedTrees)
	if len(got) != len(want) {
		t.Fatalf("%d processes, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%s\nwant %s", got[i], want[i])
		}
	}
}

// TestWhatIsNotAskedForIsNotGathered looks at what the scan held of a host's history.
func TestWhatIsNotAskedForIsNotGathered(t *testing.T) {
	type held struct{ processes, sessions, logons, users int }
	of := func(asked ledger.Asked) (x held) {
		cs, _ := scan(t, ScanOptions{Asked: asked}, askedLogs(t))
		h := cs.Hosts.All[0]
		x = held{processes: len(h.Processes()), sessions: len(h.Sessions()), users: len(h.Users)}
		for range h.Logons() {
			x.logons++
		}
		return x
	}
	if got, want := of(ledger.AskedAll), (held{60, 60, 120, 2}); got != want {
		t.Errorf("whole: %+v, want %+v", got, want)
	}
	if got, want := of(ledger.AskedAccounts), (held{logons: 2}); got != want {
		t.Errorf("accounts: %+v, want %+v", got, want)
	}
	for _, asked := range []ledger.Asked{ledger.AskedTwins, ledger.AskedNothing} {
		if got := of(asked); got != (held{}) {
			t.Errorf("asked %d: %+v", asked, got)
		}
	}
}
