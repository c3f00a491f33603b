package sigma

import (
	"bytes"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/rules/sigma/logsource"
	"hunt/rules/sigma/syntax"
)

const (
	sysmonLog   = "Microsoft-Windows-Sysmon/Operational"
	sysmonName  = "Microsoft-Windows-Sysmon"
	auditing    = "Microsoft-Windows-Security-Auditing"
	defenderLog = "Microsoft-Windows-Windows Defender/Operational"
)

// event is an event of a channel with pairs of names and texts.
func event(channel, provider string, id uint16, pairs ...string) evtxtest.Event {
	e := evtxtest.Event{
		Channel: channel, Provider: provider, EventID: id, Level: 2, Computer: "WS-09.corp.example",
		Keywords: 0x8020000000000000, Time: time.Date(2024, 5, 6, 7, 8, 9, 123456700, time.UTC),
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		e.Data = append(e.Data, evtxtest.Str(pairs[i], pairs[i+1]))
	}
	return e
}

// events are what the cases below are asked of.
var events = map[string]evtxtest.Event{
	"sysmon1": event(sysmonLog, sysmonName, 1, "RuleName", "-", "UtcTime", "2024-05-06 05:07:08.123",
		"ProcessId", "4711", "Image", `C:\Windows\System32\cmd.exe`, "CommandLine",
		`cmd.exe /c "echo ДОМ" –enc aHR0cDovL2E=`,
		"Hashes", "MD5=AAAA,SHA256=BBBB,IMPHASH=CCCC", "User", `CORP\anna`, "Company", "", "LogonGuid",
		"{00000000-0000-0000-0000-000000000000}",
		"ParentImage", `C:\Windows\explorer.exe`),
	"4688": event("Security", auditing, 4688, "SubjectUserSid", "S-1-5-18", "SubjectUserName", "WS-09$",
		"SubjectDomainName", "CORP",
		"SubjectLogonId", "0x3e7", "NewProcessId", "0x1410", "NewProcessName", `C:\Windows\System32\cmd.exe`,
		"ProcessId", "0x4",
		"CommandLine", "cmd.exe /c dir", "TargetUserSid", "S-1-0-0", "TargetUserName", "-", "TargetDomainName", "-",
		"TargetLogonId", "0x0",
		"ParentProcessName", `C:\Windows\explorer.exe`, "MandatoryLabel", "S-1-16-16384"),
	"4688 target": event("Security", auditing, 4688, "SubjectUserSid", "S-1-5-18", "SubjectUserName", "WS-09$",
		"SubjectDomainName", "CORP",
		"SubjectLogonId", "0x3e7", "NewProcessId", "0x1411", "NewProcessName", `C:\x.exe`, "ProcessId", "0x4",
		"CommandLine", "",
		"TargetUserSid", "S-1-5-21-1-2-3-500", "TargetUserName", "anna", "TargetDomainName", "CORP",
		"TargetLogonId", "0xabc",
		"ParentProcessName", `C:\x.exe`, "MandatoryLabel", "S-1-16-8192"),
	"4657": event("Security", auditing, 4657, "SubjectUserSid", "S-1-5-21-1-2-3-500", "SubjectUserName", "anna",
		"SubjectDomainName", "CORP",
		"ObjectName", `\REGISTRY\MACHINE\SOFTWARE\Run`, "ObjectValueName", "evil", "OperationType", "%%1904",
		"NewValueType", "%%1876",
		"NewValue", "17", "ProcessName", `C:\Windows\regedit.exe`),
	"5156": event("Security", auditing, 5156, "ProcessID", "42", "Application",
		`\device\harddiskvolume3\windows\system32\svchost.exe`,
		"Direction", "%%14593", "SourceAddress", "::ffff:10.1.2.3", "SourcePort", "50000", "DestAddress", "fe80::1%7",
		"DestPort", "443", "Protocol", "6"),
	"5861": event("Microsoft-Windows-WMI-Activity/Operational", "Microsoft-Windows-WMI-Activity", 5861),
	"defender": event(defenderLog, "Microsoft-Windows-Windows Defender", 1116, "Threat Name", "EICAR", "Path",
		`file:_C:\eicar.com`),
	"1108": event("Security", "Microsoft-Windows-Eventlog", 1108, "EventID", "4688", "PublisherID", "x"),
	"104":  event("System", "Microsoft-Windows-Eventlog", 104),
	"400":  event("Windows PowerShell", "PowerShell", 400),
	"4624": event("Security", auditing, 4624, "LogonProcessName", "NtLmSsp ", "LogonType", "3", "IpAddress",
		"::ffff:10.1.2.3",
		"TargetUserName", "anna", "SubjectUserName", "ANNA"),
}

