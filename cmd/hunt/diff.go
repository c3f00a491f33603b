package main

import (
	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/flag"
	"hunt/cmd/hunt/screen"
	"hunt/localtime"
	"hunt/report"
	"hunt/report/diff"
	"hunt/report/terminal"
)

func diffCommand() *cli.Command {
	return &cli.Command{
		Name: "diff", Usage: "compare a new report of a case with an earlier one",
		Action:    diffAction,
		UsageText: "hunt diff OLD.json NEW.json [--all] [--format table|json] [--tz ZONE]",

		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Usage: "list every difference, not only the first 40 of a kind"},
			&cli.StringFlag{Name: "format", Value: "table",
				Usage: "print the differences in this `FORMAT`: table or json"},
			flag.Zone(),
			&cli.BoolFlag{Name: "no-color", Usage: "use no colour, not even in a terminal"},
		},
	}
}

func diffAction(c *cli.Context) error {
	if c.NArg() != 2 {
		return exit.Usagef("diff needs two JSON reports; try: hunt diff old.json new.json")
	}
	if f := c.String("format"); f != "table" && f != "json" {
		return exit.Usagef("--format: unknown format %q; use table or json", f)
	}
	zone, err := flag.ZoneOf(c)
	if err != nil {
		return err
	}
	_, earlier, err := readReport(c.Args().Get(0))
	if err != nil {
		return err
	}
	_, later, err := readReport(c.Args().Get(1))
	if err != nil {
		return err
	}
	set := diff.Reports(earlier, later)
	if c.String("format") == "table" {
		o := terminalOptions(c)
		o.Zone = zone
		return terminal.Changes(c.App.Writer, set, o)
	}
	return diff.JSON(localtime.InJSON(screen.JSON(c.App.Writer), zone, ""), set)
}

// previousReport reads the report of --previous, nil without it.
func previousReport(c *cli.Context) (*report.Report, error) {
	name := c.String("previous")
	if name == "" {
		return nil, nil
	}
	_, rep, err := readReport(name)
	return rep, err
}
