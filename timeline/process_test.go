package timeline

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/timeline/ecs"
	"hunt/timeline/ecs/document"
	"hunt/timeline/ledger"
)

// withCarved returns a log of one live record behind which the given events can be carved, templates and all.
func withCarved(t testing.TB, events ...evtxtest.Event) []byte {
	t.Helper()
	before := evtxtest.File(events...)
	var l evtxtest.Log
	l.Add(security4688("WS1", noon.Add(-time.Hour), 9, 4, `C:\x.exe`, "")) // shorter than any of them
	l.Reuse(evtxtest.Chunk(before, 0))
	b, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestACarvedCopyEarlierInTheEvidenceDoesNotPartTwins(t *testing.T) {
	dir := t.TempDir()
	sysmon := sysmonStart("WS1", noon, guidB, guidA, 4242, 4100, pwsh, chrome)
	security := security4688("WS1", noon.Add(7*time.Millisecond), 4242, 4100, pwsh, chrome)
	first := security4688("WS1", noon.Add(-time.Minute), 70, 4, `C:\a\rather\long\name\that\is\overwritten.exe`,
		explorer)
	first.RecordID, security.RecordID = 1, 2
	write(t, dir, "a-old.evtx", withCarved(t, first, security))
	write(t, dir, "b-Security.evtx", evtxtest.File(first, security))
	write(t, dir, "c-Sysmon.evtx", evtxtest.File(sysmon))
	c, events := scan(t, ScanOptions{Carved: true}, dir)
	if c.Records.Carve.Duplicate == 0 {
		t.Fatalf("nothing was carved twice: %+v", c.Records)
	}
	merged := c.MergeTwins(slices.Clone(events), nil)
	var starts []*Event
	for _, e := range merged {
		if field(e, ecs.ProcessPID) == "4242" {
			starts = append(starts, e)
		}
	}
	if len(starts) != 1 {
		t.Fatalf("%d events of one start, want 1", len(starts))
	}
	if len(starts[0].Also) != 2 {
		t.Errorf("%+v beside the Sysmon 1, want the live and the carved copy of the 4688", starts[0].Also)
	}
	p := c.Hosts.All[0].ProcessOf(starts[0].Event, starts[0].At)
	if p == nil || p.EntityID != guidB {
		t.Errorf("the process of the start is %+v", p)
	}
}

// connection is a Security 5156: a connection that the Windows firewall let through, told by pid and device path.
func connection(computer string, at time.Time, pid uint64, application string) evtxtest.Event {
	e := security4688(computer, at, 0, 0, "", "")
	e.EventID, e.Version, e.Task = 5156, 1, 12810
	e.Data = []evtxtest.Pair{{Name: "ProcessID", Value: evtxtest.Uint64(pid)}, evtxtest.Str("Application", application),
		evtxtest.Str("Direction", "%%14593"), evtxtest.Str("SourceAddress", "10.0.0.1"),
		evtxtest.Str("SourcePort", "50000"),
		evtxtest.Str("DestAddress", "203.0.113.1"), evtxtest.Str("DestPort", "443"),
		{Name: "Protocol", Value: evtxtest.Uint32(6)}}
	return e
}

func TestAnEventIsNotJoinedToAProcessOfAnotherProgramThatHadItsPid(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "Security.evtx", evtxtest.File(
		security4688("WS1", noon, 4242, 4100, pwsh, chrome),
		connection("WS1", noon.Add(time.Second), 4242,
			`\device\harddiskvolume2\windows\system32\windowspowershell\v1.0\powershell.exe`),
		connection("WS1", noon.Add(time.Hour), 4242, `\device\harddiskvolume2\windows\system32\svchost.exe`)))
	c, events := scan(t, ScanOptions{}, dir)
	h := c.Hosts.All[0]
	if p := h.ProcessOf(events[1].Event, events[1].At); p == nil || p.Name() != "powershell.exe" {
		t.Errorf("the connection of powershell is joined to %+v", p)
	}
	if p := h.ProcessOf(events[2].Event, events[2].At); p != nil {
		t.Errorf("the connection of svchost is joined to %s", p.Name())
	}
}

func TestNoProcessOutlivesTheSystem(t *testing.T) {
	dir := t.TempDir()
	boot := evtxtest.Event{Provider: "Microsoft-Windows-Kernel-General", GUID: "{A68CA8B7-004F-D7B6-A698-07E2DE0F1F5D}",
		Channel: "System", Computer: "WS1",
		EventID: 12, Level: 4, Time: noon.Add(time.Hour),
		Data: []evtxtest.Pair{{Name: "StartTime", Value: evtxtest.Filetime(noon.Add(time.Hour - time.Second))}}}
	write(t, dir, "System.evtx", evtxtest.File(boot))
	write(t, dir, "Security.evtx", evtxtest.File(
		security4688("WS1", noon, 4100, 50, chrome, explorer),
		security4688("WS1", noon.Add(time.Minute), 4242, 4100, pwsh, ""),
		security4688("WS1", noon.Add(time.Hour+time.Second), 600, 4, `C:\Windows\System32\wininit.exe`, ""),
		security4688("WS1", noon.Add(time.Hour+2*time.Second), 700, 600, `C:\Windows\System32\services.exe`, ""),
		security4688("WS1", noon.Add(2*time.Hour), 4243, 4100, pwsh, ""), // the browser's pid is another's by now
		security4688("WS1", noon.Add(2*time.Hour), 4244, 700, pwsh, "")))
	_, events := scan(t, ScanOptions{}, dir)
	want := map[string]string{"4242": "chrome.exe", "700": "wininit.exe", "4243": "", "4244": "services.exe"}
	for _, e := range events {
		if w, ok := want[field(e, ecs.ProcessPID)]; ok && field(e, ecs.ProcessParentName) != w {
			t.Errorf("pid %s has parent %q, want %q", field(e, ecs.ProcessPID), field(e, ecs.ProcessParentName), w)
		}
	}
}

