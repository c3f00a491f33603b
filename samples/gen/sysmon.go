package main

import (
	"fmt"
	"time"

	"hunt/evtx/evtxtest"
)

const sysmonGUID = "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}"

// sysmon plants a Sysmon event that happened at that time. It is written 2 to 18 ms
// later. Versions and fields: Sysmon 15, schema 4.90.
func (m *host) sysmon(at time.Time, id uint16, version uint8, data ...evtxtest.Pair) *event {
	return m.add(evtxtest.Event{
		Provider: "Microsoft-Windows-Sysmon", GUID: sysmonGUID, Channel: chSysmon,
		EventID: id, Version: version, Level: 4, Task: id, Keywords: 0x8000000000000000,
		Time: at.Add(m.ms(2, 18)), UserID: "S-1-5-18", ProcessID: m.sysmonPID, ThreadID: m.sysmonPID + 1404,
		Data: data,
	})
}

// utc is Sysmon's way to write the time on the machine's clock: milliseconds, without a zone.
func (m *host) utc(at time.Time) string { return m.clock(at).UTC().Format("2006-01-02 15:04:05.000") }

func str(name, text string) evtxtest.Pair { return evtxtest.Str(name, text) }

func num(name string, n uint32) evtxtest.Pair {
	return evtxtest.Pair{Name: name, Value: evtxtest.Uint32(n)}
}

func guid(name, g string) evtxtest.Pair {
	return evtxtest.Pair{Name: name, Value: evtxtest.GUID(g)}
}

func hex64(name string, n uint64) evtxtest.Pair {
	return evtxtest.Pair{Name: name, Value: evtxtest.Hex64(n)}
}

// about returns the pairs that most Sysmon events start with.
func (m *host) about(at time.Time, p *process) []evtxtest.Pair {
	return []evtxtest.Pair{str("RuleName", "-"), str("UtcTime", m.utc(at)), guid("ProcessGuid", p.guid),
		num("ProcessId", p.pid), str("Image", p.path)}
}

// sysmonProcess plants event 1.
func (m *host) sysmonProcess(p *process) *event {
	parent := p.parent
	data := append(m.about(p.start, p),
		str("FileVersion", p.version), str("Description", p.description), str("Product", p.product),
		str("Company", p.company), str("OriginalFileName", p.original),
		str("CommandLine", p.command), str("CurrentDirectory", p.directory()), str("User", p.user.full()),
		guid("LogonGuid", m.logonGUID(p.user)), hex64("LogonId", p.user.logonID),
		num("TerminalSessionId", p.user.session),
		str("IntegrityLevel", p.user.integrity), str("Hashes", p.hashes()),
		guid("ParentProcessGuid", parent.guid), num("ParentProcessId", parent.pid), str("ParentImage", parent.path),
		str("ParentCommandLine", parent.command), str("ParentUser", parent.user.full()))
	return m.sysmon(p.start, 1, 5, data...)
}

func (p *process) directory() string {
	if p.user.session == 0 {
		return sys32
	}
	return p.user.home()
}

func (m *host) logonGUID(a *account) string {
	unix := uint32(a.logonAt.Unix())
	return fmt.Sprintf("{%08X-%04X-%04X-%04X-%04X00000000}", m.machine, uint16(unix), uint16(unix>>16),
		uint16(a.logonID), uint16(a.logonID>>16))
}

// exit plants events 5 and 4689.
func (m *host) exit(p *process, at time.Time) {
	m.sysmon(at, 5, 3, append(m.about(at, p), str("User", p.user.full()))...)
	m.securityExit(p, at.Add(m.ms(1, 6)))
}

// connect plants event 3.
func (m *host) connect(p *process, at time.Time, ip, name string, port uint16) *event {
	portName := map[uint16]string{80: "http", 443: "https", 445: "microsoft-ds", 88: "kerberos"}[port]
	if portName == "" {
		portName = "-"
	}
	if name == "" {
		name = "-"
	}
	source := m.ip
	if ip == "127.0.0.1" {
		source = ip
	}
	u16 := func(name string, n uint16) evtxtest.Pair {
		return evtxtest.Pair{Name: name, Value: evtxtest.Uint16(n)}
	}
	yes := func(name string, b bool) evtxtest.Pair {
		return evtxtest.Pair{Name: name, Value: evtxtest.Bool(b)}
	}
	return m.sysmon(at, 3, 5, append(m.about(at, p), str("User", p.user.full()), str("Protocol", "tcp"),
		yes("Initiated", true), yes("SourceIsIpv6", false), str("SourceIp", source), str("SourceHostname", m.name),
		u16("SourcePort", uint16(49_200+m.rng.IntN(14_000))), str("SourcePortName", "-"),
		yes("DestinationIsIpv6", false), str("DestinationIp", ip), str("DestinationHostname", name),
		u16("DestinationPort", port), str("DestinationPortName", portName))...)
}

