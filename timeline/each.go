package timeline

import (
	"context"

	"hunt/evtx"
	"hunt/timeline/ecs"
)

// Indexed is what an index knows of an event without reading it again.
type Indexed struct {
	Host      int // in Case.Hosts.All
	Class     *ecs.Class
	At        evtx.Filetime
	Ref       evtx.Ref
	Undecided bool // Replay settles it
}

func (x *Index) indexed(e *indexEntry) Indexed {
	k := &e.keys[0]
	return Indexed{Host: int(k.owner), Class: x.classes[k.class], At: k.at, Ref: k.ref(), Undecided: k.undecided}
}

// Each goes through the events of an index that was put in order, in the order of Replay. Copies are merged; the two
// records of a process start are two.
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
