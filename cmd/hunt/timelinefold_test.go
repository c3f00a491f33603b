package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hunt/evtx/evtxtest"
)

// foldRow is what folding looks at of a row of a timeline, and what it says.
type foldRow struct {
	Time    string `json:"time"`
	Host    string `json:"host"`
	Code    uint32 `json:"event_code"`
	Channel string `json:"channel"`
	Record  uint64 `json:"record_id"`
	Rule    string `json:"rule"`
	Folded  int    `json:"folded"`
	Until   string `json:"folded_until"`
}

func foldRows(t *testing.T, text string) (out []foldRow) {
	t.Helper()
	for line := range strings.Lines(text) {
		var r foldRow
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		out = append(out, r)
	}
	return out
}

// naiveFold folds rows in order: events of loud kinds of one host that follow each other within ten
// minutes are the first of them, unless a rule found something in them.
func naiveFold(t *testing.T, rows []foldRow) (out []foldRow) {
	t.Helper()
	type run struct {
		at   int // in out
		last time.Time
	}
	runs := map[string]run{}
	for _, r := range rows {
		at, err := time.Parse(time.RFC3339Nano, r.Time)
		if err != nil {
			t.Fatal(err)
		}
		loud := r.Code == 5156 || r.Code == 5158 || r.Channel == "Microsoft-Windows-Sysmon/Operational" && r.Code == 10
		if !loud || r.Rule != "" {
			out = append(out, r)
			continue
		}
		key := fmt.Sprint(r.Host, r.Channel, r.Code)
		if x, ok := runs[key]; ok && at.Sub(x.last) <= 10*time.Minute {
			out[x.at].Folded++
			out[x.at].Until = r.Time
			runs[key] = run{x.at, at}
			continue
		}
		runs[key] = run{len(out), at}
		out = append(out, r)
	}
	return out
}

// Folding says of each event how many it stands for, as a plain count over the whole timeline has them.
func TestAFoldedTimelineCountsWhatAPlainOneHas(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9))
	dir := t.TempDir()
	kinds := []struct {
		channel, provider string
		code              uint16
	}{
		{"Security", "Microsoft-Windows-Security-Auditing", 5156},
		{"Security", "Microsoft-Windows-Security-Auditing", 5158},
		{"Security", "Microsoft-Windows-Security-Auditing", 4624},
		{"Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", 10},
		{"Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", 3},
	}
	gaps := []time.Duration{0, time.Second, time.Minute, 2 * time.Minute, 10 * time.Minute, 10*time.Minute + 100,
		10*time.Minute - 100, time.Hour, time.Second, time.Minute, 0, 0}
	for h := range 3 {
		at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
		var log evtxtest.Log
		for id := range uint64(600) {
			k := kinds[rng.IntN(len(kinds))]
			at = at.Add(gaps[rng.IntN(len(gaps))])
			pid := uint32(4)
			if rng.IntN(10) == 0 {
				pid = 666
			}
			log.Add(evtxtest.Event{Provider: k.provider, Channel: k.channel, EventID: k.code, RecordID: id + 1,
				Computer: fmt.Sprintf("ws-0%d", h), Time: at, Data: []evtxtest.Pair{
					evtxtest.Str("UtcTime", at.Format("2006-01-02 15:04:05.000")),
					evtxtest.Str("Application", fmt.Sprint("program", pid)),
					evtxtest.Str("SourceImage", fmt.Sprint("program", pid))}})
		}
		b, err := log.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.evtx", h)), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	rule := filepath.Join(t.TempDir(), "found.eql")
	if err := os.WriteFile(rule,
		[]byte(`any where event.code == "5156" and winlog.event_data.Application == "program666"`),
		0o600); err != nil {
		t.Fatal(err)
	}
	for _, rules := range [][]string{nil, {"--rules", rule, "--no-default-rules"}} {
		args := append([]string{"--evtx", dir, "--output", "-", "--format", "jsonl", "--quiet"}, rules...)
		plain := foldRows(t, timelineOf(t, args...))
		want := naiveFold(t, plain)
		for _, jobs := range []string{"1", "3"} {
			got := foldRows(t, timelineOf(t,
				append(args, "--noise", "fold", "--jobs", jobs, "--max-memory", "64KiB")...))
			if !slices.Equal(got, want) {
				t.Errorf("%d rows, want %d of %d", len(got), len(want), len(plain))
				for i := range min(len(got), len(want)) {
					if got[i] != want[i] {
						t.Fatalf("row %d: %+v, want %+v", i, got[i], want[i])
					}
				}
			}
		}
		sum, found := 0, 0
		for _, r := range want {
			sum += 1 + r.Folded
			if r.Rule != "" {
				found++
			}
		}
		if len(plain) != 1800 || sum != len(plain) || len(want) > 1600 || (len(rules) > 0) != (found > 0) {
			t.Errorf("%d rows stand for %d of %d; %d with findings", len(want), sum, len(plain), found)
		}
	}
}

// What rules found is told on standard output as it is in a file.
func TestAMarkedTimelineOnStandardOutputIsThatOfAFile(t *testing.T) {
	args := []string{"--evtx", "../../samples/multi-host", "--no-default-rules", "--rules", "../../rules/library/rules",
		"--quiet"}
	for _, format := range []string{"csv", "jsonl", "ecs", "timesketch"} {
		for _, more := range [][]string{nil, {"--hits"}, {"--noise", "fold"}} {
			if format == "ecs" && len(more) > 1 {
				continue // whole events
			}
			name := filepath.Join(t.TempDir(), "t.jsonl")
			all := append(append(slices.Clone(args), more...), "--format", format)
			timelineOf(t, append(slices.Clone(all), "--output", name)...)
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := timelineOf(t, append(slices.Clone(all), "--output", "-")...)
			if got != string(want) || !strings.Contains(got, "F-") {
				t.Errorf("%s %v: %d bytes on standard output, %d in a file", format, more, len(got), len(want))
			}
		}
	}
}
