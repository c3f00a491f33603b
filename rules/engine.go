package rules

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"hunt/evtx"
	"hunt/limit"
	"hunt/rules/pack"
	"hunt/rules/predicate"
	"hunt/rules/reason"
	"hunt/rules/sequence"
	"hunt/rules/stage"
	"hunt/rules/waiting"
	"hunt/timeline"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
	"hunt/timeline/shard"
	"hunt/timeline/spill"
)

// Scanner is evidence that rules run over, such as timeline.Of a collection. Scan shows each event that a rule could
// need to a visitor, in no order, and returns the case.
type Scanner interface {
	Scan(context.Context, timeline.ScanOptions, func() timeline.Visitor) (*timeline.Case, error)
}

// Options of Run. The zero value runs on all cores over everything, ordered by TimeCreated.
type Options struct {
	// Store returns what a query with pipes keeps of an event in its place; it is called if the results are events.
	Store     func(*timeline.Event) []byte
	Jobs      int
	Clock     ledger.Clock
	Carved    bool // carved records reach the rules, always marked
	Strict    bool // only field values that Elastic has
	Filter    timeline.Filter
	KeepTwins bool // do not merge a Sysmon 1 with its Security 4688; only for comparisons with other engines
	Meter     *timeline.Meter
	MaxMemory spill.Budget
	TempDir   string // for what is beyond it; "" is the system's

	// AsLogged matches each part of a script block by itself, and nothing that is encoded in a command line or script.
	// It is for comparisons with other engines, and for callers that want records as they are.
	AsLogged bool

	Shard *shard.Writer // receives what the scan learns and which chunks hold hits; may be nil
	Hosts *host.Map     // which names are one host, in addition to what the logs say; may be nil

	Limits *limit.Tally // counts the bounds that apply; nil: the case has a tally of its own

	MaxFindings int // of one rule; 0 = 10,000. Any more are counted and reported
	MaxListed   int // of all rules; 0 = 10,000. The most serious ones are listed
	// MaxListedRecords bounds the records of their events, in bytes; 0 = 64 MiB.
	MaxListedRecords int64

	// Hit is called for each event that satisfies a rule of single events, host by host, with the finding to which it
	// belongs: nil if that is not listed. suppressed says that tuning suppresses it. It may be nil.
	Hit func(r *pack.Rule, f *Finding, suppressed bool, e *timeline.Event)
}

// Run reads the evidence once, evaluates the predicates of all stages while reading, puts the hits in order and
// matches the rules over them. A rule that cannot be compiled or cannot run is a RuleResult with a reason, not an
// error. Memory is O(hits + process starts), not O(events). The result depends on evidence, pack and options, not on
// Jobs.
func Run(ctx context.Context, evidence Scanner, pk *pack.Pack, o Options) (*Result, error) {
	return Compile(pk, o.Strict).Run(ctx, evidence, o)
}

// Run is the function Run with the compiled rules.
func (c *Compiled) Run(ctx context.Context, evidence Scanner, o Options) (*Result, error) {
	r := c.begin(o)
	defer r.close()
	if err := r.search(ctx, inEvidence(evidence), nil); err != nil {
		return nil, err
	}
	r.local.closeHost()
	return r.finish(ctx)
}

// running is a Run in progress.
type running struct {
	*Compiled
	o        Options
	res      *Result
	found    *searched
	kinds    *stage.Kinds
	local    local
	counting *counting
	told     *shareWriter // receives what other hosts are needed for; nil: it is matched here
}

// search passes the events of the evidence to the local part of the run. known, if set, is called just before the
// first event.
func (r *running) search(ctx context.Context, find finder, known func(*searched)) error {
	begin := func(s *searched) sink {
		r.found, r.res.Case, r.res.hits = s, s.cs, newHits(r.o)
		if known != nil {
			known(s)
		}
		r.kinds = stage.KindsOf(r.programs, r.of, s.preds, r.schema.ECS, s.cs)
		r.counting = newCounting(r.counts, s, r.o)
		all := &run{o: r.o, holder: s.holder(ctx, r.o)}
		if r.told == nil && r.o.Shard == nil { // otherwise the choice is made among the findings of more hosts
			all.roster = newRoster(r.o.MaxListed, r.o.MaxListedRecords)
		}
		r.local = r.res.matchers(r.programs, r.owner, r.kinds, r.counting, all)
		if r.told != nil {
			r.local.global.told = r.told.wait
			if r.counting != nil {
				r.counting.told = r.told.count
			}
		}
		return sink{hand: r.local.push, left: r.countLeft}
	}
	found, err := find(ctx, r.o, request{schema: r.schema, programs: r.programs, preds: r.preds, warm: r.warm,
		begin: begin})
	r.found = found
	return err
}

