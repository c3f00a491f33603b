package timeline

import (
	"hunt/evtx"
	"hunt/timeline/ecs"
)

// SKETCH by the architect, who replaces it by real files; the names stay.

// Event is an event in a host's timeline.
type Event struct {
	*ecs.Event
	Host *Host
	At   evtx.Filetime // on the clock of the run
	Ref  evtx.Ref
	Also []Also // other records of the same event, in the order of the evidence
}

// Also is a further record of an event.
type Also struct {
	Ref  evtx.Ref
	Twin bool // the Security 4688 of a Sysmon 1 (or the reverse); false: an exact duplicate
}

// Host is one resolved host.
type Host struct {
	ID    string   // lower-case, the longest name
	Names []string // as the logs spell them, sorted
}

// Process is one process of a host.
type Process struct {
	PID         int64
	ParentPID   int64
	EntityID    string
	Executable  string
	CommandLine string
	User        string
	LogonID     string
	Start, End  evtx.Filetime // 0 = not logged
	Parent      *Process      // nil if unknown
	Children    []*Process    // in order of start
	Inferred    bool          // known only from a child's record
	Ref         evtx.Ref      // of the start record, unless Inferred
}

// DescendsFrom reports whether p is a or has a among its ancestors.
func (p *Process) DescendsFrom(a *Process) bool {
	for ; p != nil; p = p.Parent {
		if p == a {
			return true
		}
	}
	return false
}

// ProcessOf returns the process that e is about (started, or acting), or nil.
func (h *Host) ProcessOf(e *Event) *Process { panic("sketch") }
