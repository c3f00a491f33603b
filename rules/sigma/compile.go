package sigma

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"hunt/rules/predicate"
	"hunt/rules/sigma/logsource"
	"hunt/rules/sigma/syntax"
)

// FirstField is the predicate.FieldID of the first field of a logsource.Fields. Lower numbers
// belong to other schemas.
const FirstField predicate.FieldID = 1 << 24

// FieldID returns the number of a field among those of all languages.
func FieldID(f logsource.Field) predicate.FieldID { return FirstField + predicate.FieldID(f) }

// slot is a field of the event under evaluation.
func slot(f logsource.Field) predicate.Slot { return predicate.Field(FieldID(f)) }

// Compile returns what the rule asks about the class of an event, and about the event. fs must be
// the Fields with which the rule was bound.
func (r *Rule) Compile(fs *logsource.Fields) predicate.Stage {
	c := compiler{rule: r, fields: fs, selections: map[*syntax.Selection]*predicate.Condition{}}
	docs := append([]*syntax.Document{r.Doc}, r.filters...)
	sources := []*predicate.Condition{c.sources(false)}
	conditions := []*predicate.Condition{}
	if r.answeredElsewhere() {
		conditions = append(conditions, c.sources(true))
	}
	for _, d := range docs {
		sources = append(sources, c.necessary(d.Detection.Condition))
		conditions = append(conditions, c.condition(d.Detection.Condition))
	}
	return predicate.Stage{Source: predicate.And(sources...), Condition: predicate.And(conditions...)}
}

// answeredElsewhere reports whether a source asks for more than the class of an event decides.
func (r *Rule) answeredElsewhere() bool {
	for _, s := range r.Sources {
		if s.Where != nil {
			return true
		}
	}
	return false
}

// compiler makes conditions of a rule's syntax tree.
type compiler struct {
	rule       *Rule
	fields     *logsource.Fields
	selections map[*syntax.Selection]*predicate.Condition
}

// sources returns the condition of the log source: any of its kinds of events and, if where is
// set, what they must say.
func (c *compiler) sources(where bool) *predicate.Condition {
	if len(c.rule.Sources) == 0 {
		return predicate.Constant(c.rule.Answer == logsource.Answered)
	}
	var any []*predicate.Condition
	for i, s := range c.rule.Sources {
		var all []*predicate.Condition
		if len(s.Channels) > 0 {
			all = append(all, predicate.Leaf(slot(c.fields.Field(logsource.System, "Channel")),
				predicate.In(true, s.Channels)))
		}
		if len(s.EventIDs) > 0 {
			ids := make([]uint64, len(s.EventIDs))
			for i, id := range s.EventIDs {
				ids[i] = uint64(id)
			}
			all = append(all, predicate.Leaf(slot(c.fields.Field(logsource.System, "EventID")),
				predicate.Integers(ids...)))
		}
		if where && s.Where != nil {
			all = append(all, predicate.Leaf(slot(c.rule.where[i]), predicate.In(true, s.Where.Values)))
		}
		any = append(any, predicate.And(all...))
	}
	return predicate.Or(any...)
}

// necessary returns what a condition asks of the class of an event: it is true whenever the
// condition can be.
func (c *compiler) necessary(x *syntax.Condition) *predicate.Condition {
	switch x.Op {
	case syntax.Named:
		var any []*predicate.Condition
		for _, g := range x.Selection.Groups {
			var all []*predicate.Condition
			for _, item := range g {
				if c.fields.OfClass(c.rule.fields[item]) {
					all = append(all, c.item(item))
				}
			}
			any = append(any, predicate.And(all...))
		}
		return predicate.Or(any...)
	case syntax.Not:
		return predicate.Constant(true)
	}
	kids := make([]*predicate.Condition, len(x.Kids))
	for i, k := range x.Kids {
		kids[i] = c.necessary(k)
	}
	if x.Op == syntax.And {
		return predicate.And(kids...)
	}
	return predicate.Or(kids...)
}

