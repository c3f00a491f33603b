package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/flag"
	"hunt/cmd/hunt/hint"
	"hunt/cmd/hunt/unread"
	"hunt/output"
	"hunt/report/listing"
	"hunt/report/sighting"
	"hunt/rules/pack"
	"hunt/shellword"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
	"hunt/timeline/search"
)

func searchCommand() *cli.Command {
	return &cli.Command{
		Name: "search", Usage: "find records by a word, a pattern or an indicator in any field", Action: searchAction,
		UsageText: "hunt search --evtx PATH [--evtx PATH ...] [options] PATTERN [PATTERN ...]\nhunt search --evtx " +
			"PATH --indicators FILE [options]",

		Flags: append([]cli.Flag{
			&cli.StringSliceFlag{Name: "evtx",
				Usage: "read evidence from `PATH`: a file, a directory or an archive (repeatable)"},
			flag.InputList(),
			&cli.BoolFlag{Name: "regex", Usage: "patterns are regular expressions"},
			&cli.BoolFlag{Name: "all-words", Usage: "match only records that have all patterns, not any of them"},
			&cli.BoolFlag{Name: "case-sensitive", Usage: "distinguish upper and lower case"},
			&cli.StringSliceFlag{Name: "field", Usage: "look only at fields of this `NAME` (repeatable)"},
			&cli.StringSliceFlag{Name: "indicators",
				Usage: "read patterns from `FILE`: plain text, CSV or STIX 2.1 (repeatable)"},
			&cli.StringSliceFlag{Name: "host",
				Usage: "search only records whose computer is `NAME`, short or full (repeatable)"},
			&cli.StringFlag{Name: "from",
				Usage: "search only records from `TIME` on (2026-03-02, 2026-03-02T14:00:00Z)"},
			&cli.StringFlag{Name: "to", Usage: "search only records up to `TIME`; a date includes the whole day"},
			&cli.BoolFlag{Name: "carved", Usage: "also search carved records (always marked)"},
			&cli.BoolFlag{Name: "each-field", Usage: "print a row for each field that matches, not for each record"},
			&cli.StringFlag{Name: "sort", Value: "record",
				Usage: "print rows in this `ORDER`: record (as in the evidence) or time"},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"},
				Usage: "write the rows to `FILE`; - is standard output"},
			flag.Jobs(), flag.MaxMemory(), flag.TempDir(), flag.Passwords(),
			flag.Progress(),
			&cli.BoolFlag{Name: "quiet", Usage: "print no progress and no summary on standard error"},
		}, flag.Listing()...),
	}
}

// searching is what the flags of a search ask for.
type searching struct {
	run    *runner
	query  *search.Query
	byTime bool
	each   bool
	output string
	rows   listing.Options
}

func searchAction(c *cli.Context) error {
	s, err := searchingOf(c)
	if err != nil {
		return err
	}
	if s.output == "" || s.output == "-" {
		return s.into(c, listingScreen(c, s.rows))
	}
	outputs := outputsOf(c)
	file, err := outputs.Add(s.output, output.Options{})
	if err != nil {
		return exit.With(exit.Failed, err)
	}
	var found error
	_ = file.Write(c.Context, func(w io.Writer) error { // an error is the commit's
		if found = s.into(c, w); exit.OnlyIncomplete(found) {
			return nil
		}
		return found
	})
	if found != nil && !exit.OnlyIncomplete(found) {
		return found
	}
	if err := outputs.Commit(c.Context); err != nil {
		return err
	}
	return found
}

func searchingOf(c *cli.Context) (*searching, error) {
	s := &searching{output: c.String("output"), byTime: c.String("sort") == "time", each: c.Bool("each-field")}
	o := search.Options{AllWords: c.Bool("all-words"), CaseSensitive: c.Bool("case-sensitive"),
		Fields: c.StringSlice("field")}
	for _, text := range c.Args().Slice() {
		o.Patterns = append(o.Patterns, search.Pattern{Text: text, Regex: c.Bool("regex")})
	}
	lists := c.StringSlice("indicators")
	switch order := c.String("sort"); {
	case !flag.HasInputs(c):
		return nil, exit.Usagef("no evidence given; add --evtx PATH")
	case len(o.Patterns) == 0 && len(lists) == 0:
		return nil, exit.Usagef("nothing to search for; try: hunt search --evtx triage/ mimikatz")
	case len(lists) > 0 && o.AllWords:
		return nil, exit.Usagef("--all-words and --indicators cannot be used together: no record has all " +
			"indicators of a list")
	case order != "record" && order != "time":
		return nil, exit.Usagef("--sort: unknown order %q; use record or time", order)
	}
	if err := knownFields(o.Fields); err != nil {
		return nil, err
	}
	var err error
	if s.run, err = newRun(c); err != nil {
		return nil, err
	}
	if s.rows, err = s.rowsOf(c); err != nil {
		return nil, err
	}
	for _, name := range lists {
		list, err := search.ReadIndicators(name)
		if err != nil {
			return nil, exit.With(exit.Failed, fmt.Errorf("--indicators %w", err))
		}
		o.Patterns = append(o.Patterns, list.Patterns...)
		for _, text := range list.Refused {
			s.run.warn("not searched: %s", text)
		}
		if n := list.Left - len(list.Refused); n > 0 {
			s.run.warn("%s: %s not searched", name, ledger.Count(n, "more indicator", "more indicators"))
		}
	}
	if s.query, err = search.Compile(o); err != nil {
		return nil, exit.Usagef("%v", err)
	}
	return s, nil
}

