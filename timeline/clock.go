package timeline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"hunt/evtx"
)

// The order within a log is that of its record ids. Where time runs against it, the clock of the machine was set back: times
// before and after occur twice, and say nothing of what came first.

// ClockChange is a change of a host's clock.
type ClockChange struct {
	At       evtx.Filetime // of the record that tells it, or of the first record after it
	From, To evtx.Filetime // what the clock showed before and after: exact if Told; else the last time before and the first one after
	Told     bool          // by a record: Security 4616 or System 1 of Kernel-General
	Account  string        // who changed it, as far as a record tells: account, or SID
	SID      string
	Program  string
	Ref      evtx.Ref // of the record, if Told

	Channel       string // of the log whose record ids show it; "" if none does
	Before, After uint64 // the record ids between which it lies
	Logs          int    // that show it
}

// Back reports whether the clock was set back.
func (c *ClockChange) Back() bool { return c.To < c.From }

// By is the size of the change in ticks: where no record tells, at least that much.
func (c *ClockChange) By() evtx.Filetime { return distance(c.From, c.To) }

// ByPerson reports whether an account of a person or an administrator changed the clock, not the system or one of its services.
func (c *ClockChange) ByPerson() bool {
	return strings.HasPrefix(c.SID, "S-1-5-21-") || strings.HasPrefix(c.SID, "S-1-12-1-")
}

// Large reports whether the change is more than the corrections that time services make all day.
func (c *ClockChange) Large() bool { return c.By() >= leastStep || c.ByPerson() && c.By() >= smallStep }

const (
	// leastStep is by how much time must run against the record ids to be noted: writers overtake each other by seconds.
	leastStep = 60 * evtx.TicksPerSecond
	// lateWriter is by how much a record that was written late can seem to run against the ids: less than that needs a second
	// log or a record that tells the change.
	lateWriter = 10 * 60 * evtx.TicksPerSecond
	// smallStep is the least change by a person that is told by itself.
	smallStep = evtx.TicksPerSecond
	// stepShare bounds the steps of a log: one for so many records. A log with more was renumbered, and its ids tell no order.
	stepShare = 4
	// maxChanges bounds the steps of one log: one with more is not in the order of its ids.
	maxChanges = 64
	// maxSteps bounds the steps that one chunk keeps of a log, maxHoles the holes in its record ids.
	maxSteps, maxHoles = 8, 16
)

// clockStep is a place where time runs against the record ids.
type clockStep struct {
	before, after uint64        // record ids
	from, to      evtx.Filetime // their times; from is the later one
}

// idHole is a hole in the record ids: what lies between is not in the chunk.
type idHole struct{ after, before uint64 }

func codeHole(c *coder, h *idHole) {
	c.uint(&h.after)
	c.uint(&h.before)
}

func codeStep(c *coder, s *clockStep) {
	c.uint(&s.before)
	c.uint(&s.after)
	c.time(&s.from)
	c.time(&s.to)
}

// follow compares a record with the one before it: which ids lie between, and whether time runs against them.
func (s *chunkSpan) follow(id uint64, created evtx.Filetime) {
	if id == s.minID {
		s.head = created
	}
	if id == s.maxID {
		s.tail = created
	}
	if s.n > 1 {
		last := clockStep{s.lastID, id, s.newest, created}
		if id < s.lastID { // an export with the newest first
			last = clockStep{id, s.lastID, created, s.newest}
		}
		if last.after > last.before+1 {
			s.hole(idHole{last.before, last.after})
		}
		s.step(last)
	}
	s.lastID = id
}

// step notes a step back. A single record whose time stands apart from that of its neighbours on both sides is none.
func (s *chunkSpan) step(x clockStep) {
	if n := len(s.steps); n > 0 && s.steps[n-1].after == x.before && x.to+leastStep > s.steps[n-1].from {
		s.steps = s.steps[:n-1] // it was alone, behind
	}
	if !x.plausible() {
		return
	}
	if s.before != 0 && s.before <= x.to+leastStep && s.n > 2 && x.before == s.lastID {
		return // it was alone, ahead
	}
	if len(s.steps) < maxSteps {
		s.steps = append(s.steps, x)
	}
}

