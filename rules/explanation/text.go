// Package explanation writes in words why a rule did or did not match.
package explanation

import (
	"fmt"
	"strings"

	"hunt/rules"
	"hunt/rules/hits"
	"hunt/rules/predicate"
	"hunt/timeline"
	"hunt/timeline/export"
	"hunt/timeline/ledger"
)

// Text returns an explanation as text of many lines. It contains raw log text: escape it before showing
// it.
func Text(w *Why) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n%s, %s to %s\n", w.Rule.ID, w.Rule.Name, w.Host.ID, w.From, w.To)
	if h := w.Host; h.Last < w.From || h.First > w.To {
		fmt.Fprintf(&b, "The events of this host are from another time: %s to %s. Check --at, which is in UTC.\n",
			h.First, h.Last)
	}
	if w.Omitted > 0 {
		fmt.Fprintf(&b, "%s farther from --at left out; use a shorter --within to see all events\n",
			ledger.Count(w.Omitted, "event", "events"))
	}
	for i := range w.Stages {
		stageText(&b, i, len(w.Stages), &w.Stages[i])
	}
	if len(w.Counts) > 0 {
		for i := range w.Counts {
			counts(&b, w.Rule, &w.Counts[i])
		}
		return b.String()
	}
	b.WriteString("\n")
	switch n := len(w.Matches); n {
	case 0:
		b.WriteString("The events in this span do not complete the rule.\n")
	case 1:
		b.WriteString("The events in this span complete the rule once:\n")
	default:
		fmt.Fprintf(&b, "The events in this span complete the rule %d times:\n", n)
	}
	for _, m := range w.Matches {
		fmt.Fprintf(&b, "  %s%s\n", stageTimes(m.Events), keysText(m.Keys))
	}
	for _, x := range w.Waiting {
		fmt.Fprintf(&b, "  started and waiting for stage %d: %s%s\n", x.Next+1, stageTimes(x.Events), keysText(x.Keys))
	}
	return b.String()
}

func stageText(b *strings.Builder, i, of int, s *StageWhy) {
	fmt.Fprintf(b, "\nStage %d of %d", i+1, of)
	if s.Label != "" {
		fmt.Fprintf(b, " (%s)", s.Label)
	}
	switch {
	case s.Missing:
		b.WriteString(", which must not occur")
	case s.Until:
		b.WriteString(", which ends the sequence (until)")
	}
	fmt.Fprintf(b, ": %s of the right kind, %d of them satisfy it\n",
		ledger.Count(s.InSpan, "event", "events"), s.Satisfied)
	if s.Absence != nil {
		fmt.Fprintf(b, "  %s\n", rules.CoverageText(s.Absence))
	}
	if s.Blind && s.Absence == nil {
		b.WriteString("  This host never logged an event of the right kind, so the rule cannot match there.\n")
	}
	for i := range s.Candidates {
		candidate(b, &s.Candidates[i])
	}
}

func candidate(b *strings.Builder, c *Candidate) {
	verdict := "fails"
	switch c.Truth {
	case predicate.True:
		verdict = "satisfies"
	case predicate.Maybe:
		verdict = "may satisfy"
	}
	fmt.Fprintf(b, "  %s  %s  %s\n", verdict, c.Event.At, export.DocumentID(c.Event))
	fmt.Fprintf(b, "      %s\n", c.Event.Message())
	if c.Parent != "" {
		fmt.Fprintf(b, "      %s\n", c.Parent)
	}
	for _, l := range c.Lacks {
		lead := "    - "
		if strings.HasPrefix(l, " ") {
			lead = "      "
		}
		fmt.Fprintf(b, "%s%s\n", lead, l)
	}
	if c.Truth != predicate.False && len(c.Keys) > 0 {
		fmt.Fprintf(b, "      join keys: %s\n", strings.Join(c.Keys, "; "))
	}
}

func stageTimes(es []*timeline.Event) string {
	var parts []string
	for _, e := range es {
		if e == nil {
			parts = append(parts, "-")
		} else {
			parts = append(parts, fmt.Sprintf("%s %s", e.At, export.DocumentID(e)))
		}
	}
	return strings.Join(parts, "  >  ")
}

func keysText(keys []predicate.Value) string {
	if len(keys) == 0 {
		return ""
	}
	return "  keys: " + hits.KeyText(keys)
}
