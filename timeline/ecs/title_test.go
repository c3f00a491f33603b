package ecs

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/evtx/recordtest"
	"hunt/timeline/ecs/scalar"
	"hunt/timeline/ecs/sentence"
)

// eventOf maps one event of a test.
func eventOf(t testing.TB, e evtxtest.Event) *Event {
	t.Helper()
	return NewMapper(NewSchema()).Map(recordtest.Of(t, e)[0]).Clone()
}

// without returns the event without one of its data, or without all where at is negative.
func without(e evtxtest.Event, at int) evtxtest.Event {
	drop := func(list []evtxtest.Pair) []evtxtest.Pair {
		if at < 0 {
			return nil
		}
		return slices.Delete(slices.Clone(list), at, at+1)
	}
	if e.UserData != nil {
		u := *e.UserData
		u.Fields, e.UserData = drop(u.Fields), &u
		return e
	}
	e.Data = drop(e.Data)
	return e
}

func dataOf(e evtxtest.Event) []evtxtest.Pair {
	if e.UserData != nil {
		return e.UserData.Fields
	}
	return e.Data
}

// failing returns the event as an audit failure.
func failing(e evtxtest.Event) evtxtest.Event {
	e.Keywords = 1 << 52 // Audit Failure, as winmeta.xml has it
	return e
}

// sentences are what the case's event is called: with all of its data, where it can fail as a failure, and with
// none; and its message, if that says more.
func (c *mappingCase) sentences(t *testing.T) (lines []string) {
	t.Helper()
	full := eventOf(t, c.event)
	if full.Class.def.title == nil {
		return nil
	}
	for _, e := range []*Event{full, eventOf(t, failing(c.event)), eventOf(t, without(c.event, -1))} {
		lines = append(lines, "= "+e.Title())
	}
	lines = slices.Compact(lines)
	if m := full.Message(); m != full.Title() {
		lines = append(lines, "== "+m)
	}
	return lines
}

// TestTheTitleOfEveryMappedEvent is read by a person: each case ends with what its event is called.
func TestTheTitleOfEveryMappedEvent(t *testing.T) {
	cases := readCases(t)
	if *update {
		updateSentences(t, cases)
		return
	}
	for _, c := range cases {
		if got := c.sentences(t); !slices.Equal(got, c.told) {
			t.Errorf("%s: the event says now\n%s\nrun go test ./timeline/ecs -update and read it", c.place,
				strings.Join(got, "\n"))
		}
	}
}

