package sigma

import (
	"fmt"
	"slices"
	"strings"

	"hunt/rules/predicate"
	"hunt/rules/sequence"
	"hunt/rules/sigma/logsource"
	"hunt/rules/sigma/syntax"
	"hunt/rules/window"
)

// Counted is a compiled correlation, or an older rule with an aggregation. It is read-only and safe
// for concurrent use.
type Counted struct {
	doc      *syntax.Document
	bases    []*Query // by stage
	program  *sequence.Program
	window   *window.Program
	warnings []string
	text     string
}

// Text returns the detection of a document as its file has it, and the line in which it begins.
type Text func(*syntax.Document) (text string, line int)

// Counts reports whether a document counts events: a correlation, or a rule with an aggregation.
func Counts(doc *syntax.Document) bool {
	return doc.Kind == syntax.CorrelationDocument || doc.Correlation != nil
}

// Correlate compiles a document that counts, with all rules that it refers to. The error is a
// *syntax.Error with a place in the document.
func (j *Joined) Correlate(doc *syntax.Document, fs *logsource.Fields, text Text) (*Counted, error) {
	c := &correlator{
		joined: j, fields: fs, text: text,
		stages: map[*syntax.Document]int{}, nodes: map[*syntax.Document]int{}, open: map[*syntax.Document]bool{},
	}
	if _, err := c.node(doc); err != nil {
		return nil, err
	}
	out := &Counted{doc: doc, bases: c.bases}
	out.text, _ = text(doc)
	var terms []sequence.Term
	for _, b := range c.bases {
		terms = append(terms, b.program.Term(0))
		for _, w := range b.warnings {
			if b.rule.Doc != doc {
				w = b.label() + ": " + w
			}
			out.warnings = append(out.warnings, w)
		}
	}
	if doc.Kind == syntax.CorrelationDocument {
		for _, w := range doc.Warnings {
			out.warnings = append(out.warnings, w.Error())
		}
	}
	var err error
	if out.window, err = window.New(window.Definition{Nodes: c.list}); err != nil {
		return nil, &syntax.Error{Pos: doc.Correlation.Pos, Msg: err.Error(), Reason: syntax.ReasonCorrelation}
	}
	out.program = sequence.NewProgram(sequence.Definition{Form: sequence.Counted, Terms: terms,
		Needs: out.window.Needs()})
	return out, nil
}

// Program returns the conditions whose events are counted, one per stage.
func (c *Counted) Program() *sequence.Program { return c.program }

// Window returns what is counted.
func (c *Counted) Window() *window.Program { return c.window }

// Warnings returns what is doubtful about the rule and those to which it refers.
func (c *Counted) Warnings() []string { return c.warnings }

// String returns the correlation as the file has it.
func (c *Counted) String() string { return c.text }

// Explain evaluates the rule of a stage on an event item by item.
func (c *Counted) Explain(stage int, ev predicate.Event, bound func(int) predicate.Event) predicate.Explanation {
	return c.bases[stage].Explain(0, ev, bound)
}

// Rules returns the rules whose events are counted, by stage.
func (c *Counted) Rules() []*Rule {
	out := make([]*Rule, len(c.bases))
	for i, b := range c.bases {
		out[i] = b.rule
	}
	return out
}

// label returns how other rules call the rule.
func (q *Query) label() string { return labelOf(q.rule.Doc) }

func labelOf(doc *syntax.Document) string {
	if doc.Name != "" {
		return doc.Name
	}
	return doc.Title
}

// correlator makes a program from correlations and rules that refer to each other.
type correlator struct {
	joined *Joined
	fields *logsource.Fields
	text   Text
	bases  []*Query
	stages map[*syntax.Document]int
	list   []window.Node
	docs   []*syntax.Document // by node
	nodes  map[*syntax.Document]int
	open   map[*syntax.Document]bool // in progress: a reference to one of them is a circle
}

func (c *correlator) fail(doc *syntax.Document, format string, args ...any) *syntax.Error {
	return &syntax.Error{Pos: doc.Correlation.Pos, Msg: fmt.Sprintf(format, args...), Reason: syntax.ReasonCorrelation}
}

