package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hunt/evtx/evtxtest"
	"hunt/report"
	"hunt/report/build"
	"hunt/rules"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/batch"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
	"hunt/timeline/shard"
)

// groupRules join hosts, count over all of them, and match more often than they may list.
var groupRules = map[string]string{
	"counts.yml": `title: Failed
name: failed
logsource: {product: windows, service: security}
detection: {sel: {EventID: 4625}, condition: sel}
---
title: Burst
id: burst
correlation: {type: event_count, rules: failed, group-by: TargetUserName, timespan: 1m, condition: {gte: 5}}
---
title: Spraying
id: spraying
correlation: {type: value_count, rules: failed, group-by: IpAddress, timespan: 30m, condition: {field: TargetUserName, gte: 4}}
---
title: Each failed logon
id: each
level: low
logsource: {product: windows, service: security}
detection: {sel: {EventID: 4625}, condition: sel}
`,
	"across.toml": `id = "across"
name = "A failed logon, and a start on any host"
severity = "high"
confidence = "medium"
why = "x"
attack = [{ tactic = "TA0002 Execution", technique = "T1204 User Execution" }]
query = '''
sequence with maxspan=10s
  [authentication where event.code == "4625" and user.name == "anna"] as failed
  [process where process.name : "tool.exe"] as start
'''
`,
	"browser-child.toml": `id = "browser-child"
name = "A browser starts a program"
severity = "medium"
confidence = "high"
why = "x"
attack = [{ tactic = "TA0002 Execution", technique = "T1204 User Execution" }]
query = '''
process where process.parent.name : "chrome.exe" and process.name : ("tool.exe", "rare.exe")
'''
`,
	"chain.toml": `id = "chain"
name = "Two starts"
severity = "medium"
confidence = "medium"
why = "x"
partial = true
attack = [{ tactic = "TA0002 Execution", technique = "T1204 User Execution" }]
query = '''
sequence by host.id with maxspan=2m
  [process where process.name : "tool.exe"] as first
  [process where process.name : "rare.exe"] as second
'''
`,
}

// groupTuning suppresses complete and partial chains of one host.
const groupTuning = `[[exception]]
id = "known"
rule = "chain"
reason = "x"
expires = "never"
expires_reason = "x"
host = ["ws02", "ws02.corp.example"]
path = ['C:\t\tool.exe', 'C:\t\rare.exe']
`

