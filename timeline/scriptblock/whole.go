package scriptblock

import (
	"context"
	"fmt"
	"strings"

	"hunt/evtx"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/ecs/scalar"
	"hunt/timeline/host"
	"hunt/timeline/spill"
)

// Whole is a script block that was logged in parts.
type Whole struct {
	*Block
	Event *timeline.Event // the first part that was logged, with what is known of the others; never nil
}

// Options of EachWhole.
type Options struct {
	Jobs    int
	Memory  int64  // bytes that texts may take before they go to a temporary file
	TempDir string // "" is the system's
}

// wholeTogether and wholeText bound the blocks that are handed out at a time.
const (
	wholeTogether = 64
	wholeText     = 1 << 20
)

// Parted reports whether an event is one of several parts of a script block.
func Parted(e *ecs.Event) bool {
	if e.Class.Role != ecs.RoleScriptBlock {
		return false
	}
	var few [1]scalar.Value
	vs := e.Values(ecs.PowershellTotal, few[:0])
	return len(vs) == 1 && vs[0].Num > 1
}

// EachWhole puts together the parts in an index that has not been ordered yet, and hands out the blocks, several at a
// time: one host after the other, in an order that depends only on the evidence. The events belong to the caller.
func EachWhole(ctx context.Context, c *timeline.Case, x *timeline.Index, o Options, hand func([]Whole) error) error {
	if _, err := x.Order(ctx, c, true); err != nil {
		return err
	}
	w := &wholes{o: o, reader: c.NewReader(o.Jobs), hand: hand}
	defer func() { _ = w.close() }() // a temporary file
	all := func(*timeline.Event) bool { return true }
	_, err := c.Replay(ctx, x, timeline.ReplayOptions{Jobs: o.Jobs, Settle: all},
		func(_ int, events []*timeline.Event) error {
			for _, e := range events {
				if err := w.take(ctx, e); err != nil {
					return err
				}
			}
			return nil
		})
	if err != nil {
		return err
	}
	return w.end(ctx)
}

// wholes joins the parts of one host after the other.
type wholes struct {
	o      Options
	reader *timeline.Reader
	hand   func([]Whole) error
	host   *host.Host
	joiner *Joiner
}

func (w *wholes) close() error {
	if w.joiner == nil {
		return nil
	}
	return w.joiner.Close()
}

// take takes a part.
func (w *wholes) take(ctx context.Context, e *timeline.Event) error {
	p, ok := PartOf(e)
	if !ok {
		return nil
	}
	if e.Host != w.host {
		if err := w.end(ctx); err != nil {
			return err
		}
		w.host, w.joiner = e.Host, NewJoiner(w.o.Memory, w.o.TempDir)
	}
	code := spill.NewEncoder(nil)
	e.Code(code)
	p.Let = code.Bytes()
	return w.joiner.Add(p)
}

// end hands out the blocks of the host.
func (w *wholes) end(ctx context.Context) error {
	if w.joiner == nil {
		return nil
	}
	var some []Whole
	size := 0
	for b, err := range w.joiner.Blocks() {
		if err != nil {
			return err
		}
		e, err := w.event(b)
		if err != nil {
			return err
		}
		some = append(some, Whole{b, e})
		if size += len(b.Text()); len(some) == wholeTogether || size >= wholeText {
			if err := w.flush(ctx, some); err != nil {
				return err
			}
			some, size = some[:0], 0
		}
	}
	if err := w.flush(ctx, some); err != nil {
		return err
	}
	err := w.joiner.Close()
	w.joiner = nil
	return err
}

// flush reads the first parts again and hands them out.
func (w *wholes) flush(ctx context.Context, some []Whole) error {
	events := make([]*timeline.Event, len(some))
	for i := range some {
		events[i] = some[i].Event
	}
	if err := w.reader.Read(ctx, events); err != nil {
		return err
	}
	n := 0
	for _, x := range some {
		if x.Event.Event != nil { // otherwise its file has changed meanwhile, and the case says so
			some[n] = x
			n++
		}
	}
	return w.hand(some[:n])
}

// event returns the first part of a block, still to be read, with the places of the others.
func (w *wholes) event(b *Block) (*timeline.Event, error) {
	first, err := w.let(b.Placed[0])
	if err != nil {
		return nil, err
	}
	first.Parts = &timeline.Parts{Total: b.Total, Missing: b.MissingText(), More: b.PlacedMore}
	number := int64(0)
	for i, p := range b.Placed {
		if p.Number != number {
			number = p.Number
			first.Parts.Logged++
		}
		if i == 0 {
			continue
		}
		other, err := w.let(p)
		if err != nil {
			return nil, err
		}
		first.Parts.Refs = append(first.Parts.Refs, refs(other)...)
	}
	return first, nil
}

func refs(e *timeline.Event) []evtx.Ref {
	out := []evtx.Ref{e.Ref}
	for _, a := range e.Also {
		out = append(out, a.Ref)
	}
	return out
}

func (w *wholes) let(p Placed) (*timeline.Event, error) {
	e := &timeline.Event{Host: w.host}
	c := spill.NewDecoder(p.Let, nil)
	e.Code(c)
	return e, c.Err()
}

// MissingText returns the parts that are missing: "2, 5 to 7", "" if none is.
func (b *Block) MissingText() string {
	names := make([]string, len(b.Missing))
	for i, s := range b.Missing {
		names[i] = s.String()
	}
	out := strings.Join(names, ", ")
	if b.MissingMore > 0 {
		out += fmt.Sprintf(" and %d more gaps", b.MissingMore)
	}
	return out
}
