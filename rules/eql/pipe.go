package eql

import (
	"hunt/rules/eql/syntax"
	"hunt/rules/pipe"
	"hunt/rules/predicate"
)

var pipeOps = map[string]pipe.Op{"head": pipe.Head, "tail": pipe.Tail, "filter": pipe.Filter, "sort": pipe.Sort,
	"unique":       pipe.Unique,
	"unique_count": pipe.UniqueCount, "count": pipe.Count}

// firstPipes compiles the pipes, starting with the one that only the first EQL has.
func (c *compiler) firstPipes(st *syntax.Statement, pipes []*syntax.Pipe) error {
	events := 1
	switch q := st.Query.(type) {
	case *syntax.Sequence:
		events = 0
		for _, t := range q.Terms {
			events += max(t.Runs, 1)
		}
	case *syntax.Sample:
		events = len(q.Terms)
	}
	s := &pipeSchema{Schema: c.schema}
	var steps []pipe.Step
	for _, pp := range pipes {
		step := pipe.Step{Op: pipeOps[pp.Name], N: pp.N}
		for _, f := range pp.Fields {
			if f.Event >= events {
				return c.src.Errorf(f.Name.At, "number events from 0", "the results have no event %d", f.Event)
			}
			id, err := c.pipeField(s, f.Name)
			if err != nil {
				return err
			}
			step.Fields = append(step.Fields, pipe.Field{Name: f.String(), ID: id, Event: f.Event})
		}
		if pp.Where != nil {
			if err := c.pipeFilter(s, pp, &step); err != nil {
				return err
			}
		}
		switch step.Op {
		case pipe.Count:
			s.counted, s.only = true, true
		case pipe.UniqueCount:
			s.counted = true
		}
		steps = append(steps, step)
	}
	c.pipes = pipe.NewProgram(steps)
	return nil
}

// pipeField resolves a field of a pipe.
func (c *compiler) pipeField(s *pipeSchema, n *syntax.Name) (predicate.FieldID, error) {
	id, _, known := s.Field(n.String())
	switch _, stats := pipe.StatsFields[n.String()]; {
	case s.only && !known:
		return 0, c.src.Errorf(n.At, "use count, percent, key, hosts or total_hosts",
			"after `count` there is no field %s", n)
	case !known && stats:
		return 0, c.src.Errorf(n.At, "put `| unique_count …` or `| count …` before it",
			"%s exists only after a pipe that counts", n)
	case !known && !n.Optional:
		if near := s.Suggest(n.String()); near != "" {
			c.warn(n.At, n.String(), "%s is not a known field, so its value is null; did you mean %s?", n, near)
		} else {
			c.warn(n.At, n.String(), "%s is not a known field, so its value is null", n)
		}
	}
	return id, nil
}

// pipeFilter compiles the condition of a filter.
func (c *compiler) pipeFilter(s *pipeSchema, pp *syntax.Pipe, step *pipe.Step) error {
	var failed error
	syntax.Walk(pp.Where, func(x syntax.Expr) bool {
		if n, ok := x.(*syntax.Name); ok && failed == nil {
			_, failed = c.pipeField(s, n)
		}
		return failed == nil
	})
	if failed != nil {
		return failed
	}
	sub := newCompiler(c.src, s, c.options)
	sub.warned = c.warned // the fields were already warned of
	term, err := sub.stage(&syntax.EventQuery{At: pp.Where.Pos(), Any: true, Where: pp.Where, WherePos: pp.Where.Pos()},
		nil)
	if err != nil {
		return err
	}
	c.warnings = append(c.warnings, sub.warnings...)
	step.Condition = term.Condition
	for f := range sub.fields {
		step.Asks = append(step.Asks, pipe.Field{ID: f})
	}
	return nil
}

// pipeSchema resolves fields including those that pipes count.
type pipeSchema struct {
	predicate.Schema
	counted bool // after unique_count or count
	only    bool // after count: rows no longer have fields of events
}

// Field implements predicate.Schema.
func (s *pipeSchema) Field(name string) (predicate.FieldID, predicate.Type, bool) {
	if f, ok := pipe.StatsFields[name]; ok && s.counted && (s.only || f.ID != pipe.FieldKey) {
		return f.ID, f.Type, true
	}
	id, typ, known := s.Schema.Field(name)
	return id, typ, known && !s.only
}
