package main

import "time"

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
	p := t.plan("scenario-1-uri-handler/attack",
		"A link in Chrome opens a URI handler that starts PowerShell with a hidden window; a download cradle, a "+
			"dropped library, rundll32.")
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
	chain *chain
}

func linkVictim(name, user, ip string, rid int) (*victim, *process) {
	m, shell := workstation(name, user, ip, rid, day(8, 40, 0))
	chrome := m.browser(shell, chromeEx, "", day(8, 11, 40))
	return &victim{host: m, chain: m.linkChain(chrome, day(8, 27, 3))}, chrome
}

// expect adds what the rules must find on the victim.
func (v *victim) expect(p *plan) { p.expects(v.host, v.chain) }

// executableDrop is scenario 2 with a mark of the web: a real browser download.
func executableDrop(t *tree) error {
	p := t.plan("scenario-2-downloads-executable/attack",
		"Edge saves Invoice_March2026.exe to Downloads with ZoneId=3; a handler started by Edge runs it through "+
			"rundll32 and shell32; it drops a library and calls out.")
	m, shell := workstation("WS-ACC-12", "t.lindqvist", "10.20.7.52", 1188, day(9, 20, 0))
	edge := m.browser(shell, edgeEx, "https://mail.corp.example/", day(8, 31, 9))
	at := day(9, 2, 44)
	c := m.dropChain(edge, at)
	if err := p.write(nil, m); err != nil {
		return err
	}
	p.expects(m, c)
	p.done()
	return nil
}

// executableDropCopied is scenario 2 without a mark of the web: the file was copied.
func executableDropCopied(t *tree) error {
	p := t.plan("scenario-2-downloads-executable/attack-copied",
		"The same file copied from a USB stick by Explorer and run from there: no mark of the web, no browser in "+
			"the lineage. The link rules must stay quiet.")
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
	p := t.plan("scenario-3-wscript-vbs/attack",
		"Firefox saves link_payload.vbs to Temp and hands it to wscript.exe, which connects and drops an executable.")
	m, shell := workstation("WS-HR-03", "j.okafor", "10.20.8.17", 1141, day(9, 5, 0))
	firefox := m.browser(shell, firefoxE, "https://intranet.corp.example/", day(8, 19, 55))
	at := day(8, 48, 20)
	c := m.scriptChain(firefox, at)
	if err := p.write(nil, m); err != nil {
		return err
	}
	p.expects(m, c)
	p.done()
	return nil
}

// htmlApplication is scenario 4: mshta run by a browser.
func htmlApplication(t *tree) error {
	p := t.plan("scenario-4-mshta-hta/attack",
		"Edge hands link_test.hta in Temp to mshta.exe, which connects and starts PowerShell with an encoded command.")
	m, shell := workstation("WS-ENG-21", "a.ferrari", "10.20.9.40", 1203, day(9, 30, 0))
	edge := m.browser(shell, edgeEx, "", day(8, 22, 31))
	at := day(9, 11, 5)
	c := m.htaChain(edge, at)
	if err := p.write(nil, m); err != nil {
		return err
	}
	p.expects(m, c)
	p.done()
	return nil
}

// mountedImage is scenario 5: an ISO is mounted and a program on it is run.
func mountedImage(t *tree) error {
	p := t.plan("scenario-5-iso-mounted/attack",
		"Chrome saves an ISO; PowerShell under Chrome mounts it through the Shell.Application object; "+
			"E:\\payload.exe runs without a mark of the web and drops into Users\\Public.")
	m, shell := workstation("WS-LOG-05", "p.novak", "10.20.9.63", 1216, day(9, 0, 0))
	chrome := m.browser(shell, chromeEx, "", day(8, 14, 2))
	at := day(8, 44, 37)
	c := m.imageChain(chrome, at)
	if err := p.write(nil, m); err != nil {
		return err
	}
	p.expects(m, c)
	p.done()
	return nil
}
