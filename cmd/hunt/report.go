package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"hunt/evtx"
	"hunt/report"
	"hunt/rules"
	"hunt/rules/eql"
	"hunt/timeline"
)

const mainDescription = `hunt reads every event log (EVTX) under the given paths, whatever the files are
called, puts the events of each host in order, runs its detection rules over
them and writes what it found, with the evidence, and what it could not see.

Examples:
   hunt --evtx triage/ --report out.html
   hunt --evtx triage/ --report out.html --report out.xlsx --report out.json
   hunt --evtx Security.evtx --evtx Sysmon.evtx --host ws-042 --from 2026-03-02
   hunt --evtx triage/ --rules my-rules/ --tuning ours.toml --fail-on high
   hunt verify out.json --evtx triage/`

// evidenceFlags are shared by the commands that read evidence.
func evidenceFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "evtx", Usage: "`PATH` of evidence: a file, a directory or an archive (repeatable)"},
		&cli.StringSliceFlag{Name: "host", Usage: "only events of host `NAME`, short or full (repeatable)"},
		&cli.StringFlag{Name: "from", Usage: "only events from `TIME` on (2026-03-02, 2026-03-02T14:00:00Z)"},
		&cli.StringFlag{Name: "to", Usage: "only events up to `TIME`"},
		&cli.StringFlag{Name: "clock", Value: "created", Usage: "order by TimeCreated (`created`) or, for Sysmon, by UtcTime (utc)"},
		&cli.BoolFlag{Name: "carved", Usage: "let carved records reach the rules (always marked)"},
		&cli.IntFlag{Name: "jobs", Usage: "`N` workers (default: one per core)"},
		&cli.StringFlag{Name: "max-memory", Usage: "soft limit for memory, such as 512MiB (`SIZE`)"},
		passwordFlag(), mergeHostsFlag(),
		&cli.StringFlag{Name: "progress", Value: "auto", Usage: "auto, bar, json or none (`KIND`), on standard error"},
		&cli.BoolFlag{Name: "quiet", Usage: "no progress and no summary on standard error"},
		&cli.BoolFlag{Name: "no-color", Usage: "no colour, even on a terminal"},
	}
}

func ruleFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "rules", Usage: "more rules: hunt's TOML, Elastic's TOML or .eql; file or directory `PATH` (repeatable)"},
		&cli.BoolFlag{Name: "no-default-rules", Usage: "leave out the built-in rules"},
		&cli.StringSliceFlag{Name: "tuning", Usage: "more exceptions from `FILE` (repeatable)"},
		&cli.BoolFlag{Name: "no-default-tuning", Usage: "leave out the built-in exceptions"},
	}
}

func reportFlags() []cli.Flag {
	flags := append(evidenceFlags(), ruleFlags()...)
	return append(flags,
		&cli.StringSliceFlag{Name: "report", Usage: "write `FILE`: .html, .xlsx or .json by its ending (repeatable)"},
		&cli.StringFlag{Name: "navigator", Usage: "write the techniques as a layer for the ATT&CK Navigator to `FILE`"},
		&cli.StringFlag{Name: "stix", Usage: "write indicators and observations as a STIX 2.1 bundle to `FILE`"},
		&cli.StringFlag{Name: "case", Usage: "case id, analyst, TLP, incident window, notes from `FILE` (TOML or YAML)"},
		&cli.StringFlag{Name: "generated", Usage: "stamp the report with `TIME`, or now; without it the same evidence gives the same bytes"},
		&cli.StringFlag{Name: "fail-on", Usage: "exit 4 if a finding is at or above `SEVERITY`: info, low, medium, high, critical"},
		&cli.StringFlag{Name: "ecs", Value: "derived", Usage: "derived: also values worked out from a host's history, marked; strict: Elastic's values only (`MODE`)"},
	)
}

func reportCommand() *cli.Command {
	return &cli.Command{
		Name: "report", Usage: "the main job (the default command)", Flags: reportFlags(), Action: reportAction,
		UsageText:   "hunt report --evtx PATH [--evtx PATH ...] --report FILE [--report FILE ...]",
		Description: mainDescription,
	}
}

