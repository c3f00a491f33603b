package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"hunt/rules/predicate"
	"hunt/rules/sequence"
)

var queryFormats = []string{"table", "jsonl", "elastic"}

// foundEvent is an event of a query's result, wherever it comes from.
type foundEvent interface {
	id() string
	source() (json.RawMessage, error)
	time() string
	host() string
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
		err = r.elastic(out)
	case "jsonl":
		err = r.jsonl(out)
	default:
		err = r.table(out, width)
	}
	if err != nil {
		return err
	}
	return out.Flush()
}

// elastic writes the body that Elasticsearch's EQL search returns.
func (r *results) elastic(w *bufio.Writer) error {
	list := "events"
	if r.form != sequence.EventQuery {
		list = "sequences"
	}
	fmt.Fprintf(w, `{"hits":{"total":{"value":%d,"relation":"eq"},"%s":[`, len(r.list), list)
	for i, m := range r.list {
		if i > 0 {
			_ = w.WriteByte(',')
		}
		_ = w.WriteByte('\n')
		if err := r.match(w, m); err != nil {
			return err
		}
	}
	_, err := w.WriteString("\n]}}\n")
	return err
}

// jsonl writes a line for each match.
func (r *results) jsonl(w *bufio.Writer) error {
	for _, m := range r.list {
		if err := r.match(w, m); err != nil {
			return err
		}
		if err := w.WriteByte('\n'); err != nil {
			return err
		}
	}
	return nil
}

// match writes a match as an entry of hits.events or hits.sequences. Errors of the writer stay until Flush.
func (r *results) match(w *bufio.Writer, m result) error {
	if r.form == sequence.EventQuery {
		return writeHit(w, m.events[0])
	}
	_, _ = w.WriteString(`{"join_keys":[`)
	for i, k := range m.keys {
		if i > 0 {
			_ = w.WriteByte(',')
		}
		_, _ = w.Write(jsonOf(k))
	}
	_, _ = w.WriteString(`],"events":[`)
	for i, e := range m.events {
		if i > 0 {
			_ = w.WriteByte(',')
		}
		if err := writeHit(w, e); err != nil {
			return err
		}
	}
	_, err := w.WriteString(`]}`)
	return err
}

func writeHit(w *bufio.Writer, e foundEvent) error {
	if e == nil {
		_, err := w.WriteString(`{"_id":"","missing":true}`)
		return err
	}
	source, err := e.source()
	if err != nil {
		return err
	}
	_, _ = w.WriteString(`{"_id":`)
	_, _ = w.Write(jsonOf(predicate.StringValue(e.id())))
	_, _ = w.WriteString(`,"_source":`)
	text, altered := soundJSON(source)
	_, _ = w.Write(text)
	if altered {
		_, _ = w.WriteString(`,"hunt":{"altered":true}`)
	}
	_, err = w.WriteString(`}`)
	return err
}

// jsonOf writes a join key.
func jsonOf(v predicate.Value) []byte {
	switch v.Kind {
	case predicate.Int:
		return strconv.AppendInt(nil, v.Num, 10)
	case predicate.Float:
		if math.IsNaN(v.Float) || math.IsInf(v.Float, 0) {
			break
		}
		return []byte(v.Text())
	case predicate.Bool:
		return strconv.AppendBool(nil, v.Num != 0)
	case predicate.String, predicate.Time:
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if enc.Encode(v.Text()) == nil {
			return bytes.TrimSpace(b.Bytes())
		}
	}
	return []byte("null")
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
	t := newTable(head...)
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
				row = []string{e.time(), printable(e.id()), shorten(text, maxTableCell)}
			}
			if r.form != sequence.EventQuery {
				no, keys := "", ""
				if stage == 0 {
					no, keys = strconv.Itoa(i+1), shorten(keyText(m.keys), maxTableCell)
				}
				row = append([]string{no, keys, strconv.Itoa(stage + 1)}, row...)
			}
			t.add(row...)
		}
	}
	if err := t.write(w, width); err != nil {
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
	source, err := e.source()
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
