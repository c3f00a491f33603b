package timeline

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/timeline/coverage"
	"hunt/timeline/ledger"
)

const (
	sysmonChannel  = "Microsoft-Windows-Sysmon/Operational"
	sysmonProvider = "Microsoft-Windows-Sysmon"
)

// coverageIn scans a directory of one host.
func coverageIn(t testing.TB, dir string, within ledger.Period) *coverage.Coverage {
	t.Helper()
	c, _ := scan(t, ScanOptions{}, dir)
	if len(c.Hosts.All) != 1 {
		t.Fatalf("%d hosts, want 1", len(c.Hosts.All))
	}
	return c.Coverage(c.Hosts.All[0], within)
}

// gapsOf tells the gaps of a kind as channel, from, to.
func gapsOf(c *coverage.Coverage, kind coverage.GapKind) string {
	var out []string
	for _, g := range c.Gaps {
		if g.Kind == kind {
			out = append(out, g.Channel+" "+g.From.Time().Format("01-02T15:04")+" "+g.To.Time().Format("01-02T15:04"))
		}
	}
	return strings.Join(out, "\n")
}

func guid(n int) string { return fmt.Sprintf("{00000000-0000-0000-0000-%012d}", n) }

// hourly are events of Security and Sysmon, one an hour each, where wanted tells so.
func hourly(days int, wanted func(channel string, h int) bool) (security, sysmon []evtxtest.Event) {
	for h := range days * 24 {
		at := noon.Truncate(24 * time.Hour).Add(time.Duration(h)*time.Hour + 7*time.Minute)
		if wanted("Security", h) {
			security = append(security, security4688("WS1", at, uint64(4*h+4), 50, `C:\a.exe`, explorer))
		}
		if wanted(sysmonChannel, h) {
			sysmon = append(sysmon, sysmonStart("WS1", at, guid(h), guid(0), uint32(4*h+4), 50, `C:\a.exe`, explorer))
		}
	}
	return security, sysmon
}

func TestASilenceIsToldByTheRhythmOfItsChannel(t *testing.T) {
	day := func(h int) int { return h / 24 }
	office := func(h int) bool { return h%24 >= 8 && h%24 < 18 && day(h)%7 < 5 }
	for name, c := range map[string]struct {
		wanted func(channel string, h int) bool
		want   string
		detail string
	}{
		"a server that logs every hour, and is deaf for nine": {
			func(ch string, h int) bool { return ch == sysmonChannel || h < 100 || h >= 109 }, "Security 100 109",
			"other channels of the host have records meanwhile"},
		"a span in which no log has a record is none": {
			func(_ string, h int) bool { return h < 100 || h >= 109 }, "", ""},
		"five hours are too short to tell": {
			func(_ string, h int) bool { return h < 100 || h >= 105 }, "", ""},
		"five hours are too short to tell even if another channel goes on": {
			func(ch string, h int) bool { return ch == sysmonChannel || h < 100 || h >= 105 }, "", ""},
		"six hours are long enough": {
			func(ch string, h int) bool { return ch == sysmonChannel || h < 100 || h >= 106 }, "Security 100 106",
			"not a record for 6 hours"},
		"nights and weekends of an office are none": {
			func(_ string, h int) bool { return office(h) }, "", ""},
		"a fortnight of that office is": {
			func(ch string, h int) bool { return office(h) && (ch == sysmonChannel || day(h) < 7 || day(h) >= 21) },
			"Security 114 512", "meanwhile"},
		"a channel that ends while another goes on": {
			func(ch string, h int) bool { return ch == "Security" || h < 200 }, sysmonChannel + " 200 671",
			"meanwhile"},
		"an event a week is a rhythm": {
			func(ch string, h int) bool { return ch == "Security" || h%168 == 0 }, "", ""},
		"four days with records are too few to tell": {
			func(_ string, h int) bool { return h < 48 || h >= 624 }, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			security, sysmon := hourly(28, c.wanted)
			write(t, dir, "Security.evtx", evtxtest.File(security...))
			write(t, dir, "Sysmon.evtx", evtxtest.File(sysmon...))
			cov := coverageIn(t, dir, ledger.Period{})
			var got []string
			begin := ledger.HourOf(evtx.FiletimeOf(noon.Truncate(24 * time.Hour)))
			for _, g := range cov.Gaps {
				if g.Kind == coverage.GapSilent {
					got = append(got, g.Channel+" "+strconv.Itoa(int(ledger.HourOf(g.From)-begin))+" "+
						strconv.Itoa(int(ledger.HourOf(g.To)-begin)))
					if !strings.Contains(g.Detail, c.detail) {
						t.Errorf("detail %q, want %q in it", g.Detail, c.detail)
					}
				}
			}
			if s := strings.Join(got, "\n"); s != c.want {
				t.Errorf("silences\n%s\nwant\n%s", s, c.want)
			}
		})
	}
}