func reportAction(c *cli.Context) error {
	started := time.Now()
	paths := append(c.StringSlice("evtx"), c.Args().Slice()...)
	if len(c.StringSlice("evtx")) == 0 {
		if c.Args().Present() {
			return usageError("unknown command %q; see 'hunt --help' (evidence goes after --evtx)", c.Args().First())
		}
		if c.NumFlags() == 0 {
			_ = cli.ShowAppHelp(c)
			return &exitError{exitUsage, errors.New("no evidence given; try: hunt --evtx DIR --report out.html")}
		}
		return usageError("no evidence given; add --evtx PATH")
	}
	run, err := newRun(c)
	if err != nil {
		return err
	}
	for _, name := range c.StringSlice("report") {
		if err := report.Supported(name); err != nil {
			return &exitError{exitUsage, err}
		}
		if err := writable(name); err != nil {
			return err
		}
	}
	exports := exportsOf(c)
	for _, e := range exports {
		if err := writable(e.name); err != nil {
			return err
		}
	}
	failOn := rules.Severity(0)
	if s := c.String("fail-on"); s != "" {
		if failOn, err = rules.ParseSeverity(s); err != nil {
			return usageError("--fail-on: %v", err)
		}
	}
	build := report.BuildOptions{Version: version(), Options: run.describe(c), Carved: run.opts.Carved}
	if build.Generated, err = generated(c.String("generated")); err != nil {
		return err
	}
	if name := c.String("case"); name != "" {
		if build.Case, err = report.LoadCase(name); err != nil {
			return err
		}
	}
	pack, problems, err := loadPack(c)
	if err != nil {
		return err
	}
	for _, p := range problems {
		fmt.Fprintln(c.App.ErrWriter, "hunt: "+printableLines(p.Error()))
	}
	build.RuleProblems = problems
	incomplete := len(problems) > 0
	res, err := run.rules(c.Context, paths, pack)
	if err != nil {
		return err
	}
	for _, r := range res.Rules {
		if r.Err != nil && !errors.Is(r.Err, eql.ErrUnsupported) {
			fmt.Fprintln(c.App.ErrWriter, "hunt: "+printableLines(r.Err.Error()))
			incomplete = true
		}
	}
	rep, err := report.Build(c.Context, res, build)
	if err != nil {
		return err
	}
	for _, name := range c.StringSlice("report") {
		if err := report.Write(c.Context, name, rep, report.Options{}); err != nil {
			return err
		}
		run.say("wrote %s", name)
	}
	for _, e := range exports {
		if err := report.WriteFile(c.Context, e.name, func(w io.Writer) error { return e.write(w, rep) }); err != nil {
			return err
		}
		run.say("wrote %s", e.name)
	}
	if err := report.WriteTerminal(c.App.Writer, rep, terminalOptions(c)); err != nil {
		return err
	}
	run.summary(rep, time.Since(started))
	return verdictCode(rep, failOn, incomplete)
}

// export is a file for another program.
type export struct {
	name  string
	write func(io.Writer, *report.Report) error
}

func exportsOf(c *cli.Context) []export {
	var out []export
	if name := c.String("navigator"); name != "" {
		out = append(out, export{name, report.WriteNavigator})
	}
	if name := c.String("stix"); name != "" {
		out = append(out, export{name, report.WriteSTIX})
	}
	return out
}

// verdictCode turns what the report says into an exit code.
func verdictCode(r *report.Report, failOn rules.Severity, incomplete bool) error {
	if failOn != 0 {
		for _, f := range r.Findings {
			if s, err := rules.ParseSeverity(f.Rule.Severity); err == nil && s >= failOn && f.Status == string(rules.StatusFinding) {
				return &exitError{exitFindings, nil}
			}
		}
	}
	for _, f := range r.Accounting.Files {
		incomplete = incomplete || f.Status != string(timeline.FileRead)
	}
	if incomplete {
		return &exitError{exitIncomplete, nil}
	}
	return nil
}

// runner is what the commands that read evidence share.
type runner struct {
	opts     rules.Options
	evidence timeline.CollectOptions
	progress string
	quiet    bool
	stderr   io.Writer
}

