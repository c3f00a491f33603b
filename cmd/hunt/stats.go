package main

import (
	"strings"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/flag"
	"hunt/report/census"
	"hunt/rules/stage"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/ledger"
	"hunt/timeline/stats"
)

func statsCommand() *cli.Command {
	return &cli.Command{
		Name: "stats", Usage: "count events: what is in these logs, or by any field", Action: statsAction,
		UsageText: "hunt stats --evtx PATH [--evtx PATH ...] [--by FIELD,...] [--where 'EQL condition'] [--top N]",

		Flags: append(append(flag.Evidence(), flag.Listing()...),
			&cli.StringFlag{Name: "by", Usage: "group events by these `FIELDS`, separated by commas"},
			whereFlag(), topFlag(),
			&cli.StringFlag{Name: "ecs", Value: "derived",
				Usage: "use this `MODE`: derived or strict; see 'hunt report --help'"},
		),
	}
}

func stackCommand() *cli.Command {
	return &cli.Command{
		Name: "stack", Usage: "stack services, tasks, programs, commands or domains, the rarest first",
		Action:    stackAction,
		UsageText: "hunt stack services|tasks|programs|commands|domains|FIELD --evtx PATH [--evtx PATH ...]",

		Flags: append(append(flag.Evidence(), flag.Listing()...),
			whereFlag(), topFlag(),
			&cli.BoolFlag{Name: "exact", Usage: "fold nothing: leave all texts as they are"},
			&cli.StringFlag{Name: "ecs", Value: "derived",
				Usage: "use this `MODE`: derived or strict; see 'hunt report --help'"},
		),
	}
}

func whereFlag() cli.Flag {
	return &cli.StringFlag{Name: "where", Usage: "count only events that satisfy this EQL `CONDITION`"}
}

func topFlag() cli.Flag {
	return &cli.IntFlag{Name: "top", Usage: "print only the first `N` rows"}
}

func statsAction(c *cli.Context) error {
	if err := flag.EvidenceGiven(c); err != nil {
		return err
	}
	return countEvents(c, "Statistics", census.Options{By: c.String("by")})
}

func stackAction(c *cli.Context) error {
	switch {
	case c.NArg() == 0:
		return exit.Usagef("nothing to stack; name one of %s, or a field", strings.Join(stats.Stacks, ", "))
	case c.NArg() > 1:
		return exit.Usagef("unexpected %q; stack one thing at a time", c.Args().Get(1))
	case !flag.HasInputs(c):
		return exit.Usagef("no evidence given; add --evtx PATH")
	}
	return countEvents(c, "Stack", census.Options{Stack: c.Args().First(), Exact: c.Bool("exact")})
}

// countEvents prints a census; sheet is its name in a workbook.
func countEvents(c *cli.Context, sheet string, o census.Options) (err error) {
	if o.Options, err = flag.ListingOf(c, sheet); err != nil {
		return err
	}
	if o.Top = c.Int("top"); c.IsSet("top") && o.Top < 1 {
		return exit.Usagef("--top: invalid number %d; use 1 or more", o.Top)
	}
	o.Where = c.String("where") != ""
	run, err := newRun(c)
	if err != nil {
		return err
	}
	w := timeline.Walk{Scan: run.scan(ecs.NewSchema())}
	counted, err := census.New(o, &w)
	if err != nil {
		return exit.Usagef("%v", err)
	}
	if o.Where {
		condition, err := stage.CompileCondition(c.String("where"), w.Scan.Schema)
		if err != nil {
			return queryError(suggestCondition(c.String("where"), err))
		}
		for _, text := range condition.Warnings {
			run.warn("--where: %s", text)
		}
		w.Choose, w.Settle = census.And(w.Choose, condition.NewChooser), condition.NewSettler
		if condition.AsksHistory && !w.Scan.Strict {
			w.Scan.Asked = ledger.AskedLater
		}
	}
	inputs, err := flag.InputsOf(c)
	if err != nil {
		return err
	}
	if w.Evidence, err = run.collect(c.Context, inputs); err != nil {
		return err
	}
	defer func() { _ = w.Evidence.Close() }() // temporary copies
	watching := run.watch(w.Scan.Meter)
	w.Scanned = func(cs *timeline.Case) {
		watching.Read(cs, "count")
		run.unknownHosts(cs.Hosts.All)
	}
	done, rows, err := counted.Print(c.Context, &w, listingScreen(c, o.Options))
	watching.Stop()
	if err != nil {
		return err
	}
	incomplete, err := run.walked(done)
	if err != nil {
		return err
	}
	run.say("%s, %s", readText(len(w.Evidence.Files), done.Case.Records.Read), ledger.Count(rows, "row", "rows"))
	if incomplete {
		return exit.With(exit.Incomplete, nil)
	}
	return nil
}
