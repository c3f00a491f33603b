package main

import (
	"fmt"
	"time"

	"hunt/evtx/evtxtest"
)

// The events that fleets have beside those of the samples.

const (
	chApplication = "Application"
	chTasks       = "Microsoft-Windows-TaskScheduler/Operational"
)

// deleted plants Sysmon 23 (archived) or 26 (detected): a file was deleted.
func (m *host) deleted(p *process, at time.Time, path string, archived bool) *event {
	data := []evtxtest.Pair{str("RuleName", "-"), str("UtcTime", m.utc(at)), guid("ProcessGuid", p.guid),
		num("ProcessId", p.pid), str("User", p.user.full()),
		str("Image", p.path), str("TargetFilename", path), str("Hashes", image{path: path}.hashes()),
		str("IsExecutable", "false")}
	if archived {
		return m.sysmon(at, 23, 5, append(data, str("Archived", "true"))...)
	}
	return m.sysmon(at, 26, 5, data...)
}

// filtered plants Security 5156: the filtering platform let a connection through.
func (m *host) filtered(p *process, at time.Time, ip string, port uint16) *event {
	return m.security(at, 5156, 1, 12810, evtxtest.Pair{Name: "ProcessID",
		Value: evtxtest.Uint64(uint64(p.pid))}, str("Application", `\device\harddiskvolume3`+p.path[2:]),
		str("Direction", "%%14593"), str("SourceAddress", m.ip),
		str("SourcePort", fmt.Sprint(49_200+m.rng.IntN(14_000))), str("DestAddress", ip),
		str("DestPort", fmt.Sprint(port)),
		num("Protocol", 6), evtxtest.Pair{Name: "FilterRTID",
			Value: evtxtest.Uint64(uint64(70_000 + m.rng.IntN(500)))}, str("LayerName", "%%14611"),
		evtxtest.Pair{Name: "LayerRTID", Value: evtxtest.Uint64(48)}, sid("RemoteUserID", "S-1-0-0"),
		sid("RemoteMachineID", "S-1-0-0"))
}

// task plants Security 4698: a scheduled task was created.
func (m *host) task(a *account, at time.Time, name string) *event {
	xml := `<?xml version="1.0" encoding="UTF-16"?>` + "\r\n" +
		`<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task"><RegistrationInfo><Author>` +
		a.full() +
		`</Author></RegistrationInfo><Triggers><CalendarTrigger><StartBoundary>2026-03-02T03:00:00</StartBoundary></CalendarTrigger></Triggers><Actions Context="Author"><Exec><Command>C:\Program Files\Backup\agent.exe</Command></Exec></Actions></Task>`
	return m.security(at, 4698, 1, 12804, append(subject("Subject", a), str("TaskName", name),
		str("TaskContent", xml),
		evtxtest.Pair{Name: "ClientProcessStartKey", Value: evtxtest.Uint64(5_629_499_534_213_121)},
		num("ClientProcessId", 1840), num("ParentProcessId", 744), num("RpcCallClientLocality", 0),
		str("FQDN", m.name))...)
}

// taskRun plants TaskScheduler 100 and 102: a task started and ended.
func (m *host) taskRun(at time.Time, name string) {
	instance := fmt.Sprintf("{%08X-4C1A-4D2B-9E3F-%012X}", m.machine, m.rng.Uint64N(1<<48))
	for i, id := range []uint16{100, 102} {
		m.add(evtxtest.Event{Provider: "Microsoft-Windows-TaskScheduler",
			GUID: "{DE7B24EA-73C8-4A09-985D-5BDADCFA9017}", Channel: chTasks, EventID: id, Level: 4, Task: id,
			Opcode: uint8(1 + i), Keywords: 0x8000000000000001,
			Time: at.Add(time.Duration(i) * m.ms(1000, 9000)), UserID: "S-1-5-18", ProcessID: 1840,
			ThreadID: 2204, ActivityID: instance,
			Data: []evtxtest.Pair{str("TaskName", name), str("UserContext", `NT AUTHORITY\SYSTEM`),
				guid("InstanceId", instance)}})
	}
}

// module plants PowerShell 4103: what a command was given.
func (m *host) module(p *process, at time.Time, command string) *event {
	m.seq++
	context := "        Severity = Informational\r\n        Host Name = ConsoleHost\r\n        Host Version = " +
		"5.1.26100.2161\r\n        Host ID = " + fmt.Sprintf("%08x-41aa-4a7e-9a58-%012x", m.machine, m.seq) +
		"\r\n        Host Application = " + p.command +
		"\r\n        Engine Version = 5.1.26100.2161\r\n        Runspace ID = 1\r\n        Pipeline ID = 7\r\n    " +
		"    Command Name = " + command +
		"\r\n        Command Type = Cmdlet\r\n        Script Name = \r\n        User = " + p.user.full() +
		"\r\n        Shell ID = Microsoft.PowerShell\r\n"
	return m.add(evtxtest.Event{
		Provider: "Microsoft-Windows-PowerShell", GUID: "{A0C1853B-5C40-4B15-8766-3CF1C58F985A}",
		Channel: chPowerShell,
		EventID: 4103, Version: 1, Level: 4, Task: 106, Opcode: 20, Time: at, UserID: p.user.sid,
		ProcessID: p.pid, ThreadID: p.pid + 144,
		ActivityID: fmt.Sprintf("{%08X-7A11-4E3B-B5D0-%012X}", m.machine, m.seq),
		Data: []evtxtest.Pair{str("ContextInfo", context), str("UserData", ""),
			str("Payload", "CommandInvocation("+command+"): \""+command+"\"\r\nParameterBinding("+command+
				"): name=\"Name\"; value=\"Spooler\"\r\n")},
	})
}

