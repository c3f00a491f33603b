package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"hunt/samples"
)

// office7 is a network on the morning of an intrusion, with those who have nothing to do with it.
type office7 struct {
	desk  *host // where the link was opened
	files *host // reached with somebody else's password
	app   *host // Windows' default logs only; its Security log was cleared
	back  *host // its clock is three minutes ahead; its shadow copies were deleted
	admin *host // an administrator's own work in the same hour
	clean *host // a colleague who installs a program
	thief *account
}

// intrusion is a case worth showing: one intrusion over four hosts from the link to the impact, in a working
// day's noise. Beside it stand an administrator with PsExec, a colleague's installer, a jump host and a
// network behind one address; a fifth server was reached and not collected.
func intrusion(t *tree) error {
	p := t.plan("intrusion", "From a link on WS-HR-11 to deleted shadow copies on SRV-BCK-05, by way of "+
		"SRV-FILE-03 and SRV-APP-04, with a stolen password. SRV-SQL-06 was reached and not collected; SRV-APP-04 "+
		"has default logs and a cleared one; the clock of SRV-BCK-05 is three minutes ahead; Sysmon's log of "+
		"WS-HR-11 has a gap. An administrator with PsExec and a colleague's installer have nothing to do with it.")
	o := newOffice7()
	o.morning()
	payload := o.opened()
	o.looksAround(payload)
	service := o.movesOn(payload)
	o.destroys(service)
	o.administrates()
	o.installs()
	o.gap(day(9, 31, 0), day(9, 49, 0))

	all := []string{chSysmon, chPowerShell, chSecurity, chSystem}
	for _, h := range []*host{o.desk, o.files, o.app, o.back, o.admin, o.clean} {
		p.channels = all
		if h == o.app {
			p.channels = []string{chSecurity, chSystem}
		}
		if err := p.write(nil, h); err != nil {
			return err
		}
	}
	p.Incidents = []samples.Incident{{
		Hosts: []string{o.desk.name, o.files.name, o.app.name, o.back.name}, Entry: o.desk.name,
		Accounts: []string{o.desk.user.full(), o.thief.full()}, Collect: "srv-sql-06",
	}}
	p.done()
	return nil
}

func newOffice7() *office7 {
	o := &office7{
		desk:  newHost("WS-HR-11", "l.brandt", "10.20.12.11", 1311, day(7, 52, 11)),
		files: newHost("SRV-FILE-03", "k.olsen.adm", "10.20.0.33", 1502, day(1, 14, 0)),
		app:   newHost("SRV-APP-04", "k.olsen.adm", "10.20.0.34", 1502, day(1, 20, 0)),
		back:  newHost("SRV-BCK-05", "k.olsen.adm", "10.20.0.35", 1502, day(1, 31, 0)),
		admin: newHost("WS-ADM-02", "o.pavlov.adm", "10.20.0.90", 1507, day(7, 31, 0)),
		clean: newHost("WS-HR-12", "d.meyer", "10.20.12.12", 1312, day(7, 58, 0)),
	}
	o.back.skew = 3 * time.Minute
	o.app.audit.noProcesses = true // as Windows has it by default
	thief := *o.files.user
	o.thief = &thief
	return o
}

// remoteAs is an account in a session that came over the network.
func remoteAs(a *account, id uint64) *account {
	r := *a
	r.logonID, r.session, r.integrity, r.label = id, 0, "High", "S-1-16-12288"
	return &r
}