func (c *compiler) condition(x *syntax.Condition) *predicate.Condition {
	if x.Op == syntax.Named {
		return c.selection(x.Selection)
	}
	kids := make([]*predicate.Condition, len(x.Kids))
	for i, k := range x.Kids {
		kids[i] = c.condition(k)
	}
	switch x.Op {
	case syntax.Not:
		return predicate.Not(kids[0])
	case syntax.And:
		return predicate.And(kids...)
	case syntax.Or:
		return predicate.Or(kids...)
	}
	return atLeast(x.Count, kids)
}

// atLeast is true if at least n of the conditions are.
func atLeast(n int, xs []*predicate.Condition) *predicate.Condition {
	row := make([]*predicate.Condition, n+1) // of the conditions so far, that as many hold
	row[0] = predicate.Constant(true)
	for i := 1; i <= n; i++ {
		row[i] = predicate.Constant(false)
	}
	for _, x := range xs {
		for i := n; i > 0; i-- {
			row[i] = predicate.Or(row[i], predicate.And(x, row[i-1]))
		}
	}
	return row[n]
}

func (c *compiler) selection(s *syntax.Selection) *predicate.Condition {
	if x := c.selections[s]; x != nil {
		return x
	}
	var any []*predicate.Condition
	for _, g := range s.Groups {
		var all []*predicate.Condition
		for _, item := range g {
			all = append(all, c.item(item))
		}
		any = append(any, predicate.And(all...))
	}
	x := predicate.Or(any...)
	c.selections[s] = x
	return x
}

func (c *compiler) item(item *syntax.Item) *predicate.Condition {
	f := slot(c.rule.fields[item])
	if item.Field == "" && allWordy(item) {
		f = slot(logsource.KeywordTexts)
	}
	var kids []*predicate.Condition
	if item.All {
		for _, v := range item.Values {
			kids = append(kids, predicate.Or(c.values(f, item, []*syntax.Value{v})...))
		}
		kids = []*predicate.Condition{predicate.And(kids...)}
	} else {
		kids = c.values(f, item, item.Values)
	}
	x := predicate.Or(kids...)
	if item.Not {
		x = predicate.Not(x)
	}
	return x
}

// allWordy reports whether all values of an item of keywords are texts that only texts of an event
// can contain.
func allWordy(item *syntax.Item) bool {
	for _, v := range item.Values {
		p := v.Parts
		if v.Kind != syntax.Text || item.Cased || len(p) != 3 || p[0].Kind != syntax.AnyRun ||
			p[2].Kind != syntax.AnyRun ||
			p[1].Kind != syntax.Literal || !logsource.Wordy(predicate.Fold(p[1].Text)) {
			return false
		}
	}
	return true
}

// values returns conditions, one of which is true if any of the values fits.
func (c *compiler) values(f predicate.Slot, item *syntax.Item, values []*syntax.Value) []*predicate.Condition {
	var out []*predicate.Condition
	var texts []string
	var numbers []uint64
	var patterns []*predicate.Pattern
	var networks []netip.Prefix
	fold := !item.Cased
	for _, v := range values {
		switch v.Kind {
		case syntax.Text:
			if text, ok := v.Literal(); ok {
				texts = append(texts, text)
			} else if len(v.Parts) == 1 && v.Parts[0].Kind == syntax.AnyRun {
				out = append(out, predicate.Exists(f))
			} else if list, ok := expandDashes(v.Parts, fold); ok {
				patterns = append(patterns, list...)
			} else {
				out = append(out, predicate.Leaf(f, predicate.Regex(predicate.ExprOf(dashExpression(v.Parts, fold)))))
			}
		case syntax.Integer:
			if v.Number.Negative {
				texts = append(texts, v.Number.String())
			} else {
				numbers = append(numbers, v.Number.Abs)
			}
			texts = append(texts, v.Source)
		case syntax.Null:
			out = append(out, predicate.Not(predicate.Exists(f)))
			texts = append(texts, "")
		case syntax.Regex:
			out = append(out, predicate.Leaf(f, predicate.Regex(predicate.ExprOf(v.Expr))))
		case syntax.CIDR:
			networks = append(networks, v.Prefix)
		case syntax.FieldRef:
			out = append(out, predicate.FieldsMatch(f, slot(c.rule.others[v]), hows[v.Match], fold))
		case syntax.Exists:
			out = append(out, exists(f, v.Bool))
		default:
			key := fmt.Sprintf("sigma %d %d %d %s %s", v.Kind, v.Op, v.Unit, v.Number, f.Key())
			out = append(out, predicate.Computed(fitExpression{v}, []predicate.Slot{f}, key, false))
		}
	}
	if len(texts) > 0 {
		out = append(out, predicate.Leaf(f, predicate.In(fold, texts)))
	}
	if len(numbers) > 0 {
		out = append(out, predicate.Leaf(f, predicate.Integers(numbers...)))
	}
	if len(patterns) > 0 {
		out = append(out, predicate.Leaf(f, predicate.Matches(fold, patterns...)))
	}
	if len(networks) > 0 {
		out = append(out, predicate.Leaf(f, predicate.CIDRZone(networks)))
	}
	return out
}

