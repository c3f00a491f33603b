package terminal_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"hunt/report"
	"hunt/report/reporttest"
	"hunt/report/terminal"
)

func shown(t *testing.T, r *report.Report, o terminal.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := terminal.Write(&b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTheTerminalEndsWithWhatWasNotSeenAndTheVerdict(t *testing.T) {
	r := reporttest.Rich()
	text := shown(t, r, terminal.Options{})
	var at []int
	for _, want := range []string{"Severity", "I-5d0c2f77a1b3 (3)", "F-51c7770de0b2",
		"3 findings, 1 partial chain, 1 suppressed", "1 rule could not run", "1 linked chain on fin-ws07",
		"Not visible in these logs:", "hr-ws02: Sysmon 1 has no records",
		"Verdict: 1 suspected incident on 2 of 4 hosts"} {
		i := strings.Index(text, want)
		if i < 0 {
			t.Fatalf("no %q in\n%s", want, text)
		}
		at = append(at, i)
	}
	for i := 1; i < len(at); i++ {
		if at[i] < at[i-1] {
			t.Errorf("out of order:\n%s", text)
		}
	}
}

// A run may be part of several incidents; a finding names one.
func TestTheTerminalShowsAnIncidentThatNoFindingNames(t *testing.T) {
	r := reporttest.Rich()
	for i := range r.Findings {
		r.Findings[i].Incident = ""
	}
	if text := shown(t, r, terminal.Options{}); !strings.Contains(text, "I-5d0c2f77a1b3") {
		t.Error(text)
	}
}

func TestTheTerminalListsTheGravestFindingFirstAndNoSuppressedOne(t *testing.T) {
	text := shown(t, reporttest.Rich(), terminal.Options{})
	if i, p := strings.Index(text, "I-5d0c2f77a1b3"), strings.Index(text, "F-51c7770de0b2"); i < 0 || i > p {
		t.Errorf("out of order:\n%s", text)
	}
	if strings.Contains(text, "F-0aa14be6617c") {
		t.Errorf("a suppressed finding is in the table:\n%s", text)
	}
}

func TestTheTerminalKeepsToItsWidth(t *testing.T) {
	for _, width := range []int{60, 80, 100, 120, 200} {
		for name, r := range map[string]*report.Report{"rich": reporttest.Rich(), "blind": reporttest.Blind(),
			"empty": reporttest.Empty()} {
			for _, line := range strings.Split(shown(t, r, terminal.Options{Width: width}), "\n") {
				if n := utf8.RuneCountInString(strings.TrimRight(line, " ")); n > width {
					t.Errorf("%s, width %d: a line of %d: %q", name, width, n, line)
				}
			}
		}
	}
}

func TestTheTerminalShowsTimesInTheZoneOfTheCaseToo(t *testing.T) {
	r := reporttest.Rich()
	r.Case.TimeZone = "Asia/Kathmandu"
	for _, width := range []int{60, 80, 100, 120, 200} {
		text := shown(t, r, terminal.Options{Width: width})
		for _, want := range []string{"2026-03-11 14:03:22", "19:48:22 +05:45", "Asia/Kathmandu"} {
			if !strings.Contains(text, want) {
				t.Errorf("width %d: no %q in\n%s", width, want, text)
			}
		}
		for line := range strings.Lines(text) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, " \n")); n > width {
				t.Errorf("width %d: a line of %d: %q", width, n, line)
			}
		}
	}
}

func TestTheTerminalShowsTheWholeIdAndTheTimeAtEveryWidth(t *testing.T) {
	for _, width := range []int{40, 60, 80, 100, 120, 200} {
		text := shown(t, reporttest.Rich(), terminal.Options{Width: width})
		for _, want := range []string{"I-5d0c2f77a1b3", "F-51c7770de0b2", "2026-03-11 14:03:22", "critical"} {
			if !strings.Contains(text, want) {
				t.Errorf("width %d: no %q in\n%s", width, want, text)
			}
		}
	}
}

func TestColourIsUsedOnlyWhenAskedFor(t *testing.T) {
	if text := shown(t, reporttest.Rich(), terminal.Options{}); strings.Contains(text, "\x1b") {
		t.Error("colour without being asked")
	}
	if text := shown(t, reporttest.Rich(), terminal.Options{Color: true}); !strings.Contains(text,
		"\x1b[1;31mcritical\x1b[0m") {
		t.Errorf("no colour:\n%q", text)
	}
}

