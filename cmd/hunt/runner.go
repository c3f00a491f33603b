package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/flag"
	"hunt/cmd/hunt/progress"
	"hunt/cmd/hunt/screen"
	"hunt/cmd/hunt/unread"
	"hunt/limit"
	"hunt/report/build"
	"hunt/rules"
	"hunt/rules/eql"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
)

// runner is what the commands that read evidence share.
type runner struct {
	opts     rules.Options
	evidence evidence.Options
	progress string
	quiet    bool
	stderr   io.Writer
	watching *progress.Watcher // of rules
	unusable bool              // a rule or tuning file could not be used
}

func newRun(c *cli.Context) (*runner, error) { return newRunOf(c, c.String("progress")) }

// newRunOf is newRun with a kind of progress.
func newRunOf(c *cli.Context, progress string) (*runner, error) {
	r := &runner{progress: progress, quiet: c.Bool("quiet"), stderr: c.App.ErrWriter}
	r.opts = rules.Options{Jobs: c.Int("jobs"), Clock: cmp.Or(ledger.Clock(c.String("clock")), ledger.ClockCreated),
		Carved: c.Bool("carved"), Limits: &limit.Tally{}}
	r.opts.Filter.Hosts = c.StringSlice("host")
	var err error
	if r.evidence, err = collectOptions(c); err != nil {
		return nil, err
	}
	r.opts.TempDir = r.evidence.TempDir
	if r.opts.Hosts, err = flag.HostMapOf(c); err != nil {
		return nil, err
	}
	if r.opts.Filter.From, err = flag.TimeOf(c, "from", false); err != nil {
		return nil, err
	}
	if r.opts.Filter.To, err = flag.TimeOf(c, "to", true); err != nil {
		return nil, err
	}
	if f := r.opts.Filter; f.From != 0 && f.To != 0 && f.From > f.To {
		return nil, exit.Usagef("--from is later than --to, so no event can be between them")
	}
	switch r.opts.Clock {
	case ledger.ClockCreated, ledger.ClockUTC:
	default:
		return nil, exit.Usagef("--clock: unknown clock %q; use created or utc", c.String("clock"))
	}
	switch mode := c.String("ecs"); mode {
	case "", "derived":
	case "strict":
		r.opts.Strict = true
	default:
		return nil, exit.Usagef("--ecs: unknown mode %q; use derived or strict", mode)
	}
	switch r.progress {
	case "auto", "bar", "json", "none":
	default:
		return nil, exit.Usagef("--progress: unknown kind %q; use auto, bar, json or none", r.progress)
	}
	if r.opts.Jobs < 0 {
		return nil, exit.Usagef("--jobs: %d workers are not possible; use 1 or more", r.opts.Jobs)
	}
	if r.opts.MaxMemory, err = flag.MaxMemoryOf(c); err != nil {
		return nil, err
	}
	return r, nil
}

// scan holds how the evidence is read by commands that run no rules.
func (r *runner) scan(schema *ecs.Schema) timeline.ScanOptions {
	o := r.opts
	return timeline.ScanOptions{Jobs: o.Jobs, Clock: o.Clock, Carved: o.Carved, Strict: o.Strict, Filter: o.Filter,
		Schema: schema,
		Meter:  &timeline.Meter{}, MaxMemory: o.MaxMemory, TempDir: o.TempDir, Limits: o.Limits, Hosts: o.Hosts}
}

// watch shows the progress of a scan until the watcher is stopped.
func (r *runner) watch(m *timeline.Meter) *progress.Watcher {
	kind := r.progress
	if r.quiet {
		kind = "none"
	}
	return progress.Watch(r.stderr, kind, m)
}

// rules runs the pack over the evidence. A display that consists of lines continues; the caller stops r.watching.
func (r *runner) rules(ctx context.Context, from rules.Scanner, pk *pack.Pack) (*rules.Result, error) {
	return r.result(ctx, func(ctx context.Context) (*rules.Result, error) { return rules.Run(ctx, from, pk, r.opts) })
}

// result makes a result and reports what could not be read.
func (r *runner) result(ctx context.Context, run func(context.Context) (*rules.Result, error)) (*rules.Result, error) {
	r.opts.Meter = &timeline.Meter{}
	r.watching = r.watch(r.opts.Meter)
	res, err := run(ctx)
	if err != nil {
		r.watching.Stop()
		return nil, err
	}
	r.watching.Read(res.Case, "report")
	if err := r.readable(res.Case); err != nil {
		r.watching.Stop()
		return nil, err
	}
	r.unreadFiles(res.Case)
	r.unknownHosts(res.Case.Hosts.All)
	return res, nil
}

// unreadFiles reports which files could not be read, or not completely, and returns whether there are any.
func (r *runner) unreadFiles(cs *timeline.Case) (some bool) {
	l := unread.Files{Say: r.say}
	for _, f := range cs.Files {
		if f.Status != evidence.Read {
			l.File(f.Path, f.Status, f.Detail)
		}
	}
	l.End()
	return l.Any()
}

