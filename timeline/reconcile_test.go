package timeline

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/timeline/ledger"
)

func TestCountsThatDoNotAddUpAreAnError(t *testing.T) {
	dir := t.TempDir()
	log := evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, explorer),
		security4688("WS1", noon.Add(time.Minute), 101, 50, `C:\b.exe`, explorer))
	write(t, dir, "live/Security.evtx", log)
	write(t, dir, "vss1/Security.evtx", log)
	for _, c := range []struct {
		name  string
		spoil func(*Case)
		want  string
	}{
		{"as they are", func(*Case) {}, ""},
		{"a record that nobody keeps", func(c *Case) { c.Files[0].Stats.Kept-- },
			"live/Security.evtx: 2 read, but 1 kept + 0 filtered + 0 duplicates = 1"},
		{"a copy that counts twice", func(c *Case) { c.Files[1].Stats.Duplicate++ },
			"vss1/Security.evtx: 2 read, but 0 kept + 0 filtered + 3 duplicates = 3"},
		{"totals of something else", func(c *Case) { c.Records.Read, c.Records.Kept = 5, 3 },
			"the files have 4 records read"},
		{"carved records that are nobody's", func(c *Case) { c.Records.Carved++ }, "the files have 4 records read"},
		{"a host that lacks one", func(c *Case) { c.Hosts.All[0].Records-- },
			"the hosts have 1 records, the files 2 that are kept"},
	} {
		cs, _ := scan(t, ScanOptions{}, dir)
		c.spoil(cs)
		err := cs.reconcile()
		if c.want == "" && err != nil || c.want != "" &&
			(!errors.Is(err, ledger.ErrCounts) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestTheKeptAreCountedNotWorkedOut(t *testing.T) {
	dir := t.TempDir()
	log := evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, explorer),
		security4688("WS1", noon.Add(time.Hour), 101, 50, `C:\b.exe`, explorer))
	write(t, dir, "live/Security.evtx", log)
	write(t, dir, "vss1/Security.evtx", log)
	c, _ := scan(t, ScanOptions{Filter: Filter{From: evtx.FiletimeOf(noon.Add(time.Minute))}}, dir)
	for i, want := range []ledger.FileStats{{Read: 2, Kept: 1, Filtered: 1}, {Read: 2, Filtered: 1, Duplicate: 1}} {
		s := c.Files[i].Stats
		if got := (ledger.FileStats{Read: s.Read, Kept: s.Kept, Filtered: s.Filtered,
			Duplicate: s.Duplicate}); got.Read != want.Read || got.Kept != want.Kept || got.Filtered != want.Filtered ||
			got.Duplicate != want.Duplicate {
			t.Errorf("file %d: %+v, want %+v", i, got, want)
		}
	}
}

func TestTheMeterFollowsEachFileToItsLastRecord(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.evtx", "b.evtx", "c.evtx"} {
		var l evtxtest.Log
		for i := range 400 {
			l.Add(security4688("WS1", noon.Add(time.Duration(i)*time.Second), uint64(100+i), 50, `C:\`+name, explorer))
		}
		b, err := l.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		write(t, dir, name, b)
	}
	type end struct {
		path           string
		bytes, records int64
	}
	var begun []string
	ended := make(chan end, 10)
	m := &Meter{Begun: func(f *FileMeter) { begun = append(begun, f.File.Path) },
		Ended: func(f *FileMeter) { ended <- end{f.File.Path, f.BytesDone.Load(), f.Records.Load()} }}
	c, _ := scan(t, ScanOptions{Jobs: 3, Meter: m}, dir)
	close(ended)
	var got []string
	for e := range ended {
		got = append(got, e.path)
		i := slices.IndexFunc(c.Files, func(f *ledger.File) bool { return f.Path == e.path })
		if e.records != 400 || e.bytes != c.Files[i].Size {
			t.Errorf("%+v; want 400 records, %d bytes", e, c.Files[i].Size)
		}
	}
	slices.Sort(got)
	if want := []string{"a.evtx", "b.evtx", "c.evtx"}; !slices.Equal(got, want) || !slices.Equal(begun, want) {
		t.Errorf("begun %v, ended %v, want each file once", begun, got)
	}
	if m.FilesDone.Load() != 3 || m.Records.Load() != 1200 || m.BytesDone.Load() != m.Bytes.Load() {
		t.Errorf("%d files, %d records, %d of %d bytes", m.FilesDone.Load(), m.Records.Load(), m.BytesDone.Load(),
			m.Bytes.Load())
	}
}
