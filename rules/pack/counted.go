package pack

import (
	"fmt"
	"slices"

	"hunt/rules/predicate"
	"hunt/rules/sequence"
	"hunt/rules/window"
)

// counted is a compiled query whose events are counted.
type counted struct {
	Compiled
	program  *sequence.Program
	window   *window.Program
	warnings []string
}

// Program implements Compiled.
func (c *counted) Program() *sequence.Program { return c.program }

// Window implements Counted.
func (c *counted) Window() *window.Program { return c.window }

// Warnings implements Compiled.
func (c *counted) Warnings() []string { return c.warnings }

// of adds what is counted to the compiled query of a rule, whose file names the fields of groups and values.
func (x *counting) of(c Compiled, s predicate.Schema, r *Rule) (Compiled, error) {
	out := &counted{Compiled: c, warnings: slices.Clone(c.Warnings())}
	stage, fields := c.Program().Stages()[0], slices.Clone(c.Program().Fields())
	keys := func(names []string) (keys []window.Key) {
		for _, name := range names {
			id, _, known := s.Field(name)
			if !known {
				keys = append(keys, window.Absent())
				out.warnings = append(out.warnings, r.countingWarning(s, name))
				continue
			}
			fields = append(fields, id)
			keys = append(keys, window.Fields(id)...)
		}
		return keys
	}
	node := window.Node{Kind: window.NewTerms, KeyNames: x.fields, Span: x.span,
		Inputs: []window.Input{{Keys: keys(x.fields)}}}
	if !x.terms {
		node.Kind, node.Bounds = window.Threshold, []window.Bound{{Op: window.GTE, N: x.least}}
		for _, d := range x.cardinality {
			node.Cardinality = append(node.Cardinality, window.Cardinality{Name: d.field, AtLeast: d.least})
			node.Inputs[0].Values = append(node.Inputs[0].Values, keys([]string{d.field})...)
		}
	}
	var err error
	if out.window, err = window.New(window.Definition{Nodes: []window.Node{node}}); err != nil {
		return nil, Errors{r.doc.errorIn("rule.type", "%s", err)}
	}
	conditions := c.Program().Conditions()[0]
	out.program = sequence.NewProgram(sequence.Definition{
		Form: sequence.Counted, Fields: fields,
		Terms: []sequence.Term{{Stage: stage, Source: conditions.Source, Condition: conditions.Condition}},
	})
	return out, nil
}

// countingWarning says that no event has a field by which events are grouped, or whose values count.
func (r *Rule) countingWarning(s predicate.Schema, name string) string {
	path := "rule.threshold"
	switch {
	case r.doc.has("count"):
		path = "count"
	case r.doc.has("first"):
		path = "first"
	}
	if slices.Contains(r.doc.ruleKeys(), "new_terms") {
		path = "rule.new_terms.value"
	}
	text := fmt.Sprintf("no event has the field %s: the rule never matches", name)
	if near := s.Suggest(name); near != "" {
		text += "; did you mean " + near + "?"
	}
	return r.doc.errorIn(path, "%s", text).Head()
}
