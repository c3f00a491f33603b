package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hunt/cmd/hunt/help"
	"hunt/cmd/hunt/manual"
)

// complete asks bash what it offers for a line; the cursor stands at its end.
func complete(t *testing.T, bash, script, line string) []string {
	t.Helper()
	words := strings.Split(line, " ")
	var quoted []string
	for _, w := range words {
		quoted = append(quoted, "'"+w+"'")
	}
	code := script + "\nCOMP_WORDS=(" + strings.Join(quoted, " ") + ")\nCOMP_CWORD=" +
		string(rune('0'+len(words)-1)) + "\n_hunt\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n"
	file := filepath.Join(t.TempDir(), "c.bash")
	if err := os.WriteFile(file, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(bash, file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return strings.Fields(string(out))
}

func TestBashCompletesCommandsAndFlags(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("SKIPPED: no bash")
	}
	var script bytes.Buffer
	if code := run(context.Background(), []string{"hunt", "completion", "bash"}, &script, &script); code != exitOK {
		t.Fatal(script.String())
	}
	for _, tc := range []struct {
		line string
		want []string
	}{
		{"hunt ve", []string{"verify", "version"}},
		{"hunt rules e", []string{"explain"}},
		{"hunt --fail", []string{"--fail-on"}},
		{"hunt verify --ev", []string{"--evtx"}},
		{"hunt verify --evtx ", nil}, // a file name: bash's own part
		{"hunt --evtx rules l", nil}, // "rules" is a value here, no command
		{"hunt rules list --e", nil}, // rules list reads no evidence
		{"hunt version --j", []string{"--json"}},
	} {
		if got := complete(t, bash, script.String(), tc.line); !slices.Equal(got, tc.want) {
			t.Errorf("%q: %q, want %q", tc.line, got, tc.want)
		}
	}
}

// Every flag of every command is offered: the scripts are made from the commands themselves.
func TestTheCompletionTableHasEveryFlag(t *testing.T) {
	app := newApp(&bytes.Buffer{}, &bytes.Buffer{})
	table := manual.Table(app)
	at := map[string]manual.Words{}
	for _, row := range table {
		at[row.Path] = row
	}
	for _, c := range app.Commands {
		for _, f := range c.Flags {
			if name := "--" + f.Names()[0]; !slices.Contains(at["hunt "+c.Name].Flags, name) {
				t.Errorf("hunt %s: %s is missing", c.Name, name)
			}
		}
	}
	if len(at["hunt"].Valued) == 0 || slices.Contains(at["hunt"].Valued, "--quiet") {
		t.Errorf("flags with a value: %q", at["hunt"].Valued)
	}
}

// TestTheManualKeepsCommandsAsTheyAre: what can be typed stands in blocks that the manual neither fills nor hyphenates.
func TestTheManualKeepsCommandsAsTheyAre(t *testing.T) {
	code, page, errs := hunt(t, "man")
	if code != exitOK {
		t.Fatal(code, errs)
	}
	kept, block := "", false
	for line := range strings.Lines(page) {
		switch strings.TrimSpace(line) {
		case ".EX":
			block = true
		case ".EE":
			block = false
		default:
			if block {
				kept += strings.NewReplacer(`\\`, `\`, `\-`, "-", `\e`, `\`, `\&`, "", `\(aq`, "'").Replace(line)
			}
		}
	}
	n := 0
	for _, text := range append([]string{help.FirstCommands}, help.Of("search"), help.Of("logons"), help.Of("tree"),
		help.Of("show")) {
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "   hunt ") {
				if n++; !strings.Contains(kept, strings.TrimSpace(line)) {
					t.Errorf("not in a block: %s", line)
				}
			}
		}
	}
	if n < 10 {
		t.Errorf("%d commands", n)
	}
}
