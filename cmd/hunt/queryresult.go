package main

import (
	"bufio"
	"io"

	"hunt/rules/hits"
	"hunt/rules/predicate"
)

var queryFormats = []string{"table", "jsonl", "elastic"}

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

// writeHits writes the matches of a query in a format, a table for a terminal of that width.
func writeHits(w io.Writer, found *hits.Results, format string, width int) error {
	out := bufio.NewWriterSize(w, 1<<16)
	var err error
	switch format {
	case "elastic":
		err = found.WriteElastic(out)
	case "jsonl":
		err = found.WriteLines(out)
	default:
		err = found.WriteTable(out, width)
	}
	if err != nil {
		return err
	}
	return out.Flush()
}
