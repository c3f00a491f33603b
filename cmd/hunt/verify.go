package main

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/flag"
	"hunt/cmd/hunt/screen"
	"hunt/config"
	"hunt/localtime"
	"hunt/report"
	"hunt/report/integrity"
	"hunt/report/verify"
	"hunt/timeline/evidence"
)

func verifyCommand() *cli.Command {
	return &cli.Command{
		Name: "verify", Usage: "check a JSON report against the evidence, with two decoders", Action: verifyAction,
		UsageText: "hunt verify REPORT.json --evtx PATH [--evtx PATH ...] [--rerun]",

		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "evtx", Usage: "read the evidence from `PATH` (repeatable)"},
			flag.InputList(), flag.Passwords(), flag.TempDir(),
			&cli.BoolFlag{Name: "rerun", Usage: "make the whole report again from the evidence and compare"},
			&cli.StringSliceFlag{Name: "rules",
				Usage: "with --rerun, the rules in `PATH` that the report was made with (repeatable)"},
			&cli.StringFlag{Name: "placeholders", Aliases: []string{"rules-placeholder"},
				Usage: "with --rerun, the `FILE` of placeholders that the report was made with"},
			&cli.StringSliceFlag{Name: "tuning",
				Usage: "with --rerun, the exceptions in `FILE` that the report was made with (repeatable)"},
			&cli.StringFlag{Name: "case", Usage: "with --rerun, the case `FILE` that the report was made with"},
			&cli.StringFlag{Name: "previous", Usage: "with --rerun, the `REPORT` that the report was compared with"},
			flag.MergeHosts(), flag.Jobs(), flag.MaxMemory(),
			&cli.StringFlag{Name: "format", Value: "table", Usage: "print the result in this `FORMAT`: table or json"},
			flag.Zone(),
		},
	}
}

// verifying is what the flags of verify ask for.
type verifying struct {
	name   string // of the report
	inputs []evidence.Input
	json   bool
	rerun  bool
	zone   *time.Location // shown beside UTC
}

func verifyingOf(c *cli.Context) (v verifying, err error) {
	if !c.Args().Present() {
		return v, exit.Usagef("no report given; try: hunt verify out.json --evtx triage/")
	}
	v = verifying{name: c.Args().First(), json: c.String("format") == "json", rerun: c.Bool("rerun")}
	if v.zone, err = flag.ZoneOf(c); err != nil {
		return v, err
	}
	if v.inputs, err = flag.InputsOf(c); err != nil {
		return v, err
	}
	v.inputs = append(v.inputs, evidence.Inputs(c.Args().Tail()...)...)
	if len(v.inputs) == 0 {
		return v, exit.Usagef("no evidence given; add --evtx PATH")
	}
	if f := c.String("format"); f != "table" && f != "json" {
		return v, exit.Usagef("--format: unknown format %q; use table or json", f)
	}
	if !v.rerun {
		err = onlyWithRerun(c)
	}
	return v, err
}

func verifyAction(c *cli.Context) error {
	x, err := verifyingOf(c)
	if err != nil {
		return err
	}
	data, rep, err := readReport(x.name)
	if err != nil {
		return err
	}
	body, err := integrity.CheckBody(data)
	if err != nil {
		return exit.With(exit.Failed, fmt.Errorf("%s: %w", x.name, err))
	}
	run, err := newRun(c)
	if err != nil {
		return err
	}
	run.quiet, run.evidence.Carved = true, rep.Tool.Run != nil && rep.Tool.Run.Carved
	var again *rerun
	if x.rerun {
		if again, err = newRerun(c, run, rep); err != nil {
			return err
		}
	}
	col, err := run.collect(c.Context, x.inputs)
	if err != nil {
		return err
	}
	defer func() { _ = col.Close() }() // temporary copies
	v, err := verify.Evidence(c.Context, rep, col)
	if err != nil {
		return err
	}
	v.Body, v.Match = body, v.Match && body.Holds()
	if again != nil {
		if v.Rerun, err = again.compare(c.Context, col, data); err != nil {
			return err
		}
		v.Match = v.Match && v.Rerun.Same
	}
	if err := x.print(c, v); err != nil {
		return err
	}
	return v.Err(x.name, rep, version())
}

// print prints the result.
func (x *verifying) print(c *cli.Context, v *verify.Verification) error {
	if !x.json {
		return v.Print(c.App.Writer, screen.Width(c.App.Writer), x.zone)
	}
	return v.JSON(localtime.InJSON(screen.JSON(c.App.Writer), x.zone, ""))
}

// maxReport bounds a report that is read, in bytes; hunt writes none of a tenth of it.
const maxReport = 1 << 30

// readReport reads a JSON report, and also returns it as it is written.
func readReport(name string) ([]byte, *report.Report, error) {
	fail := func(format string, args ...any) ([]byte, *report.Report, error) {
		return nil, nil, exit.With(exit.Failed, fmt.Errorf("%s: %w", name, fmt.Errorf(format, args...)))
	}
	data, err := config.Read(name, maxReport)
	if err != nil {
		return nil, nil, exit.With(exit.Failed, err)
	}
	rep, err := report.ReadJSON(bytes.NewReader(data))
	switch {
	case errors.Is(err, report.ErrSchema):
		return fail("%w", err)
	case err != nil:
		return fail("this is not a JSON report from hunt (--report FILE.json writes one): %w", err)
	}
	return data, rep, nil
}
