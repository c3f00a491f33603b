package title

import (
	"regexp"
	"strings"
	"testing"

	"hunt/rules"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/evidence"
)

func TestTitlesGoOnAsAPersonWould(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ before, next, want string }{
		{"explorer.exe deleted the mark of the web of payload.exe", "explorer.exe started payload.exe",
			", then started it"},
		{"chrome.exe started cmd.exe", "cmd.exe connected to 198.51.100.7", ", which connected to 198.51.100.7"},
		{"chrome.exe started cmd.exe", "chrome.exe started cmd.exe again", ", then started cmd.exe again"},
		{"a.exe started b.exe", "c.exe started d.exe", ", then c.exe started d.exe"},
		{"The log was cleared", "The log was filled", ", then The log was filled"},
	} {
		if got := goesOn(c.before, c.next); got != c.want {
			t.Errorf("%q, %q: %q, want %q", c.before, c.next, got, c.want)
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
	for _, r := range pk.Rules {
		for i := range r.Cases {
			if c := &r.Cases[i]; c.Want == pack.StatusFinding && c.EVTX == "" {
				for _, text := range caseTitles(t, pk, r, c) {
					n++
					if at := slots.FindString(text); at != "" {
						t.Errorf("%s, %s: %q has an empty place or the name of a field: %q", r.ID, c.Name, text, at)
					}
				}
			}
		}
	}
	if n < 2*len(pk.Rules) {
		t.Errorf("%d titles of %d rules", n, len(pk.Rules))
	}
}

func caseTitles(t *testing.T, pk *pack.Pack, r *pack.Rule, c *pack.Case) (titles []string) {
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
	if strings.Contains(strings.Join(titles, ""), " → ") {
		t.Errorf("%s, %s: arrows are no sentence: %q", r.ID, c.Name, titles)
	}
	return titles
}
