package incident

import (
	"cmp"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/report"
)

// maker returns the logon by which somebody made what a record reports without naming a session: a service, or a file
// that System wrote. It is the only network logon to that host in the seconds before. A program that was started from
// such a file has the same maker. It is nil if no logon or several can have made it.
func (j *joiner) maker(e *Event) *Movement {
	if m, known := j.makers[e]; known {
		return m
	}
	m := j.sole(e)
	if m == nil && e.Session == nil && e.Account.Kind != AccountPerson {
		if made := j.making(e); made != nil {
			m = j.sole(made)
		}
	}
	j.makers[e] = m
	return m
}

// madeBy returns the maker of what an event made itself, nil for deployment tools.
func (j *joiner) madeBy(e *Event) *Movement {
	if m := j.sole(e); m != nil && !j.known.account(m.Account) {
		return m
	}
	return nil
}

// sole returns the maker of what an event made itself, including a deployment tool's account.
func (j *joiner) sole(e *Event) *Movement {
	if !e.Remote || e.Session != nil {
		return nil
	}
	var last *Movement
	moves := j.arrivals[e.Host]
	from := e.At - min(e.At, remoteMaking)
	i, _ := slices.BinarySearchFunc(moves, from, func(x *Movement, t evtx.Filetime) int { return cmp.Compare(x.At, t) })
	for _, m := range moves[i:] {
		if m.At > e.At {
			break
		}
		if !m.arrives() {
			continue
		}
		if last != nil && last.rivals(m) {
			return nil
		}
		if last == nil || m.Session.known() {
			last = m
		}
	}
	if last == nil || !last.Session.known() || !last.placed() || !last.Account.moves() || e.denies(last) {
		return nil
	}
	return last
}

// arrives reports whether somebody logged on to another computer than their own: all except uses of credentials,
// which are not logons there, and what Windows does under its own names.
func (m *Movement) arrives() bool {
	switch m.Account.Kind {
	case AccountSystem, AccountAnonymous:
		return false
	case AccountMachine:
		name := m.Account.Name[strings.LastIndexByte(m.Account.Name, '\\')+1:]
		short, _, _ := strings.Cut(m.To, ".")
		if strings.EqualFold(strings.TrimSuffix(name, "$"), short) {
			return false
		}
	}
	return m.Session.known() || m.By.Key == ""
}

// denies reports whether the record names another account or another session than those of a logon. System works for
// whoever logged on, so its name says nothing.
func (e *Event) denies(m *Movement) bool {
	return e.Account.Key != "" && e.Account.Kind != AccountSystem && e.Account.Key != m.Account.Key ||
		e.LogonID != "" && e.LogonID != m.LogonID
}

// making returns the last event within an hour before that made what an event used, nil if no finding has one.
func (j *joiner) making(e *Event) *Event {
	if len(e.Used) == 0 {
		return nil
	}
	places := j.hosts[e.Host]
	n, _ := slices.BinarySearchFunc(places, e.At+artefactSlack+1,
		func(p place, t evtx.Filetime) int { return cmp.Compare(p.event.At, t) })
	for _, p := range slices.Backward(places[:n]) {
		if p.event.At+artefactGap < e.At {
			break
		}
		if p.event != e && p.event.Remote &&
			slices.ContainsFunc(p.event.Wrote, func(a Artefact) bool { return slices.Contains(e.Used, a) }) {
			return p.event
		}
	}
	return nil
}

// alike reports whether two logons are of one account from one place.
func (m *Movement) alike(o *Movement) bool {
	return m.Account.Key == o.Account.Key && m.From == o.From && (m.From != "" || m.Address == o.Address)
}

// rivals reports whether two logons may be of two accounts, or from two places. A record of a session beside that of
// its logon is neither.
func (m *Movement) rivals(o *Movement) bool {
	return !m.alike(o) && (m.Session.known() && o.Session.known() || m.Account.Key != o.Account.Key ||
		m.Address != o.Address)
}

// placed reports whether a logon says where it came from.
func (m *Movement) placed() bool { return m.From != "" || m.Address != "" }