// disputed are events of which the tools for Sigma make different things.
var disputed = map[string]evtxtest.Event{
	"create key":   event(sysmonLog, sysmonName, 12, "EventType", "CreateKey", "TargetObject", `HKU\S-1\RunMRU`),
	"delete key":   event(sysmonLog, sysmonName, 12, "EventType", "DeleteKey", "TargetObject", `HKU\S-1\RunMRU`),
	"delete value": event(sysmonLog, sysmonName, 12, "EventType", "DeleteValue", "TargetObject", `HKU\S-1\RunMRU\a`),
	"set value": event(sysmonLog, sysmonName, 13, "EventType", "SetValue", "TargetObject", `HKU\S-1\RunMRU\a`,
		"Details", "x"),
	"4657 change": event("Security", auditing, 4657, "ObjectName", `\REGISTRY\USER\S-1\RunMRU`, "ObjectValueName", "a",
		"OperationType", "%%1905", "NewValueType", "%%1873", "NewValue", "x"),
	"4657 delete": event("Security", auditing, 4657, "ObjectName", `\REGISTRY\USER\S-1\RunMRU`, "ObjectValueName", "a",
		"OperationType", "%%1906"),
	"23": event(sysmonLog, sysmonName, 23, "TargetFilename", `C:\x.pf`),
	"26": event(sysmonLog, sysmonName, 26, "TargetFilename", `C:\x.pf`),
	"mitigation": event("Microsoft-Windows-Security-Mitigations/KernelMode", "Microsoft-Windows-Security-Mitigations",
		11, "ImageName", "x"),
	"repeated": event("Application", "x", 1, "Part", "one", "Part", "two three", "Number", "0x10", "Address", "none",
		"Text", "line one\nLine two", "Encoded", "AGEAQgBj"),
}

func init() {
	for name, e := range disputed {
		events[name] = e
	}
	e := events["5861"]
	e.UserData = &evtxtest.UserData{Element: "Operation_ESStoConsumerBinding",
		Fields: []evtxtest.Pair{evtxtest.Str("PossibleCause", "Binding x")}}
	events["5861"] = e
	e = events["104"]
	e.UserData = &evtxtest.UserData{Element: "LogFileCleared",
		Fields: []evtxtest.Pair{evtxtest.Str("SubjectUserName", "anna"), evtxtest.Str("Channel", "Application")}}
	events["104"] = e
	e = events["400"]
	e.Classic = true
	e.Data = []evtxtest.Pair{evtxtest.Str("", "Available"), evtxtest.Str("", "None"),
		evtxtest.Str("", "HostName=ConsoleHost\r\n\tEngineVersion=2.0")}
	events["400"] = e
}

// recordsOf are the records of a log that holds an event.
func recordsOf(t *testing.T, e evtxtest.Event) iter.Seq[*evtx.Record] {
	t.Helper()
	var log evtxtest.Log
	log.Add(e)
	b, err := log.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	f, err := evtx.NewFile(bytes.NewReader(b), int64(len(b)), 0)
	if err != nil {
		t.Fatal(err)
	}
	return f.Records(&evtx.Decoder{}, nil)
}

// hitsOf evaluates a rule with a log source and one selection over most of the events.
func hitsOf(t *testing.T, source, selection string) string {
	t.Helper()
	return hitsAmong(t, source, selection, "sysmon1", "4688", "4688 target", "4657", "5156", "5861", "defender", "1108",
		"104", "400", "4624")
}

// hitsAmong evaluates a rule with a log source and one selection over some events.
func hitsAmong(t *testing.T, source, selection string, names ...string) string {
	t.Helper()
	src := "title: t\n" + source + "\ndetection:\n  sel:\n    " + selection + "\n  condition: sel\n"
	docs := syntax.Parse([]byte(src), syntax.Options{})
	if docs[0].Mistakes != nil || docs[0].Skip != nil {
		t.Fatalf("%s\n%v %v", src, docs[0].Mistakes, docs[0].Skip)
	}
	fs := logsource.NewFields()
	rule := Bind(docs[0], fs)
	if why := rule.Unanswerable(); why != "" {
		return why
	}
	var out []string
	for _, name := range names {
		e := newEngine(fs, []*Rule{rule})
		view := fs.NewView()
		for r := range recordsOf(t, events[name]) {
			view.Bind(r)
			holds := rule.Holds(view, r.Channel(), r.EventID())
			if holds {
				out = append(out, name)
			}
			if hits := e.hitsOf(r); holds != (len(hits) == 1) {
				t.Errorf("%s\n%s: the engine finds %v, the plain evaluator %t", src, name, hits, holds)
			}
		}
	}
	return strings.Join(out, ", ")
}

