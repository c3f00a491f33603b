package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"hunt/rules/hits"
	"hunt/rules/predicate"
	"hunt/rules/sequence"
	"hunt/table"
)

var queryFormats = []string{"table", "jsonl", "elastic"}

// foundEvent is an event of a query's result that can be shown to people.
type foundEvent interface {
	hits.Event
	time() string
	message() string // one line for people, or ""
}

// result is one match: an event, or the events of a sequence or a sample, of which missing ones are nil.
type result struct {
	keys   []predicate.Value
	events []foundEvent
}

// results are the matches of a query.
type results struct {
	form   sequence.Form
	fields []string // that the query asks for
	list   []result
}

func (r *results) noun() string {
	switch r.form {
	case sequence.Sequence:
		return "sequences"
	case sequence.Sample:
		return "samples"
	}
	return "events"
}

func (r *results) write(w io.Writer, format string, width int) error {
	out := bufio.NewWriterSize(w, 1<<16)
	var err error
	switch format {
	case "elastic":
		err = r.hits().WriteElastic(out)
	case "jsonl":
		err = r.hits().WriteLines(out)
	default:
		err = r.table(out, width)
	}
	if err != nil {
		return err
	}
	return out.Flush()
}

// hits are the matches for other programs.
func (r *results) hits() *hits.Results {
	out := &hits.Results{Form: r.form, Matches: make([]hits.Match, len(r.list))}
	for i, m := range r.list {
		events := make([]hits.Event, len(m.events))
		for j, e := range m.events {
			if e != nil {
				events[j] = e
			}
		}
		out.Matches[i] = hits.Match{Keys: m.keys, Events: events}
	}
	return out
}

// Bounds of a table: it is for looking, the other formats have everything.
const (
	maxTableRows = 1000
	maxTableCell = 200
)

// table writes a row for each event. Results over documents show the fields that the query asks for, results over event
// logs a sentence.
func (r *results) table(w *bufio.Writer, width int) error {
	if len(r.list) == 0 {
		_, err := fmt.Fprintf(w, "no %s\n", r.noun())
		return err
	}
	rows := 0
	head := []string{"Time", "ID", "Event"}
	if r.form != sequence.EventQuery {
		head = append([]string{"No", "Keys", "Stage"}, head...)
	}
	t := table.New(head...)
	for i, m := range r.list {
		if rows >= maxTableRows {
			break
		}
		for stage, e := range m.events {
			rows++
			row := []string{"", "", "(missing, as asked)"}
			if e != nil {
				text, err := r.describe(e)
				if err != nil {
					return err
				}
				row = []string{e.time(), printable(e.DocumentID()), shorten(text, maxTableCell)}
			}
			if r.form != sequence.EventQuery {
				no, keys := "", ""
				if stage == 0 {
					no, keys = strconv.Itoa(i+1), shorten(keyText(m.keys), maxTableCell)
				}
				row = append([]string{no, keys, strconv.Itoa(stage + 1)}, row...)
			}
			t.Add(row...)
		}
	}
	if err := t.Write(w, width); err != nil {
		return err
	}
	noun := r.noun()
	if len(r.list) == 1 {
		noun = strings.TrimSuffix(noun, "s")
	}
	_, err := fmt.Fprintf(w, "\n%d %s\n", len(r.list), noun)
	if rows >= maxTableRows {
		_, err = fmt.Fprintf(w, "The table ends here; --format jsonl prints all results.\n")
	}
	return err
}

func keyText(keys []predicate.Value) string {
	texts := make([]string, len(keys))
	for i, k := range keys {
		texts[i] = "(none)"
		if k.Kind != predicate.Null {
			texts[i] = k.Text()
		}
	}
	return strings.Join(texts, ", ")
}

// describe is what the table says of an event.
func (r *results) describe(e foundEvent) (string, error) {
	if m := e.message(); m != "" {
		return m, nil
	}
	source, err := e.Document()
	if err != nil {
		return "", err
	}
	if len(r.fields) == 0 {
		return string(source), nil
	}
	var doc map[string]any
	dec := json.NewDecoder(bytes.NewReader(source))
	dec.UseNumber()
	if err := dec.Decode(&doc); err != nil {
		return "", err
	}
	var parts []string
	for _, f := range r.fields {
		if v, ok := lookUp(doc, f); ok {
			text, err := json.Marshal(v)
			if err != nil {
				return "", err
			}
			parts = append(parts, f+"="+string(text))
		}
	}
	if len(parts) == 0 {
		return string(source), nil
	}
	return strings.Join(parts, " "), nil
}

// lookUp finds a dotted name in a document, whose keys may be dotted, too.
func lookUp(doc map[string]any, name string) (any, bool) {
	if v, ok := doc[name]; ok {
		return v, true
	}
	for i := range len(name) {
		if name[i] != '.' {
			continue
		}
		if inner, ok := doc[name[:i]].(map[string]any); ok {
			if v, ok := lookUp(inner, name[i+1:]); ok {
				return v, true
			}
		}
	}
	return nil, false
}

// shorten makes a cell: one printable line of at most n characters.
func shorten(s string, n int) string {
	if len(s) > 8*n {
		s = strings.ToValidUTF8(s[:8*n], "")
	}
	s = printable(s)
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return s
}
