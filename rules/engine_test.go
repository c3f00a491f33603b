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
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/evidence"
	"hunt/timeline/host"
)

// runText runs a rule of one query over the events of a case.
func runText(t *testing.T, query string, o Options, events ...pack.CaseEvent) *Result {
	t.Helper()
	name := filepath.Join(t.TempDir(), "test.eql")
	if err := os.WriteFile(name, []byte(query), 0o644); err != nil {
		t.Fatal(err)
	}
	pk, err := pack.Load(pack.Sources{Rules: []string{name}, NoDefaultRules: true, NoDefaultTuning: true})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := (&pack.Case{Name: t.Name(), Events: events}).Write(dir); err != nil {
		t.Fatal(err)
	}
	return runOn(t, pk, o, dir)
}

func TestEventsWithoutAUsableTimeAreInNoSequence(t *testing.T) {
	first := start(0, "first", cmdExe, "browser", chrome, "cmd /c first")
	last := start(second, "second", mshta, "first", cmdExe, "mshta second")
	const query = `sequence by host.id with maxspan=30s [process where process.name == "cmd.exe"] [process where process.name == "mshta.exe"]`
	year := func(n int) time.Time { return time.Date(n, 1, 1, 0, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		name        string
		first, last time.Time
		matches     int
	}{
		{"a second apart", caseStart, caseStart.Add(second), 1},
		{"no time, then one", evtx.Filetime(0).Time(), caseStart, 0},
		{"no time at all", evtx.Filetime(0).Time(), evtx.Filetime(0).Time(), 0},
		{"four hundred years apart", year(1700), year(2100), 0},
		{"five hundred years apart", year(1700), year(2200), 0},
		{"centuries after now", caseStart, year(2999), 0},
		{"years apart in a far century", year(2900), year(2999), 0},
		{"a second apart in a century that fits", year(2200), year(2200).Add(second), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			first.Time, last.Time = c.first, c.last
			rr := runText(t, query, Options{}, first, last).Rules[0]
			if rr.Matches != c.matches || !slices.Equal(rr.StageHits, []int{1, 1}) {
				t.Errorf("%d matches, stage hits %v; want %d, [1 1]", rr.Matches, rr.StageHits, c.matches)
			}
		})
	}
	first.Time, last.Time = evtx.Filetime(0).Time(), caseStart
	rr := runText(t, query, Options{}, first, last).Rules[0]
	if !strings.Contains(strings.Join(rr.Warnings, "\n"), "1 event") {
		t.Errorf("warnings %q do not say that an event without a time was left out", rr.Warnings)
	}
}

func TestAnEventCountsOnceForAStageThatRefersToAnother(t *testing.T) {
	rr := runText(t, `sequence by host.id with maxspan=30s [process where process.name == "cmd.exe"] as e1
		[process where process.name == "mshta.exe" or process.parent.name == e1.process.name]`, Options{},
		start(0, "first", cmdExe, "browser", chrome, "cmd /c first"),
		start(second, "second", mshta, "first", cmdExe, "mshta second")).Rules[0]
	if rr.Matches != 1 || !slices.Equal(rr.StageHits, []int{1, 1}) {
		t.Errorf("%d matches, stage hits %v, want 1 and [1 1]", rr.Matches, rr.StageHits)
	}
}

func TestSuppressedMatchesDoNotPushOthersOffTheList(t *testing.T) {
	pk, err := pack.Load(pack.Sources{NoDefaultTuning: true})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "tuning.toml")
	text := "[[exception]]\nid = \"noise\"\nrule = \"*\"\nreason = \"known\"\nexpires = \"never\"\nexpires_reason " +
		"= \"test\"\ncommand_line = \"*noise*\"\n"
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	tuned, err := pack.Load(pack.Sources{Tuning: []string{name}, NoDefaultTuning: true})
	if err != nil {
		t.Fatal(err)
	}
	var events []pack.CaseEvent
	for i := range 30 {
		events = append(events, start(time.Duration(i)*2*time.Hour, fmt.Sprintf("noise%d", i), mshta, "browser", chrome,
			`mshta C:\Users\alice\Downloads\noise.hta`))
	}
	events = append(events, start(time.Hour, "real", mshta, "browser", chrome,
		`mshta C:\Users\alice\Downloads\real.hta`))
	dir := t.TempDir()
	if err := (&pack.Case{Events: events}).Write(dir); err != nil {
		t.Fatal(err)
	}
	rule := pk.Rule("t1204-001-browser-lolbin-web-content")
	res := runOn(t, &pack.Pack{Rules: []*pack.Rule{rule}, Exceptions: tuned.Exceptions}, Options{MaxFindings: 7}, dir)
	by := map[pack.Status]int{}
	for _, f := range res.Findings {
		by[f.Status]++
	}
	rr := res.Rules[0]
	if by[pack.StatusFinding] != 1 || by[pack.StatusSuppressed] != 7 || rr.Matches != 31 || rr.Suppressed != 30 ||
		rr.Unlisted != 23 {
		t.Errorf("findings %v, %d matches, %d suppressed, %d not listed; want the one that is not suppressed, 7 "+
			"of 30 that are, 23 not listed", by, rr.Matches, rr.Suppressed, rr.Unlisted)
	}
	if len(res.Limits) != 1 {
		t.Errorf("limits %q", res.Limits)
	}
}

