package timeline_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/report/build"
	"hunt/rules"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/evidence"
	"hunt/timeline/shard"
	"hunt/timeline/spill"
)

// manyKinds is a log in which each of several workers meets other hosts, channels, days and starts of processes first.
func manyKinds(file int) (out []evtxtest.Event) {
	begin := time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)
	for i := range 3000 {
		e := evtxtest.Event{Provider: "Vendor", Channel: fmt.Sprintf("Channel-%d", i%7),
			Computer: fmt.Sprintf("WS-%d", (i+file)%5), EventID: uint16(i % 11),
			Time: begin.Add(time.Duration(i) * time.Hour), Data: []evtxtest.Pair{evtxtest.Str("Text", fmt.Sprint(i))}}
		if i%4 == 0 {
			e.Provider, e.Channel, e.EventID = "Microsoft-Windows-Security-Auditing", "Security", 4688
			e.Data = []evtxtest.Pair{{Name: "NewProcessId", Value: evtxtest.Hex64(uint64(i))},
				{Name: "ProcessId", Value: evtxtest.Hex64(4)},
				evtxtest.Str("NewProcessName", `C:\Windows\System32\cmd.exe`),
				evtxtest.Str("CommandLine", fmt.Sprint(i)), evtxtest.Str("SubjectUserName", "anna")}
		}
		out = append(out, e)
	}
	return out
}

func TestAShardOfTheSameEvidenceHasTheSameBytes(t *testing.T) {
	dir := t.TempDir()
	save := func(name string, b []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 4 {
		save(fmt.Sprintf("%d.evtx", i), evtxtest.File(manyKinds(i)...))
	}
	damaged := evtxtest.File(manyKinds(9)...)
	for i := 4096 + 1000; i < len(damaged); i += 65536 {
		copy(damaged[i:], "\xff\xff\xff\xff\xff\xff\xff\xff")
	}
	save("damaged.evtx", damaged)
	var want []byte
	for i, c := range []struct {
		jobs   int
		memory spill.Budget
	}{{1, 0}, {1, 0}, {2, 0}, {7, 0}, {1, 1 << 16}, {3, 1 << 16}} {
		got := shardBytes(t, c.jobs, c.memory, dir, filepath.Join("..", "samples", "multi-host"))
		if want == nil {
			want = got
		}
		if !bytes.Equal(got, want) {
			t.Errorf("scan %d, %d workers, memory %d: other bytes (%d, first %d)", i, c.jobs, c.memory, len(got),
				len(want))
		}
	}
}

// shardBytes scans evidence as hunt scan does.
func shardBytes(t *testing.T, jobs int, memory spill.Budget, paths ...string) []byte {
	t.Helper()
	col, err := evidence.Collect(t.Context(), evidence.Inputs(paths...), evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pk, err := pack.Load(pack.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := shard.NewWriter(&out)
	res, err := rules.Run(t.Context(), timeline.Of(col), pk,
		rules.Options{Shard: w, Jobs: jobs, MaxMemory: memory, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := build.Rehearse(t.Context(), res, build.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := w.Finish(&shard.Manifest{Name: "input", Version: "1"}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestNoShardIsMadeOfEvidenceThatChanged(t *testing.T) {
	name := filepath.Join(t.TempDir(), "1.evtx")
	if err := os.WriteFile(name, evtxtest.File(manyKinds(1)...), 0o600); err != nil {
		t.Fatal(err)
	}
	col, err := evidence.Collect(t.Context(), evidence.Inputs(name), evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pk, err := pack.Load(pack.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	w := shard.NewWriter(&bytes.Buffer{})
	if _, err := rules.Run(t.Context(), timeline.Of(col), pk, rules.Options{Shard: w}); err != nil {
		t.Fatal(err)
	}
	w.Keep(evtx.Ref{Offset: evtx.FileHeaderSize + 512}, 0)
	if err := os.Chtimes(name, time.Unix(0, 0), time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	if err := w.Finish(&shard.Manifest{}); err == nil ||
		!strings.Contains(err.Error(), "1.evtx: after it was scanned") {
		t.Errorf("the chunks are those of another file: %v", err)
	}
}
