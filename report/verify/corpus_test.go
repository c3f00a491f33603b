package verify_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hunt/report"
	"hunt/report/build"
	"hunt/report/verify"
	"hunt/rules"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
)

// corpusFiles lists the real logs that HUNT_CORPUS names.
func corpusFiles(t *testing.T) []string {
	t.Helper()
	dir := os.Getenv("HUNT_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	var files []string
	_ = filepath.WalkDir(filepath.Join(dir, "real"), func(name string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(name, ".evtx") {
			files = append(files, name)
		}
		return nil
	})
	if len(files) == 0 {
		if os.Getenv("HUNT_REQUIRE") != "" {
			t.Fatalf("no corpus of real logs at %s", dir)
		}
		t.Skipf("SKIPPED, NOT PASSED: no corpus of real logs at %s; set HUNT_CORPUS", dir)
	}
	return files
}

// publishedRules are Elastic's rules where a copy of them lies beside the corpus, with the library.
func publishedRules(t *testing.T) *pack.Pack {
	t.Helper()
	var src pack.Sources
	dir := filepath.Join(os.Getenv("HUNT_CORPUS"), "..", "upstream-rules", "elastic", "rules")
	if os.Getenv("HUNT_CORPUS") == "" {
		dir = filepath.Join("..", "..", "..", "shared", "upstream-rules", "elastic", "rules")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Logf("SKIPPED in part: no published rules at %s; the library alone is asked", dir)
	} else {
		src.Rules = []string{dir}
	}
	pk, err := pack.Load(src) // those that hunt cannot use are another test's
	if len(pk.Rules) == 0 {
		t.Fatal(err)
	}
	return pk
}

// Every report of evidence that nobody touched holds, as a reader finds it: written as JSON and read again.
func TestReportsOfUnchangedEvidenceHold(t *testing.T) {
	files, pk := corpusFiles(t), publishedRules(t)
	verify := func(t *testing.T, o rules.Options, paths ...string) (findings int) {
		col, err := evidence.Collect(t.Context(), evidence.Inputs(paths...), evidence.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = col.Close() }()
		if col.Readable() == 0 {
			return 0
		}
		res, err := rules.Run(t.Context(), timeline.Of(col), pk, o)
		if err != nil {
			t.Fatal(err)
		}
		built, err := build.Report(t.Context(), res, build.Options{Run: report.Run{Carved: o.Carved}})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := report.WriteJSON(t.Context(), &b, built); err != nil {
			t.Fatal(err)
		}
		r, err := report.ReadJSON(&b)
		if err != nil {
			t.Fatal(err)
		}
		v, err := verify.Evidence(t.Context(), r, col)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range v.Files {
			if f.Result != "match" {
				t.Errorf("%s: %s: %s", f.Path, f.Result, f.Detail)
			}
		}
		told := 0
		for _, rec := range v.Records {
			if rec.Result == "match" {
				continue
			}
			if told++; told <= 5 {
				t.Errorf("%s, record %d: %s", rec.Ref.File, rec.Ref.EventRecordID, strings.Join(rec.Problems, "; "))
			}
		}
		if v.Match != !t.Failed() {
			t.Errorf("match is %t, %d records do not", v.Match, told)
		}
		return len(r.Findings)
	}
	modes := []rules.Options{
		{}, {Clock: ledger.ClockUTC, Carved: true}, {Carved: true}, {Clock: ledger.ClockUTC},
	}
	t.Run("file by file", func(t *testing.T) {
		found := 0
		for i, name := range files {
			t.Run(filepath.Base(name), func(t *testing.T) { found += verify(t, modes[i%2], name) })
			if os.Getenv("HUNT_LONG") != "" {
				t.Run(filepath.Base(name)+" otherwise", func(t *testing.T) { verify(t, modes[1-i%2], name) })
			}
		}
		if found == 0 {
			t.Errorf("no finding in %d files: nothing was asked", len(files))
		}
	})
	for _, o := range modes {
		t.Run("as one case, clock "+string(o.Clock)+map[bool]string{true: ", carved"}[o.Carved], func(t *testing.T) {
			verify(t, o, slices.Clone(files)...)
		})
	}
}
