package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"hunt/rules"
	"hunt/rules/predicate"
	"hunt/timeline"
)

func explainCommand() *cli.Command {
	flags := append(evidenceFlags(), ruleFlags()...)
	return &cli.Command{
		Name: "explain", Usage: "tell why a rule did or did not match at a host and time", Action: explainAction,
		UsageText: "hunt rules explain --rule ID --evtx PATH --host NAME --at TIME [--within 5m]",
		Description: `explain takes the events of the host around the time that are of a kind that a stage of
the rule asks for, and prints for each stage how many satisfy it, and of those that
come nearest which comparisons failed, with the values that were found. Then it says
whether the events of that span complete the rule, and what a sequence waits for.

Example:
   hunt rules explain --rule t1204-001-malicious-link-literal --evtx triage/ \
      --host ws-042 --at 2026-03-02T14:05:10Z`,
		Flags: append(flags,
			&cli.StringFlag{Name: "rule", Usage: "`ID` of the rule; see 'hunt rules list'"},
			&cli.StringFlag{Name: "at", Usage: "`TIME` around which to look (UTC)"},
			&cli.DurationFlag{Name: "within", Value: 5 * time.Minute, Usage: "how far around it (`SPAN`, such as 30s or 2h)"},
			&cli.IntFlag{Name: "candidates", Value: 3, Usage: "show the `N` nearest events of each stage"},
			&cli.StringFlag{Name: "ecs", Value: "derived", Usage: "derived or strict (`MODE`): see 'hunt report --help'"},
		),
	}
}

func explainAction(c *cli.Context) error {
	var missing []string
	for _, f := range []string{"rule", "at"} {
		if c.String(f) == "" {
			missing = append(missing, "--"+f)
		}
	}
	for _, f := range []string{"evtx", "host"} {
		if len(c.StringSlice(f)) == 0 {
			missing = append(missing, "--"+f)
		}
	}
	if len(missing) > 0 {
		return usageError("%s missing; see 'hunt rules explain --help'", strings.Join(missing, ", "))
	}
	if len(c.StringSlice("host")) > 1 {
		return usageError("one --host at a time")
	}
	if c.Duration("within") <= 0 || c.Int("candidates") < 1 {
		return usageError("--within and --candidates must be positive")
	}
	run, err := newRun(c)
	if err != nil {
		return err
	}
	run.opts.Filter.Hosts = nil // all of the host's names count, not only the one that was typed
	o := rules.ExplainOptions{Options: run.opts, Host: c.StringSlice("host")[0], Within: c.Duration("within"), Candidates: c.Int("candidates")}
	if o.At, err = parseTime("at", c.String("at"), false); err != nil {
		return err
	}
	pack, problems, err := loadPack(c)
	if err != nil {
		return err
	}
	rule := pack.Rule(c.String("rule"))
	if rule == nil {
		err := fmt.Errorf("no rule has the id %q; see 'hunt rules list'", c.String("rule"))
		if len(problems) > 0 {
			err = errors.Join(err, problems)
		}
		return &exitError{exitFailed, err}
	}
	inputs, err := inputsOf(c)
	if err != nil {
		return err
	}
	col, err := run.collect(c.Context, inputs)
	if err != nil {
		return err
	}
	o.Meter = &timeline.Meter{}
	progress := run.watch(o.Meter)
	why, err := rules.Explain(c.Context, col, rule, o)
	progress.stop()
	if err != nil {
		return &exitError{exitFailed, err}
	}
	run.changed(why.Changes)
	incomplete, err := run.unread(why.Case)
	if err != nil {
		return err
	}
	if rule.Source != rules.BuiltIn { // what the shipped rules are warned of is meant so
		for _, w := range why.Warnings {
			run.warn("%s", w)
		}
	}
	if _, err := fmt.Fprint(c.App.Writer, printableLines(explanation(why))+"\n"); err != nil {
		return err
	}
	if incomplete {
		return &exitError{exitIncomplete, nil}
	}
	return nil
}

// explanation writes an explanation as text.
func explanation(w *rules.Why) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n%s, %s to %s\n", w.Rule.ID, w.Rule.Name, w.Host.ID, w.From, w.To)
	if h := w.Host; h.Last < w.From || h.First > w.To {
		fmt.Fprintf(&b, "The host's events are of another time: %s to %s. Look at --at, which is UTC.\n", h.First, h.Last)
	}
	if w.Omitted > 0 {
		fmt.Fprintf(&b, "%d events farther from the middle of the span were left out; shorten --within to see all of it\n", w.Omitted)
	}
	for i := range w.Stages {
		stageText(&b, i, len(w.Stages), &w.Stages[i])
	}
	b.WriteString("\n")
	switch n := len(w.Matches); n {
	case 0:
		b.WriteString("The events of this span do not complete the rule.\n")
	case 1:
		b.WriteString("The events of this span complete the rule once:\n")
	default:
		fmt.Fprintf(&b, "The events of this span complete the rule %d times:\n", n)
	}
	for _, m := range w.Matches {
		fmt.Fprintf(&b, "  %s%s\n", stageTimes(m.Events), keysText(m.Keys))
	}
	for _, x := range w.Waiting {
		fmt.Fprintf(&b, "  begun and waiting for stage %d: %s%s\n", x.Next+1, stageTimes(x.Events), keysText(x.Keys))
	}
	return b.String()
}

func stageText(b *strings.Builder, i, of int, s *rules.StageWhy) {
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
	fmt.Fprintf(b, ": %d events of a kind that it asks for, satisfied by %d\n", s.InSpan, s.Satisfied)
	if s.Absence != nil {
		fmt.Fprintf(b, "  %s\n", rules.CoverageText(s.Absence))
	}
	if s.Blind && s.Absence == nil {
		b.WriteString("  No event of such a kind was ever logged on this host: the rule cannot answer there.\n")
	}
	for _, c := range s.Candidates {
		verdict := "fails"
		switch c.Truth {
		case predicate.True:
			verdict = "satisfies"
		case predicate.Maybe:
			verdict = "may satisfy"
		}
		fmt.Fprintf(b, "  %s  %s  %s\n", verdict, c.Event.At, eventID(c.Event))
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
}

func stageTimes(es []*timeline.Event) string {
	var parts []string
	for _, e := range es {
		if e == nil {
			parts = append(parts, "-")
		} else {
			parts = append(parts, fmt.Sprintf("%s %s", e.At, eventID(e)))
		}
	}
	return strings.Join(parts, "  >  ")
}

func keysText(keys []predicate.Value) string {
	if len(keys) == 0 {
		return ""
	}
	return "  keys: " + keyText(keys)
}
