package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/flag"
	"hunt/cmd/hunt/hint"
	"hunt/cmd/hunt/screen"
	"hunt/config"
	"hunt/localtime"
	"hunt/report/answer"
	"hunt/report/listing"
	"hunt/rules"
	"hunt/rules/eql/document"
	"hunt/rules/eql/syntax"
	"hunt/rules/hits"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
	"hunt/timeline/spill"
)

func queryCommand() *cli.Command {
	return &cli.Command{
		Name: "query", Usage: "run a query over event logs or JSON documents", Action: queryAction,
		UsageText: "hunt query --evtx PATH [--evtx PATH ...] 'QUERY'\nhunt query --ndjson FILE [--mapping FILE] " +
			"[options] 'QUERY'",

		Flags: append(flag.Evidence(),
			&cli.StringSliceFlag{Name: "ndjson",
				Usage: "read JSON documents from `FILE`, one per line; - is standard input (repeatable)"},
			&cli.StringFlag{Name: "language", Value: "eql",
				Usage: "the query is in this `LANGUAGE`: eql, kql or sigma"},
			&cli.StringFlag{Name: "mapping",
				Usage: "read the Elasticsearch mapping of the documents from `FILE` (JSON)"},
			&cli.StringFlag{Name: "timestamp-field", Value: "@timestamp", Usage: "order documents by this `FIELD`"},
			&cli.StringFlag{Name: "event-category-field", Value: "event.category",
				Usage: "test this `FIELD` in 'CATEGORY where'"},
			&cli.StringFlag{Name: "tiebreaker-field", Usage: "order documents with the same time by this `FIELD`"},
			&cli.StringFlag{Name: "format", Value: "table",
				Usage: "print the results in this `FORMAT`: table, jsonl, elastic, csv or xlsx"},
			&cli.StringFlag{Name: "fields",
				Usage: "with --format csv or xlsx, these `FIELDS`, separated by commas, are the columns"},
			&cli.BoolFlag{Name: "csv-bom", Value: true,
				Usage: "begin CSV with a byte order mark for Excel; --csv-bom=false leaves it out"},
			flag.Zone(),
			&cli.StringFlag{Name: "ecs", Value: "derived",
				Usage: "with --evtx, use this `MODE`: derived or strict; see 'hunt report --help'"},
		),
	}
}

func queryAction(c *cli.Context) error {
	if c.NArg() == 0 {
		return exit.Usagef("no query given; try: hunt query --evtx triage/ " +
			"'process where process.name : \"mshta.exe\"'")
	}
	if c.NArg() > 1 {
		return exit.Usagef("%d queries given; put one query in quotes", c.NArg())
	}
	language, err := pack.ParseQueryLanguage(c.String("language"))
	if err != nil {
		return exit.Usagef("--language: %v", err)
	}
	text, err := queryText(c.Args().First(), language)
	if err != nil {
		return err
	}
	query := pack.Query{Language: language, Text: text}
	if f := answer.Format(c.String("format")); !slices.Contains(answer.Formats, f) {
		return exit.Usagef("--format: unknown format %q; use one of %s", f, flag.Listed(answer.Formats))
	}
	if _, err := fieldsOf(c); err != nil {
		return err
	}
	overLogs, overDocuments := flag.HasInputs(c), len(c.StringSlice("ndjson")) > 0
	switch {
	case overLogs && overDocuments:
		return exit.Usagef("--evtx and --ndjson cannot be used together")
	case !overLogs && !overDocuments:
		return exit.Usagef("nothing to query; add --evtx PATH or --ndjson FILE")
	case overLogs:
		return queryLogs(c, query)
	}
	if err := flag.OnlyWith(c, "--evtx; with --ndjson, put the condition in the query", "host", "from", "to", "carved",
		"clock", "ecs", "merge-hosts", "password-file"); err != nil {
		return err
	}
	return queryDocuments(c, query)
}

// maxQueryFile bounds a file that holds a query, in bytes.
const maxQueryFile = 1 << 20

