package html

import (
	"fmt"
	"testing"

	"hunt/report"
)

// A line of an incident names two hosts and two accounts, and a story ends with how sure it is, whatever a command
// line in it says.
func TestALineAndAStoryInParts(t *testing.T) {
	v := incidentView{Incident: &report.Incident{Hosts: []string{"a.x", "b.x", "c.x", "d.x"}, Accounts: []string{`D\x`},
		Story: "On a: cmd.exe /c echo How sure: low. How sure: high confidence."}, domain: ".x"}
	if got := v.Where(); got != `a, b, c and 1 more, D\x` {
		t.Errorf("%q", got)
	}
	if v.Told() != "On a: cmd.exe /c echo How sure: low." || v.Sure() != "high confidence." {
		t.Errorf("%q, %q", v.Told(), v.Sure())
	}
	v.Story = "On a: nothing."
	if v.Told() != v.Story || v.Sure() != "" {
		t.Errorf("%q, %q", v.Told(), v.Sure())
	}
}

// No name, option or domain breaks at a hyphen, whatever else its sentence holds; of a long one, its
// short parts do not.
func TestNamesStayWhole(t *testing.T) {
	for sentence, want := range map[string]string{
		"a ws-1 b":         `a <span class="nb">ws-1</span> b`,
		"p -enc … c-d[.]e": `p <span class="nb">-enc</span> … <span class="nb">c-d[.]e</span>`,
		"\u202ea-b <x-y>": `<span class="mark" title="U&#43;202E, changes the reading direction">⟦U&#43;202E⟧</span>` +
			`<span class="nb">a-b</span> <span class="nb">&lt;x-y&gt;</span>`,
		`C:\a\my-tools\aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`: `C:\a\<span class="nb">my-tools\</span>` +
			`aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`,
	} {
		if got, err := wholeNames(sentence); err != nil || fmt.Sprint(got) != want {
			t.Errorf("%q: %v %v", sentence, got, err)
		}
	}
}

// The first screen names hosts without the domain that all have in common; what only looks like such a name stays.
func TestHostsInShort(t *testing.T) {
	v := view{Domain: ".corp.example"}
	for sentence, want := range map[string]string{
		"began on ws-1.corp.example at 8":              "began on ws-1 at 8",
		"a (ws-1.corp.example, ws-2.corp.example).":    "a (ws-1, ws-2).",
		"seen on ws-1.corp.example.":                   "seen on ws-1.",
		`dir \\ws-1.corp.example\c$`:                   `dir \\ws-1.corp.example\c$`,
		"x.ws-1.corp.example":                          "x.ws-1.corp.example",
		"ws-1.corp.example.org and ws-1.corp.examples": "ws-1.corp.example.org and ws-1.corp.examples",
		"the domain .corp.example":                     "the domain .corp.example",
	} {
		if got := v.Short(sentence); got != want {
			t.Errorf("%q: %q", sentence, got)
		}
	}
	if got := (&view{}).Short("ws-1.corp.example"); got != "ws-1.corp.example" {
		t.Error(got)
	}
}