// updateSentences writes what events are called behind their cases.
func updateSentences(t *testing.T, cases []*mappingCase) {
	t.Helper()
	files := map[string][]string{}
	for _, c := range cases {
		name, _, _ := strings.Cut(c.place, ":")
		if files[name] != nil {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	}
	for name, lines := range files {
		var out []string
		var said []string // of the case that the lines belong to
		for n, line := range append(lines, "") {
			for _, c := range cases {
				if c.place == fmt.Sprintf("%s:%d", name, n+1) {
					said = c.sentences(t)
				}
			}
			if line == "" {
				out, said = append(out, said...), nil
			}
			if key, _, _ := strings.Cut(line, " "); key != "=" && key != "==" {
				out = append(out, line)
			}
		}
		if err := os.WriteFile(name, []byte(strings.Join(out, "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// hanging is what a sentence cannot end with: a word that something must follow.
var hanging = regexp.MustCompile(`(?:^|\s)(?:a|an|the|to|from|of|for|in|with|by|at|and|or|through|as|is|was)$`)

// emptyPart is a colon that nothing stands before.
var emptyPart = regexp.MustCompile(` :(?:\s|$)`)

// readsRight says what is wrong with a sentence, "" if nothing.
func readsRight(s string) string {
	switch {
	case s == "":
		return "is empty"
	case s != strings.TrimSpace(s), strings.Contains(s, "  "):
		return "has blanks too many"
	case strings.ContainsAny(s, "\r\n\t"):
		return "is not one line"
	case strings.Contains(s, " ,"),
		emptyPart.MatchString(s),
		strings.Contains(s, "()"),
		strings.Contains(s, "[]"),
		strings.Contains(s, "( "):
		return "has an empty part"
	case strings.HasSuffix(s, ","), strings.HasSuffix(s, ":"), hanging.MatchString(s):
		return "ends before its end"
	case strings.Contains(s, "something"):
		return "says something"
	}
	return ""
}

// verbs are what the sentences of a type of event may say; Sysmon and the Security log give it by
// other matters as well, so that only these types are asked.
var verbs = map[string]string{
	"deletion": "deleted|removed|unregistered|disabled|shredding",
	"creation": "created|registered|added|marked|bound|changed|creating|touched|noted",
	"denied":   "blocked|refused|dropped",
	"error":    "error|failed|unexpected",
}

var eventAddresses = []Field{SourceIP, DestinationIP, DestinationDomain}

func TestATitleReadsRightWhateverIsMissing(t *testing.T) {
	for _, c := range readCases(t) {
		events := []evtxtest.Event{c.event, failing(c.event), without(c.event, -1)}
		for i := range dataOf(c.event) {
			events = append(events, without(c.event, i))
		}
		for n, ev := range events {
			e := eventOf(t, ev)
			if e.Class.def.title == nil {
				break
			}
			title, message := e.Title(), e.Message()
			for _, s := range []string{title, message} {
				if wrong := readsRight(s); wrong != "" {
					t.Errorf("%s, event %d: %q %s", c.name, n, s, wrong)
				}
			}
			if len([]rune(title)) > maxTitle {
				t.Errorf("%s: a title of %d characters", c.name, len([]rune(title)))
			}
			if strings.Contains(title, "unknown address") &&
				!slices.ContainsFunc(eventAddresses, func(f Field) bool { return e.Class.def.byField[f] != 0 }) {
				t.Errorf("%s: %q, where such events have no address", c.name, title)
			}
			for _, v := range e.Values(EventType, nil) {
				if want := verbs[v.Str]; want != "" && !regexp.MustCompile(want).MatchString(title) {
					t.Errorf("%s is of type %s: %q", c.name, v.Str, title)
				}
			}
			if strings.Contains(title, "wrote") {
				t.Errorf("%s: %q is not what such an event says", c.name, title)
			}
		}
		// What a failed act is called.
		if e := eventOf(t, failing(c.event)); e.Class.Role == RoleFailedLogon &&
			!strings.Contains(e.Title(), "failed to log on") {
			t.Errorf("%s: %q", c.name, e.Title())
		}
	}
}

func TestEveryMappingHasASentence(t *testing.T) {
	compileMappings()
	for _, src := range sources {
		for i := range src.mappings {
			if m := &src.mappings[i]; m.title == "" {
				t.Errorf("%s %d has none", src.provider, m.id)
			}
		}
	}
}

func TestTitlesSayWhatTheRecordSays(t *testing.T) {
	str := evtxtest.Str
	sysmon := func(id uint16, data ...evtxtest.Pair) evtxtest.Event {
		return evtxtest.Event{
			Provider: "Microsoft-Windows-Sysmon",
			Channel:  "Microsoft-Windows-Sysmon/Operational",
			EventID:  id,
			Computer: "WS1",
			Time:     caseTime,
			Data:     data,
		}
	}
	image := str("Image", `C:\a\tool.exe`)
	powershell := func(name, kind string) evtxtest.Event {
		return evtxtest.Event{
			Provider: "Microsoft-Windows-PowerShell",
			Channel:  "Microsoft-Windows-PowerShell/Operational",
			EventID:  4103,
			Computer: "WS1",
			Time:     caseTime,
			Data: []evtxtest.Pair{
				str(
					"ContextInfo",
					"        Severity = Informational\r\n        Host Name = ConsoleHost\r\n        Host Version "+
						"= 4.0\r\n        Host ID = 5a\r\n"+
						"        Host Application = powershell.exe\r\n        Engine Version = 4.0\r\n        "+
						"Runspace ID = e9\r\n        Pipeline ID = 13\r\n        Command Name = "+name+"\r\n"+
						"        Command Type = "+kind+"\r\n        Script Name = \r\n        Command Path = \r\n "+
						"       Sequence Number = 24\r\n        User = CORP\\a\r\n        Shell ID = "+
						"Microsoft.PowerShell\r\n",
				),
			},
		}
	}
	for _, c := range []struct {
		event evtxtest.Event
		want  string
	}{
		{sysmon(12, image, str("EventType", "DeleteKey"),
			str("TargetObject", `HKLM\Software\Microsoft\Windows\CurrentVersion\Run`)),
			`tool.exe deleted the registry key …\Windows\CurrentVersion\Run`},
		{sysmon(12, image, str("EventType", "CreateValue"), str("TargetObject", `HKLM\X`)),
			`tool.exe created the registry value HKLM\X`},
		{sysmon(12, image, str("EventType", "else"), str("TargetObject", `HKLM\X`)),
			`tool.exe created or deleted the registry object HKLM\X`},
		{sysmon(14, image, str("EventType", "RenameKey"), str("TargetObject", `HKLM\X`)),
			`tool.exe renamed the registry key HKLM\X`},
		{sysmon(19, str("User", `CORP\anna`), str("Operation", "Deleted"), str("Name", "f")),
			`CORP\anna deleted the WMI event filter f`},
		{sysmon(3, image, str("Initiated", "false"), str("SourceIp", "fe80::1"), str("SourcePort", "50000"),
			str("DestinationIp", "fe80::2"), str("DestinationPort", "445")),
			`tool.exe accepted a connection from [fe80::1]:50000`},
		{sysmon(3, image, str("Initiated", "true"), str("DestinationIp", "192.0.2.7")),
			`tool.exe connected to 192.0.2.7`},
		{sysmon(15, image, str("TargetFilename", `C:\d\x.exe:Zone.Identifier`),
			str("Contents", "[ZoneTransfer]  ZoneId=3  HostUrl=https://u@evil.example/x")),
			"tool.exe marked x.exe as downloaded from evil.example"},
		{sysmon(15, image, str("TargetFilename", `C:\d\x.exe:Zone.Identifier`),
			str("Contents", "[ZoneTransfer]  ZoneId=3  HostUrl=about:internet")),
			"tool.exe marked x.exe as downloaded from the internet"},
		{sysmon(15, image, str("TargetFilename", `C:\d\x.exe:Zone.Identifier`),
			str("Contents", "[ZoneTransfer]  ZoneId=3")), "tool.exe marked x.exe as coming from zone 3"},
		{sysmon(15, image, str("TargetFilename", `C:\d\x.exe:Zone.Identifier`)),
			"tool.exe created the stream x.exe:Zone.Identifier"},
		{sysmon(11, image, str("TargetFilename", `C:\d\x.exe:Zone.Identifier`)),
			"tool.exe created x.exe:Zone.Identifier"},
		{sysmon(15, image, str("TargetFilename", `C:\d\x.zip`)), "tool.exe created a stream of x.zip"},
		{sysmon(1, image, str("ParentImage", "?")), "tool.exe started"},
		{sysmon(8, str("SourceImage", `C:\a\tool.exe`), str("TargetImage", "<unknown process>")),
			"tool.exe started a thread in an unknown process"},
		{sysmon(15, image, str("TargetFilename", `C:\d\x.exe:payload`)), "tool.exe created the stream x.exe:payload"},
		{sysmon(26, image, str("TargetFilename", "C:\\d\\a\nb\t c.exe")), "tool.exe deleted a b c.exe"},
		{sysmon(1, str("Image", "System"), str("ParentImage", `C:\p.exe`)), "p.exe started System"},
		{sysmon(1, image), "tool.exe started"},
		{powershell("", "Script"), "PowerShell ran a command of the type Script"},
		{powershell("Get-Date", "Cmdlet"), "PowerShell ran the command Get-Date"},
		{powershell("", ""), "PowerShell ran an unknown command"},
		{sysmon(99, image), `Microsoft-Windows-Sysmon 99: Image=C:\a\tool.exe`},
	} {
		if got := eventOf(t, c.event).Title(); got != c.want {
			t.Errorf("%d: %q, want %q", c.event.EventID, got, c.want)
		}
	}
}

func TestTitlesAreBounded(t *testing.T) {
	long := strings.Repeat("ü→", 800)
	for _, id := range []uint16{1, 3, 10, 11, 12, 19, 22, 255, 1000} {
		e := evtxtest.Event{
			Provider: "Microsoft-Windows-Sysmon",
			Channel:  "Microsoft-Windows-Sysmon/Operational",
			EventID:  id,
			Computer: "WS1",
			Time:     caseTime,
		}
		for _, name := range []string{"Image", "ParentImage", "TargetImage", "TargetFilename", "TargetObject", "Name",
			"User", "QueryName", "ID", "DestinationHostname"} {
			e.Data = append(e.Data, evtxtest.Str(name, long))
		}
		if n := len([]rune(eventOf(t, e).Title())); n > maxTitle {
			t.Errorf("Sysmon %d: a title of %d characters", id, n)
		}
	}
}

// TestWhatAMessageLeavesOutIsMarked: a message that shows fewer values than the record has says so.
func TestWhatAMessageLeavesOutIsMarked(t *testing.T) {
	unmapped := evtxtest.Event{Provider: "Some-Provider", Channel: "Some/Channel", EventID: 7, Computer: "WS1",
		Time: caseTime}
	for i := range 6 {
		unmapped.Data = append(unmapped.Data, evtxtest.Str(fmt.Sprintf("Name%d", i), "value"))
	}
	if text := eventOf(t, unmapped).Message(); strings.Contains(text, "…") || !strings.HasSuffix(text, "Name5=value") {
		t.Errorf("six fields: %q", text)
	}
	unmapped.Data = append(unmapped.Data, evtxtest.Str("Name6", "-"))
	if text := eventOf(t, unmapped).Message(); strings.Contains(text, "…") {
		t.Errorf("the seventh field says nothing: %q", text)
	}
	unmapped.Data = append(unmapped.Data, evtxtest.Str("Name7", "value"))
	if text := eventOf(t, unmapped).Message(); !strings.HasSuffix(text, "Name5=value, …") {
		t.Errorf("a seventh field that says something: %q", text)
	}
	for _, n := range []int{maxQuoted, maxQuoted + 1, maxQuoted + 9} {
		var answers strings.Builder
		for i := range n {
			fmt.Fprintf(&answers, "::ffff:10.0.0.%d;", i+1)
		}
		e := eventOf(t, evtxtest.Event{Provider: "Microsoft-Windows-Sysmon",
			Channel: "Microsoft-Windows-Sysmon/Operational", EventID: 22, Version: 5, Computer: "WS1", Time: caseTime,
			Data: []evtxtest.Pair{evtxtest.Str("QueryName", "many.example"), evtxtest.Str("QueryStatus", "0"),
				evtxtest.Str("QueryResults", answers.String())}})
		texts := (&teller{event: e}).Texts(&sentence.Value{Field: int32(DNSResolvedIP)}, nil)
		if len(texts) != min(n, maxQuoted+1) || (texts[len(texts)-1] == "…") != (n > maxQuoted) {
			t.Errorf("%d answers: %q", n, texts)
		}
	}
}

// Derived values are told from the record's: the message of a start whose parent history found
// waits for it, and names it as derived.
func TestAMessageThatQuotesHistoryIsDerived(t *testing.T) {
	e := eventOf(
		t,
		evtxtest.Event{
			Provider: "Microsoft-Windows-Security-Auditing",
			Channel:  "Security",
			EventID:  4688,
			Computer: "WS1",
			Time:     caseTime,
			Data: []evtxtest.Pair{
				evtxtest.Str("NewProcessName", `C:\b.exe`),
				evtxtest.Str("SubjectUserName", "anna"),
			},
		},
	)
	if vs := e.Values(Message, nil); len(vs) != 1 || vs[0].Kind != scalar.KindPending ||
		e.Message() != "b.exe started (anna)" {
		t.Errorf("before: %v, %q", vs, e.Message())
	}
	for _, f := range e.AppendPending(nil) {
		e.Set(f)
	}
	if vs := e.Values(Message, nil); len(vs) != 1 || vs[0].Str != "b.exe started (anna)" ||
		e.QuotesDerived() {
		t.Errorf("without a parent: %v", vs)
	}
	e.Set(ProcessParentName, scalar.String("a.exe"))
	if e.Message() != "b.exe started, probably by a.exe (anna)" || !slices.Contains(e.Quoted(nil), ProcessParentName) ||
		!e.QuotesDerived() {
		t.Errorf("%q, derived: %t", e.Message(), e.QuotesDerived())
	}
}

func TestEveryEventOfTheCorpusHasASensibleTitle(t *testing.T) {
	mapper := NewMapper(NewSchema())
	named := []struct {
		words  string
		fields []Field
	}{
		{
			"an unknown process started",
			[]Field{ProcessName, ProcessExecutable},
		}, {"an unknown process ended", []Field{ProcessName, ProcessExecutable}},
		{
			"an unknown file",
			[]Field{FilePath, FileName},
		}, {"an unknown account", []Field{UserName}}, {"unknown address", []Field{DestinationIP, DestinationDomain}},
		{
			"unknown user account",
			[]Field{UserTargetName},
		}, {"unknown service", []Field{ServiceName}}, {"unknown name", []Field{DNSQuestionName, RegistryPath}},
		{
			"unknown scheduled task",
			[]Field{WinlogScheduledTaskName},
		}, {"unknown threat", []Field{ThreatIndicatorName}}, {"unknown share", []Field{FileTargetPath}},
	}
	titles := 0
	eachRecord(t, corpus(t), func(file string, r *evtx.Record) {
		e := mapper.Map(r)
		if !e.Class.Known {
			return
		}
		titles++
		title := e.Title()
		if wrong := readsRight(title); wrong != "" {
			t.Errorf("%s [%d], %s %d: %q %s", file, r.EventRecordID(), e.Class.Provider, e.Class.EventID, title, wrong)
		}
		for _, n := range named {
			if !strings.Contains(title, n.words) {
				continue
			}
			for _, f := range n.fields {
				if vs := e.Values(f, nil); len(vs) > 0 && vs[0].Kind != scalar.KindPending {
					t.Errorf(
						"%s [%d], %s %d: %q, but %s is %v",
						file,
						r.EventRecordID(),
						e.Class.Provider,
						e.Class.EventID,
						title,
						fieldTable[f].name,
						vs,
					)
				}
			}
		}
	})
	t.Logf("%d titles", titles)
}