func TestTheTerminalNeverSaysThatNothingHappened(t *testing.T) {
	for name, r := range map[string]*report.Report{"nothing": reporttest.Nothing(), "blind": reporttest.Blind(),
		"empty": reporttest.Empty()} {
		text := shown(t, r, terminal.Options{})
		for _, want := range append([]string{"Verdict: " + string(r.Summary.Verdict),
			"none found in the logs examined"}, r.Summary.NotSeen...) {
			if !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
				t.Errorf("%s: no %q in\n%s", name, want, text)
			}
		}
		if blind := r.Summary.Verdict == "nothing could have been found"; strings.Contains(text,
			"none could have been found there") != blind {
			t.Errorf("%s: blind is %v, and yet:\n%s", name, blind, text)
		}
	}
}

func TestTheTerminalNamesTheAuthorsOfTheRulesByLicence(t *testing.T) {
	r := reporttest.Rich()
	for i, rule := range []report.RuleRef{
		{ID: "a", Author: "Ann Author (Firm, Inc.), @bob", Licence: "DRL-1.1"},
		{ID: "b", Author: "Ann Author (Firm, Inc.)", Licence: "DRL-1.1"},
		{ID: "c", Author: "\x1b[2JEve\u202e"},
		{ID: "d", Author: "Suppressed"}, // the fourth finding is suppressed
		{ID: "a", Author: "Ann Author (Firm, Inc.), @bob", Licence: "DRL-1.1"},
	} {
		r.Findings[i].Rule = rule
	}
	text := shown(t, r, terminal.Options{})
	for _, want := range []string{
		"Rules: 2 under DRL-1.1, by Ann Author (Firm, Inc.) (2), @bob (1)\n",
		"Rules: 1 without a named licence, by ␛[2JEve⟦U+202E⟧\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "Suppressed\n") {
		t.Errorf("the author of a rule of which nothing is shown is named:\n%s", text)
	}
}

func TestTheTerminalCountsTheAuthorsThatItDoesNotName(t *testing.T) {
	r := reporttest.Rich()
	model := r.Findings[0]
	r.Findings = nil
	for i := range 100 {
		f := model
		f.Rule.ID, f.Rule.Author = fmt.Sprint("r", i), fmt.Sprintf("Author %03d", i)
		f.Rule.Licence = "L"
		r.Findings = append(r.Findings, f)
	}
	for i := range 30 {
		f := model
		f.Rule = report.RuleRef{ID: fmt.Sprint("x", i), Author: "X", Licence: fmt.Sprintf("Own %02d", i)}
		r.Findings = append(r.Findings, f)
	}
	text := shown(t, r, terminal.Options{Width: 4000})
	for _, want := range []string{"Rules: 100 under L, by Author 000 (1), Author 001 (1)",
		"Author 059 (1) and 40 more\n",
		"those under 21 further licences have their authors in the report\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// An account of which only the time of a logon speaks is told from those that the logs prove.
func TestThePresumedAccountIsMarkedInTheTable(t *testing.T) {
	for _, width := range []int{60, 200} {
		r := reporttest.Rich()
		if text := shown(t, r, terminal.Options{Width: width}); strings.Contains(text, "presumed") {
			t.Errorf("no account is presumed:\n%s", text)
		}
		r.Incidents[0].Accounts, r.Incidents[0].Reach.Accounts[0].Presumed = []string{`CORP\alice`}, true
		text := strings.Join(strings.Fields(shown(t, r, terminal.Options{Width: width})), " ")
		if want := `CORP\alice (presumed)`; !strings.Contains(text, want) {
			t.Errorf("width %d: the table does not say %q:\n%s", width, want, text)
		}
	}
}

func TestTheTableNamesTheRulesOrCountsThem(t *testing.T) {
	r := reporttest.Rich()
	var names []string // of the incident's rules
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Incident == "I-5d0c2f77a1b3" && !slices.Contains(names, f.Rule.Name) {
			names = append(names, f.Rule.Name)
		}
	}
	if len(names) < 2 {
		t.Fatalf("one incident of rules %q", names)
	}
	more := fmt.Sprintf(" +%d", len(names)-1)
	for width, want := range map[int]string{
		240: "  " + report.Ellipsis(names[0], 24-len(more)) + more + "  ", 160: fmt.Sprintf("  %d  ", len(names))} {
		text := shown(t, r, terminal.Options{Width: width})
		line := text[:strings.Index(text, "I-5d0c2f77a1b3")]
		if line = line[strings.LastIndex(line, "\n")+1:]; !strings.Contains(line, want) {
			t.Errorf("%d columns, no %q in\n%s", width, want, line)
		}
	}
}
