package rules

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"hunt/rules/eql"
	"hunt/timeline"
	"hunt/timeline/ecs"
)

// Scanner is the evidence that rules run over: a timeline.Collection, or a timeline.Batch of shards. Scan shows each event that a rule could need
// to a visitor, in no order, and returns what is known of the whole.
type Scanner interface {
	Scan(context.Context, timeline.ScanOptions, func() timeline.Visitor) (*timeline.Case, error)
}

// Options of Run. The zero value runs on all cores over everything, ordered by TimeCreated.
type Options struct {
	Jobs      int
	Clock     timeline.Clock
	Carved    bool // carved records reach the rules, always marked
	Strict    bool // Elastic's field values only
	Filter    timeline.Filter
	KeepTwins bool // do not merge a Sysmon 1 with its Security 4688; only comparisons with other engines want that
	Meter     *timeline.Meter
	MaxMemory int64  // bytes; 0 = timeline.DefaultMemory
	TempDir   string // for what is beyond it; "" is the system's

	Shard *timeline.ShardWriter // takes what the scan learns and which chunks hold hits; may be nil
	Hosts *timeline.HostMap     // of a timeline.Batch; a Collection has its own

	MaxFindings int // of one rule; 0 = 10,000. What is beyond is counted and said
}

// maxFindings bounds the findings of one rule. Nobody reads more, and a rule that matches every event would make a
// report that nothing opens.
const maxFindings = 10_000

// Run reads the evidence once, evaluates every stage predicate where the bytes are, puts the hits in order and matches
// the rules over them. A rule that cannot be compiled or cannot run is a RuleResult with a reason, not an error. Memory is
// O(hits + process starts), not O(events). The result depends on evidence, pack and options, not on Jobs.
func Run(ctx context.Context, evidence Scanner, pack *Pack, o Options) (*Result, error) {
	schema := ecs.NewSchema()
	res := &Result{Pack: pack, Rules: make([]RuleResult, len(pack.Rules)), text: map[*Rule]queryText{}}
	var programs []*eql.Program
	var owner []int // program -> rule
	for i, r := range pack.Rules {
		res.Rules[i].Rule = r
		if r.Skip != "" {
			res.Rules[i].Reason = r.Skip
			continue
		}
		program, err := r.Compile(schemaView{schema})
		if err != nil {
			res.Rules[i].Reason, res.Rules[i].Err = err.Error(), err
			continue
		}
		res.Rules[i].Ran = true
		res.Rules[i].Warnings = warnings(r, program, schema)
		res.text[r] = textOf(program, schema)
		programs, owner = append(programs, program), append(owner, i)
	}

	found, err := search(ctx, evidence, schema, programs, o)
	if err != nil {
		return nil, err
	}
	res.Case = found.cs
	// One program after the other: the records of the events belong to one goroutine, and reading the evidence took the time.
	for p := range programs {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		q := &quota{limit: cmp.Or(o.MaxFindings, maxFindings), matches: func(f *Finding) bool {
			by, _ := pack.Match(f, found.cs.Records.Last)
			return by != nil
		}}
		res.Findings = append(res.Findings, match(&res.Rules[owner[p]], programs[p], found.byProgram[p], q)...)
	}
	for _, h := range found.cs.Hosts {
		if in, out := found.cs.LeftOut(h); len(out) > 0 {
			res.Limits = append(res.Limits, fmt.Sprintf("--host left out the records of %s, which is the same host as %s: name it, too.", strings.Join(out, ", "), strings.Join(in, ", ")))
		}
	}
	if n := found.cs.TextCut; n > 0 {
		res.Limits = append(res.Limits, fmt.Sprintf("The process tables lack names or command lines of %d process starts: their records repeat their values without end, which Windows does not write.", n))
	}
	for i := range res.Rules {
		res.Limits = append(res.Limits, res.Rules[i].limits()...)
	}
	res.judge()
	res.blindness(programs, owner, found.preds, schema)
	return res, res.Case.Err()
}

// searched is what reading the evidence once for some programs gave: their events, in order.
type searched struct {
	cs        *timeline.Case
	preds     *predicates
	byProgram [][]stageHits
}

