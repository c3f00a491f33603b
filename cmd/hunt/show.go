package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/screen"
	"hunt/report/show"
	"hunt/timeline"
)

func showCommand() *cli.Command {
	return &cli.Command{
		Name: "show", Usage: "show a record in full: fields, XML, JSON, bytes, both decoders", Action: showAction,
		UsageText: "hunt show FILE#RECORD --evtx PATH\nhunt show FILE:OFFSET --evtx PATH\nhunt show F-... " +
			"[--report REPORT.json] --evtx PATH",

		Flags: append([]cli.Flag{
			&cli.StringSliceFlag{Name: "evtx", Usage: "read the evidence from `PATH` (repeatable)"},
			inputListFlag(),
			&cli.StringFlag{Name: "report", Usage: "look up findings in the JSON report `FILE`; else run the rules"},
			&cli.BoolFlag{Name: "carved", Usage: "also show carved records with the number"},
			&cli.StringFlag{Name: "format", Value: "text",
				Usage: "print in this `FORMAT`: text or json (one object per record)"},
			&cli.StringSliceFlag{Name: "section",
				Usage: "print only this `SECTION`: fields, ecs, xml, json, decoders or hex (repeatable)"},
			passwordFlag(), tempDirFlag(), progressFlag(),
			&cli.BoolFlag{Name: "quiet", Usage: "print no progress on standard error"},
		}, ruleFlags()...),
	}
}

// showing is what the flags of show ask for.
type showing struct {
	targets  []show.Target
	json     bool
	sections []show.Section
}

func showingOf(c *cli.Context) (*showing, error) {
	s := &showing{json: c.String("format") == "json"}
	switch f := c.String("format"); {
	case !c.Args().Present():
		return nil, usageError("nothing to show; try: hunt show 'Security.evtx#4711' --evtx triage/")
	case !hasInputs(c):
		return nil, usageError("no evidence given; add --evtx PATH")
	case f != "text" && f != "json":
		return nil, usageError("--format: unknown format %q; use text or json", f)
	}
	if s.json {
		if err := onlyWith(c, "--format text; JSON has all", "section"); err != nil {
			return nil, err
		}
	}
	for _, name := range c.StringSlice("section") {
		if !slices.Contains(show.Sections, show.Section(name)) {
			return nil, usageError("--section: unknown section %q; use one of %s", name,
				strings.Trim(fmt.Sprint(show.Sections), "[]"))
		}
		s.sections = append(s.sections, show.Section(name))
	}
	runsRules := c.String("report") == "" && slices.ContainsFunc(c.Args().Slice(),
		func(text string) bool { t, err := show.ParseTarget(text); return err == nil && t.Finding != "" })
	if !runsRules {
		if err := onlyWith(c, "a finding (F-...) and without --report; else show runs no rules",
			ruleOptions()...); err != nil {
			return nil, err
		}
	}
	for _, text := range c.Args().Slice() {
		t, err := show.ParseTarget(text)
		if err != nil {
			return nil, usageError("%v", err)
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
			return nil, &exitError{exitFailed, fmt.Errorf("%s: %w", c.String("report"), err)}
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
	inputs, err := inputsOf(c)
	if err != nil {
		return err
	}
	if s.targets, err = run.cited(c, s.targets); err != nil {
		return err
	}
	col, err := run.collect(c.Context, inputs)
	if err != nil {
		return err
	}
	defer func() { _ = col.Close() }() // temporary copies
	finder := &show.Finder{Evidence: col, Carved: c.Bool("carved"), Meter: &timeline.Meter{}}
	defer finder.Close()
	watching := run.watch(finder.Meter)
	defer watching.Stop()
	out := watching.Until(c.App.Writer)
	text := show.Text{W: out, Width: screen.Width(c.App.Writer), Sections: s.sections}
	enc := json.NewEncoder(watching.Until(screen.JSON(c.App.Writer)))
	enc.SetEscapeHTML(false)
	undecoded := false
	for _, t := range s.targets {
		err := finder.Show(c.Context, t, func(r *show.Record) error {
			undecoded = undecoded || !r.Decoded
			if s.json {
				return enc.Encode(r)
			}
			return text.Write(r)
		})
		if closedPipe(err) {
			return nil // the reader has seen enough
		}
		if err != nil {
			return &exitError{exitFailed, err}
		}
	}
	if undecoded {
		return &exitError{exitIncomplete, nil}
	}
	return nil
}

// cited has the records that findings cite stand for them, for which it runs the rules.
func (r *runner) cited(c *cli.Context, targets []show.Target) (out []show.Target, err error) {
	for _, t := range targets {
		if t.Finding == "" {
			out = append(out, t)
			continue
		}
		f, res, err := r.finding(c, t.Finding)
		if err != nil {
			return nil, err
		}
		cited, err := show.Cited(f, func(i int32) string { return res.Case.Files[i].Path })
		if err != nil {
			return nil, &exitError{exitFailed, err}
		}
		out = append(out, cited...)
	}
	return out, nil
}
