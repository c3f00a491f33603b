package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"hunt/rules"
	"hunt/rules/explanation"
	"hunt/rules/pack"
	"hunt/timeline"
)

func explainCommand() *cli.Command {
	flags := append(evidenceFlags(), ruleFlags()...)
	return &cli.Command{
		Name: "explain", Usage: "explain why a rule did or did not match on a host at a given time", Action: explainAction,
		UsageText: "hunt rules explain --rule ID --evtx PATH --host NAME --at TIME [--within 5m]",
		Description: `explain looks at the events of the host around the given time. For each stage of the rule
it prints how many events satisfy the stage and, for those that come closest, which
comparisons failed and with which values. Then it says whether the events complete the
rule, and which event an unfinished sequence is waiting for.

Example:
   hunt rules explain --rule t1204-001-malicious-link-literal --evtx triage/ \
      --host ws-042 --at 2026-03-02T14:05:10Z`,
		Flags: append(flags,
			&cli.StringFlag{Name: "rule", Usage: "explain the rule with this `ID`; see 'hunt rules list'"},
			&cli.StringFlag{Name: "at", Usage: "look at the events around this `TIME` (UTC)"},
			&cli.DurationFlag{Name: "within", Value: 5 * time.Minute, Usage: "look this far before and after --at (`SPAN`, such as 30s or 2h)"},
			&cli.IntFlag{Name: "candidates", Value: 3, Usage: "show the `N` events that come closest to each stage"},
			&cli.StringFlag{Name: "ecs", Value: "derived", Usage: "use this `MODE`: derived or strict; see 'hunt report --help'"},
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
		return usageError("missing options: %s; see 'hunt rules explain --help'", strings.Join(missing, ", "))
	}
	if len(c.StringSlice("host")) > 1 {
		return usageError("more than one --host given; name one host")
	}
	if c.Duration("within") <= 0 || c.Int("candidates") < 1 {
		return usageError("--within and --candidates must be greater than zero")
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
	pk, problems, err := loadPack(packSources(c))
	if err != nil {
		return err
	}
	rule := pk.Rule(c.String("rule"))
	if rule == nil {
		err := fmt.Errorf("no rule has the id %q; 'hunt rules list' shows the ids", c.String("rule"))
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
	if rule.Source != pack.BuiltIn { // what the shipped rules are warned of is meant so
		for _, w := range why.Warnings {
			run.warn("%s", w)
		}
	}
	if _, err := fmt.Fprint(c.App.Writer, printableLines(explanation.Text(why))+"\n"); err != nil {
		return err
	}
	if incomplete {
		return &exitError{exitIncomplete, nil}
	}
	return nil
}
