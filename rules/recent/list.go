// Package recent holds the recent events of each host to which a match may still refer.
package recent

import (
	"slices"
	"sort"
	"time"

	"hunt/evtx"
	"hunt/rules/stage"
	"hunt/timeline/host"
)

// List holds, for each host, the times of all events to which a match can still refer, and the newest events
// themselves.
type List struct {
	Newest  int // events kept of each host
	byHost  map[*host.Host]*ofHost
	n       int // times in all
	sweepAt int // number of times at which old ones are looked for again
}

// ofHost are the events of one host, in order.
type ofHost struct {
	times  []evtx.Filetime
	events []*stage.Held // the newest
}

// Few is the number up to which searching for old ones is not worthwhile.
const Few = 64

// Add adds an event; those of a host come in order.
func (l *List) Add(x *stage.Held) {
	if l.byHost == nil {
		l.byHost = map[*host.Host]*ofHost{}
	}
	e := x.Event
	h := l.byHost[e.Host]
	if h == nil {
		h = &ofHost{}
		l.byHost[e.Host] = h
	}
	h.times = append(h.times, e.At)
	if len(h.events) >= 2*l.Newest { // occasionally, so that each is moved a bounded number of times
		h.events = slices.Delete(h.events, 0, len(h.events)-l.Newest+1)
	}
	h.events = append(h.events, x)
	l.n++
}

// Forget drops what lies more than a span before a time. It does so occasionally, so that each event
// is moved a bounded number of times.
func (l *List) Forget(at evtx.Filetime, span time.Duration) {
	if l.n < max(l.sweepAt, Few) {
		return
	}
	l.n = 0
	for host, h := range l.byHost {
		old := sort.Search(len(h.times), func(i int) bool { return h.times[i] >= at || Near(h.times[i], at, span) })
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

// Within returns the newest events of a host from a span before a time up to it, and the number of
// all.
func (l *List) Within(host *host.Host, at evtx.Filetime, span time.Duration) (events []*stage.Held, n int) {
	h := l.byHost[host]
	if h == nil {
		return nil, 0
	}
	hi := sort.Search(len(h.times), func(i int) bool { return h.times[i] > at })
	lo := sort.Search(hi, func(i int) bool { return Near(h.times[i], at, span) })
	end := sort.Search(len(h.events), func(i int) bool { return h.events[i].Event.At > at })
	begin := sort.Search(end, func(i int) bool { return Near(h.events[i].Event.At, at, span) })
	return h.events[begin:end], hi - lo
}

// Near reports whether two times are at most a span apart.
func Near(a, b evtx.Filetime, span time.Duration) bool {
	return max(a, b)-min(a, b) <= evtx.Filetime(span/100)
}
