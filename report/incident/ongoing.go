package incident

import (
	"fmt"
	"slices"
	"time"

	"hunt/evtx"
	"hunt/report"
)

// going is what the logs show of whether an incident still goes on.
type going struct {
	last    *Event   // the latest
	running []string // processes whose end is not logged, where ends are
	without []string // hosts that do not log ends of processes
	ended   bool     // its processes are known, and none was running when the logs end
}

// going looks whether the processes of an incident ended.
func (t *tale) going(hosts []string) going {
	var g going
	processes, inferred := false, false
	for _, f := range t.findings {
		for i := range f.Events {
			e := &f.Events[i]
			if g.last == nil || e.At > g.last.At {
				g.last = e
			}
			h := t.hosts[e.Host]
			if h == nil || e.Process == nil || e.Process.Common {
				continue
			}
			processes, inferred = true, inferred || e.Process.Inferred
			if name := e.Process.Name + " on " + e.Host; h.EndsLogged && e.Process.Endless &&
				!slices.Contains(g.running, name) {
				g.running = append(g.running, name)
			}
		}
	}
	for _, h := range hosts {
		if x := t.hosts[h]; x != nil && !x.EndsLogged {
			g.without = append(g.without, h)
		}
	}
	g.ended = processes && !inferred
	return g
}

// ongoing says whether an incident is still going on, as far as the logs show: whether its processes ended, and how
// much later the logs end.
func (t *tale) ongoing(out *report.Incident) string {
	g := t.going(out.Hosts)
	text := ""
	switch {
	case len(g.running) > 0:
		text = "It may still be going on: the logs show no end of " + report.Few(g.running, 3) + "."
	case len(g.without) > 0:
	case g.ended:
		text = "As far as the logs show, none of its processes was still running when they end."
	default:
		text = "The logs hold no later trace of it."
	}
	if len(g.without) > 0 {
		if text != "" {
			text += " Ends"
		} else {
			text = "Whether it is still going on is not known: ends"
		}
		text += " of processes are not logged on " + report.Few(g.without, 3) + "."
	}
	return text + t.after(g.last)
}

// lastly says in a sentence when and where the last trace is, and whether it goes on: the short form of ongoing.
func (t *tale) lastly(out *report.Incident, first *Finding) string {
	g := t.going(out.Hosts)
	text := " "
	if g.last != nil && g.last.At != 0 {
		layout := "15:04"
		if report.Moment(g.last.At, time.DateOnly) != report.Moment(first.start(), time.DateOnly) {
			layout = "2006-01-02 15:04"
		}
		text += "Last seen: " + report.Moment(g.last.At, layout)
		if g.last.Host != first.host() {
			text += " on " + t.j.c.short(g.last.Host)
		}
		text += "; "
	}
	switch n := len(g.running); {
	case n > 0:
		return text + "it may still be going on (no end is logged of " + report.Count(n, "process", "processes") + ")."
	case len(g.without) > 0:
		return text + "whether it still goes on is not known (ends of processes are not logged on all its hosts)."
	case g.ended:
		return text + "none of its processes was still running when the logs end."
	}
	return text + "the logs hold no later trace of it."
}

// after says how much longer the logs of a host continue than the last trace on it.
func (t *tale) after(last *Event) string {
	if last == nil || t.hosts[last.Host] == nil {
		return ""
	}
	rest := max(t.hosts[last.Host].Last-last.At, 0)
	if rest < evtx.TicksPerSecond {
		return fmt.Sprintf(" The last trace is at the end of the logs of %s.", last.Host)
	}
	return fmt.Sprintf(" The logs of %s end %s after the last trace.", last.Host, report.DurationText(rest))
}