func newRun(c *cli.Context) (*runner, error) {
	r := &runner{progress: c.String("progress"), quiet: c.Bool("quiet"), stderr: c.App.ErrWriter}
	r.opts = rules.Options{Jobs: c.Int("jobs"), Clock: timeline.Clock(c.String("clock")), Carved: c.Bool("carved")}
	r.opts.Filter.Hosts = c.StringSlice("host")
	var err error
	if r.evidence, err = collectOptions(c); err != nil {
		return nil, err
	}
	if r.opts.Filter.From, err = parseTime("from", c.String("from"), false); err != nil {
		return nil, err
	}
	if r.opts.Filter.To, err = parseTime("to", c.String("to"), true); err != nil {
		return nil, err
	}
	if f := r.opts.Filter; f.From != 0 && f.To != 0 && f.From > f.To {
		return nil, usageError("--from is later than --to: no event can lie between them")
	}
	switch r.opts.Clock {
	case timeline.ClockCreated, timeline.ClockUTC:
	default:
		return nil, usageError("--clock: %q is neither created nor utc", c.String("clock"))
	}
	switch mode := c.String("ecs"); mode {
	case "", "derived":
	case "strict":
		r.opts.Strict = true
	default:
		return nil, usageError("--ecs: %q is neither derived nor strict", mode)
	}
	switch r.progress {
	case "auto", "bar", "json", "none":
	default:
		return nil, usageError("--progress: %q is none of auto, bar, json, none", r.progress)
	}
	if r.opts.Jobs < 0 {
		return nil, usageError("--jobs: %d is not a number of workers", r.opts.Jobs)
	}
	if s := c.String("max-memory"); s != "" {
		n, err := parseSize(s)
		if err != nil {
			return nil, err
		}
		debug.SetMemoryLimit(n)
	}
	return r, nil
}

// rules collects the evidence and runs the pack over it.
func (r *runner) rules(ctx context.Context, paths []string, pack *rules.Pack) (*rules.Result, error) {
	col, err := r.collect(ctx, paths)
	if err != nil {
		return nil, err
	}
	r.opts.Meter = &timeline.Meter{}
	stop := r.watch(r.opts.Meter)
	res, err := rules.Run(ctx, col, pack, r.opts)
	stop()
	if err != nil {
		return nil, err
	}
	if col.Readable() == 0 {
		return nil, nothingReadable(col)
	}
	for _, f := range col.Files {
		if f.Status != timeline.FileRead {
			r.say("%s: %s: %s", f.Path, f.Status, f.Detail)
		}
	}
	return res, nil
}

// collect finds the evidence; nothing readable at all is an error that lists what was there instead.
func (r *runner) collect(ctx context.Context, paths []string) (*timeline.Collection, error) {
	col, err := timeline.CollectWith(ctx, paths, r.evidence)
	if err != nil {
		return nil, err
	}
	if col.Readable() == 0 {
		return nil, nothingReadable(col)
	}
	return col, nil
}

func nothingReadable(col *timeline.Collection) error {
	var b strings.Builder
	b.WriteString("no event log could be read")
	switch {
	case len(col.Files) == 0 && col.Ignored == 0:
		b.WriteString(": the directory holds no files")
	case len(col.Files) == 0:
		fmt.Fprintf(&b, ": none of %d files begins as an event log does (ElfFile)", col.Ignored)
	}
	for i, f := range col.Files {
		if i == 20 {
			fmt.Fprintf(&b, "\n  and %d more", len(col.Files)-i)
			break
		}
		fmt.Fprintf(&b, "\n  %s: %s: %s", f.Path, f.Status, f.Detail)
	}
	return &exitError{exitFailed, errors.New(b.String())}
}

func (r *runner) say(format string, args ...any) {
	if !r.quiet {
		fmt.Fprintln(r.stderr, "hunt: "+printable(fmt.Sprintf(format, args...)))
	}
}

// summary is the last line on standard error.
func (r *runner) summary(rep *report.Report, d time.Duration) {
	ran, skipped := 0, 0
	for _, rule := range rep.Rules {
		if rule.Status == "ran" {
			ran++
		} else {
			skipped++
		}
	}
	a := rep.Accounting.Records
	r.say("%d files, %d records, %d damaged, %d carved, %d duplicates, %d rules run, %d skipped, %d findings, %.1f s",
		len(rep.Accounting.Files), a.Read, a.Damaged, a.Carved, a.Duplicate, ran, skipped, rep.Summary.Findings, d.Seconds())
}

