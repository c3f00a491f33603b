package main

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hunt/samples"
	"hunt/samples/gen/truth"
)

// spreadOptions say how many intrusions to plant in one network.
type spreadOptions struct {
	intrusions int
	seed       uint64
	out        string
}

// spreadCommand is gen intrusions.
func spreadCommand(args []string) error {
	var o spreadOptions
	f := flag.NewFlagSet("intrusions", flag.ContinueOnError)
	f.IntVar(&o.intrusions, "n", 4, "the number of intrusions")
	f.Uint64Var(&o.seed, "seed", 1, "of everything random: the same seed gives the same bytes")
	f.StringVar(&o.out, "out", "", "the directory to make")
	if err := f.Parse(args); err != nil {
		return err
	}
	if o.out == "" || o.intrusions < 1 || o.intrusions > 60 || f.NArg() > 0 {
		return errors.New("intrusions --n N --seed S --out DIR, with at most 60 intrusions")
	}
	t, err := spread(o)
	if err != nil {
		return err
	}
	for name, content := range t.files {
		name = filepath.Join(o.out, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil { // #nosec G301 -- published files
			return err
		}
		if err := os.WriteFile(name, content, 0o644); err != nil { // #nosec G306 -- published files
			return err
		}
	}
	b, err := t.expect.Encode()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(o.out, truth.FileName), b, 0o600)
}

// spread plants several intrusions of several hosts each in one network, in overlapping hours: each has its own
// machines, its own stolen account, its own tools. What they share is what everybody shares: the domain, the
// administrators, their jump host, an address behind which laptops stand.
func spread(o spreadOptions) (*tree, error) {
	t := &tree{files: map[string][]byte{}, planted: map[string][]*event{}}
	p := t.plan(evidenceDir, "intrusions over several hosts, and those who have nothing to do with them")
	p.channels = []string{chSysmon, chPowerShell, chSecurity, chSystem}
	rng := rand.New(rand.NewPCG(o.seed, 20)) // #nosec G404 -- reproducible on purpose
	var all []*host
	for n := range o.intrusions {
		v := newRaid(o.seed, n, rng)
		v.play()
		for _, h := range append([]*host{v.desk}, v.servers...) {
			everyday(h, rng)
			all = append(all, h)
		}
		in := samples.Incident{Entry: v.desk.name, Accounts: []string{v.desk.user.full(), v.thief.full()}}
		for _, h := range append([]*host{v.desk}, v.servers...) {
			in.Hosts = append(in.Hosts, h.name)
		}
		p.Incidents = append(p.Incidents, in)
	}
	for n := range o.intrusions { // those to whom nothing happens
		m := newHost(fmt.Sprintf("WS-%d%03d", o.seed%10, 500+n), fmt.Sprintf("staff%d", n),
			fmt.Sprintf("10.41.9.%d", n+2),
			5000+n, day(7, 50, 0))
		shell := m.start(day(8, 4, 0).Add(m.ms(0, 400_000)))
		m.office(shell, day(8, 8, 0), day(11, 30, 0))
		all = append(all, m)
	}
	for _, h := range all {
		if err := p.write(nil, h); err != nil {
			return nil, err
		}
	}
	p.done()
	return t, nil
}

// raid is one intrusion: a link on a desk, a stolen account, and servers reached one after the other.
type raid struct {
	rng      *rand.Rand
	desk     *host
	servers  []*host
	thief    *account
	at       time.Time // of the link
	c2, c2IP string
	tool     string // base name of the service's program
	name     string // of the service
}

var wordsOfTools = []string{"sync", "view", "print", "update", "audio", "driver", "cloud", "index", "backup", "font"}

func newRaid(seed uint64, n int, rng *rand.Rand) *raid {
	tag := fmt.Sprintf("%d%02d", seed%10, n)
	v := &raid{rng: rng, at: day(8, 12+rng.IntN(40), rng.IntN(60)).Add(time.Duration(rng.IntN(90)) * time.Minute),
		c2: fmt.Sprintf("cdn-%s.example", tag), c2IP: fmt.Sprintf("198.51.100.%d", 10+n)}
	word := wordsOfTools[rng.IntN(len(wordsOfTools))]
	v.tool, v.name = word+tag+".exe", strings.ToUpper(word[:1])+word[1:]+tag
	v.desk = newHost("WS-"+tag, "clerk"+tag, fmt.Sprintf("10.41.%d.11", n), 2000+n*20, day(7, 50, 0))
	for i := range 1 + rng.IntN(4) {
		s := newHost(fmt.Sprintf("SRV-%s%c", tag, 'A'+i), "ops"+tag, fmt.Sprintf("10.41.%d.%d", n, 50+i), 2001+n*20,
			day(1, 10+i, 0))
		if rng.IntN(4) == 0 {
			s.skew = time.Duration(rng.IntN(240)-120) * time.Second
		}
		v.servers = append(v.servers, s)
	}
	thief := *v.servers[0].user
	v.thief = &thief
	return v
}

