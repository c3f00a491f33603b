package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/flag"
	"hunt/localtime"
	"hunt/mark"
	"hunt/rules/explanation"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/evidence"
)

func explainCommand() *cli.Command {
	flags := append(flag.Evidence(), flag.Rules()...)
	return &cli.Command{
		Name: "explain", Usage: "explain why a rule did or did not match on a host at a given time",
		Action:    explainAction,
		UsageText: "hunt rules explain --rule ID --evtx PATH --host NAME --at TIME [--within 5m]",

		Flags: append(flags,
			&cli.StringFlag{Name: "rule", Usage: "explain the rule with this `ID`; see 'hunt rules list'"},
			&cli.StringFlag{Name: "at", Usage: "look at the events around this `TIME` (UTC)"},
			&cli.DurationFlag{Name: "within", Value: 5 * time.Minute,
				Usage: "look this far before and after --at (`SPAN`, such as 30s or 2h)"},
			&cli.IntFlag{Name: "candidates", Value: 3, Usage: "show the `N` events that come closest to each stage"},
			&cli.StringFlag{Name: "ecs", Value: "derived",
				Usage: "use this `MODE`: derived or strict; see 'hunt report --help'"},
			flag.Zone(),
		),
	}
}

// explaining is what the flags of explain ask for.
type explaining struct {
	rule   string
	packs  pack.Sources
	inputs []evidence.Input
	opts   explanation.Options
	zone   *time.Location // shown beside UTC
}

func explainingOf(c *cli.Context, run *runner) (explaining, error) {
	x := explaining{rule: c.String("rule"), packs: flag.PackOf(c)}
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
	hosts := c.StringSlice("host")
	switch {
	case len(missing) > 0:
		return x, exit.Usagef("missing options: %s; see 'hunt rules explain --help'", strings.Join(missing, ", "))
	case len(hosts) > 1:
		return x, exit.Usagef("more than one --host given; name one host")
	case c.Duration("within") <= 0 || c.Int("candidates") < 1:
		return x, exit.Usagef("--within and --candidates must be greater than zero")
	}
	run.opts.Filter.Hosts = nil // all of the host's names count, not only the one that was typed
	x.opts = explanation.Options{Options: run.opts, Host: hosts[0], Within: c.Duration("within"),
		Candidates: c.Int("candidates")}
	var err error
	if x.opts.At, err = flag.TimeOf(c, "at", false); err != nil {
		return x, err
	}
	if x.zone, err = flag.ZoneOf(c); err != nil {
		return x, err
	}
	x.inputs, err = flag.InputsOf(c)
	return x, err
}

// load returns the rule to be explained.
func (x *explaining) load() (*pack.Rule, error) {
	pk, problems, err := flag.LoadPack(x.packs)
	if err != nil {
		return nil, err
	}
	if rule := pk.Rule(x.rule); rule != nil {
		return rule, nil
	}
	err = fmt.Errorf("no rule has the id %q; 'hunt rules list' shows the ids", x.rule)
	if len(problems) > 0 {
		err = errors.Join(err, problems)
	}
	return nil, exit.With(exit.Failed, err)
}

func explainAction(c *cli.Context) error {
	run, err := newRun(c)
	if err != nil {
		return err
	}
	x, err := explainingOf(c, run)
	if err != nil {
		return err
	}
	rule, err := x.load()
	if err != nil {
		return err
	}
	col, err := run.collect(c.Context, x.inputs)
	if err != nil {
		return err
	}
	defer func() { _ = col.Close() }() // temporary copies
	x.opts.Meter = &timeline.Meter{}
	watching := run.watch(x.opts.Meter)
	why, err := explanation.Explain(c.Context, col, rule, x.opts)
	watching.Stop()
	if err != nil {
		return exit.With(exit.Failed, err)
	}
	run.changed(why.Changes)
	incomplete, err := run.unread(why.Case)
	if err != nil {
		return err
	}
	if rule.Source != pack.BuiltIn { // warnings about shipped rules are known and accepted
		for _, w := range why.Warnings {
			run.warn("%s", w)
		}
	}
	text := localtime.InText(explanation.Text(why), x.zone)
	if _, err := fmt.Fprint(c.App.Writer, mark.PrintableLines(text)+"\n"); err != nil {
		return err
	}
	if incomplete {
		return exit.With(exit.Incomplete, nil)
	}
	return nil
}
