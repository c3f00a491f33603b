package stage

import (
	"errors"

	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/shard"
)

// ErrMark says that a shard refers to rules that are not there.
var ErrMark = errors.New("a shard was scanned with other rules: scan the input again")

// Noter notes for a shard the records that rules may need, for one worker; a nil Noter does nothing.
type Noter struct {
	shard   *shard.Writer
	numbers map[string]uint32          // of marks, with the Computer name in front
	of      map[*timeline.Event]uint32 // of events of which copies may come
	told    []shard.Candidate          // not yet passed to the shard
	key     []byte
}

const (
	// maxMarks bounds the marks of one worker. Real evidence has a few thousand; records with any others are
	// evaluated again.
	maxMarks = 1 << 16
	// notedTogether is how many candidates are passed to a shard at a time.
	notedTogether = 1024
)

// NewNoter returns a Noter for w, nil if w is nil.
func NewNoter(w *shard.Writer) *Noter {
	if w == nil {
		return nil
	}
	return &Noter{shard: w, numbers: map[string]uint32{}, of: map[*timeline.Event]uint32{}}
}

// Note notes a record, and returns the number of its mark.
func (n *Noter) Note(ev *ecs.Event, m Mark) uint32 {
	if n == nil {
		return 0
	}
	m.Open = len(n.numbers) >= maxMarks
	computer := ev.Record.Computer()
	n.key = append(append(n.key[:0], computer...), 0)
	at := len(n.key)
	n.key = m.Append(n.key)
	number, ok := n.numbers[string(n.key)]
	if !ok {
		number = n.shard.Mark(computer, string(n.key[at:]))
		if !m.Open {
			n.numbers[string(n.key)] = number
		}
	}
	n.add(ev, number)
	return number
}

// Remember keeps the number of the mark of an event that is kept.
func (n *Noter) Remember(e *timeline.Event, number uint32) {
	if n != nil {
		n.of[e] = number
	}
}

// Copy notes a copy of an event that is kept.
func (n *Noter) Copy(ev *ecs.Event, of *timeline.Event) {
	if n != nil {
		n.add(ev, n.of[of])
	}
}

// Forget drops the events, which are no longer kept.
func (n *Noter) Forget() {
	if n != nil {
		clear(n.of)
	}
}

// add notes a record whose mark has a number.
func (n *Noter) add(ev *ecs.Event, number uint32) {
	n.told = append(n.told, shard.Candidate{Ref: ev.Record.Ref, Hash: ev.Record.ContentHash(), Mark: number})
	if len(n.told) >= notedTogether {
		n.Tell()
	}
}

// Tell passes to the shard what it does not have yet.
func (n *Noter) Tell() {
	if n != nil {
		n.shard.Hit(n.told)
		n.told = n.told[:0]
	}
}
