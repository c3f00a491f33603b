package main

import (
	"bufio"
	"context"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/sync/errgroup"

	"hunt/report"
	"hunt/rules"
	"hunt/timeline"
	"hunt/timeline/ecs"
)

func timelineCommand() *cli.Command {
	return &cli.Command{
		Name: "timeline", Usage: "write the events of all hosts as one timeline", Action: timelineAction,
		UsageText: "hunt timeline --evtx PATH [--evtx PATH ...] --output FILE [--format ecs|jsonl|csv] [--where 'EQL condition']",
		Description: `timeline writes the events of all hosts in one order: by time, then channel, then record
id. Copies of a record are one event, and so are the Sysmon 1 and the Security 4688 of one
process start; what a host's history tells (parents, identities) is filled in. Each
event names the place of its record in the evidence.

The evidence is read twice: first for the order (48 bytes of memory an event), then for
the events themselves.

Formats: ecs is Elastic documents, one a line; with --bulk each after the action line
that Elasticsearch's _bulk wants. jsonl is a line of the main facts for each event. csv is the
same as a table; a cell that begins with = + - @, a tab or a carriage return has a single
quote put before it, so that no spreadsheet takes log text for a formula.
Without --format the ending of FILE decides: .ndjson, .jsonl or .csv.

Examples:
   hunt timeline --evtx triage/ --output timeline.csv
   hunt timeline --evtx triage/ --output starts.ndjson --where 'event.category == "process" and event.type == "start"'
   hunt timeline --evtx triage/ --output - --format ecs --bulk | curl -s -H 'Content-Type: application/x-ndjson' \
      --data-binary @- http://localhost:9200/case-42/_bulk`,
		Flags: append(evidenceFlags(),
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write `FILE`; - is standard output"},
			&cli.StringFlag{Name: "format", Usage: "ecs, jsonl or csv (`FORMAT`)"},
			&cli.StringFlag{Name: "where", Usage: "only events of which this EQL `CONDITION` is true"},
			&cli.BoolFlag{Name: "bulk", Usage: "with --format ecs: put Elasticsearch's bulk actions between the documents"},
			&cli.StringFlag{Name: "ecs", Value: "derived", Usage: "derived or strict (`MODE`): see 'hunt report --help'"},
		),
	}
}

// timelineFormats are the formats by name; laterFormats are named in the contract and not written yet.
var (
	timelineFormats = []string{"ecs", "jsonl", "csv"}
	laterFormats    = []string{"xlsx", "parquet", "timesketch"}
	formatOfEnding  = map[string]string{".ndjson": "ecs", ".jsonl": "jsonl", ".csv": "csv"}
)

func timelineFormat(c *cli.Context) (string, error) {
	format, output := c.String("format"), c.String("output")
	if format == "" {
		format = strings.TrimPrefix(filepath.Ext(output), ".")
		if f, ok := formatOfEnding[filepath.Ext(output)]; ok {
			format = f
		} else if !slices.Contains(laterFormats, format) {
			return "", usageError("--output %s does not tell the format; add --format ecs, jsonl or csv", output)
		}
	}
	if slices.Contains(laterFormats, format) {
		return "", usageError("a timeline as %s is not supported; write ecs, jsonl or csv", format)
	}
	if !slices.Contains(timelineFormats, format) {
		return "", usageError("--format: %q is none of ecs, jsonl, csv", format)
	}
	if c.Bool("bulk") && format != "ecs" {
		return "", usageError("--bulk goes with --format ecs")
	}
	return format, nil
}

