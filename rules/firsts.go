package rules

import (
	"slices"
	"sort"
	"time"

	"hunt/evtx"
	"hunt/rules/stage"
	"hunt/timeline/host"
)

// firsts are the events that satisfy the first stage of a rule: of each host the times of all that a
// match can still refer to, and the newest events themselves. The candidates of complete chains are
// made of them.
type firsts struct {
	newest  int // events kept of each host
	byHost  map[*host.Host]*hostFirsts
	n       int // times in all
	sweepAt int // number of times at which old ones are looked for again
}

// hostFirsts are those of one host, in order.
type hostFirsts struct {
	times  []evtx.Filetime
	events []*stage.Held // the newest
}

// fewFirsts are not worth the time to look for old ones.
const fewFirsts = 64

func (l *firsts) add(x *stage.Held) {
	if l.byHost == nil {
		l.byHost = map[*host.Host]*hostFirsts{}
	}
	e := x.Event
	h := l.byHost[e.Host]
	if h == nil {
		h = &hostFirsts{}
		l.byHost[e.Host] = h
	}
	h.times = append(h.times, e.At)
	if len(h.events) >= 2*l.newest { // now and then, so that each is moved a bounded number of times
		h.events = slices.Delete(h.events, 0, len(h.events)-l.newest+1)
	}
	h.events = append(h.events, x)
	l.n++
}

// forget lets go of what is further before a time than a span. It does so now and then: each event
// is moved a bounded number of times.
func (l *firsts) forget(at evtx.Filetime, span time.Duration) {
	if l.n < max(l.sweepAt, fewFirsts) {
		return
	}
	l.n = 0
	for host, h := range l.byHost {
		old := sort.Search(len(h.times), func(i int) bool { return h.times[i] >= at || near(h.times[i], at, span) })
		if old == len(h.times) {
			delete(l.byHost, host)
			continue
		}
		h.times = slices.Delete(h.times, 0, old)
		h.events = slices.DeleteFunc(h.events, func(x *stage.Held) bool { return x.Event.At < h.times[0] })
		l.n += len(h.times)
	}
	l.sweepAt = 2 * l.n
}

// within are the newest events of a host from a span before a time up to it, and the number of all.
func (l *firsts) within(host *host.Host, at evtx.Filetime, span time.Duration) (events []*stage.Held, n int) {
	h := l.byHost[host]
	if h == nil {
		return nil, 0
	}
	hi := sort.Search(len(h.times), func(i int) bool { return h.times[i] > at })
	lo := sort.Search(hi, func(i int) bool { return near(h.times[i], at, span) })
	end := sort.Search(len(h.events), func(i int) bool { return h.events[i].Event.At > at })
	begin := sort.Search(end, func(i int) bool { return near(h.events[i].Event.At, at, span) })
	return h.events[begin:end], hi - lo
}