// queryText returns the query: the argument itself, or the content of the file that it names. @FILE names a file
// in any language; Sigma rules are files, so a name that ends like theirs is taken for one.
func queryText(arg string, language pack.Language) (string, error) {
	name, isFile := strings.CutPrefix(arg, "@")
	if language == pack.Sigma && !isFile && !strings.Contains(arg, "\n") {
		name, isFile = arg, strings.HasSuffix(arg, ".yml") || strings.HasSuffix(arg, ".yaml")
	}
	if !isFile {
		return arg, nil
	}
	b, err := config.Read(name, maxQueryFile)
	if err != nil {
		return "", exit.With(exit.Failed, fmt.Errorf("query: %w", err))
	}
	return strings.TrimPrefix(string(b), "\ufeff"), nil
}

// queryError adds the exit code to an error of the query.
func queryError(err error) error {
	var e *syntax.Error
	switch {
	case errors.Is(err, answer.ErrCounts):
		return exit.Usagef("%v; add --evtx PATH instead of --ndjson", err)
	case !errors.As(err, &e):
		return err
	case e.Unsupported:
		return exit.With(exit.Failed, fmt.Errorf("hunt does not support this part of the query: %w", err))
	}
	return exit.With(exit.Usage, fmt.Errorf("query: %w", err))
}

