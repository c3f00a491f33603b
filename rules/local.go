package rules

import (
	"hunt/limit"
	"hunt/rules/predicate"
	"hunt/rules/sequence"
	"hunt/rules/stage"
	"hunt/rules/waiting"
	"hunt/timeline"
	"hunt/timeline/host"
)

// run holds what the matchers of a Run share.
type run struct {
	o      Options
	most   int // findings per rule
	judge  *judge
	hits   *hits
	roster *roster // nil: all are listed
	holder *waiting.Holder
	bitten func(limit.Bound, sequence.Item) // called for the matchers' bounds
}

// matcher makes findings from the events that satisfy the stages of one program: single for a rule of
// single events, matching for a sequence or a sample.
type matcher interface {
	// push processes the next event with its hits in the program. The events of a part, which is one
	// host or all of them, come in order.
	push(*timeline.Event, []predicate.Hit)
	// close ends a part and judges its findings, as far as the part alone allows.
	close()
	// withinHost reports whether a part is one host.
	withinHost() bool
	// finish returns the findings of all parts.
	finish() []*Finding
	// listed returns these findings before all parts are known: complete ones and partial chains.
	listed() (complete, partial []*Finding)
	// left counts what finish reports: events without a time, and matches of crowded processes.
	left() (timeless, crowded, crowdedPartial int)
	// add adds a finding of another group of hosts, whose parts come after those that are there.
	add(*Finding, bool) (listed bool)
	addLeft(timeless, crowded, crowdedPartial int)
}

// local does everything that depends on one host: it matches rules that join no hosts, makes runs of
// hits, and judges what the host's own history shows. It passes on to global what needs the events of
// several hosts. Each event comes once, with its copies and twins merged, and its hits are certain
// except for stages that refer to an earlier one.
type local struct {
	matchers []matcher // by program
	global   *global
	holder   *waiting.Holder
	host     *host.Host
}

// push processes the next event with its hits, which are in the order of the programs. Hosts come one
// after the other, the events of each in order.
func (l *local) push(e *timeline.Event, hits []predicate.Hit) {
	if e.Host != l.host {
		l.closeHost()
		l.host = e.Host
	}
	var across []predicate.Hit
	stage.Share(hits, func(program int, hits []predicate.Hit) {
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

// closeHost ends the part of the current host.
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
