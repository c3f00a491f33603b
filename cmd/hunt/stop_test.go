package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestSignalsAreCaughtBeforeAnythingElse: the tables of the packages take longer than a script may wait with its
// signal. The runtime says in which order it initializes them.
func TestSignalsAreCaughtBeforeAnythingElse(t *testing.T) {
	hunt, err := exec.LookPath("hunt")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(hunt, "version")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	trace, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, trace)
	}
	before, after, found := strings.Cut(string(trace), "init hunt/cmd/hunt/stop @")
	if !found {
		t.Fatalf("the signals are not caught by a package of their own:\n%s", trace)
	}
	for _, heavy := range []string{"init hunt/", "init github.com/xuri/excelize/", "init github.com/parquet-go/",
		"init net/http "} {
		if strings.Contains(before, heavy) {
			t.Errorf("%s... is initialized before the signals are caught", heavy)
		}
		if !strings.Contains(after, heavy) {
			t.Errorf("%s... is not in the trace: the test sees nothing", heavy)
		}
	}
}
