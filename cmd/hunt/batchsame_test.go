package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hunt/cmd/hunt/exit"
)

// saver returns a function that writes a file below a directory and returns its path.
func saver(t *testing.T, dir string) func(name, text string) string {
	t.Helper()
	return func(name, text string) string {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
}

// A batch gives the bytes of one run, however many parts and groups it has, in whatever order, with shards that are
// there twice, with inputs that lay at one path when they were scanned, and with scans that were stopped and repeated.
func TestABatchIsOneRunWhateverItsPartsAndGroups(t *testing.T) {
	dir := t.TempDir()
	inputs := groupFleet(t, 3)
	save := saver(t, dir)
	for name, text := range groupRules {
		save(filepath.Join("rules", name), text)
	}
	with := []string{"--quiet", "--rules", filepath.Join(dir, "rules"), "--tuning", save("tuning.toml", groupTuning)}
	scratch := filepath.Join(dir, "scratch")
	var list, moved bytes.Buffer
	for _, in := range inputs {
		fmt.Fprintf(&list, "%q,%q\n", in.Path, in.Name)
		fmt.Fprintf(&moved, "%q,%q\n", scratch, in.Name)
	}
	all, atScratch := save("list.csv", list.String()), save("scratch.csv", moved.String())
	must := func(args ...string) {
		t.Helper()
		if code, _, errs := hunt(t, append(args, with...)...); code != exit.OK {
			t.Fatalf("%q: exit code %d\n%s", args, code, errs)
		}
	}
	one := filepath.Join(dir, "one.json")
	must("--input-list", all, "--report", one)
	want := mustRead(t, one)
	random := rand.New(rand.NewPCG(5, 6))
	for _, c := range []struct{ parts, groups int }{{1, 5}, {7, 1}, {33, 5}} {
		shards, matches := filepath.Join(dir, "s", fmt.Sprint(c.parts)), filepath.Join(dir, "f", fmt.Sprint(c.parts))
		for _, i := range random.Perm(c.parts) {
			name := all
			if c.parts >= len(inputs) { // one input a part: each lies where the others lay
				name = atScratch
				if i < len(inputs) {
					if err := os.RemoveAll(scratch); err != nil {
						t.Fatal(err)
					}
					if err := os.CopyFS(scratch, os.DirFS(inputs[i].Path)); err != nil {
						t.Fatal(err)
					}
				}
			}
			args := append([]string{"hunt", "scan", "--input-list", name, "--part", fmt.Sprintf("%d/%d", i, c.parts),
				"--out", shards}, with...)
			ctx, stop := context.WithCancel(t.Context())
			timer := time.AfterFunc(time.Duration(random.IntN(60))*time.Millisecond, stop)
			code := run(ctx, args, io.Discard, io.Discard)
			timer.Stop()
			stop()
			if code != exit.OK && code != exit.Interrupted {
				t.Fatalf("a scan that is stopped: exit code %d", code)
			}
			must(args[1:]...)
		}
		names, err := filepath.Glob(filepath.Join(shards, "*.shard"))
		if err != nil || len(names) != len(inputs) {
			t.Fatal(names, err)
		}
		again := filepath.Join(dir, "again", fmt.Sprint(c.parts))
		for _, i := range random.Perm(len(names))[:5] {
			save(filepath.Join("again", fmt.Sprint(c.parts), fmt.Sprint(i)+".shard"), string(mustRead(t, names[i])))
		}
		plan := filepath.Join(dir, fmt.Sprint("plan-", c.parts))
		if code, _, errs := hunt(t, "resolve", "--quiet", again, shards, "--out", plan); code != exit.OK {
			t.Fatalf("resolve: exit code %d\n%s", code, errs)
		}
		for _, g := range random.Perm(c.groups) {
			must("match", shards, again, "--plan", plan, "--group", fmt.Sprintf("%d/%d", g, c.groups), "--out", matches)
		}
		combined, merged := filepath.Join(dir, "combined.json"), filepath.Join(dir, "merged.json")
		must("combine", matches, again, shards, "--plan", plan, "--report", combined)
		must("merge", again, shards, "--report", merged)
		for _, name := range []string{combined, merged} {
			if !bytes.Equal(mustRead(t, name), want) {
				t.Errorf("%d parts, %d groups: %s is another report than that of one run", c.parts, c.groups,
					filepath.Base(name))
			}
		}
	}
}