// morning is what the hosts do whatever happens: users at their desks, roaming laptops behind one address,
// administrators who come by the jump host.
func (o *office7) morning() {
	for _, h := range []*host{o.desk, o.admin, o.clean} {
		shell := h.start(day(8, 2, 40).Add(h.ms(0, 200_000)))
		h.office(shell, day(8, 6, 0), day(10, 0, 0))
	}
	for _, h := range []*host{o.files, o.app, o.back} {
		h.startServices()
		h.serve(day(6, 0, 0), day(10, 0, 0))
	}
	const nat, jump = "10.20.99.1", "10.20.0.50"
	laptops := []string{"LT-041", "LT-077", "LT-112"}
	for i, name := range []string{"b.ahmed", "s.lange", "n.duarte"} {
		a := &account{domain: domainName, name: name, sid: domainSID(1400 + i)}
		for n := range 4 {
			at := day(8, 20, 0).Add(time.Duration(n)*27*time.Minute + time.Duration(i)*6*time.Minute)
			h := []*host{o.files, o.app}[n%2]
			h.visitor(a, at, laptops[i], nat, 40*time.Minute)
		}
	}
	for i, name := range []string{"r.silva.adm", "o.pavlov.adm"} {
		a := &account{domain: domainName, name: name, sid: domainSID(1506 + i), integrity: "High",
			label: "S-1-16-12288"}
		for n, h := range []*host{o.files, o.back} {
			at := day(8, 58, 0).Add(time.Duration(n)*5*time.Minute + time.Duration(i)*11*time.Minute)
			s := *a
			s.logonID = h.logonIDAt(at)
			h.logon(logon{account: &s, at: at, kind: 10, by: h.processes["svchost.exe"], workstation: h.short, ip: jump,
				privileged: true})
			h.logoff(&s, at.Add(25*time.Minute), 10)
		}
	}
}

// serve is what a server does by itself, for as long as the case lasts.
func (m *host) serve(from, to time.Time) {
	svchost := m.processes["svchost.exe"]
	for at, i := from, 0; at.Before(to); at, i = at.Add(m.ms(90_000, 260_000)), i+1 {
		switch i % 4 {
		case 0:
			task := m.run(svchost, prog("taskhostw.exe"), "taskhostw.exe Regular", m.system, at)
			m.exit(task.process, at.Add(m.ms(2000, 30_000)))
		case 1, 3:
			m.logon(logon{account: m.system, at: at, kind: 5, by: m.processes["services.exe"], privileged: true})
		case 2:
			d := m.run(svchost, prog("dllhost.exe"),
				sys32+"DllHost.exe /Processid:{AB8902B4-09CA-4BB6-B78D-A8F59079A8D5}", m.system, at)
			m.exit(d.process, at.Add(m.ms(5000, 6000)))
		}
	}
}

// logonIDAt is the id of a session that begins then: Windows counts them up from its start on.
func (m *host) logonIDAt(at time.Time) uint64 {
	return 0x180000 + uint64(at.Sub(m.boot).Milliseconds())*3
}

// visitor is somebody who opens a share and leaves it again.
func (m *host) visitor(a *account, at time.Time, workstation, ip string, stay time.Duration) {
	s := *a
	s.logonID = m.logonIDAt(at)
	m.logon(logon{account: &s, at: at, kind: 3, workstation: workstation, ip: ip})
	m.logoff(&s, at.Add(stay), 3)
}