// serviceState plants Service Control Manager 7036.
func (m *host) serviceState(at time.Time, name, state string) *event {
	return m.add(evtxtest.Event{Provider: "Service Control Manager",
		GUID: "{555908d1-a6d7-4695-8e1e-26931d2012f4}", EventSourceName: "Service Control Manager",
		Channel: chSystem, EventID: 7036, Qualifiers: 16384, Level: 4, Keywords: 0x8080000000000000,
		Time: at, ProcessID: 744, ThreadID: 6112,
		Data: []evtxtest.Pair{str("param1", name), str("param2", state)}})
}

// kernel plants a Kernel-General event: 1 is a changed clock, 12 a start of the system, 13 its end.
func (m *host) kernel(at time.Time, id uint16, data ...evtxtest.Pair) *event {
	return m.add(evtxtest.Event{Provider: "Microsoft-Windows-Kernel-General",
		GUID: "{A68CA8B7-004F-D7B6-A698-07E2DE0F1F5D}", Channel: chSystem, EventID: id, Version: 1, Level: 4, Task: 5,
		Keywords: 0x8000000000000010, Time: at, UserID: "S-1-5-18", ProcessID: 4, ThreadID: 8, Data: data})
}

// application plants an event of a classic source in the Application log.
func (m *host) application(at time.Time, source string, id uint16, texts ...string) *event {
	e := evtxtest.Event{Provider: source, Channel: chApplication, EventID: id, Level: 4,
		Keywords: 0x80000000000000, Classic: true, Time: at}
	for _, t := range texts {
		e.Data = append(e.Data, str("", t))
	}
	return m.add(e)
}

// logging plants what the event log says when it stops: System 6006 and Security 1100.
func (m *host) logging(at time.Time) {
	m.add(evtxtest.Event{Provider: "Microsoft-Windows-Eventlog",
		GUID: "{fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148}", Channel: chSecurity, EventID: 1100, Level: 4, Task: 103,
		Keywords: 0x4020000000000000, Time: at, ProcessID: 1412, ThreadID: 7084,
		UserData: &evtxtest.UserData{Element: "ServiceShutdown",
			XMLNS: "http://manifests.microsoft.com/win/2004/08/windows/eventlog"}})
	m.add(evtxtest.Event{Provider: "EventLog", Channel: chSystem, EventID: 6006, Level: 4,
		Keywords: 0x80000000000000, Classic: true, Qualifiers: 32768, Time: at.Add(300 * time.Millisecond),
		Data: []evtxtest.Pair{{Element: "Binary", Value: evtxtest.Binary([]byte{1, 0, 0, 0})}}})
}

// sysmonState plants Sysmon 4.
func (m *host) sysmonState(at time.Time, state string) *event {
	return m.sysmon(at, 4, 3, str("UtcTime", m.utc(at)), str("State", state), str("Version", "15.15"),
		str("SchemaVersion", "4.90"))
}

// setClock plants what a correction of the clock leaves: Security 4616 and Kernel-General 1, by the new time.
func (m *host) setClock(at time.Time) {
	before, after := at.Add(m.skew), at
	w32 := &process{image: prog("svchost.exe"), pid: 1204, user: m.netsvc}
	filetime := func(name string, t time.Time) evtxtest.Pair {
		return evtxtest.Pair{Name: name, Value: evtxtest.Filetime(t)}
	}
	m.security(at, 4616, 1, 12288, append(subject("Subject", m.netsvc), filetime("PreviousTime", before),
		filetime("NewTime", after), hex64("ProcessId", uint64(w32.pid)), str("ProcessName", w32.path))...)
	m.kernel(at.Add(time.Millisecond), 1, filetime("NewTime", after), filetime("OldTime", before),
		num("Reason", 1), str("ProcessName", w32.path), num("ProcessID", w32.pid))
}

// auditChanged plants Security 4719: subcategory process creation, success added.
func (m *host) auditChanged(at time.Time) {
	m.security(at, 4719, 0, 13568, append(subject("Subject", m.system), str("CategoryId", "%%8276"),
		str("SubcategoryId", "%%13312"), guid("SubcategoryGuid",
			"{0CCE922B-69AE-11D9-BED3-505054503030}"), str("AuditPolicyChanges", "%%8449"))...)
}
