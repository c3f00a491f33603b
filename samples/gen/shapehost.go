package main

import (
	"fmt"
	"time"

	"hunt/evtx/evtxtest"
)

// Accounts, settings and devices of one machine.
var hostShapes = []shape{
	{name: "SSH guessed", server: true, does: func(s *scene) { s.c.tells("ssh-guessing", s.ssh(6)...) },
		twin: func(s *scene) { s.ssh(3) }},
	{name: "SQL Server in single-user mode", does: func(s *scene) {
		run := s.does(s.shell, "net.exe", `net start "MSSQL$`+s.named("APP%d")+`" /mSQLCMD`, 0)
		s.c.tells("sql-single-user", run.twins()...)
	}, twin: func(s *scene) { s.does(s.shell, "net.exe", `net start "MSSQL$`+s.named("APP%d")+`"`, 0) }},
	{name: "registry permissions taken over WMI", server: true, does: func(s *scene) {
		s.c.tells("registry-permissions-remote", s.owns(s.person("p.admin", 1771, s.at)))
	}, twin: func(s *scene) { s.owns(s.system) }},
	{name: "passwords searched", does: func(s *scene) {
		run := s.does(s.shell, "findstr.exe", `findstr /si password *.xml *.ini *.txt`, 0)
		s.c.tells("credentials-searched", run.twins()...)
	}, twin: func(s *scene) { s.does(s.shell, "findstr.exe", `findstr /si customer *.xml *.txt`, 0) }},
	{name: "logon by a script", server: true, does: func(s *scene) {
		s.c.tells("logon-by-script", s.acts(sys32+`WindowsPowerShell\v1.0\powershell.exe`))
	}, twin: func(s *scene) { s.acts(sys32 + `svchost.exe`) }},
	{name: "remote support started", does: func(s *scene) {
		run := s.run(s.shell, house(s.user.home()+`Downloads\`+s.named("TeamViewerQS_%d.exe")), `TeamViewerQS.exe`,
			s.user, s.at)
		s.c.tells("remote-support-started", run.twins()...)
	}, twin: func(s *scene) {
		s.run(s.shell, house(`C:\Program Files\TeamViewer\TeamViewer.exe`), `TeamViewer.exe`, s.user, s.at)
	}},
	{name: "driver of a tool", does: func(s *scene) {
		s.c.tells("driver-known-name", s.driver(fmt.Sprintf(`C:\Windows\Temp\cpuz1%d_x64.sys`, 10+s.n%90)))
	}, twin: func(s *scene) { s.driver(sys32 + `drivers\` + s.named("house%d.sys")) }},
	{name: "service in a maker's directory", server: true, does: func(s *scene) {
		path := `C:\ProgramData\Dell\` + s.named("u%d.exe")
		s.c.tells("service-known-place", s.host.service(s.at, s.named("Dell%d"), path))
	}, twin: func(s *scene) {
		s.host.service(s.at, s.named("DellAgent%d"), `"C:\Program Files\Dell\`+s.named("a%d.exe")+`"`)
	}},
	{name: "path that climbs out", server: true, does: func(s *scene) {
		path := `C:\Program Files\..\Stage\` + s.named("s%d.exe")
		s.c.tells("service-odd", s.host.service(s.at, s.named("Sync%d"), path))
	}, twin: func(s *scene) {
		s.host.service(s.at, s.named("Wrap%d"), `"C:\Program Files\House\bin\..\lib\`+s.named("w%d.exe")+`"`)
	}},
}

// with gives an event another value.
func with(e *event, name string, value evtxtest.Value) *event {
	for i := range e.Data {
		if e.Data[i].Name == name {
			e.Data[i].Value = value
		}
	}
	return e
}

// ssh plants failed logons of the SSH server.
func (s *scene) ssh(n int) (out []*event) {
	for i := range n {
		e := s.failed(s.later(time.Duration(i*7)*time.Second), fmt.Sprintf("user%d", i), s.short, "-")
		with(e, "LogonType", evtxtest.Uint32(8))
		out = append(out, with(e, "ProcessName", evtxtest.String(`C:\Windows\System32\OpenSSH\sshd.exe`)))
	}
	return out
}

// owns plants Security 4674: WMI used the right to take ownership on a key for an account.
func (s *scene) owns(a *account) *event {
	return s.security(s.at, 4674, 0, 13056, append(subject("Subject", a), str("ObjectServer", "Security"),
		str("ObjectType", "Key"), str("ObjectName", `\REGISTRY\MACHINE\SYSTEM\ControlSet001\Services\`+s.named("W%d")),
		hex64("HandleId", 0x5a4), str("AccessMask", "%%1537"), str("PrivilegeList", "SeTakeOwnershipPrivilege"),
		hex64("ProcessId", 0x6cc), str("ProcessName", sys32+`wbem\WmiPrvSE.exe`))...)
}

// acts plants Security 4624 of a program that logs on as somebody else.
func (s *scene) acts(program string) *event {
	target := s.person("o.berg", 1772, s.at)
	return s.security(s.at, 4624, 2, 12544, append(append(subject("Subject", s.person("p.admin", 1771, s.at)),
		sid("TargetUserSid", target.sid), str("TargetUserName", target.name), str("TargetDomainName", domainName),
		hex64("TargetLogonId", target.logonID), num("LogonType", 2), str("LogonProcessName", "Advapi  ")),
		str("AuthenticationPackageName", "Negotiate"), str("WorkstationName", s.short), hex64("ProcessId", 0x9d0),
		str("ProcessName", program), str("IpAddress", "-"), str("IpPort", "-"))...)
}

// driver plants System 7045 of a driver.
func (s *scene) driver(path string) *event {
	return with(s.host.service(s.at, s.named("drv%d"), `\??\`+path), "ServiceType",
		evtxtest.String("kernel mode driver"))
}
