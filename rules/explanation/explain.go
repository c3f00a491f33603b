package explanation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"hunt/evtx"
	"hunt/rules"
	"hunt/rules/pack"
	"hunt/rules/predicate"
	"hunt/rules/reason"
	"hunt/rules/sequence"
	"hunt/rules/stage"
	"hunt/timeline"
	"hunt/timeline/coverage"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
)

// Options of Explain.
type Options struct {
	rules.Options
	Host       string        // short or full name
	At         evtx.Filetime // when it should have matched
	Within     time.Duration // how far around At to look; 0 = defaultWithin
	Candidates int           // events shown for each stage; 0 = defaultCandidates
}

// Defaults and bounds of Explain.
const (
	defaultWithin     = 5 * time.Minute
	defaultCandidates = 3
	// maxExplained bounds the events that are examined: those nearest to the middle are kept, and the others are
	// counted.
	maxExplained = 20_000
)

// Why explains the result of a rule at one host and time.
type Why struct {
	Rule     *pack.Rule
	Case     *timeline.Case // what reading the evidence showed
	Host     *host.Host
	From, To evtx.Filetime
	Stages   []StageWhy
	Matches  []rules.FoundMatch // complete with the events of the span alone
	Waiting  []Waiting          // sequences that began in the span and did not continue
	Counts   []CountWhy         // for a rule that counts, instead of matches
	Omitted  int                // events beyond maxExplained
	Warnings []string
	Changes  []error // files that had changed when the span was read again; nothing from them is shown
}

// StageWhy is the result of one stage for the events of the span.
type StageWhy struct {
	sequence.Stage
	Blind     bool // no event of a kind that was ever logged on the host can satisfy it
	InSpan    int  // events in the span whose kind can satisfy it
	Satisfied int  // of these
	// Absence says for a stage that must not occur how far the host's logs could have shown it in the span.
	Absence    *coverage.Absence
	Keys       []string
	Candidates []Candidate // those that satisfy it first, then by how little they lack, then by distance from the time
}

// Candidate is one event that was compared with one stage.
type Candidate struct {
	Event *timeline.Event
	Truth predicate.Truth
	// Lacks says for each comparison that failed what was found and what was wanted. Alternatives are indented.
	Lacks []string
	Keys  []string // the values of the stage's join keys
	// Parent says for the start of a process what its parent rests on, or why none is known; "" if the record proves
	// it.
	Parent string

	failed int
}

// Waiting is a sequence that began and waits for a stage.
type Waiting struct {
	Events []*timeline.Event // the missing ones are nil
	Next   int
	Keys   []predicate.Value
}

// Explain determines for each stage of a rule which events of one host around a time satisfy it, and what the others
// lack. Events are as the rules see them: ordered, copies and twins merged, enriched.
func Explain(ctx context.Context, col *evidence.Collection, rule *pack.Rule, o Options) (*Why, error) {
	if o.Clock == "" {
		o.Clock = ledger.ClockCreated
	}
	o.Within = cmp.Or(o.Within, defaultWithin)
	o.Candidates = cmp.Or(o.Candidates, defaultCandidates)
	if rule.Skip != "" {
		return nil, fmt.Errorf("%s does not run: %s", rule.ID, rule.Skip)
	}
	fields := pack.SchemaOf(ecs.NewSchema())
	fields.Strict = o.Strict
	schema := fields.ECS
	query, err := rule.Compile(fields)
	if err != nil {
		return nil, err
	}
	program := query.Program()
	cs, err := timeline.Scan(ctx, col, timeline.ScanOptions{
		Jobs: o.Jobs, Clock: o.Clock, Carved: o.Carved, Strict: o.Strict, Filter: o.Filter, Schema: schema,
		Meter:     o.Meter,
		MaxMemory: o.MaxMemory, TempDir: o.TempDir, Limits: o.Limits, Hosts: o.Hosts,
	}, func() timeline.Visitor { return nobody{} })
	if err != nil {
		return nil, err
	}
	host, err := hostNamed(cs, o.Host)
	if err != nil {
		return nil, err
	}
	ticks := evtx.Filetime(o.Within / 100)
	why := &Why{Rule: rule, Case: cs, Host: host, From: o.At - min(o.At, ticks), To: o.At + ticks,
		Warnings: query.Warnings()}
	preds := stage.NewSet([]*sequence.Program{program}, fields)
	can := func(c *ecs.Class) []bool {
		stages := make([]bool, len(program.Stages()))
		preds.Plan(c).Stages(func(_, stage int) { stages[stage] = true })
		return stages
	}
	events, omitted, err := cs.Around(ctx,
		timeline.Surroundings{Windows: []timeline.Window{{Host: host, From: why.From, To: why.To}}, Limit: maxExplained,
			Keep:  func(ev *ecs.Event) bool { return slices.Contains(can(ev.Class), true) },
			Merge: func(into, twin *timeline.Event) { into.Half = twin }})
	if err != nil {
		return nil, err
	}
	why.Omitted, why.Changes = omitted, cs.Changes()
	x := explained{query: query, schema: schema, events: events, at: o.At, most: o.Candidates, can: can,
		preds: preds, kinds: stage.KindsOf([]*sequence.Program{program}, []*pack.Rule{rule}, preds, schema, cs)}
	for i := range program.Stages() {
		why.Stages = append(why.Stages, x.stage(why, i))
	}
	if program.Form() == sequence.Counted {
		return why, why.counts(ctx, query, preds, o.At, o.Within)
	}
	why.run(program, preds, events, cs)
	return why, nil
}

// explained is what the explanations of a rule's stages are made from.
type explained struct {
	query  pack.Compiled
	schema *ecs.Schema
	preds  *stage.Set
	events []*timeline.Event // of the span, in order
	at     evtx.Filetime
	most   int                     // candidates of a stage
	can    func(*ecs.Class) []bool // which stages events of a class can satisfy
	kinds  *stage.Kinds
}