// groupFleet writes the logs of some hosts, as inputs: a folder for most; two for one host; a copy of a log in an
// input of its own; and forwarded events of several hosts.
func groupFleet(t *testing.T, seed uint64) []evidence.Input {
	t.Helper()
	dir, random := t.TempDir(), rand.New(rand.NewPCG(seed, 1))
	begin := time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)
	var forwarded []evtxtest.Event
	logs := map[string][]evtxtest.Event{}
	put := func(name string, e evtxtest.Event) {
		logs[name] = append(logs[name], e)
		if e.Computer < "WS04" && random.IntN(3) == 0 {
			forwarded = append(forwarded, e)
		}
	}
	for h := range 13 {
		computer := fmt.Sprintf("WS%02d.corp.example", h+1)
		at := begin.Add(time.Duration(random.IntN(60)) * time.Second)
		security, sysmon := fmt.Sprintf("host%d/C/Windows/System32/winevt/Logs/Security.evtx", h),
			fmt.Sprintf("host%d/C/Windows/System32/winevt/Logs/Sysmon.evtx", h)
		if h == 4 {
			sysmon = "other4/Sysmon.evtx"
		}
		for i := range 40 + random.IntN(40) {
			at = at.Add(time.Duration(1+random.IntN(20_000)) * time.Millisecond)
			e := evtxtest.Event{Channel: "Security", Provider: "Microsoft-Windows-Security-Auditing", EventID: 4625,
				Computer: computer, Time: at, Data: []evtxtest.Pair{
					evtxtest.Str("TargetUserName", []string{"anna", "bob", "carl", "dora", "emil"}[random.IntN(5)]),
					evtxtest.Str("IpAddress", fmt.Sprintf("10.0.0.%d", random.IntN(4)))}}
			if random.IntN(2) == 0 {
				put(security, e)
				continue
			}
			image := []string{`C:\t\tool.exe`, `C:\t\rare.exe`, `C:\t\chrome.exe`}[random.IntN(3)]
			if h > 6 {
				image = `C:\t\tool.exe`
			}
			guid := func(n int) string { return fmt.Sprintf("{11111111-2222-3333-4444-%012d}", h*1000+n) }
			e.Channel, e.Provider, e.EventID = "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", 1
			e.Data = []evtxtest.Pair{evtxtest.Str("UtcTime", at.Format("2006-01-02 15:04:05.000")),
				evtxtest.Str("ProcessGuid", guid(i)), evtxtest.Str("ProcessId", fmt.Sprint(4000+i)),
				evtxtest.Str("Image", image), evtxtest.Str("CommandLine", "x"),
				evtxtest.Str("ParentProcessGuid", guid(i-1-random.IntN(3))),
				evtxtest.Str("ParentProcessId", "100"), evtxtest.Str("ParentImage", `C:\t\chrome.exe`),
				evtxtest.Str("User", `CORP\anna`)}
			put(sysmon, e)
			if random.IntN(2) == 0 {
				e.Channel, e.Provider, e.EventID = "Security", "Microsoft-Windows-Security-Auditing", 4688
				e.Data = []evtxtest.Pair{{Name: "NewProcessId", Value: evtxtest.Hex64(uint64(4000 + i))},
					{Name: "ProcessId", Value: evtxtest.Hex64(100)},
					evtxtest.Str("NewProcessName", image), evtxtest.Str("SubjectUserName", "anna")}
				put(security, e)
			}
		}
	}
	logs["wec/ForwardedEvents.evtx"] = forwarded
	logs["shadow/VSS1/Windows/System32/winevt/Logs/Security.evtx"] =
		logs["host3/C/Windows/System32/winevt/Logs/Security.evtx"][:20]
	inputs := map[string]bool{}
	for name, events := range logs {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, evtxtest.File(events...), 0o600); err != nil {
			t.Fatal(err)
		}
		input, _, _ := bytes.Cut([]byte(name), []byte("/"))
		inputs[string(input)] = true
	}
	var out []evidence.Input
	for name := range inputs {
		out = append(out, evidence.Input{Path: filepath.Join(dir, name), Name: "fleet/" + name})
	}
	slices.SortFunc(out, func(a, b evidence.Input) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
	return evidence.Placed(out)
}

