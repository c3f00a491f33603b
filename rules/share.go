package rules

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"hunt/rules/fact"
	"hunt/rules/pack"
	"hunt/rules/predicate"
	"hunt/rules/waiting"
	"hunt/timeline"
	"hunt/timeline/coverage"
	"hunt/timeline/host"
	"hunt/timeline/shard"
	"hunt/timeline/spill"
)

// The members of a bundle that Match writes.
const (
	eventsName   = "events"   // that wait for other hosts, or are counted
	findingsName = "findings" // of the group's hosts
	hitsName     = "hits"     // the events of these findings
	countsName   = "counts"   // of the rules, and the bounds that applied
	rowsName     = "rows"     // of rules that count
)

// errShare says that what Match wrote cannot be read.
var errShare = errors.New("what 'hunt match' found cannot be read: run it again with this version")

// Match does the part of a Run that concerns single hosts, for a group of hosts: evidence shows their
// events and has the case of all hosts. It writes what it finds to out, for Combine.
func Match(ctx context.Context, evidence Portioned, pk *pack.Pack, o Options, out *shard.BundleWriter) error {
	r := Compile(pk, o.Strict).begin(o)
	defer r.close()
	w := &shareWriter{}
	to, err := out.Member(eventsName)
	if err != nil {
		return err
	}
	w.begin(to)
	r.told = w
	defer func() { r.res.discard() }()
	if err := r.search(ctx, inPortions(evidence), func(s *searched) { w.number = numbered(s.cs) }); err != nil {
		return err
	}
	r.local.closeHost()
	if err := w.end(); err != nil {
		return err
	}
	for _, member := range []struct {
		name  string
		write func() error
	}{{findingsName, func() error { return w.findings(r) }}, {hitsName, func() error { return w.hits(r) }},
		{countsName, func() error { return w.counts(r) }}} {
		if to, err = out.Member(member.name); err != nil {
			return err
		}
		w.begin(to)
		if err := errors.Join(member.write(), w.end()); err != nil {
			return err
		}
	}
	if r.counting != nil {
		if to, err = out.Member(rowsName); err != nil {
			return err
		}
		w.begin(to)
		if err := errors.Join(r.counting.rows.Write(w.out), w.end()); err != nil {
			return err
		}
	}
	return errors.Join(r.local.holder.Err(), r.res.Case.Err(), errors.Join(r.res.Case.Changes()...))
}

// numbered returns the indexes of the hosts of a case.
func numbered(cs *timeline.Case) map[*host.Host]int {
	out := make(map[*host.Host]int, len(cs.Hosts.All))
	for i, h := range cs.Hosts.All {
		out[h] = i
	}
	return out
}

// shareWriter writes what a group of hosts contributes, in blocks: each is its length and what a Coder
// wrote.
type shareWriter struct {
	number map[*host.Host]int
	out    *bufio.Writer
	last   *timeline.Event // the last one counted
	kept   []*Finding      // those that were written, whose hits follow
	err    error
}

func (w *shareWriter) begin(to io.Writer) { w.out = bufio.NewWriterSize(to, 1<<16) }

func (w *shareWriter) end() error { return errors.Join(w.err, w.out.Flush()) }

// block writes a block.
func (w *shareWriter) block(code func(*spill.Coder)) {
	c := spill.NewEncoder(nil)
	code(c)
	if w.err == nil && len(c.Bytes()) > maxBlock {
		w.err = fmt.Errorf("an event or a finding takes %d bytes, more than the %d that 'hunt combine' reads; "+
			"use 'hunt merge' instead", len(c.Bytes()), maxBlock)
	}
	if w.err == nil {
		_, w.err = w.out.Write(append(binary.AppendUvarint(nil, uint64(len(c.Bytes()))), c.Bytes()...))
	}
}

// sharedEvent is an event in a share.
type sharedEvent struct {
	event   *timeline.Event
	half    *timeline.Event // for those that are counted
	key     spill.LineKey
	hits    []predicate.Hit // for those that wait
	waiting bool
}