// stage determines the result of one stage for the events.
func (x *explained) stage(why *Why, i int) StageWhy {
	program := x.query.Program()
	s := StageWhy{Stage: program.Stages()[i], Blind: true}
	if s.Missing {
		a := why.Case.Coverage(why.Host, ledger.Period{}).Absence(x.kinds.Of(0, i),
			ledger.Period{From: why.From, To: why.To})
		s.Absence = &a
	}
	for _, k := range program.Keys(i) {
		s.Keys = append(s.Keys, x.schema.Name(ecs.Field(k)))
	}
	for _, e := range why.Host.Shown {
		if x.can(x.schema.Class(e.Channel, e.Provider, e.EventID))[i] {
			s.Blind = false
			break
		}
	}
	for _, e := range x.events {
		c, ok := surest(e, func(half *timeline.Event) (Candidate, bool) {
			if !x.can(half.Class)[i] {
				return Candidate{}, false
			}
			return heldAgainst(x.query, x.preds, x.schema, i, half), true
		})
		if !ok {
			continue
		}
		s.InSpan++
		if c.Truth != predicate.False {
			s.Satisfied++
		}
		s.Candidates = append(s.Candidates, c)
	}
	slices.SortStableFunc(s.Candidates, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(a.failed, b.failed), cmp.Compare(apart(a.Event.At, x.at), apart(b.Event.At, x.at)))
	})
	s.Candidates = s.Candidates[:min(len(s.Candidates), x.most)]
	for j := range s.Candidates {
		s.Candidates[j].Parent = parentText(s.Candidates[j].Event)
		s.Candidates[j].Lacks = reason.Lacks(x.query.Explain(i,
			shown(x.preds, s.Candidates[j].Event), nil))
	}
	return s
}

// parentText says what the parent of the process that an event started rests on.
func parentText(e *timeline.Event) string {
	p := e.Process()
	switch {
	case !e.Class.ProcessStart || p == nil:
		return ""
	case e.ParentByPID() != nil:
		return "parent inferred from " + p.Basis()
	case p.Parent == nil:
		return p.Basis()
	}
	return ""
}

// nobody is a Visitor that keeps no events.
type nobody struct{}

// Visit implements timeline.Visitor.
func (nobody) Visit(*ecs.Event, evtx.Filetime) {}

func apart(a, b evtx.Filetime) evtx.Filetime { return max(a, b) - min(a, b) }

// hostNamed finds a host by its id, one of its names or its short name.
func hostNamed(cs *timeline.Case, name string) (*host.Host, error) {
	var found []*host.Host
	for _, h := range cs.Hosts.All {
		if h.GoesBy(name) {
			found = append(found, h)
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	var names []string
	for _, h := range cs.Hosts.All {
		names = append(names, h.ID)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no host is named %q; the hosts are: %s", name, strings.Join(names, ", "))
	}
	return nil, errors.New("more than one host can be called " + name + "; give the full name: " +
		strings.Join(names, ", "))
}

// shown returns an event as predicates see it.
func shown(preds *stage.Set, e *timeline.Event) *stage.View {
	view := preds.NewView()
	view.Show(e.Event)
	return view
}

// surest compares each record of an event with a stage, and returns the result that came nearest to satisfying it: a
// process start that was logged twice satisfies what either of its records does. It returns false if the stage is not
// about such events.
func surest(e *timeline.Event, hold func(*timeline.Event) (Candidate, bool)) (Candidate, bool) {
	c, ok := hold(e)
	if e.Half == nil {
		return c, ok
	}
	other, can := hold(e.Half)
	if can && (!ok || cmp.Or(cmp.Compare(c.Truth, other.Truth), cmp.Compare(other.failed, c.failed)) < 0) {
		return other, true
	}
	return c, ok
}

// heldAgainst compares an event with a stage.
func heldAgainst(q pack.Compiled, preds *stage.Set, schema *ecs.Schema, stage int, e *timeline.Event) Candidate {
	view := shown(preds, e)
	x := q.Explain(stage, view, nil)
	c := Candidate{Event: e, Truth: x.Truth, failed: reason.Failed(x)}
	for _, k := range q.Program().Keys(stage) {
		var texts []string
		for _, v := range view.Values(k, nil) {
			texts = append(texts, v.Text())
		}
		c.Keys = append(c.Keys, schema.Name(ecs.Field(k))+" = "+cmp.Or(strings.Join(texts, ", "), "(none)"))
	}
	return c
}

// run matches the rule over the events of the span alone.
func (w *Why) run(p *sequence.Program, preds *stage.Set, events []*timeline.Event, cs *timeline.Case) {
	m := p.NewMatcher()
	m.Bitten = stage.Bitten(func() *timeline.Case { return cs })
	evaluator, items := preds.NewEvaluator(), stage.NewItems(p)
	emit := func(match sequence.Match) {
		f := rules.FoundMatch{Keys: match.Keys}
		for _, it := range match.Events {
			f.Events = append(f.Events, stage.EventOf(it))
		}
		w.Matches = append(w.Matches, f)
	}
	for _, e := range events {
		if hits := evaluator.Hits(e, cs.Limits); len(hits) > 0 {
			m.Push(items.Of(&stage.Held{Event: e}, hits), emit)
		}
	}
	if p.Form() == sequence.Sequence {
		m.Partials(func(match sequence.Match, next int) {
			x := Waiting{Next: next, Keys: match.Keys}
			for _, it := range match.Events {
				x.Events = append(x.Events, stage.EventOf(it))
			}
			w.Waiting = append(w.Waiting, x)
		})
	}
	m.Close(emit)
}
