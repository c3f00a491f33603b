package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/xuri/excelize/v2"

	"hunt/cmd/hunt/exit"
	"hunt/evtx/evtxtest"
	"hunt/report/reporttest"
)

// hostileLog is a log whose every text is an attack on whoever reads the timeline, on two hosts.
func hostileLog(t *testing.T) (dir string, events int) {
	t.Helper()
	noon := time.Date(2026, 3, 11, 12, 0, 0, 1234500, time.UTC)
	var all []evtxtest.Event
	for i, a := range reporttest.AttackList() {
		a = strings.ReplaceAll(strings.ToValidUTF8(a, "?"), "\x00", "0") // logs are UTF-16, and texts end at NUL
		all = append(all, evtxtest.Event{Provider: "Microsoft-Windows-Security-Auditing", Channel: "Security",
			Computer: []string{"WS1", "=WS2"}[i%2], EventID: 4688, Time: noon.Add(time.Duration(i) * time.Millisecond),
			Data: []evtxtest.Pair{evtxtest.Str("NewProcessName", a), evtxtest.Str("CommandLine", a),
				evtxtest.Str("SubjectUserName", a), evtxtest.Str(a, a)}})
	}
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "Security.evtx"), evtxtest.File(all...), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, len(all)
}

// tableColumns are the columns of a table that hunt has promised: others may come between them.
var tableColumns = []string{"time", "host", "channel", "provider", "event_code", "record_id", "user", "process", "pid",
	"parent",
	"command_line", "target", "message", "data", "computer", "file", "chunk", "offset", "carved", "copies", "twin",
	"time_source", "altered", "continued"}

// parquetRow is what a reader of Parquet sees of a timeline.
type parquetRow struct {
	Time        *int64 `parquet:"time,optional,timestamp(microsecond:utc)"`
	Filetime    uint64 `parquet:"filetime"`
	HostName    string `parquet:"host_name,dict"`
	Computer    string `parquet:"computer,dict"`
	Channel     string `parquet:"channel,dict"`
	Provider    string `parquet:"provider,dict"`
	EventCode   int64  `parquet:"event_code"`
	RecordID    uint64 `parquet:"record_id"`
	User        string `parquet:"user,dict"`
	Process     string `parquet:"process,dict"`
	PID         *int64 `parquet:"pid,optional"`
	Parent      string `parquet:"parent,dict"`
	CommandLine string `parquet:"command_line"`
	Target      string `parquet:"target"`
	Message     string `parquet:"message"`
	Data        string `parquet:"data"`
	File        string `parquet:"file,dict"`
	Chunk       int32  `parquet:"chunk"`
	Offset      int64  `parquet:"offset"`
	Carved      bool   `parquet:"carved"`
	Copies      int64  `parquet:"copies"`
	Twin        bool   `parquet:"twin"`
	TimeSource  string `parquet:"time_source,dict"`
	Altered     bool   `parquet:"altered"`
	Continued   bool   `parquet:"continued"`
}

