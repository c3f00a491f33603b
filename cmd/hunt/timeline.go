package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/flag"
	"hunt/cmd/hunt/screen"
	"hunt/output"
	"hunt/report/build"
	"hunt/report/xlsx"
	"hunt/rules"
	"hunt/rules/marking"
	"hunt/rules/pack"
	"hunt/rules/stage"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/export"
	"hunt/timeline/ledger"
)

func timelineCommand() *cli.Command {
	return &cli.Command{
		Name: "timeline", Usage: "write the events of all hosts as one timeline", Action: timelineAction,
		UsageText: "hunt timeline --evtx PATH [--evtx PATH ...] --output FILE [--format FORMAT] [--where 'EQL " +
			"condition']",

		Flags: append(append(flag.Evidence(), flag.Rules()...),
			&cli.StringFlag{Name: "output", Aliases: []string{"o"},
				Usage: "write the timeline to `FILE`; - is standard output"},
			flag.Checksum(),
			&cli.StringFlag{Name: "format",
				Usage: "write this `FORMAT`: csv, jsonl, ecs, timesketch, parquet, xlsx or sqlite"},
			&cli.BoolFlag{Name: "hits", Usage: "with --rules, write only the events in which rules found something"},
			&cli.StringFlag{Name: "noise", Value: "keep",
				Usage: "`keep` or fold events that Windows writes by the thousand"},
			flag.Zone(),
			&cli.StringFlag{Name: "where", Usage: "write only events that satisfy this EQL `CONDITION`"},
			&cli.BoolFlag{Name: "bulk", Usage: "with --format ecs, put Elasticsearch's bulk actions between the " +
				"documents"},
			&cli.BoolFlag{Name: "csv-bom", Value: true,
				Usage: "begin CSV with a byte order mark for Excel; --csv-bom=false leaves it out"},
			&cli.StringFlag{Name: "ecs", Value: "derived",
				Usage: "use this `MODE`: derived or strict; see 'hunt report --help'"},
		),
	}
}

// timelineOptions are the flags of a timeline.
type timelineOptions struct {
	name   string // of the output
	where  string // condition
	rules  bool   // show what they found
	hits   bool   // only that
	csvBOM bool
	export.Options
}

// withoutRules rejects what only rules can do, if there are none.
func withoutRules(c *cli.Context, o *timelineOptions) error {
	switch {
	case o.rules:
		return nil
	case o.hits:
		return exit.Usagef("--hits works only with --rules")
	}
	return flag.OnlyWith(c, "--rules", flag.RuleNames()...)
}

func timelineOptionsOf(c *cli.Context) (timelineOptions, error) {
	o := timelineOptions{name: c.String("output"), where: c.String("where"), rules: c.IsSet("rules"),
		hits: c.Bool("hits"), csvBOM: flag.BOM(c, c.String("output"))}
	switch {
	case !flag.HasInputs(c):
		return o, exit.Usagef("no evidence given; add --evtx PATH")
	case o.name == "":
		return o, exit.Usagef("no output given; add --output FILE")
	case c.Args().Present():
		return o, exit.Usagef("unexpected %q; evidence goes after --evtx", c.Args().First())
	}
	if err := withoutRules(c, &o); err != nil {
		return o, err
	}
	ending := strings.ToLower(filepath.Ext(o.name))
	o.Format, o.Bulk, o.Version = export.Format(c.String("format")), c.Bool("bulk"), version()
	if o.Format == "" {
		if o.Format = export.FormatOf(ending); o.Format == "" {
			return o, exit.Usagef("--output %s: the extension does not say which format to write; add --format %s",
				o.name, strings.ReplaceAll(flag.Listed(export.Formats), ", ", "|"))
		}
	}
	switch {
	case !slices.Contains(export.Formats, o.Format):
		return o, exit.Usagef("--format: unknown format %q; use one of %s", o.Format, flag.Listed(export.Formats))
	case o.Bulk && o.Format != export.ECS:
		return o, exit.Usagef("--bulk works only with --format ecs")
	case o.Format == export.Parquet && o.name == "-":
		return o, exit.Usagef("a parquet timeline is a directory and cannot go to standard output; name one with " +
			"--output")
	case (o.Format == export.XLSX || o.Format == export.SQLite) && o.name == "-" && screen.Width(c.App.Writer) > 0:
		return o, exit.Usagef("a terminal cannot show a file of the format %s; name a file with --output", o.Format)
	case o.Format == export.Timesketch && o.name != "-" && ending != ".csv" && ending != ".jsonl":
		return o, exit.Usagef("--output %s: Timesketch accepts only files that end in .csv or .jsonl", o.name)
	}
	switch noise := c.String("noise"); noise {
	case "keep", "fold":
		o.Fold = noise == "fold"
	default:
		return o, exit.Usagef("--noise: unknown word %q; use keep or fold", noise)
	}
	if o.Fold && o.Format == export.ECS {
		return o, exit.Usagef("--noise fold does not work with --format ecs, whose documents are whole events")
	}
	var err error
	if o.Zone, err = flag.ZoneOf(c); err != nil {
		return o, err
	}
	o.Table = ending == ".csv"
	o.BOM = o.Format == export.CSV && o.csvBOM
	return o, nil
}

