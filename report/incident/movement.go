package incident

import (
	"cmp"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/report"
	"hunt/report/decision"
)

// takeMoves adds the logons, in order.
func (j *joiner) takeMoves() {
	j.moves = slices.Clone(j.c.Movements)
	slices.SortFunc(j.moves, compareMovements)
	for i := range j.moves {
		m := &j.moves[i]
		if !m.Claimed && j.known.address(m.Address) == decision.NAT {
			if m.Session.known() {
				m.From, m.Proof = "", ""
			} else {
				m.To, m.Proof = "", ""
			}
		}
		m.place = i
		j.arrivals[m.To] = append(j.arrivals[m.To], m)
		if _, known := j.session[m.Session]; !known && m.Session.known() && m.To != "" && m.To != m.From && m.placed() {
			j.session[m.Session] = i
		}
		switch {
		case m.Address == "":
		case m.From == "" && m.Session.known():
			j.arrived[m.Session] = append(j.arrived[m.Session], i)
		case m.To == "" && m.From != "":
			key := accountOn{m.From, cmp.Or(m.By.Key, m.Account.Key)}
			j.left[key] = append(j.left[key], i)
			if p := m.Process; p != nil && !p.Common {
				for _, key := range append([]ProcessKey{p.Key}, p.Line...) {
					j.sent[key] = append(j.sent[key], i)
				}
			}
		}
	}
}

// movements joins what happened before a logon on the host from which it came to what happened after it on the host
// to which it went, under the accounts of the logon. For each logon and each side that is the nearest event.
func (j *joiner) movements() {
	for i := range j.moves {
		m := &j.moves[i]
		if m.From == "" || m.To == "" || m.From == m.To || !m.Account.moves() || j.known.account(m.Account) {
			continue
		}
		from, ok := j.before(m)
		if !ok {
			continue
		}
		dest, ok := j.after(m)
		if !ok || from.finding == dest.finding {
			continue
		}
		what := m.between()
		if left := m.left(); left-min(from.event.At, left) <= movementStrong &&
			max(dest.event.At, m.At)-m.At <= movementStrong {
			e := edge{EdgeKind: report.EdgeMovement, strong: true, from: from, to: dest, what: what, move: m}
			if dest.event.Remote && dest.event.Account.Key != m.Account.Key {
				e.assumed = m.presumed()
			}
			j.edges = append(j.edges, e)
			continue
		}
		j.weak = append(j.weak, group{report.EdgeMovement, fact{of: factMovement, from: m.From, to: m.To}, what,
			[]place{from, dest}, 0})
	}
}

// left is when it left From.
func (m *Movement) left() evtx.Filetime { return cmp.Or(m.Left, m.At) }

// moves reports whether a person makes the logons of an account.
func (a Account) moves() bool {
	return a.Key != "" && a.Kind != AccountMachine && a.Kind != AccountSystem && a.Kind != AccountAnonymous
}

func compareMovements(a, b Movement) int {
	return cmp.Or(cmp.Compare(a.At, b.At), strings.Compare(a.To, b.To), strings.Compare(a.From, b.From),
		strings.Compare(a.Account.Key, b.Account.Key), strings.Compare(a.Address, b.Address),
		a.Session.compare(b.Session), cmp.Compare(a.Way, b.Way))
}

// asked reports whether an event is about the process that asked for a logon, or about an ancestor of it.
func (m *Movement) asked(e *Event) bool {
	return m.Process != nil && !m.Process.Common && e.Process != nil && !e.Process.Common &&
		(e.Process.Key == m.Process.Key || slices.Contains(m.Process.Line, e.Process.Key))
}

// before returns the last event of a finding on the host from which a logon came: about the process that asked for
// it, or else under an account that fits it.
func (j *joiner) before(m *Movement) (place, bool) {
	at := func(p place, t evtx.Filetime) int { return cmp.Compare(p.event.At, t) }
	places := j.hosts[m.From]
	n, _ := slices.BinarySearchFunc(places, m.left()+artefactSlack, at)
	first, _ := slices.BinarySearchFunc(places[:n], m.left()-min(movementWeak, m.left()), at)
	places = places[first:n]
	for _, p := range slices.Backward(places) {
		if m.asked(p.event) {
			return p, true
		}
	}
	if j.known.jumps(m.From) {
		return place{}, false // many go through it under many accounts: only the process that asked is certain
	}
	for _, p := range slices.Backward(places) {
		if k := p.event.Account.Key; k != "" && (k == m.Account.Key || k == m.By.Key) {
			return p, true
		}
	}
	return place{}, false
}

// after returns the first event of a finding on the host to which a logon went: in its session, or under its
// account. What somebody made over the network without a session in the record counts if no other logon can have
// made it.
func (j *joiner) after(m *Movement) (place, bool) {
	places := j.hosts[m.To]
	from := m.At - min(artefactSlack, m.At)
	n, _ := slices.BinarySearchFunc(places, from, func(p place, t evtx.Filetime) int {
		return cmp.Compare(p.event.At, t)
	})
	for _, p := range places[n:] {
		if p.event.At > m.At+movementWeak {
			break
		}
		if p.event.Remote && p.event.Session == nil && p.event.At >= m.At && p.event.At-m.At <= remoteMaking {
			if made := j.madeBy(p.event); made != nil && made.alike(m) {
				return p, true
			}
		}
		s := p.event.Session
		if s != nil && m.Session.known() {
			if s.Key == m.Session {
				return p, true
			}
			continue // of another logon
		}
		if p.event.Account.Key == m.Account.Key && !j.known.jumps(m.To) {
			return p, true
		}
	}
	return place{}, false
}
