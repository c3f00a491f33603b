package rules

import (
	"hunt/rules/predicate"
	"hunt/rules/sequence"
	"hunt/rules/stage"
	"hunt/timeline"
)

// idle finds the events that need not be read again: each of their hits is on a later stage of a sequence, and no
// first stage preceded it on their host. Events come host by host, in order.
type idle struct {
	preds    *stage.Set
	openings []sequence.Opening // by program, at the beginning of a host
	now      []sequence.Opening
	host     int
	left     func([]predicate.Hit) // receives the hits of an event that is left out
}

func newIdle(preds *stage.Set, programs []*sequence.Program, left func([]predicate.Hit)) *idle {
	i := &idle{preds: preds, openings: make([]sequence.Opening, len(programs)), host: -1, left: left}
	for p, program := range programs {
		if withinHost(program) {
			i.openings[p] = program.NewOpening()
		}
	}
	return i
}

// leave reports whether an event is left out.
func (i *idle) leave(x timeline.Indexed) bool {
	if x.Host != i.host {
		i.host, i.now = x.Host, append(i.now[:0], i.openings...)
	}
	if x.Class.ProcessStart {
		i.idle(&x)
		if x.Twin != nil {
			i.idle(x.Twin)
		}
		return false
	}
	hits, ok := i.idle(&x)
	if ok {
		i.left(hits)
	}
	return ok
}

// idle processes a record; ok is false unless all of its hits are certain and idle.
func (i *idle) idle(x *timeline.Indexed) (hits []predicate.Hit, ok bool) {
	time := x.At.UnixNano()
	hits, ok, known := i.preds.Possible(x.Note, x.Ref)
	if !known {
		for p := range i.now {
			i.now[p].Open(time)
		}
		return nil, false
	}
	ok = ok && stage.Timed(&timeline.Event{At: x.At})
	share(hits, func(program int, hits []predicate.Hit) {
		ok = i.now[program].Idle(time, hits) && ok
	})
	return hits, ok
}
