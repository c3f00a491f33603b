package rules

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hunt/rules/pack"
	"hunt/rules/ruletest"
	"hunt/timeline"
	"hunt/timeline/evidence"
)

// TestTheLibraryOnRealLogs runs the library with its tuning over the corpus of real logs and compares every finding
// with testdata/corpus.txt, which names records and says nothing of their content. docs/rules.md explains each of
// them: a difference here is to be looked at, and told there.
func TestTheLibraryOnRealLogs(t *testing.T) {
	dir := corpus(t)
	var out strings.Builder
	for _, set := range []string{"real", "derived"} {
		col, err := evidence.Collect(t.Context(), evidence.Inputs(filepath.Join(dir, set)), evidence.Options{})
		if err != nil {
			t.Fatal(err)
		}
		pk, err := pack.Load(pack.Sources{})
		if err != nil {
			t.Fatal(err)
		}
		res, err := Run(t.Context(), timeline.Of(col), pk, Options{Jobs: 2})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "# %s: events per stage, complete chains, of these suppressed, partial chains\n", set)
		for _, r := range res.Rules {
			if !r.Ran {
				t.Errorf("%s did not run: %s", r.Rule.ID, r.Reason)
			}
			fmt.Fprintf(&out, "%-42s %v %d %d %d\n", r.Rule.ID, r.StageHits, r.Matches, r.Suppressed, r.Partial)
		}
		fmt.Fprintf(&out, "\n# %s: findings\n", set)
		for _, f := range res.Findings {
			fmt.Fprintf(&out, "%s %s %s %s", f.Rule.ID, f.Status, f.Confidence, f.Host.ID)
			if f.Count > 1 {
				fmt.Fprintf(&out, ", %d events", f.Count)
			}
			for _, e := range f.Evidence {
				fmt.Fprintf(&out, " %s[%d]", filepath.Base(col.Files[e.Event.Ref.File].Path), e.Event.Ref.EventRecordID)
			}
			for _, c := range f.Candidates {
				fmt.Fprintf(&out, " or [%d]", c.Event.Ref.EventRecordID)
			}
			for _, l := range f.Labels {
				fmt.Fprintf(&out, "; %s", l)
			}
			out.WriteByte('\n')
		}
		out.WriteByte('\n')
	}
	ruletest.Golden(t, ruletest.Testdata(t, "corpus.txt"), out.String())
}