func timelineOf(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(context.Background(), append([]string{"hunt", "timeline"}, args...), &out, &errs); code != exit.OK {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	return out.String()
}

func TestTimelinesOfAllFormatsSayTheSameOfHostileLogs(t *testing.T) {
	dir, events := hostileLog(t)
	type fact struct{ Time, Host, CommandLine, Message, Data string }
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join("..", "..", "docs", "timeline.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want []fact
	for line := range strings.Lines(timelineOf(t, "--evtx", dir, "--output", "-", "--format", "jsonl")) {
		var f struct {
			Time        string          `json:"time"`
			Host        string          `json:"host"`
			CommandLine string          `json:"command_line"`
			Message     string          `json:"message"`
			Data        json.RawMessage `json:"data"`
		}
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if v, err := jsonschema.UnmarshalJSON(strings.NewReader(line)); err != nil || schema.Validate(v) != nil {
			t.Errorf("%v, %v: %s", err, schema.Validate(v), line)
		}
		want = append(want, fact{f.Time, f.Host, f.CommandLine, f.Message, string(f.Data)})
	}
	if len(want) != events {
		t.Fatalf("%d lines of %d events", len(want), events)
	}

	t.Run("timesketch", func(t *testing.T) {
		i := 0
		for line := range strings.Lines(timelineOf(t, "--evtx", dir, "--output", "-", "--format", "timesketch")) {
			var f map[string]any
			if err := json.Unmarshal([]byte(line), &f); err != nil {
				t.Fatalf("%v: %s", err, line)
			}
			command, _ := f["command_line"].(string)
			if got := (fact{f["time"].(string), f["host"].(string), command, f["message"].(string),
				f["data"].(string)}); got != want[i] {
				t.Errorf("line %d: %q, want %q", i, got, want[i])
			}
			i++
		}
		if i != events {
			t.Errorf("%d lines", i)
		}
	})
	t.Run("ecs bulk", func(t *testing.T) {
		lines := bufio.NewScanner(
			strings.NewReader(timelineOf(t, "--evtx", dir, "--output", "-", "--format", "ecs", "--bulk")))
		lines.Buffer(nil, 1<<20)
		n := 0
		for ; lines.Scan(); n++ {
			if !json.Valid(lines.Bytes()) || n%2 == 0 != strings.HasPrefix(lines.Text(), `{"create":{"_id":`) {
				t.Errorf("line %d: %s", n, lines.Text())
			}
		}
		if n != 2*events {
			t.Errorf("%d lines", n)
		}
	})
	t.Run("xlsx", func(t *testing.T) {
		name := filepath.Join(t.TempDir(), "t.xlsx")
		timelineOf(t, "--evtx", dir, "--output", name)
		f, err := excelize.OpenFile(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		rows, err := f.GetRows("Timeline")
		if err != nil || len(rows) != events+1 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		promised := slices.DeleteFunc(rows[0], func(name string) bool { return !slices.Contains(tableColumns, name) })
		if !slices.Equal(promised, tableColumns) {
			t.Fatalf("columns %q", promised)
		}
		for i, row := range rows[1:] {
			if row[0] != want[i].Time || row[1] != want[i].Host {
				t.Errorf("row %d: %q", i, row)
			}
		}
	})
	t.Run("parquet", func(t *testing.T) {
		name := filepath.Join(t.TempDir(), "t.parquet")
		timelineOf(t, "--evtx", dir, "--output", name)
		for host, partition := range map[string]string{"ws1": "host=ws1", "=ws2": "host=%3Dws2"} {
			rows, err := parquet.ReadFile[parquetRow](filepath.Join(name, partition, "part-0.parquet"))
			if err != nil {
				t.Fatal(err)
			}
			i := 0
			for _, w := range want {
				if w.Host != host {
					continue
				}
				r := rows[i]
				if got := (fact{w.Time, r.HostName, r.CommandLine, r.Message, r.Data}); got != w || r.Time == nil ||
					uint64(*r.Time) != r.Filetime/10-11_644_473_600_000_000 {
					t.Errorf("row %d: %q, want %q", i, got, w)
				}
				i++
			}
			if i != len(rows) || i == 0 {
				t.Errorf("%s: %d rows of %d", host, len(rows), i)
			}
		}
	})
}

// A disk that is full ends the run with what to do, and nothing half-written is left.
func TestAFullDiskForTemporaryFilesIsSaid(t *testing.T) {
	disk := smallDisk(t)
	evidence, _ := hostileLog(t)
	samples := filepath.Join("..", "..", "samples")
	out := t.TempDir()
	for _, name := range []string{"t.csv", "t.parquet", "t.xlsx", "t.db"} {
		var stdout, stderr bytes.Buffer
		code := run(context.Background(),
			[]string{"hunt", "timeline", "--evtx", samples, "--evtx", evidence, "--output", filepath.Join(out, name),
				"--max-memory", "64KiB",
				"--temp-dir", disk, "--quiet"}, &stdout, &stderr)
		want := "temporary file in " + disk + ": no space left on device; free space there or give another " +
			"directory with --temp-dir"
		if name == "t.db" {
			want = strings.Replace(want, "no space left on device", "SQLite: database or disk is full (13)", 1)
		}
		if code != exit.Failed || !strings.Contains(stderr.String(), want) {
			t.Errorf("%s: exit code %d: %s", name, code, stderr.String())
		}
	}
	if left, err := os.ReadDir(out); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
	if left, err := os.ReadDir(disk); err != nil || len(left) > 0 {
		t.Errorf("%v is left on the small disk, %v", left, err)
	}
}

func TestAnInterruptedTimelineLeavesNothing(t *testing.T) {
	dir, _ := hostileLog(t)
	out, temp := t.TempDir(), t.TempDir()
	for _, name := range []string{"t.csv", "t.parquet", "t.xlsx", "t.db"} {
		interrupted := 0
		for _, after := range []time.Duration{0, time.Millisecond, 10 * time.Millisecond, 50 * time.Millisecond,
			200 * time.Millisecond} {
			code, stderr := interrupt(t, after, "timeline", "--evtx", dir, "--evtx", "../../samples",
				"--temp-dir", temp,
				"--output", filepath.Join(out, name))
			switch code {
			case exit.Interrupted:
				interrupted++
			case exit.OK, exit.Incomplete: // it was done by then
				if err := os.RemoveAll(filepath.Join(out, name)); err != nil {
					t.Error(err)
				}
			default:
				t.Errorf("%s after %s: exit code %d: %s", name, after, code, stderr)
			}
			if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
				t.Errorf("%s after %s: %v is left of temporary files, %v", name, after, left, err)
			}
		}
		if interrupted == 0 {
			t.Errorf("%s: no run was interrupted", name)
		}
	}
	if left, err := os.ReadDir(out); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
	if _, err := os.Stat(filepath.Join(out, "t.parquet")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
