package pack

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"hunt/rules/reason"
)

// elasticThreshold is the table `threshold` of a rule.
type elasticThreshold struct {
	Field       any   `toml:"field"` // one name or a list of names
	Value       int64 `toml:"value"`
	Cardinality []struct {
		Field string `toml:"field"`
		Value int64  `toml:"value"`
	} `toml:"cardinality"`
}

// elasticNewTerms is the table `new_terms` of a rule as detection-rules write it. Each value names the
// key of Kibana's rule that it stands for.
type elasticNewTerms struct {
	Field   string   `toml:"field"`
	Value   []string `toml:"value"`
	History []struct {
		Field string `toml:"field"`
		Value string `toml:"value"`
	} `toml:"history_window_start"`
}

// elasticTopTerms are the keys of new terms as Kibana exports them, in the rule itself.
type elasticTopTerms struct {
	NewTermsFields []string `toml:"new_terms_fields"`
	HistoryStart   string   `toml:"history_window_start"`
}

// Bounds on what is counted by. Kibana has the same for new terms, and 5 for groups.
const (
	maxTermFields      = 3
	maxThresholdFields = 5
)

// counting is what a threshold or new_terms rule counts.
type counting struct {
	terms       bool // new terms, otherwise a threshold
	fields      []string
	span        time.Duration
	least       int64 // events of a group
	cardinality []cardinality
}

// cardinality asks for a number of distinct values of a field.
type cardinality struct {
	field string
	least int64
}

// String describes what is counted, for people.
func (x *counting) String() string {
	by := strings.Join(x.fields, ", ")
	if x.terms {
		return fmt.Sprintf("the first event with its %s, if no other had the same in the %s before", by,
			reason.Span(x.span))
	}
	events := "events"
	if x.least == 1 {
		events = "event"
	}
	text := fmt.Sprintf("%d or more %s within %s", x.least, events, reason.Span(x.span))
	if by != "" {
		text += " with the same " + by
	}
	for i, x := range x.cardinality {
		if i == 0 {
			text += ", with "
		} else {
			text += " and "
		}
		text += fmt.Sprintf("%d or more distinct values of %s", x.least, x.field)
	}
	return text
}

// counting reads what the rule counts: nil for a rule of another type.
func (f *elasticFile) counting(d *document) (*counting, Errors) {
	e := &f.Rule
	var es Errors
	for _, x := range []struct{ key, typ string }{
		{"threshold", typeThreshold}, {"new_terms", typeNewTerms},
		{"new_terms_fields", typeNewTerms}, {"history_window_start", typeNewTerms},
	} {
		if e.Type != x.typ && e.Type != "" && slices.Contains(d.ruleKeys(), x.key) {
			es = append(es, d.errorIn("rule."+x.key, "%s belongs to rules of type %q, and this rule is of type %q",
				x.key, x.typ, e.Type))
		}
	}
	switch e.Type {
	case typeThreshold:
		c, ces := f.threshold(d)
		return c, append(es, ces...)
	case typeNewTerms:
		c, ces := f.newTerms(d)
		return c, append(es, ces...)
	}
	return nil, es
}

// defaultFrom is how far each run of a rule looks back if the rule does not say.
const defaultFrom = "now-6m"

func (f *elasticFile) threshold(d *document) (*counting, Errors) {
	t, es := &f.Rule.Threshold, Errors{}
	if !slices.Contains(d.ruleKeys(), "threshold") {
		return nil, Errors{missingKey(d, "rule.threshold", `threshold = { field = ["host.id"], value = 10 }`)}
	}
	c := &counting{least: t.Value}
	switch v := t.Field.(type) {
	case nil:
	case string:
		c.fields = append(c.fields, v)
	case []any:
		for i, x := range v {
			name, ok := x.(string)
			if !ok {
				es = append(es, d.errorIn(indexed("rule.threshold.field", i), "a field must be a string"))
			}
			c.fields = append(c.fields, name)
		}
	default:
		es = append(es, d.errorIn("rule.threshold.field", "field must be a string or a list of strings"))
	}
	c.fields = slices.DeleteFunc(c.fields, func(s string) bool { return s == "" }) // of old rules: no group
	es = append(es, checkFields(d, "rule.threshold.field", c.fields, maxThresholdFields)...)
	if t.Value < 1 {
		es = append(es, d.errorIn("rule.threshold.value", "a threshold's value must be 1 or more"))
	}
	for i, x := range t.Cardinality {
		at := indexed("rule.threshold.cardinality", i)
		switch {
		case x.Field == "":
			es = append(es, missingKey(d, at+".field", `field = "user.name"`))
		case x.Value < 0:
			es = append(es, d.errorIn(at+".value", "the number of distinct values must not be negative"))
		case slices.Contains(c.fields, x.Field):
			es = append(es, d.errorIn(at+".field", "events are grouped by %s, so that a group has one value of it",
				x.Field))
		}
		if x.Value > 0 {
			c.cardinality = append(c.cardinality, cardinality{x.Field, x.Value})
		}
	}
	from := f.Rule.From
	if from == "" {
		from = defaultFrom
	}
	span, err := beforeNow(d, "rule.from", from)
	if err != nil {
		es = append(es, err)
	}
	c.span = span
	return c, es
}

