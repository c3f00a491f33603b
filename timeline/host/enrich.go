package host

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/ecs/scalar"
	"hunt/timeline/ledger"
)

// hostFields are settled for every event from the resolved host.
var hostFields = []ecs.Field{ecs.HostID, ecs.HostName, ecs.HostHostname}

// historyFields may be pending until the host's history is in order.
var historyFields = []ecs.Field{
	ecs.ProcessEntityID, ecs.ProcessParentName, ecs.ProcessParentExecutable, ecs.ProcessParentEntityID,
	ecs.ProcessParentCommandLine, ecs.ProcessParentArgs, ecs.ProcessParentArgsCount, ecs.UserID,
}

// FromHistory reports whether a field, or something that a message names, may depend on the history of a host.
func FromHistory(f ecs.Field) bool { return f == ecs.Message || slices.Contains(historyFields, f) }

// Enrich settles the fields of an event of the host that depend on its history. Those that the history does not
// know either are settled as missing. With strict, the history is not used.
func (h *Host) Enrich(e *ecs.Event, at evtx.Filetime, strict bool) {
	id := []scalar.Value{scalar.String(h.ID)}
	for _, f := range hostFields {
		e.Set(f, id...)
	}
	var p *Process
	looked := false
	for _, f := range historyFields {
		if !e.Pending(f) {
			continue
		}
		if strict || !h.set.asked.Whole() {
			e.Set(f)
			continue
		}
		if !looked {
			p, looked = h.past().processOfPending(e, at), true
		}
		h.settle(e, at, f, p)
	}
}

// processOfPending is ProcessOf for an event whose entity id is not settled yet.
func (t *table) processOfPending(e *ecs.Event, at evtx.Filetime) *Process {
	if e.Class.ProcessStart {
		return t.byRef[e.Record.Ref]
	}
	vs := e.Values(ecs.ProcessEntityID, nil)
	if len(vs) > 0 && vs[0].Kind == scalar.KindString {
		return t.byGUID[vs[0].Str]
	}
	return t.actor(e, at)
}

func (h *Host) settle(e *ecs.Event, at evtx.Filetime, f ecs.Field, p *Process) {
	set := func(s string) {
		if s == "" {
			e.Set(f)
		} else {
			e.Set(f, scalar.String(s))
		}
	}
	var parent *Process
	if p != nil {
		parent = p.Parent
	}
	switch f {
	case ecs.ProcessEntityID:
		if p == nil {
			e.Set(f)
		} else {
			set(p.EntityID)
		}
	case ecs.UserID:
		set(cmp.Or(h.past().userSID(e, at, p), e.Record.UserID()))
	default:
		if parent == nil {
			e.Set(f)
			return
		}
		switch f {
		case ecs.ProcessParentName:
			set(parent.Name())
		case ecs.ProcessParentExecutable:
			set(parent.Executable)
		case ecs.ProcessParentEntityID:
			if parent.Inferred && !strings.HasPrefix(parent.EntityID, "{") {
				e.Set(f) // an id that no event carries would only mislead
			} else {
				set(parent.EntityID)
			}
		case ecs.ProcessParentCommandLine:
			set(parent.CommandLine)
		case ecs.ProcessParentArgs, ecs.ProcessParentArgsCount:
			e.Set(f, parentArgs(parent, f)...)
		default:
			e.Set(f)
		}
	}
}

// parentArgs returns the arguments of a parent's command line, or their number, as the mapping of Security 4688
// splits it. A history keeps ledger.MaxCommandLine bytes of a line: a line that was cut has neither, since the last
// argument and the number would be wrong.
func parentArgs(parent *Process, f ecs.Field) []scalar.Value {
	if len(parent.CommandLine) > ledger.MaxCommandLine-utf8.UTFMax {
		return nil
	}
	args, counts := scalar.Args(parent.CommandLine)
	if f == ecs.ProcessParentArgsCount {
		return counts
	}
	return args
}

// userSID finds the SID of the user that an event ran as: that of its process, or else of the user name that it
// carries.
func (t *table) userSID(e *ecs.Event, at evtx.Filetime, p *Process) string {
	if p != nil {
		if sid := t.sidOf(p.User, p.LogonID, p.began); sid != "" {
			return sid
		}
		if p.SID != "" {
			return p.SID
		}
	}
	when, unsure := t.whenOf(e, at)
	id := ledger.LogonID(e.Said("LogonId"))
	if unsure {
		id = ""
	}
	return t.sidOf(e.Said("User"), id, when)
}
