package rules

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"hunt/evtx"
	"hunt/limit"
	"hunt/rules/pack"
	"hunt/rules/predicate"
	"hunt/rules/sequence"
	"hunt/rules/stage"
	"hunt/rules/window"
	"hunt/timeline"
	"hunt/timeline/host"
	"hunt/timeline/spill"
)

// counting counts the events of rules over windows of time, over all hosts. Each event that
// satisfies a condition of such a rule becomes rows; at the end the rows are matched, and the events
// that findings show are fetched. It belongs to one goroutine; nil counts nothing.
type counting struct {
	found  *searched
	rules  []*counted
	number map[int]int // index of a program among the rules that count
	rows   *window.Rows
	hosts  map[*host.Host]int // their indexes in the case
	fields *stage.Reader
	kept   map[window.Ref]keptEvent // for runs whose events are in memory; nil: they are read again
	told   func(*timeline.Event)    // receives each event that became rows, with its half; may be nil
}

// keptEvent is an event with its other half, if it has one.
type keptEvent struct{ event, half *timeline.Event }

// newCounting returns a counting for the programs of a run that count; nil if there are none.
func newCounting(programs map[int]*window.Program, found *searched, o Options) *counting {
	if len(programs) == 0 {
		return nil
	}
	c := &counting{found: found, number: map[int]int{}, hosts: map[*host.Host]int{}}
	var list []*window.Program
	for _, p := range slices.Sorted(maps.Keys(programs)) {
		c.number[p] = len(list)
		list = append(list, programs[p])
	}
	c.rules = make([]*counted, len(list))
	c.rows = window.NewRows(list, o.MaxMemory.Of(spill.Rows)/2, o.TempDir)
	c.rows.Bitten = func(b limit.Bound, e *window.Event) { found.cs.Limits.Bite(b, limit.At(e.Ref.File, e.Ref.Offset)) }
	c.fields = found.preds.NewReader(found.cs.Limits)
	for i, h := range found.cs.Hosts.All {
		c.hosts[h] = i
	}
	if found.again == nil {
		c.kept = map[window.Ref]keptEvent{}
	}
	return c
}

// matcher returns the matcher for the events of a program that counts.
func (c *counting) matcher(program int, rr *RuleResult, p *sequence.Program, r *run) *counted {
	stages := p.Stages()
	rr.StageHits = make([]int, len(stages))
	m := &counted{c: c, rr: rr, program: program, number: c.number[program], judge: r.judge, hits: r.hits,
		quota: quota{limit: r.most}, roster: r.roster}
	for _, s := range stages {
		m.labels = append(m.labels, s.Label)
	}
	c.rules[m.number] = m
	return m
}

// close frees what matching needs.
func (c *counting) close() {
	if c != nil {
		_ = c.rows.Close() // temporary files
	}
}

// counted is a rule that counts.
type counted struct {
	c        *counting
	rr       *RuleResult
	program  int
	number   int // index among those that count
	labels   []string
	judge    *judge
	hits     *hits
	quota    quota
	stages   []int
	timeless int
	roster   *roster
	made     int // findings that the rule's own bound admitted
	findings findingList
}

// push implements matcher: the event becomes rows.
func (m *counted) push(e *timeline.Event, hits []predicate.Hit) {
	m.stages = m.stages[:0]
	for _, h := range hits {
		if h.Truth == predicate.True && !h.Decoded { // other rules count any other hits
			m.stages = append(m.stages, h.Stage)
			m.rr.StageHits[h.Stage]++
		}
	}
	switch {
	case len(m.stages) == 0:
		return
	case !stage.Timed(e):
		m.timeless++
		return
	}
	switch {
	case m.c.told != nil:
		m.c.told(e)
	case m.c.kept != nil:
		m.c.kept[window.RefOf(e.Ref)] = keptEvent{e, e.Half}
	}
	m.c.rows.Add(m.number, m.stages, m.c.event(e, m.program))
}

// withinHost implements matcher: rows need no order.
func (m *counted) withinHost() bool { return true }

// close implements matcher.
func (m *counted) close() {}