func (f *elasticFile) newTerms(d *document) (*counting, Errors) {
	t, es := &f.Rule.NewTerms, Errors{}
	fields, fieldsAt := t.Value, "rule.new_terms.value"
	if len(f.Rule.NewTermsFields) > 0 {
		fields, fieldsAt = f.Rule.NewTermsFields, "rule.new_terms_fields"
	}
	if t.Field != "" && t.Field != "new_terms_fields" {
		es = append(es, d.errorIn("rule.new_terms.field",
			`field must be "new_terms_fields"; value has the names of the fields`))
	}
	if len(fields) == 0 {
		es = append(es, missingKey(d, fieldsAt, `value = ["host.id"]`))
	}
	es = append(es, checkFields(d, fieldsAt, fields, maxTermFields)...)
	start, startAt := "", "rule.new_terms.history_window_start"
	switch {
	case len(t.History) > 0:
		start, startAt = t.History[0].Value, startAt+"[0].value"
	case f.Rule.HistoryStart != "":
		start, startAt = f.Rule.HistoryStart, "rule.history_window_start"
	}
	switch {
	case len(t.History) > 1:
		es = append(es, d.errorIn("rule.new_terms.history_window_start[1]", "more than one history window"))
	case len(t.History) == 1 && t.History[0].Field != "" && t.History[0].Field != "history_window_start":
		es = append(es, d.errorIn("rule.new_terms.history_window_start[0].field",
			`field must be "history_window_start"; value has the start`))
	}
	c := &counting{terms: true, fields: fields}
	if start == "" {
		return c, append(es, missingKey(d, startAt, `value = "now-14d"`))
	}
	span, err := beforeNow(d, startAt, start)
	if err != nil {
		es = append(es, err)
	}
	c.span = span
	return c, es
}

// checkFields checks the names that events are grouped by.
func checkFields(d *document, path string, fields []string, most int) (es Errors) {
	for i, name := range fields {
		switch {
		case name == "":
			es = append(es, d.errorIn(indexed(path, i), "a field without a name"))
		case strings.Contains(name, "*"):
			es = append(es, d.errorIn(indexed(path, i), "%q: name one field, without a wildcard", name))
		case slices.Contains(fields[:i], name):
			es = append(es, d.errorIn(indexed(path, i), "%s is named twice", name))
		}
	}
	if len(fields) > most {
		es = append(es, d.errorIn(indexed(path, most), "%d fields: a rule takes at most %d", len(fields), most))
	}
	return es
}

// maxSpan bounds a window: longer ones do not fit a time.Duration, and no log covers them.
const maxSpan = 100 * 365 * 24 * time.Hour

// beforeNow reads a time in the past in Elasticsearch's date arithmetic, now-9m or now-1d-12h, and
// returns how long ago it is.
func beforeNow(d *document, path, text string) (time.Duration, *Error) {
	rest, ok := strings.CutPrefix(text, "now")
	var span time.Duration
	for ok && rest != "" {
		sign := rest[0]
		n := 1
		for n < len(rest) && '0' <= rest[n] && rest[n] <= '9' {
			n++
		}
		if sign != '-' && sign != '+' || n == 1 || n == len(rest) {
			ok = false
			break
		}
		if unit := rest[n]; strings.IndexByte("Mwy", unit) >= 0 && unit != 'w' {
			e := d.errorIn(path, "%q: months and years differ in length, and hunt measures days", text)
			e.Hint, e.Unsupported = "write the number of days, such as now-30d", true
			return 0, e
		}
		size, known := map[byte]time.Duration{
			's': time.Second, 'm': time.Minute, 'h': time.Hour, 'H': time.Hour, 'd': 24 * time.Hour,
			'w': 7 * 24 * time.Hour,
		}[rest[n]]
		count, err := strconv.ParseInt(rest[1:n], 10, 64)
		if !known || err != nil || count > int64(maxSpan/size) {
			ok = false
			break
		}
		step := time.Duration(count) * size
		if sign == '+' {
			step = -step
		}
		span += step
		rest = rest[n+1:]
	}
	if !ok || span <= 0 || span > maxSpan {
		e := d.errorIn(path, "%q is not a time before now", text)
		e.Hint = "write now-, a number and s, m, h, d or w, such as now-9m"
		return 0, e
	}
	return span, nil
}
