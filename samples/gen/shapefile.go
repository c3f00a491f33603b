package main

import "time"

// What begins with a file that somebody opens.
var fileShapes = []shape{
	{name: "landed program explores", does: func(s *scene) {
		exe, _ := s.fetched(-30*time.Minute, "Viewer%d.exe", "Reader%d.exe", "Planner%d.exe")
		run := s.run(s.shell, unknown(exe), `"`+exe+`" `, s.user, s.at)
		var asked []*event
		for i, command := range []string{"whoami /all", `net group "Domain Admins" /domain`,
			"nltest /dclist:corp.example"} {
			name := []string{"whoami.exe", "net.exe", "nltest.exe"}[i]
			asked = append(asked, s.does(run.process, name, command, time.Duration(3+i)*time.Second).twins()...)
		}
		s.c.tells("landed-program-acts", asked...)
		s.c.may(ruleLanding, "ad-recon")
	}, twin: func(s *scene) {
		exe, _ := s.fetched(-30*time.Minute, "HouseSetup_%d.exe")
		run := s.run(s.shell, house(exe), `"`+exe+`" `, s.user, s.at)
		s.does(run.process, "msiexec.exe", `msiexec.exe /i "C:\ProgramData\Package Cache\{1}\house.msi" /qb`,
			4*time.Second)
		s.visit(run.process, s.later(5*time.Second), "update.browser.example", "192.0.2.10")
		s.c.may(ruleLanding)
	}},
	{name: "landed program connects", does: func(s *scene) {
		exe, _ := s.fetched(-40*time.Minute, "Client%d.exe", "Player%d.exe")
		run := s.run(s.shell, unknown(exe), `"`+exe+`" `, s.user, s.at)
		s.c.tells("landed-program-connects", s.connect(run.process, s.later(3*time.Second), c2IP, "-", 443))
		s.c.may(ruleLanding)
	}, twin: func(s *scene) {
		exe, _ := s.fetched(-40*time.Minute, "Conference%d.exe")
		run := s.run(s.shell, house(exe), `"`+exe+`" `, s.user, s.at)
		s.connect(run.process, s.later(3*time.Second), "198.51.100.34", "-", 443)
		s.c.may(ruleLanding)
	}},
	{name: goesOn, does: func(s *scene) {
		exe, _ := s.fetched(-40*time.Minute, "Sheet%d.exe", "Board%d.exe")
		run := s.run(s.shell, unknown(exe), `"`+exe+`" `, s.user, s.at)
		s.c.tells("landed-program-connects", s.connect(run.process, s.later(3*time.Second), c2IP, "-", 443))
		s.c.tells("lsass-access", s.access(run.process, s.processes["lsass.exe"], s.later(9*time.Minute), 0x1410))
		s.c.may(ruleLanding)
	}, twin: func(s *scene) {
		exe, _ := s.fetched(-40*time.Minute, "Console%d.exe")
		run := s.run(s.shell, unknown(exe), `"`+exe+`" `, s.user, s.at)
		s.connect(run.process, s.later(3*time.Second), "10.20.0.15", "-", 443)
		s.access(run.process, s.shell, s.later(9*time.Minute), 0x1410)
		s.c.may(ruleLanding)
	}},
	{name: "document's name before the program's", does: func(s *scene) {
		exe := s.user.home() + `Desktop\` + s.named("Plan %d.pdf.exe", "Photo_%d.jpg.scr", "List %d.docx.exe")
		run := s.run(s.shell, unknown(exe), `"`+exe+`" `, s.user, s.at)
		s.c.tells("bait-name-run", run.twins()...)
		s.c.may("lure-name-run") // the name of a picture is a lure as well
	}, twin: func(s *scene) {
		exe := s.user.home() + `Desktop\` + s.named("house.tool.v2.%d.exe")
		s.run(s.shell, house(exe), `"`+exe+`" `, s.user, s.at)
	}},
	{name: "script from a message", does: func(s *scene) {
		js := s.user.home() + `AppData\Local\Microsoft\Windows\INetCache\Content.Outlook\7QK1V0ZB\` +
			s.named("order %d.js", "details_%d.vbs")
		run := s.does(s.outlook, "wscript.exe", `"C:\Windows\System32\WScript.exe" "`+js+`" `, 0)
		s.c.tells("document-program-child", run.twins()...)
	}, twin: func(s *scene) {
		s.run(s.outlook, fleetProg("WINWORD.EXE"), `"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE" /n "`+
			s.user.home()+`AppData\Local\Microsoft\Windows\INetCache\Content.Outlook\7QK1V0ZB\`+
			s.named("minutes %d.docx")+
			`" /o ""`, s.user, s.at)
	}},
	{name: "document starts a shell", does: func(s *scene) {
		word := s.run(s.shell, fleetProg("WINWORD.EXE"),
			`"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE" /n "`+
				s.user.home()+`Documents\`+s.named("offer%d.docm")+`"`, s.user, s.at)
		run := s.does(word.process, "cmd.exe", `cmd /c echo %TIME% & timeout 3`, 4*time.Second)
		s.c.tells("document-program-child", run.twins()...)
	}, twin: func(s *scene) {
		word := s.run(s.shell, fleetProg("WINWORD.EXE"),
			`"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE" /n "`+
				s.user.home()+`Documents\`+s.named("plan%d.docx")+`"`, s.user, s.at)
		s.run(word.process, prog(edgeEx), `"`+edgeEx+`" --single-argument https://intranet.corp.example/`, s.user,
			s.later(9*time.Second))
	}},
	{name: "script out of an archive", does: func(s *scene) {
		js := s.user.temp() + pick(s.rng, []string{`Temp1_`, `7zO4C1F2A\`, `Rar$DIa0.512\`})
		if js[len(js)-1] == '_' {
			js += s.named("files_%d.zip") + `\`
		}
		js += s.named("agenda_%d.js", "notes_%d.wsf")
		run := s.does(s.shell, "wscript.exe", `"C:\Windows\System32\WScript.exe" "`+js+`" `, 0)
		s.c.tells("archive-content-run", run.twins()...)
		s.c.may(ruleLandingZone)
	}, twin: func(s *scene) {
		s.does(s.shell, "notepad.exe", `"C:\Windows\system32\NOTEPAD.EXE" `+s.user.temp()+`Temp1_`+
			s.named("logs_%d.zip")+
			`\readme.txt`, 0)
	}},
	{name: "image mounted, program on it", does: func(s *scene) {
		path, _ := s.fetched(-4*time.Minute, "Bid_%d.iso", "Site_%d.vhdx", "Docs_%d.img")
		s.other(s.later(-21*time.Second), chVHDMP, "Microsoft-Windows-VHDMP", 12, str("VhdFile", path))
		s.other(s.later(-20*time.Second), chVHDMP, "Microsoft-Windows-VHDMP", 1,
			str("VhdFileName", path), num("VhdDiskNumber", 2))
		exe := `G:\` + s.named("open%d.exe", "start%d.exe")
		run := s.run(s.shell, unknown(exe), `"`+exe+`" `, s.user, s.at)
		s.c.tells(ruleImage, run.twins()...)
	}, twin: func(s *scene) {
		exe := `D:\Tools\` + s.named("editor%d.exe")
		s.run(s.shell, house(exe), `"`+exe+`" `, s.user, s.at)
	}},
	{name: "add-in from a download", does: func(s *scene) {
		run := s.run(s.shell, fleetProg("EXCEL.EXE"), `"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE" "`+
			s.user.home()+`Downloads\`+s.named("rates_%d.xll", "quote_%d.xlam")+`"`, s.user, s.at)
		s.c.tells("office-add-in-opened", run.twins()...)
	}, twin: func(s *scene) {
		s.run(s.shell, fleetProg("EXCEL.EXE"), `"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE" "`+
			s.user.home()+`Downloads\`+s.named("rates_%d.xlsx")+`"`, s.user, s.at)
	}},
	{name: "shortcut to a tool", does: func(s *scene) {
		run := s.does(s.shell, "forfiles.exe", `"C:\Windows\System32\forfiles.exe" /p C:\Windows\System32 /m `+
			s.named("x%d.dll")+` /c "cmd /c echo @file"`, 0)
		s.c.tells("shortcut-runs-tool", run.twins()...)
	}, twin: func(s *scene) {
		s.does(s.shell, "control.exe", `"C:\Windows\System32\control.exe" /name Microsoft.DevicesAndPrinters`, 0)
		s.does(s.shell, "rundll32.exe", `"C:\Windows\System32\rundll32.exe" user32.dll,LockWorkStation`, time.Minute)
	}},
	{name: "package from the web", does: func(s *scene) {
		e := s.other(s.at, chAppX, "Microsoft-Windows-AppXDeployment-Server",
			854, str("Path", "https://"+c2Host+"/"+s.named("app%d.msix")))
		s.c.tells("package-from-web", e)
	}, twin: func(s *scene) {
		s.other(s.at, chAppX, "Microsoft-Windows-AppXDeployment-Server", 854, str("Path",
			`file:///C:/Program%20Files/WindowsApps/House_1.0.0.0_x64__8wekyb3d8bbwe/AppxManifest.xml`))
	}},
}

// goesOn is the shape of a program whose finding is more severe than its rule, by what the program did next.
const goesOn = "landed program connects, then reads LSASS"