// code codes an event; number and all tell the places of hosts.
func (e *sharedEvent) code(c *spill.Coder, n *hostNumbers) {
	c.Flag(&e.waiting)
	codeEvent(c, &e.event, n)
	if e.waiting {
		c.Time(&e.key.At)
		c.Uint(&e.key.ID)
		c.Uint(&e.key.Hash)
		c.Text(&e.key.Channel)
		spill.Values(c, &e.hits, waiting.CodeHit)
		return
	}
	halved := e.half != nil
	if c.Flag(&halved); halved {
		codeEvent(c, &e.half, n)
	}
}

// hostNumbers translates between hosts and their indexes in a case.
type hostNumbers struct {
	number map[*host.Host]int
	all    []*host.Host
}

// code codes a host; nil is none.
func (n *hostNumbers) code(c *spill.Coder, h **host.Host) {
	i := -1
	if *h != nil {
		i = n.number[*h]
	}
	spill.Number(c, &i)
	if !c.Reading() {
		return
	}
	*h = nil
	switch {
	case i >= len(n.all) || i < -1:
		c.Fail()
	case i >= 0:
		*h = n.all[i]
	}
}

// codeEvent codes what is needed to read an event again.
func codeEvent(c *spill.Coder, e **timeline.Event, n *hostNumbers) {
	if c.Reading() {
		*e = &timeline.Event{}
	}
	n.code(c, &(*e).Host)
	(*e).Code(c)
	if c.Reading() && (*e).Host == nil {
		c.Fail()
	}
}

// wait writes an event for rules that join hosts.
func (w *shareWriter) wait(e *timeline.Event, hits []predicate.Hit) {
	x := sharedEvent{event: e, key: e.LineKey(), hits: hits, waiting: true}
	w.block(func(c *spill.Coder) { x.code(c, &hostNumbers{number: w.number}) })
}

// count writes an event from which rows are made; it is called once for each program in succession.
func (w *shareWriter) count(e *timeline.Event) {
	if e == w.last {
		return
	}
	w.last = e
	x := sharedEvent{event: e, half: e.Half}
	w.block(func(c *spill.Coder) { x.code(c, &hostNumbers{number: w.number}) })
}

// findings writes the findings of all matchers that are within a host.
func (w *shareWriter) findings(r *running) error {
	for p, m := range r.local.matchers {
		if !m.withinHost() {
			continue
		}
		complete, partial := m.listed()
		for kind, list := range [][]*Finding{complete, partial} {
			for _, f := range list {
				w.kept = append(w.kept, f)
				w.block(func(c *spill.Coder) {
					at := findingAt{p, kind}
					at.code(c)
					codeFinding(c, f, r.res.Pack.About(f.Rule.ID), &hostNumbers{number: w.number})
				})
			}
		}
	}
	return w.err
}

// findingAt says to what a finding belongs: the program's complete ones (0) or its partial ones (1).
type findingAt struct{ program, kind int }

func (a *findingAt) code(c *spill.Coder) {
	spill.Number(c, &a.program)
	spill.Number(c, &a.kind)
}

// codeFinding codes a finding of one host except for its rule; about are the exceptions for the rule.
func codeFinding(c *spill.Coder, f *Finding, about []*pack.Exception, n *hostNumbers) {
	n.code(c, &f.Host)
	i := slices.Index(about, f.Exception)
	if spill.Number(c, &i); c.Reading() && i >= len(about) {
		c.Fail()
	} else if c.Reading() && i >= 0 {
		f.Exception = about[i]
	}
	c.Text((*string)(&f.Status))
	c.Text((*string)(&f.Confidence))
	texts := func(list *[]string) { spill.Values(c, list, (*spill.Coder).Text) }
	texts(&f.Reasons)
	texts(&f.Labels)
	evidence := func(list *[]Evidence) {
		spill.Values(c, list, func(c *spill.Coder, e *Evidence) { codeEvidence(c, e, n) })
	}
	evidence(&f.Evidence)
	spill.Number(c, &f.Count)
	c.Time(&f.First)
	c.Time(&f.Last)
	spill.Values(c, &f.Differs, func(c *spill.Coder, d *fact.Spread) {
		spill.Number(c, &d.Field)
		texts(&d.Values)
		spill.Number(c, &d.More)
	})
	spill.Values(c, &f.Further, func(c *spill.Coder, e **timeline.Event) { codeEvent(c, e, n) })
	spill.Number(c, &f.FurtherMore)
	spill.Number(c, &f.HitsMore)
	spill.Number(c, &f.HitsAlsoMore)
	spill.Values(c, &f.Keys, codeValue)
	evidence(&f.Candidates)
	spill.Number(c, &f.CandidatesMore)
	codeAbsence(c, &f.Next, n)
	c.Flag(&f.run)
	spill.Number(c, &f.level)
	c.Text(&f.child.Program)
	c.Text(&f.child.Name)
	spill.Number(c, &f.at)
	c.Flag(&f.reversed)
	spill.Number(c, &f.firsts)
	spill.Number(c, &f.listed)
	spill.Number(c, &f.listedAlso)
}