func TestALogThatRolledOverLeavesTheBeginOfTheTimeExaminedBlind(t *testing.T) {
	dir := t.TempDir()
	security, sysmon := hourly(6, func(ch string, h int) bool { return ch == "Security" || h >= 72 })
	for i := range sysmon {
		sysmon[i].RecordID = uint64(5000 + i)
		sysmon[i].HeaderID = sysmon[i].RecordID
	}
	write(t, dir, "Security.evtx", evtxtest.File(security...))
	write(t, dir, "Sysmon.evtx", evtxtest.File(sysmon...))
	begin := noon.Truncate(24 * time.Hour)
	from := evtx.FiletimeOf(begin)
	starts := []ledger.EventKind{{Channel: sysmonChannel, Provider: sysmonProvider, EventID: 1}}
	either := []ledger.EventKind{starts[0],
		{Channel: "Security", Provider: "Microsoft-Windows-Security-Auditing", EventID: 4688}}

	cov := coverageIn(t, dir, ledger.Period{From: from, To: from + 10*ledger.TicksPerDay})
	if got, want := gapsOf(cov, coverage.GapBefore), sysmonChannel+" "+begin.Format("01-02T15:04")+" "+
		begin.Add(72*time.Hour+7*time.Minute).Format("01-02T15:04"); got != want {
		t.Errorf("gap %q, want %q", got, want)
	}
	for _, s := range cov.Sources {
		if want := map[string]coverage.SourceState{"Sysmon 1 process start": coverage.SourceRolled,
			"Security 4688 process start": coverage.SourcePresent}[s.Name]; want != "" && s.State != want {
			t.Errorf("%s is %s (%s), want %s", s.Name, s.State, s.Detail(), want)
		}
	}
	if ch := cov.Channel(sysmonChannel); ch.Late != 72*ledger.TicksPerHour+7*60*evtx.TicksPerSecond || ch.Whole {
		t.Errorf("Sysmon is late by %s, whole %v; want 3 d 7 min, false", evtx.SpanText(ch.Late), ch.Whole)
	}
	s := cov.Sight(starts)
	if s.State != coverage.SightPartly || len(s.Blind) != 2 || s.Blind[0].From != from ||
		s.Blind[0].To != cov.Channel(sysmonChannel).First || s.Blind[1].From != cov.Host.Last {
		t.Errorf("Sysmon 1: %+v; want blind before the oldest record and after the host's last", s)
	}
	if s := cov.Sight(either); s.State != coverage.SightPartly || len(s.Blind) != 1 ||
		s.Blind[0].From != cov.Host.Last {
		t.Errorf("Sysmon 1 or 4688: %+v; want blind only after the host's last record: Security has the rest", s)
	}
	if s := cov.Sight([]ledger.EventKind{{Channel: sysmonChannel, Provider: sysmonProvider, EventID: 15}}); s.State !=
		coverage.SightPossible {
		t.Errorf("Sysmon 15 is %s, want possible", s.State)
	}
	if s := cov.Sight([]ledger.EventKind{{Channel: "Microsoft-Windows-PowerShell/Operational",
		Provider: "Microsoft-Windows-PowerShell", EventID: 4104}}); s.State != coverage.SightNone {
		t.Errorf("PowerShell 4104 is %s, want not seen", s.State)
	}

	// Where no time was asked for, nothing is said to have rolled over.
	cov = coverageIn(t, dir, ledger.Period{})
	if got := gapsOf(cov, coverage.GapBefore); got != "" {
		t.Errorf("gap %q without a time that was asked for", got)
	}
	if s := cov.Sight(either); s.State != coverage.SightFull || len(s.Blind) != 0 {
		t.Errorf("Sysmon 1 or 4688: %+v; want all of it seen", s)
	}
}

