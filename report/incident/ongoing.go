package incident

import (
	"fmt"
	"slices"

	"hunt/evtx"
	"hunt/report"
)

// ongoing says whether an incident is still going on, as far as the logs show: whether its processes ended, and how
// much later the logs end.
func (t *tale) ongoing(out *report.Incident) string {
	var last *Event
	var running, without []string
	processes, inferred := false, false
	for _, f := range t.findings {
		for i := range f.Events {
			e := &f.Events[i]
			if last == nil || e.At > last.At {
				last = e
			}
			h := t.hosts[e.Host]
			if h == nil || e.Process == nil || e.Process.Common {
				continue
			}
			processes, inferred = true, inferred || e.Process.Inferred
			if name := e.Process.Name + " on " + e.Host; h.EndsLogged && e.Process.Endless &&
				!slices.Contains(running, name) {
				running = append(running, name)
			}
		}
	}
	for _, h := range out.Hosts {
		if x := t.hosts[h]; x != nil && !x.EndsLogged {
			without = append(without, h)
		}
	}
	text := ""
	switch {
	case len(running) > 0:
		text = "It may still be going on: the logs show no end of " + report.Few(running, 3) + "."
	case len(without) > 0:
	case processes && !inferred:
		text = "As far as the logs show, none of its processes was still running when they end."
	default:
		text = "The logs hold no later trace of it."
	}
	if len(without) > 0 {
		if text != "" {
			text += " Ends"
		} else {
			text = "Whether it is still going on is not known: ends"
		}
		text += " of processes are not logged on " + report.Few(without, 3) + "."
	}
	return text + t.after(last)
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
