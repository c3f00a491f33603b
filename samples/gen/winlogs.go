package main

import (
	"cmp"
	"fmt"
	"time"

	"hunt/evtx/evtxtest"
)

const (
	auditSuccess = 0x8020000000000000
	privileges   = "SeSecurityPrivilege\r\n\t\t\tSeTakeOwnershipPrivilege\r\n\t\t\tSeLoadDriverPrivilege\r\n" +
		"\t\t\tSeBackupPrivilege\r\n\t\t\tSeRestorePrivilege\r\n\t\t\tSeDebugPrivilege\r\n" +
		"\t\t\tSeSystemEnvironmentPrivilege\r\n\t\t\tSeImpersonatePrivilege"
)

// security plants an event of the Security log.
func (m *host) security(at time.Time, id uint16, version uint8, task uint16, data ...evtxtest.Pair) *event {
	return m.add(evtxtest.Event{
		Provider: "Microsoft-Windows-Security-Auditing", GUID: "{54849625-5478-4994-A5BA-3E3B0328C30D}",
		Channel: chSecurity,
		EventID: id, Version: version, Task: task, Keywords: auditSuccess, Time: at, ProcessID: 4,
		ThreadID: 4 * (60 + m.rng.Uint32N(400)),
		Data:     data,
	})
}

func sid(name, s string) evtxtest.Pair { return evtxtest.Pair{Name: name, Value: evtxtest.SID(s)} }

func subject(prefix string, a *account) []evtxtest.Pair {
	return []evtxtest.Pair{sid(prefix+"UserSid", a.sid), str(prefix+"UserName", a.name),
		str(prefix+"DomainName", a.domain), hex64(prefix+"LogonId", a.logonID)}
}

// securityProcess plants event 4688 with the command line and the parent's name.
func (m *host) securityProcess(p *process, at time.Time) *event {
	elevation := "%%1936"
	if p.user.integrity == "Medium" {
		elevation = "%%1938"
	}
	command := p.command
	if m.audit.noCommandLine != nil && m.audit.noCommandLine(at) {
		command = ""
	}
	nobody := &account{domain: "-", name: "-", sid: "S-1-0-0"}
	data := append(subject("Subject", p.user), hex64("NewProcessId", uint64(p.pid)), str("NewProcessName", p.path),
		str("TokenElevationType", elevation), hex64("ProcessId", uint64(p.parent.pid)), str("CommandLine", command))
	if m.audit.noParent {
		return m.security(at, 4688, 1, 13312, data...)
	}
	data = append(append(data, subject("Target", nobody)...), str("ParentProcessName", p.parent.path),
		sid("MandatoryLabel", p.user.label))
	return m.security(at, 4688, 2, 13312, data...)
}

func (m *host) securityExit(p *process, at time.Time) {
	if m.audit.noProcesses {
		return
	}
	m.security(at, 4689, 0, 13313, append(subject("Subject", p.user),
		evtxtest.Pair{Name: "Status", Value: evtxtest.Hex32(0)},
		hex64("ProcessId", uint64(p.pid)), str("ProcessName", p.path))...)
}

// logon is a logon of an account, by a process unless it comes from another host. Without a workstation
// or an address the event says "-".
type logon struct {
	account         *account
	at              time.Time
	kind            uint32
	by              *process
	workstation, ip string
	privileged      bool
}

// logon plants events 4624 and, where the account is privileged, 4672.
func (m *host) logon(l logon) *event {
	a, at, kind, by := l.account, l.at, l.kind, l.by
	workstation, ip := cmp.Or(l.workstation, "-"), cmp.Or(l.ip, "-")
	process, auth := "Advapi", "Negotiate"
	pkg := evtxtest.Pair{Name: "KeyLength", Value: evtxtest.Uint32(0)}
	who := m.system
	pid, name := uint64(0), "-"
	if by != nil {
		pid, name = uint64(by.pid), by.path
	}
	if kind == 3 {
		process, auth, who = "NtLmSsp ", "NTLM", &account{domain: "-", name: "-", sid: "S-1-0-0"}
		pkg.Value = evtxtest.Uint32(128)
	}
	if kind == 2 {
		process = "User32 "
	}
	port := "-"
	if ip != "-" {
		port = fmt.Sprint(49_200 + m.rng.IntN(14_000))
	}
	data := append(subject("Subject", who), subject("Target", a)...)
	e := m.security(at, 4624, 2, 12544, append(data, num("LogonType", kind),
		str("LogonProcessName", process), str("AuthenticationPackageName", auth),
		str("WorkstationName", workstation), guid("LogonGuid", "{00000000-0000-0000-0000-000000000000}"),
		str("TransmittedServices", "-"), str("LmPackageName", "-"),
		pkg, hex64("ProcessId", pid), str("ProcessName", name), str("IpAddress", ip), str("IpPort", port),
		str("ImpersonationLevel", "%%1833"),
		str("RestrictedAdminMode", "-"), str("TargetOutboundUserName", "-"),
		str("TargetOutboundDomainName", "-"), str("VirtualAccount", "%%1843"),
		hex64("TargetLinkedLogonId", 0), str("ElevatedToken", "%%1843"))...)
	if l.privileged {
		m.security(at.Add(m.ms(0, 1)), 4672, 0, 12548, append(subject("Subject", a),
			str("PrivilegeList", privileges))...)
	}
	return e
}

