package rules

import (
	"hunt/limit"
	"hunt/rules/predicate"
	"hunt/rules/sequence"
	"hunt/rules/waiting"
	"hunt/timeline"
	"hunt/timeline/host"
)

// run holds what the matchers of a Run share.
type run struct {
	o      Options
	most   int // findings of one rule
	judge  *judge
	hits   *hits
	roster *roster // nil: all are listed
	holder *waiting.Holder
	bitten func(limit.Bound, sequence.Item) // is told of the matchers' bounds
}

// matcher makes findings of the events that satisfy the stages of one program: single of those of
// a rule of single events, matching of those of a sequence or a sample.
type matcher interface {
	// push takes the next event with the hits that it has in the program. Those of a part come in
	// order: of one host, or of all.
	push(*timeline.Event, []predicate.Hit)
	// close ends a part and judges its findings, as far as the part alone tells.
	close()
	// withinHost reports whether a part is one host.
	withinHost() bool
	// finish returns the findings of all parts.
	finish() []*Finding
	// listed are these findings before all parts are known: complete ones and partial chains.
	listed() (complete, partial []*Finding)
	// left counts what finish reports: events without a time, and matches of crowded processes.
	left() (timeless, crowded, crowdedPartial int)
	// add adds what the parts of another group of hosts gave, which come behind those that are there.
	add(*Finding, bool) (listed bool)
	addLeft(timeless, crowded, crowdedPartial int)
}

// local does all that is a function of one host: it matches what joins no hosts, makes runs of hits,
// and judges what the host's own history tells. What needs the events of several hosts it hands on
// to global. Each event comes once, with its copies and twins merged, and with hits that are certain
// but for stages that refer to an earlier one.
type local struct {
	matchers []matcher // by program
	global   *global
	holder   *waiting.Holder
	host     *host.Host
}

// push takes the next event with its hits, which are in the order of the programs. Hosts come one
// after the other, the events of each in order.
func (l *local) push(e *timeline.Event, hits []predicate.Hit) {
	if e.Host != l.host {
		l.closeHost()
		l.host = e.Host
	}
	var across []predicate.Hit
	share(hits, func(program int, hits []predicate.Hit) {
		if m := l.matchers[program]; m.withinHost() {
			m.push(e, hits)
		} else {
			across = append(across, hits...)
		}
	})
	if len(across) > 0 {
		l.global.take(e, across)
	}
}

// closeHost ends the present host's part.
func (l *local) closeHost() {
	if l.host == nil {
		return
	}
	for _, m := range l.matchers {
		if m.withinHost() {
			m.close()
		}
	}
	l.holder.Forget()
	l.host = nil
}

// close frees the temporary files.
func (l *local) close() {
	if l.global != nil {
		l.global.waiting.Close()
	}
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
