package rules

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"hunt/evtx/evtxtest"
	"hunt/rules/pack"
	"hunt/rules/ruletest"
	"hunt/timeline"
	"hunt/timeline/evidence"
)

// drawn is an event of a drawn log: which processes start which, when, on which host.
type drawn struct {
	at           time.Time
	host, parent string
	image        string
	id           uint64
	quiet        bool // tuning suppresses it
	copies       int
}

// drawnLog draws process starts of three hosts by a few parents, in bursts and with pauses, so that runs end for every
// reason: an hour without a hit, to the tick and beyond, and a day after the first.
func drawnLog(rnd *rand.Rand, n int) []drawn {
	pauses := []time.Duration{0, time.Second, 20 * time.Minute, 59 * time.Minute, time.Hour, time.Hour + 100,
		time.Hour - 100, 3 * time.Hour, 25 * time.Hour}
	weights := []int{2, 8, 12, 8, 2, 1, 2, 1, 1}
	var bag []time.Duration
	for i, w := range weights {
		for range w {
			bag = append(bag, pauses[i])
		}
	}
	out := make([]drawn, n)
	at := caseStart
	for i := range out {
		at = at.Add((bag[rnd.IntN(len(bag))] / 3).Truncate(100))
		if rnd.IntN(4) == 0 {
			at = at.Add((bag[rnd.IntN(len(bag))] / 2).Truncate(100))
		}
		out[i] = drawn{at: at, host: fmt.Sprintf("WS%02d.corp.example", rnd.IntN(3)), parent: fmt.Sprint(rnd.IntN(3)),
			image: fmt.Sprintf(`C:\Tools\t%d.exe`, rnd.IntN(12)), id: uint64(i + 1), quiet: rnd.IntN(5) == 0,
			copies: rnd.IntN(3) / 2}
	}
	return out
}

func (d drawn) event() evtxtest.Event {
	guid := func(s string) evtxtest.Value {
		return evtxtest.GUID("{912F8223-0000-0000-0000-" + strings.Repeat("0", 12-len(s)) + s + "}")
	}
	line := d.image + " /run"
	if d.quiet {
		line += " /quiet"
	}
	return evtxtest.Event{Provider: "Microsoft-Windows-Sysmon", Channel: "Microsoft-Windows-Sysmon/Operational",
		Computer: d.host,
		EventID:  1, Version: 5, Time: d.at, RecordID: d.id, Data: []evtxtest.Pair{
			evtxtest.Str("UtcTime", d.at.Format("2006-01-02 15:04:05.000")),
			{Name: "ProcessGuid", Value: guid(fmt.Sprint(1000 + d.id))},
			{Name: "ProcessId", Value: evtxtest.Uint32(uint32(1000 + d.id))},
			evtxtest.Str("Image", d.image), evtxtest.Str("CommandLine", line), evtxtest.Str("User", `CORP\anna`),
			{Name: "ParentProcessGuid", Value: guid(d.parent)}, {Name: "ParentProcessId", Value: evtxtest.Uint32(77)},
			evtxtest.Str("ParentImage", `C:\Tools\parent`+d.parent+`.exe`)}}
}

// naiveRuns folds the whole list by the definition: for each host, parent and answer of tuning, cut where an hour
// passes without an event or a day after the first.
func naiveRuns(events []drawn) []string {
	groups := map[string][]drawn{}
	for _, d := range events {
		k := fmt.Sprint(d.host, d.parent, d.quiet)
		groups[k] = append(groups[k], d)
	}
	var out []string
	for _, g := range groups {
		slices.SortFunc(g, func(a, b drawn) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.id, b.id)) })
		for len(g) > 0 {
			n := 1
			for n < len(g) && g[n].at.Sub(g[n-1].at) <= time.Hour && g[n].at.Sub(g[0].at) <= 24*time.Hour {
				n++
			}
			out = append(out, drawnText(g[:n]))
			g = g[n:]
		}
	}
	slices.Sort(out)
	return out
}

func drawnText(run []drawn) string {
	status := pack.StatusFinding
	if run[0].quiet {
		status = pack.StatusSuppressed
	}
	var ids, also []string
	images := map[string]bool{}
	for _, d := range run {
		ids = append(ids, fmt.Sprint(d.id))
		for range d.copies {
			also = append(also, fmt.Sprint(d.id))
		}
		images[d.image] = true
	}
	n := len(images)
	if n > 8 {
		n = -1
	}
	return fmt.Sprintf("%s %s %d from %s to %s, %d images, %v, copies %v", status, run[0].host, len(run),
		run[0].at.Format(time.RFC3339Nano), run[len(run)-1].at.Format(time.RFC3339Nano), n, ids, also)
}

