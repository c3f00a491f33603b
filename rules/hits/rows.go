package hits

import (
	"encoding/json"
	"strconv"
	"strings"

	"hunt/rules/sequence"
)

// Columns returns the names of the columns of Rows: the number of the match, its keys and the stage
// for matches of several events, then time and id, then the fields. The rows of a count have the
// members of the count.
func (r *Results) Columns(fields []string) []string {
	if r.Counts != nil {
		return append(append([]string(nil), r.Counts...), "count", "percent", "total_hosts", "hosts")
	}
	head := []string{"time", "id"}
	if r.Form != sequence.EventQuery {
		head = []string{"match", "keys", "stage", "time", "id"}
	}
	return append(head, fields...)
}

// Rows calls each for each event, with a text for each of Columns; several values of a field are
// joined by "; ". A missing event has no time, id and fields.
func (r *Results) Rows(fields []string, each func(cells []string) error) error {
	for i, m := range r.Matches {
		for stage, e := range m.Events {
			var cells []string
			var err error
			switch c, ok := e.(count); {
			case ok:
				cells = c.cells()
			default:
				cells, err = r.cells(e, fields)
			}
			if err != nil {
				return err
			}
			if r.Counts == nil && r.Form != sequence.EventQuery {
				cells = append([]string{strconv.Itoa(i + 1), KeyText(m.Keys), strconv.Itoa(stage + 1)}, cells...)
			}
			if err := each(cells); err != nil {
				return err
			}
		}
	}
	return nil
}

// cells returns the time, the id and the fields of an event.
func (r *Results) cells(e Event, fields []string) ([]string, error) {
	cells := make([]string, 2, 2+len(fields))
	if e == nil {
		return cells[:cap(cells)], nil
	}
	cells[1] = e.DocumentID()
	if s, ok := e.(Shown); ok {
		cells[0] = s.When()
	}
	if len(fields) == 0 {
		return cells, nil
	}
	doc, err := decode(e)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		v, _ := lookUp(doc, f)
		cells = append(cells, plain(v))
	}
	return cells, nil
}

// plain returns a value of a document as text.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case []any:
		texts := make([]string, len(v))
		for i, x := range v {
			texts[i] = plain(x)
		}
		return strings.Join(texts, "; ")
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

// cells returns the key of a count, and its numbers.
func (c count) cells() []string {
	var out []string
	for _, vs := range c.stats.Key {
		texts := make([]string, len(vs))
		for i, v := range vs {
			texts[i] = v.Text()
		}
		out = append(out, strings.Join(texts, "; "))
	}
	return append(out, strconv.FormatInt(c.stats.Count, 10), strconv.FormatFloat(c.stats.Percent, 'g', -1, 64),
		strconv.Itoa(len(c.stats.Hosts)), strings.Join(c.stats.Hosts, "; "))
}
