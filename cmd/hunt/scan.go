package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/flag"
	"hunt/cmd/hunt/identity"
	"hunt/cmd/hunt/progress"
	"hunt/limit"
	"hunt/output"
	"hunt/report/build"
	"hunt/rules"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/batch"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
	"hunt/timeline/shard"
)

func scanCommand() *cli.Command {
	flags := append(flag.Evidence(), flag.Rules()...)
	return &cli.Command{
		Name: "scan", Usage: "read evidence into shards, from which 'hunt merge' makes a report", Action: scanAction,
		UsageText: "hunt scan --evtx PATH [--evtx PATH ...] --out DIR\n" +
			"hunt scan --input-list FILE --part I/N --out DIR",

		Flags: append(flags, flag.ECS(),
			&cli.StringFlag{Name: "out", Usage: "write the shards to `DIR`, and create it if necessary"},
			&cli.BoolFlag{Name: "again", Usage: "also scan inputs that were scanned before"},
			&cli.StringFlag{Name: "part",
				Usage: "scan only part `I/N` of the inputs, counted from 0; auto or auto/N inside a job array"},
			flag.OKIncomplete()),
	}
}

func scanAction(c *cli.Context) error {
	started := time.Now()
	if err := scanUsage(c); err != nil {
		return err
	}
	inputs, err := partInputs(c)
	if err != nil {
		return err
	}
	run, err := newRun(c)
	if err != nil {
		return err
	}
	for _, in := range inputs {
		if output.Within(c.String("out"), in.Path) {
			return exit.With(exit.Failed,
				fmt.Errorf("--out %s is inside the evidence %s, so the next run would read the shards as "+
					"evidence; use a directory outside it",
					c.String("out"), in.Path))
		}
	}
	if err := outputsOf(c).MakeDir(c.String("out")); err != nil {
		return exit.With(exit.Failed, fmt.Errorf("--out %w", err))
	}
	out, err := newOutput(c, run, inputs)
	if err != nil {
		return err
	}
	pk, err := out.load()
	if err != nil {
		return err
	}
	b := &scanning{run: run, out: out, dir: c.String("out"), again: c.Bool("again"), list: c.App.Writer, pack: pk,
		rules: rules.Compile(pk, run.opts.Strict)}
	b.hostMap = batch.HostMap(run.opts.Hosts)
	for _, in := range inputs {
		if err := b.scan(c.Context, in); err != nil {
			return exit.Lasting(err)
		}
	}
	b.sum(len(inputs), started)
	switch {
	case b.unsaid != nil:
		return b.unsaid
	case b.passing:
		return exit.With(exit.Passing, nil)
	case b.failed > 0 && b.failed == len(inputs):
		return exit.With(exit.Failed, nil)
	case b.failed > 0:
		return exit.With(exit.Incomplete, nil)
	case b.incomplete || out.incomplete:
		return incomplete(c)
	}
	return nil
}

// scanUsage returns what is wrong with the arguments.
func scanUsage(c *cli.Context) error {
	switch {
	case !flag.HasInputs(c):
		return exit.Usagef("no evidence given; add --evtx PATH or --input-list FILE")
	case c.String("out") == "":
		return exit.Usagef("no directory given for the shards; add --out DIR")
	case c.Args().Present():
		return exit.Usagef("unexpected %q; evidence goes after --evtx", c.Args().First())
	}
	return nil
}

// partInputs returns the inputs that this scan is for.
func partInputs(c *cli.Context) ([]evidence.Input, error) {
	inputs, err := flag.InputsOf(c)
	if err != nil {
		return nil, err
	}
	inputs = evidence.Placed(inputs) // as a whole: every part calls an input the same
	share, err := batch.ParsePart(c.String("part"), os.LookupEnv)
	if err != nil {
		return nil, exit.Usagef("--part: %v", err)
	}
	if c.IsSet("part") {
		if i := slices.IndexFunc(inputs, func(in evidence.Input) bool { return in.Name == "" }); i >= 0 {
			return nil, exit.Usagef("--part: %s has no display name; write \"path, display name\" for every input, "+
				"so that all parts call it the same", inputs[i].Path)
		}
		inputs = share.Inputs(inputs)
	}
	return inputs, nil
}

// scanning scans one input after the other.
type scanning struct {
	run     *runner
	out     *conclusion
	dir     string    // of the shards
	again   bool      // also inputs that were scanned before
	list    io.Writer // takes the names of the shards
	pack    *pack.Pack
	rules   *rules.Compiled
	hostMap string // hash of the file of --merge-hosts
	buffers shard.Buffers

	done, before, failed int
	incomplete           bool
	passing              bool  // an input failed by a fault that may be gone the next time
	unsaid               error // of standard output
}

