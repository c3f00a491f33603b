package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestTheLinesForMachinesAddUp(t *testing.T) {
	var out, errs bytes.Buffer
	report := filepath.Join(t.TempDir(), "r.json")
	if code := run(context.Background(),
		[]string{"hunt", "--evtx", "../../samples/multi-host", "--report", report, "--progress", "json", "--from",
			"2026-03-12T08:30:00Z"}, &out, &errs); code != 0 {
		t.Fatalf("code %d: %s", code, errs.String())
	}
	type line struct {
		Event                           string
		Path, Phase                     string
		Bytes                           int64
		Read, Kept, Filtered, Duplicate int
		Damaged, Carved, Records        int
		Done                            bool
		FilesDone                       int64 `json:"files_done"`
		BytesDone                       int64 `json:"bytes_done"`
		Files                           int64
		RecordsPerSecond, SecondsLeft   float64
	}
	var last, sum, total line
	read := map[string]int{}
	files := 0
	for s := bufio.NewScanner(&errs); s.Scan(); {
		if strings.HasPrefix(s.Text(), "hunt: ") {
			continue
		}
		var l line
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			t.Fatalf("%s: %v", s.Text(), err)
		}
		switch l.Event {
		case "progress":
			last = l
		case "file_read":
			if _, twice := read[l.Path]; twice {
				t.Errorf("%s was read twice", l.Path)
			}
			read[l.Path] = l.Records
		case "file":
			files++
			if l.Read != l.Kept+l.Filtered+l.Duplicate || l.Read != read[l.Path] {
				t.Errorf("%+v does not add up; %d records were decoded", l, read[l.Path])
			}
			sum.Read, sum.Kept, sum.Filtered, sum.Bytes = sum.Read+l.Read, sum.Kept+l.Kept, sum.Filtered+l.Filtered,
				sum.Bytes+l.Bytes
		case "total":
			total = l
		default:
			t.Errorf("unknown event %s", s.Text())
		}
	}
	if files == 0 || files != len(read) || total.Filtered == 0 || total.Kept == 0 || sum.Read != total.Read ||
		sum.Kept != total.Kept || sum.Filtered != total.Filtered || sum.Bytes != total.Bytes {
		t.Errorf("%d files, %d read; their sum is %+v, in all it says %+v", files, len(read), sum, total)
	}
	if !last.Done || last.Phase != "report" || last.FilesDone != last.Files || last.BytesDone != last.Bytes ||
		last.Records != total.Read {
		t.Errorf("the last heartbeat is %+v", last)
	}
}

// Commands that read evidence without a scan tell how far they are, and that they are done.
func TestProgressOfSearchDumpAndShowEndsWithEverythingRead(t *testing.T) {
	const log = "../../samples/scenario-1-uri-handler"
	var name string
	_ = filepath.WalkDir(log, func(path string, d os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".evtx") {
			name = path
		}
		return nil
	})
	for _, args := range [][]string{
		{"search", "--evtx", log, "chrome"}, {"search", "--carved", "--evtx", log, "e"}, {"dump", log},
		{"dump", "--carved", log}, {"dump", "--carve-raw", name}, {"show", "--evtx", name, filepath.Base(name) + "#1"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			var out, errs bytes.Buffer
			full := append([]string{"hunt", args[0], "--progress", "json"}, args[1:]...)
			if code := run(context.Background(), full, &out, &errs); code != 0 && args[0] != "show" {
				t.Fatalf("code %d: %s", code, errs.String())
			}
			var last struct {
				Done      bool
				FilesDone int64 `json:"files_done"`
				Files     int64
				BytesDone int64 `json:"bytes_done"`
				Bytes     int64
			}
			for line := range strings.Lines(errs.String()) {
				if strings.HasPrefix(line, "{") {
					if err := json.Unmarshal([]byte(line), &last); err != nil {
						t.Fatalf("%s: %v", line, err)
					}
				}
			}
			rest := last.Bytes - last.BytesDone // headers of files are read, and not counted
			if !last.Done || last.Files == 0 || last.FilesDone != last.Files || last.Bytes == 0 ||
				rest < 0 || rest > 2*4096*last.Files {
				t.Errorf("%+v", last)
			}
			errs.Reset()
			_ = run(context.Background(), append(full, "--quiet"), &out, &errs)
			if strings.Contains(errs.String(), `"event"`) {
				t.Errorf("--quiet: %s", errs.String())
			}
		})
	}
}

// slow is a standard error that takes longer for a message than progress waits between two lines.
type slow struct {
	inside, together atomic.Int32
	messages         atomic.Int32
}

func (s *slow) Write(p []byte) (int, error) {
	if s.inside.Add(1) > 1 {
		s.together.Add(1)
	}
	if bytes.HasPrefix(p, []byte("hunt: ")) && s.messages.Add(1) == 1 {
		time.Sleep(1100 * time.Millisecond)
	}
	s.inside.Add(-1)
	return len(p), nil
}

// Progress is written by a goroutine of its own: a line of it never falls into a message.
func TestProgressAndMessagesAreWrittenOneAfterTheOther(t *testing.T) {
	var out bytes.Buffer
	var errs slow
	run(context.Background(), []string{"hunt", "--evtx", "../../samples/damaged", "--report",
		filepath.Join(t.TempDir(), "r.json"), "--progress", "json"}, &out, &errs)
	if errs.messages.Load() == 0 || errs.together.Load() > 0 {
		t.Errorf("%d messages, %d writes at once", errs.messages.Load(), errs.together.Load())
	}
}
