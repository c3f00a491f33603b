package main

import (
	"errors"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/flag"
	"hunt/output"
	"hunt/report/identity"
	"hunt/report/script"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/ledger"
	"hunt/timeline/spill"
)

func scriptsCommand() *cli.Command {
	return &cli.Command{
		Name: "scripts", Usage: "write the PowerShell scripts that logs hold, whole and decoded, as files",
		Action:    scriptsAction,
		UsageText: "hunt scripts --evtx PATH [--evtx PATH ...] --out DIR [--host NAME] [--from TIME] [--to TIME]",

		Flags: append(flag.Evidence(),
			&cli.StringFlag{Name: "out", Usage: "write the scripts and their index to the new directory `DIR`"},
			&cli.BoolFlag{Name: "csv-bom", Value: true,
				Usage: "begin index.csv with a byte order mark for Excel; --csv-bom=false leaves it out"},
			flag.Zone(),
		),
	}
}

func scriptsAction(c *cli.Context) (err error) {
	if err := flag.EvidenceGiven(c); err != nil {
		return err
	}
	name := c.String("out")
	switch name {
	case "":
		return exit.Usagef("no directory given; add --out DIR")
	case "-":
		return exit.Usagef("--out is a directory and cannot be standard output")
	}
	index := script.Index{BOM: c.Bool("csv-bom")}
	if index.Zone, err = flag.ZoneOf(c); err != nil {
		return err
	}
	run, err := newRun(c)
	if err != nil {
		return err
	}
	outputs := outputsOf(c)
	inputs, err := flag.InputsOf(c)
	if err != nil {
		return err
	}
	for _, in := range inputs {
		outputs.Reads(in.Path)
	}
	file, err := outputs.Add(name, output.Options{Dir: true})
	if err != nil {
		return exit.With(exit.Failed, err)
	}
	found, done, err := run.gatherScripts(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, found.Close()) }()
	if err := run.readable(done.Case); err != nil {
		return err
	}
	index.File = func(i int32) string { return done.Case.Files[i].Path }
	var sum script.Summary
	_ = file.WriteDir(c.Context, func(dir string) error { // the error is the commit's
		sum, err = found.Write(c.Context, dir, index)
		return err
	})
	if err := outputs.Commit(c.Context); err != nil {
		return err
	}
	return run.scriptsWritten(name, sum, done)
}

// gatherScripts collects the scripts in the evidence.
func (r *runner) gatherScripts(c *cli.Context) (found *script.Collector, done *timeline.Walked, err error) {
	done, err = r.walk(c, timeline.Walk{
		Scan:   timeline.ScanOptions{Asked: ledger.AskedAccounts},
		Choose: func() func(*ecs.Event) timeline.Choice { return script.Choose },
		Scanned: func(cs *timeline.Case) {
			found = script.NewCollector(script.Options{Memory: r.opts.MaxMemory.Of(spill.Candidates),
				TempDir: r.opts.TempDir,
				Limits:  r.opts.Limits, Names: identity.NamesOf(cs.Hosts.All)})
		},
	}, func(_ int, events []*timeline.Event) error {
		for _, e := range events {
			if err := found.Add(e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && found != nil {
		return nil, nil, errors.Join(err, found.Close())
	}
	return found, done, err
}

// scriptsWritten reports what was written.
func (r *runner) scriptsWritten(name string, sum script.Summary, done *timeline.Walked) error {
	incomplete, err := r.walked(done)
	if err != nil {
		return err
	}
	if sum.Broken > 0 {
		r.warn("%d of %s lack parts or have contradictory ones; index.csv says which", sum.Broken,
			ledger.Count(sum.Blocks, "script block", "script blocks"))
	}
	if sum.Rows == 0 {
		r.warn("no scripts are in these logs; 'hunt coverage' shows whether PowerShell logged any (4104)")
	}
	r.say("%s: %s and %s, %s, %d of them with encoded parts", name,
		ledger.Count(sum.Blocks, "script block", "script blocks"),
		ledger.Count(sum.Commands, "command line", "command lines"),
		ledger.Count(sum.Scripts, "different text", "different texts"), sum.Decoded)
	if incomplete {
		return exit.With(exit.Incomplete, nil)
	}
	return nil
}