func TestWhatWasClearedIsBlindFromTheLastRecordThatIsLeft(t *testing.T) {
	dir := t.TempDir()
	security, _ := hourly(2, func(ch string, _ int) bool { return ch == "Security" })
	write(t, dir, "vss/Security.evtx", evtxtest.File(security[:10]...)) // of before the clearing, hours 0 to 9
	clear := security4688("WS1", security[20].Time, 0, 0, "", "")
	clear.Provider, clear.GUID, clear.EventID, clear.Data = "Microsoft-Windows-Eventlog",
		"{FC65DDD8-D6EF-4962-83D5-6E5CFE9CE148}", 1102, nil
	clear.UserData = &evtxtest.UserData{Element: "LogFileCleared",
		XMLNS:  "http://manifests.microsoft.com/win/2004/08/windows/eventlog",
		Fields: []evtxtest.Pair{evtxtest.Str("SubjectUserName", "mallory")}}
	write(t, dir, "Security.evtx", evtxtest.File(append([]evtxtest.Event{clear}, security[21:]...)...))
	cov := coverageIn(t, dir, ledger.Period{})
	s := cov.Sight([]ledger.EventKind{{Channel: "Security", Provider: "Microsoft-Windows-Security-Auditing",
		EventID: 4688}})
	begin := evtx.FiletimeOf(noon.Truncate(24 * time.Hour))
	if s.State != coverage.SightPartly || len(s.Blind) != 1 || s.Blind[0].From != begin+10*ledger.TicksPerHour ||
		s.Blind[0].To.Time() != clear.Time || !strings.Contains(s.Blind[0].Reasons(), "cleared") {
		t.Errorf("%+v; want blind from 10:00 to the clearing", s)
	}
}

func TestSysmonIsDownFromItsStopToItsStart(t *testing.T) {
	state := func(at time.Time, state string) evtxtest.Event {
		e := sysmonStart("WS1", at, guid(0), guid(0), 0, 0, "", "")
		e.EventID, e.Data = 4, []evtxtest.Pair{evtxtest.Str("UtcTime", ""), evtxtest.Str("State", state),
			evtxtest.Str("Version", "15.15"), evtxtest.Str("SchemaVersion", "4.90")}
		return e
	}
	start := func(at time.Time) evtxtest.Event {
		return sysmonStart("WS1", at, guid(1), guid(0), 4, 5, `C:\a.exe`, explorer)
	}
	stopped, started := state(noon.Add(time.Hour), "Stopped"), state(noon.Add(3*time.Hour), "Started")
	for name, c := range map[string]struct {
		events []evtxtest.Event
		other  time.Duration
		want   time.Duration // where it ends; 0 = there is none
	}{
		"and again":         {[]evtxtest.Event{start(noon), stopped, started}, 5 * time.Hour, 3 * time.Hour},
		"and nothing since": {[]evtxtest.Event{start(noon), stopped}, 5 * time.Hour, 5 * time.Hour},
		"but it must have been": {[]evtxtest.Event{start(noon), stopped, start(noon.Add(4 * time.Hour))},
			5 * time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "Sysmon.evtx", evtxtest.File(c.events...))
			write(t, dir, "Security.evtx",
				evtxtest.File(security4688("WS1", noon.Add(c.other), 4, 50, `C:\a.exe`, explorer)))
			cov := coverageIn(t, dir, ledger.Period{})
			var gaps []coverage.Gap
			for _, g := range cov.Gaps {
				if g.Kind == coverage.GapSysmon {
					gaps = append(gaps, g)
				}
			}
			if c.want == 0 && len(gaps) > 0 || c.want > 0 &&
				(len(gaps) != 1 || gaps[0].From.Time() != stopped.Time || gaps[0].To.Time() != noon.Add(c.want)) {
				t.Errorf("%+v, want one to %s", gaps, noon.Add(c.want))
			}
		})
	}
}

