package timeline

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hunt/evtx/evtxtest"
	"hunt/timeline/evidence"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
)

const (
	sidA = "S-1-5-21-1004336348-1177238915-682003330"
	sidB = "S-1-5-21-2222222222-1111111111-555555555"
)

// stretch is a run of records of one computer in a log.
type stretch struct {
	computer string
	from     time.Time
	n        int
	sid      string // machine SID of the local account that logs on; "" = a domain account
	first    uint64 // EventRecordID of the first record; 0 = goes on counting
}

// securityLog makes a Security log of logons.
func securityLog(channel string, runs ...stretch) []byte {
	var events []evtxtest.Event
	id := uint64(0)
	for _, s := range runs {
		if s.first != 0 {
			id = s.first - 1
		}
		for i := range s.n {
			id++
			account, domain, sid := "alice", "CORP", "S-1-5-21-9-9-9-1104"
			if s.sid != "" {
				account, domain, sid = "Administrator", strings.ToUpper(strings.Split(s.computer, ".")[0]), s.sid+"-500"
			}
			at := s.from.Add(time.Duration(i) * time.Minute)
			events = append(events, evtxtest.Event{
				Provider: "Microsoft-Windows-Security-Auditing", GUID: "{54849625-5478-4994-A5BA-3E3B0328C30D}",
				Channel:  channel,
				Computer: s.computer, EventID: 4624, Version: 2, Task: 12544, Keywords: 0x8020000000000000, Time: at,
				RecordID: id,
				Data: []evtxtest.Pair{
					evtxtest.Str("SubjectUserSid", "S-1-5-18"), evtxtest.Str("SubjectUserName", "X$"),
					evtxtest.Str("SubjectDomainName", "CORP"),
					evtxtest.Str("TargetUserSid", sid), evtxtest.Str("TargetUserName", account),
					evtxtest.Str("TargetDomainName", domain),
					{Name: "TargetLogonId", Value: evtxtest.Hex64(uint64(1000 + i))},
					{Name: "LogonType", Value: evtxtest.Uint32(2)},
				},
			})
		}
	}
	return evtxtest.File(events...)
}

