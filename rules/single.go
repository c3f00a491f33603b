package rules

import (
	"slices"
	"time"

	"hunt/evtx"
	"hunt/limit"
	"hunt/rules/fact"
	"hunt/rules/pack"
	"hunt/rules/predicate"
	"hunt/rules/sequence"
	"hunt/rules/stage"
	"hunt/rules/waiting"
	"hunt/timeline"
	"hunt/timeline/host"
)

// A run of hits is one finding: the hits of one rule on one host by one actor.
const (
	// runGap is the time without a hit that ends a run.
	runGap = evtx.Filetime(time.Hour / 100)
	// runSpan is the time after its first hit that ends a run.
	runSpan = 24 * runGap
	// shownHits is how many events of a run are kept in full, the first ones.
	shownHits = 5
)

// single makes findings from the events that satisfy a rule of single events. The events of a host come one
// after the other, in order.
type single struct {
	rr    *RuleResult
	label string // of the stage
	// of a query whose head or tail chooses among the matches of all hosts; nil of all others
	matcher  *sequence.Matcher
	items    *stage.Items
	holder   *waiting.Holder
	local    bool
	judge    *judge
	hits     *hits
	told     func(*pack.Rule, *Finding, bool, *timeline.Event) // Options.Hit
	quota    quota
	roster   *roster
	open     map[runKey]*Finding
	sweepAt  int // number of open runs at which ended ones are looked for
	findings findingList
}

// runKey is what the hits of a run have in common. It includes everything that hunt says about a single hit, so
// that what the finding says about the first is true of each.
type runKey struct {
	host  *host.Host
	actor string
	outcome
	decoded bool // the rule matches only content that the event carries in encoded form
}

func newSingle(rr *RuleResult, p *sequence.Program, r *run) *single {
	rr.StageHits = make([]int, len(p.Stages()))
	s := &single{rr: rr, label: p.Stages()[0].Label, local: !p.Piped(), judge: r.judge, hits: r.hits, told: r.o.Hit,
		quota: quota{limit: r.most}, roster: r.roster,
		open: map[runKey]*Finding{}, sweepAt: fewRuns}
	if p.Piped() {
		s.matcher, s.items, s.holder = p.NewMatcher(), stage.NewItems(p), r.holder
		s.matcher.Bitten = r.bitten
	}
	return s
}

// push implements matcher.
func (s *single) push(e *timeline.Event, hits []predicate.Hit) {
	if slices.ContainsFunc(hits, func(h predicate.Hit) bool { return h.Truth == predicate.True }) {
		s.rr.StageHits[0]++
	}
	if s.matcher == nil {
		s.hit(e, hits[0].Decoded)
		return
	}
	s.matcher.Push(s.items.Of(s.holder.Hold(e), hits), s.match)
}

func (s *single) match(m sequence.Match) {
	if e := s.holder.Load(stage.HeldOf(m.Events[0]))[0]; e != nil {
		s.hit(e, m.Events[0].Event.(*stage.Item).Decoded(0))
	}
}

// hit processes an event that satisfies the rule.
func (s *single) hit(e *timeline.Event, decoded bool) {
	s.rr.Matches++
	seen := s.judge.see(e)
	key := runKey{e.Host, seen.actor, s.judge.outcome(s.rr.Rule, seen), decoded}
	suppressed := key.exception != nil
	if suppressed {
		s.rr.Suppressed++
	}
	f := s.open[key]
	if f == nil || f.ended(e.At) {
		f = nil
		if s.quota.admits(s.quotaHost(e), suppressed) {
			f = s.begin(e, key)
			s.open[key] = f
			s.sweep(e.At)
		} else {
			delete(s.open, key)
		}
	}
	if s.told != nil {
		if f != nil && f.outranked {
			s.told(s.rr.Rule, nil, suppressed, e)
		} else {
			s.told(s.rr.Rule, f, suppressed, e)
		}
	}
	if f == nil {
		s.rr.Unlisted++
		return
	}
	if f.outranked {
		f.Last = e.At
		s.rr.Unlisted++
		s.rr.Outranked++
		return
	}
	shown := len(f.Evidence)
	f.take(seen)
	if s.roster.grown(f.Evidence[shown:]); f.outranked {
		return // and so is the run
	}
	if !decoded {
		s.hits.add(f, e)
	}
}

// quotaHost returns the host whose findings are counted together: those of a query that chooses among all hosts
// are counted as a whole.
func (s *single) quotaHost(e *timeline.Event) *host.Host {
	if s.local {
		return e.Host
	}
	return nil
}

// begin begins a run with its first hit, which is not counted yet. The run may already be outranked.
func (s *single) begin(e *timeline.Event, o runKey) *Finding {
	f := &Finding{Rule: s.rr.Rule, Status: pack.StatusFinding, Host: e.Host, First: e.At, Last: e.At, run: true,
		Evidence: []Evidence{{Label: s.label, Event: e, Decoded: o.decoded}}}
	f.Exception, f.expired = o.exception, o.expired
	if s.roster.admits(f, s.rr, s.quotaHost(e), s.quota.nth(f.Exception != nil)) {
		s.judge.local(f)
		s.findings.all = append(s.findings.all, f)
	}
	return f
}

// ended reports whether an event of that time is too late for the run.
func (f *Finding) ended(at evtx.Filetime) bool {
	return at-f.Last > runGap || at-f.First > runSpan
}

// take adds a hit to the run; the first is already its evidence.
func (f *Finding) take(x *seen) {
	f.Count++
	if f.Count == 1 {
		return
	}
	if f.Count == 2 {
		f.marks = append(f.marks, f.differ(fact.LookOf(f.Evidence[0].Event)))
	}
	e, mark := x.event, f.differ(x.looks())
	f.Last = e.At
	shown, known := len(f.Evidence) < shownHits, slices.Contains(f.marks, mark)
	switch {
	case shown:
		f.Evidence = append(f.Evidence, Evidence{Label: f.Evidence[0].Label, Event: e, Decoded: f.Evidence[0].Decoded})
	case !known && len(f.Further) < maxFurther:
		f.Further = append(f.Further, e.Let())
	case !known:
		f.FurtherMore++
		return
	}
	if !known {
		f.marks = append(f.marks, mark)
	}
}

// maxFurther bounds the differing events of a run that are kept beyond those that are shown.
const maxFurther = 32

var boundFurther = limit.Bound{ID: "rules-further-events",
	Text: "the first 5 events of a run, and 32 others that differ from them, can join its finding to an incident"}

// withinHost implements matcher.
func (s *single) withinHost() bool { return s.local }

// finish implements matcher.
func (s *single) finish() []*Finding { return s.findings.listed() }

// fewRuns is the number up to which searching for ended runs is not worthwhile.
const fewRuns = 256

// sweep drops the runs that have ended.
func (s *single) sweep(at evtx.Filetime) {
	if len(s.open) < s.sweepAt {
		return
	}
	for k, f := range s.open {
		if f.ended(at) {
			delete(s.open, k)
		}
	}
	s.sweepAt = max(fewRuns, 2*len(s.open))
}

// close implements matcher.
func (s *single) close() {
	if s.matcher != nil {
		s.matcher.Close(s.match)
	}
	for _, f := range s.findings.ended() {
		f.Differs = fact.Different(f.Differs)
	}
	s.findings.swept()
	clear(s.open)
	s.sweepAt = fewRuns
}

// differ notes the look of an event, and returns its mark.
func (f *Finding) differ(l *fact.Look) (mark uint64) {
	f.Differs, mark = fact.Spreads(f.Differs, l)
	return mark
}
