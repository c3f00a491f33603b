// Package answer writes the results of a query over event logs or documents in the requested format.
package answer

import (
	"bufio"
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"hunt/evtx"
	"hunt/report/listing"
	"hunt/rules"
	"hunt/rules/eql/document"
	"hunt/rules/hits"
	"hunt/rules/pipe"
	"hunt/rules/predicate"
	"hunt/timeline"
)

// Format is how results are written.
type Format string

// The formats.
const (
	Table   Format = "table"
	Lines   Format = "jsonl"   // a line for each result
	Elastic Format = "elastic" // the body that Elasticsearch's EQL search returns
	CSV     Format = "csv"     // a row for each event
	XLSX    Format = "xlsx"    // the same as a workbook
)

// Formats are all formats.
var Formats = []Format{Table, Lines, Elastic, CSV, XLSX}

// OfLogs are the results of a query over event logs.
func OfLogs(found *rules.Found) *hits.Results {
	out := &hits.Results{Form: found.Form, Fields: found.Fields}
	for _, m := range found.Matches {
		out.Matches = append(out.Matches, matchOf(m.Keys, m.Events, shownRecord))
	}
	if found.Pipes != nil {
		out.Matches, out.Counts = pipedMatches(found), countedBy(found.Pipes)
	}
	return out
}

// OfDocuments are the results of a query over documents.
func OfDocuments(res *document.Result) *hits.Results {
	out := &hits.Results{Form: res.Form, Fields: res.Fields}
	for _, m := range res.Matches {
		out.Matches = append(out.Matches, withStats(matchOf(m.Keys, m.Events, shownDocument), m.Stats))
	}
	if res.Pipes != nil {
		out.Counts = countedBy(res.Pipes)
	}
	return out
}

// Store returns what a query with pipes keeps of an event in its place.
func Store(e *timeline.Event) []byte { return hits.Store(logEvent{e}) }

// matchOf returns a match of events of either kind, of which missing ones are nil.
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

// withStats adds to the first event of a match what pipes counted.
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

// Options say how results are written.
type Options struct {
	Format Format
	Width  int      // of the terminal that gets a table, 0 for none
	Fields []string // the columns of rows
	Rows   listing.Options
}

// Write writes the results of a query.
func Write(ctx context.Context, w io.Writer, found *hits.Results, o Options) error {
	out := bufio.NewWriterSize(w, 1<<16)
	var err error
	switch o.Format {
	case Elastic:
		err = found.WriteElastic(out)
	case Lines:
		err = found.WriteLines(out)
	case CSV, XLSX:
		err = writeRows(ctx, out, found, o)
	default:
		rows := hits.TableOptions{Width: o.Width}
		if zone := o.Rows.Zone; zone != nil {
			rows.Zone = zone.String()
			rows.Local = func(when string) string { return listing.LocalTime(when, zone) }
		}
		err = found.WriteTable(out, rows)
	}
	if err != nil {
		return err
	}
	return out.Flush()
}

// writeRows writes a row for each event.
func writeRows(ctx context.Context, w io.Writer, found *hits.Results, o Options) error {
	var columns []listing.Column
	for _, name := range found.Columns(o.Fields) {
		col := listing.Column{Name: name, Title: name}
		if name == "time" {
			col.Kind = listing.Time
		}
		columns = append(columns, col)
	}
	rows := o.Rows
	rows.Format, rows.Name = listing.Format(o.Format), "Query"
	l, err := listing.New(w, columns, rows)
	if err != nil {
		return err
	}
	err = found.Rows(o.Fields, func(cells []string) error {
		values := make([]any, len(cells))
		for i, cell := range cells {
			if values[i] = cell; columns[i].Kind == listing.Time {
				values[i] = timeOfText(cell)
			}
		}
		return l.Row(ctx, values...)
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

// UsualFields are the fields of rows if the user names none: over event logs host, event and message in addition
// to those that the query refers to.
func UsualFields(asked []string, overLogs bool) []string {
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