// exists is true if the field has a value or, unless yes is set, if it has none.
func exists(f predicate.Slot, yes bool) *predicate.Condition {
	if yes {
		return predicate.Exists(f)
	}
	return predicate.Not(predicate.Exists(f))
}

var hows = map[syntax.Match]predicate.How{
	syntax.Whole: predicate.HowEqual, syntax.Contains: predicate.HowContains,
	syntax.StartsWith: predicate.HowStarts, syntax.EndsWith: predicate.HowEnds,
}

// fitExpression is a comparison of a value as a number or a time.
type fitExpression struct{ value *syntax.Value }

// Eval implements predicate.Expression.
func (x fitExpression) Eval(f *predicate.Frame) predicate.Value {
	v := f.Value(0)
	if v.Kind != predicate.String {
		return predicate.Value{}
	}
	return predicate.BoolValue(fits(v.Str, x.value))
}

// maxDashPatterns bounds the patterns for the dashes of one text.
const maxDashPatterns = 625

// expandDashes writes a text out with each of its dashes; it returns false if there are too many.
func expandDashes(parts []syntax.Part, fold bool) ([]*predicate.Pattern, bool) {
	lists := [][]predicate.Part{nil}
	for _, p := range parts {
		var next []predicate.Part
		switch p.Kind {
		case syntax.Literal:
			next = []predicate.Part{{Kind: predicate.PartText, Text: p.Text}}
		case syntax.AnyRun:
			next = []predicate.Part{{Kind: predicate.PartAny}}
		case syntax.AnyChar:
			next = []predicate.Part{{Kind: predicate.PartOne}}
		case syntax.AnyDash:
			for _, dash := range syntax.Dashes {
				next = append(next, predicate.Part{Kind: predicate.PartText, Text: string(dash)})
			}
		}
		if len(lists)*len(next) > maxDashPatterns {
			return nil, false
		}
		if len(next) == 1 {
			for i := range lists {
				lists[i] = append(lists[i], next[0]) // no two lists share their parts
			}
			continue
		}
		var longer [][]predicate.Part
		for _, l := range lists {
			for _, n := range next {
				longer = append(longer, append(l[:len(l):len(l)], n))
			}
		}
		lists = longer
	}
	out := make([]*predicate.Pattern, len(lists))
	for i, l := range lists {
		out[i] = predicate.NewPattern(fold, l...)
	}
	return out, true
}

// dashExpression returns a text with many dashes as a regular expression.
func dashExpression(parts []syntax.Part, fold bool) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`(?s`)
	if fold {
		b.WriteString(`i`)
	}
	b.WriteString(`)\A`)
	for _, p := range parts {
		switch p.Kind {
		case syntax.Literal:
			b.WriteString(regexp.QuoteMeta(p.Text))
		case syntax.AnyRun:
			b.WriteString(`.*`)
		case syntax.AnyChar:
			b.WriteString(`.`)
		case syntax.AnyDash:
			b.WriteString(`[-/–—―]`)
		}
	}
	return regexp.MustCompile(b.String() + `\z`)
}
