package sigma

import (
	"fmt"
	"slices"
	"strings"

	"hunt/rules/predicate"
	"hunt/rules/sequence"
	"hunt/rules/sigma/logsource"
	"hunt/rules/sigma/syntax"
)

// Query is a compiled Sigma rule. It is read-only and safe for concurrent use.
type Query struct {
	rule     *Rule
	program  *sequence.Program
	warnings []string
	text     string
	system   [2]logsource.Field // channel and event id
}

// Query compiles the rule. text is its detection as the file has it, and line the line of the file in
// which it begins.
func (r *Rule) Query(fs *logsource.Fields, text string, line int) *Query {
	q := &Query{rule: r, text: text}
	stage := r.Compile(fs)
	q.program = sequence.NewProgram(sequence.Definition{Form: sequence.EventQuery, Terms: []sequence.Term{{
		Stage:  sequence.Stage{Text: func() string { return text }, Line: line},
		Source: stage.Source, Condition: stage.Condition,
	}}})
	q.system = [2]logsource.Field{fs.Field(logsource.System, "Channel"), fs.Field(logsource.System, "EventID")}
	for _, d := range append([]*syntax.Document{r.Doc}, r.filters...) {
		for _, w := range d.Warnings {
			q.warnings = append(q.warnings, w.Error())
		}
	}
	for _, w := range r.Doubts() {
		text := w.Error()
		if w.Hint != "" {
			text += "; " + w.Hint
		}
		q.warnings = append(q.warnings, text)
	}
	return q
}

// Program returns the compiled program.
func (q *Query) Program() *sequence.Program { return q.program }

// Warnings returns what is doubtful about the rule.
func (q *Query) Warnings() []string { return q.warnings }

// String returns the detection as the file has it.
func (q *Query) String() string { return q.text }

// Explain evaluates the rule on an event item by item.
func (q *Query) Explain(_ int, ev predicate.Event, _ func(int) predicate.Event) predicate.Explanation {
	e := explainer{walker{rule: q.rule, values: func(f logsource.Field) []string {
		var out []string
		for _, v := range ev.Values(FieldID(f), nil) {
			out = append(out, v.Text())
		}
		return out
	}}}
	all := predicate.Explanation{Text: q.rule.Doc.Title, Line: q.rule.Doc.Line, Joins: predicate.JoinsAnd}
	if len(q.rule.Sources) > 0 {
		all.Kids = append(all.Kids, e.source(q.system))
	}
	all.Kids = append(all.Kids, e.condition(q.rule.Doc.Detection.Condition))
	for _, f := range q.rule.filters {
		k := e.condition(f.Detection.Condition)
		k.Text = "filter " + f.Title
		all.Kids = append(all.Kids, k)
	}
	all.Truth = predicate.True
	for _, k := range all.Kids {
		all.Truth = min(all.Truth, k.Truth)
	}
	return all
}

// explainer evaluates parts of a rule one by one.
type explainer struct{ walker }

func truth(b bool) predicate.Truth {
	if b {
		return predicate.True
	}
	return predicate.False
}

// source explains the log source.
func (e *explainer) source(system [2]logsource.Field) predicate.Explanation {
	channel, id := e.values(system[0]), e.values(system[1])
	out := predicate.Explanation{
		Text: "log source " + describe(e.rule.Doc.LogSource), Line: e.rule.Doc.LogSource.Line,
		Wanted: "not " + strings.Join(e.rule.Events(), " or "),
		Fields: []predicate.FieldValues{{Name: "event", Values: []predicate.Value{
			predicate.StringValue(strings.Join(append(slices.Clone(channel), id...), " ")),
		}}},
	}
	holds := false
	for i, s := range e.rule.Sources {
		if len(channel) > 0 && len(id) > 0 {
			n, _ := syntax.ParseNumber(id[0])
			if s.Takes(channel[0], uint32(n.Abs)) { // #nosec G115 -- an event id
				holds = holds || s.Where == nil || anyEqual(e.values(e.rule.where[i]), s.Where.Values)
			}
		}
	}
	out.Truth = truth(holds)
	return out
}

