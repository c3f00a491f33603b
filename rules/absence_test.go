package rules

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/rules/pack"
	"hunt/timeline/coverage"
)

var noon = time.Date(2026, 3, 12, 12, 0, 0, 0, time.UTC)

const (
	absenceHost = "WS01.corp.example"
	sysmonLog   = "Microsoft-Windows-Sysmon/Operational"
)

// absenceWorld is a host whose Sysmon log has a process start every minute, with two that the rules look for:
// first.exe at noon and second.exe five minutes later; never.exe is never started. The Security log has a logon every
// minute.
type absenceWorld struct {
	sysmon, security, system []evtxtest.Event
	files                    map[string][]byte // further ones, and those that were damaged
}

func startAt(at time.Time, image string) evtxtest.Event {
	return evtxtest.Event{Provider: "Microsoft-Windows-Sysmon", Channel: sysmonLog, Computer: absenceHost, EventID: 1,
		Version: 5, Time: at, Data: []evtxtest.Pair{
			evtxtest.Str("UtcTime", at.Format("2006-01-02 15:04:05.000")), evtxtest.Str("Image", `C:\x\`+image),
			evtxtest.Str("CommandLine", image),
			{Name: "ProcessId", Value: evtxtest.Uint32(4)},
			{Name: "ProcessGuid", Value: evtxtest.GUID(fmt.Sprintf("{912F8223-0000-0000-0000-%012d}",
				at.Unix()-1770000000))}}}
}

func newAbsenceWorld() *absenceWorld {
	w := &absenceWorld{files: map[string][]byte{}}
	for m := -60; m <= 60; m++ {
		at := noon.Add(time.Duration(m) * time.Minute)
		image := map[int]string{0: "first.exe", 5: "second.exe"}[m]
		if image == "" {
			image = "filler.exe"
		}
		w.sysmon = append(w.sysmon, startAt(at, image))
		w.security = append(w.security,
			evtxtest.Event{Provider: "Microsoft-Windows-Security-Auditing", Channel: "Security", Computer: absenceHost,
				EventID: 4624, Version: 2,
				Time: at, Data: []evtxtest.Pair{evtxtest.Str("TargetUserName", "a"),
					evtxtest.Str("TargetLogonId", "0x1"),
					evtxtest.Str("LogonType", "2")}})
	}
	return w
}

// keep leaves of some events those that pass.
func keep(events *[]evtxtest.Event, pass func(time.Time) bool) {
	*events = slices.DeleteFunc(*events, func(e evtxtest.Event) bool { return !pass(e.Time) })
}

func (w *absenceWorld) write(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, events := range map[string][]evtxtest.Event{"sysmon.evtx": w.sysmon, "security.evtx": w.security,
		"system.evtx": w.system} {
		if len(events) > 0 && w.files[name] == nil {
			w.files[name] = evtxtest.File(events...)
		}
	}
	for name, b := range w.files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// gone is one way in which a window can have become dark.
type gone struct {
	cause coverage.Cause
	only  string // "" or the position for which it makes sense
	make  func(w *absenceWorld, o *Options, from, to time.Time)
}

var waysToGo = []gone{
	{"", "", func(*absenceWorld, *Options, time.Time, time.Time) {}},
	{coverage.CauseEvidence, "trailing", func(w *absenceWorld, _ *Options, from, _ time.Time) {
		until := func(t time.Time) bool { return !t.After(from.Add(time.Minute)) }
		keep(&w.sysmon, until)
		keep(&w.security, until)
	}},
	{coverage.CauseEndOfLog, "trailing", func(w *absenceWorld, _ *Options, from, _ time.Time) {
		keep(&w.sysmon, func(t time.Time) bool { return !t.After(from.Add(time.Minute)) })
	}},
	{coverage.CauseEndOfLog, "trailing", func(w *absenceWorld, _ *Options, from, _ time.Time) {
		// and one record of a time that nobody believes
		keep(&w.sysmon, func(t time.Time) bool { return !t.After(from.Add(time.Minute)) })
		w.sysmon = append(w.sysmon, startAt(time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC), "filler.exe"))
	}},
	{coverage.CauseBefore, "leading", func(w *absenceWorld, _ *Options, _, to time.Time) { // likewise
		keep(&w.sysmon, func(t time.Time) bool { return !t.Before(to.Add(-time.Minute)) })
		old := startAt(noon.Add(-2*time.Hour), "filler.exe")
		old.Time = time.Date(2012, 1, 1, 0, 0, 0, 0, time.UTC)
		w.sysmon = append([]evtxtest.Event{old}, w.sysmon...)
	}},
	{coverage.CauseBefore, "leading", func(w *absenceWorld, _ *Options, _, to time.Time) {
		keep(&w.sysmon, func(t time.Time) bool { return !t.Before(to.Add(-time.Minute)) })
	}},
	{coverage.CauseFilter, "trailing", func(_ *absenceWorld, o *Options, from, _ time.Time) {
		o.Filter.To = evtx.FiletimeOf(from.Add(time.Minute))
	}},
	{coverage.CauseFilter, "leading", func(_ *absenceWorld, o *Options, _, to time.Time) {
		o.Filter.From = evtx.FiletimeOf(to.Add(-time.Minute))
	}},
	{coverage.CauseMissing, "", func(w *absenceWorld, _ *Options, from, to time.Time) {
		within := func(t time.Time) bool { return t.After(from) && t.Before(to) }
		for i := range w.sysmon {
			w.sysmon[i].RecordID = uint64(i + 1)
		}
		keep(&w.sysmon, func(t time.Time) bool { return !within(t) })
	}},
	{coverage.CauseCleared, "", func(w *absenceWorld, _ *Options, from, to time.Time) {
		at := from.Add(to.Sub(from) / 2)
		old := slices.Clone(w.sysmon)
		keep(&old, func(t time.Time) bool { return t.Before(at.Add(-time.Minute)) })
		w.files["before.evtx"] = evtxtest.File(old...)
		keep(&w.sysmon, func(t time.Time) bool { return t.After(at) })
		w.system = append(w.system,
			evtxtest.Event{Provider: "Microsoft-Windows-Eventlog", GUID: "{FC65DDD8-D6EF-4962-83D5-6E5CFE9CE148}",
				Channel: "System", Computer: absenceHost,
				EventID: 104, Time: at, UserData: &evtxtest.UserData{Element: "LogFileCleared",
					XMLNS: "http://manifests.microsoft.com/win/2004/08/windows/eventlog",
					Fields: []evtxtest.Pair{evtxtest.Str("SubjectUserName", "mallory"),
						evtxtest.Str("Channel", sysmonLog)}}})
	}},
	{coverage.CauseStopped, "", func(w *absenceWorld, _ *Options, from, _ time.Time) {
		for i, state := range []string{"Stopped", "Started"} {
			at := from.Add(time.Minute + 10*time.Second + time.Duration(i)*20*time.Second)
			w.sysmon = append(w.sysmon,
				evtxtest.Event{Provider: "Microsoft-Windows-Sysmon", Channel: sysmonLog, Computer: absenceHost,
					EventID: 4, Version: 3, Time: at,
					Data: []evtxtest.Pair{evtxtest.Str("UtcTime", ""), evtxtest.Str("State", state),
						evtxtest.Str("Version", "15.15"), evtxtest.Str("SchemaVersion", "4.90")}})
		}
		slices.SortStableFunc(w.sysmon, func(a, b evtxtest.Event) int { return a.Time.Compare(b.Time) })
	}},
	{coverage.CauseStopped, "", func(w *absenceWorld, _ *Options, from, _ time.Time) { // and no start is logged
		w.security = append(w.security,
			evtxtest.Event{Provider: "Microsoft-Windows-Eventlog", Channel: "Security", Computer: absenceHost,
				EventID: 1100, Time: from.Add(70 * time.Second)})
		slices.SortStableFunc(w.security, func(a, b evtxtest.Event) int { return a.Time.Compare(b.Time) })
	}},
	{coverage.CauseStopped, "", func(w *absenceWorld, _ *Options, from, _ time.Time) { // until the system starts
		w.security = append(w.security,
			evtxtest.Event{Provider: "Microsoft-Windows-Eventlog", Channel: "Security", Computer: absenceHost,
				EventID: 1100, Time: from.Add(70 * time.Second)},
			evtxtest.Event{Provider: "Microsoft-Windows-Security-Auditing", Channel: "Security", Computer: absenceHost,
				EventID: 4608, Time: from.Add(100 * time.Second)})
		slices.SortStableFunc(w.security, func(a, b evtxtest.Event) int { return a.Time.Compare(b.Time) })
	}},
	{coverage.CauseDropped, "", func(w *absenceWorld, _ *Options, from, _ time.Time) {
		w.sysmon = append(w.sysmon,
			evtxtest.Event{Provider: "Microsoft-Windows-Sysmon", Channel: sysmonLog, Computer: absenceHost,
				EventID: 255, Version: 3, Time: from.Add(70 * time.Second),
				Data: []evtxtest.Pair{evtxtest.Str("UtcTime", ""), evtxtest.Str("ID", "QUEUE"),
					evtxtest.Str("Description", "Events dropped from driver queue: 7")}})
		slices.SortStableFunc(w.sysmon, func(a, b evtxtest.Event) int { return a.Time.Compare(b.Time) })
	}},
	{coverage.CauseDamage, "", func(w *absenceWorld, _ *Options, from, to time.Time) {
		var l evtxtest.Log
		broken, at := -1, 0
		for _, e := range w.sysmon {
			in := e.Time.After(from) && e.Time.Before(to)
			if in == (broken < 0) && (in || broken >= 0 && at == broken) {
				l.Break()
				at++
				if in {
					broken = at
				}
			}
			l.Add(e)
		}
		b, err := l.Bytes()
		if err != nil {
			panic(err)
		}
		chunk := evtxtest.Chunk(b, broken)
		for i := 512; i < len(chunk); i++ {
			chunk[i] = 0xaa
		}
		w.files["sysmon.evtx"] = b
	}},
}

var absenceRules = map[string]string{
	"leading":  `sequence by host.id with maxspan=10m ![KIND] [process where process.name == "first.exe"] [process where process.name == "second.exe"]`,
	"middle":   `sequence by host.id with maxspan=10m [process where process.name == "first.exe"] ![KIND] [process where process.name == "second.exe"]`,
	"trailing": `sequence by host.id with maxspan=10m [process where process.name == "first.exe"] [process where process.name == "second.exe"] ![KIND]`,
}

var absenceWindows = map[string][2]time.Time{
	"leading": {noon.Add(-5 * time.Minute), noon}, "middle": {noon, noon.Add(5 * time.Minute)},
	"trailing": {noon.Add(5 * time.Minute), noon.Add(10 * time.Minute)},
}

// absentIn runs a rule over the world and returns its one finding, with the evidence that had to be absent.
func absentIn(t *testing.T, w *absenceWorld, query string, o Options) (*Finding, *Evidence) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "test.eql")
	if err := os.WriteFile(name, []byte(query), 0o600); err != nil {
		t.Fatal(err)
	}
	pk, err := pack.Load(pack.Sources{Rules: []string{name}, NoDefaultRules: true, NoDefaultTuning: true})
	if err != nil {
		t.Fatal(err)
	}
	res := runOn(t, pk, o, w.write(t))
	if len(res.Findings) != 1 {
		t.Fatalf("%d findings, want the one to stay", len(res.Findings))
	}
	f := res.Findings[0]
	for i := range f.Evidence {
		if f.Evidence[i].Event == nil {
			return f, &f.Evidence[i]
		}
	}
	t.Fatal("no evidence is absent")
	return nil, nil
}

func causesOf(a *coverage.Absence) []coverage.Cause {
	var out []coverage.Cause
	for _, u := range a.Unseen {
		out = append(out, u.Cause)
	}
	return out
}

func TestAbsenceSaysWhetherTheLogsCoveredIt(t *testing.T) {
	for position, rule := range absenceRules {
		window := absenceWindows[position]
		rule = strings.Replace(rule, "KIND", `process where process.name == "never.exe"`, 1)
		surest, _ := absentIn(t, newAbsenceWorld(), rule, Options{})
		for _, g := range waysToGo {
			if g.only != "" && g.only != position {
				continue
			}
			t.Run(fmt.Sprintf("%s/%s", position, g.cause), func(t *testing.T) {
				w, o := newAbsenceWorld(), Options{}
				g.make(w, &o, window[0], window[1])
				f, e := absentIn(t, w, rule, o)
				a := e.Absence
				if a == nil || a.Window.From.Time() != window[0] || a.Window.To.Time() != window[1] {
					t.Fatalf("the window is %+v, want %v", a, window)
				}
				if !slices.ContainsFunc(f.Reasons, func(r string) bool {
					return strings.HasPrefix(r, "Rests on something not seen")
				}) {
					t.Errorf("no reason says that it rests on an absence: %q", f.Reasons)
				}
				labelled := slices.ContainsFunc(f.Labels, func(l string) bool {
					return strings.Contains(l, string(g.cause)) && strings.Contains(l, "absence")
				})
				if g.cause == "" {
					if a.Covered != coverage.Full || len(a.Unseen) > 0 ||
						slices.ContainsFunc(f.Labels, func(l string) bool { return strings.Contains(l, "absence") }) {
						t.Errorf("%s, unseen %v, labels %q; the logs cover all of it", a.Covered, a.Unseen, f.Labels)
					}
					return
				}
				if a.Covered == coverage.Full || !slices.Contains(causesOf(a), g.cause) || !labelled {
					t.Errorf("%s, unseen %v, labels %q; want less than full because of %q, and a label", a.Covered,
						a.Unseen, f.Labels, g.cause)
				}
				if rank(f.Confidence) >= rank(surest.Confidence) && surest.Confidence != pack.Low {
					t.Errorf("confidence %s, as with logs that cover the window", f.Confidence)
				}
			})
		}
		t.Run(position+"/not logged", func(t *testing.T) {
			f, e := absentIn(t, newAbsenceWorld(),
				strings.Replace(absenceRules[position], "KIND", "file where true", 1), Options{})
			if e.Absence.Covered != coverage.None ||
				!slices.Equal(causesOf(e.Absence), []coverage.Cause{coverage.CauseNotLogged}) ||
				f.Confidence != pack.Low {
				t.Errorf("%+v, confidence %s; no file event was ever logged", e.Absence, f.Confidence)
			}
		})
	}
}

// TestASilenceLeavesAnAbsenceUncovered needs a window that is longer than the silences that a log usually has.
func TestASilenceLeavesAnAbsenceUncovered(t *testing.T) {
	w := &absenceWorld{files: map[string][]byte{}}
	for h := -24 * 6; h <= 24*6; h++ {
		for m := range 4 {
			at := noon.Add(time.Duration(h)*time.Hour + time.Duration(m)*15*time.Minute)
			image := map[time.Duration]string{0: "first.exe", 48 * time.Hour: "second.exe"}[at.Sub(noon)]
			if image == "" {
				image = "filler.exe"
			}
			w.security = append(w.security,
				evtxtest.Event{Provider: "Microsoft-Windows-Security-Auditing", Channel: "Security",
					Computer: absenceHost, EventID: 4624, Version: 2,
					Time: at, Data: []evtxtest.Pair{evtxtest.Str("TargetUserName", "a"),
						evtxtest.Str("TargetLogonId", "0x1"), evtxtest.Str("LogonType", "2")}})
			if h < 6 || h > 30 || image == "second.exe" {
				w.sysmon = append(w.sysmon, startAt(at, image))
			}
		}
	}
	rule := `sequence by host.id with maxspan=3d [process where process.name == "first.exe"] ![process where process.name == "never.exe"] [process where process.name == "second.exe"]`
	if _, e := absentIn(t, w, rule, Options{}); e.Absence.Covered != coverage.Partial ||
		!slices.Contains(causesOf(e.Absence), coverage.CauseSilent) {
		t.Errorf("%+v; want a silence of a day", e.Absence)
	}
}

func TestAPartialChainSaysWhetherTheNextStepCouldHaveBeenSeen(t *testing.T) {
	text := `id = "chain"
name = "A chain"
partial = true
query = '''sequence by host.id with maxspan=10m [process where process.name == "first.exe"] [process where process.name == "never.exe"]'''
`
	for _, c := range []struct {
		name  string
		until time.Duration
		want  coverage.Degree
	}{{"covered", time.Hour, coverage.Full}, {"the evidence ends", 2 * time.Minute, coverage.Partial},
		{"it ends at once", 0, coverage.None}} {
		t.Run(c.name, func(t *testing.T) {
			w := newAbsenceWorld()
			until := func(at time.Time) bool { return !at.After(noon.Add(c.until)) }
			keep(&w.sysmon, until)
			keep(&w.security, until)
			dir := w.write(t)
			name := filepath.Join(t.TempDir(), "rule.toml")
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			pk, err := pack.Load(pack.Sources{Rules: []string{name}, NoDefaultRules: true, NoDefaultTuning: true})
			if err != nil {
				t.Fatal(err)
			}
			res := runOn(t, pk, Options{}, dir)
			if len(res.Findings) != 1 || res.Findings[0].Next == nil {
				t.Fatalf("%d findings, want a partial chain that says how far the logs go", len(res.Findings))
			}
			f := res.Findings[0]
			if f.Next.Covered != c.want {
				t.Errorf("%s, unseen %v; want %s", f.Next.Covered, f.Next.Unseen, c.want)
			}
			labelled := slices.ContainsFunc(f.Labels, func(l string) bool {
				return strings.HasPrefix(l, "the next step could have happened unseen")
			})
			if labelled != (c.want != coverage.Full) {
				t.Errorf("labels %q with %s", f.Labels, f.Next.Covered)
			}
		})
	}
}

// TestAbsenceKnowsWhatIsNotAudited has process starts of the Security log, and changes of the audit policy between
// them.
func TestAbsenceKnowsWhatIsNotAudited(t *testing.T) {
	const creation, logons, removed, added = "{0CCE922B-69AE-11D9-BED3-505054503030}",
		"{0CCE9215-69AE-11D9-BED3-505054503030}", "%%8448", "%%8449"
	security := func(id uint16, at time.Time, data ...string) evtxtest.Event {
		e := evtxtest.Event{Provider: "Microsoft-Windows-Security-Auditing", Channel: "Security", Computer: absenceHost,
			EventID: id, Time: at}
		for i := 0; i < len(data); i += 2 {
			e.Data = append(e.Data, evtxtest.Str(data[i], data[i+1]))
		}
		return e
	}
	start := func(after time.Duration, image string) evtxtest.Event {
		return security(4688, noon.Add(after), "NewProcessId", "0x44", "NewProcessName", `C:\x\`+image, "ProcessId",
			"0x4", "ParentProcessName", `C:\x\parent.exe`)
	}
	policy := func(after time.Duration, what, change string) evtxtest.Event {
		return security(4719, noon.Add(after), "SubcategoryGuid", what, "AuditPolicyChanges", change)
	}
	logon := security(4624, noon.Add(20*time.Minute), "TargetUserName", "a", "LogonType", "3")
	for name, c := range map[string]struct {
		between []evtxtest.Event
		want    coverage.Degree
		perhaps bool
	}{
		"nothing":        {[]evtxtest.Event{start(20*time.Minute, "later.exe")}, coverage.Full, false},
		"off to the end": {[]evtxtest.Event{policy(time.Minute, creation, removed), logon}, coverage.Partial, false},
		"off before, to the end": {[]evtxtest.Event{policy(time.Second, creation, removed),
			policy(2*time.Second, creation, added), logon}, coverage.Partial, false},
		"off, and such an event": {[]evtxtest.Event{policy(time.Minute, creation, removed),
			start(20*time.Minute, "later.exe")}, coverage.Partial, true},
		"another category": {[]evtxtest.Event{policy(time.Minute, logons, removed),
			start(20*time.Minute, "later.exe")}, coverage.Full, false},
		"off after the window": {[]evtxtest.Event{policy(15*time.Minute, creation, removed), logon},
			coverage.Full, false},
		"only failures are left out": {[]evtxtest.Event{policy(time.Minute, creation, "%%8450"), logon},
			coverage.Full, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := &absenceWorld{files: map[string][]byte{}}
			w.security = append([]evtxtest.Event{start(-time.Hour, "filler.exe"), start(0, "first.exe")}, c.between...)
			_, e := absentIn(t, w, `sequence by host.id with maxspan=10m [process where process.name == "first.exe"] ![process where process.name == "never.exe"]`, Options{})
			a := e.Absence
			if a.Covered != c.want {
				t.Fatalf("covered: %s, %+v; want %s", a.Covered, a.Unseen, c.want)
			}
			for _, u := range a.Unseen {
				if u.Cause != coverage.CauseAudit || u.Perhaps != c.perhaps {
					t.Errorf("%+v", u)
				}
			}
		})
	}
}