func TestNotesTellJumpsOfTheClockAndChangesOfTheAuditPolicy(t *testing.T) {
	security := func(id uint16, data ...string) evtxtest.Event {
		e := security4688("WS1", noon.Add(time.Duration(id)*time.Second), 0, 0, "", "")
		e.EventID, e.Data = id, nil
		for _, d := range data {
			k, v, _ := strings.Cut(d, "=")
			e.Data = append(e.Data, evtxtest.Str(k, v))
		}
		return e
	}
	dir := t.TempDir()
	write(t, dir, "Security.evtx", evtxtest.File(
		security(4616, "PreviousTime=2026-03-12T09:10:02.5000000Z", "NewTime=2026-03-10T06:10:02.0000000Z",
			`ProcessName=C:\a.exe`),
		security(4719, "SubjectUserName=mallory", "SubjectDomainName=CORP",
			"SubcategoryGuid={0cce922b-69ae-11d9-bed3-505054503030}", "AuditPolicyChanges=%%8448, %%8450"),
		security(4904), security(4907), security(4908), security(4912)))
	got := strings.Join(coverageIn(t, dir, ledger.Period{}).Notes, "\n")
	for _, want := range []string{
		`(back by 2 d 3 h)`,
		`the audit policy was changed: Success removed, Failure removed for Process Creation by CORP\mallory`,
		"a source of security events was registered, 1 time (Security 4904)", "(Security 4907)", "(Security 4908)",
		"(Security 4912)",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

func TestTimesOfRecordsAreComparedWithEachOther(t *testing.T) {
	dir := t.TempDir()
	var events []evtxtest.Event
	for i, s := range []int{0, 10, 4, 20, 19, 30} {
		e := security4688("WS1", noon.Add(time.Duration(s)*time.Second), uint64(4*i+4), 50, `C:\a.exe`, explorer)
		e.Written = e.Time
		if i == 3 {
			e.Written = e.Time.Add(time.Hour)
		}
		if i == 5 {
			e.Written = e.Time.Add(time.Second)
		}
		events = append(events, e)
	}
	write(t, dir, "Security.evtx", evtxtest.File(events...))
	ch := coverageIn(t, dir, ledger.Period{}).Channel("Security")
	if ch.Back != (coverage.Disorder{Records: 2, Most: 6 * evtx.TicksPerSecond}) {
		t.Errorf("back %+v, want 2 records, by 6 s at most", ch.Back)
	}
	if ch.Apart != (coverage.Disorder{Records: 1, Most: ledger.TicksPerHour}) {
		t.Errorf("apart %+v, want 1 record, by an hour: a second is not counted", ch.Apart)
	}
}

func TestTimesAMillionDaysApartDoNotFillTheMemory(t *testing.T) {
	dir := t.TempDir()
	times := []time.Time{time.Date(1601, 1, 1, 0, 0, 0, 100, time.UTC), time.Date(1999, 12, 31, 23, 0, 0, 0, time.UTC),
		noon, time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2999, 12, 31, 0, 0, 0, 0, time.UTC)}
	const n = 3000
	for i := range n { // a day of its own each, 1700 to 3300
		times = append(times, time.Date(1700, 1, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(i)*195*24*time.Hour))
	}
	var events []evtxtest.Event
	for i, at := range times {
		events = append(events, security4688("WS1", at, uint64(4*i+4), 50, `C:\a.exe`, explorer))
	}
	write(t, dir, "Security.evtx", evtxtest.File(events...))
	cov := coverageIn(t, dir, ledger.Period{})
	days := cov.Host.Events[0].Days
	total, unbounded := 0, 0
	for i, d := range days {
		total += d.Count
		if !d.Day.Bounded() {
			unbounded++
		}
		if i > 0 && days[i-1].Day >= d.Day {
			t.Fatalf("day %s follows %s", d.Day, days[i-1].Day)
		}
	}
	if total != len(times) || unbounded != 2 || len(days) > ledger.MaxDays || len(days) > 100 {
		t.Errorf("%d records in %d counts, %d of them of many days; want %d records in under 100, 2 of them", total,
			len(days), unbounded, len(times))
	}
	if days[0].Day.String() != "before 2000-01-01" || days[len(days)-1].Day.String() != "after 2049-12-31" {
		t.Errorf("counts run from %s to %s", days[0].Day, days[len(days)-1].Day)
	}
	for _, k := range cov.Host.Events {
		cov.Sight([]ledger.EventKind{k.Kind()})
	}
}

func TestCopiesAreNotCountedAgainOnTheirDay(t *testing.T) {
	dir := t.TempDir()
	security, _ := hourly(2, func(ch string, _ int) bool { return ch == "Security" })
	for _, name := range []string{"live", "vss1", "vss2"} {
		write(t, dir, name+"/Security.evtx", evtxtest.File(security...))
	}
	days := coverageIn(t, dir, ledger.Period{}).Channel("Security").Days
	if len(days) != 2 || days[0].Count != 24 || days[1].Count != 24 {
		t.Errorf("%+v, want 24 on each of two days", days)
	}
}

// TestCountsFirstAndLastAreThoseOfTheCorpus holds each file's coverage against what other decoders counted.
func TestCountsFirstAndLastAreThoseOfTheCorpus(t *testing.T) {
	root := os.Getenv("HUNT_CORPUS")
	if root == "" {
		root = "../../shared/corpus"
	}
	if _, err := os.Stat(root); err != nil {
		if os.Getenv("HUNT_REQUIRE") != "" {
			t.Fatal(err)
		}
		t.Skip("SKIPPED: no corpus; set HUNT_CORPUS")
	}
	b, err := os.ReadFile(filepath.Join(root, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Files []struct {
			Path        string
			Events      map[string]int
			First, Last string
			Records     int     `json:"records_decoded"`
			Note        *string `json:"count_note"`
		}
	}
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, f := range want.Files {
		if f.Note != nil || f.Records == 0 {
			continue
		}
		c, _ := scan(t, ScanOptions{Jobs: 1}, filepath.Join(root, f.Path))
		if c.Records.Duplicate > 0 || c.Records.Damaged > 0 {
			continue // counted once here, each time there
		}
		compared++
		got := map[string]int{}
		var first, last evtx.Filetime
		for _, h := range c.Hosts.All {
			for _, e := range h.Events {
				days := 0
				for _, d := range e.Days {
					days += d.Count
				}
				if days != e.Count {
					t.Errorf("%s: %s %d: %d on its days, %d in all", f.Path, e.Channel, e.EventID, days, e.Count)
				}
				got[e.Channel+"/"+strconv.Itoa(int(e.EventID))] += e.Count
				first, last = ledger.Widen(first, last, e.First)
				first, last = ledger.Widen(first, last, e.Last)
			}
			for _, ch := range c.Coverage(h, ledger.Period{}).Channels {
				n := 0
				for _, d := range ch.Days {
					n += d.Count
				}
				if n != ch.Count {
					t.Errorf("%s: %s: %d on its days, %d in all", f.Path, ch.Channel, n, ch.Count)
				}
			}
		}
		for k, n := range f.Events {
			if got[k] != n {
				t.Errorf("%s: %s: %d, want %d", f.Path, k, got[k], n)
			}
		}
		if len(got) != len(f.Events) {
			t.Errorf("%s: %d kinds of events, want %d", f.Path, len(got), len(f.Events))
		}
		for _, x := range []struct {
			got  evtx.Filetime
			want string
		}{{first, f.First}, {last, f.Last}} {
			at, err := time.Parse(time.RFC3339Nano, x.want)
			if err != nil {
				t.Fatal(err)
			}
			if evtx.FiletimeOf(at) != x.got {
				t.Errorf("%s: %s, want %s", f.Path, x.got, x.want)
			}
		}
	}
	if compared < 200 {
		t.Errorf("only %d files were compared", compared)
	}
}