func TestSemantics(t *testing.T) {
	const (
		creation = "logsource: {product: windows, category: process_creation}"
		all      = "logsource: {product: windows}"
		hayabusa = "ruletype: Hayabusa\nlogsource: {product: windows}"
	)
	source := func(kind, name string) string {
		return fmt.Sprintf("logsource: {product: windows, %s: %s}", kind, name)
	}
	for _, c := range []struct{ source, selection, want string }{
		// A category's rules see records of other providers through a view.
		{creation, `Image|endswith: '\CMD.EXE'`, "sysmon1, 4688"},
		{source("service", "security"), `Image|endswith: '\cmd.exe'`, ""},
		{source("service", "security"), `NewProcessName|endswith: '\cmd.exe'`, "4688"},
		{creation, `NewProcessName|endswith: '\cmd.exe'`, "4688"},
		{creation, `ParentImage|endswith: '\explorer.exe'`, "sysmon1, 4688"},
		{creation, `ProcessId: 5136`, "4688"},
		{creation, `ParentProcessId: 4`, "4688, 4688 target"},
		{creation, `User: 'NT AUTHORITY\SYSTEM'`, "4688"},
		{creation, `User: 'CORP\Anna'`, "sysmon1, 4688 target"},
		{creation, `IntegrityLevel: System`, "4688"},
		{creation, `IntegrityLevel: [Medium, Low]`, "4688 target"},
		{creation, `LogonId: '0x3e7'`, "4688"},
		{creation, `LogonId: '0xabc'`, "4688 target"},
		{creation, `Image|fieldref: ParentImage`, "4688 target"},
		{creation, `OriginalFileName: null`, "sysmon1, 4688, 4688 target"},
		{source("category", "registry_set"), `TargetObject: 'HKLM\software\Run\evil'`, "4657"},
		{source("category", "registry_set"), `Details: 'DWORD (0x00000011)'`, "4657"},
		{source("category", "registry_add"), `EventType: SetValue`, "4657"},
		{source("category", "registry_delete"), `EventType: SetValue`, ""},
		{source("category", "network_connection"), `Image: 'C:\windows\system32\svchost.exe'`, "5156"},
		{source("category", "network_connection"), `Initiated: true`, "5156"},
		{source("category", "network_connection"),
			`{Protocol: tcp, DestinationPort: 443, SourcePort: 50000, ProcessId: 42}`, "5156"},
		{source("category", "network_connection"), `SourceIp|cidr: 10.0.0.0/8`, "5156"},
		{source("category", "network_connection"), `DestinationIp|cidr: fe80::/10`, "5156"},
		{source("category", "wmi_event"), `Destination|startswith: Binding`, "5861"},
		{source("category", "antivirus"), `{Signature: EICAR, Filename|endswith: .com}`, "defender"},
		// Sources that event logs do not have.
		{source("category", "file_access"), `Image: x`,
			"no event log holds the category file_access: only a trace of the provider " +
				"Microsoft-Windows-Kernel-File does"},
		{source("category", "nosuch"), `Image: x`,
			"no log of this kind is known to hunt: product windows, category nosuch"},
		{"logsource: {product: linux}", `Image: x`, "it is about the product linux, not Windows"},
		{"logsource: {product: windows, category: process_creation, service: application}", `Image: x`,
			"the service application does not log the category process_creation"},
		{"logsource: {product: windows, category: process_creation, service: sysmon}", `Image: '*'`, "sysmon1"},
		// System's names come first for some, Channel is the payload's.
		{source("service", "security"), `EventID: 4688`, "4688, 4688 target"},
		{source("service", "security"), `PublisherID: x`, "1108"},
		{source("service", "system"), `Channel: Application`, "104"},
		{hayabusa, `Channel: Application`, ""},
		{hayabusa, `{Channel: System, EventID: 104, LogFileClearedChannel: application}`, "104"},
		{all, `Provider_Name: Microsoft-Windows-Eventlog`, "1108, 104"},
		{hayabusa, `Source: Microsoft-Windows-Eventlog`, "1108, 104"},
		{all, `Computer|startswith: ws-09`,
			"sysmon1, 4688, 4688 target, 4657, 5156, 5861, defender, 1108, 104, 400, 4624"},
		{source("service", "system"), `Level: Error`, "104"},
		{source("service", "system"), `Level: 2`, "104"},
		{source("service", "system"), `Keywords: '0x8020000000000000'`, "104"},
		{all, `TimeCreated_SystemTime|startswith: '2024-05-06T07:08:09.1234567'`,
			"sysmon1, 4688, 4688 target, 4657, 5156, 5861, defender, 1108, 104, 400, 4624"},
		// Names without regard to case, blanks and underscores.
		{source("service", "windefend"), `Threat_Name: eicar`, "defender"},
		{source("service", "windefend"), `threatname: eicar`, "defender"},
		{creation, `imphash: cccc`, "sysmon1"},
		{creation, `sha256: [AAAA, bbbb]`, "sysmon1"},
		// Unnamed Data, every value.
		{source("service", "powershell-classic"), `Data|contains: EngineVersion=2`, "400"},
		{source("service", "powershell-classic"), "'Data|re': 'ConsoleHost\\r\\n\\tEngineVersion'", "400"},
		{source("service", "powershell-classic"), `Data|all: [Available, None]`, "400"},
		// -, empty texts and zero GUIDs are values; null is absent or empty.
		{creation, `RuleName: '-'`, "sysmon1"},
		{source("service", "sysmon"), `Company: ''`, "sysmon1"},
		{source("service", "sysmon"), `Company: null`, "sysmon1"},
		{source("service", "sysmon"), `Company|exists: true`, "sysmon1"},
		{source("service", "sysmon"), `Company: '*'`, "sysmon1"},
		{source("service", "sysmon"), `Nosuch: null`, "sysmon1"},
		{source("service", "sysmon"), `Nosuch: ''`, ""},
		{source("service", "sysmon"), `Nosuch: '*'`, ""},
		{source("service", "sysmon"), `Nosuch|exists: false`, "sysmon1"},
		{source("service", "sysmon"), `Nosuch|neq: x`, "sysmon1"},
		{source("service", "sysmon"), `LogonGuid: '{00000000-0000-0000-0000-000000000000}'`, "sysmon1"},
		// A value that ends in blanks counts with and without them.
		{source("service", "security"), `LogonProcessName: NtLmSsp`, "4624"},
		{source("service", "security"), `LogonProcessName: 'NtLmSsp '`, "4624"},
		// Numbers.
		{source("service", "security"), `NewProcessId: 5136`, "4688"},
		{source("service", "security"), `NewProcessId: '5136'`, ""},
		{source("service", "security"), `NewProcessId: 0x1410`, "4688"},
		{source("service", "security"), `NewProcessId|gte: 5137`, "4688 target"},
		{source("service", "security"), `LogonType|lt: 4`, "4624"},
		{source("service", "security"), `LogonProcessName|lt: 4`, ""},
		// Texts.
		{creation, `CommandLine|contains: дом`, "sysmon1"},
		{creation, `CommandLine|contains|cased: дом`, ""},
		{creation, `CommandLine|contains|cased: ДОМ`, "sysmon1"},
		{creation, `CommandLine|contains|windash: ' -enc'`, "sysmon1"},
		{creation, `CommandLine|contains|windash: ' -c '`, "sysmon1, 4688"},
		{creation, `CommandLine|base64offset|contains: 'http://'`, "sysmon1"},
		{creation, `CommandLine|contains|all: ['/C', cmd]`, "sysmon1, 4688"},
		{creation, `CommandLine: 'cmd.exe /c d?r'`, "4688"},
		{creation, `CommandLine|re: 'CMD'`, ""},
		{creation, `CommandLine|re|i: 'CMD.*dir$'`, "4688"},
		{source("service", "security"), `TargetUserName|fieldref: SubjectUserName`, "4624"},
		{source("service", "security"), `TargetUserName|cased|fieldref: SubjectUserName`, ""},
		{source("service", "security"), `IpAddress|cidr: 10.1.0.0/16`, "4624"},
		{source("service", "sysmon"), `UtcTime|hour: 5`, "sysmon1"},
		{all, `TimeCreated_SystemTime|week: 18`, ""},
		{source("service", "sysmon"), `UtcTime|week: 19`, "sysmon1"},
		// Keywords are found in values, not in names.
		{all, `- eicar`, "defender"},
		{all, `- Threat`, ""},
		{all, `- ws-09.corp*EICAR`, "defender"},
		{source("service", "security"), `'|all': [anna, auditing]`, "4688 target, 4657, 4624"},
	} {
		if got := hitsOf(t, c.source, c.selection); got != c.want {
			t.Errorf("%s\n  %s\n  hits %q, not %q", c.source, c.selection, got, c.want)
		}
	}
}

