package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"hunt/cmd/hunt/exit"
	"hunt/timeline/evidence"
)

// carvedFleet is a fleet in which inputs also hold the remains of a log: the definition that its records need is gone
// there, stands in another log of the input, and in the last input, which has only the remains, nowhere.
func carvedFleet(t *testing.T) []evidence.Input {
	t.Helper()
	inputs := groupFleet(t, 3)
	save := func(to string, raw []byte) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	logs := filepath.Join("C", "Windows", "System32", "winevt", "Logs", "Security.evtx")
	var lone []byte
	for i, in := range inputs {
		raw, err := os.ReadFile(filepath.Join(in.Path, logs))
		if err != nil || i%3 == 0 {
			continue
		}
		const first = 4096 + 512 // record: header of 24, fragment of 4, instance of 10, then offset, GUID and size
		remains := bytes.Clone(raw)
		clear(remains[first+38 : first+62])
		if i%2 == 0 { // else they are copies of live ones
			remains = bytes.ReplaceAll(remains, []byte("a\x00n\x00n\x00a\x00"), []byte("a\x00n\x00n\x00e\x00"))
			remains = bytes.ReplaceAll(remains, []byte("c\x00a\x00r\x00l\x00"), []byte("c\x00a\x00r\x00o\x00"))
		}
		save(filepath.Join(in.Path, "old", "remains.evtx"), remains)
		lone = remains
	}
	if lone == nil {
		t.Fatal("no input has a Security log")
	}
	dir := filepath.Join(t.TempDir(), "lone")
	save(filepath.Join(dir, "remains.evtx"), lone)
	return evidence.Placed(append(inputs, evidence.Input{Path: dir, Name: "fleet/lone"}))
}

func TestABatchOfCarvedRecordsIsOneRun(t *testing.T) {
	dir := t.TempDir()
	inputs := carvedFleet(t)
	save := saver(t, dir)
	for name, text := range groupRules {
		save(filepath.Join("rules", name), text)
	}
	with := []string{"--quiet", "--rules", filepath.Join(dir, "rules"), "--tuning", save("tuning.toml", groupTuning)}
	var list bytes.Buffer
	for _, in := range inputs {
		fmt.Fprintf(&list, "%q,%q\n", in.Path, in.Name)
	}
	all := save("list.csv", list.String())
	done := func(args ...string) {
		t.Helper()
		if code, _, errs := hunt(t, append(args, with...)...); code != exit.Incomplete { // the remains are damaged
			t.Fatalf("%q: exit code %d\n%s", args, code, errs)
		}
	}
	one := filepath.Join(dir, "one.json")
	done("--input-list", all, "--carved", "--report", one)
	want := mustRead(t, one)
	borrowed, lost, cited := carvedIn(t, want)
	if borrowed == 0 || lost == 0 || cited == 0 {
		t.Fatalf("%d records borrowed their template, %d found none, findings cite %d carved ones; want some of each",
			borrowed, lost, cited)
	}
	random := rand.New(rand.NewPCG(7, 8))
	for _, c := range []struct{ parts, groups int }{{1, 2}, {7, 1}, {33, 5}} {
		at := filepath.Join(dir, fmt.Sprint(c.parts))
		shards, matches, plan := filepath.Join(at, "s"), filepath.Join(at, "f"), filepath.Join(at, "plan")
		for _, i := range random.Perm(c.parts) {
			args := append([]string{"scan", "--input-list", all, "--carved", "--ok-incomplete", "--jobs",
				fmt.Sprint(1 + random.IntN(4)), "--part", fmt.Sprintf("%d/%d", i, c.parts), "--out", shards}, with...)
			if code, _, errs := hunt(t, args...); code != exit.OK {
				t.Fatalf("%q: exit code %d\n%s", args, code, errs)
			}
		}
		if code, _, errs := hunt(t, "resolve", "--quiet", shards, "--out", plan); code != exit.OK {
			t.Fatalf("resolve: exit code %d\n%s", code, errs)
		}
		for _, g := range random.Perm(c.groups) {
			args := append([]string{"match", shards, "--plan", plan, "--group", fmt.Sprintf("%d/%d", g, c.groups),
				"--out", matches}, with...)
			if code, _, errs := hunt(t, args...); code != exit.OK {
				t.Fatalf("%q: exit code %d\n%s", args, code, errs)
			}
		}
		combined, merged := filepath.Join(at, "combined.json"), filepath.Join(at, "merged.json")
		done("combine", matches, shards, "--plan", plan, "--report", combined)
		done("merge", shards, "--report", merged)
		for _, name := range []string{combined, merged} {
			if !bytes.Equal(mustRead(t, name), want) {
				t.Errorf("%d parts, %d groups: %s is another report than that of one run", c.parts, c.groups,
					filepath.Base(name))
			}
		}
	}
	args := []string{"verify", one}
	for _, in := range inputs { // the verification has one input, the run had many
		if filepath.Base(in.Path) != "lone" {
			args = append(args, "--evtx", filepath.Dir(in.Path))
			break
		}
	}
	args = append(args, "--evtx", filepath.Dir(inputs[slices.IndexFunc(inputs, func(in evidence.Input) bool {
		return in.Name == "fleet/lone"
	})].Path))
	if code, out, errs := hunt(t, args...); code != exit.OK {
		t.Errorf("verify: exit code %d\n%s%s", code, out, errs)
	}
}

// carvedIn counts what a report says of carved records: those that borrowed a template, those that found none, and
// those that findings cite.
func carvedIn(t *testing.T, doc []byte) (borrowed, lost, cited int) {
	t.Helper()
	var rep struct {
		Accounting struct {
			Files []struct {
				Carving struct{ Borrowed, Lost int }
			}
		}
		Findings []struct {
			Evidence []struct{ Ref struct{ Carved bool } }
		}
	}
	if err := json.Unmarshal(doc, &rep); err != nil {
		t.Fatal(err)
	}
	for _, f := range rep.Accounting.Files {
		borrowed += f.Carving.Borrowed
		lost += f.Carving.Lost
	}
	for _, f := range rep.Findings {
		for _, e := range f.Evidence {
			if e.Ref.Carved {
				cited++
			}
		}
	}
	return borrowed, lost, cited
}