// resolve plants event 22.
func (m *host) resolve(p *process, at time.Time, name, ip string) *event {
	return m.sysmon(at, 22, 5, str("RuleName", "-"), str("UtcTime", m.utc(at)),
		guid("ProcessGuid", p.guid), num("ProcessId", p.pid),
		str("QueryName", name), str("QueryStatus", "0"), str("QueryResults", "::ffff:"+ip+";"),
		str("Image", p.path), str("User", p.user.full()))
}

// create plants event 11.
func (m *host) create(p *process, at time.Time, path string) *event {
	return m.sysmon(at, 11, 2, append(m.about(at, p), str("TargetFilename", path),
		str("CreationUtcTime", m.utc(at)), str("User", p.user.full()))...)
}

// stream plants event 15: a stream of a file was written; contents is what a text stream holds.
func (m *host) stream(p *process, at time.Time, path, contents string) *event {
	return m.sysmon(at, 15, 2, append(m.about(at, p), str("TargetFilename", path), str("CreationUtcTime", m.utc(at)),
		str("Hash", hashes(path+contents)), str("Contents", contents), str("User", p.user.full()))...)
}

// load plants event 7.
func (m *host) load(p *process, at time.Time, dll, description string) *event {
	im := program(sys32+dll, winVer, description, winName, msft, dll, "Microsoft Windows")
	return m.sysmon(at, 7, 3, append(m.about(at, p), str("ImageLoaded", im.path), str("FileVersion", im.version),
		str("Description", im.description), str("Product", im.product), str("Company", im.company),
		str("OriginalFileName", im.original),
		str("Hashes", im.hashes()), str("Signed", "true"), str("Signature", im.signer),
		str("SignatureStatus", "Valid"), str("User", p.user.full()))...)
}

// access plants event 10.
func (m *host) access(p, target *process, at time.Time, mask uint32) *event {
	return m.sysmon(at, 10, 3, str("RuleName", "-"), str("UtcTime", m.utc(at)),
		guid("SourceProcessGUID", p.guid), num("SourceProcessId", p.pid),
		num("SourceThreadId", p.pid+8), str("SourceImage", p.path),
		guid("TargetProcessGUID", target.guid), num("TargetProcessId", target.pid),
		str("TargetImage", target.path), evtxtest.Pair{Name: "GrantedAccess", Value: evtxtest.Hex32(mask)},
		str("CallTrace",
			`C:\Windows\SYSTEM32\ntdll.dll+9f8e4|C:\Windows\System32\KERNELBASE.dll+28ba3|UNKNOWN(00007FFB2C1A3D11)`),
		str("SourceUser", p.user.full()), str("TargetUser", target.user.full()))
}

// setValue plants event 13, createKey event 12.
func (m *host) setValue(p *process, at time.Time, object, details string) *event {
	return m.registry(p, at, 13, "SetValue", object, str("Details", details))
}

func (m *host) createKey(p *process, at time.Time, object string) *event {
	return m.registry(p, at, 12, "CreateKey", object)
}

func (m *host) registry(p *process, at time.Time, id uint16, kind, object string, more ...evtxtest.Pair) *event {
	data := []evtxtest.Pair{str("RuleName", "-"), str("EventType", kind), str("UtcTime", m.utc(at)),
		guid("ProcessGuid", p.guid),
		num("ProcessId", p.pid), str("Image", p.path), str("TargetObject", object)}
	return m.sysmon(at, id, 2, append(append(data, more...), str("User", p.user.full()))...)
}

// sysmonStart plants events 16 and 4, which Sysmon writes when its service starts.
func (m *host) sysmonStart(at time.Time) {
	m.sysmon(at, 16, 3, str("UtcTime", m.utc(at)), str("Configuration",
		`C:\ProgramData\Sysmon\sysmonconfig.xml`), str("ConfigurationFileHash", hashes("sysmonconfig")[:45]))
	m.sysmon(at.Add(m.ms(40, 90)), 4, 3, str("UtcTime", m.utc(at)), str("State", "Started"),
		str("Version", "15.15"), str("SchemaVersion", "4.90"))
}
