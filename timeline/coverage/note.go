package coverage

import (
	"cmp"
	"fmt"
	"slices"

	"hunt/evtx"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
)

// notesOf returns sentences, by time, about cleared logs, stopped services, changes of the clock, of Sysmon's state
// and of the audit policy.
func notesOf(h *host.Host) []string {
	type note struct {
		at   evtx.Filetime
		text string
	}
	var notes []note
	var small struct {
		n           int
		most        evtx.Filetime
		first, last evtx.Filetime
	}
	for _, n := range h.Notables() {
		c := host.ClockChange{From: n.From, To: n.To, SID: n.SID}
		switch {
		case n.Detail == "":
		case n.From != 0 && n.To != 0 && !c.Large():
			small.n++
			small.most = max(small.most, c.By())
			small.first, small.last = ledger.Widen(small.first, small.last, n.At)
		default:
			notes = append(notes, note{n.At,
				fmt.Sprintf("%s: %s (%s %d).", n.At, n.Detail, cmp.Or(n.Channel, n.Provider), n.Code)})
		}
	}
	for _, c := range h.ClockChanges() {
		if c.Channel != "" {
			notes = append(notes, note{c.At,
				fmt.Sprintf("%s: %s. Times from %s to %s occur twice on this host; the order of events there is "+
					"that of the record ids.",
					c.At, c.Text(), c.To, c.From)})
		}
	}
	slices.SortStableFunc(notes, func(a, b note) int { return cmp.Compare(a.at, b.at) })
	var out []string
	for _, n := range notes {
		out = append(out, n.text)
	}
	if small.n > 0 {
		out = append(out, fmt.Sprintf("%s to %s: the system corrected its clock %s, by up to %s.", small.first,
			small.last, ledger.Count(small.n, "time", "times"), evtx.SpanText(small.most)))
	}
	return out
}