// opened is the link: a script that the browser saved and the user double-clicked. It returns the program
// that the script fetched.
func (o *office7) opened() *process {
	m := o.desk
	shell := m.processes["explorer.exe"]
	chrome := m.browser(shell, chromeEx, "", day(8, 12, 3))
	at := day(8, 41, 10)
	m.visit(chrome, at.Add(-8*time.Second), lureHost, lureIP)
	js := m.user.home() + `Downloads\Application_Documents.js`
	m.download(chrome, at, js, "https://"+lureHost+"/a/2", "https://"+lureHost+"/a/2/Application_Documents.js")
	ws := m.run(shell, prog("wscript.exe"), `"C:\Windows\System32\WScript.exe" "`+js+`" `, m.user,
		at.Add(48*time.Second)).process
	m.visit(ws, at.Add(50*time.Second), c2Host, c2IP)
	exe := m.user.temp() + "docview.exe"
	m.create(ws, at.Add(53*time.Second), exe)
	payload := m.run(ws, unknown(exe), `"`+exe+`"`, m.user, at.Add(54*time.Second)).process
	m.visit(payload, at.Add(57*time.Second), c2Host, c2IP)
	m.setValue(payload, at.Add(61*time.Second),
		`HKU\`+m.user.sid+`\Software\Microsoft\Windows\CurrentVersion\Run\DocView`, exe)
	m.exit(ws, at.Add(70*time.Second))
	return payload
}

// looksAround is discovery, then a dump of LSASS.
func (o *office7) looksAround(payload *process) {
	m := o.desk
	at := day(8, 45, 2)
	for i, command := range []string{"whoami /all", `net group "Domain Admins" /domain`, "nltest /dclist:corp.example",
		"net view /all"} {
		name := strings.Fields(command)[0] + ".exe"
		r := m.run(payload, prog(sys32+name), command, m.user, at.Add(time.Duration(i)*14*time.Second))
		m.exit(r.process, at.Add(time.Duration(i)*14*time.Second+time.Second))
	}
	lsass := m.processes["lsass.exe"]
	m.access(payload, lsass, day(8, 52, 31), 0x1410)
}

// movesOn goes to the file server with a password from the dump, and on to the next from there. It returns
// the service on the file server.
func (o *office7) movesOn(payload *process) *process {
	at := day(9, 3, 20)
	o.desk.explicit(payload, o.desk.user, o.thief, o.files.name, at)
	o.desk.connect(payload, at.Add(20*time.Millisecond), o.files.ip, o.files.short, 445)
	first := o.plant(o.files, o.desk, at.Add(60*time.Millisecond))
	o.files.run(first, prog("cmd.exe"), sys32+"cmd.exe /c whoami", o.files.system, at.Add(4*time.Second))

	next := day(9, 12, 5)
	o.files.explicit(first, o.files.machineAccount(), o.thief, o.app.name, next)
	o.files.connect(first, next.Add(20*time.Millisecond), o.app.ip, o.app.short, 445)
	o.plant(o.app, o.files, next.Add(60*time.Millisecond))
	wiped := day(9, 16, 30) // from afar, as wevtutil /r does
	o.app.forget(chSecurity, wiped)
	o.app.cleared(wiped, remoteAs(o.thief, o.app.logonIDAt(wiped.Add(-2*time.Second))), chSecurity)

	missed := day(9, 14, 40) // a server that nobody collected
	o.files.explicit(first, o.files.machineAccount(), o.thief, "SRV-SQL-06.corp.example", missed)
	o.files.connect(first, missed.Add(20*time.Millisecond), "10.20.0.36", "SRV-SQL-06", 445)
	return first
}

// plant logs on to a server from another and installs the service there.
func (o *office7) plant(m, from *host, at time.Time) *process {
	session := remoteAs(o.thief, m.logonIDAt(at))
	m.logon(logon{account: session, at: at, kind: 3, workstation: from.short, ip: from.ip, privileged: true})
	system := &process{image: image{path: "System"}, pid: 4, guid: m.guid(m.boot), user: m.system, start: m.boot}
	m.create(system, at.Add(400*time.Millisecond), `C:\Windows\dvsvc.exe`)
	m.service(at.Add(900*time.Millisecond), "DvSvc", `%SystemRoot%\dvsvc.exe`)
	svc := m.run(m.processes["services.exe"], unknown(`C:\Windows\dvsvc.exe`), `C:\Windows\dvsvc.exe`, m.system,
		at.Add(1100*time.Millisecond))
	m.logoff(session, at.Add(30*time.Second), 3)
	return svc.process
}

// destroys is the end: the backup server's shadow copies and catalogue are deleted, and its log is cleared.
func (o *office7) destroys(from *process) {
	m, at := o.back, day(9, 20, 48)
	o.files.explicit(from, o.files.machineAccount(), o.thief, m.name, at)
	o.files.connect(from, at.Add(20*time.Millisecond), m.ip, m.short, 445)
	svc := o.plant(m, o.files, at.Add(60*time.Millisecond))
	for i, command := range []string{"vssadmin.exe delete shadows /all /quiet", "wbadmin.exe delete catalog -quiet",
		"bcdedit.exe /set {default} recoveryenabled No"} {
		when := at.Add(40*time.Second + time.Duration(i)*6*time.Second)
		sh := m.run(svc, prog("cmd.exe"), sys32+"cmd.exe /c "+command, m.system, when)
		m.run(sh.process, prog(sys32+strings.Fields(command)[0]), command, m.system, when.Add(m.ms(30, 60)))
	}
}

// administrates is an administrator's own work: PsExec to the file server, in the same hour.
func (o *office7) administrates() {
	m, at := o.admin, day(9, 6, 40)
	shell := m.processes["explorer.exe"]
	sh := m.run(shell, prog("cmd.exe"), `"C:\Windows\system32\cmd.exe"`, m.user, at).process
	ps := m.run(sh, unknown(`C:\Tools\PsExec.exe`), `PsExec.exe \\SRV-FILE-03 ipconfig /all`, m.user,
		at.Add(8*time.Second)).process
	m.connect(ps, at.Add(8200*time.Millisecond), o.files.ip, o.files.short, 445)
	s := o.files
	session := remoteAs(m.user, s.logonIDAt(at.Add(8300*time.Millisecond)))
	on := at.Add(8300 * time.Millisecond)
	s.logon(logon{account: session, at: on, kind: 3, workstation: m.short, ip: m.ip, privileged: true})
	system := &process{image: image{path: "System"}, pid: 4, guid: s.guid(s.boot), user: s.system, start: s.boot}
	s.create(system, on.Add(200*time.Millisecond), `C:\Windows\PSEXESVC.exe`)
	s.service(on.Add(500*time.Millisecond), "PSEXESVC", `%SystemRoot%\PSEXESVC.exe`)
	svc := s.run(s.processes["services.exe"], unknown(`C:\Windows\PSEXESVC.exe`), `C:\Windows\PSEXESVC.exe`, s.system,
		on.Add(700*time.Millisecond)).process
	ip := s.run(svc, prog(sys32+"ipconfig.exe"), `"ipconfig" /all`, session, on.Add(time.Second))
	s.exit(ip.process, on.Add(2*time.Second))
	s.exit(svc, on.Add(4*time.Second))
	s.logoff(session, on.Add(5*time.Second), 3)
}

// installs is a colleague who downloads a program and installs it.
func (o *office7) installs() {
	m := o.clean
	shell := m.processes["explorer.exe"]
	edge := m.browser(shell, edgeEx, "", day(8, 30, 12))
	at := day(9, 10, 44)
	exe := m.user.home() + `Downloads\npp.8.7.Installer.x64.exe`
	m.download(edge, at, exe, "https://notes-editor.example/", "https://notes-editor.example/npp.8.7.Installer.x64.exe")
	im := program(exe, "8.7", "Notepad++ : a free (GNU) source code editor", "Notepad++", "Don HO don.h@free.fr",
		"npp.8.7.Installer.x64.exe", "Notepad++")
	setup := m.run(shell, im, `"`+exe+`" `, m.user, at.Add(21*time.Second)).process
	m.create(setup, at.Add(24*time.Second), m.user.temp()+`nsa41F0.tmp\System.dll`)
	m.exit(setup, at.Add(70*time.Second))
}

// gap takes the records of Sysmon out of the log between two times, as a filter or an attacker would: the
// numbers go on.
func (o *office7) gap(from, to time.Time) {
	m := o.desk
	m.layOut()
	var left []*event
	for _, e := range m.events {
		if e.Channel != chSysmon || e.at.Before(from) || e.at.After(to) {
			left = append(left, e)
		}
	}
	m.events = left
}

// forget drops what a log held before it was cleared.
func (m *host) forget(channel string, before time.Time) {
	var left []*event
	for _, e := range m.events {
		if e.Channel != channel || e.at.After(before) {
			left = append(left, e)
		} else {
			m.firstID[channel]++
		}
	}
	m.events = left
}

// machineAccount is how a host's own services name themselves to others.
func (m *host) machineAccount() *account {
	a := *m.system
	a.domain, a.name = domainName, m.short+"$"
	return &a
}

// explicit plants event 4648: a process used an account other than its own.
func (m *host) explicit(p *process, by, as *account, server string, at time.Time) *event {
	none := "{00000000-0000-0000-0000-000000000000}"
	return m.security(at, 4648, 0, 12544, append(subject("Subject", by), guid("LogonGuid", none),
		str("TargetUserName", as.name), str("TargetDomainName", as.domain), guid("TargetLogonGuid", none),
		str("TargetServerName", server), str("TargetInfo", cmp.Or(server, "-")), hex64("ProcessId", uint64(p.pid)),
		str("ProcessName", p.path), str("IpAddress", "-"), str("IpPort", "-"))...)
}

// domainSID is the SID of an account of the domain.
func domainSID(rid int) string {
	return fmt.Sprintf("S-1-5-21-1308237860-4193317556-336787646-%d", rid)
}
