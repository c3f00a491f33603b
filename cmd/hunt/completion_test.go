package main

import (
	"bytes"
	"cmp"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"hunt/cmd/hunt/exit"
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
	if code := run(context.Background(), []string{"hunt", "completion", "bash"}, &script, &script); code != exit.OK {
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

// completionScript writes the completion script for a shell into a directory of its own.
func completionScript(t *testing.T, shell, name string) (dir string) {
	t.Helper()
	if _, err := exec.LookPath(shell); err != nil {
		if os.Getenv("HUNT_REQUIRE") != "" && runtime.GOOS != "windows" {
			t.Fatalf("HUNT_REQUIRE is set, but there is no %s", shell)
		}
		t.Skipf("SKIPPED: no %s", shell)
	}
	var script bytes.Buffer
	if code := run(context.Background(), []string{"hunt", "completion", shell}, &script, &script); code != exit.OK {
		t.Fatal(script.String())
	}
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), script.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// zshSession types each line and a tab into a zsh on a terminal, and prints what the line is then.
const zshSession = `zmodload zsh/zpty
zpty -b z zsh -f -i
zpty -w z 'fpath=('$1' $fpath); autoload -U compinit; compinit -u -D; show() { print -r -- "<<$BUFFER>>"; BUFFER= }
zle -N show; bindkey "^X" show; print READ""Y'
zpty -r z out '*READY*' || exit 1
for line in "${@:2}"; do
  zpty -w -n z "$line"$'\t\x18'
  zpty -r z out '*<<*>>*' || exit 1
  out=${out##*<<}; print -r -- "${out%%>>*}"
done
zpty -d z
`

func TestZshCompletesCommandsAndFlags(t *testing.T) {
	dir := completionScript(t, "zsh", "_hunt")
	lines := []string{"hunt verif", "hunt ve", "hunt rules e", "hunt --fail", "hunt verify --ev",
		"hunt --evtx rules ex", "hunt rules list --e", "hunt version --j"}
	want := []string{"hunt verify ", "hunt ver", "hunt rules explain ", "hunt --fail-on ", "hunt verify --evtx ",
		"hunt --evtx rules ex", "hunt rules list --e", "hunt version --json "}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "zsh", append([]string{"-f", "-c", zshSession, "zsh", dir}, lines...)...)
	cmd.Dir = t.TempDir() // without files that could be offered
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestFishCompletesCommandsAndFlags(t *testing.T) {
	dir := completionScript(t, "fish", "hunt.fish")
	for _, tc := range []struct {
		line string
		want []string
	}{
		{"hunt ve", []string{"verify", "version"}},
		{"hunt rules e", []string{"explain"}},
		{"hunt --fail", []string{"--fail-on"}},
		{"hunt verify --ev", []string{"--evtx"}},
		{"hunt rules list --e", nil},
		{"hunt version --j", []string{"--json"}},
		{"hunt --evtx rules l", nil}, // "rules" is a value here, no command
		{"hunt rules --no-color l", nil},
		{"hunt --evtx tri", []string{"triage.evtx"}}, // a file name
		{"hunt dump tri", []string{"triage.evtx"}},
		{"hunt --quiet tri", []string{"triage.evtx"}},
		{"hunt search --evtx triage.evtx --case", []string{"--case-sensitive"}},
	} {
		cmd := exec.Command("fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]",
			filepath.Join(dir, "hunt.fish"), tc.line)
		if cmd.Dir = t.TempDir(); os.WriteFile(filepath.Join(cmd.Dir, "triage.evtx"), nil, 0o600) != nil {
			t.Fatal("no file to offer")
		}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		var got []string
		for line := range strings.Lines(string(out)) {
			word, text, _ := strings.Cut(strings.TrimSpace(line), "\t")
			got = append(got, word)
			if strings.Contains(text, "`") {
				t.Errorf("%q: %q", tc.line, text)
			}
		}
		if !slices.Equal(got, tc.want) {
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

func TestTheManualHasNoMistakes(t *testing.T) {
	if _, err := exec.LookPath("mandoc"); err != nil {
		if os.Getenv("HUNT_REQUIRE") != "" && runtime.GOOS != "windows" {
			t.Fatal("HUNT_REQUIRE is set, but there is no mandoc")
		}
		t.Skip("SKIPPED: no mandoc")
	}
	_, page, _ := hunt(t, "man")
	cmd := exec.Command("mandoc", "-T", "lint", "-W", "warning")
	cmd.Stdin = strings.NewReader(page)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v: %.1000s", err, out)
	}
}

// TestTheManualKeepsCommandsAsTheyAre: what can be typed stands in blocks that the manual neither fills nor hyphenates.
func TestTheManualKeepsCommandsAsTheyAre(t *testing.T) {
	code, page, errs := hunt(t, "man")
	if code != exit.OK {
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

// TestTheScriptForPowerShellParses asks the grammar of tree-sitter, which knows nothing of hunt: PowerShell itself is
// seldom at hand.
func TestTheScriptForPowerShellParses(t *testing.T) {
	python := cmp.Or(os.Getenv("HUNT_PYTHON"), "python3")
	if exec.CommandContext(t.Context(), python, "-c", "import tree_sitter, tree_sitter_powershell").Run() != nil {
		t.Skip("SKIPPED: the Python of HUNT_PYTHON has no tree_sitter_powershell")
	}
	code, script, errs := hunt(t, "completion", "powershell")
	if code != exit.OK {
		t.Fatal(code, errs)
	}
	const program = `
import sys, tree_sitter, tree_sitter_powershell
parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
def wrong(node):
    if node.type == "ERROR" or node.is_missing:
        yield f"line {node.start_point[0] + 1}: {node.text[:60]}"
    for child in node.children:
        yield from wrong(child)
print("\n".join(wrong(parser.parse(sys.stdin.buffer.read()).root_node)))`
	broken := strings.Replace(script, "foreach (", "foreach ", 1)
	for text, want := range map[string]bool{script: true, script + "\n}": false, broken: false} {
		c := exec.CommandContext(t.Context(), python, "-c", program) // #nosec G204 -- named by whoever runs the test
		c.Stdin = strings.NewReader(text)
		out, err := c.CombinedOutput()
		if right := strings.TrimSpace(string(out)) == ""; err != nil || right != want {
			t.Errorf("parses: %v, want %v (%v): %s", right, want, err, out)
		}
	}
}
