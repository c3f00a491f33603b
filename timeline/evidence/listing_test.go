package evidence

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"hunt/limit"
)

func TestFilesThatAreNotReadAreAListWithAnEndAndACount(t *testing.T) {
	old := maxListed
	maxListed = 10
	t.Cleanup(func() { maxListed = old })
	dir := t.TempDir()
	for i := range 60 {
		write(t, dir, fmt.Sprintf("%d/%02d.evtx", i%2, 59-i), []byte("no log"))
		write(t, dir, fmt.Sprintf("%d/%02d.zip", i%2, 59-i), []byte("no archive"))
	}
	log := logs(1)[0]
	write(t, dir, "z.evtx", log.body)
	col, list := collectIn(t, Options{}, dir)
	want := []string{}
	for i := range 10 {
		want = append(want, fmt.Sprintf("0/%02d.evtx not EVTX", 2*i+1))
		want = append(want, fmt.Sprintf("0/%02d.zip unreadable", 2*i+1))
	}
	slices.Sort(want)
	if !slices.Equal(list, append(want, "z.evtx read")) {
		t.Errorf("%q", list)
	}
	bites := []limit.Bite{{Bound: boundListed, Count: 100, First: limit.In("0/21.evtx")}}
	if got := col.Limits.Bites(); !slices.Equal(got, bites) || Unlisted(&col.Limits) != 100 {
		t.Errorf("%+v", got)
	}

	// Two collections, joined, list what one does.
	var parts []*Collection
	for _, part := range []string{"1", "0", "z.evtx"} {
		in := []Input{{Path: filepath.Join(dir, part), Name: part}}
		if part == "z.evtx" {
			in[0].Name = ""
		}
		c, err := Collect(t.Context(), in, Options{})
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, c)
		_ = c.Close()
	}
	joined := Join(parts...)
	var names []string
	for _, f := range joined.Files {
		names = append(names, f.Path+" "+string(f.Status))
	}
	if got := joined.Limits.Bites(); !slices.Equal(names, list) || !slices.Equal(got, bites) {
		t.Errorf("joined: %q %+v", names, got)
	}
}

func TestAFileIsReadOnceHoweverItIsReached(t *testing.T) {
	dir := t.TempDir()
	log := logs(1)[0].body
	write(t, dir, "in/a.evtx", log)
	write(t, dir, "in/b.evtx", log)
	for link, to := range map[string]string{"in/0.evtx": "a.evtx", "in/z.evtx": "a.evtx", "other": "in"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Skip("no links here:", err)
		}
	}
	_, list := collectIn(t, Options{}, filepath.Join(dir, "in"), filepath.Join(dir, "other"),
		filepath.Join(dir, "in/b.evtx"))
	if want := []string{"0.evtx read", "b.evtx read"}; !slices.Equal(list, want) {
		t.Errorf("%q, want %q", list, want)
	}
}
