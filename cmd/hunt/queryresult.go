package main

import (
	"bufio"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/screen"
	"hunt/evtx"
	"hunt/report/listing"
	"hunt/rules"
	"hunt/rules/hits"
	"hunt/rules/pipe"
	"hunt/rules/predicate"
)

var queryFormats = []string{"table", "jsonl", "elastic", "csv", "xlsx"}

// matchOf is a match of events of either kind, of which missing ones are nil.
func matchOf[E comparable](keys []predicate.Value, events []E, shown func(E) hits.Shown) hits.Match {
	var none E
	m := hits.Match{Keys: keys, Events: make([]hits.Event, len(events))}
	for i, e := range events {
		if e != none {
			m.Events[i] = shown(e)
		}
	}
	return m
}

// withStats gives the first event of a match what pipes counted.
func withStats(m hits.Match, s *pipe.Stats) hits.Match {
	if s == nil {
		return m
	}
	i := slices.IndexFunc(m.Events, func(e hits.Event) bool { return e != nil })
	if i < 0 {
		return hits.Match{Events: []hits.Event{hits.Counted(nil, s)}}
	}
	if e, ok := m.Events[i].(hits.Shown); ok {
		m.Events[i] = hits.Counted(e, s)
	}
	return m
}

// pipedMatches are the rows that came through the pipes of a query over event logs.
func pipedMatches(found *rules.Found) []hits.Match {
	var out []hits.Match
	for _, row := range found.Rows {
		m := matchOf(row.Keys, row.Events, shownRecord)
		if len(row.Stored) > 0 {
			m.Events = []hits.Event{hits.Stored(row.Stored)}
		}
		out = append(out, withStats(m, row.Stats))
	}
	return out
}

// countedBy are the fields by which a query counts, nil if its results are events.
func countedBy(p *pipe.Program) []string {
	if !p.Counts() {
		return nil
	}
	return append([]string{}, p.Keys()...)
}

// fieldsOf are the fields that --fields asks for, nil if it is not given.
func fieldsOf(c *cli.Context) (fields []string, err error) {
	format := c.String("format")
	switch {
	case format != "csv" && format != "xlsx" && c.IsSet("fields"):
		return nil, usageError("--fields works only with --format csv or xlsx; the other formats have all fields")
	case format == "xlsx" && screen.Width(c.App.Writer) > 0:
		return nil, usageError("a terminal cannot show a workbook; redirect the output to a file")
	case !c.IsSet("fields"):
		return nil, nil
	}
	for name := range strings.SplitSeq(c.String("fields"), ",") {
		if name = strings.TrimSpace(name); name == "" {
			return nil, usageError("--fields: a name is missing; use names such as process.name,user.name")
		}
		fields = append(fields, name)
	}
	return fields, nil
}

// writeHits writes the matches of a query in the format that the flags ask for. usual are the fields of rows
// where the flags name none.
func writeHits(c *cli.Context, found *hits.Results, usual []string) error {
	w := screen.JSON(c.App.Writer)
	out := bufio.NewWriterSize(w, 1<<16)
	var err error
	switch c.String("format") {
	case "elastic":
		err = found.WriteElastic(out)
	case "jsonl":
		err = found.WriteLines(out)
	case "csv", "xlsx":
		err = writeRows(c, found, usual, out)
	default:
		err = found.WriteTable(out, screen.Width(c.App.Writer))
	}
	if err != nil {
		return err
	}
	return out.Flush()
}

// writeRows writes a row for each event.
func writeRows(c *cli.Context, found *hits.Results, usual []string, w io.Writer) error {
	fields, err := fieldsOf(c)
	if err != nil {
		return err
	}
	if fields == nil {
		fields = usual
	}
	zone, err := zoneOf(c)
	if err != nil {
		return err
	}
	var columns []listing.Column
	for _, name := range found.Columns(fields) {
		col := listing.Column{Name: name, Title: name}
		if name == "time" {
			col.Kind = listing.Time
		}
		columns = append(columns, col)
	}
	l, err := listing.New(w, columns,
		listing.Options{Format: listing.Format(c.String("format")), BOM: c.Bool("csv-bom"), Zone: zone,
			Name: "Query", Version: version(), TempDir: c.String("temp-dir")})
	if err != nil {
		return err
	}
	err = found.Rows(fields, func(cells []string) error {
		values := make([]any, len(cells))
		for i, cell := range cells {
			if values[i] = cell; columns[i].Kind == listing.Time {
				values[i] = timeOfText(cell)
			}
		}
		return l.Row(c.Context, values...)
	})
	return errors.Join(err, l.Close())
}

// timeOfText is a time that an event shows; 0 for none.
func timeOfText(text string) evtx.Filetime {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return 0
	}
	return evtx.FiletimeOf(t)
}

// usualFields are the fields of rows where --fields names none: over event logs host, event and message around those
// that the query asks for.
func usualFields(asked []string, overLogs bool) []string {
	if !overLogs {
		return asked
	}
	out := []string{"host.name", "event.code"}
	for _, f := range append(slices.Clone(asked), "message") {
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}