// plausible reports whether a step can be a change of the clock: Windows with EVTX never ran in the years beyond those that are
// counted day by day.
func (x *clockStep) plausible() bool {
	from, _ := dayOf(x.from)
	to, _ := dayOf(x.to)
	return x.to != 0 && x.from >= x.to+leastStep && from.Bounded() && to.Bounded()
}

func (s *chunkSpan) hole(h idHole) {
	if len(s.holes) < maxHoles {
		s.holes = append(s.holes, h)
		return
	}
	last := &s.holes[maxHoles-1]
	last.after, last.before = min(last.after, h.after), max(last.before, h.before)
}

// hostLog is one log of a host in one file.
type hostLog struct {
	fileChannel
	spans  []*chunkSpan // by record id
	n      int          // records
	steps  []clockStep  // in order
	change []int        // of each step: the change of the host's clock that it shows
}

// logsOf returns the logs of a host, those with the most steps first.
func (c *Case) logsOf(h *Host) []*hostLog {
	c.spansOf.once.Do(c.sortSpans)
	byLog := map[fileChannel]*hostLog{}
	var out []*hostLog
	for _, i := range c.spansOf.hosts[h] {
		s := &c.spans[i]
		k := fileChannel{s.ref.File, s.channel}
		l := byLog[k]
		if l == nil {
			l = &hostLog{fileChannel: k}
			byLog[k] = l
			out = append(out, l)
		}
		l.spans = append(l.spans, s)
		l.n += s.n
	}
	for _, l := range out {
		slices.SortStableFunc(l.spans, func(a, b *chunkSpan) int {
			return cmp.Or(cmp.Compare(a.minID, b.minID), cmp.Compare(a.maxID, b.maxID))
		})
		l.findSteps(c.mixed[l.fileChannel])
	}
	slices.SortStableFunc(out, func(a, b *hostLog) int {
		return cmp.Or(cmp.Compare(len(b.steps), len(a.steps)), cmp.Compare(b.n, a.n), cmp.Compare(a.file, b.file), strings.Compare(a.channel, b.channel))
	})
	return out
}

// findSteps gathers the steps of a log, within its chunks and between them. The ids of a log that gathers several machines are
// those of its own order, which says nothing, unless they are the senders'.
func (l *hostLog) findSteps(gathered bool) {
	var top *chunkSpan
	for _, s := range l.spans {
		if gathered && s.native {
			l.steps = nil
			return
		}
		if top != nil && s.minID > top.maxID {
			if x := (clockStep{top.maxID, s.minID, top.tail, s.head}); x.plausible() && !top.ahead(s) {
				l.steps = append(l.steps, x)
			}
		}
		l.steps = append(l.steps, s.steps...)
		if top == nil || s.maxID > top.maxID {
			top = s
		}
	}
	slices.SortStableFunc(l.steps, func(a, b clockStep) int { return cmp.Compare(a.after, b.after) })
}

// ahead reports whether only the last record of a chunk has a time that the next chunk's runs against.
func (s *chunkSpan) ahead(next *chunkSpan) bool {
	return s.n > 1 && s.lastID == s.maxID && s.before != 0 && s.before <= next.head+leastStep
}

// hostClock is what is known of a host's clock: its changes, and in each log where the changes that count lie.
type hostClock struct {
	back    []ClockChange // that part stretches, in order
	changes []ClockChange // all, in order
	logs    map[fileChannel]*hostLog
}