// finish implements matcher.
func (m *counted) finish() []*Finding { return m.findings.listed() }

// event returns an event as the rows of a program see it.
func (c *counting) event(e *timeline.Event, program int) *window.Event {
	c.fields.Show(e)
	return &window.Event{
		Time: e.At, Channel: e.Class.Channel, Ref: e.Ref, Host: c.hosts[e.Host],
		Values: func(stage int, f predicate.FieldID, dst []predicate.Value) []predicate.Value {
			return c.fields.Values(program, stage, f, dst)
		},
	}
}

// Bounds on the events that findings of counting rules show.
const (
	// shownCounted is how many events of a finding are shown in full: the first ones and the last.
	shownCounted = 100
	// shownCountedAll is how many those of one rule show together; any later finding shows its first
	// and its last event.
	shownCountedAll = 5_000
)

var boundCounted = limit.Bound{ID: "rules-counted-events",
	Text: "a finding of a rule that counts shows its first 100 events and its last in full, " +
		"and after 5,000 events of one rule only the first and the last"}

// match finds the results of all rules and makes findings of them, after the last event.
func (c *counting) match(ctx context.Context) error {
	if c == nil {
		return nil
	}
	return c.results(ctx, func(m *counted, res *window.Result, n int, shown map[window.Ref]keptEvent) {
		m.finding(res, n, shown)
	})
}

// results finds the results of all rules, and passes them on with the events that are shown for
// them: the first n, and the last.
func (c *counting) results(ctx context.Context,
	do func(*counted, *window.Result, int, map[window.Ref]keptEvent)) error {
	results, err := c.rows.Match(ctx, window.Options{Listed: maxHits})
	if err != nil {
		return err
	}
	defer func() { _ = results.Close() }() // temporary files
	shown := map[window.Ref]keptEvent{}
	if err := c.each(results, func(m *counted, res *window.Result, n int) {
		for _, p := range shownOf(res, n) {
			shown[p.Ref()] = c.kept[p.Ref()]
		}
	}); err != nil {
		return err
	}
	if err := c.fetch(ctx, shown); err != nil {
		return err
	}
	err = c.each(results, func(m *counted, res *window.Result, n int) { do(m, res, n, shown) })
	for i, m := range c.rules {
		m.rr.Matches = int(results.Counts[i])
		m.rr.Unlisted += m.rr.Matches - m.made // an admitted finding may still be dropped
		if m.timeless > 0 {
			m.rr.Warnings = append(m.rr.Warnings, timelessWarning(m.timeless))
		}
	}
	return err
}

// each gives the results that findings are made of, by rule and their first event, and how many
// events of each are shown in full.
func (c *counting) each(results *window.Results, do func(m *counted, res *window.Result, n int)) error {
	number, k, shown := -1, 0, 0
	for res, err := range results.All() {
		if err != nil {
			return err
		}
		m := c.rules[res.Program]
		if res.Program != number {
			number, k, shown = res.Program, 0, 0
		}
		if k++; k > 2*m.quota.limit { // half of them may be suppressed
			continue
		}
		n := min(len(res.Events), shownCounted)
		if shown+n > shownCountedAll {
			n = 1
		}
		shown += n
		do(m, res, n)
	}
	return nil
}

// shownOf are the events of a result that are shown: the first n, and the last.
func shownOf(res *window.Result, n int) []window.Place {
	out := slices.Clone(res.Events[:n])
	if n < len(res.Events) {
		out = append(out, res.Events[len(res.Events)-1])
	}
	return out
}

// fetch reads the events that are not in memory.
func (c *counting) fetch(ctx context.Context, events map[window.Ref]keptEvent) error {
	if c.kept != nil || len(events) == 0 {
		return nil
	}
	wanted := func(r evtx.Ref) bool { _, ok := events[window.RefOf(r)]; return ok }
	return c.found.again(ctx, wanted, func(e *timeline.Event) {
		put := func(r evtx.Ref) {
			ref := window.RefOf(r)
			if have, ok := events[ref]; ok && have.event == nil {
				events[ref] = keptEvent{e, e.Half}
			}
		}
		put(e.Ref)
		for _, a := range e.Also { // a copy, where the record itself cannot be read any more
			put(a.Ref)
		}
		e.Half = nil
	})
}

