package timeline

import (
	"strings"
	"testing"
	"time"

	"hunt/evtx/evtxtest"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

// under sets whose session a 4688 was started from and, if target is not "", runs in.
func under(e evtxtest.Event, user, id, target, targetID string) evtxtest.Event {
	for i := range e.Data {
		if e.Data[i].Name == "SubjectUserName" {
			e.Data[i] = evtxtest.Str("SubjectUserName", user)
		}
	}
	e.Data = append(e.Data, evtxtest.Str("SubjectLogonId", id), evtxtest.Str("TargetUserName", target),
		evtxtest.Str("TargetDomainName", "CORP"),
		evtxtest.Str("TargetLogonId", targetID))
	return e
}

// simple is an event of a provider with the given data, "name=value".
func simple(provider, channel string, id uint16, at time.Time, data ...string) evtxtest.Event {
	e := evtxtest.Event{Provider: provider, Channel: channel, Computer: "WS1", EventID: id, Level: 4, Time: at}
	for _, d := range data {
		k, v, _ := strings.Cut(d, "=")
		e.Data = append(e.Data, evtxtest.Str(k, v))
	}
	return e
}

func audit(id uint16, at time.Time, data ...string) evtxtest.Event {
	return simple("Microsoft-Windows-Security-Auditing", "Security", id, at, data...)
}

func cleared(at time.Time) evtxtest.Event {
	e := simple("Microsoft-Windows-Eventlog", "Security", 1102, at)
	e.UserData = &evtxtest.UserData{Element: "LogFileCleared",
		XMLNS:  "http://manifests.microsoft.com/win/2004/08/windows/eventlog",
		Fields: []evtxtest.Pair{evtxtest.Str("SubjectUserName", "mallory")}}
	return e
}

// TestAParentIsInferredFromItsPidOnlyWhereTheLogsWouldHaveToldOtherwise goes through what can lie between the start
// of a process with the parent's id and that of the child.
func TestAParentIsInferredFromItsPidOnlyWhereTheLogsWouldHaveToldOtherwise(t *testing.T) {
	const cmd = `C:\Windows\System32\cmd.exe`
	parent := security4688("WS1", noon, 532, 50, cmd, "")
	child := func(after time.Duration) evtxtest.Event {
		return security4688("WS1", noon.Add(after), 4242, 532, pwsh, "")
	}
	named := func(after time.Duration) evtxtest.Event {
		return security4688("WS1", noon.Add(after), 4242, 532, pwsh, cmd)
	}
	number := func(id uint64, e evtxtest.Event) evtxtest.Event {
		e.RecordID = id
		return e
	}
	ended := audit(4689, noon.Add(time.Hour), "ProcessId=0x9999", `ProcessName=C:\other.exe`)
	for name, c := range map[string]struct {
		security, system []evtxtest.Event
		want             string // the parent's name
		link             host.ParentLink
		basis            string // a part of it
	}{
		"three seconds, nothing between": {
			[]evtxtest.Event{parent, child(3 * time.Second)}, nil, "cmd.exe", host.ParentByPID,
			"pid 532, started 3 s before, no start of the system logged in between, same account, another " +
				"session; ends of processes are not logged"},
		"the same boot and session": {
			[]evtxtest.Event{audit(4608, noon.Add(-time.Hour)), under(parent, "alice", "0x5a3f1", "", "0x0"),
				under(child(3*time.Second), "alice", "0x5a3f1", "", "0x0"), ended}, nil,
			"cmd.exe", host.ParentByPID, "pid 532, started 3 s before, same boot, same session"},
		"fourteen days, and ends are not logged": {
			[]evtxtest.Event{parent, child(14 * 24 * time.Hour)}, nil, "", host.ParentUnknown,
			"parent not in the logs (pid 532): the last process with that id started more than 1 d before"},
		"two days, and ends are logged": {
			[]evtxtest.Event{parent, ended, child(48 * time.Hour)}, nil, "cmd.exe", host.ParentByPID,
			"started 2 d before"},
		"the system started, the kernel says": {
			[]evtxtest.Event{parent, child(time.Hour)},
			[]evtxtest.Event{simple("Microsoft-Windows-Kernel-General", "System", 12, noon.Add(time.Minute))}, "",
			host.ParentUnknown, "the system was started again after"},
		"the system started, the audit says": {
			[]evtxtest.Event{parent, audit(4608, noon.Add(10*time.Minute)), child(time.Hour)}, nil, "",
			host.ParentUnknown, "the system was started again after"},
		"the system started, the log service says": {
			[]evtxtest.Event{parent, child(time.Hour)},
			[]evtxtest.Event{simple("EventLog", "System", 6005, noon.Add(10*time.Minute))}, "", host.ParentUnknown,
			"the system was started again after"},
		"the system started, after an unexpected shutdown": {
			[]evtxtest.Event{parent, child(time.Hour)},
			[]evtxtest.Event{simple("EventLog", "System", 6008, noon.Add(10*time.Minute))}, "", host.ParentUnknown,
			"the system was started again after"},
		"the system started, its session manager says": {
			[]evtxtest.Event{parent,
				security4688("WS1", noon.Add(10*time.Minute), 300, 4, `C:\Windows\System32\smss.exe`, ""),
				child(time.Hour)}, nil, "", host.ParentUnknown, "the system was started again after"},
		"the system started, its own logon says": {
			[]evtxtest.Event{parent, audit(4624, noon.Add(10*time.Minute), "TargetLogonId=0x3e7", "LogonType=0"),
				child(time.Hour)}, nil, "", host.ParentUnknown, "the system was started again after"},
		"the system started, lower logon ids say": {
			[]evtxtest.Event{audit(4624, noon.Add(-time.Minute), "TargetUserName=bob", "TargetLogonId=0x99999",
				"LogonType=3"), parent,
				audit(4624, noon.Add(30*time.Minute), "TargetUserName=bob", "TargetLogonId=0x22222", "LogonType=3"),
				child(time.Hour)}, nil, "", host.ParentUnknown, "the system was started again after"},
		"the log was cleared": {
			[]evtxtest.Event{parent, cleared(noon.Add(time.Minute)), child(time.Hour)}, nil, "", host.ParentUnknown,
			"the log was cleared since"},
		"another log was cleared": {
			[]evtxtest.Event{parent, child(time.Hour)},
			[]evtxtest.Event{simple("Microsoft-Windows-Eventlog", "System", 104, noon.Add(time.Minute),
				"Channel=Setup")}, "cmd.exe", host.ParentByPID, ""},
		"records are missing": {
			[]evtxtest.Event{number(10, parent), number(12, child(3*time.Second))}, nil, "", host.ParentUnknown,
			"records are missing since"},
		"records are missing, but the record names the program": {
			[]evtxtest.Event{number(10, parent), number(12, named(3*time.Second))}, nil, "cmd.exe", host.ParentNamedPID,
			"pid 532 and the name in the record, started 3 s before, no start of the system logged in between, " +
				"same account, another session; ends of processes are not logged; 1 record is missing in between"},
		"records are missing for long, and the record names the program": {
			[]evtxtest.Event{number(10, parent), number(12, named(time.Hour))}, nil, "cmd.exe", host.ParentNamed,
			"named by the record of the child; its own start is not in the logs"},
		"another process has had the id": {
			[]evtxtest.Event{parent, security4688("WS1", noon.Add(time.Minute), 532, 50, explorer, ""),
				child(time.Hour)}, nil, "explorer.exe", host.ParentByPID, "started 59 min before"},
		"it had ended": {
			[]evtxtest.Event{parent, audit(4689, noon.Add(time.Minute), "ProcessId=0x214", "ProcessName="+cmd),
				child(time.Hour)}, nil, "", host.ParentUnknown, "had ended"},
		"the audit of processes was switched off": {
			[]evtxtest.Event{parent,
				audit(4719, noon.Add(time.Minute), "SubcategoryGuid={0CCE922B-69AE-11D9-BED3-505054503030}",
					"AuditPolicyChanges=%%8448"), child(time.Hour)}, nil,
			"", host.ParentUnknown, "switched off"},
		"the log service was stopped": {
			[]evtxtest.Event{parent, simple("Microsoft-Windows-Eventlog", "Security", 1100, noon.Add(time.Minute)),
				child(time.Hour)}, nil, "", host.ParentUnknown, "log service was stopped"},
		"the log was silent while another went on": {
			[]evtxtest.Event{parent, ended, child(20 * time.Hour)},
			[]evtxtest.Event{simple("x", "System", 7, noon.Add(8*time.Hour))}, "", host.ParentUnknown,
			"was silent for hours"},
		"another account, and nothing tells why": {
			[]evtxtest.Event{under(parent, "alice", "0x5a3f1", "", "0x0"),
				under(child(3*time.Second), "bob", "0x77777", "", "0x0")}, nil, "", host.ParentUnknown,
			"ran in another session"},
		"another account, whose credentials the parent's used": {
			[]evtxtest.Event{under(parent, "alice", "0x5a3f1", "", "0x0"),
				audit(4648, noon.Add(2*time.Second), "SubjectUserName=alice", "SubjectDomainName=CORP",
					"TargetUserName=bob", "TargetDomainName=CORP"),
				under(child(3*time.Second), "WS1$", "0x3e7", "bob", "0x77777")}, nil, "cmd.exe", host.ParentByPID,
			"the account of the parent used the credentials of the other one right before"},
		"another account, whose credentials the parent's used long before": {
			[]evtxtest.Event{under(parent, "alice", "0x5a3f1", "", "0x0"),
				audit(4648, noon.Add(2*time.Second), "SubjectUserName=alice", "SubjectDomainName=CORP",
					"TargetUserName=bob", "TargetDomainName=CORP"),
				under(child(30*time.Minute), "WS1$", "0x3e7", "bob", "0x77777")}, nil, "", host.ParentUnknown,
			"ran in another session"},
		"SYSTEM on behalf of the parent's account": {
			[]evtxtest.Event{under(parent, "alice", "0x5a3f1", "", "0x0"),
				under(child(3*time.Second), "WS1$", "0x3e7", "alice", "0x5a3d0")}, nil, "cmd.exe", host.ParentByPID,
			"on behalf of that account (UAC, runas or a task)"},
		"the other session of UAC's pair": {
			[]evtxtest.Event{
				audit(4624, noon.Add(-time.Minute), "TargetUserName=alice", "TargetLogonId=0x5a3d0",
					"TargetLinkedLogonId=0x5a3f1", "LogonType=2"),
				audit(4624, noon.Add(-time.Minute), "TargetUserName=alice", "TargetLogonId=0x5a3f1",
					"TargetLinkedLogonId=0x5a3d0", "LogonType=2"),
				under(parent, "alice", "0x5a3f1", "", "0x0"),
				under(child(3*time.Second), "a.lice", "0x5a3d0", "", "0x0")}, nil, "cmd.exe", host.ParentByPID,
			"the other session of UAC's pair"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "Security.evtx", evtxtest.File(c.security...))
			if c.system != nil {
				write(t, dir, "System.evtx", evtxtest.File(c.system...))
			}
			cs, events := scan(t, ScanOptions{}, dir)
			looked := 0
			for _, e := range events {
				if field(e, ecs.ProcessPID) != "4242" || !e.Class.ProcessStart {
					continue
				}
				if got := field(e, ecs.ProcessParentName); got != c.want {
					t.Errorf("parent %q, want %q", got, c.want)
				}
				looked++
				p := cs.Hosts.All[0].ProcessOf(e.Event, e.At)
				if p.Link != c.link || !strings.Contains(p.Basis(), c.basis) {
					t.Errorf("link %q, basis %q; want %q, %q", p.Link, p.Basis(), c.link, c.basis)
				}
				if derived := c.link == host.ParentByPID; strings.Contains(e.Message(),
					"started, probably by cmd.exe") != (derived && c.want == "cmd.exe") {
					t.Errorf("message %q", e.Message())
				}
			}
			if looked != 1 {
				t.Errorf("%d starts of the child", looked)
			}
		})
	}
}

