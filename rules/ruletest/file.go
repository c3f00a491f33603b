// Package ruletest holds what tests of rules share: rule files, and comparisons with files in testdata.
package ruletest

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// Golden compares text with a file of testdata, given by its absolute name.
func Golden(t testing.TB, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name) // #nosec G304 -- a file of the test's own
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", filepath.Base(name), diff)
	}
}

// Testdata returns the absolute name of a file in testdata.
func Testdata(t testing.TB, name string) string {
	t.Helper()
	abs, err := filepath.Abs(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return abs
}

// Write makes files below a new directory, which becomes the current one, so that messages contain no temporary name.
func Write(t *testing.T, files map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
}

// Rule returns a file with a rule that every process event satisfies.
func Rule(id string) string {
	return "id = \"" + id + "\"\nname = \"A rule\"\nquery = 'process where true'\n"
}

// Tuning returns a file with an exception for all rules on a host.
func Tuning(id string) string {
	return "[[exception]]\nid = \"" + id + "\"\nrule = \"*\"\nreason = \"x\"\nexpires = 2027-01-31\nhost = \"a\"\n"
}
