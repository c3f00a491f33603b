// Package census prints what timeline/stats counts, as a listing: what is in the logs, groups by any keys, and
// stacks. Options uses the words of the command line.
package census

import (
	"context"
	"errors"
	"fmt"
	"io"

	"hunt/report/listing"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/ledger"
	"hunt/timeline/stats"
)

// Options say what is counted and how it is printed.
type Options struct {
	By    string // names of keys with commas between; "" is what is in the logs
	Stack string // the name of a stack; "" counts by By
	Exact bool   // fold nothing in a stack
	Where bool   // the walk chooses events by a condition
	Top   int    // print that many rows; 0: all
	listing.Options
}

// Census is a count, ready to be printed.
type Census struct {
	o     Options
	count stats.Count
	stack *stats.Stack
}

// ErrKeys is wrapped by the errors of New that are about Options.By.
var ErrKeys = errors.New("--by")

// New checks what is asked for. It has the walk choose what a stack looks at, and gather no more of the histories of
// hosts than the keys ask for; a condition is set afterwards.
func New(o Options, w *timeline.Walk) (*Census, error) {
	c := &Census{o: o}
	schema := w.Scan.Schema
	if o.Stack != "" {
		var err error
		if c.stack, err = stats.NewStack(o.Stack, o.Exact, schema); err != nil {
			return nil, err
		}
		w.Choose = c.stack.Choose
		c.count = stats.Count{Keys: c.stack.Keys, Whole: true, Order: stats.Rare, Top: o.Top}
		w.Scan.Asked = c.asked(w.Scan)
		return c, nil
	}
	by := o.By
	if by == "" {
		by = "host,channel,provider,event.code"
	}
	keys, err := stats.ParseKeys(by, schema)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeys, err)
	}
	c.count = stats.Count{Keys: keys, Order: stats.Frequent, Top: o.Top}
	w.Scan.Asked = c.asked(w.Scan)
	if first := keys[0].Name; first == "day" || first == "hour" || o.By == "" && o.Top == 0 {
		c.count.Order = stats.ByKey
	}
	return c, nil
}

// asked is what the keys ask of the histories of hosts. The two records of a process start count once.
func (c *Census) asked(o timeline.ScanOptions) ledger.Asked {
	if !o.Strict && stats.AskHistory(c.count.Keys) {
		return ledger.AskedLater
	}
	return ledger.AskedTwins
}

// And chooses among what first lets through; nil lets through all.
func And(first, second func() func(*ecs.Event) timeline.Choice) func() func(*ecs.Event) timeline.Choice {
	if first == nil {
		return second
	}
	return func() func(*ecs.Event) timeline.Choice {
		a, b := first(), second()
		return func(e *ecs.Event) timeline.Choice {
			if a(e) == timeline.Drop {
				return timeline.Drop
			}
			return b(e)
		}
	}
}

// Print counts and prints; rows is the number of rows. What the walk suffered from is not told yet.
func (c *Census) Print(ctx context.Context, w *timeline.Walk, out io.Writer) (done *timeline.Walked, rows int,
	err error) {
	show := c.groups
	columns := append(keyColumns(c.count.Keys), number("count", "Count"), when("first", "First"), when("last", "Last"))
	switch {
	case c.stack != nil:
		show = c.stacked
		columns = append([]listing.Column{number("hosts", "Hosts"), number("count", "Count"), when("first", "First"),
			when("last", "Last")},
			keyColumns(c.count.Keys)...)
		columns = append(columns, listing.Column{Name: "example_host", Title: "First on"},
			listing.Column{Name: "example", Title: "Record of the first", Width: 60})
	case c.o.By == "" && !c.o.Where && c.o.Top == 0:
		show, columns = overview, overviewColumns
	}
	l, err := listing.New(out, columns, c.o.Options)
	if err != nil {
		return nil, 0, err
	}
	if done, err = show(ctx, w, l); err != nil {
		return done, l.Rows(), err
	}
	return done, l.Rows(), l.Close()
}

func number(name, title string) listing.Column {
	return listing.Column{Name: name, Title: title, Kind: listing.Number}
}

func when(name, title string) listing.Column {
	return listing.Column{Name: name, Title: title, Kind: listing.Time}
}

func keyColumns(keys []stats.Key) []listing.Column {
	const width = 30
	var out []listing.Column
	for _, k := range keys {
		out = append(out, listing.Column{Name: k.Name, Title: k.Title, Width: width})
	}
	return out
}

func texts(keys []string) []any {
	out := make([]any, len(keys))
	for i, k := range keys {
		out[i] = k
	}
	return out
}

func (c *Census) groups(ctx context.Context, w *timeline.Walk, l *listing.Writer) (*timeline.Walked, error) {
	return c.count.Run(ctx, w, func(row stats.Row) error {
		return l.Row(ctx, append(texts(row.Keys), row.Count, row.First, row.Last)...)
	})
}

func (c *Census) stacked(ctx context.Context, w *timeline.Walk, l *listing.Writer) (*timeline.Walked, error) {
	return c.count.Run(ctx, w, func(row stats.Row) error {
		values := append([]any{row.Hosts, row.Count, row.First, row.Last}, texts(row.Keys)...)
		return l.Row(ctx, append(values, row.Example.Host,
			fmt.Sprintf("%s#%d", row.Example.Path(w.Evidence), row.Example.Record))...)
	})
}

var overviewColumns = []listing.Column{
	{Name: "host", Title: "Host"}, {Name: "channel", Title: "Channel", Width: 40},
	{Name: "provider", Title: "Provider", Width: 40, Aside: true}, number("event_code", "Event"),
	number("count", "Count"), number("days", "Days"), number("per_day", "Per day"),
	when("first", "First"), when("last", "Last"), {Name: "meaning", Title: "Meaning", Width: 60},
}

func overview(ctx context.Context, w *timeline.Walk, l *listing.Writer) (*timeline.Walked, error) {
	return stats.Overview(ctx, w, w.Scan.Schema, func(k stats.Kind) error {
		words := k.Words
		if words == "" {
			words = "(" + k.Provider + ")"
		}
		return l.Row(ctx, k.Host, k.Channel, k.Provider, int64(k.Code), k.Count, k.Days, k.PerDay(), k.First,
			k.Last, words)
	})
}