func timelineAction(c *cli.Context) error {
	output := c.String("output")
	switch {
	case !hasInputs(c):
		return usageError("no evidence given; add --evtx PATH")
	case output == "":
		return usageError("no output given; add --output FILE")
	case c.Args().Present():
		return usageError("unexpected %q; evidence goes after --evtx", c.Args().First())
	}
	format, err := timelineFormat(c)
	if err != nil {
		return err
	}
	run, err := newRun(c)
	if err != nil {
		return err
	}
	t := &timelineExport{run: run, schema: ecs.NewSchema()}
	if src := c.String("where"); src != "" {
		if t.where, err = rules.CompileCondition(src, t.schema); err != nil {
			return queryError(err)
		}
		for _, w := range t.where.Warnings {
			run.warn("--where: %s", w)
		}
	}
	if output != "-" {
		if err := writable(output); err != nil {
			return err
		}
	}
	inputs, err := inputsOf(c)
	if err != nil {
		return err
	}
	col, err := run.collect(c.Context, inputs)
	if err != nil {
		return err
	}
	switch format {
	case "ecs":
		t.render = ecsLine{col, c.Bool("bulk")}.append
	case "jsonl":
		t.render = factLine{col}.append
	case "csv":
		t.head, t.render = csvHead(), csvLine{col}.append
	}
	if err := writeWhole(c.Context, output, c.App.Writer, func(w io.Writer) error { return t.write(c.Context, col, w) }); err != nil {
		return err
	}
	incomplete, err := run.unread(col)
	if err != nil {
		return err
	}
	if t.lost > 0 {
		run.warn("%d carved records could not be decoded again and are not in the timeline", t.lost)
	}
	run.say("%d files, %d records, %d events written", len(col.Files), t.records, t.written)
	if incomplete || t.lost > 0 {
		return &exitError{exitIncomplete, nil}
	}
	return nil
}

// timelineExport writes a timeline.
type timelineExport struct {
	run    *runner
	schema *ecs.Schema
	where  *rules.Condition // nil: everything
	head   []byte
	render func(dst []byte, e *timeline.Event) []byte // appends the lines of one event; called by many goroutines

	records, written, lost int
}

func (t *timelineExport) write(ctx context.Context, col *timeline.Collection, w io.Writer) error {
	o := t.run.opts
	o.Meter = &timeline.Meter{}
	if o.Jobs <= 0 {
		o.Jobs = runtime.GOMAXPROCS(0)
	}
	choose := func() func(*ecs.Event) timeline.Choice {
		return func(*ecs.Event) timeline.Choice { return timeline.Take }
	}
	var settle func(*timeline.Event) bool
	if t.where != nil {
		choose = t.where.NewChooser
		enriched := t.where.NewChooser()
		settle = func(e *timeline.Event) bool { return enriched(e.Event) == timeline.Take }
	}
	index := &timeline.Index{}
	stop := t.run.watch(o.Meter)
	cs, err := timeline.Scan(ctx, col, timeline.ScanOptions{
		Jobs: o.Jobs, Clock: o.Clock, Carved: o.Carved, Strict: o.Strict, Filter: o.Filter, Schema: t.schema, Meter: o.Meter,
	}, func() timeline.Visitor { return index.Visitor(choose()) })
	stop()
	if err != nil {
		return err
	}
	t.records = cs.Records.Read
	t.run.unknownHosts(cs.Hosts)
	if _, err := w.Write(t.head); err != nil {
		return err
	}
	parts := make([][]byte, o.Jobs)
	t.lost, err = cs.Replay(ctx, index, o.Jobs, settle, func(events []*timeline.Event) error {
		t.written += len(events)
		group := errgroup.Group{}
		for i := range parts {
			group.Go(func() error {
				parts[i] = parts[i][:0]
				for _, e := range events[len(events)*i/len(parts) : len(events)*(i+1)/len(parts)] {
					parts[i] = t.render(parts[i], e)
				}
				return nil
			})
		}
		_ = group.Wait() // rendering cannot fail
		for _, p := range parts {
			if _, err := w.Write(p); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
	return err
}

// writeWhole has f write a file that is there whole or not at all; "-" is standard output.
func writeWhole(ctx context.Context, name string, stdout io.Writer, f func(io.Writer) error) error {
	if name == "-" {
		out := bufio.NewWriterSize(stdout, 1<<20)
		if err := f(out); err != nil {
			return err
		}
		return out.Flush()
	}
	var failed error // of f: it names its own place
	err := report.WriteFile(ctx, name, func(w io.Writer) error {
		failed = f(w)
		return failed
	})
	if failed != nil {
		return failed
	}
	return err
}