// countLeft counts the hits of an event that no matcher is shown.
func (r *running) countLeft(hits []predicate.Hit) {
	for _, h := range hits {
		r.res.Rules[r.owner[h.Program]].StageHits[h.Stage]++
	}
}

// finish does the part that needs all hosts.
func (r *running) finish(ctx context.Context) (_ *Result, err error) {
	res := r.res
	if err := r.counting.match(ctx); err != nil {
		return nil, err
	}
	if res.Findings, err = r.local.global.finish(); err != nil {
		return nil, err
	}
	for _, h := range r.found.cs.Hosts.All {
		if in, out := r.found.cs.LeftOut(h); len(out) > 0 {
			res.Limits = append(res.Limits,
				fmt.Sprintf("--host left out the records of %s, which is the same host as %s: name it too.",
					strings.Join(out, ", "), strings.Join(in, ", ")))
		}
	}
	res.tellBounds()
	for i := range res.Rules {
		res.Limits = append(res.Limits, res.Rules[i].limits()...)
		res.Case.Limits.Add(res.Rules[i].bites())
	}
	res.blindness(r.programs, r.owner, r.found.preds, r.schema.ECS, r.kinds)
	res.Needs = r.kinds.Needs(r.programs, r.of)
	return res, cmp.Or(r.local.holder.Err(), res.Case.Err(), res.hits.log.Err())
}

// close frees the temporary files.
func (r *running) close() {
	r.counting.close()
	r.local.close()
	if r.found != nil {
		r.found.close()
	}
}

// matchers makes the matchers of the programs, which find and judge matches.
func (res *Result) matchers(programs []*sequence.Program, owner []int, kinds *stage.Kinds, c *counting, r *run) local {
	program := map[*pack.Rule]int{}
	for p, i := range owner {
		program[res.Rules[i].Rule] = p
	}
	r.most, r.hits = cmp.Or(r.o.MaxFindings, maxFindings), res.hits
	if r.roster != nil {
		r.roster.hits = res.hits
	}
	r.judge = newJudge(res, func(r *pack.Rule, stage int) []ledger.EventKind { return kinds.Of(program[r], stage) })
	r.bitten = stage.Bitten(func() *timeline.Case { return res.Case })
	l := local{global: &global{judge: r.judge, waiting: waiting.NewLine(r.holder, r.o.MaxMemory, r.o.TempDir)},
		holder: r.holder}
	for p, program := range programs {
		rr := &res.Rules[owner[p]]
		switch program.Form() {
		case sequence.EventQuery:
			l.matchers = append(l.matchers, newSingle(rr, program, r))
		case sequence.Counted:
			l.matchers = append(l.matchers, c.matcher(p, rr, program, r))
		default:
			l.matchers = append(l.matchers, newMatching(rr, program, r))
		}
	}
	l.global.matchers = l.matchers
	return l
}

// searched is the result of reading the evidence once for some programs.
type searched struct {
	cs       *timeline.Case
	programs []*sequence.Program
	preds    *stage.Set // of the programs
	index    *timeline.Index
	// again passes on once more the events of which a record is wanted, host after host, with their other halves. It
	// is nil if all events were in memory: callers that need them later keep them.
	again func(ctx context.Context, wanted func(evtx.Ref) bool, hand func(*timeline.Event)) error
}

// close frees the index of the events.
func (s *searched) close() {
	if s.index != nil {
		_ = s.index.Close() // temporary files
	}
}

// finder searches for what is requested.
type finder func(context.Context, Options, request) (*searched, error)

// inEvidence searches evidence that has not been scanned yet.
func inEvidence(evidence Scanner) finder {
	return func(ctx context.Context, o Options, want request) (*searched, error) {
		return search(ctx, evidence, o, want)
	}
}

// holder returns a Holder for the events of a run.
func (s *searched) holder(ctx context.Context, o Options) *waiting.Holder {
	var read func([]*timeline.Event) error
	if s.again != nil {
		reader := s.cs.NewReader(o.Jobs)
		read = func(events []*timeline.Event) error { return reader.Read(ctx, events) }
	}
	return waiting.NewHolder(o.MaxMemory.Of(spill.Candidates), read)
}

// request is what search looks for.
type request struct {
	schema   *pack.Schema
	programs []*sequence.Program // compiled against schema
	preds    *stage.Set          // of the programs; nil: they are made
	warm     *warm               // caches of earlier runs; nil: none
	asked    ledger.Asked        // which parts of the histories of hosts are needed
	// begin is called once, with the case, and returns what receives the events.
	begin func(*searched) sink
}

