package timeline

import (
	"cmp"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/ecs/scalar"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
	"hunt/timeline/spill"
)

// Event is an event in the order of a case.
type Event struct {
	*ecs.Event
	Host *host.Host
	At   evtx.Filetime // on the clock of the run
	Ref  evtx.Ref
	// other records of the same event, in the order of the evidence: maxCopies of it and of its twin at most
	Also []Also
	More int // further records, which are not listed
	// of a script block that was logged in parts and is taken as a whole: the event is the first of them
	Parts *Parts
	Half  *Event // if it was asked for: the Security 4688 that was merged into this Sysmon 1
	Note  uint32 // of an event that is read again: the note given to AddNoted

	hash uint64
	twin *evtx.Ref // of a process start that was logged by both Sysmon and Security: the other record
}

// Process returns the process that the event is about: the one it started, or the one that acted; nil if the logs do
// not say.
func (e *Event) Process() *host.Process { return e.Host.ProcessOf(e.Event, e.At) }

// ProcessWith returns the process with that pid that ran when the event was written, nil if the logs do not say.
func (e *Event) ProcessWith(pid int64) *host.Process { return e.Host.ProcessWith(pid, e.Event, e.At) }

// ByPIDAlone reports whether Process finds the process by its id and the time alone, because the record names no
// program.
func (e *Event) ByPIDAlone() bool { return e.Host.ByPIDAlone(e.Event) }

// ParentByPID returns the process that e started, if its parent was found by process id and time alone and e was given
// the parent's name; otherwise nil.
func (e *Event) ParentByPID() *host.Process {
	var few [4]scalar.Value
	named := func(v scalar.Value) bool { return v.Kind == scalar.KindString && v.Str != "" }
	if !e.Class.ProcessStart || !slices.ContainsFunc(e.Values(ecs.ProcessParentName, few[:0]), named) {
		return nil
	}
	if p := e.Process(); p != nil && p.Parent != nil && p.Link == host.ParentByPID {
		return p
	}
	return nil
}

// Session returns the session with that logon id that had begun when the event was written; see Host.SessionOf.
func (e *Event) Session(logonID string) *host.Session {
	return e.Host.SessionOf(logonID, e.Event, e.At)
}

// ClockMark says in a few words why the time of the event is doubtful, "" if it is not.
func (e *Event) ClockMark() string { return e.Host.TimeMark(e.Event, e.At) }

// Stretch returns how often the clock of the host had been set back when the event was written; unsure is true if that
// cannot be known.
func (e *Event) Stretch() (n int, unsure bool) { return e.Host.Stretch(e.Event, e.At) }

// Also is a further record of an event.
type Also struct {
	Ref  evtx.Ref
	Twin bool // the Security 4688 of a Sysmon 1, or the reverse; false: an exact duplicate
}

// Parts are the records in which a script block was logged.
type Parts struct {
	Total   int64      // parts that the block has, according to its records
	Logged  int        // parts that are in the logs
	Missing string     // the others: "2, 5 to 7", "" if there are none
	Refs    []evtx.Ref // of the records beside the event's own and its copies, in the order of the parts
	More    int        // further ones, which are not listed
}

func (p *Parts) code(c *spill.Coder) {
	c.Int(&p.Total)
	spill.Number(c, &p.Logged)
	c.Text(&p.Missing)
	spill.Number(c, &p.More)
	spill.Values(c, &p.Refs, (*spill.Coder).Ref)
}

// maxCopies bounds the records listed for an event, the first of which is the event's own; further ones are only
// counted. A log has a copy in each shadow copy and each backup; a record that occurs a million times was put there to
// fill the memory.
const maxCopies = 1024

// Keeper keeps events for one visitor. A copy of an event that it has already costs a reference, not a record: shadow
// copies and backups repeat whole logs.
type Keeper struct {
	byContent map[contentKey][]*Event
}

// contentKey is what copies of an event have in common.
type contentKey struct {
	hash, id uint64
	at       evtx.Filetime
}

// Keep returns the kept form of ev, which owns its bytes; fresh is false if ev is a copy of an event that was kept
// before.
func (k *Keeper) Keep(ev *ecs.Event, at evtx.Filetime) (e *Event, fresh bool) {
	if e := k.Copy(ev, at); e != nil {
		return e, false
	}
	return k.Add(ev, at), true
}

// Add returns the kept form of an event of which Copy has found no copy.
func (k *Keeper) Add(ev *ecs.Event, at evtx.Filetime) *Event {
	key := keyOf(ev, at)
	e := &Event{Event: ev.Clone(), At: at, Ref: ev.Record.Ref, hash: key.hash}
	k.put(key, e)
	return e
}

