package rules

import (
	"slices"

	"hunt/rules/predicate"
	"hunt/timeline"
)

// feed hands the events of a run to the matchings: they come one host after the other, each host's
// in order. What rules that join hosts want waits until all hosts are through.
type feed struct {
	matchings []*matching
	host      *timeline.Host
	waiting   []candidate
}

// push takes the next event with its hits, which are in the order of the programs.
func (f *feed) push(e *timeline.Event, hits []predicate.Hit) {
	if e.Host != f.host {
		f.closeHost()
		f.host = e.Host
	}
	var waiting []predicate.Hit
	share(hits, func(program int, hits []predicate.Hit) {
		if m := f.matchings[program]; m.local {
			m.push(e, hits)
		} else {
			waiting = append(waiting, hits...)
		}
	})
	if len(waiting) > 0 {
		f.waiting = append(f.waiting, candidate{e, waiting})
	}
}

// closeHost ends the host's part of what is matched host by host.
func (f *feed) closeHost() {
	if f.host == nil {
		return
	}
	for _, m := range f.matchings {
		if m.local {
			m.close()
		}
	}
}

// finish returns the findings of all rules, in the order of the rules.
func (f *feed) finish() []*Finding {
	f.closeHost()
	slices.SortFunc(f.waiting, func(a, b candidate) int { return a.Compare(b.Event) })
	for i, c := range f.waiting {
		share(c.hits, func(program int, hits []predicate.Hit) { f.matchings[program].push(c.Event, hits) })
		f.waiting[i] = candidate{}
	}
	var out []*Finding
	for _, m := range f.matchings {
		if !m.local {
			m.close()
		}
		out = append(out, m.finish()...)
	}
	return out
}

// share hands each program the hits that an event has in it.
func share(hits []predicate.Hit, do func(program int, hits []predicate.Hit)) {
	for len(hits) > 0 {
		n := 1
		for n < len(hits) && hits[n].Program == hits[0].Program {
			n++
		}
		do(hits[0].Program, hits[:n])
		hits = hits[n:]
	}
}
