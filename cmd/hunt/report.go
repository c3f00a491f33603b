package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/flag"
	"hunt/cmd/hunt/help"
	"hunt/cmd/hunt/screen"
	"hunt/output"
	"hunt/report"
	"hunt/report/build"
	"hunt/report/casefile"
	"hunt/report/exchange"
	"hunt/report/format"
	"hunt/report/terminal"
	"hunt/report/xlsx"
	"hunt/rules"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
)

func reportFlags() []cli.Flag {
	flags := append(flag.Evidence(), flag.Rules()...)
	return append(append(flags, flag.ECS()), flag.Outputs()...)
}

func reportCommand() *cli.Command {
	return &cli.Command{
		Name: "report", Usage: "find attacks and write reports; this is also what hunt does without a command",
		Flags: reportFlags(), Action: reportAction,
		UsageText: "hunt report --evtx PATH [--evtx PATH ...] --report FILE [--report FILE ...]",
	}
}

func reportAction(c *cli.Context) error {
	started := time.Now()
	if !flag.HasInputs(c) {
		if c.Args().Present() {
			return exit.Usagef("unexpected %q; evidence goes after --evtx", c.Args().First())
		}
		if c.NumFlags() == 0 {
			_, _ = io.WriteString(c.App.Writer, help.FirstScreen)
			return exit.With(exit.Usage, errors.New("no evidence given; try: hunt --evtx DIR --report out.html"))
		}
		return exit.Usagef("no evidence given; add --evtx PATH")
	}
	inputs, err := flag.InputsOf(c)
	if err != nil {
		return err
	}
	inputs = append(inputs, evidence.Inputs(c.Args().Slice()...)...)
	run, err := newRun(c)
	if err != nil {
		return err
	}
	out, err := newOutput(c, run, inputs)
	if err != nil {
		return err
	}
	pk, err := out.load()
	if err != nil {
		return err
	}
	col, err := run.collect(c.Context, inputs)
	if err != nil {
		return err
	}
	defer func() { _ = col.Close() }() // temporary copies
	res, err := run.rules(c.Context, timeline.Of(col), pk)
	if err != nil {
		return err
	}
	defer func() { _ = res.Close() }() // temporary files
	return out.write(c.Context, res, started)
}

// conclusion is what a command does with its result: reports, exports, the findings on the terminal, the exit code.
type conclusion struct {
	run        *runner
	sources    pack.Sources
	table      io.Writer // of the findings
	terminal   terminal.Options
	build      build.Options
	outputs    *output.Set
	reports    []*output.File
	exports    []exchanged
	sums       *checksums
	stdout     bool          // one of the files is standard output
	failOn     pack.Severity // 0 = none
	incomplete bool          // something was not read, or a rule not used
}

// ignored rejects options about files if none is written.
func (o *conclusion) ignored(c *cli.Context) error {
	switch {
	case len(o.reports) > 0:
		return nil
	case len(o.exports) > 0:
		return flag.OnlyWith(c, "--report", "report-limit", "generated")
	}
	return flag.OnlyWith(c, "--report, --navigator or --stix", "checksum", "report-limit", "generated")
}

// newOutput checks what the flags ask for, before an hour of work.
func newOutput(c *cli.Context, run *runner, inputs []evidence.Input) (*conclusion, error) {
	out := &conclusion{run: run, sources: flag.PackOf(c), table: c.App.Writer, terminal: terminalOptions(c),
		outputs: outputsOf(c), sums: checksumsOf(c)}
	for _, in := range inputs {
		out.outputs.Reads(in.Path)
	}
	for _, name := range c.StringSlice("report") {
		if err := format.Supported(name); err != nil {
			return nil, exit.With(exit.Usage, err)
		}
		f, err := out.sums.add(out.outputs, name, output.Options{})
		if err != nil {
			return nil, err
		}
		out.reports = append(out.reports, f)
	}
	for _, e := range exports {
		if name := c.String(e.flag); name != "" {
			f, err := out.sums.add(out.outputs, name, output.Options{})
			if err != nil {
				return nil, err
			}
			e.file = f
			out.exports = append(out.exports, e)
		}
	}
	if out.stdout = out.outputs.TakesStdout(); out.stdout {
		out.table = run.stderr // a document must not end in a table
	}
	err := out.ignored(c)
	if err != nil {
		return nil, err
	}
	if s := c.String("fail-on"); s != "" {
		if out.failOn, err = pack.ParseSeverity(s); err != nil {
			return nil, exit.Usagef("--fail-on: %v", err)
		}
	}
	out.build = buildOptions()
	if out.build.Generated, err = generated(c); err != nil {
		return nil, err
	}
	if name := c.String("case"); name != "" {
		if out.build.Case, err = casefile.Load(name); err != nil {
			return nil, err
		}
	}
	if zone := c.String("tz"); zone != "" {
		if _, err := flag.ZoneOf(c); err != nil {
			return nil, err
		}
		out.build.Case.TimeZone = zone
	}
	if out.build.Previous, err = previousReport(c); err != nil {
		return nil, err
	}
	out.build.Run, err = runOf(c, run)
	return out, err
}