// Events returns the events that answer the rule's log source, as people write them; if the log source
// says nothing, those that its selections name; none means any.
func (r *Rule) Events() []string {
	sources := r.Sources
	if len(sources) == 0 {
		for _, k := range r.Kinds() {
			n := len(sources) - 1
			if n < 0 || sources[n].Channels[0] != k.Channel {
				sources = append(sources, logsource.Source{Channels: []string{k.Channel}})
				n++
			}
			if k.EventID != 0 && !slices.Contains(sources[n].EventIDs, k.EventID) {
				sources[n].EventIDs = append(sources[n].EventIDs, k.EventID)
			}
		}
	}
	var out []string
	for i := range sources {
		out = append(out, sources[i].String())
	}
	return out
}

func (e *explainer) condition(c *syntax.Condition) predicate.Explanation {
	out := predicate.Explanation{Line: c.Line, Truth: truth(e.holds(c)), Text: conditionText(c)}
	switch c.Op {
	case syntax.Named:
		return e.explainSelection(c.Selection)
	case syntax.Not:
		out.Joins = predicate.JoinsNot
	case syntax.And:
		out.Joins = predicate.JoinsAnd
	default:
		out.Joins = predicate.JoinsOr
	}
	for _, k := range c.Kids {
		out.Kids = append(out.Kids, e.condition(k))
	}
	return out
}

// conditionText returns a condition as a rule writes it.
func conditionText(c *syntax.Condition) string {
	if c.Text != "" {
		return c.Text
	}
	words := map[syntax.Op]string{syntax.And: " and ", syntax.Or: " or "}
	switch c.Op {
	case syntax.Named:
		return c.Selection.Name
	case syntax.Not:
		return "not " + grouped(c.Kids[0])
	}
	parts := make([]string, len(c.Kids))
	for i, k := range c.Kids {
		parts[i] = grouped(k)
	}
	return strings.Join(parts, words[c.Op])
}

func grouped(c *syntax.Condition) string {
	text := conditionText(c)
	if c.Text == "" && (c.Op == syntax.And || c.Op == syntax.Or) {
		return "(" + text + ")"
	}
	return text
}

func (e *explainer) explainSelection(s *syntax.Selection) predicate.Explanation {
	out := predicate.Explanation{Text: s.Name, Line: s.Line, Truth: truth(e.selection(s)), Joins: predicate.JoinsOr}
	for _, g := range s.Groups {
		k := predicate.Explanation{Text: s.Name, Line: s.Line, Truth: truth(e.group(g)), Joins: predicate.JoinsAnd}
		for _, item := range g {
			k.Kids = append(k.Kids, e.explainItem(s, item))
		}
		out.Kids = append(out.Kids, k)
	}
	if len(out.Kids) == 1 {
		return out.Kids[0]
	}
	return out
}

func (e *explainer) explainItem(s *syntax.Selection, item *syntax.Item) predicate.Explanation {
	out := predicate.Explanation{Text: itemText(item), Line: item.Line, Truth: truth(e.item(item))}
	if item.Field == "" {
		out.Text = "selection " + s.Name + ": " + out.Text
		return out
	}
	fv := predicate.FieldValues{Name: item.Field}
	for _, v := range e.values(e.rule.fields[item]) {
		fv.Values = append(fv.Values, predicate.StringValue(v))
	}
	out.Fields = []predicate.FieldValues{fv}
	out.Wanted = fmt.Sprintf("which selection %s excludes", s.Name)
	if !item.Not {
		out.Wanted = fmt.Sprintf("and selection %s wants %s", s.Name, itemText(item))
	}
	return out
}

// maxShown bounds the values of a list that an explanation repeats.
const maxShown = 6

// itemText returns an item as a rule writes it, in one line.
func itemText(item *syntax.Item) string {
	var b strings.Builder
	b.WriteString(item.Field)
	for _, m := range item.Modifiers {
		if item.Field != "" || m.Name != "contains" {
			b.WriteString("|" + m.Name)
		}
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	var texts []string
	seen := map[string]bool{}
	for _, v := range item.Values {
		text := "'" + v.Source + "'"
		switch v.Kind {
		case syntax.Null:
			text = "null"
		case syntax.Integer:
			text = v.Source
		}
		if !seen[text] {
			seen[text] = true
			texts = append(texts, text)
		}
	}
	if n := len(texts); n > maxShown {
		texts = append(texts[:maxShown:maxShown], fmt.Sprintf("… (%d in all)", n))
	}
	b.WriteString(strings.Join(texts, ", "))
	return b.String()
}