func TestAnyGroupsOfHostsAreOneRun(t *testing.T) {
	dir := t.TempDir()
	var files []string
	for name, text := range groupRules {
		files = append(files, filepath.Join(dir, name))
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(files)
	tuning := filepath.Join(dir, "tuning.toml")
	if err := os.WriteFile(tuning, []byte(groupTuning), 0o600); err != nil {
		t.Fatal(err)
	}
	pk, err := pack.Load(pack.Sources{Rules: files, NoDefaultRules: true, Tuning: []string{tuning},
		NoDefaultTuning: true})
	if err != nil {
		t.Fatal(err)
	}
	for seed, c := range []struct {
		groups, most, listed int
		records              int64
	}{{1, 0, 0, 0}, {2, 7, 0, 0}, {5, 0, 30, 0}, {7, 3, 0, 0}, {30, 20, 100, 0}, {4, 0, 0, 20_000}} {
		inputs := groupFleet(t, uint64(seed))
		o := rules.Options{MaxFindings: c.most, MaxListed: c.listed, MaxListedRecords: c.records}
		fewer := c.listed > 0 || c.records > 0
		want := reportOf(t, func(o rules.Options) (*rules.Result, error) {
			return rules.Run(t.Context(), timeline.Of(collected(t, inputs)), pk, o)
		}, o)
		if !fewer && !bytes.Contains(want, []byte(`"across"`)) || !bytes.Contains(want, []byte(`"burst"`)) {
			t.Fatalf("seed %d: the rules that join hosts find nothing", seed)
		}
		if c.most > 0 && !bytes.Contains(want, []byte(`"rules-findings"`)) {
			t.Fatalf("seed %d: no rule has more findings than it lists", seed)
		}
		if fewer && !(bytes.Contains(want, []byte(`"rules-all-findings"`)) &&
			bytes.Contains(want, []byte("but not listed, and other hosts may have findings, too"))) {
			t.Fatalf("seed %d: there are no more findings than are listed", seed)
		}
		if !bytes.Contains(want, []byte(`"suppressed"`)) {
			t.Fatalf("seed %d: nothing is suppressed", seed)
		}
		if !fewer && !bytes.Contains(want, []byte("A browser started")) {
			t.Fatalf("seed %d: nothing is rare", seed)
		}
		got := reportOf(t, func(o rules.Options) (*rules.Result, error) {
			return inGroups(t, inputs, pk, o, c.groups, uint64(seed))
		}, o)
		if !bytes.Equal(got, want) {
			a, b := bytes.Split(want, []byte("\n")), bytes.Split(got, []byte("\n"))
			for i := range a {
				if i >= len(b) || !bytes.Equal(a[i], b[i]) {
					t.Fatalf("seed %d, %d groups: line %d differs:\n%.300s\n%.300s", seed, c.groups, i+1, a[i],
						b[min(i, len(b)-1)])
				}
			}
		}
	}
}

func collected(t *testing.T, inputs []evidence.Input) *evidence.Collection {
	t.Helper()
	col, err := evidence.Collect(t.Context(), inputs, evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return col
}

// reportOf is the report of a result.
func reportOf(t *testing.T, run func(rules.Options) (*rules.Result, error), o rules.Options) []byte {
	t.Helper()
	res, err := run(o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Close() }()
	rep, err := build.Report(t.Context(), res, build.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := report.WriteJSON(t.Context(), &b, rep); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// inGroups scans each input, in any order and some twice, and matches the hosts in groups.
func inGroups(t *testing.T, inputs []evidence.Input, pk *pack.Pack, o rules.Options, groups int,
	seed uint64) (*rules.Result, error) {
	t.Helper()
	batch, found := matchedGroups(t, inputs, pk, o, groups, seed)
	return rules.Combine(t.Context(), batch, pk, o, found)
}

// matchedGroups does all of that but the last step.
func matchedGroups(t *testing.T, inputs []evidence.Input, pk *pack.Pack, o rules.Options, groups int,
	seed uint64) (timeline.Planned, []*shard.Bundle) {
	t.Helper()
	dir := t.TempDir()
	file := func(name string, write func(io.Writer) error) string {
		t.Helper()
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := write(f); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		return f.Name()
	}
	var paths []string
	for i, in := range inputs {
		paths = append(paths, file(fmt.Sprintf("%d.shard", i), func(w io.Writer) error {
			out := shard.NewWriter(w)
			scan := o
			scan.Shard = out
			res, err := rules.Run(t.Context(), timeline.Of(collected(t, []evidence.Input{in})), pk, scan)
			if err != nil {
				return err
			}
			defer func() { _ = res.Close() }()
			if err := build.Rehearse(t.Context(), res, build.Options{}); err != nil {
				return err
			}
			return out.Finish(&shard.Manifest{Name: in.Place, Clock: "created"})
		}))
	}
	paths = append(paths, file("again.shard", func(w io.Writer) error {
		_, err := w.Write(mustRead(t, paths[2]))
		return err
	}))
	rand.New(rand.NewPCG(seed, 2)).Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
	shards, err := batch.OpenShards(paths)
	if err != nil {
		t.Fatal(err)
	}
	plan := file("plan", func(w io.Writer) error {
		return shards.Resolve(t.Context(), timeline.ScanOptions{Schema: ecs.NewSchema()}, &shard.BundleManifest{}, w)
	})
	open := func(path string, open func(string) (*shard.Bundle, error)) *shard.Bundle {
		t.Helper()
		b, err := open(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	resolved := open(plan, shard.OpenPlan)
	of := resolved.Manifest.GroupOf(groups)
	var found []*shard.Bundle
	for g := range groups {
		name := file(fmt.Sprintf("%d.match", g), func(w io.Writer) error {
			out := shard.NewBundle(w)
			own := func(id string) bool { return of[id] == g }
			if err := rules.Match(t.Context(), timeline.Share{Batch: shards, Plan: resolved, Own: own}, pk, o,
				out); err != nil {
				return err
			}
			return out.Finish(&shard.BundleManifest{Schema: shard.MatchSchema, Group: g, Groups: groups})
		})
		found = append(found, open(name, shard.OpenMatch))
	}
	return timeline.Planned{Batch: shards, Plan: resolved}, found
}