// search reads the evidence once, evaluates the stage predicates of the programs, compiled against schema, where the
// bytes are, and puts the events that satisfy any in order. Memory is O(hits + process starts).
func search(ctx context.Context, evidence Scanner, schema *ecs.Schema, programs []*eql.Program, o Options) (*searched, error) {
	if o.Clock == "" {
		o.Clock = timeline.ClockCreated
	}
	preds := newPredicates(programs)
	var visitors []*visitor
	cs, err := evidence.Scan(ctx, timeline.ScanOptions{
		Jobs: o.Jobs, Clock: o.Clock, Carved: o.Carved, Strict: o.Strict, Filter: o.Filter, Schema: schema, Meter: o.Meter,
		MaxMemory: o.MaxMemory, TempDir: o.TempDir, Shard: o.Shard, Hosts: o.Hosts,
	}, func() timeline.Visitor {
		v := newVisitor(preds)
		visitors = append(visitors, v)
		return v
	})
	if err != nil {
		return nil, err
	}
	if o.Shard != nil {
		for _, v := range visitors {
			for _, ref := range v.chunks {
				o.Shard.Hit(ref.File, ref.Chunk)
			}
		}
	}
	found := &searched{cs: cs, preds: preds, byProgram: make([][]stageHits, len(programs))}
	for _, e := range order(cs, visitors, preds, o.KeepTwins) {
		for _, h := range e.hits {
			list := found.byProgram[h.Program]
			if n := len(list); n == 0 || list[n-1].event != e.Event {
				list = append(list, stageHits{event: e.Event})
			}
			last := &list[len(list)-1]
			last.stages = append(last.stages, h.Stage)
			if h.Truth == eql.True {
				last.sure = append(last.sure, h.Stage)
			}
			found.byProgram[h.Program] = list
		}
	}
	return found, nil
}

// warnings are the compiler's, and the fields that no log can fill. Shipped rules label their stages on purpose.
func warnings(r *Rule, p *eql.Program, schema *ecs.Schema) []string {
	var out []string
	if r.Source != BuiltIn {
		out = slices.Clone(p.Warnings())
	}
	if names := unanswerable(p, schema); len(names) > 0 {
		out = append(out, "no event that hunt reads can have "+strings.Join(names, ", ")+": conditions on them are as on a missing field")
	}
	return out
}

// textOf takes from a program what the report shows of it.
func textOf(p *eql.Program, schema *ecs.Schema) queryText {
	t := queryText{maxSpan: time.Duration(p.MaxSpan())}
	for i, s := range p.Stages() {
		t.stages = append(t.stages, s.Text)
		if i == 0 {
			for _, k := range p.Keys(0) {
				t.keys = append(t.keys, schema.Name(ecs.Field(k)))
			}
		}
	}
	return t
}

// order puts the kept events of all workers in the total order, settles what only history could decide, and merges copies
// and twins with their hits.
func order(cs *timeline.Case, visitors []*visitor, preds *predicates, keepTwins bool) []candidate {
	var events []*timeline.Event
	hits := map[*timeline.Event][]eql.Hit{}
	for _, v := range visitors {
		for _, k := range v.kept {
			events = append(events, k.Event)
			hits[k.Event] = k.hits
		}
		v.kept, v.keeper = nil, timeline.Keeper{}
	}
	events = cs.Order(events)
	evaluator := preds.set.NewEvaluator()
	view := &eventView{}
	for _, e := range events {
		if slices.ContainsFunc(hits[e], func(h eql.Hit) bool { return h.Truth == eql.Maybe }) {
			view.ev = e.Event
			hits[e] = evaluator.Eval(preds.plan(e.Class), view, nil)
		}
	}
	if !keepTwins {
		// The start satisfies a stage if either of its records does.
		events = cs.MergeTwins(events, func(into, twin *timeline.Event) { hits[into] = union(hits[into], hits[twin]) })
	}
	out := make([]candidate, 0, len(events))
	for _, e := range events {
		if len(hits[e]) > 0 {
			out = append(out, candidate{e, hits[e]})
		}
	}
	return out
}

// union joins two lists of hits, each in the order of program and stage; of two hits on one stage the surer one stays.
func union(a, b []eql.Hit) []eql.Hit {
	all := append(slices.Clone(a), b...)
	slices.SortFunc(all, func(x, y eql.Hit) int {
		return cmp.Or(cmp.Compare(x.Program, y.Program), cmp.Compare(x.Stage, y.Stage), cmp.Compare(y.Truth, x.Truth))
	})
	return slices.CompactFunc(all, func(x, y eql.Hit) bool { return x.Program == y.Program && x.Stage == y.Stage })
}

// stageHits are the stages of one program that an event satisfies: sure ones, and those that the matcher must still
// check because they refer to an earlier stage's event.
type stageHits struct {
	event        *timeline.Event
	stages, sure []int
}

func (h *stageHits) item() eql.Item {
	return eql.Item{Event: &item{eventView{ev: h.event.Event}, h.event, h.sure}, Time: h.event.At.UnixNano(), Stages: h.stages}
}