func TestTheArgumentsOfAParentComeFromItsOwnRecord(t *testing.T) {
	start := func(second, pid, ppid uint64, image, line string) evtxtest.Event {
		e := security4688("WS1", noon.Add(time.Duration(second)*time.Second), pid, ppid, image, "")
		e.Data = append(e.Data, evtxtest.Str("CommandLine", line))
		return e
	}
	long := `C:\long.exe ` + strings.Repeat("x ", ledger.MaxCommandLine)
	dir := t.TempDir()
	write(t, dir, "Security.evtx", evtxtest.File(
		start(1, 100, 4, pwsh, `"`+pwsh+`" -NoP  -c "a b"`), start(2, 101, 100, `C:\child.exe`, "child"),
		start(3, 200, 4, `C:\long.exe`, long), start(4, 201, 200, `C:\child.exe`, "child"),
		start(5, 300, 4, `C:\silent.exe`, ""), start(6, 301, 300, `C:\child.exe`, "child")))
	want := map[string][2]string{
		"101": {`"` + pwsh + `", -NoP, , -c, "a b", ` + pwsh + ", a b", "5, 4"},
		"201": {"", ""}, // the history holds no more than a part of the line
		"301": {"", ""},
	}
	_, events := scan(t, ScanOptions{}, dir)
	seen := 0
	for _, e := range events {
		w, ok := want[field(e, ecs.ProcessPID)]
		if !ok {
			continue
		}
		seen++
		if got := [2]string{field(e, ecs.ProcessParentArgs), field(e, ecs.ProcessParentArgsCount)}; got != w {
			t.Errorf("pid %s: arguments and count of the parent %q, want %q", field(e, ecs.ProcessPID), got, w)
		}
		derived := strings.Contains(string(document.Append(nil, e.Event)),
			`"process.parent.args","process.parent.args_count"`)
		if derived != (w[0] != "") {
			t.Errorf("pid %s: listed as derived: %t", field(e, ecs.ProcessPID), derived)
		}
	}
	if seen != len(want) {
		t.Errorf("%d children seen, want %d", seen, len(want))
	}
	_, events = scan(t, ScanOptions{Strict: true}, dir)
	for _, e := range events {
		if got := field(e, ecs.ProcessParentArgs); got != "" {
			t.Errorf("strict mode gives %q, which Elastic's mapping does not have", got)
		}
	}
}

func TestShiftedValuesAreDamageAndMakeNoHistory(t *testing.T) {
	shifted := security4688("WS1", noon.Add(time.Minute), 101, 100, `C:\child.exe`, "")
	shifted.Data = append(shifted.Data, // CommandLine is missing
		evtxtest.Pair{Name: "CommandLine", Value: evtxtest.SID("S-1-5-21-1-2-3-1002")},
		evtxtest.Str("TargetUserSid", "bob"), evtxtest.Str("TargetUserName", "CORP"),
		evtxtest.Pair{Name: "TargetDomainName", Value: evtxtest.Hex64(0x77)},
		evtxtest.Str("TargetLogonId", `C:\wrong.exe`),
		evtxtest.Pair{Name: "ParentProcessName", Value: evtxtest.SID("S-1-16-16384")},
		evtxtest.Str("MandatoryLabel", ""))
	dir := t.TempDir()
	write(t, dir, "Security.evtx", evtxtest.File(security4688("WS1", noon, 100, 4, explorer, ""), shifted))
	c, events := scan(t, ScanOptions{}, dir)
	e := events[1]
	for f, want := range map[ecs.Field]string{
		ecs.ProcessCommandLine: "", ecs.ProcessParentExecutable: explorer, ecs.ProcessExecutable: `C:\child.exe`,
		ecs.UserName: "alice", ecs.UserEffectiveName: "",
		ecs.HuntShifted: "CommandLine, TargetUserSid, TargetUserName, TargetDomainName, TargetLogonId, " +
			"ParentProcessName, MandatoryLabel",
	} {
		if got := field(e, f); got != want {
			t.Errorf("%s = %q, want %q", c.schema.Name(f), got, want)
		}
	}
	if p := e.Process(); p == nil || p.CommandLine != "" || p.User != `CORP\alice` {
		t.Errorf("the process is %+v", p)
	}
	if len(c.Damage) != 1 || c.Damage[0].Kind != evtx.DamageShifted || c.Records.Damaged != 0 ||
		!strings.Contains(c.Damage[0].Detail, "ParentProcessName") {
		t.Errorf("damage %+v, %d records damaged", c.Damage, c.Records.Damaged)
	}
	if doc := string(document.Append(nil, e.Event)); !strings.Contains(doc, `"ParentProcessName":"S-1-16-16384"`) {
		t.Errorf("the document lacks what the record says: %s", doc)
	}
}