func (m *host) logoff(a *account, at time.Time, kind uint32) {
	m.security(at, 4634, 0, 12545, append(subject("Target", a), num("LogonType", kind))...)
}

// powershell plants event 4104: a script block.
func (m *host) powershell(p *process, at time.Time, block, path string) *event {
	m.seq++
	return m.add(evtxtest.Event{
		Provider: "Microsoft-Windows-PowerShell", GUID: "{A0C1853B-5C40-4B15-8766-3CF1C58F985A}",
		Channel: chPowerShell,
		EventID: 4104, Version: 1, Level: 3, Task: 2, Opcode: 15, Time: at, UserID: p.user.sid,
		ProcessID: p.pid, ThreadID: p.pid + 144,
		ActivityID: fmt.Sprintf("{%08X-7A11-4E3B-B5D0-%012X}", m.machine, m.seq),
		Data: []evtxtest.Pair{{Name: "MessageNumber", Value: evtxtest.Int32(1)},
			{Name: "MessageTotal", Value: evtxtest.Int32(1)},
			str("ScriptBlockText", block), str("ScriptBlockId",
				fmt.Sprintf("%08x-52f0-4c1d-9d1e-%012x", m.machine, m.seq)), str("Path", path)},
	})
}

// bootEvents plants what the System log holds after a start: 6005, 6013 and a service's 7045.
func (m *host) bootEvents(at time.Time) {
	classic := func(at time.Time, id uint16, texts ...string) {
		e := evtxtest.Event{Provider: "EventLog", Channel: chSystem, EventID: id, Level: 4,
			Keywords: 0x80000000000000,
			Classic:  true, Qualifiers: 32768, Time: at}
		for _, t := range texts {
			e.Data = append(e.Data, str("", t))
		}
		t := at.UTC()
		e.Data = append(e.Data, evtxtest.Pair{Element: "Binary",
			Value: evtxtest.Binary([]byte{byte(t.Year()), byte(t.Year() >> 8), byte(t.Month()), 0,
				byte(t.Weekday()), 0, byte(t.Day()), 0})})
		m.add(e)
	}
	classic(at, 6009, "10.00.", "26100", "", "Multiprocessor Free", "0")
	classic(at.Add(time.Millisecond), 6005)
	classic(at.Add(2*time.Millisecond), 6013, "", "", "", "", "14", "60", "-60 W. Europe Standard Time")
}

// service plants event 7045: a service was installed.
func (m *host) service(at time.Time, name, path string) *event {
	return m.add(evtxtest.Event{
		Provider: "Service Control Manager", GUID: "{555908d1-a6d7-4695-8e1e-26931d2012f4}",
		EventSourceName: "Service Control Manager",
		Channel:         chSystem, EventID: 7045, Qualifiers: 16384, Level: 4, Keywords: 0x8080000000000000,
		Time: at, UserID: "S-1-5-18",
		ProcessID: 744, ThreadID: 6112,
		Data: []evtxtest.Pair{str("ServiceName", name), str("ImagePath", path),
			str("ServiceType", "user mode service"), str("StartType", "demand start"),
			str("AccountName", "LocalSystem")},
	})
}

// cleared plants event 1102 (Security) or 104 (any other channel, logged in System).
func (m *host) cleared(at time.Time, a *account, channel string) *event {
	e := evtxtest.Event{
		Provider: "Microsoft-Windows-Eventlog", GUID: "{fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148}",
		Channel: chSecurity, EventID: 1102,
		Level: 4, Task: 104, Keywords: 0x4020000000000000, Time: at, ProcessID: 1412, ThreadID: 7084,
		UserData: &evtxtest.UserData{Element: "LogFileCleared",
			XMLNS: "http://manifests.microsoft.com/win/2004/08/windows/eventlog",
			Fields: []evtxtest.Pair{sid("SubjectUserSid", a.sid), str("SubjectUserName", a.name),
				str("SubjectDomainName", a.domain), hex64("SubjectLogonId", a.logonID)}},
	}
	if channel != chSecurity {
		e.Channel, e.EventID, e.Keywords, e.UserID = chSystem, 104, 0x8000000000000000, a.sid
		e.UserData.Fields = []evtxtest.Pair{str("SubjectUserName", a.name),
			str("SubjectDomainName", a.domain), str("Channel", channel), str("BackupPath", "")}
	}
	return m.add(e)
}