// TestAnActorIsToldByItsPidWithinOneBoot has a file access by a pid alone, and one that names the program.
func TestAnActorIsToldByItsPidWithinOneBoot(t *testing.T) {
	access := func(at time.Time, program string) evtxtest.Event {
		return audit(4663, at, "ProcessId=0x214", "ProcessName="+program, `ObjectName=C:\secret.txt`, "ObjectType=File",
			"AccessMask=0x1")
	}
	const cmd = `C:\Windows\System32\cmd.exe`
	for name, c := range map[string]struct {
		between []evtxtest.Event
		access  evtxtest.Event
		want    bool
	}{
		"nothing between": {nil, access(noon.Add(time.Minute), ""), true},
		"a start of the system": {[]evtxtest.Event{audit(4608, noon.Add(10*time.Minute))},
			access(noon.Add(time.Hour), cmd), false},
		"a clearing": {[]evtxtest.Event{cleared(noon.Add(10 * time.Minute))},
			access(noon.Add(time.Hour), ""), false},
		"two days, without ends": {nil, access(noon.Add(48*time.Hour), ""), false},
		"two days, but by name":  {nil, access(noon.Add(48*time.Hour), cmd), true},
		"another program's name": {nil, access(noon.Add(time.Minute), explorer), false},
		"a record that is absent": {
			[]evtxtest.Event{{RecordID: 9, Provider: "x", Channel: "Security", Computer: "WS1", EventID: 1,
				Time: noon.Add(time.Second)}}, access(noon.Add(time.Minute), ""), false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "Security.evtx",
				evtxtest.File(append(append([]evtxtest.Event{security4688("WS1", noon, 532, 50, cmd, "")},
					c.between...), c.access)...))
			cs, events := scan(t, ScanOptions{}, dir)
			last := events[len(events)-1]
			if p := cs.Hosts.All[0].ProcessOf(last.Event, last.At); (p != nil) != c.want {
				t.Errorf("the actor is %+v, want one: %v", p, c.want)
			}
		})
	}
}

