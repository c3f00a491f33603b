package timeline

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
)

// atFirst is a visitor that does something when it sees the first event of a channel.
type atFirst struct {
	channel string
	once    *sync.Once
	do      func()
}

func (a atFirst) Visit(e *ecs.Event, _ evtx.Filetime) {
	if e.Class.Channel == a.channel {
		a.once.Do(a.do)
	}
}

// TestEvidenceThatChangesWhileItIsReadIsSaid changes a log of 32 MiB once its first event was seen: the reader, which
// is some slots ahead at most, has most of it before it. Whatever happens to the log, the run ends, the log is damaged
// and says why, and the log beside it is read.
func TestEvidenceThatChangesWhileItIsReadIsSaid(t *testing.T) {
	chunks := evtxtest.Chunks(evtxtest.File(ticking("Security", noon, 300)...))
	open := func(t *testing.T, name string, flag int) *os.File {
		f, err := os.OpenFile(name, flag, 0)
		if err != nil {
			t.Error(err)
		}
		return f
	}
	for name, change := range map[string]func(t *testing.T, name string){
		"grows": func(t *testing.T, name string) {
			f := open(t, name, os.O_WRONLY|os.O_APPEND)
			for range 64 {
				if _, err := f.Write(chunks[0]); err != nil {
					t.Error(err)
				}
			}
			_ = f.Close()
		},
		"is cut": func(t *testing.T, name string) {
			if err := os.Truncate(name, 20<<20+12345); err != nil {
				t.Error(err)
			}
		},
		"is cut to nothing": func(t *testing.T, name string) {
			if err := os.Truncate(name, 0); err != nil {
				t.Error(err)
			}
		},
		"is overwritten with zeros": func(t *testing.T, name string) {
			f := open(t, name, os.O_WRONLY)
			if _, err := f.WriteAt(make([]byte, 8<<20), 16<<20); err != nil {
				t.Error(err)
			}
			_ = f.Close()
		},
		"is written anew": func(t *testing.T, name string) {
			if err := os.WriteFile(name, evtxtest.File(ticking("System", noon, 10)...), 0o600); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "good.evtx", evtxtest.File(ticking("Application", noon, 7)...))
			long := filepath.Join(dir, "long.evtx")
			f, err := os.Create(long)
			if err != nil {
				t.Fatal(err)
			}
			if err := evtxtest.BigLog(f, chunks, 32<<20); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			old := time.Now().Add(-time.Hour) // so that any write shows
			if err := os.Chtimes(long, old, old); err != nil {
				t.Fatal(err)
			}
			col, err := evidence.Collect(context.Background(), evidence.Inputs(dir), evidence.Options{})
			if err != nil {
				t.Fatal(err)
			}
			once := &sync.Once{}
			cs, err := Scan(context.Background(), col, ScanOptions{Clock: ledger.ClockCreated, Jobs: 2},
				func() Visitor { return atFirst{"Security", once, func() { change(t, long) }} })
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range cs.Files {
				switch f.Path {
				case "good.evtx":
					if f.Status != evidence.Read || f.Stats.Read != 7 {
						t.Errorf("the log beside it: %s, %d records: %s", f.Status, f.Stats.Read, f.Detail)
					}
				case "long.evtx":
					said := false
					for _, d := range f.Damage {
						said = said || strings.Contains(d.Detail, "changed while")
					}
					if f.Status != evidence.Damaged || !said {
						t.Errorf("%s: %s: %v", f.Status, f.Detail, f.Damage)
					}
				}
			}
		})
	}
}