// load loads the rules, and notes which files cannot be used.
func (o *conclusion) load() (*pack.Pack, error) {
	pk, problems, err := flag.LoadPack(o.sources)
	for _, p := range problems {
		o.run.warn("%s", p.Error())
	}
	if pk != nil {
		for _, l := range pk.DoNotRun() {
			o.run.say("%s", l)
		}
	}
	o.build.RuleProblems = problems
	o.incomplete = o.incomplete || len(problems) > 0
	return pk, err
}

// write makes the report of a result and writes it to all requested outputs.
func (o *conclusion) write(ctx context.Context, res *rules.Result, started time.Time) error {
	defer o.run.watching.Stop()
	o.incomplete = o.run.brokenRules(res) || o.incomplete
	o.build.Last = true
	rep, err := build.Report(ctx, res, o.build)
	if err != nil {
		return err
	}
	o.run.changed(res.Case.Changes())
	failed := o.files(ctx, rep)
	if err := ctx.Err(); err != nil {
		return err
	}
	o.run.watching.Stop()
	if !o.stdout || !o.run.quiet {
		if err := terminal.Write(o.table, rep, o.terminal); err != nil {
			return errors.Join(failed, err)
		}
	}
	o.run.summary(rep, took(started))
	if failed != nil {
		return exit.With(exit.Failed, failed)
	}
	return verdictCode(rep, o.failOn, o.incomplete)
}

// files writes all reports and exports: all of them or none.
func (o *conclusion) files(ctx context.Context, rep *report.Report) error {
	rep.Normalize() // from here on the writers only read
	var all sync.WaitGroup
	for _, f := range o.reports {
		all.Go(func() {
			_ = f.Write(ctx, func(w io.Writer) error { // Commit has the error
				return format.Write(ctx, w, f.Name(), rep,
					format.Options{XLSX: xlsx.Options{TempDir: o.run.opts.TempDir}})
			})
		})
	}
	all.Wait()
	files := o.reports
	for _, e := range o.exports {
		_ = e.file.Write(ctx, func(w io.Writer) error { return e.write(w, rep) })
		files = append(files, e.file)
	}
	o.sums.write(ctx)
	files = append(files, o.sums.files...)
	err := o.outputs.Commit(ctx)
	written := 0
	for _, f := range files {
		if f.Done() {
			o.run.say("wrote %s", f.Name())
			written++
		}
	}
	if err != nil && written == 0 && len(files) > 1 {
		err = fmt.Errorf("%w\nnone of the %d files was written; existing files are unchanged", err, len(files))
	}
	return err
}

// exchanged is a file for another program.
type exchanged struct {
	flag  string
	write func(io.Writer, *report.Report) error
	file  *output.File
}

var exports = []exchanged{{flag: "navigator", write: exchange.WriteNavigator},
	{flag: "stix", write: exchange.WriteSTIX}}

// verdictCode returns the exit code for what the report says.
func verdictCode(r *report.Report, failOn pack.Severity, incomplete bool) error {
	if failOn != 0 {
		for _, f := range r.Findings {
			if s, err := pack.ParseSeverity(string(f.Rule.Severity)); err == nil && s >= failOn &&
				f.Status == report.StatusFinding {
				return exit.With(exit.Findings, nil)
			}
		}
	}
	for _, f := range r.Accounting.Files {
		incomplete = incomplete || f.Status != string(evidence.Read)
	}
	for _, b := range r.Accounting.Bounds {
		incomplete = incomplete || b.Loses
	}
	if incomplete {
		return exit.With(exit.Incomplete, nil)
	}
	return nil
}

// summary is the last line on standard error.
func (r *runner) summary(rep *report.Report, d time.Duration) {
	ran, skipped := 0, 0
	for _, rule := range rep.Rules {
		if rule.Status == report.RuleRan {
			ran++
		} else {
			skipped++
		}
	}
	for _, b := range rep.Accounting.Bounds {
		if b.Loses {
			r.warn("limit: %s", b.Text)
		} else {
			r.say("limit: %s", b.Text)
		}
	}
	a := rep.Accounting.Records
	r.say("%s read = %d kept + %d filtered + %s", ledger.Count(a.Read, "record", "records"), a.Kept, a.Filtered,
		ledger.Count(a.Duplicate, "duplicate", "duplicates"))
	r.say("%s, %d damaged, %d carved, %s, %s run, %d skipped, %s, %.1f s", readText(len(rep.Accounting.Files), a.Read),
		a.Damaged, a.Carved, ledger.Count(a.Duplicate, "duplicate", "duplicates"), ledger.Count(ran, "rule", "rules"),
		skipped, ledger.Count(rep.Summary.Findings, "finding", "findings"), d.Seconds())
}

func generated(c *cli.Context) (string, error) {
	s := c.String("generated")
	if s == "" {
		return "", nil
	}
	if s == "now" {
		return time.Now().UTC().Format(time.RFC3339), nil
	}
	t, err := flag.TimeOf(c, "generated", false)
	if err != nil {
		return "", err
	}
	return t.Time().Format(time.RFC3339), nil
}

func terminalOptions(c *cli.Context) terminal.Options {
	o := terminal.Options{All: c.Bool("all")}
	if f, ok := screen.FileOf(c.App.Writer); ok && term.IsTerminal(int(f.Fd())) {
		o.Color = !c.Bool("no-color") && os.Getenv("NO_COLOR") == "" && screen.ActsOnColor(f)
		if w, _, err := term.GetSize(int(f.Fd())); err == nil {
			o.Width = w
		}
	}
	return o
}