func timelineAction(c *cli.Context) error {
	o, err := timelineOptionsOf(c)
	if err != nil {
		return err
	}
	run, err := newRun(c)
	if err != nil {
		return err
	}
	t := export.Timeline{Scan: run.scan(ecs.NewSchema())}
	if err := run.choose(&t, o.where); err != nil {
		return err
	}
	inputs, err := flag.InputsOf(c)
	if err != nil {
		return err
	}
	outputs := outputsOf(c)
	for _, in := range inputs {
		outputs.Reads(in.Path)
	}
	sums := checksumsOf(c)
	file, err := sums.add(outputs, o.name, output.Options{Dir: o.Format == export.Parquet})
	if err != nil {
		return err
	}
	if t.Evidence, err = run.collect(c.Context, inputs); err != nil {
		return err
	}
	defer func() { _ = t.Evidence.Close() }() // temporary copies

	var marks *marking.Marks // until standard output is written, too
	if o.rules {
		if marks, err = run.marks(c, &t, o.hits); err != nil {
			return err
		}
		defer func() { _ = marks.Close() }() // temporary files
	}
	res := run.export(c.Context, &t, file, o.Options)
	if err := cmp.Or(marks.Err(), run.readable(res.Case)); err != nil {
		return err
	}
	sums.write(c.Context)
	if err := cmp.Or(outputs.Commit(c.Context), marks.Err()); err != nil { // those of standard output are marked now
		return err
	}
	run.changed(res.Changes)
	incomplete, err := run.unread(res.Case)
	if err != nil {
		return err
	}
	if res.Lost > 0 {
		run.warn("%s could not be decoded again and so are not in the timeline",
			ledger.Count(res.Lost, "carved record", "carved records"))
	}
	run.say("%s, %s written", readText(len(t.Evidence.Files), res.Case.Records.Read),
		ledger.Count(res.Written, "event", "events"))
	if incomplete || res.Lost > 0 {
		return exit.With(exit.Incomplete, nil)
	}
	return nil
}

// choose has a timeline take the events that satisfy a condition; "" takes all.
func (r *runner) choose(t *export.Timeline, condition string) error {
	if condition == "" {
		return nil
	}
	where, err := stage.CompileCondition(condition, t.Scan.Schema)
	if err != nil {
		return queryError(suggestCondition(condition, err))
	}
	for _, w := range where.Warnings {
		r.warn("--where: %s", w)
	}
	t.Choose, t.Settle = where.NewChooser, where.NewSettler
	return nil
}

// marks runs the rules over the evidence of a timeline, and makes the timeline show what they found.
func (r *runner) marks(c *cli.Context, t *export.Timeline, only bool) (*marking.Marks, error) {
	pk, err := r.packed(c)
	if err != nil {
		return nil, err
	}
	opts := r.opts
	opts.Meter, opts.Limits = &timeline.Meter{}, nil // the timeline's own scan reports the bounds
	watching := r.watch(opts.Meter)
	defer watching.Stop()
	marks, err := marking.Find(c.Context, timeline.Of(t.Evidence), pk, opts)
	if err != nil {
		return nil, err
	}
	r.unusable = r.brokenRules(marks.Result()) || r.unusable
	incidents, err := incidentsOf(c.Context, marks.Result())
	if err != nil {
		return nil, errors.Join(err, marks.Close())
	}
	t.Marks = func(e *timeline.Event) []export.Mark {
		found := marks.Of(e)
		out := make([]export.Mark, len(found))
		for i, m := range found {
			out[i] = export.Mark{Rule: m.Rule.ID, Name: m.Rule.Name,
				Severity:   export.Grade{Rank: int(m.Rule.Severity), Name: m.Rule.Severity.String()},
				Status:     export.Grade{Rank: m.Status.Rank(), Name: string(m.Status)},
				Suppressed: m.Status == pack.StatusSuppressed}
			if m.Finding != nil {
				out[i].Finding, out[i].Incident = m.Finding.ID, incidents[m.Finding.ID]
			}
			for _, q := range m.Rule.Techniques {
				out[i].Techniques = append(out[i].Techniques, q.ID)
			}
		}
		return out
	}
	t.OnlyMarked = only
	return marks, nil
}

// incidentsOf are the incidents of a result's findings, by the id of the finding.
func incidentsOf(ctx context.Context, res *rules.Result) (map[string]string, error) {
	rep, err := build.Report(ctx, res, buildOptions())
	if err != nil {
		return nil, err
	}
	of := map[string]string{}
	for _, in := range rep.Incidents {
		for _, finding := range in.Findings {
			of[finding] = in.ID
		}
	}
	return of, nil
}

// export writes a timeline, and shows progress. Standard output is written when the outputs are committed: only then
// is the result complete, and a commit may fail.
func (r *runner) export(ctx context.Context, t *export.Timeline, file *output.File, o export.Options) *export.Result {
	res := &export.Result{}
	o.Sheet = func(w io.Writer, columns []export.SheetColumn) (export.Sheet, error) {
		cols := make([]xlsx.SheetColumn, len(columns))
		for i, col := range columns {
			cols[i] = xlsx.SheetColumn{Title: col.Title, Width: col.Width}
		}
		return xlsx.NewSheet(w, "Timeline", version(), cols, xlsx.Options{TempDir: t.Scan.TempDir})
	}
	write := func(to func() (*export.Result, error)) error {
		watching := r.watch(t.Scan.Meter)
		defer watching.Stop()
		t.Scanned = func(cs *timeline.Case) {
			watching.Read(cs, "write")
			r.unknownHosts(cs.Hosts.All)
		}
		done, err := to()
		if done != nil {
			*res = *done
		}
		return err
	}
	if o.Format == export.Parquet {
		_ = file.WriteDir(ctx, func(dir string) error {
			return write(func() (*export.Result, error) { return t.WriteDir(ctx, dir, o) })
		})
		return res
	}
	_ = file.Write(ctx, func(w io.Writer) error {
		return write(func() (*export.Result, error) { return t.Write(ctx, w, o) })
	})
	return res
}
