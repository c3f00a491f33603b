package timeline

import (
	"cmp"
	"context"
	"slices"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

// Spot is a place of interest on a host: the events of a finding.
type Spot struct {
	Host   *host.Host
	Events []*Event // in order, all of the host
	Inputs []int32  // the surroundings are those in these inputs (Case.Input)
	Most   int      // most events that are shown around it, without its own: those nearest to any of its own
}

// Near says what is wanted around spots. What is chosen for a spot depends only on that spot and its host.
type Near struct {
	Spots []Spot
	Reach evtx.Filetime // how far around each event of a spot
	// Keep chooses what is worth showing, as in Surroundings.
	Keep func(*ecs.Event) bool
	// Telling chooses events that are wanted in addition to those that are shown, and MostTelling is the most of them
	// around each spot.
	Telling     func(*ecs.Class) bool
	MostTelling int
}

// NearCut counts the spots that had more events around them than was asked for.
type NearCut struct {
	Shown   int // of the events that are shown
	Telling int // of the Telling events
}

// EachNear reads again what lies around some spots, as EachAround does, and hands out the chosen events, each host's
// in order. shown returns an event in the form in which it is shown: at the first of its copies that lie in the inputs
// of the spots that chose it. It returns nil for events that are only Telling. EachNear returns the number of spots
// that had more. A shard that is being written keeps the events that are shown; the caller notes any others that it
// uses (NoteEvent).
func (c *Case) EachNear(ctx context.Context, n Near,
	hand func(events []*Event, shown func(*Event) *Event) error) (cut NearCut, err error) {
	s := Surroundings{Keep: n.Keep}
	for _, spot := range n.Spots {
		for _, e := range spot.Events {
			s.Windows = append(s.Windows,
				Window{Host: spot.Host, From: e.At - min(n.Reach, e.At), To: e.At + n.Reach, Inputs: spot.Inputs,
					within: true})
		}
	}
	if len(s.Windows) == 0 {
		return NearCut{}, nil
	}
	ch := newChooser(c, n)
	_, err = c.gather(ctx, s, ch, func(events []*Event) error {
		return hand(events, ch.asShown)
	})
	return ch.cut, err
}

// Input returns the number of the input in which a file was found.
func (c *Case) Input(file int32) int32 { return c.inputs[file] }

// InputsOf returns the inputs that hold an event or a copy of it, sorted.
func (c *Case) InputsOf(e *Event) []int32 {
	out := []int32{c.inputs[e.Ref.File]}
	for _, a := range e.Also {
		if !a.Twin {
			out = append(out, c.inputs[a.Ref.File])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// chooser goes through the events of a host once, in order, and chooses those nearest to each spot.
type chooser struct {
	c     *Case
	n     Near
	spots []chosenSpot
	lanes map[lane]*laneState
	seq   int

	shown, telling map[evtx.Ref]bool
	within         map[evtx.Ref][]int32 // of those that are shown, the inputs of the spots that chose them
	kept           map[evtx.Ref]bool    // in addition to those shown: they prove that there was more
	cut            NearCut
}

// lane is the events of one host in one input.
type lane struct {
	host  *host.Host
	input int32
}

// chosenSpot is what was chosen for a spot.
type chosenSpot struct {
	own  map[evtx.Ref]bool
	near [2][]nearEvent // of all kinds; of the Telling events
}

// nearEvent is an event near a spot.
type nearEvent struct {
	at  evtx.Filetime
	seq int
	ref evtx.Ref
}

// laneState is the progress through the events of a lane.
type laneState struct {
	points []point // of the spots, in order
	next   int     // the first that lies ahead
	last   [2][]nearEvent
	most   [2]int
	open   [2][]*openPoint // those that still want events after them
}

// point is an event of a spot.
type point struct {
	at   evtx.Filetime
	spot int
}

type openPoint struct {
	point
	left int
}

func newChooser(c *Case, n Near) *chooser {
	ch := &chooser{c: c, n: n, spots: make([]chosenSpot, len(n.Spots)), lanes: map[lane]*laneState{},
		shown: map[evtx.Ref]bool{}, telling: map[evtx.Ref]bool{}, kept: map[evtx.Ref]bool{},
		within: map[evtx.Ref][]int32{}}
	for i, s := range n.Spots {
		own := map[evtx.Ref]bool{}
		for _, e := range s.Events {
			own[e.Ref] = true
		}
		ch.spots[i].own = own
		for _, input := range s.Inputs {
			k := lane{s.Host, input}
			l := ch.lanes[k]
			if l == nil {
				l = &laneState{}
				ch.lanes[k] = l
			}
			l.most = [2]int{max(l.most[0], s.Most+1+len(own)), max(l.most[1], n.MostTelling+1+len(own))}
			for _, e := range s.Events {
				l.points = append(l.points, point{e.At, i})
			}
		}
	}
	for _, l := range ch.lanes {
		slices.SortStableFunc(l.points, func(a, b point) int { return cmp.Compare(a.at, b.at) })
	}
	return ch
}

// take takes the next event of a host. Events of different hosts may be mixed.
func (ch *chooser) take(at evtx.Filetime, h *host.Host, class *ecs.Class, ref evtx.Ref, also func(func(evtx.Ref))) {
	ch.seq++
	e := nearEvent{at, ch.seq, ref}
	kinds := 1
	if ch.n.Telling != nil && ch.n.Telling(class) {
		kinds = 2
	}
	inputs := []int32{ch.c.inputs[ref.File]}
	also(func(r evtx.Ref) {
		if in := ch.c.inputs[r.File]; !slices.Contains(inputs, in) {
			inputs = append(inputs, in)
		}
	})
	for _, in := range inputs {
		if l := ch.lanes[lane{h, in}]; l != nil {
			ch.pass(l, e, kinds)
		}
	}
}

// pass processes the next event of a lane, which belongs to the first n kinds.
func (ch *chooser) pass(l *laneState, e nearEvent, kinds int) {
	for ; l.next < len(l.points) && l.points[l.next].at <= e.at; l.next++ {
		ch.reach(l, l.points[l.next])
	}
	for k := range kinds {
		open := l.open[k][:0]
		for _, p := range l.open[k] {
			s := &ch.spots[p.spot]
			if e.at-p.at > ch.n.Reach {
				continue
			}
			if !s.own[e.ref] {
				s.near[k] = append(s.near[k], e)
				p.left--
			}
			if p.left > 0 {
				open = append(open, p)
			}
		}
		l.open[k] = open
		l.last[k] = append(l.last[k], e)
		if len(l.last[k]) >= 2*l.most[k] {
			l.last[k] = slices.Delete(l.last[k], 0, len(l.last[k])-l.most[k])
		}
	}
}

// reach processes an event of a spot: it takes the events before it, and waits for those after it.
func (ch *chooser) reach(l *laneState, p point) {
	s := &ch.spots[p.spot]
	for k, most := range []int{ch.n.Spots[p.spot].Most, ch.n.MostTelling} {
		left := most + 1
		for _, e := range slices.Backward(l.last[k]) {
			if left == 0 || p.at-e.at > ch.n.Reach {
				break
			}
			if !s.own[e.ref] {
				s.near[k] = append(s.near[k], e)
				left--
			}
		}
		l.open[k] = append(l.open[k], &openPoint{p, most + 1})
	}
}

// finish makes the choice after the last event.
func (ch *chooser) finish() {
	for _, l := range ch.lanes {
		for ; l.next < len(l.points); l.next++ {
			ch.reach(l, l.points[l.next])
		}
	}
	for i := range ch.spots {
		s := &ch.spots[i]
		for k, to := range []map[evtx.Ref]bool{ch.shown, ch.telling} {
			most := []int{ch.n.Spots[i].Most, ch.n.MostTelling}[k]
			list := ch.nearest(&ch.n.Spots[i], s.near[k])
			more := len(list) > most
			if more && k == 1 {
				ch.cut.Telling++
			}
			if more && k == 0 {
				ch.cut.Shown++
				ch.kept[list[most].ref] = true
			}
			for _, e := range list[:min(most, len(list))] {
				to[e.ref] = true
				if k == 0 {
					ch.add(e.ref, ch.n.Spots[i].Inputs)
				}
				if more && k == 1 {
					ch.kept[e.ref] = true
				}
			}
			s.near[k] = nil
		}
	}
}

// nearest sorts events by their distance from any event of a spot, without duplicates. Of those before it the later
// comes first, of those after it the earlier.
func (ch *chooser) nearest(spot *Spot, events []nearEvent) []nearEvent {
	type ranked struct {
		nearEvent
		away   evtx.Filetime
		before bool
	}
	slices.SortFunc(events, func(a, b nearEvent) int { return cmp.Compare(a.seq, b.seq) })
	events = slices.CompactFunc(events, func(a, b nearEvent) bool { return a.seq == b.seq })
	list := make([]ranked, len(events))
	for i, e := range events {
		r := ranked{nearEvent: e, away: ^evtx.Filetime(0)}
		for _, own := range spot.Events {
			if d := max(own.At, e.at) - min(own.At, e.at); d < r.away {
				r.away, r.before = d, e.at < own.At
			}
		}
		list[i] = r
	}
	slices.SortFunc(list, func(a, b ranked) int {
		switch {
		case a.away != b.away:
			return cmp.Compare(a.away, b.away)
		case a.before != b.before:
			if b.before {
				return -1
			}
			return 1
		case a.before:
			return cmp.Compare(b.seq, a.seq)
		}
		return cmp.Compare(a.seq, b.seq)
	})
	out := events[:0]
	for _, r := range list {
		out = append(out, r.nearEvent)
	}
	return out
}

// add adds inputs to those of the spots that chose an event.
func (ch *chooser) add(ref evtx.Ref, inputs []int32) {
	list := ch.within[ref]
	for _, in := range inputs {
		if !slices.Contains(list, in) {
			list = append(list[:len(list):len(list)], in)
		}
	}
	ch.within[ref] = list
}

// asShown returns an event as it is shown, nil if it is not. Copies in other inputs are left out: what a spot shows
// depends only on its own inputs, and a shard of another input need not hold the copy.
func (ch *chooser) asShown(e *Event) *Event {
	if !ch.shown[e.Ref] {
		return nil
	}
	inputs := ch.within[e.Ref]
	in := func(r evtx.Ref) bool { return slices.Contains(inputs, ch.c.inputs[r.File]) }
	out := *e
	out.Also = nil
	placed := in(e.Ref)
	for _, a := range e.Also {
		switch {
		case !in(a.Ref):
		case !placed && !a.Twin:
			out.Ref, placed = a.Ref, true
		default:
			out.Also = append(out.Also, a)
		}
	}
	if !placed {
		return e // another record of the same start was near
	}
	return &out
}

// wants reports whether an event was chosen.
func (ch *chooser) wants(ref evtx.Ref) bool { return ch.shown[ref] || ch.telling[ref] || ch.kept[ref] }

// keeps reports whether a shard keeps an event.
func (ch *chooser) keeps(e *Event) bool { return ch == nil || ch.shown[e.Ref] || ch.kept[e.Ref] }
