package rules

import (
	"slices"
	"sort"
	"time"

	"hunt/evtx"
	"hunt/timeline/host"
)

// firsts are the events that satisfy the first stage of a rule, in order, over all hosts and by
// host: partial chains are made of them, and the candidates of complete ones.
type firsts struct {
	list    []Evidence
	byHost  map[*host.Host][]Evidence
	sweepAt int // length at which old ones are looked for again
	work    int // events looked at so far: what tests count
}

// fewFirsts are not worth the time to look for old ones.
const fewFirsts = 64

func (l *firsts) add(e Evidence) {
	if l.byHost == nil {
		l.byHost = map[*host.Host][]Evidence{}
	}
	l.list = append(l.list, e)
	l.byHost[e.Event.Host] = append(l.byHost[e.Event.Host], e)
}

// forget lets go of what is further before a time than a span. It does so now and then: each event
// is moved a bounded number of times.
func (l *firsts) forget(at evtx.Filetime, span time.Duration) {
	if len(l.list) < max(l.sweepAt, fewFirsts) {
		return
	}
	old := func(e Evidence) bool { return e.Event.At < at && !near(e.Event.At, at, span) }
	l.work += 2 * len(l.list)
	l.list = slices.DeleteFunc(l.list, old)
	for h, list := range l.byHost {
		if list = slices.DeleteFunc(list, old); len(list) == 0 {
			delete(l.byHost, h)
		} else {
			l.byHost[h] = list
		}
	}
	l.sweepAt = 2 * len(l.list)
}

// within are the events of a host from a span before a time up to it.
func (l *firsts) within(h *host.Host, at evtx.Filetime, span time.Duration) []Evidence {
	list := l.byHost[h]
	hi := sort.Search(len(list), func(i int) bool { return list[i].Event.At > at })
	lo := sort.Search(hi, func(i int) bool { return near(list[i].Event.At, at, span) })
	return list[lo:hi]
}
