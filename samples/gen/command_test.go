package main

import (
	"os"
	"testing"
)

// A name that the generator does not know, or no name, writes nothing where it stands.
func TestNothingIsWrittenUnlessADirectoryIsNamed(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{{}, {"fleets"}, {"--hosts", "5"}, {"--out", "x", "fleet"}} {
		if err := command(args); err == nil {
			t.Errorf("gen %q: no error", args)
		}
	}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("gen wrote %s", e.Name())
	}
}
