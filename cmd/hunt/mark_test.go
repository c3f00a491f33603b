package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"hunt/cmd/hunt/exit"
	"hunt/evtx/evtxtest"
)

// oddLog has a sound event, one with half an emoji in its text, one whose TimeCreated is of 1965, one without, and
// one without any time; all are of processes that Sysmon saw start.
func oddLog(t *testing.T) string {
	t.Helper()
	at := time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)
	start := func(i int, image evtxtest.Value, created, written time.Time, utc string) evtxtest.Event {
		return evtxtest.Event{Provider: "Microsoft-Windows-Sysmon", Channel: "Microsoft-Windows-Sysmon/Operational",
			Computer: "ws01", EventID: 1,
			Time: created, Written: written, RecordID: uint64(i),
			Data: []evtxtest.Pair{evtxtest.Str("UtcTime", utc), {Name: "Image", Value: image}}}
	}
	plain := evtxtest.String(`C:\a.exe`)
	var l evtxtest.Log
	l.Add(start(1, plain, at, at, "2026-03-12 08:59:59.000"),
		start(2, evtxtest.Units('C', ':', '\\', 0xd83d, '.'), at.Add(time.Second), at, "9999-12-31 23:59:59.000"),
		start(3, plain, time.Date(1965, 6, 1, 0, 0, 0, 0, time.UTC), at.Add(2*time.Second), ""),
		start(4, plain, time.Date(1601, 1, 1, 0, 0, 0, 0, time.UTC), at.Add(3*time.Second), "-"),
		start(5, plain, time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2301, 1, 1, 0, 0, 0, 0, time.UTC), ""))
	b, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.evtx"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// loneEscape finds an escaped surrogate in JSON: hunt has no reason to write a pair as escapes.
var loneEscape = regexp.MustCompile(`(?i)[^\\](\\\\)*\\ud[89a-f]`)

// strict fails the test if a strict reader of JSON (RFC 8259) could not read the text.
func strict(t *testing.T, what, text string) {
	t.Helper()
	if !utf8.ValidString(text) || loneEscape.MatchString(text) {
		t.Errorf("%s: not what a strict reader of JSON takes: %q", what, text)
	}
	for line := range strings.Lines(text) {
		if !json.Valid([]byte(line)) {
			t.Errorf("%s: no JSON: %s", what, line)
		}
	}
	jq, err := exec.LookPath("jq")
	if err != nil {
		t.Log("SKIPPED: no jq")
		return
	}
	cmd := exec.Command(jq, "-c", ".")
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.Output(); err != nil || bytes.Count(out, []byte("\n")) != strings.Count(text, "\n") {
		t.Errorf("%s: jq reads %d of %d lines: %v", what, bytes.Count(out, []byte("\n")),
			strings.Count(text, "\n"), err)
	}
}

func TestEveryJSONIsStrictAndSaysWhereItWasAltered(t *testing.T) {
	dir := oddLog(t)
	out := filepath.Join(t.TempDir(), "o.json")
	for _, c := range []struct {
		args []string
		mark string
	}{
		{[]string{"dump", dir}, `"hunt":{"altered":true}}`},
		{[]string{"dump", "--with-ref", dir}, `"carved":false,"altered":true}}`},
		{[]string{"timeline", "--evtx", dir, "--output", "-", "--format", "jsonl"}, `"altered":true`},
		{[]string{"timeline", "--evtx", dir, "--output", "-", "--format", "ecs"}, `"altered":true`},
		{[]string{"query", "--evtx", dir, "--format", "jsonl", "any where true"}, `"altered":true`},
	} {
		code, stdout, stderr := hunt(t, c.args...)
		if code != exit.OK {
			t.Errorf("hunt %s: exit code %d: %s", strings.Join(c.args, " "), code, stderr)
		}
		strict(t, "hunt "+strings.Join(c.args, " "), stdout)
		if n := strings.Count(stdout, c.mark); n != 1 || !strings.Contains(stdout, "\ufffd") {
			t.Errorf("hunt %s: marked %d times: %s", strings.Join(c.args, " "), n, stdout)
		}
	}
	if _, exact, _ := hunt(t, "dump", "--exact", dir); !strings.Contains(exact, `C:\\\ud83d.`) ||
		strings.Contains(exact, "altered") {
		t.Errorf("the exact form: %s", exact)
	}
	if code, _, stderr := hunt(t, "--evtx", dir, "--report", out); code != exit.OK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, mustRead(t, out)); err != nil {
		t.Fatal(err)
	}
	strict(t, "the report", compact.String()+"\n")
}

