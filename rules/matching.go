package rules

import (
	"slices"
	"time"

	"hunt/evtx"
	"hunt/rules/eql"
	"hunt/timeline"
)

// matching runs one program over the events that satisfy its stages, which come in order. It holds what its matcher waits with,
// the findings up to their bound, and the first stages that candidates and partial chains are made of.
type matching struct {
	rr      *RuleResult
	program *eql.Program
	matcher *eql.Matcher
	quota   *quota
	emit    func(eql.Match)

	findings []*Finding
	span     time.Duration // maxspan; 0 = none
	chained  bool          // a sequence of two stages or more that begins with an event
	keeps    bool          // firsts are kept to the end, up to maxFirsts
	firsts   []Evidence    // events that satisfy the first stage, in order
	open     []*Finding    // complete chains whose candidates are not looked for yet
	unkept   int           // first stages beyond maxFirsts

	used     map[evtx.Ref]bool   // of partial chains: firsts that a match has
	settled  []map[evtx.Ref]bool // by stage: events that a match confirmed
	timeless int
}

const (
	// maxFirsts bounds the first stages that are kept to the end of a run: more partial chains than are listed tell nobody anything.
	maxFirsts = 2 * maxFindings
	// fewFirsts are not worth the time to look for old ones.
	fewFirsts = 64
)

func newMatching(rr *RuleResult, program *eql.Program, q *quota) *matching {
	stages := program.Stages()
	rr.StageHits = make([]int, len(stages))
	m := &matching{rr: rr, program: program, matcher: program.NewMatcher(), quota: q, span: time.Duration(program.MaxSpan()),
		chained: program.Form() == eql.Sequence && len(stages) > 1 && !stages[0].Missing,
		keeps:   rr.Rule.Partial || program.Late(), used: map[evtx.Ref]bool{}, settled: make([]map[evtx.Ref]bool, len(stages))}
	m.emit = m.match
	return m
}

// push takes the next event, with the hits that it has in this program.
func (m *matching) push(e *timeline.Event, hits []eql.Hit) {
	it := itemOf(e, hits)
	sure := it.Event.(*item).sure
	for _, stage := range sure {
		m.rr.StageHits[stage]++
	}
	if m.chained && slices.Contains(sure, 0) {
		m.first(e)
	}
	if m.program.Form() == eql.Sequence && !timed(e) {
		m.timeless++
		return
	}
	m.matcher.Push(it, m.emit)
	m.settle(e.At)
}

// first keeps an event that a chain can begin with, as long as it may be asked for.
func (m *matching) first(e *timeline.Event) {
	switch {
	case m.keeps && len(m.firsts) >= maxFirsts:
		m.unkept++
	case m.keeps || m.span > 0:
		m.firsts = append(m.firsts, Evidence{Stage: 0, Label: m.program.Stages()[0].Label, Event: e})
	}
}

// settle looks for the candidates of chains that ended before a time: no event that comes now can be one. What is too old to be a
// candidate is let go.
func (m *matching) settle(at evtx.Filetime) {
	n := 0
	for n < len(m.open) && m.open[n].last().At < at {
		n++
	}
	if n > 0 {
		addCandidates(m.open[:n], m.firsts, m.span)
		m.open = slices.Delete(m.open, 0, n)
	}
	if m.keeps || len(m.firsts) < fewFirsts {
		return
	}
	oldest := at
	if len(m.open) > 0 {
		oldest = m.open[0].last().At
	}
	old := 0
	for old < len(m.firsts) && m.firsts[old].Event.At < oldest && !near(m.firsts[old].Event.At, oldest, m.span) {
		old++
	}
	if old > len(m.firsts)/2 {
		m.firsts = slices.Delete(m.firsts, 0, old)
	}
}

// last is the last event of a finding.
func (f *Finding) last() *timeline.Event {
	for _, e := range slices.Backward(f.Evidence) {
		if e.Event != nil {
			return e.Event
		}
	}
	return nil
}

