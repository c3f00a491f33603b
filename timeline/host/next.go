package host

import (
	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/ledger"
)

// NextFact returns the time of the earliest fact in the host's history after a time, or that of the host's last
// record if there is none before it.
func (h *Host) NextFact(at evtx.Filetime) evtx.Filetime {
	t := h.past()
	next := h.Last
	look := func(x evtx.Filetime) {
		if x > at {
			next = min(next, x)
		}
	}
	for _, p := range t.processes {
		if !p.Inferred {
			look(p.Start)
		}
	}
	for when := range t.logons.Times() {
		look(when)
	}
	for _, n := range t.notables {
		look(n.At)
	}
	return next
}

// NextOf returns the time of the next event of a role in the Security log, as far as histories keep them, or the
// largest Filetime if there is none.
func (h *Host) NextOf(what ecs.Role, after evtx.Filetime) evtx.Filetime {
	t := h.past()
	next := ^evtx.Filetime(0)
	look := func(at evtx.Filetime) {
		if at > after {
			next = min(next, at)
		}
	}
	switch what {
	case ecs.RoleProcessStart:
		for _, p := range t.processes {
			if _, twin := t.twins[p.Ref]; !p.Inferred && (twin || ecs.SourceOfChannel(p.log) == ecs.SourceSecurity) {
				look(p.Start)
			}
		}
	case ecs.RoleLogon, ecs.RoleLogoff:
		for at, role := range t.logons.Times() {
			if role == what {
				look(at)
			}
		}
	}
	return next
}

// Notables returns the events about the host's logs, its clock and the audit, in order. The events belong to the
// host.
func (h *Host) Notables() []*ledger.Notable { return h.past().notables }

// BootHours returns the hours in which the system started, in order and without duplicates.
func (h *Host) BootHours() []ledger.Hour { return h.past().bootHours }