// sink receives the events that satisfy any stage.
type sink struct {
	// hand receives them with their hits, host after host, each host's in order. During the call, the event of a
	// process start that was logged twice has its Half.
	hand func(*timeline.Event, []predicate.Hit)
	// left receives the hits of an event that is not passed on because no matcher would do anything with it; nil: all
	// events are passed on.
	left func([]predicate.Hit)
}

// to is a request's begin for a sink that is made before the case is known.
func (s sink) to() func(*searched) sink { return func(*searched) sink { return s } }

// predicates returns the predicates of the programs.
func (r *request) predicates() *stage.Set {
	if r.preds != nil {
		return r.preds
	}
	return stage.NewSet(r.programs, r.schema)
}

// scanOptions returns how evidence is scanned for a run.
func scanOptions(o Options, schema *pack.Schema) timeline.ScanOptions {
	return timeline.ScanOptions{Jobs: o.Jobs, Clock: o.Clock, Carved: o.Carved, Strict: o.Strict, Filter: o.Filter,
		Schema: schema.ECS, Meter: o.Meter, MaxMemory: o.MaxMemory, TempDir: o.TempDir, Shard: o.Shard, Hosts: o.Hosts,
		Limits: o.Limits}
}

// search reads the evidence once, evaluates the stages of the programs while reading, and passes on the events that
// satisfy any. Memory is O(hits), up to the budget.
func search(ctx context.Context, evidence Scanner, o Options, want request) (_ *searched, err error) {
	if o.Clock == "" {
		o.Clock = ledger.ClockCreated
	}
	if o.Jobs <= 0 {
		o.Jobs = runtime.GOMAXPROCS(0)
	}
	preds := want.predicates()
	preds.Carry(!o.AsLogged, want.schema)
	var parts *timeline.Index
	if !o.AsLogged {
		parts = timeline.NewIndex(timeline.IndexOptions{Jobs: o.Jobs, MaxMemory: scriptBudget(o), TempDir: o.TempDir})
		defer func() { _ = parts.Close() }() // temporary files
	}
	index := timeline.NewIndex(timeline.IndexOptions{Jobs: o.Jobs, MaxMemory: o.MaxMemory, TempDir: o.TempDir})
	found := &searched{programs: want.programs, preds: preds, index: index}
	defer func() {
		if err != nil {
			found.close()
		}
	}()
	most := o.MaxMemory.Of(spill.Candidates) / int64(o.Jobs)
	if o.KeepTwins {
		most = math.MaxInt64 // twins are merged where candidates are read again
	}
	var visitors []*visitor
	defer func() { closeAll(visitors) }()
	warm := want.warm
	if warm == nil {
		warm = newWarm(o)
	}
	options := scanOptions(o, want.schema)
	options.Templates, options.Asked = warm.templates, want.asked
	cs, err := evidence.Scan(ctx, options, func() timeline.Visitor {
		v := newVisitor(preds, warm.dismissed, most, index.Writer())
		v.memory = warm.memory(len(visitors), preds)
		v.noted = stage.NewNoter(o.Shard)
		if parts != nil {
			v.parts = parts.Writer()
		}
		visitors = append(visitors, v)
		return v
	})
	if err != nil {
		return nil, err
	}
	for _, v := range visitors {
		v.noted.Tell()
	}
	found.cs = cs
	for _, v := range visitors {
		v.cuts.tell(cs.Limits)
	}
	if parts != nil && len(visitors) > 0 {
		if err := found.wholes(ctx, parts, visitors[0], o, cs.Limits); err != nil {
			return nil, err
		}
	}
	return found, found.settle(ctx, visitors, o, want.begin)
}

// settle passes on what the visitors kept, in order: from memory or, if they had to spill, read again.
func (s *searched) settle(ctx context.Context, visitors []*visitor, o Options,
	begin func(*searched) sink) error {
	spilled := slices.ContainsFunc(visitors, func(v *visitor) bool { return v.spilled })
	if spilled {
		s.again = func(ctx context.Context, wanted func(evtx.Ref) bool, hand func(*timeline.Event)) error {
			return s.replayOnly(ctx, o.Jobs, wanted, hand)
		}
	}
	to := begin(s)
	if spilled {
		for _, v := range visitors {
			v.spill()
			*v = visitor{} // its caches are of no further use
		}
		return s.replay(ctx, s.index, o.Jobs, s.cs.Limits, to)
	}
	events := order(s.cs, visitors, o.KeepTwins, s.cs.Limits)
	slices.SortStableFunc(events, func(a, b candidate) int { return strings.Compare(a.Host.ID, b.Host.ID) })
	return handAll(ctx, events, to.hand)
}

