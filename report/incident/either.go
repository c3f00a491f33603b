package incident

import (
	"cmp"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/report"
)

// sides are what a finding about movement between hosts is judged by: the movements to each host, and the events of
// weighty findings on each, in order of time.
type sides struct {
	moves map[string][]*Movement
	deeds map[actor][]deed
}

// actor is a user of a host, "" for all of them together.
type actor struct{ host, user string }

func sidesOf(c *Case, dismissed map[string]bool) sides {
	s := sides{map[string][]*Movement{}, map[actor][]deed{}}
	for i := range c.Movements {
		if m := &c.Movements[i]; m.From != "" && m.To != "" && m.From != m.To {
			s.moves[m.To] = append(s.moves[m.To], m)
		}
	}
	for i := range c.Findings {
		f := &c.Findings[i]
		if !f.weighs() || dismissed[f.ID] {
			continue
		}
		for k := range f.Events {
			e := &f.Events[k]
			all, one := actor{host: e.Host}, actor{e.Host, e.Account.user()}
			s.deeds[all] = append(s.deeds[all], deed{f, e})
			if one.user != "" {
				s.deeds[one] = append(s.deeds[one], deed{f, e})
			}
		}
	}
	for _, list := range s.moves {
		slices.SortStableFunc(list, func(a, b *Movement) int { return cmp.Compare(a.At, b.At) })
	}
	for _, list := range s.deeds {
		slices.SortFunc(list, deed.compare)
	}
	return s
}

// crosses reports whether a finding is about movement that means nothing alone: its rule counts logons, and is of low
// severity or for information.
func (f *Finding) crosses() bool {
	return f.Status == report.StatusFinding && f.Counted && f.mainTactic().TacticID == tacticMovement &&
		!f.Severity.AtLeast(report.SeverityMedium)
}

// near returns the first weighty deed that lends weight to f, or nil. It happened on a host from which a movement of f
// came, at most a day before or after it. If f went to several hosts, it may also be the same account's deed on one of
// them, at most a day later: what others do there says nothing about an administrator who logs on to all of them.
func (s sides) near(f *Finding) *deed {
	several := slices.ContainsFunc(f.Events, func(e Event) bool { return e.Host != f.Events[0].Host })
	var first *deed
	for i := range f.Events {
		e := &f.Events[i]
		if several && e.Account.user() != "" {
			first = s.earlier(first, f, actor{e.Host, e.Account.user()}, span{e.At, e.At + day})
		}
		for _, m := range s.at(e) {
			if m.told(e) {
				first = s.earlier(first, f, actor{host: m.From}, span{before(e.At, day), e.At + day})
			}
		}
	}
	return first
}

// at are the movements to the host of an event at its time.
func (s sides) at(e *Event) []*Movement {
	list := s.moves[e.Host]
	from := func(at evtx.Filetime) int {
		n, _ := slices.BinarySearchFunc(list, at, func(m *Movement, at evtx.Filetime) int {
			return cmp.Compare(m.At, at)
		})
		return n
	}
	return list[from(before(e.At, evtx.TicksPerSecond)):from(e.At+evtx.TicksPerSecond)]
}

// told reports whether an event can be about a movement, judged by its account: servers have many logons in one second.
func (m *Movement) told(e *Event) bool {
	a, b := m.Account, e.Account
	return a.Key == "" || b.Key == "" || a.Key == b.Key || a.user() == b.user()
}

// user is the name of an account without its domain, in lower case.
func (a Account) user() string {
	return strings.ToLower(a.Name[strings.LastIndexByte(a.Name, '\\')+1:])
}

type span struct{ from, to evtx.Filetime }

// earlier returns the earlier of a deed and the first one of an actor in a span that another rule than that of f found.
func (s sides) earlier(first *deed, f *Finding, by actor, within span) *deed {
	list := s.deeds[by]
	n, _ := slices.BinarySearchFunc(list, within.from, func(d deed, at evtx.Filetime) int {
		return cmp.Compare(d.event.At, at)
	})
	for ; n < len(list) && list[n].event.At <= within.to; n++ {
		if list[n].finding.Rule == f.Rule {
			continue
		}
		if first == nil || list[n].compare(*first) < 0 {
			return &list[n]
		}
		break
	}
	return first
}

// before is a time a span before another, or the first that there is.
func before(at, span evtx.Filetime) evtx.Filetime { return at - min(at, span) }