// circle returns the error of a correlation that refers to itself, directly or through others.
func circle(doc *syntax.Document, name, format string, args ...any) *syntax.Error {
	at, ok := doc.RuleAt[name]
	if !ok {
		at = doc.Correlation.Pos
	}
	return &syntax.Error{Pos: at, Msg: fmt.Sprintf(format, args...),
		Hint: "take one of the names out of rules:, so that nothing waits for itself"}
}

// loadIt says what to do about a missing rule that a correlation or a filter names.
const loadIt = "load the file of that rule too, or correct the name"

// stage returns the stage of a rule's own detection.
func (c *correlator) stage(doc *syntax.Document) int {
	if n, ok := c.stages[doc]; ok {
		return n
	}
	text, line := c.text(doc)
	q := Bind(doc, c.fields, c.joined.Filters[doc]...).Query(c.fields, text, line)
	q.program = q.program.Labelled(q.label())
	n := len(c.bases)
	c.bases, c.stages[doc] = append(c.bases, q), n
	return n
}

// node returns the node of a document that counts.
func (c *correlator) node(doc *syntax.Document) (int, error) {
	if n, ok := c.nodes[doc]; ok {
		return n, nil
	}
	if c.open[doc] {
		return 0, circle(doc, "", "the correlation %q refers to itself, by way of others", labelOf(doc))
	}
	c.open[doc] = true
	defer delete(c.open, doc)
	refs, err := c.refs(doc)
	if err != nil {
		return 0, err
	}
	x := doc.Correlation
	node := window.Node{Name: labelOf(doc), Kind: kinds[x.Type], KeyNames: x.GroupBy, Fold: true, Span: x.Timespan}
	for _, b := range x.Bounds {
		n, ok := window.ParseNumber(b.Number)
		if !ok {
			return 0, c.fail(doc, "%q is not a number that hunt compares with", b.Number)
		}
		node.Bounds = append(node.Bounds, window.Bound{Op: boundOps[b.Op], N: n.Mantissa, Scale: n.Scale})
	}
	for _, ref := range refs {
		in, err := c.input(doc, ref)
		if err != nil {
			return 0, err
		}
		node.Inputs = append(node.Inputs, in)
	}
	if x.Meets != nil {
		node.Want = c.want(doc, x.Meets, refs)
	}
	n := len(c.list)
	c.list, c.docs = append(c.list, node), append(c.docs, doc)
	c.nodes[doc] = n
	return n, nil
}

var kinds = map[syntax.CorrelationType]window.Kind{
	syntax.EventCount: window.EventCount, syntax.ValueCount: window.ValueCount, syntax.ValueSum: window.ValueSum,
	syntax.ValueAvg: window.ValueAvg, syntax.Temporal: window.Temporal, syntax.TemporalOrdered: window.TemporalOrdered,
}

var boundOps = map[string]window.Op{
	"lt": window.LT, "lte": window.LTE, "gt": window.GT, "gte": window.GTE, "eq": window.EQ, "neq": window.NEQ,
}

// refs returns the documents whose events or results a document counts.
func (c *correlator) refs(doc *syntax.Document) ([]*syntax.Document, error) {
	if doc.Kind == syntax.RuleDocument {
		return []*syntax.Document{doc}, nil
	}
	var out []*syntax.Document
	for _, name := range doc.Correlation.Rules {
		list := c.joined.refs[doc][name]
		if len(list) == 0 {
			err := c.fail(doc, "no rule that is loaded has the id, name or title %q", name)
			err.Hint = loadIt
			return nil, err
		}
		for _, ref := range list {
			switch {
			case ref == doc:
				return nil, circle(doc, name, "the correlation refers to itself")
			case ref.Skip != nil:
				return nil, c.fail(doc, "the rule %q, to which it refers, does not run: %s", labelOf(ref), ref.Skip.Msg)
			case !slices.ContainsFunc(out, func(o *syntax.Document) bool {
				return o == ref || o.ID == ref.ID && o.ID != ""
			}):
				out = append(out, ref)
			}
		}
	}
	return out, nil
}

