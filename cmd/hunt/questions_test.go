package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"hunt/cmd/hunt/exit"
)

// answers are words of what the commands of docs/ten-questions.md print, by the beginning of the command.
var answers = map[string]string{
	"hunt stats":          "a process started",
	"hunt hosts":          "ws-pur-09.corp.example",
	"hunt logons":         `CORP\h.jansen`,
	"hunt query":          "Invoice_March2026.exe",
	"hunt search":         "cdn-assets.example",
	"hunt tree":           "» ",
	"hunt stack services": "updsvc",
	"hunt stack programs": "updsvc.exe",
	"hunt coverage":       "cleared",
	"hunt timeline":       "695945",
	"hunt show":           "ScriptBlockText",
	"hunt show ws-hr-11":  "Application_Documents.js",
	"hunt --evtx":         "3 chains are linked",
	"hunt scripts":        "",
	"hunt logons --evtx samples/multi-host --external": "none",
}

// TestTheTenQuestionsAreAnswered runs each command of the page on the samples.
func TestTheTenQuestionsAreAnswered(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "ten-questions.md"))
	if err != nil {
		t.Fatal(err)
	}
	samples, err := filepath.Abs(filepath.Join("..", "..", "samples"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	words := regexp.MustCompile(`'[^']*'|\S+`)
	ran := 0
	for line := range strings.Lines(string(page)) {
		command, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "    hunt ")
		if !ok {
			continue
		}
		command = "hunt " + command
		ran++
		var args []string
		for _, w := range words.FindAllString(command, -1)[1:] {
			w = strings.Trim(w, "'")
			if below, ok := strings.CutPrefix(w, "samples/"); ok {
				w = filepath.Join(samples, filepath.FromSlash(below))
			}
			args = append(args, w)
		}
		code, out, errs := hunt(t, args...)
		want, longest := "", ""
		for beginning, words := range answers {
			if strings.HasPrefix(command, beginning) && len(beginning) > len(longest) {
				longest, want = beginning, words
			}
		}
		if code != exit.OK || longest == "" || !strings.Contains(out, want) {
			t.Errorf("%s: exit code %d, want 0 and %q:\n%.2000s\n%s", command, code, want, out, errs)
		}
	}
	if questions := strings.Count(string(page), "\n## ") - 1; questions != 10 || ran < 14 {
		t.Errorf("%d questions and %d commands", questions, ran)
	}
	for _, name := range []string{filepath.Join("scripts", "index.json"), "out.html"} {
		if _, err := os.Stat(name); err != nil {
			t.Error(err)
		}
	}
}