// hostsOf lists the hosts as "id=name+name" and returns the reasons of all.
func hostsOf(t testing.TB, m *host.Map, dir string) (list []string, why string) {
	t.Helper()
	col, err := evidence.Collect(t.Context(), evidence.Inputs(dir), evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := Scan(t.Context(), col, ScanOptions{Clock: ledger.ClockCreated, Hosts: m}, func() Visitor {
		return nothing{}
	})
	if err != nil {
		t.Fatal(err)
	}
	records := 0
	for _, h := range c.Hosts.All {
		list = append(list, fmt.Sprintf("%s=%s", h.ID, strings.Join(h.Names(), "+")))
		why += h.ID + ": " + strings.Join(h.Why(), "\n  ") + "\n"
		records += h.Records
		logons := 0
		for _, e := range h.Events {
			logons += e.Count
		}
		if n := len(slices.Collect(h.Logons())); logons != h.Records || n != h.Records {
			t.Errorf("%s: %d records, %d events, %d logons", h.ID, h.Records, logons, n)
		}
	}
	if records != c.Records.Read-c.Records.Duplicate {
		t.Errorf("the hosts have %d records, %d were read", records, c.Records.Read-c.Records.Duplicate)
	}
	return list, why
}

func TestWhichNamesAreOneHost(t *testing.T) {
	day := 24 * time.Hour
	later := noon.Add(10 * day)
	tests := []struct {
		name  string
		files map[string][]byte
		hosts []string
		why   string // of all hosts together
	}{
		{
			"a log that goes on counting under a new name is a renaming",
			map[string][]byte{"Security.evtx": securityLog("Security", stretch{"OLD-PC", noon, 5, "", 0},
				stretch{"ws1.corp.example", later, 5, "", 0})},
			[]string{"ws1.corp.example=OLD-PC+ws1.corp.example"},
			"OLD-PC was renamed to ws1.corp.example: the log Security in Security.evtx keeps counting",
		},
		{
			"one record under another name is not enough",
			map[string][]byte{"Security.evtx": securityLog("Security", stretch{"OLD-PC", noon, 1, "", 0},
				stretch{"ws1.corp.example", later, 5, "", 0})},
			[]string{"old-pc=OLD-PC", "ws1.corp.example=ws1.corp.example"}, "",
		},
		{
			"two records before the change are not enough",
			map[string][]byte{"Security.evtx": securityLog("Security", stretch{"OLD-PC", noon, 2, "", 0},
				stretch{"ws1.corp.example", later, 5, "", 0})},
			[]string{"old-pc=OLD-PC", "ws1.corp.example=ws1.corp.example"}, "",
		},
		{
			"two records after the change are not enough",
			map[string][]byte{"Security.evtx": securityLog("Security", stretch{"OLD-PC", noon, 5, "", 0},
				stretch{"ws1.corp.example", later, 2, "", 0})},
			[]string{"old-pc=OLD-PC", "ws1.corp.example=ws1.corp.example"}, "",
		},
		{
			"three records on either side are",
			map[string][]byte{"Security.evtx": securityLog("Security", stretch{"OLD-PC", noon, 3, "", 0},
				stretch{"ws1.corp.example", later, 3, "", 0})},
			[]string{"ws1.corp.example=OLD-PC+ws1.corp.example"}, "OLD-PC was renamed to ws1.corp.example",
		},
		{
			"two logs that show the same change are enough, however short",
			map[string][]byte{
				"Security.evtx": securityLog("Security", stretch{"OLD-PC", noon, 1, "", 0},
					stretch{"NEW-PC", later, 5, "", 0}),
				"System.evtx": securityLog("Forwarded-A", stretch{"OLD-PC", noon, 2, "", 50},
					stretch{"NEW-PC", later, 1, "", 0})},
			[]string{"new-pc=NEW-PC+OLD-PC"}, "and so 1 other log does",
		},
		{
			"numbers that do not follow on each other are no renaming",
			map[string][]byte{"Security.evtx": securityLog("Security", stretch{"PC-A", noon, 5, "", 1},
				stretch{"PC-B", later, 5, "", 7})},
			[]string{"pc-a=PC-A", "pc-b=PC-B"}, "",
		},
		{
			"interleaved names are machines that forward to one log",
			map[string][]byte{"Collected.evtx": securityLog("Security", stretch{"PC-A", noon, 5, "", 0},
				stretch{"PC-B", noon.Add(time.Hour), 5, "", 0}, stretch{"PC-A", later, 5, "", 0})},
			[]string{"pc-a=PC-A", "pc-b=PC-B"},
			"were forwarded to a log that gathers several machines, such as Collected.evtx",
		},
		{
			"a forwarded log is split however neat its numbers are",
			map[string][]byte{"ForwardedEvents.evtx": securityLog("Security", stretch{"PC-A", noon, 5, "", 0},
				stretch{"PC-B", later, 5, "", 0})},
			[]string{"pc-a=PC-A", "pc-b=PC-B"}, "forwarded",
		},
		{
			"the old name that speaks on is another machine",
			map[string][]byte{
				"Security.evtx": securityLog("Security", stretch{"PC-A", noon, 5, "", 0},
					stretch{"PC-B", later, 5, "", 0}),
				"System.evtx": securityLog("Forwarded-A", stretch{"PC-A", later.Add(3 * day), 5, "", 900})},
			[]string{"pc-a=PC-A", "pc-b=PC-B"},
			"Kept apart from PC-B: a log keeps counting from one to the other, but PC-A still has records of",
		},
		{
			"differing machine SIDs speak against a renaming",
			map[string][]byte{"Security.evtx": securityLog("Security", stretch{"PC-A", noon, 5, sidA, 0},
				stretch{"PC-B", later, 5, sidB, 0})},
			[]string{"pc-a=PC-A", "pc-b=PC-B"}, "but the machine SIDs differ",
		},
		{
			"setup's names are former names, although setup made a new SID",
			map[string][]byte{"Security.evtx": securityLog("Security", stretch{"37L4247F27-25", noon, 4, sidA, 0},
				stretch{"WIN-03DLIIOFRRA", noon.Add(time.Hour), 4, sidA, 0},
				stretch{"ws1.corp.example", later, 9, sidB, 0})},
			[]string{"ws1.corp.example=37L4247F27-25+WIN-03DLIIOFRRA+ws1.corp.example"},
			"is the temporary name from setup of what became",
		},
		{
			"a name that setup gives to every machine is told apart by place",
			map[string][]byte{
				"a/Windows/System32/winevt/Logs/Security.evtx": securityLog("Security",
					stretch{"MINWINPC", noon, 3, "", 0}, stretch{"WS-A", later, 5, "", 0}),
				"b/Windows/System32/winevt/Logs/Security.evtx": securityLog("Security",
					stretch{"WS-B", later, 5, "", 0}),
				"b/Windows/System32/winevt/Logs/Setup.evtx": securityLog("Forwarded-C",
					stretch{"MINWINPC", noon, 4, "", 0}),
				"c/flat/Setup.evtx": securityLog("Forwarded-C",
					stretch{"MINWINPC", noon.Add(time.Hour), 2, "", 0})},
			[]string{"minwinpc=MINWINPC", "ws-a=MINWINPC+WS-A", "ws-b=MINWINPC+WS-B"},
			"its records are in the log directory of that machine and no other",
		},
		{
			"one machine SID and logs that go on counting are a renaming between files",
			map[string][]byte{
				"old/Security.evtx": securityLog("Security", stretch{"PC-A", noon, 5, sidA, 100}),
				"old/System.evtx":   securityLog("Forwarded-A", stretch{"PC-A", noon, 5, "", 40}),
				"new/Security.evtx": securityLog("Security", stretch{"PC-B", later, 5, sidA, 300}),
				"new/System.evtx":   securityLog("Forwarded-A", stretch{"PC-B", later, 5, "", 90})},
			[]string{"pc-b=PC-A+PC-B"}, "both have the machine SID " + sidA + ", the one ends at",
		},
		{
			"machines cloned from one image stay apart",
			map[string][]byte{
				"a/Security.evtx": securityLog("Security", stretch{"VDI-01", noon, 50, sidA, 100}),
				"a/System.evtx":   securityLog("Forwarded-A", stretch{"VDI-01", noon, 5, "", 40}),
				"b/Security.evtx": securityLog("Security", stretch{"VDI-02", noon.Add(5 * time.Minute), 50, sidA, 300}),
				"b/System.evtx":   securityLog("Forwarded-A", stretch{"VDI-02", noon, 5, "", 90})},
			[]string{"vdi-01=VDI-01", "vdi-02=VDI-02"},
			"their records overlap in time; machines cloned from one image share it",
		},
		{
			"clones one after the other stay apart when their logs do not go on counting",
			map[string][]byte{
				"a/Security.evtx": securityLog("Security", stretch{"VDI-01", noon, 50, sidA, 100}),
				"b/Security.evtx": securityLog("Security", stretch{"VDI-02", later, 50, sidA, 100})},
			[]string{"vdi-01=VDI-01", "vdi-02=VDI-02"}, "does not keep counting",
		},
		{
			"a short name with another machine SID is another machine",
			map[string][]byte{
				"a/Security.evtx": securityLog("Security", stretch{"DC01", noon, 5, sidA, 0}),
				"b/Security.evtx": securityLog("Security", stretch{"dc01.other.example", noon, 5, sidB, 0})},
			[]string{"dc01=DC01", "dc01.other.example=dc01.other.example"},
			"it could be the short form, but the machine SIDs differ",
		},
		{
			"the machine SID tells which full name a short one is",
			map[string][]byte{
				"a/Security.evtx": securityLog("Security", stretch{"ws1", noon, 5, sidA, 0}),
				"b/Security.evtx": securityLog("Security", stretch{"WS1.one.example", noon, 6, sidA, 0}),
				"c/Security.evtx": securityLog("Security", stretch{"ws1.two.example", noon, 7, sidB, 0})},
			[]string{"ws1.one.example=WS1.one.example+ws1", "ws1.two.example=ws1.two.example"},
			"is the short form of WS1.one.example and no other",
		},
		{
			"domain accounts say nothing of the machine",
			map[string][]byte{"a/Security.evtx": securityLog("Security", stretch{"PC-A", noon, 5, "", 0}),
				"b/Security.evtx": securityLog("Security", stretch{"PC-B", later, 5, "", 300})},
			[]string{"pc-a=PC-A", "pc-b=PC-B"}, "",
		},
		{
			"one name with two machine SIDs is flagged",
			map[string][]byte{"a/Security.evtx": securityLog("Security", stretch{"DC01", noon, 5, sidA, 0}),
				"b/Security.evtx": securityLog("Security", stretch{"DC01", later, 5, sidB, 300})},
			[]string{"dc01=DC01"}, "more than one machine SID",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, b := range tt.files {
				write(t, dir, name, b)
			}
			got, why := hostsOf(t, nil, dir)
			if !slices.Equal(got, tt.hosts) {
				t.Errorf("hosts %q, want %q\n%s", got, tt.hosts, why)
			}
			if !strings.Contains(why, tt.why) {
				t.Errorf("the reasons lack %q:\n%s", tt.why, why)
			}
		})
	}
}

