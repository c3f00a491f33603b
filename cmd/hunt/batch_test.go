package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hunt/cmd/hunt/exit"
	"hunt/racetest"
)

// Hosts whose logs lie in many shards are what is hard: twins, parents and copies are found across them.
func TestOneRunIsAnyNumberOfScansAndAMerge(t *testing.T) {
	skipIfShort(t)
	corpus := os.Getenv("HUNT_CORPUS")
	if corpus == "" {
		corpus = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	if _, err := os.Stat(corpus); err != nil {
		if os.Getenv("HUNT_REQUIRE") != "" {
			t.Fatalf("no corpus at %s", corpus)
		}
		t.Skipf("SKIPPED: no corpus at %s (set HUNT_CORPUS)", corpus)
	}
	var files []string
	err := filepath.WalkDir(corpus, func(name string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(name, ".evtx") {
			files = append(files, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	third := []string{filepath.Join("..", "..", "samples")} // a whole corpus in a MiB takes minutes
	for i := 0; i < len(files); i += 3 {
		third = append(third, files[i])
	}
	published := []string{"--rules", filepath.Join(corpus, "..", "upstream-rules", "elastic", "rules")}
	if _, err := os.Stat(published[1]); err != nil {
		t.Logf("SKIPPED in part: no published rules at %s; the library alone is asked", published[1])
		published = nil
	}
	dir := t.TempDir()
	one, merged := filepath.Join(dir, "one.json"), filepath.Join(dir, "merged.json")
	for _, o := range []struct {
		inputs, oneRun, scans, merge []string
	}{
		{third, []string{"--jobs", "1", "--clock", "utc"},
			[]string{"--jobs", "8", "--clock", "utc", "--max-memory", "1MiB"},
			[]string{"--jobs", "3", "--max-memory", "1MiB"}},
		{[]string{filepath.Join(corpus, "real"), filepath.Join(corpus, "derived")}, published, published, published},
	} {
		inputs := slices.Clone(o.inputs)
		rand.New(rand.NewPCG(1, uint64(len(inputs)))).Shuffle(len(inputs), func(i, j int) {
			inputs[i], inputs[j] = inputs[j], inputs[i]
		})
		list := filepath.Join(dir, "list.csv")
		var b strings.Builder
		for i, in := range inputs {
			fmt.Fprintf(&b, "%q,%q\n", in, "in "+strconv.Itoa(i/40)+"/"+strconv.Itoa(i))
		}
		if err := os.WriteFile(list, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		shards := filepath.Join(dir, "shards")
		if code, _, errs := hunt(t,
			append([]string{"--quiet", "--input-list", list, "--report", one}, o.oneRun...)...); code !=
			exit.Incomplete {
			t.Fatalf("one run: exit code %d\n%s", code, errs)
		}
		if code, _, errs := hunt(t,
			append([]string{"scan", "--quiet", "--input-list", list, "--out", shards}, o.scans...)...); code !=
			exit.Incomplete {
			t.Fatalf("scan: exit code %d\n%s", code, errs)
		}
		if code, _, errs := hunt(t,
			append([]string{"merge", shards, "--quiet", "--report", merged}, o.merge...)...); code != exit.Incomplete {
			t.Fatalf("merge: exit code %d\n%s", code, errs)
		}
		a, z := mustRead(t, one), mustRead(t, merged)
		if !bytes.Equal(a, z) {
			la, lz := bytes.Split(a, []byte("\n")), bytes.Split(z, []byte("\n"))
			for i := range la {
				if i >= len(lz) || !bytes.Equal(la[i], lz[i]) {
					t.Fatalf("%d inputs: line %d differs:\n%.600s\n%.600s", len(inputs), i+1, la[i],
						lz[min(i, len(lz)-1)])
				}
			}
			t.Fatalf("%d inputs: the merged report is longer", len(inputs))
		}
		// Nobody touched the evidence: what was merged of shards holds, and is what one run gives.
		verify := []string{"verify", merged, "--input-list", list, "--rerun"}
		if len(o.oneRun) > 0 && o.oneRun[0] == "--rules" {
			verify = append(verify, o.oneRun...)
		}
		if code, out, errs := hunt(t, verify...); code != exit.OK {
			t.Errorf("verify: exit code %d\n%.4000s\n%s", code, out, errs)
		}
		if err := os.RemoveAll(shards); err != nil {
			t.Fatal(err)
		}
	}
}

func TestADamagedShardIsAnErrorAndNothingElse(t *testing.T) {
	racetest.Skip(t)
	skipIfShort(t)
	dir := t.TempDir()
	shards, reports := filepath.Join(dir, "shards"), filepath.Join(dir, "r.json")
	if code, _, errs := hunt(t, "scan", "--quiet", "--evtx",
		filepath.Join("..", "..", "samples", "multi-host", "WS-PUR-09"), "--out", shards); code != exit.OK {
		t.Fatalf("exit code %d\n%s", code, errs)
	}
	names, err := filepath.Glob(filepath.Join(shards, "*.shard"))
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	merge := func() (int, string) {
		_ = os.Remove(reports)
		code, _, errs := hunt(t, "merge", shards, "--quiet", "--report", reports)
		return code, errs
	}
	if code, errs := merge(); code != exit.OK {
		t.Fatalf("exit code %d\n%s", code, errs)
	}
	whole, want := mustRead(t, names[0]), mustRead(t, reports)
	random := rand.New(rand.NewPCG(7, 11))
	failed := 0
	for i := range 60 {
		b := slices.Clone(whole)
		if i%3 == 0 {
			b = b[:random.IntN(len(b))]
		} else {
			for range 1 + i%5 {
				b[random.IntN(len(b))] ^= byte(1 + random.IntN(255))
			}
		}
		if err := os.WriteFile(names[0], b, 0o644); err != nil {
			t.Fatal(err)
		}
		switch code, errs := merge(); code {
		case exit.Failed:
			failed++
			if !strings.Contains(errs, filepath.Base(names[0])) {
				t.Errorf("the shard is not named: %s", errs)
			}
		case exit.OK, exit.Incomplete:
			if got := mustRead(t, reports); !bytes.Equal(got, want) {
				t.Errorf("damage %d gives another report and no error", i)
			}
		default:
			t.Errorf("exit code %d: %s", code, errs)
		}
	}
	if failed < 50 {
		t.Errorf("only %d of 60 damaged shards were refused", failed)
	}
}
