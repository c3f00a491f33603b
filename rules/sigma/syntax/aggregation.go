package syntax

import (
	"math"
	"strings"
	"time"

	"hunt/config"
)

// aggregation reads what follows the | in an older rule's condition: count() by fields > n.
func (c *conditionParser) aggregation() *Correlation {
	at := c.place(c.from)
	what := strings.TrimSpace(c.text[c.from+1:])
	refuse := func() {
		c.p.unsupportedRule(at, ReasonAggregation, "write a correlation", "aggregation of an older Sigma: %s",
			shorten("| "+what))
	}
	function, rest, ok := strings.Cut(what, "(")
	if !ok || !strings.EqualFold(strings.TrimSpace(function), "count") {
		refuse()
		return nil
	}
	field, rest, ok := strings.Cut(rest, ")")
	if !ok {
		refuse()
		return nil
	}
	out := &Correlation{Pos: at, Type: EventCount, Timespan: math.MaxInt64}
	if field = strings.TrimSpace(field); field != "" {
		out.Type, out.Fields = ValueCount, []string{field}
	}
	at2 := strings.IndexAny(rest, "<>=!")
	if at2 < 0 {
		refuse()
		return nil
	}
	by, comparison := strings.TrimSpace(rest[:at2]), rest[at2:]
	if by != "" {
		word, fields, _ := strings.Cut(by, " ")
		if !strings.EqualFold(word, "by") || strings.TrimSpace(fields) == "" {
			refuse()
			return nil
		}
		for f := range strings.SplitSeq(fields, ",") {
			if f = strings.TrimSpace(f); f == "" || strings.ContainsAny(f, " \t|()") {
				refuse()
				return nil
			}
			out.GroupBy = append(out.GroupBy, f)
		}
	}
	op := strings.TrimRight(comparison[:len(comparison)-len(strings.TrimLeft(comparison, "<>=!"))], " ")
	name := map[string]string{"<": "lt", "<=": "lte", ">": "gt", ">=": "gte", "=": "eq", "==": "eq", "!=": "neq"}[op]
	number, ok := boundNumber(&config.YAMLNode{Kind: config.YAMLScalar, Text: comparison[len(op):]})
	if name == "" || !ok {
		refuse()
		return nil
	}
	out.Bounds = []CountBound{{at, name, number}}
	return out
}

// timeframe reads the time in which the aggregation of an older rule counts.
func (p *parser) timeframe(detection *config.YAMLNode) {
	a := p.doc.Correlation
	v := detection.Get("timeframe")
	switch {
	case a != nil && v != nil:
		a.Timespan = p.span(v)
	case a != nil:
		p.warn(a.Pos, "add timeframe: 5m to the detection",
			"the aggregation has no timeframe: hunt counts over the whole logs")
	}
}

// forever is the timespan of an aggregation that counts over the whole logs.
const forever = time.Duration(math.MaxInt64)

// Endless reports whether the correlation counts over the whole logs.
func (c *Correlation) Endless() bool { return c.Timespan == forever }