// input makes a document the input of another that counts.
func (c *correlator) input(doc, ref *syntax.Document) (window.Input, error) {
	in := window.Input{Stage: -1, Label: labelOf(ref)}
	if ref != doc && Counts(ref) {
		n, err := c.node(ref)
		if err != nil {
			return in, err
		}
		in.Node = n
	} else {
		in.Stage = c.stage(ref)
	}
	for _, name := range doc.Correlation.GroupBy {
		in.Keys = append(in.Keys, c.key(doc, ref, name, &in))
	}
	for _, name := range doc.Correlation.Fields {
		in.Values = append(in.Values, c.key(doc, ref, name, &in))
	}
	return in, nil
}

// key returns where the values of a group-by field, or of a counted field, come from.
func (c *correlator) key(doc, ref *syntax.Document, name string, in *window.Input) window.Key {
	field := name
	if alias, ok := doc.Correlation.Aliases[name]; ok {
		field = ""
		for rule, f := range alias {
			if rule == ref.ID || rule == ref.Name || rule == ref.Title || strings.EqualFold(rule, ref.ID) {
				field = f
			}
		}
		if field == "" {
			return window.Absent()
		}
	}
	if in.Stage >= 0 {
		return window.Fields(c.fieldOf(in.Stage, field))[0]
	}
	for i, inner := range c.list[in.Node].KeyNames {
		if strings.EqualFold(inner, field) {
			return window.Inner(i)
		}
	}
	byStage := map[int]predicate.FieldID{}
	for _, stage := range c.stagesOf(in.Node) {
		byStage[stage] = c.fieldOf(stage, field)
	}
	return window.ByStage(byStage)
}

// fieldOf returns a field as the rule of a stage sees it.
func (c *correlator) fieldOf(stage int, name string) predicate.FieldID {
	return FieldID(c.fields.Field(c.bases[stage].rule.Dialect, name))
}

func (c *correlator) stagesOf(node int) (out []int) {
	for _, in := range c.list[node].Inputs {
		if in.Stage >= 0 {
			out = append(out, in.Stage)
		} else {
			out = append(out, c.stagesOf(in.Node)...)
		}
	}
	return out
}

// want converts a condition over rules: if several rules have the same name, any of them counts.
func (c *correlator) want(doc *syntax.Document, x *syntax.RuleCondition, refs []*syntax.Document) *window.Want {
	if x.Op == syntax.Named {
		var any []*window.Want
		for _, ref := range c.joined.refs[doc][x.Rule] {
			if i := slices.Index(refs, ref); i >= 0 { // otherwise it is another copy of one that is
				any = append(any, &window.Want{Op: window.WantInput, Input: i})
			}
		}
		if len(any) == 1 {
			return any[0]
		}
		return &window.Want{Op: window.WantOr, Kids: any}
	}
	ops := map[syntax.Op]window.WantOp{syntax.Not: window.WantNot, syntax.And: window.WantAnd, syntax.Or: window.WantOr}
	out := &window.Want{Op: ops[x.Op]}
	for _, k := range x.Kids {
		out.Kids = append(out.Kids, c.want(doc, k, refs))
	}
	return out
}

// Unanswerable returns in a sentence without a full stop why no event log can answer the rule: one
// that it needs is answered by none. It is "" if logs can answer it.
func (c *Counted) Unanswerable() string {
	why := ""
	for _, set := range c.window.Needs() {
		reason := ""
		for _, stage := range set {
			if r := c.bases[stage].rule.Unanswerable(); r != "" {
				reason = fmt.Sprintf("it needs the rule %q: %s", c.bases[stage].label(), r)
				break
			}
		}
		if reason == "" {
			return ""
		}
		if why == "" {
			why = reason
		}
	}
	return why
}

// Events returns the events that answer the rules, as people write them.
func (c *Counted) Events() []string {
	var out []string
	for _, b := range c.bases {
		for _, e := range b.rule.Events() {
			if !slices.Contains(out, e) {
				out = append(out, e)
			}
		}
	}
	return out
}

// Kinds returns the kinds of events that the rules name.
func (c *Counted) Kinds() []Kind {
	var out []Kind
	for _, b := range c.bases {
		for _, k := range b.rule.Kinds() {
			if !slices.Contains(out, k) && len(out) < maxKinds {
				out = append(out, k)
			}
		}
	}
	return out
}
