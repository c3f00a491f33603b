package rules

import (
	"context"
	"slices"

	"hunt/limit"
	"hunt/rules/pack"
	"hunt/rules/pipe"
	"hunt/rules/predicate"
	"hunt/rules/sequence"
	"hunt/rules/stage"
	"hunt/rules/window"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/ledger"
)

// Found is the result of a Query.
type Found struct {
	Case     *timeline.Case
	Form     sequence.Form
	Matches  []FoundMatch // by the last event, then the first; head and tail applied
	Fields   []string     // that the query refers to, in the order of their first use, without the category
	Warnings []string

	Pipes *pipe.Program // of the first EQL query; nil: none
	Rows  []FoundRow    // what came out of them, instead of Matches
}

// FoundMatch is one result of a Query. A missing event is nil. Keys are the join keys.
type FoundMatch struct {
	Keys   []predicate.Value
	Events []*timeline.Event
}

// CompileQuery checks a query against the schema of event logs. An error is a *source.Error.
func CompileQuery(q pack.Query) (pack.Compiled, error) {
	return q.Compile(pack.SchemaOf(ecs.NewSchema()))
}

// Query runs one query over evidence in the same way as the rules of a Run: it evaluates predicates while reading,
// puts the hits in order, merges duplicates and twins, and enriches; records are matched as they were logged. An error
// in the query is a *source.Error. Memory is O(hits).
func Query(ctx context.Context, evidence Scanner, query pack.Query, o Options) (*Found, error) {
	o.AsLogged = true
	schema := pack.SchemaOf(ecs.NewSchema())
	schema.Strict = o.Strict
	q, err := query.Compile(schema)
	if err != nil {
		return nil, err
	}
	if c, ok := q.(pack.Counted); ok {
		return queryCounted(ctx, evidence, c, schema, o)
	}
	program := q.Program()
	if pipesOf(q) != nil && program.Form() == sequence.EventQuery && !program.Piped() {
		return queryPiped(ctx, evidence, q, schema, o)
	}
	out := &Found{Form: program.Form(), Warnings: q.Warnings(), Pipes: pipesOf(q), Fields: fieldsOf(program, schema)}
	m := program.NewMatcher()
	m.Bitten = stage.Bitten(func() *timeline.Case { return out.Case })
	emit := func(match sequence.Match) {
		f := FoundMatch{Keys: match.Keys}
		for _, it := range match.Events {
			f.Events = append(f.Events, stage.EventOf(it))
		}
		out.Matches = append(out.Matches, f)
	}
	var events []candidate
	items := stage.NewItems(program)
	found, err := search(ctx, evidence, o,
		request{schema: schema, asked: ledger.AskedLater, programs: []*sequence.Program{program},
			begin: sink{hand: func(e *timeline.Event, hits []predicate.Hit) {
				events = append(events, candidate{e, hits})
			}}.to()})
	if err != nil {
		return nil, err
	}
	defer found.close()
	out.Case = found.cs
	slices.SortFunc(events, func(a, b candidate) int { return a.Compare(b.Event) })
	timeless := 0
	for _, e := range events {
		if out.Form == sequence.Sequence && !stage.Timed(e.Event) {
			timeless++
			continue
		}
		m.Push(items.Of(&stage.Held{Event: e.Event}, e.hits), emit)
	}
	m.Close(emit)
	if timeless > 0 {
		out.Warnings = append(slices.Clone(out.Warnings), timelessWarning(timeless))
	}
	if out.Pipes != nil {
		return out, out.piped(ctx, o)
	}
	return out, nil
}

// fieldsOf names the fields that a program refers to.
func fieldsOf(p *sequence.Program, schema *pack.Schema) (names []string) {
	for _, f := range p.Fields() {
		if ecs.Field(f) != ecs.EventCategory {
			names = append(names, schema.ECS.Name(ecs.Field(f)))
		}
	}
	return names
}

// queryCounted runs a query that counts events. Each result has its first 100 events and the last.
func queryCounted(ctx context.Context, evidence Scanner, q pack.Counted, schema *pack.Schema,
	o Options) (*Found, error) {
	program := q.Program()
	out := &Found{Form: program.Form(), Warnings: slices.Clone(q.Warnings())}
	var c *counting
	var m *counted
	defer func() { c.close() }()
	found, err := search(ctx, evidence, o,
		request{schema: schema, asked: ledger.AskedLater,
			programs: []*sequence.Program{program}, begin: func(s *searched) sink {
				c = newCounting(map[int]*window.Program{0: q.Window()}, s, o)
				m = c.matcher(0, &RuleResult{}, program, &run{most: maxFindings})
				return sink{hand: m.push}
			}})
	if err != nil {
		return nil, err
	}
	defer found.close()
	out.Case = found.cs
	err = c.results(ctx, func(m *counted, res *window.Result, n int, shown map[window.Ref]keptEvent) {
		events, keys := m.evidence(res, n, shown)
		f := FoundMatch{Keys: keys}
		for _, e := range events {
			f.Events = append(f.Events, e.Event)
		}
		out.Matches = append(out.Matches, f)
		if res.Count > int64(len(events)) {
			found.cs.Limits.Bite(boundCounted, limit.In("query"))
		}
	})
	out.Warnings = append(out.Warnings, m.rr.Warnings...)
	return out, err
}
