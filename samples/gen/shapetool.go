package main

import (
	"fmt"
	"time"

	"hunt/evtx/evtxtest"
)

// Tools that administrators and developers have, too, as Sysmon and Security log them.
var toolShapes = []shape{
	{name: "traffic captured", does: func(s *scene) {
		run := s.does(s.shell, "netsh.exe", `netsh trace start capture=yes tracefile=C:\ProgramData\`+
			s.named("t%d.etl"), 0)
		s.c.tells("traffic-capture", run.twins()...)
	}, twin: func(s *scene) {
		s.does(s.shell, "netsh.exe", `netsh trace start scenario=InternetClient tracefile=C:\t\`+s.named("n%d.etl"),
			time.Minute)
	}},
	{name: "subsystem for Linux switched on", does: func(s *scene) {
		arguments := " /online /enable-feature /featurename:Microsoft-Windows-Subsystem-Linux /all /norestart"
		name := pick(s.rng, []string{"dism.exe", "wsl.exe"})
		if name == "wsl.exe" {
			arguments = " --install -d kali-linux"
		}
		run := s.does(s.shell, name, name+arguments, 0)
		s.c.tells("linux-subsystem-enabled", run.twins()...)
	}, twin: func(s *scene) { s.does(s.shell, "wsl.exe", `wsl.exe --install -d Ubuntu`, time.Minute) }},
	{name: "hosts file changed", does: func(s *scene) {
		run := s.does(s.shell, "notepad.exe", `notepad.exe C:\Windows\System32\drivers\etc\hosts`, 0)
		s.c.tells("hosts-file-changed", s.create(run.process, s.later(40*time.Second), sys32+`drivers\etc\hosts`))
	}, twin: func(s *scene) { s.create(s.processes["svchost.exe"], s.at, sys32+`drivers\etc\hosts`) }},
	{name: "computer added to the domain", server: true, does: func(s *scene) {
		s.c.tells("computer-account-added", s.computer(s.at, s.named("DESK-%d$"), "-"))
	}, twin: func(s *scene) {
		name := s.named("WS-%d")
		s.computer(s.at, name+"$", name+".corp.example")
	}},
	{name: "program run through DCOM", does: func(s *scene) {
		s.c.tells("dcom-remote", s.types(0,
			`[activator]::CreateInstance([type]::GetTypeFromProgID("MMC20.Application","`+s.named("srv-%d")+
				`")).Document.ActiveView.ExecuteShellCommand("cmd.exe",$null,"/c dir","7")`))
	}, twin: func(s *scene) {
		s.types(0, `[activator]::CreateInstance([type]::GetTypeFromProgID("MMC20.Application")) #`+s.named("%d"))
	}},
	{name: "domain walked by a script", does: func(s *scene) {
		s.c.tells("domain-walked-by-script", s.types(0, `([System.DirectoryServices.ActiveDirectory.Domain]::`+
			`GetCurrentDomain()).GetAllTrustRelationships() #`+s.named("%d")))
	}, twin: func(s *scene) { s.types(0, `Get-ChildItem Env:\USERDOMAIN #`+s.named("%d")) }},
	{name: "SSH server installed", does: func(s *scene) {
		s.c.tells("ssh-server-installed", s.types(0, `Add-WindowsCapability -Online -Name OpenSSH.Server~~~~0.0.1.0 #`+
			s.named("%d")))
	}, twin: func(s *scene) {
		s.types(0, `Add-WindowsCapability -Online -Name OpenSSH.Client~~~~0.0.1.0 #`+s.named("%d"))
	}},
	{name: "process dumped by its number", does: func(s *scene) {
		run := s.does(s.shell, `C:\Program Files\Microsoft SQL Server\150\Shared\SqlDumper.exe`,
			fmt.Sprintf("SqlDumper.exe %d 0 0x01100", 600+s.rng.IntN(200)), 0)
		s.c.tells("dump-by-number", run.twins()...)
	}, twin: func(s *scene) {
		server := s.silent(s.processes["services.exe"],
			tool(`C:\Program Files\Microsoft SQL Server\MSSQL\Binn\sqlservr.exe`),
			`"sqlservr.exe" -sMSSQLSERVER`, s.netsvc, s.later(-time.Hour))
		s.run(server, tool(`C:\Program Files\Microsoft SQL Server\150\Shared\SqlDumper.exe`),
			fmt.Sprintf(`"SqlDumper.exe" %d 0 0x128 0 "C:\Program Files\Microsoft SQL Server\MSSQL\LOG\"`,
				4000+s.rng.IntN(900)), s.netsvc, s.at)
	}},
	{name: "shadow copy by a script", does: func(s *scene) {
		run := s.does(s.shell, "diskshadow.exe", `diskshadow.exe /s C:\ProgramData\`+s.named("s%d.txt"), 0)
		s.c.tells("shadow-copy-made", run.twins()...)
	}, twin: func(s *scene) { s.does(s.shell, "diskshadow.exe", `diskshadow.exe /s "D:\Backup\nightly.dsh"`, 0) }},
	{name: "command sent to another computer", does: func(s *scene) {
		run := s.does(s.shell, "winrs.exe", `winrs.exe -r:`+s.named("SRV-%d")+` cmd /c hostname`, 0)
		s.c.tells("remote-command-sent", run.twins()...)
	}, twin: func(s *scene) { s.does(s.shell, "winrs.exe", `winrs.exe -r:localhost hostname`, 0) }},
	{name: "interpreter brought along", does: func(s *scene) {
		dir := s.user.home() + `AppData\Roaming\` + s.named("lib%d") + `\`
		run := s.run(s.shell, program(dir+"node.exe", "22.1.0", "Node.js JavaScript Runtime", "Node.js", "Node.js",
			"node.exe", "Node.js"), `"`+dir+`node.exe" `+dir+`main.js`, s.user, s.at)
		s.c.tells("portable-runtime", run.twins()...)
	}, twin: func(s *scene) {
		s.run(s.shell, program(`C:\Program Files\nodejs\node.exe`, "22.1.0", "Node.js JavaScript Runtime", "Node.js",
			"Node.js", "node.exe", "Node.js"), `node.exe server.js`, s.user, s.at)
	}},
	{name: "program enters itself", does: func(s *scene) {
		exe := s.user.home() + `AppData\Roaming\` + s.named("Remote%d") + `\remote.exe`
		run := s.run(s.shell, house(exe), `"`+exe+`"`, s.user, s.at)
		s.c.tells("run-key-itself", s.setValue(run.process, s.later(time.Second), `HKU\`+s.user.sid+
			`\Software\Microsoft\Windows\CurrentVersion\Run\Remote`, exe+" --autostart"))
	}, twin: func(s *scene) {
		exe := `C:\Program Files\House\` + s.named("tray%d.exe")
		run := s.run(s.shell, house(exe), `"`+exe+`"`, s.user, s.at)
		s.setValue(run.process, s.later(time.Second), `HKU\`+s.user.sid+
			`\Software\Microsoft\Windows\CurrentVersion\Run\HouseTray`, exe)
	}},
	{name: "documents encrypted", does: func(s *scene) {
		exe := s.run(s.shell, unknown(s.user.home()+`AppData\Roaming\e.exe`), "e.exe", s.user, s.at)
		extension := s.named(".lk%d")
		var written []*event
		for i := range 210 {
			written = append(written, s.create(exe.process, s.later(time.Duration(i+1)*400*time.Millisecond),
				fmt.Sprintf(`%sDocuments\Sheet %d.xlsx%s`, s.user.home(), i, extension)))
		}
		s.c.tells("mass-write-extension", written...)
	}, twin: func(s *scene) {
		zip := s.run(s.shell, house(`C:\ProgramData\House\pack.exe`), "pack.exe", s.user, s.at)
		for i := range 210 {
			s.create(zip.process, s.later(time.Duration(i+1)*400*time.Millisecond),
				fmt.Sprintf(`%sDocuments\Sheet %d.xlsx.gz`, s.user.home(), i))
		}
	}},
}

// computer plants Security 4741: somebody added a computer to the domain.
func (m *host) computer(at time.Time, name, dns string) *event {
	return m.security(at, 4741, 0, 13825, append([]evtxtest.Pair{str("TargetUserName", name),
		str("TargetDomainName", domainName), sid("TargetSid", domainSID(2200+m.rng.IntN(500)))},
		append(subject("Subject", m.person("o.berg", 1772, at)), str("PrivilegeList", "SeMachineAccountPrivilege"),
			str("SamAccountName", name), str("DnsHostName", dns))...)...)
}

// types plants the script block of a command that the user types into PowerShell.
func (s *scene) types(after time.Duration, text string) *event {
	ps := s.does(s.shell, "powershell.exe", `powershell.exe`, after)
	return s.host.powershell(ps.process, s.later(after+5*time.Second), text, "")
}
