package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"hunt/evtx"
	"hunt/rules/fact"
	"hunt/rules/lineage"
	"hunt/rules/pack"
	"hunt/rules/reason"
	"hunt/timeline"
	"hunt/timeline/coverage"
	"hunt/timeline/ledger"
)

// assessor judges how certain a finding is, and why, from lineage, provenance and rarity. The reasons are
// sentences for the analyst. docs/rules.md documents how the parts weigh; a change here needs a change there.
type assessor struct {
	cs         *timeline.Case
	maxSpan    func(*pack.Rule) time.Duration // 0 = none
	asksParent func(*pack.Rule) bool          // a condition is about the parent of a process
	rarity     *fact.Rarity                   // counted on first use
}

func newAssessor(cs *timeline.Case, maxSpan func(*pack.Rule) time.Duration,
	asksParent func(*pack.Rule) bool) *assessor {
	return &assessor{cs: cs, maxSpan: maxSpan, asksParent: asksParent}
}

// ranks are the confidences in ascending order.
var ranks = [...]pack.Confidence{pack.Low, pack.Medium, pack.High}

// rank returns the index of a confidence in ranks.
func rank(c pack.Confidence) int { return max(0, slices.Index(ranks[:], c)) }

func ofRank(n int) pack.Confidence { return ranks[min(max(n, 0), len(ranks)-1)] }

// judged is what was said about a finding so far, and what settle needs when all hosts are known.
type judged struct {
	level    int
	child    fact.Child // what a browser started
	at       int        // index of the reason that says how common that is
	reversed bool       // the records contradict the order of the steps
}

// alone returns the confidence in an event that satisfies a rule by itself, as far as its host shows.
func (a *assessor) alone(r *pack.Rule, x *seen) int {
	level := rank(r.Confidence)
	if x.zone {
		level--
	}
	if a.asksParent(r) && x.event.ParentByPID() != nil {
		level = min(level, rank(pack.Medium))
	}
	return level
}

// nearer reports whether a mark of the web names a zone nearer than the internet.
func nearer(steps []*timeline.Event) bool {
	zone, known := fact.ZoneOf(steps)
	return known && zone < fact.InternetZone
}

// local adds the reasons and labels of a finding that follow from its hosts alone, and keeps what
// settle needs for its confidence.
func (a *assessor) local(f *Finding) {
	level := rank(f.Rule.Confidence)
	steps := f.steps()
	if f.Status == pack.StatusPartial {
		f.Confidence = pack.Low
		if f.Next != nil {
			f.Reasons = append(f.Reasons, CoverageText(f.Next))
			if f.Next.Covered != coverage.Full {
				f.Labels = append(f.Labels,
					"the next step could have happened unseen: "+strings.Join(causes(f.Next), ", "))
			}
		}
		f.Reasons = append(append(f.Reasons, lineage.Inferred(steps)...), fact.ProvenanceReasons(steps)...)
		return
	}
	if f.Counted != nil {
		a.counted(f, level)
		return
	}
	link := 0
	if len(steps) > 1 {
		var reasons []string
		link, reasons = a.link(f, steps)
		f.Reasons = append(append(f.Reasons, reasons...), lineage.Inferred(steps)...)
		level = link
	} else if len(steps) == 1 {
		if len(f.Evidence) > 1 && !f.run {
			f.Reasons = append(f.Reasons, "One event was seen. The rule also asks that other events did not happen.")
			f.Reasons = append(f.Reasons, lineage.Inferred(steps)...)
		} else {
			f.Reasons = append(f.Reasons, lineage.Of(steps[0]))
		}
	}
	f.Reasons = append(f.Reasons, fact.ProvenanceReasons(steps)...)
	switch zone, known := fact.ZoneOf(steps); {
	case known && zone < fact.InternetZone:
		level--
	case known && len(steps) > 1 && link >= rank(pack.Medium):
		level++
	}
	// The evidence decides, but it raises a rule that is weak by itself by one step at most.
	level = min(level, rank(f.Rule.Confidence)+1)
	if a.asksParent(f.Rule) &&
		slices.ContainsFunc(steps, func(e *timeline.Event) bool { return e.ParentByPID() != nil }) {
		level = min(level, rank(pack.Medium))
	}
	labels, reversed := clockSetLabels(steps)
	f.judged = judged{level: level, child: fact.ChildOf(steps), at: len(f.Reasons), reversed: reversed}
	for _, e := range f.missing() {
		f.Reasons = append(f.Reasons, absenceReason(e))
		if label := absenceLabel(e); label != "" {
			f.Labels = append(f.Labels, label)
		}
	}
	f.Labels = append(append(f.Labels, a.clockLabels(f, steps)...), labels...)
}

