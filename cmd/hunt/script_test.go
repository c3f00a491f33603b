package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"hunt": main})
}

// TestScripts runs testdata/script/*.txtar: each is a session at the command line. $SAMPLES is the samples directory,
// $ARCHIVES that of one log packed in many ways, $LONG a name of 160 characters. Beside the commands of testscript
// there are
//
//	exits CODE PROGRAM [ARG ...]   runs a program and wants its exit code
//	copy FROM TO                   copies a file, or a directory with all below it, which can then be written
//	head BYTES FROM TO             copies the beginning of a file
//	concat TO FILE ...             writes files behind each other
//	edit FILE REGEXP TEXT          replaces what matches in a file; $1 stands for a group
//	expand FILE                    replaces $NAME in a file
//
// so that the scripts run on Windows, too; what needs a Unix shell stands behind [unix].
func TestScripts(t *testing.T) {
	samples, err := filepath.Abs(filepath.Join("..", "..", "samples"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(e *testscript.Env) error {
			e.Setenv("SAMPLES", samples)
			e.Setenv("ARCHIVES", filepath.Join(filepath.Dir(samples), "timeline", "evidence", "testdata", "archives"))
			e.Setenv("LONG", strings.Repeat("long", 40))
			return nil
		},
		RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "copy": copyTree, "head": head, "concat": concat, "edit": edit, "expand": expand},
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARG ...]")
	}
	code := 0
	var ended *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &ended) {
		code = ended.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

func copyTree(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: copy FROM TO")
	}
	from, to := ts.MkAbs(args[0]), ts.MkAbs(args[1])
	ts.Check(filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if d.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, data, 0o644)
	}))
}

func head(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: head BYTES FROM TO")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	data, err := os.ReadFile(ts.MkAbs(args[1]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), data[:n], 0o644))
}

func concat(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: concat TO FILE ...")
	}
	var all []byte
	for _, name := range args[1:] {
		data, err := os.ReadFile(ts.MkAbs(name))
		ts.Check(err)
		all = append(all, data...)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), all, 0o644))
}

func edit(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: edit FILE REGEXP TEXT")
	}
	change(ts, args[0], func(data []byte) []byte {
		return regexp.MustCompile(args[1]).ReplaceAll(data, []byte(args[2]))
	})
}

func expand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: expand FILE")
	}
	change(ts, args[0], func(data []byte) []byte { return []byte(os.Expand(string(data), ts.Getenv)) })
}

// change rewrites a file; one that stays as it was is a mistake in the script.
func change(ts *testscript.TestScript, name string, do func([]byte) []byte) {
	data, err := os.ReadFile(ts.MkAbs(name))
	ts.Check(err)
	changed := do(data)
	if bytes.Equal(changed, data) {
		ts.Fatalf("nothing in %s was changed", name)
	}
	ts.Check(os.WriteFile(ts.MkAbs(name), changed, 0o644))
}
