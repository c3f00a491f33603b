package main

import (
	"bufio"
	"cmp"
	"fmt"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/screen"
	"hunt/report/casefile"
	"hunt/report/survey"
	"hunt/rules/stage"
	"hunt/timeline/coverage"
	"hunt/timeline/ledger"
)

func coverageCommand() *cli.Command {
	return &cli.Command{
		Name: "coverage", Usage: "show what the logs of each host could and could not have shown",
		Action:    coverageAction,
		UsageText: "hunt coverage --evtx PATH [--evtx PATH ...] [--host NAME] [--from TIME] [--to TIME] [--case FILE]",

		Flags: append(append(evidenceFlags(), ruleFlags()...),
			&cli.StringFlag{Name: "case", Usage: "take the incident window from `FILE` (TOML or YAML)"},
			&cli.StringFlag{Name: "format", Value: "table", Usage: "print the result in this `FORMAT`: table or json"}),
	}
}

func coverageAction(c *cli.Context) error {
	pack, problems, err := loadPack(packSources(c))
	if err != nil {
		return err
	}
	within, err := withinOf(c)
	if err != nil {
		return err
	}
	cs, hosts, incomplete, err := surveyOf(c)
	if err != nil {
		return err
	}
	x := survey.Coverage{Needs: stage.Needs(pack, cs), LogSources: survey.LogSources(pack.Rules, hosts),
		Hosts: func(yield func(*coverage.Coverage) bool) {
			for _, h := range hosts {
				if !yield(cs.Coverage(h, within)) {
					return
				}
			}
		}}
	out := bufio.NewWriter(screen.JSON(c.App.Writer))
	if c.String("format") == "json" {
		err = x.JSON(out)
	} else {
		err = x.Table(out, screen.Width(c.App.Writer))
	}
	if err != nil {
		return err
	}
	if err := surveyed(out, incomplete || len(problems) > 0); err != nil {
		if len(problems) > 0 {
			return &exitError{exitIncomplete, problems}
		}
		return err
	}
	return nil
}

// withinOf returns the span of time that --from, --to and the incident window of --case give.
func withinOf(c *cli.Context) (ledger.Period, error) {
	var p ledger.Period
	var err error
	if p.From, err = parseTime("from", c.String("from"), false); err != nil {
		return p, err
	}
	if p.To, err = parseTime("to", c.String("to"), true); err != nil {
		return p, err
	}
	name := c.String("case")
	if name == "" {
		return p, nil
	}
	known, err := casefile.Load(name)
	if err != nil {
		return p, &exitError{exitFailed, fmt.Errorf("--case %w", err)}
	}
	if w := known.Window; w.From != nil {
		p.From = cmp.Or(p.From, *w.From)
	}
	if w := known.Window; w.To != nil {
		p.To = cmp.Or(p.To, *w.To)
	}
	return p, nil
}