// newClock works out the changes of a host's clock from its logs and from what its records tell.
func newClock(logs []*hostLog, notables []*notable) *hostClock {
	c := &hostClock{logs: map[fileChannel]*hostLog{}}
	told := toldChanges(notables)
	for _, l := range logs {
		c.logs[l.fileChannel] = l
		c.align(l, told)
	}
	c.drop(told)
	used := make([]bool, len(told))
	for i := range c.back {
		b := &c.back[i]
		j := slices.IndexFunc(told, func(t ClockChange) bool { return t.explains(b) })
		for k := j + 1; j >= 0 && k < len(told); k++ { // the one that fits best
			if told[k].explains(b) && distance(told[k].To, b.To) < distance(told[j].To, b.To) {
				j = k
			}
		}
		if j < 0 || used[j] {
			continue
		}
		used[j] = true
		t := told[j]
		t.Channel, t.Before, t.After, t.Logs = b.Channel, b.Before, b.After, b.Logs
		*b = t
	}
	c.changes = slices.Clone(c.back)
	for i, t := range told {
		if !used[i] {
			c.changes = append(c.changes, t)
		}
	}
	slices.SortStableFunc(c.changes, func(a, b ClockChange) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.From, b.From)) })
	return c
}

// toldChanges are the changes that records tell; the Security log and the System log may tell the same one.
func toldChanges(notables []*notable) []ClockChange {
	const same = evtx.TicksPerSecond
	var out []ClockChange
	for _, n := range notables {
		if n.from == 0 || n.to == 0 || n.from == n.to {
			continue
		}
		c := ClockChange{At: n.at, From: n.from, To: n.to, Told: true, Account: cmp.Or(n.by, n.sid), SID: n.sid, Program: n.program, Ref: n.ref}
		if i := len(out) - 1; i >= 0 && distance(out[i].From, c.From) < same && distance(out[i].To, c.To) < same {
			if out[i].Account == "" || n.code == 4616 {
				c.Program = cmp.Or(c.Program, out[i].Program)
				out[i] = c
			}
			continue
		}
		out = append(out, c)
	}
	return out
}

// explains reports whether a record tells the change that record ids show: the clock was set from no earlier than the last time
// before to no later than the first one after.
func (c *ClockChange) explains(shown *ClockChange) bool {
	const slack = 5 * evtx.TicksPerSecond
	return c.Back() && c.From+slack >= shown.From && c.To <= shown.To+slack && c.From >= shown.To && c.To <= shown.From
}

// align finds for each step of a log the change that it shows: one that other logs show, too, or a new one.
func (c *hostClock) align(l *hostLog, told []ClockChange) {
	if len(l.steps) > maxChanges {
		l.steps = nil
	}
	if len(l.steps)*stepShare > l.n {
		l.steps = slices.DeleteFunc(l.steps, func(s clockStep) bool { return !s.told(told) })
	}
	at := 0
	for _, s := range l.steps {
		best := -1
		for i := at; i < len(c.back); i++ {
			b := &c.back[i]
			if s.to < b.From && s.from > b.To && (best < 0 || s.away(b) < s.away(&c.back[best])) {
				best = i
			}
		}
		if best < 0 && len(c.back) >= maxChanges {
			break
		}
		if best < 0 {
			best = at
			c.back = slices.Insert(c.back, at, ClockChange{At: s.to, From: s.from, To: s.to, Channel: l.channel, Before: s.before, After: s.after})
			for _, o := range c.logs {
				for i := range o.change {
					if o.change[i] >= at {
						o.change[i]++
					}
				}
			}
		}
		b := &c.back[best]
		b.From, b.To, b.At = max(b.From, s.from), min(b.To, s.to), min(b.At, s.to)
		b.Logs++
		l.change = append(l.change, best)
		at = best + 1
	}
	l.steps = l.steps[:len(l.change)]
}

func (s *clockStep) away(b *ClockChange) evtx.Filetime {
	return distance(s.from, b.From) + distance(s.to, b.To)
}

func (s *clockStep) told(told []ClockChange) bool {
	shown := ClockChange{From: s.from, To: s.to}
	return slices.ContainsFunc(told, func(t ClockChange) bool { return t.explains(&shown) })
}