func TestMergeHostsOverridesTheRules(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "ev/customer-a/Security.evtx", securityLog("Security", stretch{"DC01", noon, 5, "", 0}))
	write(t, dir, "ev/customer-b/Security.evtx",
		securityLog("Security", stretch{"DC01", noon.Add(time.Second), 6, "", 0}))
	write(t, dir, "ev/x/Security.evtx",
		securityLog("Security", stretch{"PC-A", noon, 5, "", 0}, stretch{"PC-B", noon.Add(time.Hour), 5, "", 0}))
	write(t, dir, "ev/y/Security.evtx", securityLog("Security", stretch{"KIOSK", noon, 5, "", 0}))
	write(t, dir, "ev/z/Security.evtx", securityLog("Security", stretch{"kiosk.corp.example", noon, 7, "", 0}))
	file := write(t, dir, "hosts.toml", []byte(`
[[host]]
id = "lobby"
names = ["kiosk.corp.example", "PC-A"]
reason = "ticket 4711"

[[host]]
id = "kiosk"
names = ["KIOSK"]

[[split]]
name = "dc01"
paths = ["customer-b/"]
id = "dc01 (customer b)"
`))
	m, err := host.LoadMap(file)
	if err != nil {
		t.Fatal(err)
	}
	got, why := hostsOf(t, m, filepath.Join(dir, "ev"))
	want := []string{"dc01=DC01", "dc01 (customer b)=DC01", "kiosk=KIOSK", "lobby=PC-A+kiosk.corp.example", "pc-b=PC-B"}
	if !slices.Equal(got, want) {
		t.Errorf("hosts %q, want %q\n%s", got, want, why)
	}
	for _, w := range []string{"makes one host from kiosk.corp.example, PC-A: ticket 4711.",
		"a separate host from the records of DC01 under customer-b/"} {
		if !strings.Contains(why, w) {
			t.Errorf("the reasons lack %q:\n%s", w, why)
		}
	}
}

