package main

import (
	"fmt"
	"time"
)

// prog returns the image of a known program, or one without a version resource
// at that path.
func prog(nameOrPath string) image {
	if im, ok := images[nameOrPath]; ok {
		return im
	}
	if im, ok := images[baseName(nameOrPath)]; ok && im.path == nameOrPath {
		return im
	}
	return unknown(nameOrPath)
}

// A started process and the two records of its start.
type started struct {
	*process
	sysmon, security *event
}

// twins returns both records of the start.
func (s started) twins() []*event { return []*event{s.sysmon, s.security} }

// run starts a process: Sysmon 1, and Security 4688 for the same start 3 to 11 ms from it.
func (m *host) run(parent *process, im image, command string, user *account, at time.Time) started {
	p := m.silent(parent, im, command, user, at)
	s := started{process: p, sysmon: m.sysmonProcess(p)}
	if !m.audit.noProcesses {
		s.security = m.securityProcess(p, s.sysmon.at.Add(-m.ms(3, 11)))
	}
	return s
}

// silent starts a process that no log saw: it ran before Sysmon did.
func (m *host) silent(parent *process, im image, command string, user *account, at time.Time) *process {
	p := &process{image: im, pid: m.pid(), guid: m.guid(at), command: command, user: user, start: at, parent: parent}
	if parent != nil {
		p.parentPID = parent.pid
	}
	return p
}

// keep names a process that others refer to later.
func (m *host) keep(p *process) *process {
	m.processes[baseName(p.path)] = p
	return p
}

// start boots the machine and logs the user on; it returns the user's shell.
func (m *host) start(on time.Time) *process {
	m.startServices()
	return m.logOn(on)
}

// startServices boots the machine.
func (m *host) startServices() {
	at := m.boot
	system := &process{image: image{path: "System"}, pid: 4, guid: m.guid(at), user: m.system, start: at}
	smss := m.silent(system, prog("smss.exe"), `\SystemRoot\System32\smss.exe`, m.system, at)
	wininit := m.silent(smss, prog("wininit.exe"), "wininit.exe", m.system, at.Add(2*time.Second))
	services := m.keep(m.silent(wininit, prog("services.exe"), sys32+"services.exe", m.system, at.Add(3*time.Second)))
	lsass := m.keep(m.silent(wininit, prog("lsass.exe"), sys32+"lsass.exe", m.system, at.Add(3*time.Second)))
	m.keep(m.silent(smss, prog("winlogon.exe"), "winlogon.exe", m.system, at.Add(3*time.Second)))
	sysmon := m.silent(services, prog("Sysmon64.exe"), `C:\Windows\Sysmon64.exe`, m.system, at.Add(5*time.Second))
	m.sysmonPID = sysmon.pid
	m.bootEvents(at.Add(4 * time.Second))
	m.sysmonStart(at.Add(6 * time.Second))
	m.logon(logon{account: m.system, at: at.Add(7 * time.Second), kind: 5, by: services, privileged: true})
	for i, service := range []string{"netsvcs -p -s Schedule",
		"LocalServiceNetworkRestricted -p -s EventLog", "NetworkService -p -s Dnscache"} {
		user := m.system
		if i == 2 {
			user = m.netsvc
		}
		p := m.run(services, prog("svchost.exe"), sys32+"svchost.exe -k "+service, user,
			at.Add(8*time.Second+time.Duration(i)*m.ms(200, 900)))
		if i == 0 {
			m.keep(p.process)
		}
	}
	mp := m.keep(m.run(services, prog("MsMpEng.exe"), `"C:\Program Files\Windows Defender\MsMpEng.exe"`,
		m.system, at.Add(14*time.Second)).process)
	m.access(mp, lsass, at.Add(31*time.Second), 0x1000)
}