// sharedTools are programs that administrators and intruders alike run on other hosts, under the same names.
var sharedTools = []string{"psexesvc", "paexec", "remcomsvc", "csexecsvc", "winexesvc", "xcmdsvc"}

// shared reports whether an artefact is called as every copy of a tool calls it.
func (a Artefact) shared() bool {
	name := strings.ToLower(a.Base())
	return slices.ContainsFunc(sharedTools, func(t string) bool { return strings.HasPrefix(name, t) })
}

// strangers reports whether two events need more than their common artefact to be joined. They do if different
// accounts made them. If every copy of a tool makes such an artefact, they also do if one account made them from
// different places, or if it is unknown who made one of them.
func (j *joiner) strangers(a, b *Event, what Artefact) bool {
	x, y := j.maker(a), j.maker(b)
	if x == nil || y == nil {
		return what.shared() && x != y
	}
	return x.Account.Key != y.Account.Key || what.shared() && !x.alike(y)
}

// follow calls do for each of some events, which are in order, with the last before it that no stranger made, if no
// more than a span lies between them.
func (j *joiner) follow(places []place, what Artefact, gap evtx.Filetime, do func(from, to place)) {
	type origin struct{ account, from string } // zero if the maker is not known
	last := map[origin]place{}
	for _, p := range places {
		var from place
		for _, q := range last {
			if p.event.At-q.event.At <= gap && (from.event == nil || from.compare(q) < 0) &&
				!j.strangers(q.event, p.event, what) {
				from = q
			}
		}
		if from.event != nil {
			do(from, p)
		}
		var by origin
		if m := j.maker(p.event); m != nil {
			by = origin{m.Account.Key, cmp.Or(m.From, m.Address)}
		}
		last[by] = p
	}
}

// serves reports whether a process belongs to a service that an account other than that of an event made: one service
// of a tool serves all who use it.
func (j *joiner) serves(process, e *Event) bool {
	m := j.maker(process)
	return m != nil && e.Account.Kind == AccountPerson && e.Account.Key != m.Account.Key
}

// presumed says what is assumed about what a logon made.
func (m *Movement) presumed() string {
	return "That the logon as " + m.Account.Name + " from " + cmp.Or(m.From, m.Address) + " made what appeared on " +
		m.To + " within ten seconds: the record does not name the session, and in the ten seconds before, the logs " +
		"of " + m.To + " show no logon over the network by another account or from elsewhere, apart from those of " +
		"Windows itself."
}

// cameBy returns the network logon by which what a finding begins with came to its host, nil if none is known.
func (j *joiner) cameBy(f *Finding) *Movement {
	if len(f.Events) == 0 {
		return nil
	}
	return j.arrival(&f.Events[0])
}

// arrival is the logon over the network that an event belongs to: the one that began its session, or its maker.
func (j *joiner) arrival(e *Event) *Movement {
	if e.Session == nil {
		return j.madeBy(e)
	}
	i, known := j.session[e.Session.Key]
	if !known || j.known.account(j.moves[i].Account) {
		return nil
	}
	return &j.moves[i]
}

// remotely joins what one network logon made without naming its session to what else it made, and to what ran in the
// session, within seconds.
func (j *joiner) remotely() {
	type origin struct{ host, account, from string }
	order := func(a, b origin) int {
		return cmp.Or(strings.Compare(a.host, b.host), strings.Compare(a.account, b.account),
			strings.Compare(a.from, b.from))
	}
	names, of := bucketsOf(j, order, func(e *Event, add func(origin)) {
		if m := j.arrival(e); m != nil {
			add(origin{e.Host, m.Account.Key, cmp.Or(m.From, m.Address)})
		}
	})
	for _, n := range names {
		for i, to := range of[n] {
			if i == 0 {
				continue
			}
			from := of[n][i-1]
			m := j.madeBy(to.event)
			if m == nil {
				m = j.madeBy(from.event)
			}
			if m != nil && from.finding != to.finding && to.event.At-from.event.At <= remoteMaking {
				j.edges = append(j.edges, edge{EdgeKind: report.EdgeSession, strong: true, from: from, to: to,
					what:    m.whence(),
					assumed: m.presumed()})
			}
		}
	}
}