// changed reports which files had changed when they were read a second time.
func (r *runner) changed(changes []error) {
	for i, err := range changes {
		if i == unread.MaxSaid {
			r.warn("and %d more files that changed while hunt ran", len(changes)-i)
			return
		}
		r.warn("%s", err)
	}
}

// bitten reports which bounds applied, and returns whether evidence or a match may be lost to one.
func (r *runner) bitten(t *limit.Tally, col *evidence.Collection) (loses bool) {
	bites := t.Bites()
	for _, b := range bites {
		if text := build.LimitText(b, col.Files); b.Loses {
			r.warn("limit: %s", text)
		} else {
			r.say("limit: %s", text)
		}
	}
	return limit.Loses(bites)
}

// packed loads the rules of a command that shows what they find, and warns of files that cannot be used.
func (r *runner) packed(c *cli.Context) (*pack.Pack, error) {
	pk, problems, err := flag.LoadPack(flag.PackOf(c))
	for _, p := range problems {
		r.warn("%s", p.Error())
	}
	r.unusable = r.unusable || len(problems) > 0
	return pk, err
}

// brokenRules warns of rules that do not compile, and reports whether there are any.
func (r *runner) brokenRules(res *rules.Result) (some bool) {
	for _, rr := range res.Rules {
		if rr.Err != nil && !errors.Is(rr.Err, eql.ErrUnsupported) {
			r.warn("%s", rr.Err.Error())
			some = true
		}
	}
	return some
}

// unknownHosts warns of each --host name that matches no host: a misspelt name must not look like a clean host.
func (r *runner) unknownHosts(hosts []*host.Host) {
	for _, name := range r.opts.Filter.Hosts {
		if !slices.ContainsFunc(hosts, func(h *host.Host) bool { return h.GoesBy(name) }) {
			r.warn("no host is named %q; 'hunt hosts' lists the names", name)
		}
	}
}

// collect finds the evidence; if nothing is readable, it returns an error that lists what was there instead.
func (r *runner) collect(ctx context.Context, inputs []evidence.Input) (*evidence.Collection, error) {
	col, err := evidence.Collect(ctx, inputs, r.evidence)
	if err != nil {
		return nil, err
	}
	if col.Readable() == 0 {
		defer func() { _ = col.Close() }() // temporary copies
		return nil, r.nothingToRead(col, &col.Limits)
	}
	return col, nil
}

// nothingToRead returns the error for evidence without a file that a scan could try. It first reports which bounds
// applied: one of them may be the reason.
func (r *runner) nothingToRead(col *evidence.Collection, t *limit.Tally) error {
	r.bitten(t, col)
	return unread.Evidence(col)
}

// readable returns an error if a completed scan could read no file. It first reports which bounds applied.
func (r *runner) readable(cs *timeline.Case) error {
	err := unread.Case(cs)
	if err != nil {
		r.bitten(r.opts.Limits, cs.Collection)
	}
	return err
}

// errNothing is the error for evidence after a command has reported why no file could be read.
var errNothing = exit.With(exit.Failed, errors.New("no event log could be read"))

func (r *runner) say(format string, args ...any) {
	if !r.quiet {
		fmt.Fprintln(r.stderr, "hunt: "+screen.Message(fmt.Sprintf(format, args...)))
	}
}

// warn reports what changes the meaning of a result, even with --quiet.
func (r *runner) warn(format string, args ...any) {
	screen.Complain(r.stderr, fmt.Sprintf(format, args...))
}

// unread reports the files that could not be read whole, after a scan.
func (r *runner) unread(cs *timeline.Case) (incomplete bool, err error) {
	if err := r.readable(cs); err != nil {
		return false, err
	}
	incomplete = r.unreadFiles(cs)
	for _, text := range build.SetAside(setAside(cs)) {
		r.warn("%s", text)
	}
	return r.bitten(r.opts.Limits, cs.Collection) || incomplete || r.unusable, nil
}

// setAside adds up the counts of the files of a case.
func setAside(cs *timeline.Case) *ledger.FileStats {
	var sum ledger.FileStats
	for _, f := range cs.Files {
		sum.HeaderTime += f.Stats.HeaderTime
		sum.NoTime += f.Stats.NoTime
		sum.NoUTC += f.Stats.NoUTC
		sum.Continued += f.Stats.Continued
	}
	return &sum
}

// readText says how much a command read: "1 file, 168 records".
func readText(files, records int) string {
	return ledger.Count(files, "file", "files") + ", " + ledger.Count(records, "record", "records")
}

// took returns how long a run has taken since it began, 0 if the clock was set back.
func took(began time.Time) time.Duration { return max(time.Since(began), 0) }

// meterOf counts how far evidence is read that is read that often.
func meterOf(files []*evidence.File, times int64) *timeline.Meter {
	m := &timeline.Meter{}
	m.Files.Store(int64(len(files)))
	for _, f := range files {
		m.Bytes.Add(times * max(f.Size, 0))
	}
	return m
}
