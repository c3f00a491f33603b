package rules

import (
	"fmt"
	"strings"
	"time"

	"hunt/rules/pack"
	"hunt/rules/reason"
	"hunt/rules/window"
)

// counted adds the reasons of a finding of a rule that counts. hunt is as certain as the rule's
// author, since what was counted is exactly what the rule asks for; for a new term, only if the
// logs reach back far enough.
func (a *assessor) counted(f *Finding, level int) {
	f.Reasons = append(f.Reasons, f.Counted.text(f))
	if f.Counted.Unproven() {
		level = rank(pack.Low)
		f.Labels = append(f.Labels, "the logs reach back only "+reason.Days(f.Counted.History))
	}
	f.judged = judged{level: level, at: len(f.Reasons)}
	if f.Counted.meets() {
		steps := f.steps()
		labels, reversed := clockSetLabels(steps)
		f.Labels = append(append(f.Labels, a.clockLabels(f, steps)...), labels...)
		f.judged.reversed = reversed && f.Counted.Kind == window.TemporalOrdered
	}
}

// meets reports whether the rule asks which events occurred together, not how many.
func (c *Counted) meets() bool { return c.Kind == window.Temporal || c.Kind == window.TemporalOrdered }

// text says in a sentence what was counted, and what the rule asks for.
func (c *Counted) text(f *Finding) string {
	within := ""
	if c.Span < longest {
		within = " within " + reason.Span(c.Span)
	}
	took := "at the same time"
	if d := time.Duration(f.Last-f.First) * 100; d > 0 {
		took = "in " + reason.Took(d)
	}
	events := fmt.Sprintf("%d events", f.Count)
	if f.Count == 1 {
		events = "1 event"
	}
	switch c.Kind {
	case window.ValueCount:
		return fmt.Sprintf("%s with %s different values %s; the rule asks for %s values%s.", events, c.Measure, took,
			c.asks(), within)
	case window.ValueSum:
		return fmt.Sprintf("%s whose values add up to %s %s; the rule asks for a sum of %s%s.", events, c.Measure, took,
			c.asks(), within)
	case window.ValueAvg:
		return fmt.Sprintf("%s whose values are %s on average %s; the rule asks for an average of %s%s.", events,
			c.Measure, took, c.asks(), within)
	case window.Temporal:
		return fmt.Sprintf("%s %s; the rule asks that events of its rules occur%s.", events, took, within)
	case window.TemporalOrdered:
		return fmt.Sprintf("%s %s; the rule asks that events of its rules occur in this order%s.", events, took, within)
	case window.NewTerms:
		if c.Unproven() {
			return fmt.Sprintf("First seen in %s of logs: the rule asks for what was not seen for %s, and the "+
				"logs do not reach back that far.",
				reason.Days(c.History), reason.Days(c.Span))
		}
		return fmt.Sprintf("Not seen in the %s before, as far as the logs tell.", reason.Days(c.Span))
	}
	return fmt.Sprintf("%s %s; the rule asks for %s%s.", events, took, c.asks(), within)
}

// longest is the span from which on a window is longer than any log.
const longest = 100 * 365 * 24 * time.Hour

// asks returns the bounds in words: 5 or more.
func (c *Counted) asks() string {
	var parts []string
	for _, b := range c.Bounds {
		n := b.Text()
		switch b.Op {
		case window.LT:
			n = "fewer than " + n
		case window.LTE:
			n = "at most " + n
		case window.GT:
			n = "more than " + n
		case window.GTE:
			n += " or more"
		case window.EQ:
			n = "exactly " + n
		default:
			n = "other than " + n
		}
		parts = append(parts, n)
	}
	return strings.Join(parts, " and ")
}
