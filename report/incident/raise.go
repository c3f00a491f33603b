package incident

import (
	"cmp"
	"slices"
	"strings"

	"hunt/report"
	"hunt/report/decision"
)

// tacticExfiltration is the tactic of taking data away.
const tacticExfiltration = "TA0010"

// grave are the tactics that distinguish a payload from an installer.
var grave = []string{tacticCredentials, tacticMovement, tacticExfiltration, tacticImpact}

// Raised is a finding that is more severe than its rule says, because of what its process did next.
type Raised struct {
	Severity report.Severity
	Reason   string // a sentence that names what followed
}

// Raise returns, by finding id, the findings that become one level more severe: those of low or medium severity of
// which a process, or one that it started, continued with something grave, no later than 24 hours after the last step
// of the finding. Grave is what another rule, one whose main tactic is grave, matched on another event. Findings that
// count logons to other hosts become medium because of a finding of medium severity or above where the logons came
// from, or of one of the same account where they went. Findings that the case file dismissed raise nothing. The
// findings of the case are not changed.
func Raise(c *Case) map[string]Raised {
	dismissed := c.dismissed()
	acts, sides := deedsOf(c, dismissed), sidesOf(c, dismissed)
	out := map[string]Raised{}
	for i := range c.Findings {
		f := &c.Findings[i]
		if f.crosses() && len(f.Events) > 0 {
			if by := sides.near(f); by != nil {
				out[f.ID] = Raised{report.SeverityMedium, "Severity raised to medium, from " + string(f.Severity) +
					", by what happened within 24 hours on a computer at one end: " + cited(by.title(), by.finding.ID)}
			}
			continue
		}
		if f.Status != report.StatusFinding || f.Counted ||
			f.Severity != report.SeverityMedium && f.Severity != report.SeverityLow {
			continue
		}
		next := acts.after(f)
		if next == nil {
			continue
		}
		out[f.ID] = Raised{report.Severities[f.Severity.Rank()-1], "Severity raised one level, from " +
			string(f.Severity) + ", by what the same process, or one that it started, did within 24 hours: " +
			cited(next.title(), next.finding.ID)}
	}
	return out
}

// deed is an event of a grave finding.
type deed struct {
	finding *Finding
	event   *Event
}

// title returns the title of the deed; that of a run may be about what another process did.
func (d deed) title() string {
	if d.finding.Run && d.event.Title != "" {
		return d.event.Title
	}
	return d.finding.Title
}

func (d deed) compare(o deed) int {
	return cmp.Or(cmp.Compare(d.event.At, o.event.At), d.event.Key.compare(o.event.Key),
		strings.Compare(d.finding.ID, o.finding.ID))
}

// deeds are the grave deeds of each process and of those that descend from it: by process and rule, in order of time.
type deeds map[ProcessKey]map[string][]deed

func deedsOf(c *Case, dismissed map[string]bool) deeds {
	acts := deeds{}
	for i := range c.Findings {
		f := &c.Findings[i]
		if !f.weighs() || f.Counted || dismissed[f.ID] || !slices.Contains(grave, f.mainTactic().TacticID) {
			continue
		}
		for k := range f.Events {
			e := &f.Events[k]
			if e.Process == nil {
				continue
			}
			keys := e.Process.Line
			if !e.Process.Common {
				keys = append([]ProcessKey{e.Process.Key}, keys...)
			}
			for _, key := range keys {
				if acts[key] == nil {
					acts[key] = map[string][]deed{}
				}
				acts[key][f.Rule] = append(acts[key][f.Rule], deed{f, e})
			}
		}
	}
	for _, byRule := range acts {
		for _, list := range byRule {
			slices.SortFunc(list, deed.compare)
		}
	}
	return acts
}

// mainTactic returns the first technique of a finding's rule that names a tactic, which is the purpose of the rule;
// the others are further purposes that it may have. It is empty if none names one.
func (f *Finding) mainTactic() report.Technique {
	i := slices.IndexFunc(f.Techniques, func(x report.Technique) bool { return x.TacticID != "" })
	if i < 0 {
		return report.Technique{}
	}
	return f.Techniques[i]
}

// dismissed are the findings that the case file dismisses, with the incidents that they are in.
func (c *Case) dismissed() map[string]bool {
	out := map[string]bool{}
	if !slices.ContainsFunc(c.Decisions, func(d decision.Decision) bool { return d.Status == decision.Dismissed }) {
		return out
	}
	for _, i := range Join(c).Incidents {
		if i.Status == decision.Dismissed {
			for _, id := range i.Findings {
				out[id] = true
			}
		}
	}
	return out
}

// after returns the first grave deed of a process of f after what f reports about it, or nil.
func (acts deeds) after(f *Finding) *deed {
	var first *deed
	last := f.end() + day
	for i := range f.Events {
		e := &f.Events[i]
		if e.Process == nil || e.Process.Common {
			continue
		}
		for rule, list := range acts[e.Process.Key] {
			if rule == f.Rule {
				continue
			}
			n, _ := slices.BinarySearchFunc(list, e, func(d deed, e *Event) int {
				return cmp.Compare(d.event.At, e.At)
			})
			for n < len(list) && f.has(list[n].event.Key) {
				n++
			}
			if n < len(list) && list[n].event.At <= last && (first == nil || list[n].compare(*first) < 0) {
				first = &list[n]
			}
		}
	}
	return first
}

// has reports whether a finding rests on an event.
func (f *Finding) has(key EventKey) bool {
	return slices.ContainsFunc(f.Events, func(e Event) bool { return e.Key == key })
}
