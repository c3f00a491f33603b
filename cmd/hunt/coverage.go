package main

import (
	"bufio"
	"cmp"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/flag"
	"hunt/cmd/hunt/screen"
	"hunt/localtime"
	"hunt/report"
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

		Flags: append(append(flag.Evidence(), flag.Rules()...),
			&cli.StringFlag{Name: "case", Usage: "take incident window and time zone from `FILE` (TOML or YAML)"},
			&cli.StringFlag{Name: "format", Value: "table", Usage: "print the result in this `FORMAT`: table or json"},
			flag.Zone()),
	}
}

func coverageAction(c *cli.Context) error {
	pack, problems, err := flag.LoadPack(flag.PackOf(c))
	if err != nil {
		return err
	}
	zone, err := flag.ZoneOf(c)
	if err != nil {
		return err
	}
	var known report.Case
	if name := c.String("case"); name != "" {
		if known, err = casefile.Load(name); err != nil {
			return exit.With(exit.Failed, err)
		}
	}
	if zone == nil {
		zone = known.Zone()
	}
	within, err := withinOf(c, known.Window)
	if err != nil {
		return err
	}
	cs, hosts, incomplete, err := surveyOf(c)
	if err != nil {
		return err
	}
	x := survey.Coverage{Zone: zone, Needs: stage.Needs(pack, cs), LogSources: survey.LogSources(pack.Rules, hosts),
		Hosts: func(yield func(*coverage.Coverage) bool) {
			for _, h := range hosts {
				if !yield(cs.Coverage(h, within)) {
					return
				}
			}
		}}
	out := bufio.NewWriter(screen.JSON(c.App.Writer))
	if c.String("format") == "json" {
		err = x.JSON(localtime.InJSON(out, zone, ""))
	} else {
		err = x.Table(out, screen.Width(c.App.Writer))
	}
	if err != nil || len(problems) == 0 {
		return surveyed(out, err, incomplete)
	}
	return cmp.Or(out.Flush(), exit.With(exit.Incomplete, problems))
}

// withinOf returns the span of time from --from, --to and an incident window.
func withinOf(c *cli.Context, window report.Window) (ledger.Period, error) {
	var p ledger.Period
	var err error
	if p.From, err = flag.TimeOf(c, "from", false); err != nil {
		return p, err
	}
	if p.To, err = flag.TimeOf(c, "to", true); err != nil {
		return p, err
	}
	if window.From != nil {
		p.From = cmp.Or(p.From, *window.From)
	}
	if window.To != nil {
		p.To = cmp.Or(p.To, *window.To)
	}
	return p, nil
}