// scan makes the shard of an input, unless it exists. An input that cannot be read is counted, and the batch
// continues; an error ends the batch.
func (b *scanning) scan(ctx context.Context, in evidence.Input) error {
	name := filepath.Join(b.dir, batch.ShardName(in))
	m := shard.Manifest{Name: in.Place, Host: in.Host, Version: version(), Build: identity.Build(),
		RulePack: b.pack.Hash, HostMap: b.hostMap,
		Options: b.out.build.Run.Options(string(b.run.opts.Clock)), Clock: b.run.opts.Clock,
		Strict: b.run.opts.Strict, Carved: b.run.opts.Carved, Hosts: b.run.opts.Filter.Hosts,
		From: b.run.opts.Filter.From, To: b.run.opts.Filter.To}
	col, err := evidence.Collect(ctx, []evidence.Input{in}, b.run.evidence)
	if err == nil {
		defer func() { _ = col.Close() }() // temporary copies
		if old := b.scanned(ctx, name, m, col); old != nil {
			b.before++
			b.incomplete = b.incomplete || old.Manifest.Incomplete
			b.told(in, name, old.Manifest, true)
			return nil
		}
		err = b.out.outputs.WriteFile(ctx, name, func(w io.Writer) error { return b.write(ctx, col, &m, w) })
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		b.failed++
		b.passing = b.passing || batch.Passing(err)
		if b.failed <= maxMissingSaid {
			b.run.warn("%s: not scanned: %v", m.Name, err)
		}
		return nil
	}
	b.done++
	b.incomplete = b.incomplete || m.Incomplete
	b.told(in, name, m, false)
	return nil
}

// sum reports the results for all inputs.
func (b *scanning) sum(inputs int, started time.Time) {
	if more := b.failed - maxMissingSaid; more > 0 {
		b.run.warn("%s not scanned; correct the list and run the command again",
			ledger.Count(more, "more input", "more inputs"))
	}
	b.run.say("%s, %d scanned, %d scanned before, %d failed, %.1f s", ledger.Count(inputs, "input", "inputs"), b.done,
		b.before, b.failed, took(started).Seconds())
}

// scanned returns the shard that an earlier scan made of the same evidence, or nil.
func (b *scanning) scanned(ctx context.Context, name string, m shard.Manifest, col *evidence.Collection) *shard.Shard {
	if b.again {
		return nil
	}
	old, err := shard.Open(name)
	if err != nil || old.Manifest.Name != m.Name || old.Manifest.Host != m.Host || !batch.SameRun(old.Manifest, m) ||
		old.Verify(ctx) != nil {
		return nil
	}
	if content, err := shard.ContentOf(ctx, col); err != nil || content != old.Manifest.Content {
		return nil
	}
	return old
}

// write scans an input and writes its shard.
func (b *scanning) write(ctx context.Context, col *evidence.Collection, m *shard.Manifest, w io.Writer) error {
	shard := shard.NewWriter(w)
	shard.Buffers = &b.buffers
	opts := b.run.opts
	opts.Shard, opts.Meter, opts.Limits = shard, &timeline.Meter{}, &limit.Tally{}
	watching := b.run.watch(opts.Meter)
	defer watching.Stop()
	res, err := b.rules.Run(ctx, timeline.Of(col), opts)
	if err != nil {
		return err
	}
	defer func() { _ = res.Close() }() // temporary files
	watching.Read(res.Case, "shard")
	b.run.unreadFiles(res.Case)
	b.run.bitten(opts.Limits, col)
	b.out.incomplete = b.run.brokenRules(res) || b.out.incomplete
	if err := build.Rehearse(ctx, res, b.out.build); err != nil {
		return err
	}
	return shard.Finish(m)
}

// told reports that the shard of an input is complete.
func (b *scanning) told(in evidence.Input, name string, m shard.Manifest, before bool) {
	if _, err := fmt.Fprintln(b.list, printable(name)); err != nil && b.unsaid == nil {
		b.unsaid = err // the shards matter more; the end of the batch reports it
	}
	if b.run.progress == "json" && !b.run.quiet {
		progress.WriteScanned(b.run.stderr, progress.Scanned{Input: in.Path, Shard: name, Before: before,
			Files: m.Files, Records: m.Records, Incomplete: m.Incomplete})
		return
	}
	how := "scanned"
	if before {
		how = "scanned before"
	}
	b.run.say("%s: %s: %s", m.Name, how, readText(m.Files, m.Records))
}
