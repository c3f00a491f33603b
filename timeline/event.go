// Package timeline finds the evidence, reads it once, and puts it in order: hosts, processes, sessions, one total
// order of events per case with duplicates and twins merged, and what the logs could not have shown.
package timeline

import (
	"cmp"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/timeline/ecs"
)

// Event is an event in the order of a case.
type Event struct {
	*ecs.Event
	Host *Host
	At   evtx.Filetime // on the clock of the run
	Ref  evtx.Ref
	Also []Also // other records of the same event, in the order of the evidence

	hash uint64
}

// Also is a further record of an event.
type Also struct {
	Ref  evtx.Ref
	Twin bool // the Security 4688 of a Sysmon 1, or the reverse; false: an exact duplicate
}

// Keep returns an Event that owns its bytes, for a visitor that wants it after the scan.
func Keep(ev *ecs.Event, at evtx.Filetime) *Event {
	return &Event{Event: ev.Clone(), At: at, Ref: ev.Record.Ref, hash: ev.Record.ContentHash()}
}

// Compare is the total order of a case: time, channel, record id, then the place in the evidence.
func (e *Event) Compare(o *Event) int {
	return cmp.Or(cmp.Compare(e.At, o.At), strings.Compare(e.Class.Channel, o.Class.Channel),
		cmp.Compare(e.Ref.EventRecordID, o.Ref.EventRecordID), cmp.Compare(e.hash, o.hash), e.Ref.Compare(o.Ref))
}

// Order resolves hosts, sorts the events a scan kept, merges exact duplicates into their first copy (merge is told which
// copies went where; it may be nil), and enriches what is left from the history of its host. The slice is reused.
func (c *Case) Order(events []*Event, merge func(into, copy *Event)) []*Event {
	slices.SortFunc(events, (*Event).Compare)
	out := events[:0]
	for _, e := range events {
		if n := len(out); n > 0 {
			last := out[n-1]
			if last.hash == e.hash && last.At == e.At && last.Ref.EventRecordID == e.Ref.EventRecordID && last.Class.Channel == e.Class.Channel {
				last.Also = append(last.Also, Also{Ref: e.Ref})
				if merge != nil {
					merge(last, e)
				}
				continue
			}
		}
		out = append(out, e)
	}
	clear(events[len(out):])
	for _, e := range out {
		e.Host = c.byComputer[e.Record.Computer()]
		c.enrich(e)
	}
	return out
}

// MergeTwins folds each Security 4688 into the Sysmon 1 of the same start where both are among the events (ordered, as Order
// returns them), and adds the reference of the other half where only one is. merge is told which went where.
func (c *Case) MergeTwins(events []*Event, merge func(into, twin *Event)) []*Event {
	at := map[evtx.Ref]*Event{}
	for _, e := range events {
		if e.Class.ProcessStart {
			at[e.Ref] = e
		}
	}
	out := events[:0]
	for _, e := range events {
		other, isTwin := c.twins[e.Ref]
		if !isTwin || !e.Class.ProcessStart {
			out = append(out, e)
			continue
		}
		twin := at[other]
		if e.Class.EventID == 4688 && twin != nil {
			twin.Also = append(twin.Also, Also{Ref: e.Ref, Twin: true})
			for _, a := range e.Also {
				twin.Also = append(twin.Also, Also{Ref: a.Ref, Twin: true})
			}
			if merge != nil {
				merge(twin, e)
			}
			continue
		}
		if twin == nil {
			e.Also = append(e.Also, Also{Ref: other, Twin: true})
		}
		out = append(out, e)
	}
	clear(events[len(out):])
	for _, e := range out {
		slices.SortFunc(e.Also, func(a, b Also) int { return a.Ref.Compare(b.Ref) })
	}
	return out
}