func codeEvidence(c *spill.Coder, e *Evidence, n *hostNumbers) {
	spill.Number(c, &e.Stage)
	c.Text(&e.Label)
	c.Flag(&e.Decoded)
	seen := e.Event != nil
	if c.Flag(&seen); seen {
		if !c.Reading() {
			e.recordSize()
		}
		if c.Int(&e.size); e.size < 0 || e.size > maxBlock {
			c.Fail() // no record and no script is larger
		}
		codeEvent(c, &e.Event, n)
	}
	codeAbsence(c, &e.Absence, n)
}

func codeAbsence(c *spill.Coder, a **coverage.Absence, n *hostNumbers) {
	told := *a != nil
	if c.Flag(&told); !told {
		return
	}
	if c.Reading() {
		*a = &coverage.Absence{}
	}
	x := *a
	n.code(c, &x.Host)
	c.Time(&x.Window.From)
	c.Time(&x.Window.To)
	c.Text((*string)(&x.Covered))
	spill.Values(c, &x.Unseen, func(c *spill.Coder, u *coverage.Unseen) {
		c.Time(&u.From)
		c.Time(&u.To)
		c.Text((*string)(&u.Cause))
		c.Text(&u.Channel)
		c.Flag(&u.Perhaps)
	})
	spill.Number(c, &x.More)
	if c.Reading() && x.Host == nil {
		c.Fail()
	}
}

func codeValue(c *spill.Coder, v *predicate.Value) {
	spill.Number(c, &v.Kind)
	c.Text(&v.Str)
	c.Int(&v.Num)
	bits := math.Float64bits(v.Float)
	c.Uint(&bits)
	v.Float = math.Float64frombits(bits)
}

// hits writes the events of the findings, by the order in which the findings were written.
func (w *shareWriter) hits(r *running) error {
	place := make(map[uint32]int, len(w.kept)) // by number in hits
	for i, f := range w.kept {
		if f.number > 0 {
			place[f.number] = i
		}
	}
	for h, err := range r.res.hits.log.All() {
		if err != nil {
			return err
		}
		if i, ok := place[h.finding]; ok {
			w.block(func(c *spill.Coder) { codePlace(c, &i, &h) })
		}
	}
	return w.err
}

func codePlace(c *spill.Coder, i *int, h *Hit) {
	spill.Number(c, i)
	spill.Number(c, &h.File)
	c.Int(&h.Offset)
	c.Uint(&h.Record)
}

// ruleCounts holds the counts of a rule that are added up over the hosts.
type ruleCounts struct {
	stages                                                  []int
	matches, unlisted, suppressed, partial, unlistedPartial int
	unkept, timeless, crowded, crowdedPartial               int
}

// counts writes the numbers of each program, and the bounds that applied.
func (w *shareWriter) counts(r *running) error {
	for p, i := range r.owner {
		rr := &r.res.Rules[i]
		n := ruleCounts{stages: rr.StageHits, matches: rr.Matches, unlisted: rr.Unlisted, suppressed: rr.Suppressed,
			partial:         rr.Partial,
			unlistedPartial: rr.UnlistedPartial, unkept: rr.Unkept}
		n.timeless, n.crowded, n.crowdedPartial = r.local.matchers[p].left()
		w.block(n.code)
	}
	bites := r.res.Case.Limits.Bites()
	w.block(func(c *spill.Coder) { spill.Values(c, &bites, spill.Bite) })
	return w.err
}

func (n *ruleCounts) code(c *spill.Coder) {
	spill.Values(c, &n.stages, spill.Number[int])
	for _, p := range []*int{&n.matches, &n.unlisted, &n.suppressed, &n.partial, &n.unlistedPartial, &n.unkept,
		&n.timeless, &n.crowded, &n.crowdedPartial} {
		spill.Number(c, p)
	}
}
