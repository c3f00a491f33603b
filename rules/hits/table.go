package hits

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"hunt/mark"
	"hunt/rules/sequence"
	"hunt/table"
)

// Count says how many matches there are: "1 sequence", "12 events".
func (r *Results) Count() string {
	n := len(r.Matches)
	return fmt.Sprintf("%d %s", n, r.noun(n))
}

// noun returns what n matches are called.
func (r *Results) noun(n int) string {
	one := "event"
	switch r.Form {
	case sequence.Sequence:
		one = "sequence"
	case sequence.Sample:
		one = "sample"
	case sequence.Counted:
		one = "result"
	}
	if n == 1 {
		return one
	}
	return one + "s"
}

// Bounds of a table: it is for reading, and the other formats are complete.
const (
	maxTableRows = 1000
	maxTableCell = 200
)

// TableOptions say how a table is written.
type TableOptions struct {
	Width int // of the terminal; 0: nothing is wrapped
	// Local returns a time of an event in a zone, which a second column shows. It may be nil.
	Local func(when string) string
	Zone  string
}

// WriteTable writes a row for each event. Results over documents show the fields that the query refers to, results
// over event logs a sentence.
func (r *Results) WriteTable(w *bufio.Writer, o TableOptions) error {
	if len(r.Matches) == 0 {
		_, err := fmt.Fprintf(w, "no %s\n", r.noun(0))
		return err
	}
	if r.Counts != nil {
		return r.writeCounts(w, o.Width)
	}
	rows := 0
	head := []string{"Time", "ID", "Event"}
	if o.Local != nil {
		head = []string{"Time (UTC)", "Time (" + o.Zone + ")", "ID", "Event"}
	}
	if r.Form != sequence.EventQuery {
		head = append([]string{"No", "Keys", "Stage"}, head...)
	}
	t := table.New(head...)
	for i, m := range r.Matches {
		if rows >= maxTableRows {
			break
		}
		for stage, e := range m.Events {
			rows++
			row, err := r.row(e)
			if err != nil {
				return err
			}
			if o.Local != nil {
				row = append([]string{row[0], o.Local(row[0])}, row[1:]...)
			}
			if r.Form != sequence.EventQuery {
				no, keys := "", ""
				if stage == 0 {
					no, keys = strconv.Itoa(i+1), shorten(KeyText(m.Keys), maxTableCell)
				}
				row = append([]string{no, keys, strconv.Itoa(stage + 1)}, row...)
			}
			t.Add(row...)
		}
	}
	if err := t.Write(w, o.Width); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s\n", r.Count())
	if rows >= maxTableRows {
		_, err = fmt.Fprintf(w, "The table ends here; --format jsonl prints all results.\n")
	}
	return err
}

// writeCounts writes the rows of a count.
func (r *Results) writeCounts(w *bufio.Writer, width int) error {
	t := table.New(append([]string{"Count", "Percent", "Hosts"}, titlesOf(r.Counts)...)...)
	for i, m := range r.Matches {
		if i == maxTableRows {
			break
		}
		c, ok := m.Events[0].(count)
		if !ok {
			continue
		}
		row := []string{strconv.FormatInt(c.stats.Count, 10), strconv.FormatFloat(100*c.stats.Percent, 'f', 1, 64),
			strconv.Itoa(len(c.stats.Hosts))}
		for _, cell := range c.cells()[:len(r.Counts)] {
			row = append(row, shorten(cell, maxTableCell))
		}
		if len(r.Counts) == 0 {
			row = append(row, "all")
		}
		t.Add(row...)
	}
	if err := t.Write(w, width); err != nil {
		return err
	}
	if len(r.Matches) > maxTableRows {
		_, err := fmt.Fprintf(w, "\nThe table ends here; --format jsonl prints all %d rows.\n", len(r.Matches))
		return err
	}
	return nil
}

// titlesOf returns headings for the fields of a count.
func titlesOf(fields []string) []string {
	if len(fields) == 0 {
		return []string{"Of"}
	}
	return fields
}

// decode reads the document of an event.
func decode(e Event) (doc map[string]any, err error) {
	source, err := e.Document()
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(source))
	dec.UseNumber()
	return doc, dec.Decode(&doc)
}

// row returns the time, the id and the text of an event.
func (r *Results) row(e Event) ([]string, error) {
	if e == nil {
		return []string{"", "", "(missing, as asked)"}, nil
	}
	when, text := "", ""
	if s, ok := e.(Shown); ok {
		when, text = s.When(), s.Sentence()
	}
	if text == "" {
		var err error
		if text, err = r.describe(e); err != nil {
			return nil, err
		}
	}
	return []string{when, mark.Printable(e.DocumentID()), shorten(text, maxTableCell)}, nil
}

// describe returns what the table says about a document.
func (r *Results) describe(e Event) (string, error) {
	source, err := e.Document()
	if err != nil {
		return "", err
	}
	if len(r.Fields) == 0 {
		return string(source), nil
	}
	doc, err := decode(e)
	if err != nil {
		return "", err
	}
	var parts []string
	for _, f := range r.Fields {
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

// shorten makes a cell: one printable line of at most n columns.
func shorten(s string, n int) string {
	if len(s) > 8*n {
		s = strings.ToValidUTF8(s[:8*n], "")
	}
	return table.Cut(mark.Printable(s), n)
}