// Copy adds the reference of ev to the kept event that it is a copy of, and returns that event; it returns nil if there
// is none.
func (k *Keeper) Copy(ev *ecs.Event, at evtx.Filetime) *Event {
	e, ref := k.kept(keyOf(ev, at), ev.Class), ev.Record.Ref
	switch {
	case e == nil:
		return nil
	case ledger.CompareRefs(ref, e.Ref) < 0: // slots come in any order; the first copy in the evidence is the event
		e.Also = append(e.Also, Also{Ref: e.Ref})
		e.Event, e.Ref = ev.Clone(), ref
	default:
		e.Also = append(e.Also, Also{Ref: ref})
	}
	return e
}

func keyOf(ev *ecs.Event, at evtx.Filetime) contentKey {
	return contentKey{ev.Record.ContentHash(), ev.Record.Ref.EventRecordID, at}
}

// absorb takes over the references of a copy that comes later in the evidence.
func (e *Event) absorb(o *Event) {
	e.Also = append(append(e.Also, Also{Ref: o.Ref}), o.Also...)
}

func (k *Keeper) put(key contentKey, e *Event) {
	if k.byContent == nil {
		k.byContent = map[contentKey][]*Event{}
	}
	k.byContent[key] = append(k.byContent[key], e)
}

// kept returns the event of that content and class, nil if there is none.
func (k *Keeper) kept(key contentKey, class *ecs.Class) *Event {
	for _, e := range k.byContent[key] {
		if e.Class.Same(class) {
			return e
		}
	}
	return nil
}

// Compare is the total order of a case: time, channel, record id, then the place in the evidence.
func (e *Event) Compare(o *Event) int {
	if e.At != o.At {
		return cmp.Compare(e.At, o.At)
	}
	return cmp.Or(strings.Compare(e.Class.Channel, o.Class.Channel),
		cmp.Compare(e.Ref.EventRecordID, o.Ref.EventRecordID), cmp.Compare(e.hash, o.hash),
		ledger.CompareRefs(e.Ref, o.Ref))
}

// LineKey is what a line about the event is sorted by.
func (e *Event) LineKey() spill.LineKey {
	return spill.LineKey{At: e.At, ID: e.Ref.EventRecordID, Hash: e.hash, Channel: e.Class.Channel}
}

// Order resolves hosts, merges exact duplicates into their first copy, enriches the remaining events from the histories
// of their hosts, and puts all in the total order. It works host by host, so that only one history is needed at a time.
// It reuses the slice.
func (c *Case) Order(events []*Event) []*Event {
	for _, e := range events {
		e.Host = c.Hosts.Of(e.Record.Computer(), e.Ref.File)
	}
	slices.SortFunc(events, func(a, b *Event) int {
		if a.Host != b.Host {
			return strings.Compare(a.Host.ID, b.Host.ID)
		}
		return a.Compare(b)
	})
	out := events[:0]
	for _, e := range events {
		if n := len(out); n > 0 {
			last := out[n-1]
			if last.hash == e.hash && last.At == e.At && last.Ref.EventRecordID == e.Ref.EventRecordID &&
				last.Class.Same(e.Class) && last.Host == e.Host {
				last.absorb(e)
				continue
			}
		}
		out = append(out, e)
	}
	clear(events[len(out):])
	for _, e := range out {
		e.sortAlso()
		if most := maxCopies - 1; len(e.Also) > most {
			e.More += len(e.Also) - most
			e.Also = slices.Clip(e.Also[:most])
		}
		e.Host.Enrich(e.Event, e.At, c.strict)
		if e.Class.ProcessStart {
			if ref, ok := e.Host.TwinOf(e.Ref); ok {
				e.twin = &ref
			}
		}
	}
	slices.SortFunc(out, (*Event).Compare)
	return out
}

// MergeTwins folds each Security 4688 into the Sysmon 1 of the same start if both are among the events, which must be
// ordered, as Order returns them; if only one is, it adds the reference of the other half. merge is called with each
// pair.
func (c *Case) MergeTwins(events []*Event, merge func(into, twin *Event)) []*Event {
	at := map[evtx.Ref]*Event{}
	for _, e := range events {
		if e.Class.ProcessStart {
			at[e.Ref] = e
		}
	}
	out := events[:0]
	for _, e := range events {
		if e.twin == nil {
			out = append(out, e)
			continue
		}
		twin := at[*e.twin]
		if e.Class.Source == ecs.SourceSecurity && twin != nil {
			twin.Also = append(twin.Also, Also{Ref: e.Ref, Twin: true})
			for _, a := range e.Also {
				twin.Also = append(twin.Also, Also{Ref: a.Ref, Twin: true})
			}
			twin.More += e.More
			if merge != nil {
				merge(twin, e)
			}
			continue
		}
		if twin == nil {
			e.Also = append(e.Also, Also{Ref: *e.twin, Twin: true})
		}
		out = append(out, e)
	}
	clear(events[len(out):])
	for _, e := range out {
		e.sortAlso()
	}
	return out
}

func (e *Event) sortAlso() {
	slices.SortFunc(e.Also, func(a, b Also) int { return ledger.CompareRefs(a.Ref, b.Ref) })
}