func TestPartialChainsBeyondTheBoundAreCounted(t *testing.T) {
	rule, _ := partialDownloads(t)
	var events []pack.CaseEvent
	for i := range 20 {
		events = append(events, sysmon(11, time.Duration(i)*second, "ProcessGuid", "browser", "Image", chrome,
			"TargetFilename", fmt.Sprintf(`C:\Users\alice\Downloads\%d.exe`, i)))
	}
	dir := t.TempDir()
	if err := (&pack.Case{Events: events}).Write(dir); err != nil {
		t.Fatal(err)
	}
	res := runOn(t, &pack.Pack{Rules: []*pack.Rule{rule}}, Options{MaxFindings: 7}, dir)
	if len(res.Findings) != 7 || len(res.Limits) != 1 || !strings.Contains(res.Limits[0], "13") {
		t.Errorf("%d findings, limits %q: want 7, and that 13 partial chains are not listed", len(res.Findings),
			res.Limits)
	}
}

func TestADownloadWrittenThousandsOfTimesIsOnePartialChainWithFewCandidates(t *testing.T) {
	var events []pack.CaseEvent
	for i := range 3000 {
		events = append(events, sysmon(11, time.Duration(i)*time.Millisecond, "ProcessGuid", "browser", "Image", chrome,
			"TargetFilename", `C:\Users\alice\Downloads\a.exe`))
	}
	rule, p := partialDownloads(t)
	found := findBy(t, rule, p, events...)
	if len(found) != 1 || len(found[0].Candidates) != maxCandidates {
		t.Errorf("%d findings, %d candidates of the first, want 1 and %d", len(found), len(found[0].Candidates),
			maxCandidates)
	}
}

func TestRulesThatReadTheSameEventsDoNotRace(t *testing.T) {
	const query = `sequence by user.name with maxspan=30s [process where process.name == "cmd.exe"] [process where process.name == "mshta.exe"]`
	var files []string
	for i := range 8 {
		name := filepath.Join(t.TempDir(), fmt.Sprintf("rule%d.eql", i))
		if err := os.WriteFile(name, []byte(query), 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, name)
	}
	pk, err := pack.Load(pack.Sources{Rules: files, NoDefaultRules: true, NoDefaultTuning: true})
	if err != nil {
		t.Fatal(err)
	}
	var events []pack.CaseEvent
	for i := range 200 {
		at := time.Duration(i) * time.Minute
		events = append(events, start(at, "a", cmdExe, "browser", chrome, "cmd", "User", `CORP\alice`),
			start(at+second, "b", mshta, "a", cmdExe, "mshta", "User", `CORP\alice`))
	}
	dir := t.TempDir()
	if err := (&pack.Case{Events: events}).Write(dir); err != nil {
		t.Fatal(err)
	}
	for _, rr := range runOn(t, pk, Options{Jobs: 4}, dir).Rules {
		if rr.Matches != 200 {
			t.Errorf("%s: %d matches, want 200", rr.Rule.ID, rr.Matches)
		}
	}
}

func TestARenamedHostIsNotNarrowedInSilence(t *testing.T) {
	process := start(0, "first", cmdExe, "browser", chrome, "cmd /c first")
	for hosts, want := range map[string]int{"ws07": 0, "WS07.corp.example": 0, "WS07": 0, "": 0,
		"ws07.other.example": 1} {
		o := Options{}
		if hosts != "" {
			o.Filter.Hosts = []string{hosts}
		}
		res := runText(t, "process where true", o, on("WS07", process), on("ws07.corp.example", process))
		if len(res.Limits) != want {
			t.Errorf("--host %q: limits %q, want %d", hosts, res.Limits, want)
		}
	}
	dir := t.TempDir()
	if err := (&pack.Case{Events: []pack.CaseEvent{on("OLD", process), on("NEW", process)}}).Write(dir); err != nil {
		t.Fatal(err)
	}
	hosts := filepath.Join(t.TempDir(), "hosts.toml")
	if err := os.WriteFile(hosts, []byte("[[host]]\nid = \"new\"\nnames = [\"NEW\", \"OLD\"]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	m, err := host.LoadMap(hosts)
	if err != nil {
		t.Fatal(err)
	}
	col, err := evidence.Collect(t.Context(), evidence.Inputs(dir), evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := Run(t.Context(), timeline.Of(col), &pack.Pack{},
		Options{Hosts: m, Filter: timeline.Filter{Hosts: []string{"new"}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Limits) != 1 || !strings.Contains(res.Limits[0], "OLD") {
		t.Errorf("limits %q do not say that the records under the old name were left out", res.Limits)
	}
}
