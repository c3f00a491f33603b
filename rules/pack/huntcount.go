package pack

import (
	"errors"
	"time"

	"hunt/rules/eql"
	"hunt/rules/predicate"
	"hunt/rules/sequence"
)

// countFile is the table `count`: the rule finds groups of many events.
type countFile struct {
	By       []string `toml:"by"`
	Within   string   `toml:"within"`
	Events   int64    `toml:"events"` // 0 = 1
	Distinct []struct {
		Field   string `toml:"field"`
		AtLeast int64  `toml:"at_least"`
	} `toml:"distinct"`
}

// firstFile is the table `first`: the rule finds events whose group had none for a time.
type firstFile struct {
	By      []string `toml:"by"`
	History string   `toml:"history"`
}

// counted reads what a rule counts, if anything, and makes the rule count it.
func (f *huntFile) counted(d *document, r *Rule) (es Errors) {
	var c *counting
	switch {
	case f.Count != nil && f.First != nil:
		return Errors{d.errorIn("first", "a rule has count or first, not both")}
	case f.Count != nil:
		c, es = f.Count.counting(d)
	case f.First != nil:
		c, es = f.First.counting(d)
	default:
		return nil
	}
	if f.Partial {
		es = append(es, d.errorIn("partial", "a rule that counts has no partial chains"))
	}
	r.Counting = c.String()
	r.compile = func(s predicate.Schema) (Compiled, error) {
		p, err := eql.Compile(r.Query, s, eql.Options{File: r.doc.file, Line: r.QueryLine, Lists: Lists()})
		if err != nil {
			return nil, r.queryError(err)
		}
		if p.Program().Form() != sequence.EventQuery || p.Program().Piped() {
			return nil, r.queryError(errors.New("a rule that counts asks about single events, not about a sequence"))
		}
		return c.of(p, s, r)
	}
	return es
}

func (f *countFile) counting(d *document) (*counting, Errors) {
	c := &counting{fields: f.By, least: max(f.Events, 1)}
	es := checkFields(d, "count.by", f.By, maxThresholdFields)
	if f.Events < 0 || f.Events <= 1 && len(f.Distinct) == 0 {
		es = append(es, d.errorIn("count", "the rule must say how many events (events = 10) or how many different "+
			`values (distinct = [{ field = "user.name", at_least = 8 }])`))
	}
	for i, x := range f.Distinct {
		at := indexed("count.distinct", i)
		if x.Field == "" || x.AtLeast < 2 {
			es = append(es, d.errorIn(at, "a number of different values needs a field, and at_least of 2 or more"))
			continue
		}
		c.cardinality = append(c.cardinality, cardinality{x.Field, x.AtLeast})
	}
	span, err := countSpan(d, "count.within", f.Within)
	c.span = span
	return c, append(es, err...)
}

func (f *firstFile) counting(d *document) (*counting, Errors) {
	c := &counting{terms: true, fields: f.By}
	es := checkFields(d, "first.by", f.By, maxTermFields)
	if len(f.By) == 0 {
		es = append(es, missingKey(d, "first.by", `by = ["host.id"]`))
	}
	span, err := countSpan(d, "first.history", f.History)
	c.span = span
	return c, append(es, err...)
}

// countSpan reads a span such as 30m, 7d.
func countSpan(d *document, path, text string) (time.Duration, Errors) {
	span, err := beforeNow(d, path, "now-"+text)
	if text == "" || err != nil {
		e := d.errorIn(path, "%q is not a span of time", text)
		e.Hint = "write a number and s, m, h, d or w, such as 30m"
		return 0, Errors{e}
	}
	return span, nil
}
