package main

import (
	"fmt"
	"time"

	"hunt/evtx/evtxtest"
)

const (
	chDefender = "Microsoft-Windows-Windows Defender/Operational"
	chSessions = "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"
	chWMI      = "Microsoft-Windows-WMI-Activity/Operational"
	chVHDMP    = "Microsoft-Windows-VHDMP-Operational"
	chAppX     = "Microsoft-Windows-AppXDeploymentServer/Operational"
)

// What Windows logs of intruders unless somebody changes it: no Sysmon, no process starts.
var defaultLogShapes = []shape{
	{name: "password guessed", server: true, does: func(s *scene) {
		ip := fmt.Sprintf("10.77.%d.%d", s.n, 2+s.rng.IntN(200))
		var tried []*event
		for i := range 15 {
			tried = append(tried, s.failed(s.later(time.Duration(i*4)*time.Second), "p.admin", "kali", ip))
		}
		a := s.person("p.admin", 1771, s.later(70*time.Second))
		in := s.logon(logon{account: a, at: s.later(70 * time.Second), kind: 3, workstation: "kali", ip: ip})
		s.c.tells("password-guessed", append(tried, in)...)
		s.c.may("logon-guessing")
	}, twin: func(s *scene) {
		ip := fmt.Sprintf("10.20.7.%d", 2+s.rng.IntN(200))
		for i := range 3 {
			s.failed(s.later(time.Duration(i*9)*time.Second), "o.berg", "WS-00001", ip)
		}
		s.logon(logon{account: s.person("o.berg", 1772, s.later(time.Minute)), at: s.later(time.Minute), kind: 3,
			workstation: "WS-00001", ip: ip})
	}},
	{name: "remote desktop from the internet", server: true, does: func(s *scene) {
		ip := fmt.Sprintf("203.0.113.%d", 1+s.rng.IntN(200))
		e := s.session(21, s.at, "p.admin", ip)
		s.c.tells("rdp-from-internet", e)
	}, twin: func(s *scene) { s.session(21, s.at, "r.silva.adm", "10.20.0.40"); s.c.may("rdp-new-pair") }},
	{name: "service runs a command", server: true, does: func(s *scene) {
		e := s.host.service(s.at, s.named("BT%d"),
			pick(s.rng, []string{`%COMSPEC% /C echo ` + s.named("x%d") + ` > \\.\pipe\a`,
				`powershell.exe -nop -w hidden -e ` + encoded("iex 1"), `cmd.exe /Q /c dir > \\127.0.0.1\C$\o`}))
		s.c.tells("service-command", e)
	}, twin: func(s *scene) {
		s.host.service(s.at, s.named("HouseAgent%d"), `"C:\Program Files\House\agentsvc.exe" -service`)
	}},
	{name: "service out of place", server: true, does: func(s *scene) {
		name := s.named("Upd%d")
		place := pick(s.rng, []struct{ path, rule string }{
			{`C:\Users\Public\` + s.named("u%d.exe"), "service-odd"},
			{`C:\ProgramData\` + s.named("w%d") + `\w.exe`, "service-in-programdata"},
			{`C:\Windows\Temp\` + s.named("t%d.exe"), "service-odd"},
		})
		s.c.tells(place.rule, s.host.service(s.at, name, place.path))
	}, twin: func(s *scene) {
		s.host.service(s.at, s.named("SpoolHelp%d"), `C:\Windows\System32\spoolhelp.exe`)
		s.host.service(s.later(time.Minute), "MpKsl"+s.named("%d"),
			`C:\ProgramData\Microsoft\Windows Defender\Definition Updates\{A}\MpKslDrv.sys`)
	}},
	{name: "task in a user's directory", does: func(s *scene) {
		e := s.taskOf(s.user, s.at, `\`+s.named("Sync%d"), `C:\Users\Public\`+s.named("s%d.exe"), "")
		s.c.tells("task-odd", e)
	}, twin: func(s *scene) {
		s.taskOf(s.user, s.at, `\`+s.named("Report%d"), `C:\Program Files\House\report.exe`, "/daily")
	}},
	{name: "WMI consumer", does: func(s *scene) {
		name := s.named("Updater%d")
		e := s.consumer(s.at, name, pick(s.rng, []string{"CommandLineEventConsumer", "ActiveScriptEventConsumer"})+
			`="`+name+`"`)
		s.c.tells("wmi-consumer", e)
	}, twin: func(s *scene) {
		s.consumer(s.at, "SCM Event Log Filter", `NTEventLogEventConsumer="SCM Event Log Consumer"`)
	}},
	{name: "account made an administrator", server: true, does: func(s *scene) {
		made := fmt.Sprintf("S-1-5-21-1308237860-4193317556-336787646-%d", 3000+s.n)
		s.made(s.at, s.named("help%d"), made)
		s.c.tells("account-made-admin", s.joined(s.later(40*time.Second), made, "Administrators", "S-1-5-32-544"))
		s.c.may("admin-made")
	}, twin: func(s *scene) {
		made := fmt.Sprintf("S-1-5-21-1308237860-4193317556-336787646-%d", 3000+s.n)
		s.made(s.at, s.named("trainee%d"), made)
		s.joined(s.later(40*time.Second), made, "Users", "S-1-5-32-545")
	}},
	{name: "Defender blinded", does: func(s *scene) {
		e := s.other(s.at, chDefender, "Microsoft-Windows-Windows Defender", 5007,
			str("Product Name", "Microsoft Defender"),
			str("Product Version", "4.18"), str("Old Value", ""), str("New Value",
				`HKLM\SOFTWARE\Microsoft\Windows Defender\Exclusions\Paths\C:\ProgramData\`+s.named("x%d")+` = 0x0`))
		s.c.tells("defender-off", e)
	}, twin: func(s *scene) {
		s.other(s.at, chDefender, "Microsoft-Windows-Windows Defender", 5007, str("Product Name", "Microsoft Defender"),
			str("Product Version", "4.18"),
			str("Old Value", `HKLM\SOFTWARE\Microsoft\Windows Defender\SpyNet\Last = 1`),
			str("New Value", `HKLM\SOFTWARE\Microsoft\Windows Defender\SpyNet\Last = `+s.named("%d")))
	}},
	{name: "backup services stopped", server: true, does: func(s *scene) {
		var down []*event
		for i, name := range []string{"Veeam Backup Service", "SQL Server (MSSQLSERVER)", "Acronis Agent",
			"Sophos Endpoint Defense Service", "Windows Backup", "SQL Server VSS Writer"} {
			down = append(down, s.serviceState(s.later(time.Duration(i*6)*time.Second), name, "stopped"))
		}
		s.c.tells("services-down", down...)
	}, twin: func(s *scene) {
		s.serviceState(s.at, "SQL Server (MSSQLSERVER)", "stopped")
		s.serviceState(s.later(20*time.Second), "SQL Server (MSSQLSERVER)", "running")
	}},
	{name: "success audit removed", server: true, does: func(s *scene) {
		s.c.tells("logging-off", s.policy(s.at, s.person("p.admin", 1771, s.at), "%%8448"))
	}, twin: func(s *scene) { s.policy(s.at, s.system, "%%8449") }},
	{name: "directory replicated", server: true, does: func(s *scene) {
		s.c.tells("dcsync", s.replicated(s.at, s.person("p.admin", 1771, s.at)))
	}, twin: func(s *scene) {
		s.replicated(s.at, &account{domain: domainName, name: "DC02$", sid: domainSID(1102), logonID: 0x77aa01})
	}},
	{name: "tickets with weak encryption", server: true, does: func(s *scene) {
		var given []*event
		for i := range 6 {
			given = append(given, s.ticket(s.later(time.Duration(i)*time.Second), "o.berg",
				fmt.Sprintf("svc-%d", i), 0x17))
		}
		s.c.tells("roasting", given...)
	}, twin: func(s *scene) {
		for i := range 6 {
			s.ticket(s.later(time.Duration(i)*time.Second), "o.berg", fmt.Sprintf("svc-%d", i), 0x12)
		}
	}},
	{name: "program that loads a payload", does: func(s *scene) {
		ps := s.does(s.shell, "powershell.exe", `powershell.exe`, 0)
		s.c.tells("script-block", s.host.powershell(ps.process, s.later(5*time.Second),
			`$b=[Convert]::FromBase64String('TVqQAAMAAAAEAAAA'); `+
				`[Reflection.Assembly]::Load($b).EntryPoint.Invoke($null,$null) #`+s.named("%d"), ""))
		s.c.may(ruleScriptCradle)
	}, twin: func(s *scene) {
		ps := s.does(s.shell, "powershell.exe", `powershell.exe`, 0)
		s.host.powershell(ps.process, s.later(5*time.Second),
			`Add-Type -AssemblyName System.Web; [Convert]::FromBase64String((Get-Content C:\t\logo.b64)) #`+
				s.named("%d"), "")
	}},
}

// person is an account of the domain that logs on from elsewhere.
func (m *host) person(name string, rid int, at time.Time) *account {
	return &account{domain: domainName, name: name, sid: domainSID(rid), logonID: 0x900000 + m.rng.Uint64N(1<<22),
		logonAt: at, session: 2, integrity: "High", label: "S-1-16-12288"}
}

// parts plants a script block that the log holds in several events.
func (m *host) parts(p *process, at time.Time, texts ...string) (out []*event) {
	m.seq++
	id := fmt.Sprintf("%08x-52f0-4c1d-9d1e-%012x", m.machine, m.seq)
	for i, text := range texts {
		e := m.powershell(p, at.Add(time.Duration(i)*time.Millisecond), text, "")
		e.Data[0].Value, e.Data[1].Value = evtxtest.Int32(int32(i+1)), evtxtest.Int32(int32(len(texts))) // #nosec G115
		e.Data[3] = str("ScriptBlockId", id)
		out = append(out, e)
	}
	return out
}

// session plants an event of the session manager: 21 is a logon.
func (m *host) session(id uint16, at time.Time, name, ip string) *event {
	return inUserData(m.other(at, chSessions, "Microsoft-Windows-TerminalServices-LocalSessionManager", id,
		str("User", domainName+`\`+name), num("SessionID", 3), str("Address", ip)), "EventXML")
}

// taskOf plants Security 4698 for a task with a command.
func (m *host) taskOf(a *account, at time.Time, name, command, arguments string) *event {
	xml := `<?xml version="1.0" encoding="UTF-16"?>` + "\r\n" +
		`<Task version="1.2"><RegistrationInfo><Author>` + a.full() + `</Author></RegistrationInfo><Actions ` +
		`Context="Author"><Exec><Command>` + command + `</Command><Arguments>` + arguments +
		`</Arguments></Exec></Actions></Task>`
	return m.security(at, 4698, 1, 12804, append(subject("Subject", a), str("TaskName", name), str("TaskContent", xml),
		num("ClientProcessId", 1840), num("ParentProcessId", 744), num("RpcCallClientLocality", 0),
		str("FQDN", m.name))...)
}

// consumer plants WMI-Activity 5861: a permanent subscription was bound.
func (m *host) consumer(at time.Time, filter, consumer string) *event {
	return inUserData(m.other(at, chWMI, "Microsoft-Windows-WMI-Activity", 5861,
		str("Namespace", "//./root/subscription"), str("ESS", filter), str("CONSUMER", consumer),
		str("PossibleCause", "Binding EventFilter: instance of __EventFilter")), "Operation_ESStoConsumerBinding")
}

// made plants Security 4720: an account was made.
func (m *host) made(at time.Time, name, id string) *event {
	return m.security(at, 4720, 0, 13824, append([]evtxtest.Pair{str("TargetUserName", name),
		str("TargetDomainName", m.short), sid("TargetSid", id)},
		subject("Subject", m.person("p.admin", 1771, at))...)...)
}

// joined plants Security 4732: an account was added to a local group.
func (m *host) joined(at time.Time, member, group, id string) *event {
	return m.security(at, 4732, 0, 13826, append([]evtxtest.Pair{str("MemberName", "-"), sid("MemberSid", member),
		str("TargetUserName", group), str("TargetDomainName", "Builtin"), sid("TargetSid", id)},
		subject("Subject", m.person("p.admin", 1771, at))...)...)
}

// policy plants Security 4719: the audit of logons changed; %%8448 is success removed, %%8449 success added.
func (m *host) policy(at time.Time, a *account, change string) *event {
	return m.security(at, 4719, 0, 13568, append(subject("Subject", a), str("CategoryId", "%%8273"),
		str("SubcategoryId", "%%12544"), guid("SubcategoryGuid", "{0CCE9215-69AE-11D9-BED3-505054503030}"),
		str("AuditPolicyChanges", change))...)
}

// replicated plants Security 4662: somebody asked for the changes of the directory.
func (m *host) replicated(at time.Time, a *account) *event {
	return m.security(at, 4662, 0, 14080, append(subject("Subject", a), str("ObjectServer", "DS"),
		str("ObjectType", "%{19195a5b-6da0-11d0-afd3-00c04fd930c9}"), str("ObjectName", "%{d1}"),
		str("OperationType", "Object Access"), hex64("HandleId", 0), str("AccessList", "%%7688\r\n\t\t\t\t"),
		evtxtest.Pair{Name: "AccessMask", Value: evtxtest.Hex32(0x100)},
		str("Properties", "%%7688\r\n\t\t{1131f6ad-9c07-11d1-f79f-00c04fc2dcd2}"))...)
}

// ticket plants Security 4769: a ticket for a service was given.
func (m *host) ticket(at time.Time, name, service string, encryption uint32) *event {
	return m.security(at, 4769, 0, 14337, str("TargetUserName", name+"@CORP.EXAMPLE"),
		str("TargetDomainName", "CORP.EXAMPLE"), str("ServiceName", service), sid("ServiceSid", domainSID(1900)),
		evtxtest.Pair{Name: "TicketOptions", Value: evtxtest.Hex32(0x40810000)},
		evtxtest.Pair{Name: "TicketEncryptionType", Value: evtxtest.Hex32(encryption)},
		str("IpAddress", "::ffff:10.20.7.66"), str("IpPort", "50111"),
		evtxtest.Pair{Name: "Status", Value: evtxtest.Hex32(0)},
		guid("LogonGuid", "{00000000-0000-0000-0000-000000000000}"),
		str("TransmittedServices", "-"))
}