// settle sets the confidence of a finding, now that all hosts are known.
func (a *assessor) settle(f *Finding) {
	if f.Confidence != "" { // already set for a partial chain
		return
	}
	level := f.judged.level
	if reason, common := a.commonness(f.judged.child); reason != "" {
		f.Reasons = slices.Insert(f.Reasons, f.judged.at, reason)
		if common {
			level--
		}
	}
	if f.judged.reversed {
		level = rank(pack.Low)
	}
	f.Confidence = ofRank(weigh(level, f.missing()))
}

// steps returns the events of the evidence, without stages that had to be absent; for a run of hits, only the
// first.
func (f *Finding) steps() []*timeline.Event {
	if f.run {
		return []*timeline.Event{f.Evidence[0].Event}
	}
	var out []*timeline.Event
	for i := range f.Evidence {
		if e := f.Evidence[i].Event; e != nil {
			out = append(out, e)
		}
	}
	return out
}

// link returns how well the steps are connected: the weakest of the links between each step and the one
// before it.
func (a *assessor) link(f *Finding, steps []*timeline.Event) (level int, reasons []string) {
	level = rank(pack.High)
	for i := 1; i < len(steps); i++ {
		confidence, reason := lineage.Between(steps[i-1], steps[i], i)
		if confidence == pack.Low && len(f.Keys) > 1 {
			confidence, reason = pack.Medium,
				fmt.Sprintf("Steps %d and %d have the same join keys; the logs do not show whether one process "+
					"led to the other.", i, i+1)
		}
		level = min(level, rank(confidence))
		reasons = append(reasons, reason)
	}
	return level, reasons
}

// commonness says on how many hosts a browser started a program; common is true for at least half of the
// hosts of a batch.
func (a *assessor) commonness(c fact.Child) (reason string, common bool) {
	if c == (fact.Child{}) {
		return "", false
	}
	if a.rarity == nil {
		a.rarity = fact.CountRarity(a.cs)
	}
	return a.rarity.Commonness(c)
}

// clockLabels say what the analyst must know about the order: which pairs are so near the limit of the rule,
// or so near each other, that the choice of the clock decides.
func (a *assessor) clockLabels(f *Finding, steps []*timeline.Event) []string {
	if len(steps) < 2 {
		return nil
	}
	var labels []string
	from, to := steps[0], steps[len(steps)-1]
	limit := a.maxSpan(f.Rule)
	if span := to.At.Time().Sub(from.At.Time()); limit > 0 && limit-span < time.Second {
		labels = append(labels, fmt.Sprintf("within 1 s of the rule's limit of %s", reason.Span(limit)))
	}
	otherFrom, otherTo := a.otherClock(from), a.otherClock(to)
	if limit > 0 && otherTo.Time().Sub(otherFrom.Time()) > limit {
		labels = append(labels, fmt.Sprintf("beyond the rule's limit of %s on the other clock", reason.Span(limit)))
	}
	for i := 1; i < len(steps); i++ {
		if a.otherClock(steps[i]) < a.otherClock(steps[i-1]) {
			labels = append(labels, fmt.Sprintf("order of steps %d and %d reversed on the other clock", i, i+1))
		}
	}
	return labels
}

// clockSetLabels say where the clock of a host was set back between two steps: then the records of the log,
// not their times, show the order. reversed says that according to them a later step came first.
func clockSetLabels(steps []*timeline.Event) (labels []string, reversed bool) {
	for i := 1; i < len(steps); i++ {
		before, after := steps[i-1], steps[i]
		if before.Host != after.Host {
			continue
		}
		m, unsure := before.Stretch()
		n, unsure2 := after.Stretch()
		switch {
		case unsure || unsure2:
			labels = append(labels, fmt.Sprintf("the clock of this host was set back over the times of steps %d "+
				"and %d, so it is unknown which came first", i, i+1))
		case n < m:
			reversed = true
			labels = append(labels, fmt.Sprintf("contradiction: the clock of this host was set back, and by the "+
				"order of the records step %d came before step %d", i+1, i))
		case n > m:
			labels = append(labels, fmt.Sprintf("the clock of this host was set back between steps %d and %d, so "+
				"the time between them is wrong", i, i+1))
		}
	}
	return labels, reversed
}

// otherClock returns an event's time on the clock that does not order the run.
func (a *assessor) otherClock(e *timeline.Event) evtx.Filetime {
	if a.cs.Clock == ledger.ClockUTC {
		t, _ := e.Record.Time()
		return t
	}
	if t := e.UTC(); t != 0 {
		return t
	}
	return e.At
}