// TestALogonIdMeansOneSessionWithinOneBoot joins processes to sessions by logon id.
func TestALogonIdMeansOneSessionWithinOneBoot(t *testing.T) {
	logon := func(at time.Time, user, id, kind string) evtxtest.Event {
		return audit(4624, at, "TargetUserName="+user, "TargetDomainName=CORP",
			"TargetUserSid=S-1-5-21-1-2-3-"+map[string]string{"alice": "1001", "bob": "1002"}[user],
			"TargetLogonId="+id, "LogonType="+kind, "WorkstationName=WS1", "IpAddress=10.0.0.7")
	}
	start := func(at time.Time, id string) evtxtest.Event {
		return under(security4688("WS1", at, 4242, 532, pwsh, ""), "alice", id, "", "0x0")
	}
	for name, c := range map[string]struct {
		events []evtxtest.Event
		want   string // the session's user
	}{
		"in the same boot": {[]evtxtest.Event{logon(noon, "alice", "0x5a3f1", "2"),
			start(noon.Add(time.Minute), "0x5a3f1")}, `CORP\alice`},
		"across a boot": {[]evtxtest.Event{logon(noon, "alice", "0x5a3f1", "2"),
			audit(4608, noon.Add(10*time.Minute)), start(noon.Add(time.Hour), "0x5a3f1")}, ""},
		"the later of two boots": {[]evtxtest.Event{logon(noon, "alice", "0x5a3f1", "2"),
			audit(4608, noon.Add(10*time.Minute)), logon(noon.Add(20*time.Minute), "bob", "0x5a3f1", "2"),
			start(noon.Add(time.Hour), "0x5a3f1")}, `CORP\bob`},
		"across a clearing": {[]evtxtest.Event{logon(noon, "alice", "0x5a3f1", "2"),
			cleared(noon.Add(10 * time.Minute)), start(noon.Add(time.Hour), "0x5a3f1")}, ""},
		"SYSTEM's joins nothing": {[]evtxtest.Event{logon(noon, "alice", "0x3e7", "5"),
			start(noon.Add(time.Minute), "0x3e7")}, ""},
		"a service's joins nothing": {[]evtxtest.Event{logon(noon, "alice", "0x3e4", "5"),
			start(noon.Add(time.Minute), "0x3e4")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "Security.evtx", evtxtest.File(c.events...))
			cs, events := scan(t, ScanOptions{}, dir)
			last := events[len(events)-1]
			p := cs.Hosts.All[0].ProcessOf(last.Event, last.At)
			got := ""
			if s := cs.Hosts.All[0].SessionOf(p.LogonID, last.Event, last.At); s != nil {
				got = s.User
			}
			if got != c.want {
				t.Errorf("the session is %q's, want %q", got, c.want)
			}
		})
	}
}