// drop leaves out small changes that a single log shows and no record tells: a record that was written late looks alike.
func (c *hostClock) drop(told []ClockChange) {
	number := make([]int, len(c.back)) // new places; -1: dropped
	kept := c.back[:0]
	for i := range c.back {
		b := c.back[i]
		if b.By() < lateWriter && b.Logs < 2 && !slices.ContainsFunc(told, func(t ClockChange) bool { return t.explains(&b) }) {
			number[i] = -1
			continue
		}
		number[i] = len(kept)
		kept = append(kept, b)
	}
	c.back = kept
	for _, l := range c.logs {
		steps, change := l.steps[:0], l.change[:0]
		for i, n := range l.change {
			if number[n] >= 0 {
				steps, change = append(steps, l.steps[i]), append(change, number[n])
			}
		}
		l.steps, l.change = steps, change
	}
}

// stretch tells how often the clock had been set back when a record was written; unsure if what its log shows leaves a choice.
func (c *hostClock) stretch(k fileChannel, id uint64, at evtx.Filetime) (n int, unsure bool) {
	if len(c.back) == 0 {
		return 0, false
	}
	least, most := 0, len(c.back)
	if l := c.logs[k]; l != nil {
		i, _ := slices.BinarySearchFunc(l.steps, id+1, func(s clockStep, id uint64) int { return cmp.Compare(s.after, id) })
		if i > 0 {
			least = l.change[i-1] + 1
		}
		if i < len(l.change) {
			most = l.change[i]
		}
	}
	n = -1
	for s := least; s <= most; s++ {
		if s > 0 && at < c.back[s-1].To || s < len(c.back) && at > c.back[s].From {
			continue
		}
		if n >= 0 {
			return n, true
		}
		n = s
	}
	if n < 0 {
		return least, least != most
	}
	return n, false
}

// mark says in a few words why a time of the host is to be read with care, "" if it need not be.
func (c *hostClock) mark(stretch int, unsure bool, at evtx.Filetime) string {
	for i := range c.back {
		b := &c.back[i]
		if at < b.To || at > b.From || !b.Large() {
			continue
		}
		side := "before"
		if stretch > i {
			side = "after"
		}
		if unsure {
			side = "before or after"
		}
		return fmt.Sprintf("%s the clock of this host was set back by %s: this time occurs twice", side, SpanText(b.By()))
	}
	return ""
}

// Text tells a change of the clock in a sentence without its time.
func (c *ClockChange) Text() string {
	verb, least := "forward", ""
	if c.Back() {
		verb = "back"
	}
	if !c.Told {
		least = "at least "
	}
	s := fmt.Sprintf("the clock was set %s by %s%s, from %s to %s", verb, least, SpanText(c.By()), c.From, c.To)
	if c.Account != "" {
		s += ", by " + c.Account
	}
	if c.Program != "" {
		s += " with " + c.Program
	}
	if c.Channel != "" {
		s += fmt.Sprintf(", between records %d and %d of %s", c.Before, c.After, c.Channel)
		if c.Logs > 1 {
			s += fmt.Sprintf(" (%s show it)", plural(c.Logs, "log", "logs"))
		}
	}
	return s
}

// ranges are the spans of time of a channel between the changes of the clock, nil if it was not set back.
func (c *hostClock) ranges(channel string) []Period {
	if len(c.back) == 0 {
		return nil
	}
	out := make([]Period, len(c.back)+1)
	add := func(k fileChannel, id uint64, at evtx.Filetime) {
		if at != 0 {
			n, _ := c.stretch(k, id, at)
			out[n].From, out[n].To = span(out[n].From, out[n].To, at)
		}
	}
	for k, l := range c.logs {
		if k.channel != channel {
			continue
		}
		for _, s := range l.spans {
			add(k, s.minID, s.head)
			add(k, s.maxID, s.tail)
			for _, x := range s.steps {
				add(k, x.before, x.from)
				add(k, x.after, x.to)
			}
		}
	}
	return out
}