// handAll passes on events that are in memory.
func handAll(ctx context.Context, events []candidate, hand func(*timeline.Event, []predicate.Hit)) error {
	for i, e := range events {
		if i%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		hand(e.Event, e.hits)
		e.Half = nil            // findings do not keep it
		events[i] = candidate{} // a matcher keeps it as long as it needs it
	}
	return nil
}

// replay passes on the indexed events: read again, enriched, and evaluated exactly.
func (s *searched) replay(ctx context.Context, index *timeline.Index, jobs int, limits *limit.Tally,
	to sink) error {
	if _, err := index.Order(ctx, s.cs, true); err != nil {
		return err
	}
	evaluators := make([]*stage.Evaluator, jobs)
	for i := range evaluators {
		evaluators[i] = s.preds.Borrow()
		defer s.preds.Return(evaluators[i])
	}
	all := func(*timeline.Event) bool { return true } // an event that satisfies nothing shows on arrival
	options := timeline.ReplayOptions{Jobs: jobs, Halves: true, Settle: all, Across: true}
	if to.left != nil {
		options.Leave = stage.NewIdle(s.preds, s.programs, withinHost, to.left).Leave
	}
	_, err := s.cs.Replay(ctx, index, options,
		func(_ int, events []*timeline.Event) error {
			hits := make([][]predicate.Hit, len(events))
			var wg sync.WaitGroup
			for i, evaluator := range evaluators {
				wg.Go(func() {
					for k := i * len(events) / jobs; k < (i+1)*len(events)/jobs; k++ {
						hits[k] = evaluator.Hits(events[k], limits)
					}
				})
			}
			wg.Wait()
			for k, e := range events {
				if len(hits[k]) > 0 {
					to.hand(e, hits[k])
				}
				e.Half = nil // findings do not keep it
			}
			return ctx.Err()
		})
	return err
}

// replayOnly passes on those of the indexed events of which a record is wanted.
func (s *searched) replayOnly(ctx context.Context, jobs int, wanted func(evtx.Ref) bool,
	hand func(*timeline.Event)) error {
	all := func(*timeline.Event) bool { return true }
	o := timeline.ReplayOptions{Jobs: jobs, Halves: true, Settle: all, Across: true, Only: wanted}
	_, err := s.cs.Replay(ctx, s.index, o, func(_ int, events []*timeline.Event) error {
		for _, e := range events {
			hand(e)
		}
		return ctx.Err()
	})
	return err
}

// order puts the kept events of all workers in the total order, settles what only history could decide, and merges
// copies and twins with their hits.
func order(cs *timeline.Case, visitors []*visitor, keepTwins bool, limits *limit.Tally) []candidate {
	var events []*timeline.Event
	hits := map[*timeline.Event][]predicate.Hit{}
	for _, v := range visitors {
		for _, k := range v.kept {
			events = append(events, k.Event)
			hits[k.Event] = k.hits
		}
		v.kept, v.keeper = nil, timeline.Keeper{}
	}
	events = cs.Order(events)
	for _, e := range events {
		if slices.ContainsFunc(hits[e], func(h predicate.Hit) bool { return h.Truth == predicate.Maybe }) {
			hits[e] = visitors[0].evaluator.Settle(e, hits[e], limits)
		}
	}
	if !keepTwins {
		// The start satisfies a stage if either of its records does.
		events = cs.MergeTwins(events, func(into, twin *timeline.Event) {
			hits[into] = stage.Union(hits[into], hits[twin])
			into.Half = twin
		})
	}
	out := make([]candidate, 0, len(events))
	for _, e := range events {
		if len(hits[e]) > 0 {
			out = append(out, candidate{e, hits[e]})
		}
	}
	return out
}

func timelessWarning(n int) string {
	events := "1 event satisfies"
	if n > 1 {
		events = fmt.Sprintf("%d events satisfy", n)
	}
	return events + " a stage, but has no time, or one before 1678 or after 2262: such events join no sequence, " +
		"because their order is unknown"
}

func partialReason(p *sequence.Program) string {
	span := ""
	if d := time.Duration(p.MaxSpan()); d > 0 {
		span = " within " + reason.Span(d)
	}
	return fmt.Sprintf("Only the first of %d stages was seen: no event that satisfies the next one followed with "+
		"the same join keys%s.",
		len(p.Stages()), span)
}
