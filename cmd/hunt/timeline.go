package main

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"hunt/output"
	"hunt/rules"
	"hunt/timeline/ecs"
)

func timelineCommand() *cli.Command {
	return &cli.Command{
		Name: "timeline", Usage: "write the events of all hosts as one timeline", Action: timelineAction,
		UsageText: "hunt timeline --evtx PATH [--evtx PATH ...] --output FILE [--format FORMAT] [--where 'EQL condition']",
		Description: `timeline writes the events of all hosts in one order: by time, then channel, then record
id. Copies of a record are one event, and so are the Sysmon 1 and the Security 4688 of one
process start. Parents and identities are filled in from the history of the host. Each
event says where its record is in the evidence.

timeline reads the evidence twice: first for the order, then for the events themselves. It
spills data that exceeds --max-memory to temporary files (--temp-dir); the result is the
same.

Formats:
   csv         the main facts of each event. A cell that a spreadsheet could take for a
               formula gets a single quote in front; invisible characters are marked
   jsonl       the same as JSON lines, with exact text
   xlsx        the same as a workbook, with as many sheets as needed
   parquet     the same as a directory of Hive partitions, host=NAME/part-0.parquet, for
               DuckDB, Spark and Arrow
   ecs         Elastic documents, one per line; --bulk puts before each the action line
               that Elasticsearch's _bulk expects
   timesketch  CSV or JSON lines, by the extension of FILE, that Timesketch imports
               without a mapping

Without --format, the extension of FILE decides: .csv, .jsonl, .ndjson (ecs), .xlsx,
.parquet.

Examples:
   hunt timeline --evtx triage/ --output timeline.csv
   hunt timeline --evtx triage/ --output timeline.parquet --max-memory 1GiB --temp-dir /scratch
   hunt timeline --evtx triage/ --output timeline.jsonl --format timesketch
   hunt timeline --evtx triage/ --output starts.ndjson --where 'event.category == "process" and event.type == "start"'
   hunt timeline --evtx triage/ --output - --format ecs --bulk | curl -s -H 'Content-Type: application/x-ndjson' \
      --data-binary @- http://localhost:9200/case-42/_bulk`,
		Flags: append(evidenceFlags(),
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the timeline to `FILE`; - is standard output"},
			checksumFlag(),
			&cli.StringFlag{Name: "format", Usage: "write this `FORMAT`: csv, jsonl, ecs, timesketch, parquet or xlsx"},
			&cli.StringFlag{Name: "where", Usage: "write only events that satisfy this EQL `CONDITION`"},
			&cli.BoolFlag{Name: "bulk", Usage: "with --format ecs, put Elasticsearch's bulk actions between the documents"},
			&cli.BoolFlag{Name: "csv-bom", Value: true, Usage: "begin CSV with a byte order mark for Excel; --csv-bom=false leaves it out"},
			&cli.StringFlag{Name: "ecs", Value: "derived", Usage: "use this `MODE`: derived or strict; see 'hunt report --help'"},
		),
	}
}

// timelineFormats are the formats by name, formatOfEnding what the ending of a name says.
var (
	timelineFormats = []string{"csv", "jsonl", "ecs", "timesketch", "parquet", "xlsx"}
	formatOfEnding  = map[string]string{".ndjson": "ecs", ".jsonl": "jsonl", ".csv": "csv", ".parquet": "parquet", ".xlsx": "xlsx"}
)

func timelineFormat(c *cli.Context) (string, error) {
	format, output := c.String("format"), c.String("output")
	ending := strings.ToLower(filepath.Ext(output))
	if format == "" {
		if format = formatOfEnding[ending]; format == "" {
			return "", usageError("--output %s: the extension does not say which format to write; add --format %s", output, strings.Join(timelineFormats, "|"))
		}
	}
	switch {
	case !slices.Contains(timelineFormats, format):
		return "", usageError("--format: unknown format %q; use one of %s", format, strings.Join(timelineFormats, ", "))
	case c.Bool("bulk") && format != "ecs":
		return "", usageError("--bulk works only with --format ecs")
	case format == "parquet" && output == "-":
		return "", usageError("a parquet timeline is a directory and cannot go to standard output; name one with --output")
	case format == "xlsx" && output == "-" && terminalWidth(c.App.Writer) > 0:
		return "", usageError("a terminal cannot show a workbook; name a file with --output")
	case format == "timesketch" && output != "-" && ending != ".csv" && ending != ".jsonl":
		return "", usageError("--output %s: Timesketch accepts only files that end in .csv or .jsonl", output)
	}
	return format, nil
}

func timelineAction(c *cli.Context) error {
	name := c.String("output")
	switch {
	case !hasInputs(c):
		return usageError("no evidence given; add --evtx PATH")
	case name == "":
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
	inputs, err := inputsOf(c)
	if err != nil {
		return err
	}
	outputs := outputsOf(c)
	for _, in := range inputs {
		outputs.Reads(in.Path)
	}
	sums := checksumsOf(c)
	file, err := sums.add(outputs, name, output.Options{Dir: format == "parquet"})
	if err != nil {
		return err
	}
	col, err := run.collect(c.Context, inputs)
	if err != nil {
		return err
	}
	_ = t.export(c.Context, col, timelineTarget{file, format, c.Bool("bulk"), format == "csv" && c.Bool("csv-bom")}) // Commit has the error, too
	sums.write(c.Context)
	if err := outputs.Commit(c.Context); err != nil {
		return err
	}
	run.changed(t.changes)
	incomplete, err := run.unread(t.cs)
	if err != nil {
		return err
	}
	if t.lost > 0 {
		run.warn("%d carved records could not be decoded again and are missing from the timeline", t.lost)
	}
	run.say("%d files, %d records, %d events written", len(col.Files), t.records, t.written)
	if incomplete || t.lost > 0 {
		return &exitError{exitIncomplete, nil}
	}
	return nil
}