func TestTheWorkstationOfALogonAtTheMachineIsNotWhereItCameFrom(t *testing.T) {
	dir := t.TempDir()
	var events []evtxtest.Event
	for i, kind := range []string{"2", "3", "7", "8", "10", "11"} {
		events = append(events, audit(4624, noon.Add(time.Duration(i)*time.Second), "TargetUserName=bob",
			"TargetLogonId=0x"+kind+"0000", "LogonType="+kind,
			"WorkstationName=NAME"+kind, "IpAddress=10.0.0.7"))
	}
	write(t, dir, "Security.evtx", evtxtest.File(events...))
	cs, _ := scan(t, ScanOptions{}, dir)
	var got []string
	for l := range cs.Hosts.All[0].Logons() {
		got = append(got, l.Workstation)
	}
	if s := strings.Join(got, ","); s != ",NAME3,,NAME8,," {
		t.Errorf("workstations %q: those of types 3 and 8 alone are the client's claim", s)
	}
}

// TestAParentThatWouldCloseALoopIsNotSaidToBeAbsent: of two processes that name each other, and of one that names
// itself, the records of the parents are in the log.
func TestAParentThatWouldCloseALoopIsNotSaidToBeAbsent(t *testing.T) {
	const a, b, c = "{3F2504E0-4F89-11D3-9A0C-0305E82C3301}", "{3F2504E0-4F89-11D3-9A0C-0305E82C3302}",
		"{3F2504E0-4F89-11D3-9A0C-0305E82C3303}"
	dir := t.TempDir()
	start := func(after time.Duration, guid, parent string, pid, ppid uint32) evtxtest.Event {
		return sysmonStart("WS1", noon.Add(after), guid, parent, pid, ppid, pwsh, pwsh)
	}
	write(t, dir, "Sysmon.evtx", evtxtest.File(start(0, a, b, 100, 200), start(time.Second, b, a, 200, 100),
		start(2*time.Second, c, c, 300, 300)))
	cs, events := scan(t, ScanOptions{}, dir)
	said := map[int64]string{}
	for _, e := range events {
		if p := cs.Hosts.All[0].ProcessOf(e.Event, e.At); p.Parent == nil {
			said[p.PID] = p.Basis()
		}
	}
	const want = "its record names itself, or a process that descends from it, as its parent, so no parent is shown"
	if len(said) != 2 || said[300] != want || said[200] != want {
		t.Errorf("%v", said)
	}
}
