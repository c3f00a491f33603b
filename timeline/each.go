package timeline

import (
	"context"

	"hunt/evtx"
	"hunt/timeline/ecs"
)

// Indexed is what an index knows about an event without reading it again.
type Indexed struct {
	Host      int // in Case.Hosts.All
	Class     *ecs.Class
	At        evtx.Filetime
	Ref       evtx.Ref
	Undecided bool // Replay settles it
	Note      uint32
	Twin      *Indexed // in a replay: the other half of a process start, if the index has it
}

func (x *Index) indexed(e *indexEntry) Indexed {
	k := &e.keys[0]
	out := Indexed{Host: int(k.owner), Class: x.classes[k.class], At: k.at, Ref: k.ref(), Undecided: k.undecided,
		Note: k.note}
	if e.twin != nil {
		twin := x.indexed(e.twin)
		out.Twin = &twin
	}
	return out
}

// Each calls do for the events of an ordered index, in the order of Replay. Copies are merged, but the two records
// of a process start stay two.
func (c *Case) Each(ctx context.Context, x *Index, do func(Indexed) error) error {
	n := 0
	for e, err := range x.entries(x.keys) {
		if n++; err == nil && n%replayBatch == 0 {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if err := do(x.indexed(e)); err != nil {
			return err
		}
	}
	return nil
}
