package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/flag"
	"hunt/evtx"
	"hunt/report"
	"hunt/report/build"
	"hunt/report/casefile"
	"hunt/report/verify"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
)

// rerun makes a report again, with the options that it names.
type rerun struct {
	run   *runner
	rep   *report.Report
	pack  *pack.Pack
	build build.Options
	files []string // that are not those of the report, in sentences
}

// rerunOptions are the options whose files the analyst has to give again.
var rerunOptions = []string{
	report.OptionRules, report.OptionTuning, report.OptionPlaceholders, report.OptionCase, report.OptionPrevious,
	report.OptionMergeHosts,
}

// onlyWithRerun rejects what verify accepts only with --rerun.
func onlyWithRerun(c *cli.Context) error {
	return flag.OnlyWith(c, "--rerun; without it, hunt verify runs no rules", rerunOptions[:5]...)
}

// newRerun loads what the report was made with, before the evidence is read.
func newRerun(c *cli.Context, run *runner, rep *report.Report) (*rerun, error) {
	was := rep.Tool.Run
	if was == nil {
		return nil, exit.With(exit.Failed,
			fmt.Errorf("hunt %s wrote the report without its options, so it cannot be made again",
				printable(rep.Tool.Version)))
	}
	for _, option := range rerunOptions {
		if err := givenAgain(c, was, option); err != nil {
			return nil, err
		}
	}
	r := &rerun{run: run, rep: rep}
	run.opts.Carved, run.opts.Strict = was.Carved, was.Strict
	run.opts.Clock = cmp.Or(ledger.Clock(rep.Scope.Clock), ledger.ClockCreated)
	run.opts.Filter = timeline.Filter{Hosts: was.Hosts, From: instant(was.From), To: instant(was.To)}
	r.build = buildOptions()
	r.build.Run = *was
	if _, err := time.Parse(time.RFC3339, rep.Tool.Generated); err == nil {
		r.build.Generated = rep.Tool.Generated // a stamp is taken as it is
	}
	r.build.Run.Files = nil
	for _, option := range []string{report.OptionCase, report.OptionMergeHosts, report.OptionPlaceholders,
		report.OptionPrevious} {
		f, err := runFile(option, c.String(option))
		if err != nil {
			return nil, err
		}
		r.build.Run.Files = append(r.build.Run.Files, f...)
	}
	if name := c.String("case"); name != "" {
		var err error
		if r.build.Case, err = casefile.Load(name); err != nil {
			return nil, err
		}
	}
	r.build.Case.TimeZone = cmp.Or(was.TimeZone, r.build.Case.TimeZone)
	var err error
	if r.build.Previous, err = previousReport(c); err != nil {
		return nil, err
	}
	return r, r.load(c, was)
}

// load loads the rules and the tuning, and says which files differ from those of the report.
func (r *rerun) load(c *cli.Context, was *report.Run) error {
	sources, err := flag.Narrowed(pack.Sources{
		Rules: c.StringSlice("rules"), RuleNames: was.Rules, NoDefaultRules: was.NoDefaultRules,
		Tuning: c.StringSlice("tuning"), TuningNames: was.Tuning, NoDefaultTuning: was.NoDefaultTuning,
		NoBuiltInCases: true,
		Placeholders:   c.String(report.OptionPlaceholders), Tagged: was.RulesTag,
	}, was.RulesStatus, was.RulesLevel)
	if err != nil {
		return err
	}
	r.pack, err = pack.Load(sources)
	if err != nil && !errors.As(err, &r.build.RuleProblems) {
		return err
	}
	now := slices.Concat(r.build.Run.Files, build.PackFiles(r.pack))
	r.files = verify.ChangedFiles(was.Files, now)
	if len(r.files) == 0 && r.pack.Hash != r.rep.Tool.RulePack {
		r.files = []string{"this version of hunt has other built-in rules or exceptions than the one that wrote " +
			"the report"}
	}
	return nil
}

// givenAgain asks for the files of an option if and only if the report was made with some.
func givenAgain(c *cli.Context, was *report.Run, option string) error {
	now := len(c.StringSlice(option))
	then := 0
	switch option {
	case report.OptionRules:
		then = len(was.Rules)
	case report.OptionTuning:
		then = len(was.Tuning)
	default:
		if now = 0; c.String(option) != "" {
			now = 1
		}
		for _, f := range was.Files {
			if f.Option == option {
				then++
			}
		}
	}
	if now == then {
		return nil
	}
	return exit.Usagef("the report was made with %s: %s; give --rerun the same files", optionCount(option, then),
		cmp.Or(printable(was.Options("")), "no options"))
}

func optionCount(option string, n int) string {
	switch n {
	case 0:
		return "no --" + option
	case 1:
		return "one --" + option
	}
	return fmt.Sprintf("%d --%s options", n, option)
}

// instant returns a bound of the filter, 0 for none.
func instant(t report.Time) evtx.Filetime {
	if t == nil {
		return 0
	}
	return *t
}

// compare makes the report again and compares it with the written one.
func (r *rerun) compare(ctx context.Context, col *evidence.Collection, written []byte) (*verify.Comparison, error) {
	res, err := r.run.rules(ctx, timeline.Of(col), r.pack)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Close() }() // temporary files
	r.run.watching.Stop()
	r.build.Last = true
	again, err := build.Report(ctx, res, r.build)
	if err != nil {
		return nil, err
	}
	out, err := verify.Compare(ctx, written, again)
	if err != nil {
		return nil, err
	}
	out.Files = r.files
	return out, nil
}