func TestAHostMapThatCannotBeUsedIsAnErrorWithItsPlace(t *testing.T) {
	for text, want := range map[string]string{
		"[[host]]\nid = \"a\"\nname = \"b\"\n":  "hosts.toml:3:1: unknown key host.name",
		"[[host]\n":                             "hosts.toml:1:",
		"[[host]]\nid = \"a\"\n":                "host 1 needs an id and names",
		"[[split]]\nname = \"a\"\nid = \"b\"\n": "split 1 needs a name, an id and paths",
		"[[host]]\nid=\"a\"\nnames=[\"X\"]\n[[host]]\nid=\"b\"\nnames=[\"x\"]\n": "the name x belongs to two " +
			"hosts, a and b",
	} {
		file := write(t, t.TempDir(), "hosts.toml", []byte(text))
		if _, err := host.LoadMap(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
	if _, err := host.LoadMap("nowhere.toml"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

// Real logs: 37L4247F27-25 became WIN-03DLIIOFRRA in 2016, and every change of name in the corpus is one at setup.
func TestRenamesInRealLogs(t *testing.T) {
	corpus := os.Getenv("HUNT_CORPUS")
	if corpus == "" {
		corpus = "../../shared/corpus"
	}
	if _, err := os.Stat(filepath.Join(corpus, "real")); err != nil {
		t.Skip("SKIPPED: no corpus; set HUNT_CORPUS")
	}
	col, err := evidence.Collect(t.Context(), evidence.Inputs(filepath.Join(corpus, "real")), evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := Scan(t.Context(), col, ScanOptions{Clock: ledger.ClockCreated}, func() Visitor { return nothing{} })
	if err != nil {
		t.Fatal(err)
	}
	var merged []string
	for _, h := range c.Hosts.All {
		if len(h.Names()) > 1 {
			merged = append(merged, h.ID+"="+strings.Join(h.Names(), "+"))
		}
	}
	want := []string{"desktop-0qt8017=DESKTOP-0QT8017+WIN-LL0C19JS506",
		"desktop-ch5hrod=DESKTOP-CH5HROD+WIN-QVEQEK7H2OM", "win-03dliiofrra=37L4247F27-25+WIN-03DLIIOFRRA"}
	if !slices.Equal(merged, want) {
		t.Errorf("merged %q, want %q", merged, want)
	}
}
