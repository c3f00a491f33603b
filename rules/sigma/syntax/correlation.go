package syntax

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"hunt/config"
	"hunt/spelling"
)

// CorrelationType is what a correlation does with the events of its rules.
type CorrelationType uint8

// The types that hunt runs.
const (
	EventCount CorrelationType = iota + 1
	ValueCount
	ValueSum
	ValueAvg
	Temporal
	TemporalOrdered
)

var correlationTypes = map[string]CorrelationType{
	"event_count": EventCount, "value_count": ValueCount, "value_sum": ValueSum, "value_avg": ValueAvg,
	"temporal": Temporal, "temporal_ordered": TemporalOrdered,
}

// typeNames are the types of the specification, those that hunt does not run last.
var typeNames = []string{
	"event_count", "value_count", "value_sum", "value_avg", "temporal", "temporal_ordered", "value_percentile",
	"value_median",
}

// Correlation is the content of a correlation, or the aggregation of an older rule.
type Correlation struct {
	Pos
	Type     CorrelationType
	Rules    []string // ids, names or titles, without duplicates; none: the rule's own detection
	GroupBy  []string
	Timespan time.Duration                // the largest possible if none is given
	Aliases  map[string]map[string]string // alias -> rule -> field
	Fields   []string                     // of value_count, value_sum, value_avg
	Bounds   []CountBound
	Meets    *RuleCondition // for temporal types; nil: all rules, or as many as Bounds say
}

// Temporal reports whether the type is about which rules match, not how often.
func (c *Correlation) Temporal() bool { return c.Type == Temporal || c.Type == TemporalOrdered }

// CountBound compares what was counted with a number.
type CountBound struct {
	Pos
	Op     string // lt, lte, gt, gte, eq, neq
	Number string // decimal, perhaps with a sign and a fraction
}

// RuleCondition is a node of a condition over rules: Named, Not, And or Or.
type RuleCondition struct {
	Op
	Pos
	Rule string
	Kids []*RuleCondition
}

// correlation reads a correlation.
func (p *parser) correlation(root *config.YAMLNode) {
	p.doc.Kind = CorrelationDocument
	n := root.Get("correlation")
	if n.Kind != config.YAMLMap {
		p.mistake(at(n), "write correlation: with type, rules and timespan below it", "correlation must be a map")
		return
	}
	if p.doc.Title == "" && (root.Get("title") == nil || root.Get("title").Kind == config.YAMLScalar) {
		p.mistake(p.doc.Pos, "add title: what the correlation detects", "the correlation has no title")
	}
	c := &Correlation{Pos: at(n), Rules: p.texts(n, "rules"), GroupBy: p.texts(n, "group-by"), Timespan: p.timespan(n)}
	p.doc.Correlation = c
	for _, holder := range []*config.YAMLNode{root, n} {
		if v := holder.Get("generate"); v != nil {
			switch strings.ToLower(v.Text) {
			case "true":
				p.doc.Generate = true
			case "false":
			default:
				p.mistake(at(v), "write generate: true or generate: false", "%q is neither true nor false", v.Text)
			}
		}
	}
	p.correlationType(n, c)
	p.correlationCondition(n, c)
	c.Rules = unique(c.Rules)
	p.doc.Rules, p.doc.RuleAt = c.Rules, places(n, "rules")
	if len(c.Rules) == 0 && len(p.doc.Mistakes) == 0 {
		p.mistake(at(n), "add rules: with ids or names of rules", "the correlation names no rules")
	}
	p.aliases(n, c)
	p.unknownKeys(n, "a correlation",
		[]string{"type", "rules", "group-by", "timespan", "timeframe", "condition", "aliases", "generate"})
}

// unknownKeys warns of the keys of a map that have no meaning there.
func (p *parser) unknownKeys(n *config.YAMLNode, of string, known []string) {
	for _, e := range n.Entries {
		if slices.Contains(known, e.Key.Text) {
			continue
		}
		hint := "its keys are " + strings.Join(known, ", ")
		if near := nearest(e.Key.Text, known); near != "" {
			hint = "did you mean " + near + "?"
		}
		p.warn(at(e.Key), hint, "hunt does not know the key %s of %s", shorten(e.Key.Text), of)
	}
}