// logOn logs the user on and returns the user's shell.
func (m *host) logOn(on time.Time) *process {
	winlogon := m.processes["winlogon.exe"]
	m.user.logonAt = on
	m.logon(logon{account: m.user, at: on, kind: 2, by: m.processes["svchost.exe"], workstation: m.short,
		ip: "127.0.0.1"})
	init := m.run(winlogon, prog("userinit.exe"), sys32+"userinit.exe", m.user, on.Add(m.ms(300, 700)))
	shell := m.keep(m.run(init.process, prog("explorer.exe"), `C:\Windows\Explorer.EXE`, m.user,
		on.Add(m.ms(900, 1400))).process)
	m.exit(init.process, on.Add(25*time.Second))
	m.run(m.processes["svchost.exe"], prog("taskhostw.exe"),
		"taskhostw.exe {222A245B-E637-4AE9-A93F-A59CA119A75E}", m.user, on.Add(m.ms(2000, 3000)))
	od := m.run(shell, prog("OneDrive.exe"), `"C:\Program Files\Microsoft OneDrive\OneDrive.exe" /background`, m.user,
		on.Add(m.ms(9000, 14000)))
	m.resolve(od.process, on.Add(16*time.Second), "settings.onedrive.example", "192.0.2.41")
	m.connect(od.process, on.Add(16*time.Second+m.ms(20, 90)), "192.0.2.41", "-", 443)
	m.setValue(shell, on.Add(18*time.Second),
		`HKU\`+m.user.sid+`\Software\Microsoft\Windows\CurrentVersion\Explorer\SessionInfo\1\StartupHasBeenRun`,
		"DWORD (0x00000001)")
	return shell
}

// browser starts a browser with its helpers: crash handler or launcher, graphics,
// network service and a few renderers. It returns the main process.
func (m *host) browser(shell *process, path, url string, at time.Time) *process {
	im := prog(path)
	command := `"` + path + `"`
	if url != "" {
		command += " --single-argument " + url
	}
	main := m.run(shell, im, command, m.user, at).process
	if baseName(path) == "firefox.exe" {
		main.command = `"` + path + `" -osint -url "` + url + `"`
		for i := range 2 {
			m.run(main, im, fmt.Sprintf(
				`"%s" -contentproc -isForBrowser -prefsHandle %d -prefMapHandle %d -childID %d tab`, path, 2048+i*64,
				2112+i*64, i+1), m.user, at.Add(m.ms(400, 1600)))
		}
	} else {
		for i, kind := range []string{"crashpad-handler", "gpu-process",
			"utility --utility-sub-type=network.mojom.NetworkService", "renderer --renderer-client-id=6"} {
			m.run(main, im, fmt.Sprintf(`"%s" --type=%s --field-trial-handle=%d,i,9301,1187 /prefetch:%d`,
				path, kind, 1900+i*40, 1+i), m.user, at.Add(time.Duration(i+1)*m.ms(60, 240)))
		}
	}
	m.load(main, at.Add(m.ms(30, 90)), "dbghelp.dll", "Windows Image Helper")
	m.visit(main, at.Add(m.ms(1500, 2500)), "intranet.corp.example", "10.20.0.15")
	return main
}

// visit resolves a name and connects to it.
func (m *host) visit(p *process, at time.Time, name, ip string) {
	m.resolve(p, at, name, ip)
	m.connect(p, at.Add(m.ms(15, 80)), ip, "-", 443)
}

// office is what a workstation does beside what matters, for as long as the case lasts.
func (m *host) office(shell *process, from, to time.Time) {
	outlook := m.run(shell, prog("OUTLOOK.EXE"),
		`"C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE" `, m.user, from.Add(m.ms(3000, 20000))).process
	m.visit(outlook, outlook.start.Add(m.ms(2000, 4000)), "mail.corp.example", "10.20.0.20")
	m.createKey(outlook, outlook.start.Add(m.ms(4000, 5000)),
		`HKU\`+m.user.sid+`\Software\Microsoft\Office\16.0\Outlook\Diagnostics\BootDiagnosticsData`)
	svchost := m.processes["svchost.exe"]
	for at, i := from.Add(m.ms(10_000, 40_000)), 0; at.Before(to); at, i = at.Add(m.ms(300_000, 700_000)), i+1 {
		switch i % 5 {
		case 0:
			b := m.run(svchost, prog("RuntimeBroker.exe"), sys32+"RuntimeBroker.exe -Embedding", m.user, at)
			m.exit(b.process, at.Add(m.ms(15_000, 50_000)))
		case 1:
			b := m.run(svchost, prog("backgroundTaskHost.exe"),
				`"C:\Windows\system32\backgroundTaskHost.exe" -ServerName:CortanaUI.AppX3bn25b6f886wmg6twh46972vprk9tnbf.mca`, m.user, at)
			m.setValue(b.process, at.Add(m.ms(300, 900)),
				`HKU\`+m.user.sid+`\Software\Microsoft\Windows\CurrentVersion\Notifications\Data\418A073AA3BC3475`,
				"Binary Data")
			m.exit(b.process, at.Add(m.ms(4000, 9000)))
		case 2:
			m.access(m.processes["MsMpEng.exe"], shell, at, 0x1400)
			m.logon(logon{account: m.system, at: at.Add(m.ms(100, 900)), kind: 5,
				by: m.processes["services.exe"], privileged: true})
		case 3:
			m.run(shell, prog("notepad.exe"),
				`"C:\Windows\system32\NOTEPAD.EXE" C:\Users\`+m.user.name+`\Documents\notes.txt`, m.user, at)
			m.create(outlook, at.Add(m.ms(900, 4000)),
				m.user.home()+`AppData\Local\Microsoft\Outlook\RoamCache\Stream_Calendar_2_8D41.dat`)
		case 4:
			d := m.run(svchost, prog("dllhost.exe"),
				sys32+"DllHost.exe /Processid:{AB8902B4-09CA-4BB6-B78D-A8F59079A8D5}", m.user, at)
			m.exit(d.process, at.Add(m.ms(5000, 6000)))
		}
	}
}

// zone is the Zone.Identifier stream of a file from the Internet.
func zone(referrer, url string) string {
	return "[ZoneTransfer]  ZoneId=3  ReferrerUrl=" + referrer + "  HostUrl=" + url + "  "
}

// download plants what a Chromium browser leaves behind when it saves a file: the
// temporary name, the final name, and the mark of the web. It returns the last two.
func (m *host) download(b *process, at time.Time, path, referrer, url string) []*event {
	dir := path[:len(path)-len(baseName(path))]
	m.create(b, at, fmt.Sprintf("%sUnconfirmed %d.crdownload", dir, 100_000+m.rng.IntN(800_000)))
	file := m.create(b, at.Add(m.ms(700, 1500)), path)
	mark := m.stream(b, file.at.Add(m.ms(3, 9)), path+":Zone.Identifier", zone(referrer, url))
	return []*event{file, mark}
}
