package stage

import (
	"slices"

	"hunt/limit"
	"hunt/rules/predicate"
	"hunt/rules/sequence"
	"hunt/timeline"
)

// Held is an event that waits for others. Its record may be dropped meanwhile.
type Held struct{ Event *timeline.Event }

// Item is an event that a matcher processes.
type Item struct {
	*Held
	view     *View // gives the event's fields during Push
	referred []referred
	Sure     []int // stages that it satisfies whatever came before
	hits     []predicate.Hit
}

// Decoded reports whether the event satisfies a stage only with content that it carries in
// encoded form.
func (it *Item) Decoded(stage int) bool {
	return slices.ContainsFunc(it.hits, func(h predicate.Hit) bool { return h.Stage == stage && h.Decoded })
}

// referred holds the values to which later stages refer of an event that waits for them.
type referred struct {
	field  predicate.FieldID
	values []predicate.Value
}

// Values implements predicate.Event.
func (it *Item) Values(f predicate.FieldID, dst []predicate.Value) []predicate.Value {
	for i := range it.referred {
		if it.referred[i].field == f {
			return append(dst, it.referred[i].values...)
		}
	}
	return it.view.Values(f, dst)
}

// Items makes items from events for the matcher of one program.
type Items struct {
	view   View
	fields []predicate.FieldID // to which later stages refer
}

// NewItems returns an Items for a program's matcher.
func NewItems(p *sequence.Program) *Items { return &Items{fields: p.Referred()} }

// Of makes an item from an event and its hits in the program: the stages that are certain, and
// those that the matcher must still check because they refer to an earlier stage's event.
func (s *Items) Of(x *Held, hits []predicate.Hit) sequence.Item {
	s.view.Show(x.Event.Event)
	it := &Item{Held: x, view: &s.view}
	if slices.ContainsFunc(hits, func(h predicate.Hit) bool { return h.Decoded }) {
		it.hits = hits
	}
	stages := make([]int, 0, len(hits))
	for _, h := range hits {
		stages = append(stages, h.Stage)
	}
	if it.Sure = stages; slices.ContainsFunc(hits, unsure) {
		it.Sure = nil
		for _, h := range hits {
			if !unsure(h) {
				it.Sure = append(it.Sure, h.Stage)
			}
		}
	}
	for _, f := range s.fields {
		it.referred = append(it.referred, referred{f, s.view.Values(f, nil)})
	}
	return sequence.Item{Event: it, Time: x.Event.At.UnixNano(), Stages: stages}
}

func unsure(h predicate.Hit) bool { return h.Truth != predicate.True }

// HeldOf returns the event of an item, nil if the stage had to be absent.
func HeldOf(it sequence.Item) *Held {
	if it.Event == nil {
		return nil
	}
	return it.Event.(*Item).Held
}

// EventOf returns the event of an item whose record was not dropped, nil if the stage had to be
// absent.
func EventOf(it sequence.Item) *timeline.Event {
	if x := HeldOf(it); x != nil {
		return x.Event
	}
	return nil
}

// Bitten returns a function that counts a matcher's bounds in the case's tally.
func Bitten(cs func() *timeline.Case) func(limit.Bound, sequence.Item) {
	return func(b limit.Bound, it sequence.Item) {
		ref := HeldOf(it).Event.Ref
		cs().Limits.Bite(b, limit.At(ref.File, ref.Offset))
	}
}
