// Package hits writes the matches of a query: as the body that Elasticsearch's EQL search returns, as
// a line of JSON for each match, or as a table for a terminal.
//
// Results hold the matches; an Event is anything with an id and a JSON document: a record of an event
// log, or a document. The output is JSON for strict readers: unpaired surrogates, which logs have,
// become U+FFFD, and a mark says so.
package hits

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"hunt/rules/predicate"
	"hunt/rules/sequence"
)

// Event is an event of a match, wherever it comes from.
type Event interface {
	DocumentID() string
	Document() (json.RawMessage, error)
}

// Shown is an event about which a table can say more than its document does.
type Shown interface {
	Event
	When() string     // its time, "" if it has none
	Sentence() string // what it says in one line, "" for its document
}

// Match is an event, or the events of a sequence or a sample, of which missing ones are nil.
type Match struct {
	Keys   []predicate.Value
	Events []Event
}

// Results are the matches of a query.
type Results struct {
	Form    sequence.Form
	Fields  []string // that the query refers to: a table shows them
	Matches []Match
	elastic bool     // the body of a search
	Counts  []string // not nil: the results are rows of a count by these fields
}

// WriteElastic writes the body that Elasticsearch's EQL search returns.
func (r *Results) WriteElastic(w *bufio.Writer) error {
	r.elastic = true
	defer func() { r.elastic = false }()
	list := "events"
	if r.Form != sequence.EventQuery && r.Counts == nil {
		list = "sequences"
	}
	fmt.Fprintf(w, `{"hits":{"total":{"value":%d,"relation":"eq"},"%s":[`, len(r.Matches), list)
	for i, m := range r.Matches {
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

// WriteLines writes a line for each match.
func (r *Results) WriteLines(w *bufio.Writer) error {
	for _, m := range r.Matches {
		if err := r.match(w, m); err != nil {
			return err
		}
		if err := w.WriteByte('\n'); err != nil {
			return err
		}
	}
	return nil
}

// match writes a match as an entry of hits.events or hits.sequences. Errors of the writer are kept
// until Flush.
func (r *Results) match(w *bufio.Writer, m Match) error {
	if r.Form == sequence.EventQuery || r.Counts != nil {
		return r.writeHit(w, m.Events[0])
	}
	_, _ = w.WriteString(`{"join_keys":[`)
	for i, k := range m.Keys {
		if i > 0 {
			_ = w.WriteByte(',')
		}
		_, _ = w.Write(valueJSON(k))
	}
	_, _ = w.WriteString(`],"events":[`)
	for i, e := range m.Events {
		if i > 0 {
			_ = w.WriteByte(',')
		}
		if err := r.writeHit(w, e); err != nil {
			return err
		}
	}
	_, err := w.WriteString(`]}`)
	return err
}

func (r *Results) writeHit(w *bufio.Writer, e Event) error {
	if e == nil {
		_, err := w.WriteString(`{"_id":"","missing":true}`)
		return err
	}
	source, err := e.Document()
	if err != nil {
		return err
	}
	if _, ok := e.(count); ok && !r.elastic {
		_, err = w.Write(source)
		return err
	}
	_, _ = w.WriteString(`{"_id":`)
	_, _ = w.Write(valueJSON(predicate.StringValue(e.DocumentID())))
	_, _ = w.WriteString(`,"_source":`)
	text, altered := soundJSON(source)
	_, _ = w.Write(text)
	if altered {
		_, _ = w.WriteString(`,"hunt":{"altered":true}`)
	}
	_, err = w.WriteString(`}`)
	return err
}

// valueJSON writes a join key.
func valueJSON(v predicate.Value) []byte {
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

// KeyText returns the join keys of a match for people.
func KeyText(keys []predicate.Value) string {
	texts := make([]string, len(keys))
	for i, k := range keys {
		texts[i] = "(none)"
		if k.Kind != predicate.Null {
			texts[i] = k.Text()
		}
	}
	return strings.Join(texts, ", ")
}
