package rules

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"hunt/evtx"
	"hunt/limit"
	"hunt/rules/pack"
	"hunt/rules/waiting"
	"hunt/rules/window"
	"hunt/timeline"
	"hunt/timeline/shard"
	"hunt/timeline/spill"
)

// Combine does the part of a Run that needs all hosts: evidence has the case of all hosts and no events,
// and groups are what Match found in each group of hosts, in the order of the groups. The result is that
// of a Run over everything.
func Combine(ctx context.Context, evidence Portioned, pk *pack.Pack, o Options,
	groups []*shard.Bundle) (*Result, error) {
	r := Compile(pk, o.Strict).begin(o)
	defer r.close()
	c := &combining{r: r, groups: groups, events: map[evtx.Ref]*timeline.Event{}}
	if err := r.search(ctx, inPortions(evidence), func(s *searched) {
		c.hosts = &hostNumbers{all: s.cs.Hosts.All}
		s.again = c.again
	}); err != nil {
		return nil, err
	}
	r.local.global.waiting.Fits, r.local.global.waiting.Unfit = r.res.Case.Fits, errShare
	for _, g := range groups {
		if err := c.add(ctx, g); err != nil {
			return nil, fmt.Errorf("%s: %w", g.Path, err)
		}
	}
	if err := c.read(ctx); err != nil {
		return nil, err
	}
	return r.finish(ctx)
}

// combining joins what Match found in each group.
type combining struct {
	r      *running
	groups []*shard.Bundle
	hosts  *hostNumbers
	events map[evtx.Ref]*timeline.Event // of the findings, without duplicates
	wanted []*timeline.Event            // the same
}

// add adds what one group found.
func (c *combining) add(ctx context.Context, g *shard.Bundle) error {
	var kept []*Finding // in the order in which they were written; nil for those that a bound keeps off the list
	if err := blocks(g, findingsName, func(d *spill.Coder) error {
		f, err := c.finding(d)
		kept = append(kept, f)
		return err
	}); err != nil {
		return err
	}
	if err := blocks(g, hitsName, func(d *spill.Coder) error {
		var i int
		var h Hit
		file := func() int32 {
			if h.also() {
				return ^h.File
			}
			return h.File
		}
		if codePlace(d, &i, &h); d.Err() != nil || i < 0 || i >= len(kept) || int(file()) >= len(c.r.res.Case.Files) {
			return errShare
		}
		if f := kept[i]; f != nil && !f.outranked {
			h.finding = c.r.res.hits.numbered(f)
			c.r.res.hits.log.Add(h)
		}
		return nil
	}); err != nil {
		return err
	}
	if err := c.counts(g); err != nil {
		return err
	}
	if err := c.eachEvent(g, func(e *sharedEvent) error {
		if !e.waiting {
			return nil
		}
		return c.r.local.global.waiting.AddLet(e.event, e.key, e.hits)
	}); err != nil {
		return err
	}
	if c.r.counting == nil {
		return ctx.Err()
	}
	rows, err := g.Open(rowsName)
	if err != nil {
		return err
	}
	defer rows.Close()
	of := window.Extent{Files: len(c.r.res.Case.Files), Hosts: len(c.hosts.all)}
	return errors.Join(c.r.counting.rows.Read(rows, of), ctx.Err())
}

// finding reads a finding, and adds it to those of its rule; it returns nil if a bound keeps it off their
// list.
func (c *combining) finding(d *spill.Coder) (*Finding, error) {
	var at findingAt
	if at.code(d); d.Err() != nil || at.program < 0 || at.program >= len(c.r.programs) || at.kind < 0 || at.kind > 1 ||
		!c.r.local.matchers[at.program].withinHost() {
		return nil, errShare
	}
	f := &Finding{Rule: c.r.of[at.program]}
	if codeFinding(d, f, c.r.res.Pack.About(f.Rule.ID), c.hosts); d.Err() != nil {
		return nil, errShare
	}
	if !f.believable(c.stages(at.program), at.kind == 0) {
		return nil, errShare
	}
	if !c.r.local.matchers[at.program].add(f, at.kind == 1) {
		return nil, nil
	}
	for _, list := range [][]Evidence{f.Evidence, f.Candidates} {
		for i := range list {
			if list[i].Event != nil && !c.placed(list[i].Event) {
				return nil, errShare
			}
		}
	}
	if slices.ContainsFunc(f.Further, func(e *timeline.Event) bool { return !c.placed(e) }) {
		return nil, errShare
	}
	return f, nil
}

// placed reports whether the records of an event are in files of the case.
func (c *combining) placed(e *timeline.Event) bool {
	in := func(file int32) bool { return file >= 0 && int(file) < len(c.r.res.Case.Files) }
	for i := range e.Also {
		if !in(e.Also[i].Ref.File) {
			return false
		}
	}
	return in(e.Ref.File)
}

// once returns the event that represents all events of findings which cite the same record.
func (c *combining) once(e *timeline.Event) *timeline.Event {
	if known := c.events[e.Ref]; known != nil {
		return known
	}
	c.events[e.Ref] = e
	c.wanted = append(c.wanted, e)
	return e
}

