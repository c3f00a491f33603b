package main

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"hunt": main})
}

// TestScripts runs testdata/script/*.txtar: each is a session at the command line. $SAMPLES is the samples directory, $ARCHIVES
// that of one log packed in many ways.
func TestScripts(t *testing.T) {
	samples, err := filepath.Abs(filepath.Join("..", "..", "samples"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(e *testscript.Env) error {
			e.Setenv("SAMPLES", samples)
			e.Setenv("ARCHIVES", filepath.Join(filepath.Dir(samples), "timeline", "testdata", "archives"))
			return nil
		},
		RequireExplicitExec: true,
	})
}
