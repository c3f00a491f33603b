package stage

import (
	"hunt/rules/predicate"
	"hunt/rules/sequence"
	"hunt/timeline"
)

// Idle finds the events that need not be read again: each of their hits is on a later stage of a sequence, and no
// first stage preceded it on their host. Events come host by host, in order.
type Idle struct {
	preds    *Set
	openings []sequence.Opening // by program, at the beginning of a host
	now      []sequence.Opening
	host     int
	left     func([]predicate.Hit) // receives the hits of an event that is left out
}

// NewIdle returns an Idle for programs, of which alone says whether all events of a match are from one host. left
// receives the hits of each event that is left out.
func NewIdle(preds *Set, programs []*sequence.Program, alone func(*sequence.Program) bool,
	left func([]predicate.Hit)) *Idle {
	i := &Idle{preds: preds, openings: make([]sequence.Opening, len(programs)), host: -1, left: left}
	for p, program := range programs {
		if alone(program) {
			i.openings[p] = program.NewOpening()
		}
	}
	return i
}

// Leave reports whether an event is left out.
func (i *Idle) Leave(x timeline.Indexed) bool {
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
func (i *Idle) idle(x *timeline.Indexed) (hits []predicate.Hit, ok bool) {
	time := x.At.UnixNano()
	hits, ok, known := i.preds.Possible(x.Note, x.Ref)
	if !known {
		for p := range i.now {
			i.now[p].Open(time)
		}
		return nil, false
	}
	ok = ok && Timed(&timeline.Event{At: x.At})
	Share(hits, func(program int, hits []predicate.Hit) {
		ok = i.now[program].Idle(time, hits) && ok
	})
	return hits, ok
}

// Share calls do for each program with the hits that an event has in it.
func Share(hits []predicate.Hit, do func(program int, hits []predicate.Hit)) {
	for len(hits) > 0 {
		n := 1
		for n < len(hits) && hits[n].Program == hits[0].Program {
			n++
		}
		do(hits[0].Program, hits[:n])
		hits = hits[n:]
	}
}