func TestEventsWithoutAUsableTimeStandAtThatOfTheHeaderAndAreCounted(t *testing.T) {
	dir := oddLog(t)
	for _, c := range []struct {
		args []string
		want []string // time, source and record id
		says []string
	}{
		{nil, []string{" none 5", "2026-03-12T09:00:00.0000000Z  1", "2026-03-12T09:00:01.0000000Z  2",
			"2026-03-12T09:00:02.0000000Z record-header 3", "2026-03-12T09:00:03.0000000Z record-header 4"},
			[]string{"2 records have no TimeCreated that can be used", "1 record has no time at all"}},
		{[]string{"--from", "2026-03-12T09:00:01", "--to", "2026-03-12T09:00:02Z"},
			[]string{" none 5", "2026-03-12T09:00:01.0000000Z  2", "2026-03-12T09:00:02.0000000Z record-header 3"},
			[]string{"2 records have no TimeCreated", "let through by --from and --to"}},
		{[]string{"--clock", "utc"},
			[]string{" none 5", "2026-03-12T08:59:59.0000000Z  1", "2026-03-12T09:00:01.0000000Z time-created 2",
				"2026-03-12T09:00:02.0000000Z record-header 3", "2026-03-12T09:00:03.0000000Z record-header 4"},
			[]string{"1 Sysmon record has no UtcTime that can be used"}},
	} {
		code, stdout, stderr := hunt(t,
			append([]string{"timeline", "--evtx", dir, "--output", "-", "--format", "jsonl"}, c.args...)...)
		if code != exit.OK {
			t.Errorf("%q: exit code %d", c.args, code)
		}
		var got []string
		for text := range strings.Lines(stdout) {
			var l struct {
				Time   string
				Source string      `json:"time_source"`
				ID     json.Number `json:"record_id"`
			}
			if err := json.Unmarshal([]byte(text), &l); err != nil {
				t.Fatal(err)
			}
			got = append(got, l.Time+" "+l.Source+" "+l.ID.String())
		}
		if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%q: got\n%s\nwant\n%s", c.args, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
		for _, s := range c.says {
			if !strings.Contains(stderr, s) {
				t.Errorf("%q: standard error does not say %q: %s", c.args, s, stderr)
			}
		}
	}
	// One run and a merge of shards count alike.
	tmp := t.TempDir()
	one, merged := filepath.Join(tmp, "one.json"), filepath.Join(tmp, "merged.json")
	hunt(t, "--evtx", dir, "--report", one)
	hunt(t, "scan", "--evtx", dir, "--out", filepath.Join(tmp, "shards"))
	hunt(t, "merge", filepath.Join(tmp, "shards"), "--report", merged)
	report := string(mustRead(t, one))
	if report != string(mustRead(t, merged)) {
		t.Error("one run and a merge differ")
	}
	var r struct {
		Accounting struct {
			Records struct {
				Header int `json:"header_time"`
				None   int `json:"no_time"`
			}
		}
	}
	if err := json.Unmarshal([]byte(report), &r); err != nil || r.Accounting.Records.Header != 2 ||
		r.Accounting.Records.None != 1 {
		t.Errorf("%+v: %v", r, err)
	}
	if strings.Contains(report, "1965") || !strings.Contains(report, "2 records have no TimeCreated that can be used") {
		t.Error("the report spans 1965, or does not say what was set aside")
	}
}
