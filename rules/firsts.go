package rules

import (
	"slices"
	"sort"
	"time"

	"hunt/evtx"
	"hunt/rules/stage"
	"hunt/timeline/host"
)

// firsts are the events that satisfy the first stage of a rule: for each host the times of all to
// which a match can still refer, and the newest events themselves. The candidates of complete chains
// are made from them.
type firsts struct {
	newest  int // events kept of each host
	byHost  map[*host.Host]*hostFirsts
	n       int // times in all
	sweepAt int // number of times at which old ones are looked for again
}

// hostFirsts are the firsts of one host, in order.
type hostFirsts struct {
	times  []evtx.Filetime
	events []*stage.Held // the newest
}

// fewFirsts is the number up to which searching for old ones is not worthwhile.
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
	if len(h.events) >= 2*l.newest { // occasionally, so that each is moved a bounded number of times
		h.events = slices.Delete(h.events, 0, len(h.events)-l.newest+1)
	}
	h.events = append(h.events, x)
	l.n++
}

// forget drops what lies more than a span before a time. It does so occasionally, so that each event
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

// within returns the newest events of a host from a span before a time up to it, and the number of
// all.
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