// TestTheLiteralRuleIsWordForWord holds the shipped literal rule against the text as it was published.
func TestTheLiteralRuleIsWordForWord(t *testing.T) {
	p, err := pack.Load(pack.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	r := p.Rule("t1204-001-malicious-link-literal")
	want, err := filepath.Abs("testdata/literal.eql")
	if err != nil {
		t.Fatal(err)
	}
	ruletest.Golden(t, want, r.Query)
	if len(r.References) != 12 || len(r.SeenWith) != 5 || len(r.FalsePositives) != 3 || len(r.DataSources) != 7 ||
		len(r.Techniques) != 2 || r.Techniques[1].ID != "T1204.001" || r.Techniques[1].TacticID != "TA0002" {
		t.Errorf("the literal rule has lost some of what it records: %+v", r)
	}
}

func TestEveryRuleOfTheLibraryIsComplete(t *testing.T) {
	p, err := pack.Load(pack.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Rules) < 11 {
		t.Errorf("%d rules", len(p.Rules))
	}
	for _, r := range p.Rules {
		if r.Source != pack.BuiltIn || r.Description == "" || r.Why == "" || r.Version == "" ||
			len(r.References) == 0 ||
			len(r.FalsePositives) == 0 || r.DefaultLogs == "" || len(r.DataSources) == 0 || len(r.Techniques) == 0 {
			t.Errorf("%s: a part is missing: %+v", r.ID, r)
		}
		if len(r.Guidance) < 40 {
			t.Errorf("%s does not say what to look at next: %q", r.ID, r.Guidance)
		}
		if strings.Contains(r.Query, `"?:\\Program Files*`) {
			t.Errorf(`%s: anybody can make a directory C:\Program Files X; name those of Windows`, r.ID)
		}
		logged := r.DefaultLogs
		if !strings.HasPrefix(logged, "None") &&
			!regexp.MustCompile(`[0-9]|Defender|PowerShell`).MatchString(logged) {
			t.Errorf("%s says neither what works on default logs nor that nothing does: %q", r.ID, logged)
		}
		fires, quiet := 0, 0
		for _, c := range r.Cases {
			if c.Want == pack.StatusFinding {
				fires++
			} else {
				quiet++
			}
		}
		if fires < 2 || quiet < 2 {
			t.Errorf("%s: %d cases that fire and %d that do not; want two of each", r.ID, fires, quiet)
		}
	}
	for _, x := range p.Exceptions {
		if x.Source != pack.BuiltIn || x.Expires != "never" || len(x.Reason) < 40 {
			t.Errorf("exception %s: %+v", x.ID, x)
		}
	}
}

// TestTheResultDoesNotDependOnTheWorkers compares the findings of one and of three workers.
func TestTheFindingsDoNotDependOnTheWorkers(t *testing.T) {
	dir := corpus(t)
	pk, err := pack.Load(pack.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	var texts [2]bytes.Buffer
	for i, jobs := range []int{1, 3} {
		col, err := evidence.Collect(t.Context(), evidence.Inputs(filepath.Join(dir, "derived")), evidence.Options{})
		if err != nil {
			t.Fatal(err)
		}
		res, err := Run(t.Context(), timeline.Of(col), pk, Options{Jobs: jobs})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range res.Findings {
			fmt.Fprintf(&texts[i], "%s %s %s %v %v %d\n", f.Rule.ID, f.Status, f.Confidence, f.Reasons, f.Labels,
				len(f.Candidates))
			for _, e := range f.Evidence {
				fmt.Fprintf(&texts[i], "  %v\n", e.Event.Ref)
			}
		}
	}
	if texts[0].Len() == 0 || texts[0].String() != texts[1].String() {
		t.Errorf("one worker:\n%s\nthree workers:\n%s", texts[0].String(), texts[1].String())
	}
}

// Every list says what it is, holds nothing twice, and is used by a rule or by the assessment.
func TestEveryListOfTheLibraryIsUsed(t *testing.T) {
	p, err := pack.Load(pack.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range pack.Lists() {
		seen := map[string]bool{}
		for _, v := range values {
			if v = strings.ToLower(v); seen[v] {
				t.Errorf("$%s holds %q twice", name, v)
			}
			seen[v] = true
		}
		if !slices.ContainsFunc(p.Rules, func(r *pack.Rule) bool {
			return regexp.MustCompile(`\$` + name + `\b`).MatchString(r.Query)
		}) {
			t.Errorf("no rule uses $%s", name)
		}
	}
}

// docs/rules.md has a row for every rule, with its levels.
func TestTheDocumentListsEveryRule(t *testing.T) {
	p, err := pack.Load(pack.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range p.Rules {
		row := fmt.Sprintf("`%s` | %s | %s | %s |", r.ID, r.Name, strings.ToLower(r.Severity.String()), r.Confidence)
		if !strings.Contains(string(doc), row) {
			t.Errorf("no row: %s", row)
		}
	}
	_, second, _ := strings.Cut(string(doc), "\n## From the first logon to the impact\n")
	second, _, _ = strings.Cut(second, "\n## ")
	count := fmt.Sprintf("Of the %d rules of the second part, %d work there",
		strings.Count(second, "\n| `"), strings.Count(second, "| yes |\n"))
	if !strings.Contains(string(doc), count) {
		t.Errorf("the document does not say: %s", count)
	}
}

// TestUserDataIsTried asks of each rule of the library that names an element of UserData for cases with events that
// have some: one that fires and one that does not.
func TestUserDataIsTried(t *testing.T) {
	p, err := pack.Load(pack.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range p.Rules {
		if !strings.Contains(r.Query, "winlog.user_data.") {
			continue
		}
		fires, quiet := false, false
		for _, c := range r.Cases {
			if slices.ContainsFunc(c.Events, func(e pack.CaseEvent) bool { return e.UserData }) {
				fires, quiet = fires || c.Want == pack.StatusFinding, quiet || c.Want == ""
			}
		}
		if !fires || !quiet {
			t.Errorf("%s names UserData and has no case of it that fires, or none that does not", r.ID)
		}
	}
}
