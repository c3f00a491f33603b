package rules

import (
	"slices"
	"time"

	"hunt/evtx"
	"hunt/limit"
	"hunt/rules/pack"
	"hunt/rules/predicate"
	"hunt/rules/recent"
	"hunt/rules/sequence"
	"hunt/rules/stage"
	"hunt/rules/waiting"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

// matching runs one program over the events that satisfy its stages: over one host after the other if no match can
// join hosts, otherwise over all hosts together. The events of one such part come in order, and close ends it. It
// holds what its matcher is waiting with, the findings up to their bound, and the first stages from which
// candidates and partial chains are made.
type matching struct {
	rr       *RuleResult
	program  *sequence.Program
	local    bool // host by host
	matcher  *sequence.Matcher
	opening  sequence.Opening
	judge    *judge
	hits     *hits
	roster   *roster
	quota    crowd // of complete chains
	partials crowd // of partial ones
	emit     func(sequence.Match)
	bitten   func(limit.Bound, sequence.Item) // called for the matcher's bounds
	items    *stage.Items
	holder   *waiting.Holder

	findings findingList // of the closed parts: complete ones, then
	partial  findingList
	complete []*Finding    // of the current part
	span     time.Duration // maxspan; 0 = none
	chained  bool          // a sequence of two stages or more that begins with an event
	firsts   recent.List   // events that satisfy the first stage
	open     []*Finding    // complete chains whose candidates have not been looked for yet

	// For a rule with partial chains: firsts of which it is unknown whether a match uses them.
	unused   []*stage.Held
	used     map[evtx.Ref]bool   // those that a match uses
	folder   folder              // of partial chains
	settled  []map[evtx.Ref]bool // by stage: events that a match confirmed
	timeless int
}

// maxFirsts bounds the first stages that are kept at the same time: those of one host of which it is unknown
// whether they are partial chains, and the newest, which become the candidates of matches that are known late.
const maxFirsts = 4_000

func newMatching(rr *RuleResult, program *sequence.Program, r *run) *matching {
	stages := program.Stages()
	rr.StageHits = make([]int, len(stages))
	m := &matching{rr: rr, program: program, local: withinHost(program), span: time.Duration(program.MaxSpan()),
		judge: r.judge, hits: r.hits, roster: r.roster, quota: newCrowd(r.most), partials: newCrowd(r.most),
		chained: program.Form() == sequence.Sequence && len(stages) > 1 && !stages[0].Missing,
		bitten:  r.bitten, items: stage.NewItems(program), holder: r.holder}
	m.emit = m.match
	m.begin()
	return m
}

// begin prepares for the next part.
func (m *matching) begin() {
	m.matcher = m.program.NewMatcher()
	m.matcher.Bitten = m.bitten
	m.opening = m.program.NewOpening()
	m.complete, m.open, m.unused, m.folder = nil, nil, nil, newFolder()
	m.firsts = recent.List{Newest: maxCandidates + len(m.program.Stages())}
	if m.program.Late() {
		m.firsts.Newest = maxFirsts
	}
	m.used, m.settled = map[evtx.Ref]bool{}, make([]map[evtx.Ref]bool, len(m.program.Stages()))
	clear(m.quota.of)
	clear(m.partials.of)
}

// withinHost reports whether all events of a match are from one host: every stage has a key at the same index
// whose values belong to a single host.
func withinHost(p *sequence.Program) bool {
	stages := p.Stages()
	if p.Piped() {
		return false // head and tail choose among the matches of all hosts
	}
	for k := range p.Keys(0) {
		own := true
		for s := range stages {
			keys := p.Keys(s)
			own = own && k < len(keys) && slices.Contains(hostKeys, ecs.Field(keys[k]))
		}
		if own {
			return true
		}
	}
	return false
}

// push processes the next event, with its hits in this program.
func (m *matching) push(e *timeline.Event, hits []predicate.Hit) {
	if stage.Timed(e) && m.opening.Idle(e.At.UnixNano(), hits) {
		for _, h := range hits {
			if h.Truth == predicate.True {
				m.rr.StageHits[h.Stage]++
			}
		}
		return
	}
	x := m.holder.Hold(e)
	it := m.items.Of(x, hits)
	sure := it.Event.(*stage.Item).Sure
	for _, stage := range sure {
		m.rr.StageHits[stage]++
	}
	if stage.Timed(e) {
		m.settle(e.At)
	}
	if m.chained && slices.Contains(sure, 0) {
		m.first(x)
	}
	if m.program.Form() == sequence.Sequence && !stage.Timed(e) {
		m.timeless++
		return
	}
	m.matcher.Push(it, m.emit)
}

// first keeps an event with which a chain can begin, as long as it may be needed.
func (m *matching) first(x *stage.Held) {
	if m.span > 0 {
		m.firsts.Add(x)
	}
	if !m.rr.Rule.Partial {
		return
	}
	if len(m.unused) >= maxFirsts {
		m.rr.Unkept++
		return
	}
	m.unused = append(m.unused, x)
}

// firstOf returns the evidence of a first stage.
func (m *matching) firstOf(e *timeline.Event) Evidence {
	return Evidence{Stage: 0, Label: m.program.Stages()[0].Label, Event: e}
}

// settle looks for the candidates of chains that ended before a time: no later event can be one. It drops what is
// too old to be a candidate, or for a match to refer to.
func (m *matching) settle(at evtx.Filetime) {
	n := 0
	for n < len(m.open) && m.open[n].last().At < at {
		n++
	}
	if n > 0 {
		m.addCandidates(m.open[:n])
		m.open = slices.Delete(m.open, 0, n)
	}
	if m.span == 0 || m.program.Piped() {
		return // a match may still refer to any of them
	}
	reach := m.span
	if m.program.Late() {
		reach *= 2 // a match may wait for the last span of another
	}
	oldest := at
	if len(m.open) > 0 {
		oldest = m.open[0].last().At
	}
	m.firsts.Forget(oldest, reach)
	n = 0
	for n < len(m.unused) && m.unused[n].Event.At < at && !recent.Near(m.unused[n].Event.At, at, reach+foldSpan) {
		n++
	}
	m.addPartials(n)
}

// last returns the last event of a finding.
func (f *Finding) last() *timeline.Event {
	for _, e := range slices.Backward(f.Evidence) {
		if e.Event != nil {
			return e.Event
		}
	}
	return nil
}

// match processes a match of the matcher.
func (m *matching) match(match sequence.Match) {
	var waited []*stage.Held
	f := &Finding{Rule: m.rr.Rule, Status: pack.StatusFinding, Keys: match.Keys}
	for i, it := range match.Events {
		if it.Event != nil {
			waited = append(waited, stage.HeldOf(it))
			f.Host = stage.HeldOf(it).Event.Host
			m.confirm(i, it.Event.(*stage.Item))
		}
	}
	for _, it := range match.Events {
		if own, ok := it.Event.(*stage.Item); ok && own.Event.Host == f.Host && slices.Contains(own.Sure, 0) {
			f.firsts++
		}
	}
	if m.rr.Matches++; m.beyond(f.Host, waited) {
		m.rr.Unlisted++
		return
	}
	if !m.evidence(f, match, waited) {
		m.rr.Matches--
		return
	}
	if !m.admits(&m.quota, f) {
		m.rr.Unlisted++
		return
	}
	m.complete = append(m.complete, f)
	if m.rr.Rule.Partial {
		m.folder.take(f)
	}
	if m.chained && m.span > 0 && f.last() != nil {
		m.open = append(m.open, f)
	}
}

// beyond reports whether a match is certainly not listed, whatever tuning says about it, so that its events need
// not be read again.
func (m *matching) beyond(h *host.Host, waited []*stage.Held) bool {
	if n := len(waited); n > 0 {
		if e := m.holder.Load(waited[n-1])[0]; e != nil && !m.quota.room(e) {
			return true
		}
	}
	return m.judge.tuning[m.rr.Rule] == nil && m.quota.full(m.quotaHost(h))
}

// evidence gives a finding the events of its match; it returns false if one can no longer be read.
func (m *matching) evidence(f *Finding, match sequence.Match, waited []*stage.Held) bool {
	events := m.holder.Load(waited...)
	if slices.Contains(events, nil) {
		return false
	}
	stages := m.program.Stages()
	for i, it := range match.Events {
		ev := Evidence{Stage: i, Label: stages[min(i, len(stages)-1)].Label}
		if it.Event != nil {
			ev.Event, events = events[0], events[1:]
			ev.Decoded = it.Event.(*stage.Item).Decoded(min(i, len(stages)-1))
		}
		f.Evidence = append(f.Evidence, ev)
	}
	return true
}

// admits applies tuning to a finding, and reports whether it is listed.
func (m *matching) admits(c *crowd, f *Finding) bool {
	if m.judge.tune(f); f.Exception != nil {
		m.rr.Suppressed++
	}
	if !c.admits(m.quotaHost(f.Host), f) {
		return false
	}
	f.nth = c.nth(f.Exception != nil)
	return true
}

// quotaHost returns the host whose findings are counted together: those of a rule that joins hosts are counted as
// a whole.
func (m *matching) quotaHost(h *host.Host) *host.Host {
	if m.local {
		return h
	}
	return nil
}

// confirm counts an event for a stage that refers to an earlier one. Only a match shows whether an event satisfies
// such a stage; each event is counted once.
func (m *matching) confirm(stage int, it *stage.Item) {
	ref := it.Event.Ref
	if m.rr.Rule.Partial && slices.Contains(it.Sure, 0) {
		m.used[ref] = true
	}
	if stages := m.program.Stages(); stage >= len(stages) || !stages[stage].Dependent ||
		slices.Contains(it.Sure, stage) || m.settled[stage][ref] {
		return
	}
	if m.settled[stage] == nil {
		m.settled[stage] = map[evtx.Ref]bool{}
	}
	m.settled[stage][ref] = true
	m.rr.StageHits[stage]++
}

// close ends a part: the events of a host, or those of all.
func (m *matching) close() {
	m.matcher.Close(m.emit)
	m.addCandidates(m.open)
	m.addPartials(len(m.unused))
	for _, f := range m.complete {
		if m.roster.admits(f, m.rr, m.quotaHost(f.Host), f.nth) {
			m.finding(f)
			sortCandidates(f)
			m.findings.all = append(m.findings.all, f)
		}
	}
	for _, f := range m.partial.ended() {
		if m.roster.admits(f, m.rr, m.quotaHost(f.Host), f.nth) {
			sortCandidates(f)
		}
	}
	m.findings.swept()
	m.partial.swept()
	m.begin()
}

// finding judges a finding that is listed, and notes where its events are.
func (m *matching) finding(f *Finding) {
	f.Count = 1
	for _, e := range f.Evidence {
		if e.Event == nil {
			continue
		}
		if f.First == 0 {
			f.First = e.Event.At
		}
		f.Last = e.Event.At
		if e.Decoded {
			continue
		}
		m.hits.add(f, e.Event)
	}
	m.judge.local(f)
}

// addPartials makes partial chains from the first n of the first stages that no match uses.
func (m *matching) addPartials(n int) {
	left := slices.DeleteFunc(slices.Clone(m.unused[:n]), func(x *stage.Held) bool {
		used := m.used[x.Event.Ref]
		delete(m.used, x.Event.Ref)
		return used
	})
	for some := range slices.Chunk(left, waiting.Together) {
		for _, e := range m.holder.Load(some...) {
			if e != nil {
				m.addPartial(e)
			}
		}
	}
	m.unused = slices.Delete(m.unused, 0, n)
}

// addPartial makes a partial chain from a first stage.
func (m *matching) addPartial(e *timeline.Event) {
	f := &Finding{Rule: m.rr.Rule, Status: pack.StatusPartial, Host: e.Host,
		Evidence: []Evidence{m.firstOf(e)}, Reasons: []string{partialReason(m.program)}}
	if m.folder.folds(f) {
		return
	}
	m.rr.Partial++
	if !m.partials.room(e) || !m.admits(&m.partials, f) {
		m.rr.UnlistedPartial++
		return
	}
	m.finding(f)
	m.partial.all = append(m.partial.all, f)
}

// withinHost implements matcher.
func (m *matching) withinHost() bool { return m.local }

// finish returns the findings: complete ones first, then partial chains, each in order.
func (m *matching) finish() []*Finding {
	if m.timeless > 0 {
		m.rr.Warnings = append(m.rr.Warnings, timelessWarning(m.timeless))
	}
	m.rr.Crowded, m.rr.CrowdedPartial = m.quota.crowded, m.partials.crowded
	return append(m.findings.listed(), m.partial.listed()...)
}
