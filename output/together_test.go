package output_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"hunt/output"
)

// Runs that start and end together in one directory do not take each other's temporary files for
// those of killed runs, and what stays is all of one run.
func TestRunsOnTheSameOutputsDoNotDisturbEachOther(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("directories cannot be locked on Windows: one of two runs on one output may be refused there " +
			"(docs/outputs.md)")
	}
	const rounds, runs = 30, 8
	dir := t.TempDir()
	names := []string{filepath.Join(dir, "out.html"), filepath.Join(dir, "out.json"),
		filepath.Join(dir, "out.json.sha256")}
	var mu sync.Mutex
	wrong := map[string]int{}
	count := func(text string) {
		mu.Lock()
		wrong[text]++
		mu.Unlock()
	}
	for round := range rounds {
		var wg sync.WaitGroup
		for run := range runs {
			wg.Go(func() {
				if err := writeAll(t, names, fmt.Sprintf("run %d", run), count); err != nil {
					count(err.Error())
				}
			})
		}
		wg.Wait()
		var all []string
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, string(b))
		}
		if all[0] != all[1] || all[0] != all[2] {
			count("the files are of several runs")
		}
		if left, _ := filepath.Glob(filepath.Join(dir, ".hunt-*")); len(left) > 0 {
			t.Fatalf("round %d left %v", round, left)
		}
	}
	for text, n := range wrong {
		t.Errorf("%d times in %d runs: %s", n, rounds*runs, text)
	}
}

// writeAll is one run: it writes a text to all names. What it is warned of goes to warn.
func writeAll(t *testing.T, names []string, text string, warn func(string)) error {
	s := output.NewSet(io.Discard)
	s.Warn = warn
	defer s.Abandon()
	var files []*output.File
	for _, name := range names {
		f, err := s.Add(name, output.Options{})
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	var errs []error
	for _, f := range files {
		errs = append(errs, f.Write(t.Context(), says(text)))
	}
	return errors.Join(append(errs, s.Commit(t.Context()))...)
}