// rowsOf reads how rows are written; without --format, the extension of --output decides.
func (s *searching) rowsOf(c *cli.Context) (listing.Options, error) {
	if s.output != "" && !c.IsSet("format") {
		if ending := listing.Format(strings.TrimPrefix(strings.ToLower(filepath.Ext(s.output)), ".")); slices.Contains(
			listing.Formats, ending) {
			if err := c.Set("format", string(ending)); err != nil {
				return listing.Options{}, err
			}
		}
	}
	return flag.ListingOf(c, "Search")
}

// knownFields says how to ask for an ECS field, which records do not have.
func knownFields(names []string) error {
	schema := ecs.NewSchema()
	for _, name := range names {
		if short, ok := strings.CutPrefix(name, "winlog.event_data."); ok {
			return exit.Usagef("--field %s: records call it %s; use --field %s", name, short, short)
		}
		if _, _, known := schema.Field(name); known && strings.Contains(name, ".") {
			return exit.Usagef("--field %s: this is a field of ECS, which records do not have; use: hunt query "+
				"--evtx triage/ 'any where %s : \"*text*\"'", name, name)
		}
	}
	return nil
}

// into searches the evidence and writes the rows to w.
func (s *searching) into(c *cli.Context, w io.Writer) (err error) {
	inputs, err := flag.InputsOf(c)
	if err != nil {
		return err
	}
	col, err := s.run.collect(c.Context, inputs)
	if err != nil {
		return err
	}
	defer func() { _ = col.Close() }() // temporary copies
	res, err := s.search(c.Context, col, w)
	if closedPipe(err) {
		return nil // the reader has seen enough
	}
	if err != nil {
		return err
	}
	return s.summary(res, col)
}

// search searches a collection and writes the rows to w.
func (s *searching) search(ctx context.Context, col *evidence.Collection, w io.Writer) (*search.Result, error) {
	times := int64(1)
	if s.run.opts.Carved {
		times = 2
	}
	meter := meterOf(col.Files, times)
	watching := s.run.watch(meter)
	defer watching.Stop()
	o := s.run.opts
	list := unread.Files{Say: s.run.warn}
	defer list.End()
	return sighting.Write(ctx, watching.Until(w), search.Search{
		Query: s.query, Carved: o.Carved, Hosts: o.Filter.Hosts, From: o.Filter.From, To: o.Filter.To, Jobs: o.Jobs,
		Complain: func(text string) { s.run.warn("%s", text) },
		Done: func(files, records, bytes int64) {
			meter.FilesDone.Add(files)
			meter.Records.Add(records)
			meter.BytesDone.Add(bytes)
		},
	}, col, sighting.Options{Rows: s.rows, Each: s.each, ByTime: s.byTime, Memory: int64(o.MaxMemory) / 2,
		Dir:    o.TempDir,
		Unread: func(f *evidence.File) { list.File(f.Path, f.Status, f.Detail) }})
}

// summary reports what was searched and found.
func (s *searching) summary(res *search.Result, col *evidence.Collection) error {
	if res.Files == res.Failed && res.Records == 0 {
		return s.run.nothingToRead(col, &res.Limits)
	}
	for _, name := range res.Unknown {
		s.run.warn("no record has the computer %q; 'hunt hosts' lists the names", name)
	}
	carved := ""
	if s.run.opts.Carved {
		carved = fmt.Sprintf(", %d carved", res.Carved)
	}
	match := "%s match in %s"
	if res.Hits == 1 {
		match = "%s matches in %s"
	}
	s.run.say("%s%s, %d damaged, "+match, readText(res.Files, res.Records), carved, res.Damaged,
		ledger.Count(res.Hits, "record", "records"), ledger.Count(res.Matches, "field", "fields"))
	lost := s.run.bitten(&res.Limits, col)
	if res.Whole == 0 && res.Records == 0 && res.Carved == 0 {
		return errNothing
	}
	if lost || res.Damaged > 0 || res.Failed > 0 {
		return exit.With(exit.Incomplete, nil)
	}
	return nil
}

// suggestSearch adds to the error of a query that is no more than words how to search for them.
func suggestSearch(c *cli.Context, query pack.Query, err error) error {
	text := strings.TrimSpace(query.Text)
	var e *exit.Error
	if query.Language != pack.EQL || !errors.As(err, &e) || !hint.BareWords(text) {
		return err
	}
	command := "hunt search"
	for _, path := range c.StringSlice("evtx") {
		command += " --evtx " + shellword.Quoted(path)
	}
	return exit.With(e.Code,
		fmt.Errorf("%w\n  to find this text in any field: %s %s", err, command, shellword.Quoted(text)))
}