// match runs one program over its events, which are in order. What q does not admit is only counted.
func match(rr *RuleResult, program *eql.Program, events []stageHits, q *quota) []*Finding {
	stages := program.Stages()
	rr.StageHits = make([]int, len(stages))
	var findings []*Finding
	used := map[*timeline.Event]bool{}
	// Of a stage that refers to an earlier one it cannot be said of an event alone whether it is satisfied: those
	// that a match confirmed are counted.
	confirmed := make([]map[*timeline.Event]bool, len(stages))
	emit := func(m eql.Match) {
		f := &Finding{Rule: rr.Rule, Status: StatusFinding, Keys: m.Keys}
		for i, it := range m.Events {
			ev := Evidence{Stage: i, Label: stages[min(i, len(stages)-1)].Label}
			if it.Event != nil {
				ev.Event = it.Event.(*item).event
				f.Host = ev.Event.Host
				used[ev.Event] = true
				if stages[i].Dependent && !confirmed[i][ev.Event] && !slices.Contains(it.Event.(*item).sure, i) {
					if confirmed[i] == nil {
						confirmed[i] = map[*timeline.Event]bool{}
					}
					confirmed[i][ev.Event] = true
					rr.StageHits[i]++
				}
			}
			f.Evidence = append(f.Evidence, ev)
		}
		rr.Matches++
		switch admitted, suppressed := q.admits(f); {
		case admitted:
			findings = append(findings, f)
		case suppressed:
			rr.Suppressed++
			rr.Unlisted++
		default:
			rr.Unlisted++
		}
	}
	m := program.NewMatcher()
	timeless := 0
	for i := range events {
		e := &events[i]
		for _, s := range e.sure {
			rr.StageHits[s]++
		}
		if program.Form() == eql.Sequence && !timed(e.event) {
			timeless++
			continue
		}
		m.Push(e.item(), emit)
	}
	m.Close(emit)
	if timeless > 0 {
		rr.Warnings = append(rr.Warnings, timelessWarning(timeless))
	}
	if program.Form() != eql.Sequence || len(stages) < 2 || stages[0].Missing {
		return findings
	}
	var firsts []Evidence
	for _, e := range events {
		if slices.Contains(e.sure, 0) {
			firsts = append(firsts, Evidence{Stage: 0, Label: stages[0].Label, Event: e.event})
		}
	}
	addCandidates(findings, firsts, time.Duration(program.MaxSpan()))
	if !rr.Rule.Partial {
		return findings
	}
	complete := len(findings)
	for _, e := range firsts {
		if !used[e.Event] {
			findings = append(findings, &Finding{Rule: rr.Rule, Status: StatusPartial, Host: e.Event.Host,
				Evidence: []Evidence{e}, Reasons: []string{partialReason(program)}})
		}
	}
	findings = foldPartials(findings)
	rr.Partial = len(findings) - complete
	q.open, q.suppressed = 0, 0
	listed := findings[:complete]
	for _, f := range findings[complete:] {
		if admitted, _ := q.admits(f); admitted {
			listed = append(listed, f)
		}
	}
	rr.UnlistedPartial = len(findings) - len(listed)
	return listed
}

// quota bounds the findings of one rule. Those that tuning suppresses have a bound of their own: however many there are, they
// push no other off the list.
type quota struct {
	limit            int
	open, suppressed int // admitted so far
	matches          func(*Finding) bool
}

// admits reports whether a finding is listed, and whether it is a suppressed one.
func (q *quota) admits(f *Finding) (admitted, suppressed bool) {
	n := &q.open
	if suppressed = q.matches(f); suppressed {
		n = &q.suppressed
	}
	if *n >= q.limit {
		return false, suppressed
	}
	*n++
	return true, suppressed
}

// timed reports whether an event has a time by which it can be put in order and measured against a maxspan: not the year 1601,
// which stands for none, and not centuries away, where nanoseconds do not fit an int64.
func timed(e *timeline.Event) bool {
	n := e.At.UnixNano()
	return n != math.MinInt64 && n != math.MaxInt64
}

func timelessWarning(n int) string {
	events := "1 event satisfies"
	if n > 1 {
		events = fmt.Sprintf("%d events satisfy", n)
	}
	return events + " a stage, but has no time, or one before 1678 or after 2262: no sequence is made of such events, because their order cannot be told"
}

func partialReason(p *eql.Program) string {
	span := ""
	if d := time.Duration(p.MaxSpan()); d > 0 {
		span = " within " + spanText(d)
	}
	return fmt.Sprintf("Only the first of %d stages was seen: no event that satisfies the next one followed with the same join keys%s.",
		len(p.Stages()), span)
}

// item is an event on its way through a matcher.
type item struct {
	eventView
	event *timeline.Event
	sure  []int // stages that it satisfies whatever came before
}