// queryLogs runs a query over EVTX.
func queryLogs(c *cli.Context, query pack.Query) error {
	err := flag.OnlyWith(c, "--ndjson", "mapping", "timestamp-field", "event-category-field", "tiebreaker-field")
	if err != nil {
		return err
	}
	run, err := newRun(c)
	if err != nil {
		return err
	}
	// The query is checked before the evidence is read.
	if _, err := rules.CompileQuery(query); err != nil {
		return suggestSearch(c, query, queryError(suggestQuery(c, query, err)))
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
	run.opts.Meter = &timeline.Meter{}
	run.opts.Store = answer.Store
	watching := run.watch(run.opts.Meter)
	found, err := rules.Query(c.Context, timeline.Of(col), query, run.opts)
	watching.Stop()
	if err != nil {
		return queryError(err)
	}
	run.changed(found.Case.Changes())
	incomplete, err := run.unread(found.Case)
	if err != nil {
		return err
	}
	for _, w := range append(found.Warnings, hint.StrangeCategories(query)...) {
		run.warn("%s", w)
	}
	run.unknownHosts(found.Case.Hosts.All)
	out := answer.OfLogs(found)
	if err := showAnswer(c, out, answer.UsualFields(found.Fields, true)); err != nil {
		return err
	}
	if len(out.Matches) == 0 && found.Pipes == nil {
		if err := run.otherCase(c, col, query); err != nil {
			return err
		}
	}
	run.say("%s, %s", readText(len(col.Files), found.Case.Records.Read), out.Count())
	if incomplete {
		return exit.With(exit.Incomplete, nil)
	}
	return nil
}

// documentOptions returns what the flags say about a query over documents.
func documentOptions(c *cli.Context, run *runner, query pack.Query) (document.Options, error) {
	o := answer.DocumentOptions(query)
	o.TimestampField, o.CategoryField = c.String("timestamp-field"), c.String("event-category-field")
	o.TiebreakerField, o.Jobs = c.String("tiebreaker-field"), run.opts.Jobs
	o.Memory, o.TempDir = run.opts.MaxMemory.Of(spill.Rows), run.opts.TempDir
	name := c.String("mapping")
	if name == "" {
		return o, nil
	}
	var err error
	if o.Mapping, err = readMapping(name); err != nil {
		return o, err
	}
	for _, w := range o.Mapping.Warnings() {
		run.warn("%s: %s", name, w)
	}
	return o, nil
}

// queryDocuments runs a query over JSON documents.
func queryDocuments(c *cli.Context, query pack.Query) error {
	run, err := newRun(c)
	if err != nil {
		return err
	}
	o, err := documentOptions(c, run, query)
	if err != nil {
		return err
	}
	var files []document.File
	for _, name := range c.StringSlice("ndjson") {
		f, closeFile, err := answer.Open(c.Context, run.opts.TempDir, name)
		if err != nil {
			return exit.With(exit.Failed, fmt.Errorf("--ndjson: %w", err))
		}
		defer closeFile()
		files = append(files, f)
	}
	res, err := document.Run(c.Context, query.Text, files, o)
	if err != nil {
		return queryError(err)
	}
	if err := run.documentProblems(res, query); err != nil {
		return err
	}
	out := answer.OfDocuments(res)
	if err := showAnswer(c, out, answer.UsualFields(res.Fields, false)); err != nil {
		return err
	}
	run.say("%s, %s, %s", ledger.Count(res.Documents, "document", "documents"),
		ledger.Count(res.Bad, "bad line", "bad lines"), out.Count())
	if run.bitten(res.Limits, &evidence.Collection{}) || res.Bad > 0 {
		return exit.With(exit.Incomplete, nil)
	}
	return nil
}

// documentProblems reports the problems of the query and of the documents; it returns an error if there are no
// documents.
func (r *runner) documentProblems(res *document.Result, query pack.Query) error {
	for _, w := range res.Warnings {
		r.warn("%s", w)
	}
	if len(res.Matches) == 0 {
		for _, w := range hint.ShoutedCategories(query) {
			r.warn("%s", w)
		}
	}
	for _, p := range res.Problems {
		r.warn("%s:%d: %v", p.File, p.Line, p.Err)
	}
	if n := res.Bad - len(res.Problems); n > 0 {
		r.warn("%s could not be read", ledger.Count(n, "more line", "more lines"))
	}
	if res.Documents == 0 && res.Bad > 0 {
		return exit.With(exit.Failed, fmt.Errorf("%s read, none of them a JSON document",
			ledger.Count(res.Bad, "line", "lines")))
	}
	return nil
}

// maxMapping bounds a mapping, in bytes: ECS whole takes 2 MiB.
const maxMapping = 64 << 20

func readMapping(name string) (*document.Mapping, error) {
	b, err := config.Read(name, maxMapping)
	if err != nil {
		return nil, exit.With(exit.Failed, fmt.Errorf("--mapping %w", err))
	}
	m, err := document.ReadMapping(bytes.NewReader(b))
	if err != nil {
		return nil, exit.With(exit.Failed, fmt.Errorf("%s: %w", name, err))
	}
	return m, nil
}

// fieldsOf returns the fields that --fields names, nil if it is not given.
func fieldsOf(c *cli.Context) (fields []string, err error) {
	format := c.String("format")
	switch {
	case format != "csv" && format != "xlsx" && c.IsSet("fields"):
		return nil, exit.Usagef("--fields works only with --format csv or xlsx; the other formats have all fields")
	case format == "elastic" && c.IsSet("tz"):
		return nil, exit.Usagef("--tz works only with --format table, csv, xlsx or jsonl")
	case format == "xlsx" && screen.Width(c.App.Writer) > 0:
		return nil, exit.Usagef("a terminal cannot show a workbook; redirect the output to a file")
	case !c.IsSet("fields"):
		return nil, nil
	}
	for name := range strings.SplitSeq(c.String("fields"), ",") {
		if name = strings.TrimSpace(name); name == "" {
			return nil, exit.Usagef("--fields: a name is missing; use names such as process.name,user.name")
		}
		fields = append(fields, name)
	}
	return fields, nil
}

// showAnswer writes the results of a query in the format that the flags ask for. usual are the fields of rows if
// the flags name none.
func showAnswer(c *cli.Context, found *hits.Results, usual []string) error {
	fields, err := fieldsOf(c)
	if err != nil {
		return err
	}
	if fields == nil {
		fields = usual
	}
	zone, err := flag.ZoneOf(c)
	if err != nil {
		return err
	}
	out := screen.JSON(c.App.Writer)
	if c.String("format") == "jsonl" {
		out = localtime.InJSON(out, zone, "winlog")
	}
	return answer.Write(c.Context, out, found, answer.Options{
		Format: answer.Format(c.String("format")), Width: screen.Width(c.App.Writer), Fields: fields,
		Rows: listing.Options{BOM: flag.BOM(c, ""), Zone: zone, Version: version(), TempDir: c.String("temp-dir")}})
}