// errGone says that a shard lacks a record of a finding.
var errGone = errors.New("a shard does not hold an event of a finding: scan the input again")

// read reads the events of the findings again.
func (c *combining) read(ctx context.Context) error {
	for _, m := range c.r.local.matchers {
		complete, partial := m.listed()
		for _, f := range append(complete[:len(complete):len(complete)], partial...) {
			for _, list := range [][]Evidence{f.Evidence, f.Candidates} {
				for i := range list {
					if list[i].Event != nil {
						list[i].Event = c.once(list[i].Event)
					}
				}
			}
		}
	}
	if err := c.load(ctx, c.wanted); err != nil {
		return err
	}
	for _, e := range c.wanted {
		if e.Event == nil {
			return fmt.Errorf("%s: record %d: %w", c.r.res.Case.Files[e.Ref.File].Path, e.Ref.EventRecordID, errGone)
		}
	}
	return nil
}

// load reads events again, several at a time, in the order of their hosts.
func (c *combining) load(ctx context.Context, events []*timeline.Event) error {
	reader := c.r.res.Case.NewReader(c.r.o.Jobs)
	for len(events) > 0 {
		n := min(len(events), timeline.ReplayBatch(c.r.o.MaxMemory))
		if err := reader.Read(ctx, events[:n]); err != nil {
			return err
		}
		if slices.ContainsFunc(events[:n], func(e *timeline.Event) bool {
			return e.Event != nil && !c.r.res.Case.Fits(e)
		}) {
			return errShare
		}
		events = events[n:]
	}
	return nil
}

// counts adds the numbers of the rules, and the bounds that applied.
func (c *combining) counts(g *shard.Bundle) error {
	p := 0
	return blocks(g, countsName, func(d *spill.Coder) error {
		if p == len(c.r.owner) {
			var bites []limit.Bite
			if spill.Values(d, &bites, spill.Bite); d.Err() != nil {
				return errShare
			}
			c.r.res.Case.Limits.Add(bites)
			return nil
		}
		rr := &c.r.res.Rules[c.r.owner[p]]
		var n ruleCounts
		if n.code(d); d.Err() != nil || len(n.stages) != len(rr.StageHits) {
			return errShare
		}
		for i, k := range n.stages {
			rr.StageHits[i] += k
		}
		rr.Matches += n.matches
		rr.Unlisted += n.unlisted
		rr.Suppressed += n.suppressed
		rr.Partial += n.partial
		rr.UnlistedPartial += n.unlistedPartial
		rr.Unkept += n.unkept
		c.r.local.matchers[p].addLeft(n.timeless, n.crowded, n.crowdedPartial)
		p++
		return nil
	})
}

// eachEvent calls do for the events that a group handed on.
func (c *combining) eachEvent(g *shard.Bundle, do func(*sharedEvent) error) error {
	return blocks(g, eventsName, func(d *spill.Coder) error {
		var e sharedEvent
		if e.code(d, c.hosts); d.Err() != nil || !c.placed(e.event) || e.half != nil && !c.placed(e.half) ||
			e.waiting && !c.believable(e.hits) {
			return errShare
		}
		return do(&e)
	})
}

// again passes on the counted events of which a record is wanted.
func (c *combining) again(ctx context.Context, wanted func(evtx.Ref) bool, hand func(*timeline.Event)) error {
	var some, halves []*timeline.Event
	flush := func() error {
		if err := c.load(ctx, append(append([]*timeline.Event{}, some...), halves...)); err != nil {
			return err
		}
		for _, e := range some {
			if e.Event == nil {
				return fmt.Errorf("%s: record %d: %w", c.r.res.Case.Files[e.Ref.File].Path,
					e.Ref.EventRecordID, errGone)
			}
			if e.Half != nil && e.Half.Event == nil {
				e.Half = nil
			}
			hand(e)
		}
		some, halves = some[:0], halves[:0]
		return ctx.Err()
	}
	for _, g := range c.groups {
		if err := c.eachEvent(g, func(e *sharedEvent) error {
			if e.waiting || !wanted(e.event.Ref) {
				return nil
			}
			some = append(some, e.event)
			if e.event.Half = e.half; e.half != nil {
				halves = append(halves, e.half)
			}
			if len(some) >= waiting.Together {
				return flush()
			}
			return nil
		}); err != nil {
			return fmt.Errorf("%s: %w", g.Path, err)
		}
	}
	return flush()
}

// maxBlock bounds one block that Match wrote, in bytes: an event or a finding with everything that it
// refers to.
const maxBlock = 64 << 20

// blocks reads the blocks of a member.
func blocks(g *shard.Bundle, name string, do func(*spill.Coder) error) error {
	r, err := g.Open(name)
	if err != nil {
		return err
	}
	defer r.Close()
	in := bufio.NewReaderSize(r, 1<<16)
	var b bytes.Buffer
	for {
		n, err := binary.ReadUvarint(in)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil || n > maxBlock:
			return errShare
		}
		b.Reset() // it grows as bytes arrive, whatever length is claimed
		if _, err := io.CopyN(&b, in, int64(n)); err != nil {
			return errShare
		}
		if err := do(spill.NewDecoder(b.Bytes(), nil)); err != nil {
			return err
		}
	}
}
