package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/screen"
)

// TestMessagesCutLongNames gives a name of 32,000 characters wherever one can be given. A message that showed it whole
// would push everything else off the screen, and out of the log of whoever runs hunt.
func TestMessagesCutLongNames(t *testing.T) {
	long := strings.Repeat("long-name", 3_600)
	dir := t.TempDir()
	list := filepath.Join(dir, "list.csv")
	if err := os.WriteFile(list, []byte(filepath.Join(dir, long[:32_000])+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out.json")
	small := filepath.Join(dir, "small.evtx")
	writeLog(t, small, amplified(1))
	cases := [][]string{
		{long}, {"report", "--" + long}, {"--evtx", long, "--report", out}, {"--input-list", list, "--report", out},
		{"--evtx", small, "--report", long + ".json"},
		{"--evtx", small, "--report", out, "--rules", "a/" + long + "/b.yml"},
		{"dump", long}, {"dump", small, "--output", long}, {"search", "--evtx", long, "x"},
		{"search", "--evtx", small, "--indicators", long}, {"search", "--evtx", small, "--regex", long + "("},
		{"stats", "--evtx", small, "--by", long}, {"stack", "--evtx", small, "--by", long},
		{"query", "--evtx", small, long}, {"query", "--evtx", small, long + " where " + long + " == 1"},
		{"timeline", "--evtx", small, "--output", long}, {"timeline", "--evtx", small, "--columns", long},
		{"timeline", "--evtx", small, "--format", long}, {"timeline", "--evtx", small, "--zone", long},
		{"scripts", "--evtx", small, "--out", long}, {"logons", "--evtx", small, "--account", long},
		{"tree", "--evtx", small, "--host", long}, {"hosts", "--evtx", long}, {"coverage", "--evtx", long},
		{"show", "--evtx", small, long}, {"show", "--evtx", small, "F-" + long}, {"verify", long, "--evtx", small},
		{"diff", long, long}, {"merge", long}, {"resolve", long}, {"match", long}, {"combine", long},
		{"scan", "--evtx", long, "--out", out}, {"scan", "--evtx", small, "--out", long},
		{"rules", "show", long}, {"rules", "test", long}, {"rules", "check", long}, {"rules", "explain", long},
		{"rules", long}, {"completion", long},
	}
	for _, option := range []string{"rules", "tuning", "case", "host", "from", "temp-dir", "max-memory",
		"password-file", "previous", "merge-hosts", "rules-level", "rules-status", "rules-tag"} {
		cases = append(cases, []string{"--evtx", small, "--report", out, "--" + option, long})
	}
	for _, args := range cases {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), append([]string{"hunt"}, args...), &stdout, &stderr); code == exit.OK {
			t.Logf("%.80q ended with 0", args)
		}
		for line := range strings.Lines(stderr.String()) {
			if len(line) > 9<<10 || strings.Contains(line, long[:1000]) {
				t.Errorf("%.120q: a line of %d bytes: %.200s", args, len(line), line)
			}
		}
	}
}

func TestAMessageKeepsItsBlanks(t *testing.T) {
	line := strings.Repeat(" ", 3*512) + "^  hint"
	if got := screen.Message(line); got != line {
		t.Errorf("%d bytes of %d are left", len(got), len(line))
	}
}