// foundRuns tells the same of the findings of a result.
func foundRuns(t *testing.T, res *Result) []string {
	t.Helper()
	ids, also := map[*Finding][]string{}, map[*Finding][]string{}
	for h, err := range res.Hits() {
		if err != nil {
			t.Fatal(err)
		}
		list := ids
		if h.Also {
			list = also
		}
		list[h.Finding] = append(list[h.Finding], fmt.Sprint(h.Record))
	}
	var out []string
	for _, f := range res.Findings {
		images := 1
		for _, d := range f.Differs {
			if strings.HasSuffix(d.Values[0], ".exe") && !strings.Contains(d.Values[0], "parent") {
				more := map[string]bool{}
				for _, v := range d.Values {
					more[v] = true
				}
				if images = len(more); d.More > 0 {
					images = -1 // more than are listed
				}
			}
		}
		for i, e := range f.Evidence {
			if got := fmt.Sprint(e.Event.Ref.EventRecordID); got != ids[f][i] {
				t.Errorf("event %d in full is %s, want the first ones: %v", i, got, ids[f])
			}
		}
		if len(f.Evidence) != min(f.Count, shownHits) {
			t.Errorf("%d of %d events in full", len(f.Evidence), f.Count)
		}
		out = append(out, fmt.Sprintf("%s %s %d from %s to %s, %d images, %v, copies %v", f.Status,
			f.Host.Names()[0], f.Count,
			f.First.Time().Format(time.RFC3339Nano), f.Last.Time().Format(time.RFC3339Nano), images, ids[f], also[f]))
	}
	slices.Sort(out)
	return out
}

// TestFindingsAreTheRunsOfTheWholeList: whatever the order of the files, the workers and the memory, the findings of a
// rule of single events are what a fold over the whole list gives.
func TestFindingsAreTheRunsOfTheWholeList(t *testing.T) {
	ruletest.Write(t, map[string]string{
		"any.eql": "process where process.name : \"t*.exe\"",
		"tuning.toml": "[[exception]]\nid = \"odd\"\nrule = \"*\"\nreason = \"known\"\nexpires = \"never\"\n" +
			"expires_reason = \"test\"\ncommand_line = \"*/quiet\"\n",
	})
	pk, err := pack.Load(pack.Sources{Rules: []string{"any.eql"}, NoDefaultRules: true, Tuning: []string{"tuning.toml"},
		NoDefaultTuning: true})
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(6) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		events := drawnLog(rnd, 60+rnd.IntN(500))
		files := make([][]evtxtest.Event, 3)
		for _, d := range events {
			at := rnd.IntN(len(files))
			for i := range 1 + d.copies {
				files[(at+i)%len(files)] = append(files[(at+i)%len(files)], d.event())
			}
		}
		dir := t.TempDir()
		for i, list := range files {
			rnd.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.evtx", i)), evtxtest.File(list...),
				0o600); err != nil {
				t.Fatal(err)
			}
		}
		want := naiveRuns(events)
		for _, o := range []Options{{Jobs: 1}, {Jobs: 2}, {Jobs: 8}, {Jobs: 2, MaxMemory: 1 << 20},
			{Jobs: 1, MaxMemory: 1}, {Jobs: 8, MaxMemory: 16 << 20}} {
			told := 0
			o.Hit = func(_ *pack.Rule, f *Finding, _ bool, _ *timeline.Event) {
				if told++; f == nil {
					t.Error("a hit without a finding")
				}
			}
			col, err := evidence.Collect(t.Context(), evidence.Inputs(dir), evidence.Options{})
			if err != nil {
				t.Fatal(err)
			}
			res, err := Run(t.Context(), timeline.Of(col), pk, o)
			if err != nil {
				t.Fatal(err)
			}
			got := foundRuns(t, res)
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Fatalf("seed %d, jobs %d, memory %d (-want +got):\n%s", seed, o.Jobs, o.MaxMemory, diff)
			}
			if told != len(events) || res.Rules[0].Matches != len(events) {
				t.Errorf("%d hits told, %d matches, want %d", told, res.Rules[0].Matches, len(events))
			}
			if err := res.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// A run ends after an hour without a hit, and a day after its first; to the tick it goes on.
func TestWhereARunOfHitsEnds(t *testing.T) {
	const tick = 100 * time.Nanosecond
	pk := boundPack(t, `process where true`)
	steps := func(step time.Duration, n int) (out []time.Duration) {
		for i := range n {
			out = append(out, time.Duration(i)*step)
		}
		return out
	}
	for _, c := range []struct {
		name string
		at   []time.Duration
		want []int
	}{
		{"an hour to the tick", []time.Duration{0, time.Hour}, []int{2}},
		{"a tick more", []time.Duration{0, time.Hour + tick}, []int{1, 1}},
		{"a day to the tick", steps(time.Hour, 26), []int{25, 1}},
		{"two days", steps(30*time.Minute, 97), []int{49, 48}},
		{"all at once", []time.Duration{0, 0, 0}, []int{3}},
	} {
		var list []evtxtest.Event
		for i, at := range c.at {
			list = append(list, drawn{at: caseStart.Add(at), host: caseComputer, parent: "1", image: `C:\t.exe`,
				id: uint64(i + 1)}.event())
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "a.evtx"), evtxtest.File(list...), 0o600); err != nil {
			t.Fatal(err)
		}
		var got []int
		for _, f := range runOn(t, pk, Options{}, dir).Findings {
			got = append(got, f.Count)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: runs of %v, want %v", c.name, got, c.want)
		}
	}
}