// play plants it all: the link, a look around, a dump of LSASS, then one server after the other, some by a
// service and some over Remote Desktop, and the end on the last.
func (v *raid) play() {
	m := v.desk
	shell := m.start(day(8, 2, 40).Add(m.ms(0, 200_000)))
	chrome := m.browser(shell, chromeEx, "", v.at.Add(-9*time.Minute))
	m.visit(chrome, v.at.Add(-8*time.Second), v.c2, v.c2IP)
	js := m.user.home() + `Downloads\Statement_` + v.tool[:4] + `.js`
	m.download(chrome, v.at, js, "https://"+v.c2+"/a", "https://"+v.c2+"/a/statement.js")
	ws := m.run(shell, prog("wscript.exe"), `"C:\Windows\System32\WScript.exe" "`+js+`" `, m.user,
		v.at.Add(40*time.Second)).process
	exe := m.user.temp() + "x" + v.tool
	m.create(ws, v.at.Add(44*time.Second), exe)
	payload := m.run(ws, unknown(exe), `"`+exe+`"`, m.user, v.at.Add(46*time.Second)).process
	m.visit(payload, v.at.Add(50*time.Second), v.c2, v.c2IP)
	look := v.at.Add(3 * time.Minute)
	for i, command := range []string{"whoami /all", "nltest /dclist:corp.example", "net view /all"} {
		r := m.run(payload, prog(sys32+strings.Fields(command)[0]+".exe"), command, m.user,
			look.Add(time.Duration(i)*11*time.Second))
		m.exit(r.process, look.Add(time.Duration(i)*11*time.Second+time.Second))
	}
	m.access(payload, m.processes["lsass.exe"], look.Add(2*time.Minute), 0x1410)

	at, from, with, by := look.Add(5*time.Minute), m, payload, m.user
	for i, s := range v.servers {
		s.startServices()
		from.explicit(with, by, v.thief, s.name, at)
		from.connect(with, at.Add(20*time.Millisecond), s.ip, s.short, 445)
		var left *process
		if i > 0 && i < len(v.servers)-1 && v.rng.IntN(2) == 0 {
			left = v.desktop(s, from, at.Add(80*time.Millisecond))
			by = v.thief
		} else {
			left = v.serviceOn(s, from, at.Add(60*time.Millisecond))
			by = s.machineAccount()
		}
		s.run(left, prog("cmd.exe"), sys32+"cmd.exe /c whoami /groups", left.user, at.Add(12*time.Second))
		from, with = s, left
		at = at.Add(time.Duration(2+v.rng.IntN(14)) * time.Minute)
	}
	for i, command := range []string{"vssadmin.exe delete shadows /all /quiet", "wbadmin.exe delete catalog -quiet"} {
		when := at.Add(time.Duration(i) * 7 * time.Second)
		sh := from.run(with, prog("cmd.exe"), sys32+"cmd.exe /c "+command, with.user, when)
		from.run(sh.process, prog(sys32+strings.Fields(command)[0]), command, with.user, when.Add(from.ms(30, 60)))
	}
}

// serviceOn logs on to a server and installs the tool there as a service.
func (v *raid) serviceOn(s, from *host, at time.Time) *process {
	session := remoteAs(v.thief, s.logonIDAt(at))
	s.logon(logon{account: session, at: at, kind: 3, workstation: from.short, ip: from.ip, privileged: true})
	system := &process{image: image{path: "System"}, pid: 4, guid: s.guid(s.boot), user: s.system, start: s.boot}
	path := `C:\Windows\` + v.tool
	s.create(system, at.Add(400*time.Millisecond), path)
	s.service(at.Add(900*time.Millisecond), v.name, `%SystemRoot%\`+v.tool)
	svc := s.run(s.processes["services.exe"], unknown(path), path, s.system, at.Add(1100*time.Millisecond))
	s.logoff(session, at.Add(30*time.Second), 3)
	return svc.process
}

// desktop logs on to a server over Remote Desktop and runs the tool in that session.
func (v *raid) desktop(s, from *host, at time.Time) *process {
	session := remoteAs(v.thief, s.logonIDAt(at))
	session.session = 3
	s.logon(logon{account: session, at: at, kind: 10, by: s.processes["svchost.exe"], workstation: s.short, ip: from.ip,
		privileged: true})
	shell := s.run(s.processes["winlogon.exe"], prog("explorer.exe"), `C:\Windows\Explorer.EXE`, session,
		at.Add(2*time.Second)).process
	path := session.home() + `AppData\Local\Temp\` + v.tool
	s.create(shell, at.Add(4*time.Second), path)
	return s.run(shell, unknown(path), `"`+path+`"`, session, at.Add(6*time.Second)).process
}

// everyday is what happens on every host beside: services, laptops behind one address, an administrator who
// comes by the jump host and looks at something.
func everyday(h *host, rng *rand.Rand) {
	const nat, jump = "10.41.99.1", "10.41.0.50"
	if h.processes["explorer.exe"] != nil {
		h.office(h.processes["explorer.exe"], day(8, 6, 0), day(11, 30, 0))
		return
	}
	h.serve(day(6, 0, 0), day(11, 30, 0))
	for i, name := range []string{"b.ahmed", "s.lange"} {
		a := &account{domain: domainName, name: name, sid: domainSID(1400 + i)}
		for n := range 3 {
			at := day(8, 5+rng.IntN(20), rng.IntN(60)).Add(time.Duration(n) * 47 * time.Minute)
			h.visitor(a, at, "LT-0"+fmt.Sprint(40+i), nat, 30*time.Minute)
		}
	}
	a := &account{domain: domainName, name: "r.silva.adm", sid: domainSID(1506), integrity: "High",
		label: "S-1-16-12288"}
	at := day(8, 10+rng.IntN(40), rng.IntN(60)).Add(time.Duration(rng.IntN(120)) * time.Minute)
	s := *a
	s.logonID = h.logonIDAt(at)
	h.logon(logon{account: &s, at: at, kind: 10, by: h.processes["svchost.exe"], workstation: h.short, ip: jump,
		privileged: true})
	h.logoff(&s, at.Add(9*time.Minute), 10)
}
