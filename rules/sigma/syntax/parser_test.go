package syntax

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write the golden files")

// TestMistakes holds the messages about broken rules against what has been read and found clear.
func TestMistakes(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/mistakes.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, f := range archive.Files {
		fmt.Fprintf(&got, "== %s\n", f.Name)
		lines := bytes.Split(f.Data, []byte("\n"))
		tell := func(what string, e *Error) {
			fmt.Fprintf(&got, "%s%s:%d:%d: %s\n", what, f.Name, e.Line, e.Col, e.Msg)
			if e.Line < 1 || e.Line > len(lines) {
				t.Fatalf("%s: no line %d", f.Name, e.Line)
			}
			fmt.Fprintf(&got, "  %s\n  %s^\n", lines[e.Line-1], strings.Repeat(" ", e.Col-1))
			if e.Hint != "" {
				fmt.Fprintf(&got, "  hint: %s\n", e.Hint)
			}
		}
		for _, d := range Parse(f.Data, Options{}) {
			for _, e := range d.Mistakes {
				tell("", e)
			}
			for _, e := range d.Warnings {
				tell("warning: ", e)
			}
			if d.Skip != nil {
				tell("does not run: ", d.Skip)
			}
			if d.Mistakes == nil && d.Skip == nil {
				fmt.Fprintf(&got, "sound: %s\n", d.Title)
			}
		}
	}
	if *update {
		if err := os.WriteFile("testdata/mistakes.golden", []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/mistakes.golden")
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("the messages changed (-update writes them):\n%s", got.String())
	}
}

func TestMetadata(t *testing.T) {
	d := Parse([]byte(`title: A title
id: 929a690e-bef0-4204-a928-ef5e620d6fcc
name: short
status: Test
level: High
description: |
    Two
    lines
author: Ann, Bob
license: DRL 1.1
date: 2024-01-02
modified: 2024/05/06
references: https://example.org/a
falsepositives:
    - one
    -
    - two
tags: [attack.execution, attack.t1059.001]
fields: [CommandLine]
related:
    - id: 00000000-0000-0000-0000-000000000001
      type: derived
ruletype: Sigma
details: 'Cmd: %CommandLine%'
logsource:
    product: Windows
    category: process_creation
    definition: switch it on
detection:
    sel: {A: 1}
    condition: sel
`), Options{})[0]
	if d.Mistakes != nil {
		t.Fatal(d.Mistakes)
	}
	got := fmt.Sprintf("%+v %+v", d.Meta, d.LogSource)
	want := `{IDPos:{Line:2 Col:5} ID:929a690e-bef0-4204-a928-ef5e620d6fcc Name:short Title:A title Description:Two
lines Author:Ann, Bob Licence:DRL 1.1 Status:test Level:high Date:2024-01-02 Modified:2024/05/06 ` +
		`References:[https://example.org/a] FalsePositives:[one two] ` +
		`Tags:[attack.execution attack.t1059.001] Fields:[CommandLine] Related:[{ID:00000000-0000-0000-0000-000000000001 Type:derived}] RuleType:Sigma ` +
		`Details:Cmd: %CommandLine%} {Pos:{Line:26 Col:5} Category:process_creation Product:windows Service: Definition:switch it on ` +
		`CategoryPos:{Line:27 Col:15} ProductPos:{Line:26 Col:14} ServicePos:{Line:0 Col:0}}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestDocumentsOfAFileStandForThemselves(t *testing.T) {
	src := "# rules\n---\n" + ruleWith("F: 1") + "---\ntitle: [broken\n---\n" +
		strings.ReplaceAll(ruleWith("F|contains: x"), "\n", "\r\n") +
		"...\n---\n# nothing\n---\ntitle: c\nid: x\ncorrelation:\n  type: event_count\n  rules: t\n  generate: " +
		"true\n  timespan: 5m\n  condition: {gt: 1}\n---\ntitle: f\nlogsource: {category: process_creation}\n" +
		"filter:\n  rules: any\n  sel: {User: adm}\n  condition: not sel\n"
	docs := Parse([]byte("\ufeff"+src), Options{})
	var got []string
	for _, d := range docs {
		skip := Reason(0)
		if d.Skip != nil {
			skip = d.Skip.Reason
		}
		got = append(got, fmt.Sprintf("%d@%d mistakes=%d skip=%d rules=%v any=%t generate=%t", d.Kind, d.Line,
			len(d.Mistakes), skip, d.Rules, d.AnyRule, d.Generate))
	}
	want := []string{
		"0@3 mistakes=0 skip=0 rules=[] any=false generate=false",
		"0@11 mistakes=1 skip=0 rules=[] any=false generate=false",
		"0@14 mistakes=0 skip=0 rules=[] any=false generate=false",
		"1@26 mistakes=0 skip=0 rules=[t] any=false generate=true",
		"2@35 mistakes=0 skip=0 rules=[] any=true generate=false",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestAFileThatGrowsIsRefused(t *testing.T) {
	bomb := "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
	for i := 1; i < 10; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [%s]\n", i, i,
			strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 10), ","))
	}
	for name, src := range map[string]string{
		"aliases of aliases":      bomb,
		"deep lists":              "a: " + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000),
		"deep blocks":             strings.Repeat("- ", 10_000) + "x",
		"an alias of its own":     "a: &a\n  b: *a\n",
		"many keys":               "a:\n" + strings.Repeat("  k: 1\n", 10_000),
		"a document of megabytes": "a: " + strings.Repeat("x", 2<<20),
	} {
		docs := Parse([]byte(src), Options{})
		if len(docs) != 1 || docs[0].Mistakes == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	archive, err := txtar.ParseFile("testdata/mistakes.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range archive.Files {
		f.Add(string(file.Data))
	}
	f.Add(ruleWith("F|contains|windash|all: ['-a /b', '*']", "G|re|i: ^a$", "H|cidr: 10.0.0.0/8",
		"I|base64offset|contains: x", "J|expand: '%a%'"))
	f.Fuzz(func(t *testing.T, src string) {
		lines := strings.Count(strings.ReplaceAll(strings.ReplaceAll(src, "\r\n", "\n"), "\r", "\n"), "\n") + 1
		for _, d := range Parse([]byte(src), Options{Placeholders: map[string][]string{"a": {"b*", "c"}}}) {
			for _, e := range append(append(Errors{}, d.Mistakes...), d.Warnings...) {
				if e.Line < 1 || e.Line > lines || e.Col < 1 {
					t.Fatalf("%v: %d lines", e, lines)
				}
			}
			if d.Mistakes != nil || d.Detection == nil {
				continue
			}
			if d.Detection.Condition == nil {
				t.Fatal("a sound rule without a condition")
			}
			for _, s := range d.Detection.Selections {
				for _, g := range s.Groups {
					for _, item := range g {
						for _, v := range item.Values {
							if v.Kind == Regex && v.Expr == nil {
								t.Fatal("an expression that was not compiled")
							}
						}
					}
				}
			}
		}
	})
}

// Each expression is small enough; all of them together, in one document or several, would take gigabytes.
func TestAllExpressionsOfAFileAreBounded(t *testing.T) {
	const head = "title: x\nlogsource: {product: windows}\ndetection:\n  condition: sel\n  sel:\n    A|re:\n"
	rule := head + strings.Repeat("      - '.{1000}x'\n", 200)
	for n, want := range map[int]bool{1: false, 4: true} {
		docs := Parse([]byte(strings.Repeat("---\n"+rule, n)), Options{})
		last := docs[len(docs)-1].Mistakes
		if got := last != nil; got != want || got && !strings.Contains(last.Error(), "500000 elements") {
			t.Errorf("%d documents: %v", n, last)
		}
	}
	if got := regexSize(`(?:ab[c-e]{2,3}){10}`); got < 50 || got > 120 {
		t.Errorf("an expression of some 60 elements has %d", got)
	}
}

func TestMistakesInYAMLHaveHints(t *testing.T) {
	for text, want := range map[string]string{
		`title: "C:\Windows"`:   `in double quotes, write \\ for a backslash, or use single quotes`,
		`title: a: b`:           "put a value with a colon into quotes, and begin the keys of a map in one column",
		"title: x\na: 'it's'\n": "in single quotes, write '' for a quote",
	} {
		docs := Parse([]byte(text), Options{})
		if len(docs[0].Mistakes) != 1 || docs[0].Mistakes[0].Hint != want {
			t.Errorf("%s: %v, want the hint %q", text, docs[0].Mistakes, want)
		}
	}
}
