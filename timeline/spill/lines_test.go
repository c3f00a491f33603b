package spill

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
)

func TestLinesComeInTheTotalOrderWhateverTheMemory(t *testing.T) {
	dir := t.TempDir()
	spilt, reduced := false, false
	channels := []string{"Application", "Security"}
	rapid.Check(t, func(t *rapid.T) {
		memory := rapid.Int64Range(1, 256<<10).Draw(t, "memory")
		groups := rapid.IntRange(1, 40).Draw(t, "groups")
		l := NewLines(memory, dir)
		defer l.Close()
		type made struct {
			LineKey
			group int
			text  string
		}
		compare := func(a, b made) int {
			return cmp.Or(cmp.Compare(a.At, b.At), strings.Compare(a.Channel, b.Channel), cmp.Compare(a.ID, b.ID),
				cmp.Compare(a.Hash, b.Hash))
		}
		var all []made
		for g := range groups {
			n := rapid.IntRange(0, 60).Draw(t, "lines")
			lines := make([]made, n)
			for i := range lines {
				r := rapid.Uint64Range(0, 40)
				k := LineKey{Channel: channels[r.Draw(t, "channel")%2], At: evtx.Filetime(r.Draw(t, "at")),
					Hash: r.Draw(t, "hash"), ID: r.Draw(t, "id")}
				text := fmt.Sprintf("%d.%d.", g, i)
				lines[i] = made{k, g, text + strings.Repeat(string(rune('a'+i%26)), int(r.Draw(t, "length"))*100)}
			}
			slices.SortStableFunc(lines, compare)
			for _, m := range lines {
				if err := l.Add(m.group, m.LineKey, []byte(m.text)); err != nil {
					t.Fatal(err)
				}
			}
			all = append(all, lines...)
		}
		slices.SortStableFunc(all, func(a, b made) int { return cmp.Or(compare(a, b), cmp.Compare(a.group, b.group)) })
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
	l := NewLines(4<<10, dir)
	defer l.Close()
	var err error
	random := rand.NewChaCha8([32]byte{})
	text := make([]byte, 10_000)
	for i := 0; err == nil && i < 1000; i++ {
		_, _ = random.Read(text) // never fails; nothing that compresses
		err = l.Add(i%2, LineKey{At: evtx.Filetime(i)}, text)
	}
	want := "temporary file in " + dir + ": no space left on device; free space there or give another directory " +
		"with --temp-dir"
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}
