package rules

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hunt/evtx/evtxtest"
	"hunt/rules/pack"
	"hunt/timeline/spill"
)

// countedRules are rules over failed logons and process starts.
const countedRules = `title: Failed
name: failed
logsource: {product: windows, service: security}
detection:
  sel: {EventID: 4625}
  condition: sel
---
title: Logon
name: logon
logsource: {product: windows, service: security}
detection:
  sel: {EventID: 4624}
  condition: sel
---
title: Start
name: start
logsource: {product: windows, category: process_creation}
detection:
  sel: {Image|endswith: '\tool.exe'}
  condition: sel
---
title: Burst
id: burst
name: burst
correlation:
  type: event_count
  rules: failed
  group-by: TargetUserName
  timespan: 1m
  condition: {gte: 5}
---
title: Spraying
id: spraying
correlation:
  type: value_count
  rules: failed
  group-by: IpAddress
  timespan: 5m
  condition: {field: TargetUserName, gte: 4}
---
title: Guessed
id: guessed
correlation:
  type: temporal_ordered
  rules: [burst, logon]
  group-by: TargetUserName
  timespan: 10m
---
title: Starts
id: starts
correlation:
  type: event_count
  rules: start
  timespan: 1h
  condition: {gte: 3}
`

// countedLogs writes the logs of three hosts: bursts of failed logons that end with a success,
// records without a time, copies, and process starts that both Sysmon and Security logged.
func countedLogs(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for h := range 3 {
		computer := fmt.Sprintf("WS%02d.corp.example", h+1)
		var security, sysmon evtxtest.Log
		at := caseStart
		event := func(id uint16, pairs ...string) evtxtest.Event {
			e := evtxtest.Event{Channel: "Security", Provider: "Microsoft-Windows-Security-Auditing", EventID: id,
				Computer: computer, Time: at}
			for i := 0; i < len(pairs); i += 2 {
				e.Data = append(e.Data, evtxtest.Str(pairs[i], pairs[i+1]))
			}
			return e
		}
		for i := range 40 {
			at = caseStart.Add(time.Duration(i) * 7 * time.Second)
			user := []string{"anna", "ANNA", "bob"}[(i+h)%3]
			security.Add(event(4625, "TargetUserName", user, "IpAddress", "10.0.0.7"))
			if i%8 == 0 {
				security.Add(event(4625, "TargetUserName", fmt.Sprint("user", i/8), "IpAddress", "10.0.0.9"))
			}
		}
		at = caseStart.Add(5 * time.Minute)
		security.Add(event(4624, "TargetUserName", "Anna", "IpAddress", "10.0.0.7"))
		for i := range 2 + h {
			at = caseStart.Add(time.Duration(i) * 10 * time.Minute)
			pid := fmt.Sprint(4000 + i)
			security.Add(event(4688, "NewProcessId", "0x"+fmt.Sprintf("%x", 4000+i), "NewProcessName", `C:\t\tool.exe`,
				"ProcessId", "0x4"))
			e := event(1, "ProcessGuid", fmt.Sprintf("{11111111-2222-3333-4444-%012d}", h*100+i), "ProcessId", pid,
				"Image", `C:\t\tool.exe`, "CommandLine", "tool.exe",
				"UtcTime", at.Format("2006-01-02 15:04:05.000"))
			e.Channel, e.Provider = "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon"
			sysmon.Add(e)
		}
		for name, log := range map[string]*evtxtest.Log{"Security.evtx": &security, "copy/Security.evtx": &security,
			"Sysmon.evtx": &sysmon} {
			b, err := log.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			p := filepath.Join(dir, computer, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(p, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

func countedPack(t *testing.T, rules string) *pack.Pack {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rules.yml")
	if err := os.WriteFile(file, []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	pk, err := pack.Load(pack.Sources{Rules: []string{file}, NoDefaultRules: true, NoDefaultTuning: true})
	if err != nil {
		t.Fatal(err)
	}
	pk.Rules = slices.DeleteFunc(pk.Rules, func(r *pack.Rule) bool { return r.Skip != "" })
	return pk
}

// countedText is what a finding says that rests on counts.
func countedText(res *Result, f *Finding) string {
	var keys, events []string
	for _, k := range f.Keys {
		keys = append(keys, k.Text())
	}
	for _, e := range f.Evidence {
		events = append(events, fmt.Sprintf("%s:%d", res.Case.Files[e.Event.Ref.File].Path, e.Event.Ref.EventRecordID))
	}
	own, also := f.Listed()
	return fmt.Sprintf("%s %s %v n=%d %s listed %d+%d %s %q %s", f.Rule.ID, f.ID, keys, f.Count, f.Counted.Measure, own,
		also, f.Confidence, f.Reasons, strings.Join(events, " "))
}

// Counts do not depend on the memory, nor on the number of workers: also where events are read again
// because they did not fit.
func TestCountsDependOnTheEvidenceAlone(t *testing.T) {
	dir := countedLogs(t)
	var want []string
	for _, o := range []Options{{Jobs: 1}, {Jobs: 2}, {Jobs: 8}, {Jobs: 1, MaxMemory: 1 << 10},
		{Jobs: 2, MaxMemory: spill.Budget(1 << 20)}, {Jobs: 3, MaxMemory: 1}} {
		res := runOn(t, countedPack(t, countedRules), o, dir)
		var got []string
		for _, f := range res.Findings {
			if f.Counted != nil {
				got = append(got, countedText(res, f))
			}
		}
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Errorf("jobs %d, memory %d:\n%s\nnot\n%s", o.Jobs, o.MaxMemory, strings.Join(got, "\n"),
				strings.Join(want, "\n"))
		}
	}
	of := map[string]int{}
	for _, text := range want {
		id, _, _ := strings.Cut(text, " ")
		of[id]++
	}
	if of["burst"] != 0 || of["spraying"] == 0 || of["guessed"] != 1 || of["starts"] != 1 {
		t.Errorf("findings by rule: %v\n%s", of, strings.Join(want, "\n"))
	}
	for _, text := range want {
		// Nine processes were started, and each was logged twice.
		if strings.HasPrefix(text, "starts ") && !strings.Contains(text, "n=9 9 ") {
			t.Error(text)
		}
	}
}