// describe gives the options that shape the result, as one would type them. Where the evidence lies, how many workers read it
// and where the report goes do not.
func (r *runner) describe(c *cli.Context) string {
	var parts []string
	for _, name := range []string{"host", "rules", "tuning"} {
		for _, v := range c.StringSlice(name) {
			parts = append(parts, "--"+name+" "+filepath.Base(v))
		}
	}
	for _, name := range []string{"from", "to", "case", "merge-hosts"} {
		if v := c.String(name); v != "" {
			parts = append(parts, "--"+name+" "+filepath.Base(v))
		}
	}
	if r.opts.Strict {
		parts = append(parts, "--ecs strict")
	}
	if c.String("clock") != "created" {
		parts = append(parts, "--clock "+c.String("clock"))
	}
	for _, name := range []string{"carved", "no-default-rules", "no-default-tuning"} {
		if c.Bool(name) {
			parts = append(parts, "--"+name)
		}
	}
	return strings.Join(parts, " ")
}

// loadPack loads rules and tuning. A path that does not exist ends the run; a file that cannot be used is said, listed in the
// report as skipped, and costs nothing else.
func loadPack(c *cli.Context) (*rules.Pack, rules.Errors, error) {
	for _, flag := range []string{"rules", "tuning"} {
		for _, p := range c.StringSlice(flag) {
			if _, err := os.Stat(p); err != nil {
				return nil, nil, &exitError{exitFailed, fmt.Errorf("--%s %s: cannot be read: %w", flag, p, errors.Unwrap(err))}
			}
		}
	}
	pack, err := rules.Load(rules.Sources{
		Rules: c.StringSlice("rules"), NoDefaultRules: c.Bool("no-default-rules"),
		Tuning: c.StringSlice("tuning"), NoDefaultTuning: c.Bool("no-default-tuning"),
	})
	var problems rules.Errors
	if err != nil && !errors.As(err, &problems) {
		return nil, nil, err
	}
	return pack, problems, nil
}

// parseTime reads a date or a time; a date as an end means the end of that day.
func parseTime(flag, s string, end bool) (evtx.Filetime, error) {
	if s == "" {
		return 0, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return evtx.FiletimeOf(t), nil
		}
	}
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		return 0, usageError("--%s: %q is no time; write 2026-03-02 or 2026-03-02T14:00:00Z (UTC)", flag, s)
	}
	if end {
		return evtx.FiletimeOf(t.AddDate(0, 0, 1)) - 1, nil
	}
	return evtx.FiletimeOf(t), nil
}

func generated(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	if s == "now" {
		return time.Now().UTC().Format(time.RFC3339), nil
	}
	t, err := parseTime("generated", s, false)
	if err != nil {
		return "", err
	}
	return t.Time().Format(time.RFC3339), nil
}

// parseSize reads 512MiB, 512M, 1G or a number of bytes.
func parseSize(s string) (int64, error) {
	u := strings.ToUpper(strings.TrimSpace(s))
	u = strings.TrimSuffix(strings.TrimSuffix(u, "B"), "I")
	unit := int64(1)
	if n := len(u); n > 0 {
		if i := strings.IndexByte("KMGT", u[n-1]); i >= 0 {
			unit = 1 << (10 * (i + 1))
			u = u[:n-1]
		}
	}
	n, err := strconv.ParseInt(u, 10, 64)
	if err != nil || n <= 0 || n > (1<<62)/unit {
		return 0, usageError("--max-memory: %q is no size; write 512MiB or 2GiB", s)
	}
	return n * unit, nil
}

// writable finds out before an hour of work that a report cannot be written.
func writable(name string) error {
	dir := filepath.Dir(name)
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return &exitError{exitFailed, fmt.Errorf("%s: the directory %s does not exist; create it first", name, dir)}
	case !info.IsDir():
		return &exitError{exitFailed, fmt.Errorf("%s: %s is not a directory", name, dir)}
	}
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return &exitError{exitFailed, fmt.Errorf("%s: is a directory; give a file name", name)}
	}
	f, err := os.CreateTemp(dir, ".hunt-*")
	if err != nil {
		return &exitError{exitFailed, fmt.Errorf("%s: cannot write there: %w", name, errors.Unwrap(err))}
	}
	_ = f.Close()
	return os.Remove(f.Name())
}

func terminalOptions(c *cli.Context) report.TerminalOptions {
	o := report.TerminalOptions{}
	if f, ok := c.App.Writer.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		o.Color = !c.Bool("no-color") && os.Getenv("NO_COLOR") == ""
		if w, _, err := term.GetSize(int(f.Fd())); err == nil {
			o.Width = w
		}
	}
	return o
}
