package title

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hunt/rules"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/evidence"
)

func TestTitlesGoOnAsAPersonWould(t *testing.T) {
	t.Parallel()
	said := func(subject string, program bool, verb, object string) sentence {
		return sentence{text: subject + " " + verb + " " + object, subject: subject, program: program, verb: verb,
			object: object}
	}
	words := func(text string) sentence { return sentence{text: text} }
	longer := said("chrome.exe", true, "started", "cmd.exe")
	longer.text += " again"
	longer.object = ""
	for _, c := range []struct {
		before, next sentence
		want         string
	}{
		{said("explorer.exe", true, "deleted the mark of the web of", "payload.exe"),
			said("explorer.exe", true, "started", "payload.exe"), ", then started it"},
		{said("explorer.exe", true, "started", "my tool.exe"),
			said("explorer.exe", true, "looked up the name of", "my tool.exe"),
			", then looked up the name of my tool.exe"},
		{said("chrome.exe", true, "started", "my tool.exe"), said("my tool.exe", true, "connected to", "198.51.100.7"),
			", which connected to 198.51.100.7"},
		{said("chrome.exe", true, "started", "cmd.exe"), longer, ", then started cmd.exe again"},
		{said("a.exe", true, "started", "b.exe"), said("c.exe", true, "started", "d.exe"),
			", then c.exe started d.exe"},
		{said(`CORP\a.exe`, false, "disabled", "task"), said(`CORP\a.exe`, false, "deleted", "task"),
			`, then CORP\a.exe deleted task`},
		{words("The log was cleared"), words("The log was filled"), ", then The log was filled"},
	} {
		if got := c.next.after(c.before); got != c.want {
			t.Errorf("%q, %q: %q, want %q", c.before.text, c.next.text, got, c.want)
		}
	}
}

// slots are what a sentence shows of which a part is missing: names of fields, marks of templates, words that lead to
// nothing.
var slots = regexp.MustCompile(
	`\{[@~?]|\[\?|%!|  |winlog\.|event_data|\b(process|file|user|registry|source)\.[a-z_]+\b|` +
		`\b(of|by|to|from|in|on|with|as|for|and|named|called) (,|in the same|\d+ (s|min|h|days) later|$)|^\S*$| $`)

// TestTitlesOfAllCasesAreSentences looks at the titles of the findings of each case of each rule of the library.
func TestTitlesOfAllCasesAreSentences(t *testing.T) {
	t.Parallel()
	pk, err := pack.Load(pack.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	acts, texts := map[Act]string{}, map[string]Act{}
	for _, r := range pk.Rules {
		for i := range r.Cases {
			if c := &r.Cases[i]; c.Want == pack.StatusFinding && c.EVTX == "" {
				for _, title := range caseTitles(t, pk, r, c) {
					n++
					text, act := title.Text, title.Act
					if was, known := acts[act]; known && was != text {
						t.Errorf("%s, %s: %q and %q are one act", r.ID, c.Name, was, text)
					}
					if was, known := texts[text]; known && was != act {
						t.Errorf("%s, %s: %q is two acts", r.ID, c.Name, text)
					}
					acts[act], texts[text] = text, act
					if text == "PowerShell compiled a script block" {
						t.Errorf("%s, %s: %q says nothing of the block", r.ID, c.Name, text)
					}
					if at := slots.FindString(text); at != "" {
						t.Errorf("%s, %s: %q has an empty place or the name of a field: %q", r.ID, c.Name, text, at)
					}
				}
			}
		}
	}
	// services, tasks and registry values say what they hold
	all := slices.Collect(maps.Keys(texts))
	for _, want := range []string{`: C:\Program Files\..\Users\Public\u.exe`, `: C:/Users/Public/u.exe`,
		`: C:\Program Files\..\stage\u.exe`} {
		if !slices.ContainsFunc(all, func(s string) bool { return strings.HasSuffix(s, want) }) {
			t.Errorf("no title ends in %q", want)
		}
	}
	if n < 2*len(pk.Rules) {
		t.Errorf("%d titles of %d rules", n, len(pk.Rules))
	}
}

func caseTitles(t *testing.T, pk *pack.Pack, r *pack.Rule, c *pack.Case) (titles []Title) {
	t.Helper()
	dir := t.TempDir()
	if err := c.Write(dir); err != nil {
		t.Fatal(err)
	}
	col, err := evidence.Collect(t.Context(), evidence.Inputs(dir), evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	one := &pack.Pack{Rules: []*pack.Rule{r}, Hash: pk.Hash}
	res, err := rules.Run(t.Context(), timeline.Of(col), one, rules.Options{Jobs: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Close()
	for _, f := range res.Findings {
		var chain []*timeline.Event
		for _, e := range f.Evidence {
			if e.Event != nil {
				chain = append(chain, e.Event)
			}
		}
		if f.Status == pack.StatusFinding {
			titles = append(titles, Of(chain[:min(len(chain), f.Steps())]))
		}
	}
	if len(titles) == 0 {
		t.Errorf("%s, %s: no finding", r.ID, c.Name)
	}
	if slices.ContainsFunc(titles, func(t Title) bool { return strings.Contains(t.Text, " → ") }) {
		t.Errorf("%s, %s: arrows are no sentence: %q", r.ID, c.Name, titles)
	}
	return titles
}

func TestArgumentsAreWhatComesAfterTheProgram(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		`"C:\Program Files\a.exe" /x`: `/x`,
		`cmd.exe /c dir`:              `/c dir`,
		`cmd.exe`:                     ``,
		`C:\Windows\system32\net use`: `use`,
		`c:\program Files\v\mmm.exe`:  `c:\program Files\v\mmm.exe`,
	} {
		if got := arguments(line); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}
