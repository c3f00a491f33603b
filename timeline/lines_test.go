package timeline

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hunt/evtx"
	"hunt/timeline/ecs"
)

func TestLinesComeInTheTotalOrderWhateverTheMemory(t *testing.T) {
	dir := t.TempDir()
	spilt, reduced := false, false
	channels := []*ecs.Class{{Channel: "Application"}, {Channel: "Security"}}
	rapid.Check(t, func(t *rapid.T) {
		memory := rapid.Int64Range(1, 4<<20).Draw(t, "memory")
		groups := rapid.IntRange(1, 40).Draw(t, "groups")
		l := NewLines(memory, dir)
		defer l.Close()
		type made struct {
			*Event
			group int
			text  string
		}
		var all []made
		for g := range groups {
			n := rapid.IntRange(0, 60).Draw(t, "lines")
			events := make([]made, n)
			for i := range events {
				r := rapid.Uint64Range(0, 40)
				e := &Event{Event: &ecs.Event{Class: channels[r.Draw(t, "channel")%2]}, At: evtx.Filetime(r.Draw(t, "at")), hash: r.Draw(t, "hash"),
					Ref: evtx.Ref{EventRecordID: r.Draw(t, "id"), File: int32(g), Offset: int64(i)}}
				text := fmt.Sprintf("%d.%d.", g, i)
				events[i] = made{e, g, text + strings.Repeat(string(rune('a'+i%26)), int(r.Draw(t, "length"))*100)}
			}
			slices.SortFunc(events, func(a, b made) int { return a.Compare(b.Event) })
			for _, m := range events {
				if err := l.Add(m.group, m.Event, []byte(m.text)); err != nil {
					t.Fatal(err)
				}
			}
			all = append(all, events...)
		}
		slices.SortStableFunc(all, func(a, b made) int {
			return cmp.Or(cmp.Compare(a.At, b.At), strings.Compare(a.Class.Channel, b.Class.Channel),
				cmp.Compare(a.Ref.EventRecordID, b.Ref.EventRecordID), cmp.Compare(a.hash, b.hash), cmp.Compare(a.group, b.group))
		})
		before := len(l.runs)
		i := 0
		for text, err := range l.All() {
			if err != nil {
				t.Fatal(err)
			}
			if string(text) != all[i].text {
				t.Fatalf("line %d: %.20s, want %.20s", i, text, all[i].text)
			}
			i++
		}
		if i != len(all) {
			t.Fatalf("%d lines of %d", i, len(all))
		}
		spilt = spilt || l.file != nil
		reduced = reduced || len(l.runs) < before
	})
	if !spilt || !reduced {
		t.Errorf("nothing was written (%v), or no runs were merged into longer ones (%v)", spilt, reduced)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v is left in the directory for temporary files, %v", left, err)
	}
}

func TestLinesSayWhyTheirTemporaryFileFailed(t *testing.T) {
	dir := fullDisk(t)
	l := NewLines(64<<10, dir)
	defer l.Close()
	var err error
	random := rand.NewChaCha8([32]byte{})
	text := make([]byte, 10_000)
	for i := 0; err == nil && i < 1000; i++ {
		_, _ = random.Read(text) // never fails; nothing that compresses
		err = l.Add(i%2, &Event{Event: &ecs.Event{Class: &ecs.Class{}}, At: evtx.Filetime(i)}, text)
	}
	want := "temporary file in " + dir + ": no space left on device; free space there or give another directory with --temp-dir"
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}
