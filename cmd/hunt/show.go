package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/flag"
	"hunt/cmd/hunt/screen"
	"hunt/localtime"
	"hunt/report/show"
	"hunt/rules"
	"hunt/timeline"
	"hunt/timeline/evidence"
)

func showCommand() *cli.Command {
	return &cli.Command{
		Name: "show", Usage: "show a record in full: fields, XML, JSON, bytes, both decoders", Action: showAction,
		UsageText: "hunt show FILE#RECORD --evtx PATH\nhunt show FILE:OFFSET --evtx PATH\nhunt show ID --evtx " +
			"PATH\nhunt show F-... " +
			"[--report REPORT.json] --evtx PATH",

		Flags: append(append(flag.WithUsage(flag.Evidence(), "carved",
			"also show carved records with the number; for F-..., the rules also read carved records"),
			flag.Rules()...),
			flag.ECS(),
			&cli.StringFlag{Name: "report", Usage: "find findings in the JSON report `FILE`; without, run the rules"},
			&cli.StringFlag{Name: "format", Value: "text",
				Usage: "print in this `FORMAT`: text or json (one object per record)"},
			flag.Zone(),
			&cli.StringSliceFlag{Name: "section",
				Usage: "print only this `SECTION`: fields, ecs, xml, json, decoders or hex (repeatable)"},
		),
	}
}

// findingOptions are the options of show that only matter if it runs the rules.
func findingOptions() []string {
	return append(flag.RuleNames(), "ecs", "host", "from", "to", "clock", "merge-hosts", "jobs", "max-memory")
}

// showing is what the flags of show ask for.
type showing struct {
	targets  []show.Target
	json     bool
	sections []show.Section
	zone     *time.Location // shown beside UTC
}

func showingOf(c *cli.Context) (*showing, error) {
	zone, err := flag.ZoneOf(c)
	if err != nil {
		return nil, err
	}
	s := &showing{json: c.String("format") == "json", zone: zone}
	switch f := c.String("format"); {
	case !c.Args().Present():
		return nil, exit.Usagef("nothing to show; try: hunt show 'Security.evtx#4711' --evtx triage/")
	case !flag.HasInputs(c):
		return nil, exit.Usagef("no evidence given; add --evtx PATH")
	case f != "text" && f != "json":
		return nil, exit.Usagef("--format: unknown format %q; use text or json", f)
	}
	if s.json {
		if err := flag.OnlyWith(c, "--format text; JSON has all sections", "section"); err != nil {
			return nil, err
		}
	}
	for _, name := range c.StringSlice("section") {
		if !slices.Contains(show.Sections, show.Section(name)) {
			return nil, exit.Usagef("--section: unknown section %q; use one of %s", name,
				strings.Trim(fmt.Sprint(show.Sections), "[]"))
		}
		s.sections = append(s.sections, show.Section(name))
	}
	runsRules := c.String("report") == "" && slices.ContainsFunc(c.Args().Slice(),
		func(text string) bool { t, err := show.ParseTarget(text); return err == nil && t.Finding != "" })
	if !runsRules {
		if err := flag.OnlyWith(c, "a finding (F-...) and without --report; else show runs no rules",
			findingOptions()...); err != nil {
			return nil, err
		}
	}
	for _, text := range c.Args().Slice() {
		t, err := show.ParseTarget(text)
		if err != nil {
			return nil, exit.Usagef("%v", err)
		}
		if t.Finding == "" || c.String("report") == "" {
			s.targets = append(s.targets, t)
			continue
		}
		_, rep, err := readReport(c.String("report"))
		if err != nil {
			return nil, err
		}
		cited, err := show.Targets(rep, t.Finding)
		if err != nil {
			return nil, exit.With(exit.Failed, fmt.Errorf("%s: %w", c.String("report"), err))
		}
		s.targets = append(s.targets, cited...)
	}
	return s, nil
}

func showAction(c *cli.Context) error {
	s, err := showingOf(c)
	if err != nil {
		return err
	}
	run, err := newRun(c)
	if err != nil {
		return err
	}
	inputs, err := flag.InputsOf(c)
	if err != nil {
		return err
	}
	col, err := run.collect(c.Context, inputs)
	if err != nil {
		return err
	}
	defer func() { _ = col.Close() }() // temporary copies
	if s.targets, err = run.cited(c, col, s.targets); err != nil {
		return err
	}
	finder := &show.Finder{Evidence: col, Carved: c.Bool("carved"), Meter: &timeline.Meter{}}
	defer finder.Close()
	watching := run.watch(finder.Meter)
	defer watching.Stop()
	out := watching.Until(c.App.Writer)
	text := show.Text{W: out, Width: screen.Width(c.App.Writer), Sections: s.sections, Zone: s.zone}
	lines := localtime.InJSON(watching.Until(screen.JSON(c.App.Writer)), s.zone, "event")
	undecoded := false
	for _, t := range s.targets {
		err := finder.Show(c.Context, t, func(r *show.Record) error {
			undecoded = undecoded || !r.Decoded
			if s.json {
				return r.JSON(lines)
			}
			return text.Write(r)
		})
		if closedPipe(err) {
			return nil // the reader has seen enough
		}
		if err != nil {
			run.bitten(&col.Limits, col) // a bound may have kept hunt from looking
			return exit.With(exit.Failed, err)
		}
	}
	if undecoded {
		return exit.With(exit.Incomplete, nil)
	}
	return nil
}

// cited replaces findings by the records that they cite. It runs the rules, once for all.
func (r *runner) cited(c *cli.Context, col *evidence.Collection, targets []show.Target) (out []show.Target, err error) {
	var res *rules.Result
	for _, t := range targets {
		if t.Finding == "" {
			out = append(out, t)
			continue
		}
		if res == nil {
			if r.opts.Carved {
				r.say("the rules also read carved records (--carved), so findings and their ids may differ " +
					"from a run without --carved")
			}
			if res, err = r.found(c, col); err != nil {
				return nil, err
			}
			defer func() { _ = res.Close() }() // temporary files
		}
		f, err := show.Finding(res, t.Finding)
		if err != nil {
			return nil, fmt.Errorf("%w; or look it up in that report with --report REPORT.json", err)
		}
		cited, err := show.Cited(f, func(i int32) string { return res.Case.Files[i].Path })
		if err != nil {
			return nil, err
		}
		out = append(out, cited...)
	}
	return out, nil
}

// found runs the rules that the flags name over evidence.
func (r *runner) found(c *cli.Context, col *evidence.Collection) (*rules.Result, error) {
	pk, err := r.packed(c)
	if err != nil {
		return nil, err
	}
	res, err := r.rules(c.Context, timeline.Of(col), pk)
	if err != nil {
		return nil, err
	}
	r.watching.Stop()
	return res, nil
}
