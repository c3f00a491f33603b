package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"hunt/cmd/hunt/exit"
)

// TestCommandsOfTheSearchPageRun runs each command line of docs/search.md, in a directory that has what
// it names.
func TestCommandsOfTheSearchPageRun(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the page quotes for Unix shells")
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "search.md"))
	if err != nil {
		t.Fatal(err)
	}
	samples, err := filepath.Abs(filepath.Join("..", "..", "samples"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"iocs.txt": "wscript[.]exe\n",
		"iocs.json": `{"type":"file","id":"file--1","name":"wscript.exe"}`} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(samples, "cleared"), "triage"); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(),
		[]string{"hunt", "--evtx", filepath.Join(samples, "multi-host"), "--report", "out.json", "--quiet"}, &stdout,
		&stderr); code != exit.OK {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	ran := 0
	for line := range strings.Lines(string(page)) {
		command, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "    hunt ")
		if !ok {
			continue
		}
		// the shell's own quoting
		out, err := exec.Command("sh", "-c", "for a in "+command+"; do printf '%s\\0' \"$a\"; done").Output()
		if err != nil {
			t.Fatalf("%s: %v", command, err)
		}
		args := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
		for i, a := range args {
			switch {
			case strings.HasPrefix(a, "F-"): // the finding of the page is one of another case
				args[i] = firstFinding(t, "out.json")
			case a == "triage/" && strings.HasPrefix(command, "show F-"):
				args[i] = filepath.Join(samples, "multi-host")
			case a == "triage/":
				args[i] = "triage"
			}
		}
		stdout.Reset()
		stderr.Reset()
		if code := run(t.Context(), append([]string{"hunt"}, args...), &stdout, &stderr); code != exit.OK {
			t.Errorf("hunt %s: exit code %d: %s", command, code, stderr.String())
		}
		ran++
	}
	if ran < 10 {
		t.Errorf("only %d commands found", ran)
	}
}

func firstFinding(t *testing.T, name string) string {
	t.Helper()
	_, rep, err := readReport(name)
	if err != nil || len(rep.Findings) == 0 {
		t.Fatalf("%v, or no finding", err)
	}
	return rep.Findings[0].ID
}
