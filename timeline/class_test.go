package timeline

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"hunt/evtx/evtxtest"
	"hunt/limit"
	"hunt/timeline/ecs"
	"hunt/timeline/ledger"
	"hunt/timeline/shard"
)

// crowd returns n events of as many classes, those of one host.
func crowd(computer string, from, n int) (out []evtxtest.Event) {
	for i := from; i < from+n; i++ {
		out = append(out, evtxtest.Event{Provider: fmt.Sprintf("Vendor-%d", i>>16), Channel: "Application",
			Computer: computer,
			// #nosec G115 -- the low half
			EventID: uint16(i), Time: noon, Data: []evtxtest.Pair{evtxtest.Str("Text", "x")}})
	}
	return out
}

// counted is all that a case tells of what was counted.
func counted(c *Case) []byte {
	var b bytes.Buffer
	for _, h := range c.Hosts.All {
		fmt.Fprintf(&b, "%s %+v\n", h.ID, h.Events)
		for _, ch := range c.Coverage(h, ledger.Period{}).Channels {
			fmt.Fprintf(&b, "%+v\n", ch)
		}
	}
	fmt.Fprintf(&b, "%+v %+v", c.Records, c.Limits.Bites())
	return b.Bytes()
}

// shardOf scans what is under a path into a shard.
func shardOf(t *testing.T, o ScanOptions, path string) *shard.Shard {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "s.shard"))
	if err != nil {
		t.Fatal(err)
	}
	w := shard.NewWriter(file)
	o.Shard = w
	scan(t, o, path)
	if err := w.Finish(&shard.Manifest{Name: filepath.Base(path)}); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := shard.Open(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMoreClassesThanAreCountedDoNotDependOnWorkersOrShards(t *testing.T) {
	dir := t.TempDir()
	start := security4688("WS1", noon, 100, 50, `C:\a.exe`, "")
	first, second := filepath.Join(dir, "1"), filepath.Join(dir, "2")
	write(t, first, "a.evtx", evtxtest.File(crowd("WS1", 0, 66_000)...))
	write(t, second, "b.evtx", evtxtest.File(append(crowd("WS2", 64_000, 3_000), start)...))
	var want []byte
	for _, jobs := range []int{1, 2, 4} {
		c, _ := scan(t, ScanOptions{Jobs: jobs}, first, second)
		got := counted(c)
		if want == nil {
			want = got
			if !bytes.Contains(got, []byte(
				`{Channel:Security Provider:Microsoft-Windows-Security-Auditing EventID:4688 Count:1`)) {
				t.Error("an event that hunt knows is counted under no name")
			}
			if !bytes.Contains(got, []byte(`{Channel: Provider: EventID:0 Count:1`)) || len(c.Limits.Bites()) != 1 ||
				c.Limits.Bites()[0].ID != ecs.BoundClasses.ID {
				t.Errorf("the bound is not told: %+v", c.Limits.Bites())
			}
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%d workers count otherwise than one", jobs)
		}
	}
	c, _, err := Batch{shardOf(t, ScanOptions{}, first), shardOf(t, ScanOptions{}, second)}.
		Portions(context.Background(), ScanOptions{Clock: ledger.ClockCreated, Limits: &limit.Tally{}})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(counted(c), want) {
		t.Error("two shards count otherwise than one run")
	}
}