func unique(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func (p *parser) correlationType(n *config.YAMLNode, c *Correlation) {
	name := p.text(n, "type")
	where := at(n)
	if v := n.Get("type"); v != nil {
		where = at(v)
	}
	name = strings.ToLower(name)
	c.Type = correlationTypes[name]
	switch {
	case c.Type != 0:
	case name == "value_percentile" || name == "value_median":
		p.unsupportedRule(where, ReasonCorrelation, "count with event_count, value_count, value_sum or value_avg",
			"hunt does not run correlations of the type %s", name)
	case name == "":
		p.mistake(where, "add type: event_count, value_count, temporal or temporal_ordered",
			"the correlation has no type")
	default:
		hint := "types are " + strings.Join(typeNames[:6], ", ")
		if near := spelling.Nearest(name, typeNames, 4); near != "" {
			hint = "did you mean " + near + "?"
		}
		p.mistake(where, hint, "unknown type of correlation %q", shorten(name))
	}
}

// spanUnits are the units of a timespan. A month is a twelfth of a year, and a year that of the
// Gregorian calendar.
var spanUnits = map[byte]time.Duration{
	's': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour,
	'M': 2_629_746 * time.Second, 'y': 31_556_952 * time.Second,
}

// timespan reads the timespan of a correlation.
func (p *parser) timespan(n *config.YAMLNode) time.Duration {
	v := n.Get("timespan")
	if v == nil {
		v = n.Get("timeframe")
	}
	if v == nil {
		p.mistake(at(n), "add timespan: 5m", "the correlation has no timespan")
		return 0
	}
	return p.span(v)
}

// span reads a number and a unit.
func (p *parser) span(v *config.YAMLNode) time.Duration {
	text := strings.TrimSpace(v.Text)
	const hint = "write a whole number and a unit: s, m (minutes), h, d, w, M (months) or y, such as 5m"
	if text == "" || v.Kind != config.YAMLScalar {
		p.mistake(at(v), hint, "the timespan must be a text")
		return 0
	}
	digits, unit := text[:len(text)-1], spanUnits[text[len(text)-1]]
	if unit == 0 || digits == "" || strings.Trim(digits, "0123456789") != "" {
		p.mistake(at(v), hint, "%q is not a timespan", shorten(text))
		return 0
	}
	k, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || k > math.MaxInt64/int64(unit) {
		return math.MaxInt64 // longer than any log
	}
	return time.Duration(k) * unit
}

// boundOps are the comparisons of a condition.
var boundOps = []string{"lt", "lte", "gt", "gte", "eq", "neq"}

// correlationCondition reads the condition: comparisons or, for temporal types, a text over
// rules.
func (p *parser) correlationCondition(n *config.YAMLNode, c *Correlation) {
	v := n.Get("condition")
	temporal := c.Temporal()
	switch {
	case p.doc.Skip != nil: // another type has other keys
	case v == nil || v.Null:
		if c.Type != 0 && !temporal {
			p.mistake(at(n), "add condition: with gte: 5", "the correlation has no condition")
		}
	case v.Kind == config.YAMLMap:
		p.bounds(v, c)
	case v.Kind == config.YAMLScalar && temporal:
		p.meets(v, c)
	case c.Type == 0:
	case temporal:
		p.mistake(at(v), "write condition: with gte: 2, or condition: rule_a and rule_b",
			"a condition must be a map or a text")
	default:
		p.mistake(at(v), "write condition: with gte: 5", "the condition must be a map of comparisons")
	}
}

// bounds reads comparisons.
func (p *parser) bounds(v *config.YAMLNode, c *Correlation) {
	for _, e := range v.Entries {
		key := e.Key.Text
		switch {
		case key == "field":
			c.Fields = p.texts(v, "field")
		case slices.Contains(boundOps, key):
			if number, ok := boundNumber(e.Value); ok {
				c.Bounds = append(c.Bounds, CountBound{at(e.Value), key, number})
			} else {
				p.mistake(at(e.Value), "write "+key+": 5", "%s needs a number", key)
			}
		default:
			hint := "comparisons are " + strings.Join(boundOps, ", ")
			p.mistake(at(e.Key), hint, "unknown comparison %s", shorten(key))
		}
	}
	if len(c.Bounds) == 0 && c.Type != 0 && !c.Temporal() && len(p.doc.Mistakes) == 0 {
		p.mistake(at(v), "add gte: 5", "the condition compares with nothing")
	}
	switch c.Type {
	case ValueCount, ValueSum, ValueAvg:
		if len(c.Fields) == 0 {
			p.mistake(at(v), "add field: with the name of the field to the condition", "the condition names no field")
		} else if c.Type != ValueCount && len(c.Fields) > 1 {
			p.mistake(at(v.Get("field")), "name one field", "the condition names %d fields", len(c.Fields))
		}
	case 0:
	default:
		if len(c.Fields) > 0 {
			p.warn(at(v.Get("field")), "to count values, write type: value_count",
				"the condition of this type takes no field")
			c.Fields = nil
		}
	}
}

// boundNumber returns the number of a comparison, as decimal text.
func boundNumber(v *config.YAMLNode) (string, bool) {
	text := strings.TrimSpace(v.Text)
	if v.Kind != config.YAMLScalar || text == "" {
		return "", false
	}
	if n, ok := ParseNumber(text); ok {
		return n.String(), n.Abs <= math.MaxInt64
	}
	whole, fraction, point := strings.Cut(strings.TrimLeft(text, "+-"), ".")
	digits := whole + fraction
	return text, point && whole != "" && fraction != "" && len(digits) <= 18 && strings.Trim(digits, "0123456789") == ""
}

// aliases reads which fields of which rules an alias stands for.
func (p *parser) aliases(n *config.YAMLNode, c *Correlation) {
	v := n.Get("aliases")
	if v == nil || v.Null {
		return
	}
	if v.Kind != config.YAMLMap {
		p.mistake(at(v), "write aliases: with alias: and below it rule: field", "aliases must be a map")
		return
	}
	c.Aliases = map[string]map[string]string{}
	for _, e := range v.Entries {
		name := e.Key.Text
		if e.Value.Kind != config.YAMLMap {
			p.mistake(at(e.Value), "write "+name+": and below it rule: field",
				"the alias %s must be a map of rules and fields", shorten(name))
			continue
		}
		c.Aliases[name] = map[string]string{}
		for _, r := range e.Value.Entries {
			if r.Value.Kind != config.YAMLScalar || r.Value.Text == "" {
				p.mistake(at(r.Value), "write "+r.Key.Text+": field", "the field of a rule must be a text")
				continue
			}
			c.Aliases[name][r.Key.Text] = r.Value.Text
		}
		if !slices.Contains(c.GroupBy, name) && !slices.Contains(c.Fields, name) {
			p.warn(at(e.Key), "add it to group-by", "nothing uses the alias %s", shorten(name))
		}
	}
}

// meets reads a condition over rules.
func (p *parser) meets(v *config.YAMLNode, c *Correlation) {
	if len(v.Text) > maxConditionLen {
		p.mistake(at(v), "", "the condition is longer than %d KiB", maxConditionLen>>10)
		return
	}
	r := &ruleConditionParser{conditionParser{p: p, node: v, text: v.Text}}
	r.advance()
	x := r.or(0)
	switch {
	case x == nil:
		return
	case r.word != "":
		r.mistake("join rules with and, or, not", "unexpected %q in the condition", shorten(r.word))
		return
	}
	c.Meets = x
	x.each(func(rule string) { c.Rules = append(c.Rules, rule) })
}

func (x *RuleCondition) each(f func(string)) {
	if x.Op == Named {
		f(x.Rule)
	}
	for _, k := range x.Kids {
		k.each(f)
	}
}

// ruleConditionParser reads conditions over rules: or, and, not, a name.
type ruleConditionParser struct{ conditionParser }

func (r *ruleConditionParser) or(depth int) *RuleCondition {
	return r.joined(depth, Or, "or", r.and)
}

func (r *ruleConditionParser) and(depth int) *RuleCondition {
	return r.joined(depth, And, "and", r.not)
}

func (r *ruleConditionParser) joined(depth int, op Op, word string, operand func(int) *RuleCondition) *RuleCondition {
	start := r.from
	x := operand(depth)
	if x == nil || !r.is(word) {
		return x
	}
	out := &RuleCondition{Op: op, Pos: r.place(start), Kids: []*RuleCondition{x}}
	for r.is(word) {
		r.advance()
		y := operand(depth)
		if y == nil {
			return nil
		}
		out.Kids = append(out.Kids, y)
	}
	return out
}

func (r *ruleConditionParser) not(depth int) *RuleCondition {
	pos := r.place(r.from)
	switch {
	case depth > maxDepth:
		r.mistake("remove parentheses that join nothing", "the condition nests more than %d levels deep", maxDepth)
		return nil
	case r.is("not"):
		r.advance()
		if x := r.not(depth + 1); x != nil {
			return &RuleCondition{Op: Not, Pos: pos, Kids: []*RuleCondition{x}}
		}
		return nil
	case r.word == "(":
		r.advance()
		x := r.or(depth + 1)
		if x == nil {
			return nil
		}
		if r.word != ")" {
			r.mistake("add )", "a ) is missing in the condition")
			return nil
		}
		r.advance()
		return x
	case r.word == "" || r.word == ")" || r.word == "|" || r.is("and") || r.is("or"):
		r.mistake("write the name of a rule", "a rule is missing in the condition%s", before(r.word))
		return nil
	}
	x := &RuleCondition{Op: Named, Pos: pos, Rule: r.word}
	r.advance()
	return x
}