// TestDisputedPoints: where engines differ, hunt does what docs/sigma.md says.
func TestDisputedPoints(t *testing.T) {
	category := func(name string) string {
		return fmt.Sprintf("logsource: {product: windows, category: %s}", name)
	}
	const (
		application = "logsource: {product: windows, service: application}"
		keys        = `TargetObject|contains: '\RunMRU'`
		hayabusa    = "ruletype: Hayabusa\nlogsource: {product: windows}"
	)
	names := slices.Sorted(maps.Keys(disputed))
	for _, c := range []struct{ source, selection, want string }{
		// A key that is made is not deleted, and a value that is written first or again is written.
		{category("registry_add"), keys, "create key"},
		{category("registry_delete"), keys, "4657 delete, delete key, delete value"},
		{category("registry_set"), keys, "4657 change, set value"},
		{category("registry_event"), keys,
			"4657 change, 4657 delete, create key, delete key, delete value, set value"},
		// Sysmon writes one or the other.
		{category("file_delete"), `TargetFilename|endswith: .PF`, "23, 26"},
		// A channel's real name beside the title that Sigma writes.
		{"logsource: {product: windows, service: security-mitigations}", `ImageName: X`, "mitigation"},
		{hayabusa, `Channel: MICROSOFT-windows-Security-Mitigations*`, "mitigation"},
		// Repeated names are several values: a test is true of any, all may be served by different ones.
		{application, `Part: one`, "repeated"},
		{application, `Part|startswith: two`, "repeated"},
		{application, `Part|contains|all: [one, three]`, "repeated"},
		{application, `Part|neq: one`, ""},
		// Where there is no Message it is all that the event says.
		{application, `Message|contains: 'two three'`, "repeated"},
		// What is no number and no address compares as neither.
		{application, `Number|gt: 15`, "repeated"},
		{application, `Number: 16`, "repeated"},
		{application, `Number: '16'`, ""},
		{application, `Address|lt: 99`, ""},
		{application, `Address|cidr: 0.0.0.0/0`, ""},
		// Regular expressions: the flags, and no others.
		{application, `Text|re: 'one.Line'`, ""},
		{application, `Text|re|s: 'one.Line'`, "repeated"},
		{application, `Text|re: 'one$'`, ""},
		{application, `Text|re|m: '^line one$'`, "repeated"},
		{application, `Text|re: '^line two'`, ""},
		{application, `Text|re|m|i: '^line TWO$'`, "repeated"},
		{application, `Text|re: '(?i)LINE ONE'`, "repeated"},
		// Encodings apply from left to right; base64 is compared without case as well.
		{application, `Encoded|utf16be|base64: 'aBc'`, "repeated"},
		{application, `Encoded|wide|base64: 'aBc'`, ""},
		{application, `Encoded: 'ageaqgbj'`, "repeated"},
		// A star covers line ends, and a question mark one character.
		{application, `Text: 'LINE ONE*two'`, "repeated"},
		{application, `Text: 'line one?line two'`, "repeated"},
		// Fields of the event, in either order, and by the older names.
		{application, `Part|fieldref|contains: Part`, "repeated"},
		{application, `Part|endswith|fieldref: Part`, "repeated"},
		{application, `Part|equalsfield: Part`, "repeated"},
		{application, `Part|fieldref: Nosuch`, ""},
		{application, `Nosuch|fieldref: Nosuch`, ""},
		// YAML 1.2: these are texts.
		{application, `Part: [no, off, one]`, "repeated"},
		{application, `Part: [no, off]`, ""},
	} {
		if got := hitsAmong(t, c.source, c.selection, names...); got != c.want {
			t.Errorf("%s\n  %s\n  hits %q, not %q", c.source, c.selection, got, c.want)
		}
	}
}