// match takes a match of the matcher.
func (m *matching) match(match eql.Match) {
	stages := m.program.Stages()
	f := &Finding{Rule: m.rr.Rule, Status: StatusFinding, Keys: match.Keys}
	for i, it := range match.Events {
		ev := Evidence{Stage: i, Label: stages[min(i, len(stages)-1)].Label}
		if it.Event != nil {
			ev.Event = it.Event.(*item).event
			f.Host = ev.Event.Host
			m.confirm(i, it.Event.(*item))
		}
		f.Evidence = append(f.Evidence, ev)
	}
	m.rr.Matches++
	switch admitted, suppressed := m.quota.admits(f); {
	case admitted:
		m.findings = append(m.findings, f)
		if m.chained && m.span > 0 && f.last() != nil {
			m.open = append(m.open, f)
		}
	case suppressed:
		m.rr.Suppressed++
		m.rr.Unlisted++
	default:
		m.rr.Unlisted++
	}
}

// confirm counts an event for a stage of which it cannot be said of an event alone whether it is satisfied, because the stage
// refers to an earlier one: those that a match confirmed are counted, each once.
func (m *matching) confirm(stage int, it *item) {
	ref := it.event.Ref
	if m.rr.Rule.Partial {
		m.used[ref] = true
	}
	if stages := m.program.Stages(); stage >= len(stages) || !stages[stage].Dependent || slices.Contains(it.sure, stage) || m.settled[stage][ref] {
		return
	}
	if m.settled[stage] == nil {
		m.settled[stage] = map[evtx.Ref]bool{}
	}
	m.settled[stage][ref] = true
	m.rr.StageHits[stage]++
}

// finish returns the findings: complete ones first, then partial chains, each in order.
func (m *matching) finish() []*Finding {
	m.matcher.Close(m.emit)
	if m.timeless > 0 {
		m.rr.Warnings = append(m.rr.Warnings, timelessWarning(m.timeless))
	}
	addCandidates(m.open, m.firsts, m.span)
	m.rr.Unkept = m.unkept
	if !m.chained || !m.rr.Rule.Partial {
		return m.findings
	}
	complete := len(m.findings)
	all := m.findings
	for _, e := range m.firsts {
		if !m.used[e.Event.Ref] {
			all = append(all, &Finding{Rule: m.rr.Rule, Status: StatusPartial, Host: e.Event.Host,
				Evidence: []Evidence{e}, Reasons: []string{partialReason(m.program)}})
		}
	}
	all = foldPartials(all)
	m.rr.Partial = len(all) - complete
	m.quota.open, m.quota.suppressed = 0, 0
	listed := all[:complete]
	for _, f := range all[complete:] {
		if admitted, _ := m.quota.admits(f); admitted {
			listed = append(listed, f)
		}
	}
	m.rr.UnlistedPartial = len(all) - len(listed)
	return listed
}

// itemOf makes an event and its hits in one program an item for a matcher: stages that are sure, and those that the matcher must
// still check because they refer to an earlier stage's event.
func itemOf(e *timeline.Event, hits []eql.Hit) eql.Item {
	it := &item{eventView: eventView{ev: e.Event}, event: e}
	stages := make([]int, 0, len(hits))
	for _, h := range hits {
		stages = append(stages, h.Stage)
		if h.Truth == eql.True {
			it.sure = append(it.sure, h.Stage)
		}
	}
	return eql.Item{Event: it, Time: e.At.UnixNano(), Stages: stages}
}

// share hands each program the hits that an event has in it; hits are in the order of the programs.
func share(hits []eql.Hit, do func(program int, hits []eql.Hit)) {
	for len(hits) > 0 {
		n := 1
		for n < len(hits) && hits[n].Program == hits[0].Program {
			n++
		}
		do(hits[0].Program, hits[:n])
		hits = hits[n:]
	}
}