// finding makes a finding of a result, if there is room.
func (m *counted) finding(res *window.Result, n int, events map[window.Ref]keptEvent) {
	node := m.c.rows.Program(m.number).Node()
	f := &Finding{
		Rule: m.rr.Rule, Status: pack.StatusFinding, Count: int(res.Count),
		Counted: &Counted{Kind: node.Kind, Measure: res.Measure, Span: node.Span, KeyNames: node.KeyNames,
			Bounds: node.Bounds},
	}
	f.Evidence, f.Keys = m.evidence(res, n, events)
	if len(f.Evidence) == 0 {
		return
	}
	f.Host = f.Evidence[len(f.Evidence)-1].Event.Host
	f.First, f.Last = res.Events[0].At, res.Events[len(res.Events)-1].At
	if node.Kind == window.NewTerms {
		m.c.history(f)
	}
	m.judge.tune(f)
	suppressed := f.Exception != nil
	if suppressed {
		m.rr.Suppressed++
	}
	if !m.quota.admits(nil, suppressed) {
		return
	}
	m.made++
	if !m.roster.admits(f, m.rr, nil, m.quota.nth(suppressed)) {
		return
	}
	if len(f.Evidence) < f.Count {
		m.c.found.cs.Limits.Bite(boundCounted, limit.In(m.rr.Rule.ID))
	}
	m.judge.local(f)
	m.findings.all = append(m.findings.all, f)
	for i, p := range res.Events {
		switch k := events[p.Ref()]; {
		case (i < n || i == len(res.Events)-1) && k.event != nil:
			m.hits.add(f, k.event)
		default:
			m.hits.addPlace(f, p)
		}
	}
	f.HitsMore += int(res.Count) - len(res.Events)
}

// evidence returns the events of a result that are shown, and what they have in common.
func (m *counted) evidence(res *window.Result, n int, events map[window.Ref]keptEvent) (shown []Evidence,
	keys []predicate.Value) {
	grouped := len(m.c.rows.Program(m.number).Node().KeyNames) > 0
	for _, p := range shownOf(res, n) {
		k := events[p.Ref()]
		if k.event == nil { // its file has changed since it was counted, and the case says so
			continue
		}
		shown = append(shown, Evidence{Stage: p.Stage, Label: m.labels[p.Stage], Event: k.event})
		if keys == nil && grouped {
			k.event.Half = k.half
			keys = m.c.rows.Keys(res, p.Stage, m.c.event(k.event, m.program))
			k.event.Half = nil
		}
	}
	return shown, keys
}

// history says for a new term how far the logs reach back before it.
func (c *counting) history(f *Finding) {
	e := f.Evidence[0].Event
	byHost := slices.ContainsFunc(f.Counted.KeyNames, func(name string) bool {
		return strings.HasPrefix(name, "host.")
	})
	first := e.At
	for _, h := range c.found.cs.Hosts.All {
		if byHost && h != e.Host {
			continue
		}
		for i := range h.Events {
			if k := &h.Events[i]; k.Channel == e.Class.Channel && k.First != 0 && k.First < first {
				first = k.First
			}
		}
	}
	const most = evtx.Filetime(1<<62) / 100
	f.Counted.History = time.Duration(min(e.At-first, most)) * 100 // #nosec G115 -- bounded
}

// Counted says what was counted for a finding of a rule that counts.
type Counted struct {
	Kind     window.Kind
	Measure  string // how many events or values there are, their sum or average; "" for kinds that count nothing
	Span     time.Duration
	Bounds   []window.Bound
	KeyNames []string
	History  time.Duration // for new terms: how far the logs reach back before the event
}

// Unproven reports whether a term may seem new only because the logs do not reach back far enough.
func (c *Counted) Unproven() bool { return c.Kind == window.NewTerms && c.History < c.Span }
