package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"hunt/evtx"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/coverage"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
)

// absences work out how far the logs could have shown events whose absence findings rest on: those of stages
// that had to be absent, and of the next stage of partial chains.
type absences struct {
	cs       *timeline.Case
	kinds    func(*pack.Rule, int) []ledger.EventKind // that can satisfy a stage
	maxSpan  func(*pack.Rule) time.Duration           // 0 = none
	coverage map[*host.Host]*coverage.Coverage
}

func newAbsences(cs *timeline.Case, kinds func(*pack.Rule, int) []ledger.EventKind,
	maxSpan func(*pack.Rule) time.Duration) *absences {
	type stageOf struct {
		rule  string
		stage int
	}
	known := map[stageOf][]ledger.EventKind{} // the same for all findings of a rule
	return &absences{cs: cs, maxSpan: maxSpan, coverage: map[*host.Host]*coverage.Coverage{},
		kinds: func(r *pack.Rule, stage int) []ledger.EventKind {
			key := stageOf{r.ID, stage}
			list, ok := known[key]
			if !ok {
				list = kinds(r, stage)
				known[key] = list
			}
			return list
		}}
}

// maxCoverages bounds the hosts whose coverage is kept at the same time.
const maxCoverages = 64

// of returns how far the logs of a host could have shown events of a stage within a window.
func (a *absences) of(r *pack.Rule, stage int, h *host.Host, from, to evtx.Filetime) *coverage.Absence {
	cov := a.coverage[h]
	if cov == nil {
		if len(a.coverage) >= maxCoverages {
			clear(a.coverage)
		}
		cov = a.cs.Coverage(h, ledger.Period{})
		a.coverage[h] = cov
	}
	out := cov.Absence(a.kinds(r, stage), ledger.Period{From: from, To: to})
	return &out
}

// fill gives each absent stage of a finding its window and what the logs could have shown in it, and does the
// same for the next stage of a partial chain.
func (a *absences) fill(f *Finding) {
	ticks := evtx.Filetime(a.maxSpan(f.Rule) / 100)
	if f.Status == pack.StatusPartial {
		e := f.Evidence[0].Event
		to := later(e.At, ticks)
		if ticks == 0 {
			to = max(e.At, e.Host.Last)
		}
		f.Next = a.of(f.Rule, f.Evidence[0].Stage+1, e.Host, e.At, to)
		return
	}
	for i := range f.Evidence {
		if f.Evidence[i].Event != nil {
			continue
		}
		if from, to, h := f.windowOf(i, ticks); h != nil {
			f.Evidence[i].Absence = a.of(f.Rule, f.Evidence[i].Stage, h, from, to)
		}
	}
}

// windowOf returns when an event of an absent stage would have prevented the finding: between the events on
// either side, or within the rule's span before the first or after the last.
func (f *Finding) windowOf(i int, span evtx.Filetime) (from, to evtx.Filetime, h *host.Host) {
	var before, after *timeline.Event
	for j, e := range f.Evidence {
		switch {
		case e.Event == nil:
		case j < i:
			before = e.Event
		case after == nil:
			after = e.Event
		}
	}
	steps := f.steps()
	switch {
	case len(steps) == 0:
		return 0, 0, nil
	case before == nil: // leading
		last := steps[len(steps)-1].At
		return last - min(span, last), after.At, after.Host
	case after == nil: // trailing
		return before.At, later(steps[0].At, span), before.Host
	}
	return before.At, after.At, after.Host
}

// later returns a time after another by a span, or the largest Filetime.
func later(t, span evtx.Filetime) evtx.Filetime {
	if t+span < t {
		return ^evtx.Filetime(0)
	}
	return t + span
}

// missing returns the absent stages of a finding.
func (f *Finding) missing() []*Evidence {
	var out []*Evidence
	for i := range f.Evidence {
		if f.Evidence[i].Event == nil && f.Evidence[i].Absence != nil {
			out = append(out, &f.Evidence[i])
		}
	}
	return out
}

// weigh lowers a confidence according to its absences: what the logs could not have shown at all weighs most.
func weigh(level int, list []*Evidence) int {
	for _, e := range list {
		switch e.Absence.Covered {
		case coverage.None:
			return rank(pack.Low)
		case coverage.Partial:
			level--
		}
	}
	return level
}

// absenceReason says what the absence of a stage rests on.
func absenceReason(e *Evidence) string {
	a := e.Absence
	return fmt.Sprintf("Rests on something not seen: from %s to %s no event satisfied stage %d%s. %s", a.Window.From,
		a.Window.To, e.Stage+1, labelled(e.Label), CoverageText(a))
}

func labelled(label string) string {
	if label == "" {
		return ""
	}
	return " (" + label + ")"
}

// absenceLabel returns the label of a finding that rests on the absence of what the logs could not have shown.
func absenceLabel(e *Evidence) string {
	if e.Absence.Covered == coverage.Full {
		return ""
	}
	return fmt.Sprintf("rests on the absence of stage %d, which the logs could not show: %s", e.Stage+1,
		strings.Join(causes(e.Absence), ", "))
}

// causes returns the causes of an absence, without duplicates.
func causes(a *coverage.Absence) []string {
	var out []string
	for _, u := range a.Unseen {
		if c := string(u.Cause); !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// CoverageText says in a sentence how far the logs of a host could have shown what was not seen.
func CoverageText(a *coverage.Absence) string {
	switch a.Covered {
	case coverage.Full:
		return fmt.Sprintf("The logs of %s cover that time.", a.Host.ID)
	case coverage.None:
		return fmt.Sprintf("The logs of %s could not have shown one: %s.", a.Host.ID, unseenText(a))
	}
	return fmt.Sprintf("The logs of %s cover only a part of that time: %s.", a.Host.ID, unseenText(a))
}

func unseenText(a *coverage.Absence) string {
	var parts []string
	for _, u := range a.Unseen {
		text := string(u.Cause)
		if u.Channel != "" {
			text += " (" + u.Channel + ")"
		}
		switch {
		case u.Perhaps:
			text += fmt.Sprintf(" somewhere from %s to %s", u.From, u.To)
		case u.Cause != coverage.CauseNotLogged:
			text += fmt.Sprintf(" from %s to %s", u.From, u.To)
		}
		parts = append(parts, text)
	}
	if a.More > 0 {
		parts = append(parts, fmt.Sprintf("%d shorter spans", a.More))
	}
	return strings.Join(parts, "; ")
}
