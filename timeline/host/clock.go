package host

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/limit"
	"hunt/timeline/ecs"
	"hunt/timeline/ledger"
)

// The order within a log is that of its record ids. If time runs against it, the clock of the machine was set back:
// times between the new and the old setting occur twice, and do not show what came first.

// ClockChange is a change of a host's clock.
type ClockChange struct {
	At evtx.Filetime // of the record that reports it, or else of the first record after it
	// what the clock showed before and after: exact if Told; else the last time before and the first one after
	From, To evtx.Filetime
	Told     bool   // by a record: Security 4616 or System 1 of Kernel-General
	Account  string // who changed it, if a record says so: account, or SID
	SID      string
	Program  string
	Ref      evtx.Ref // of the record, if Told

	Channel       string // of the log whose record ids show it; "" if none does
	Before, After uint64 // the record ids between which it lies
	Logs          int    // number of logs that show it

	told    string // channel of the record that reports it
	stretch int    // how often the clock had been set back before
}

// Back reports whether the clock was set back.
func (c *ClockChange) Back() bool { return c.To < c.From }

// By returns the size of the change in ticks; if no record reports it, at least that much.
func (c *ClockChange) By() evtx.Filetime { return ledger.Distance(c.From, c.To) }

// ByPerson reports whether the account of a person or administrator changed the clock, rather than the system or one
// of its services.
func (c *ClockChange) ByPerson() bool {
	return strings.HasPrefix(c.SID, "S-1-5-21-") || strings.HasPrefix(c.SID, "S-1-12-1-")
}

// Large reports whether the change is larger than the corrections that time services make all day.
func (c *ClockChange) Large() bool {
	return c.By() >= ledger.LeastStep || c.ByPerson() && c.By() >= smallStep
}

const (
	// lateWriter is the step by which a record that was written late can seem to run against the ids: a smaller step
	// needs a second log, or a record that reports the change.
	lateWriter = 10 * 60 * evtx.TicksPerSecond
	// smallStep is the smallest change by a person that is reported separately.
	smallStep = evtx.TicksPerSecond
	// stepShare bounds the steps of a log to one for so many records. A log with more was renumbered, and its ids
	// show no order.
	stepShare = 4
	// maxChanges bounds the steps of one log, and the changes of one clock.
	maxChanges = 1024
)

// BoundClock says that a host's clock may have been set back more often than hunt follows.
var BoundClock = limit.Bound{ID: "history-clock", Loses: true,
	Text: "hunt follows the clock of a host through 1,024 changes, and 64 in 64 KiB of a log; the events of a log " +
		"with more are in the order of their times alone"}

// numbered is one log of a host in one file.
type numbered struct {
	ledger.Log
	spans  []*ledger.Chunk // by record id
	n      int             // records
	steps  []ledger.Step   // in order
	jumps  []ledger.Step   // likewise
	change []int           // of each step: the change of the host's clock that it shows
	full   bool            // a chunk has more steps than it keeps
}

// logs returns the logs of a host, those with the most steps first.
func (h *Host) logs() []*numbered {
	byLog := map[ledger.Log]*numbered{}
	var out []*numbered
	for s := range h.Chunks() {
		k := ledger.Log{File: s.Ref.File, Channel: s.Channel}
		l := byLog[k]
		if l == nil {
			l = &numbered{Log: k}
			byLog[k] = l
			out = append(out, l)
		}
		l.spans = append(l.spans, s)
		l.n += s.N
	}
	for _, l := range out {
		slices.SortStableFunc(l.spans, func(a, b *ledger.Chunk) int {
			return cmp.Or(cmp.Compare(a.MinID, b.MinID), cmp.Compare(a.MaxID, b.MaxID))
		})
		l.findSteps(h.set.Gathers(l.Log))
	}
	slices.SortStableFunc(out, func(a, b *numbered) int {
		return cmp.Or(cmp.Compare(len(b.steps), len(a.steps)), cmp.Compare(b.n, a.n), cmp.Compare(a.File, b.File),
			strings.Compare(a.Channel, b.Channel))
	})
	return out
}

// findSteps gathers the steps of a log, within its chunks and between them. The ids of a log that gathers several
// machines are in the order of its arrival, which says nothing, unless they are the senders'.
func (l *numbered) findSteps(gathered bool) {
	var top *ledger.Chunk
	for i, s := range l.spans {
		if gathered && s.Native {
			l.steps, l.jumps, l.full = nil, nil, false
			return
		}
		if top != nil && s.MinID > top.MaxID {
			x := ledger.Step{Before: top.MaxID, After: s.MinID, From: top.Tail, To: s.Head}
			switch {
			case x.Plausible() && !alone(l.spans, i):
				l.steps = append(l.steps, x)
			case x.Forward():
				l.jumps = append(l.jumps, x)
			}
		}
		l.steps = append(l.steps, s.Oddities().Steps...)
		l.jumps = append(l.jumps, s.Oddities().Jumps...)
		full, _ := s.Oddities().Full()
		l.full = l.full || full
		if top == nil || s.MaxID > top.MaxID {
			top = s
		}
	}
	slices.SortStableFunc(l.steps, func(a, b ledger.Step) int { return cmp.Compare(a.After, b.After) })
}

// alone reports whether the step before chunk i is made by a single record: the last one of the chunk before, whose
// time is ahead of all others, or the first of this one, whose time is behind. Its chunk then has no other record of
// that time.
func alone(spans []*ledger.Chunk, i int) bool {
	before, s := spans[i-1], spans[i]
	if before.N == 1 && i > 1 && spans[i-2].Tail != 0 && spans[i-2].Tail <= s.Head+ledger.LeastStep {
		return true
	}
	return s.N == 1 && i+1 < len(spans) && spans[i+1].Head+ledger.LeastStep > before.Tail
}

// clock is what is known of a host's clock: its changes, and where in each log the changes that count lie.
type clock struct {
	back    []ClockChange // those that separate stretches, in order
	changes []ClockChange // all, in order
	logs    map[ledger.Log]*numbered
	cut     bool // a log shows more than hunt follows
}

// newClock finds the changes of a host's clock, from its logs and from the records that report them.
func newClock(logs []*numbered, notables []*ledger.Notable) *clock {
	c := &clock{logs: map[ledger.Log]*numbered{}}
	told := toldChanges(notables)
	for _, l := range logs {
		c.logs[l.Log] = l
		c.align(l, told)
	}
	c.drop(told)
	used := make([]bool, len(told))
	for i := range c.back {
		b := &c.back[i]
		j := slices.IndexFunc(told, func(t ClockChange) bool { return t.explains(b) })
		for k := j + 1; j >= 0 && k < len(told); k++ { // the one that fits best
			if told[k].explains(b) && ledger.Distance(told[k].To, b.To) < ledger.Distance(told[j].To, b.To) {
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
	for i := range c.changes {
		if ch := &c.changes[i]; i < len(c.back) {
			ch.stretch = i
		} else {
			ch.stretch, _ = c.stretch(ledger.Log{File: ch.Ref.File, Channel: ch.told}, ch.Ref.EventRecordID, ch.At)
		}
	}
	slices.SortStableFunc(c.changes, func(a, b ClockChange) int {
		return cmp.Or(cmp.Compare(a.stretch, b.stretch), compareFlags(a.Channel != "", b.Channel != ""),
			cmp.Compare(a.At, b.At), cmp.Compare(a.From, b.From))
	})
	return c
}

// compareFlags orders false before true.
func compareFlags(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// toldChanges returns the changes that records report; the Security log and the System log may report the same one.
func toldChanges(notables []*ledger.Notable) []ClockChange {
	const same = evtx.TicksPerSecond
	var out []ClockChange
	for _, n := range notables {
		if n.From == 0 || n.To == 0 || n.From == n.To {
			continue
		}
		c := ClockChange{At: n.At, From: n.From, To: n.To, Told: true, Account: cmp.Or(n.By, n.SID), SID: n.SID,
			Program: n.Program, Ref: n.Ref, told: n.Channel}
		if i := len(out) - 1; i >= 0 && ledger.Distance(out[i].From, c.From) < same &&
			ledger.Distance(out[i].To, c.To) < same {
			if out[i].Account == "" || n.Source() == ecs.SourceSecurity {
				c.Program = cmp.Or(c.Program, out[i].Program)
				out[i] = c
			}
			continue
		}
		out = append(out, c)
	}
	return out
}

// explains reports whether a record reports the change that record ids show: the clock was set from no earlier than
// the last time before to no later than the first one after.
func (c *ClockChange) explains(shown *ClockChange) bool {
	const slack = 5 * evtx.TicksPerSecond
	return c.Back() && c.From+slack >= shown.From && c.To <= shown.To+slack && c.From >= shown.To && c.To <= shown.From
}

// align finds for each step of a log the change that it shows: one that other logs show, too, or a new one.
func (c *clock) align(l *numbered, told []ClockChange) {
	if len(l.steps)*stepShare > l.n {
		l.steps = slices.DeleteFunc(l.steps, func(s ledger.Step) bool { return !toldStep(&s, told) })
	} else if l.full || len(l.steps) > maxChanges {
		l.steps, c.cut = nil, true
	}
	at := 0
	for _, s := range l.steps {
		best := -1
		for i := at; i < len(c.back); i++ {
			b := &c.back[i]
			if s.To < b.From && s.From > b.To && (best < 0 || b.away(&s) < c.back[best].away(&s)) {
				best = i
			}
		}
		if best < 0 && len(c.back) >= maxChanges {
			c.cut = true
			break
		}
		if best < 0 {
			best = at
			c.back = slices.Insert(c.back, at,
				ClockChange{At: s.To, From: s.From, To: s.To, Channel: l.Channel, Before: s.Before, After: s.After})
			for _, o := range c.logs {
				for i := range o.change {
					if o.change[i] >= at {
						o.change[i]++
					}
				}
			}
		}
		b := &c.back[best]
		b.From, b.To, b.At = max(b.From, s.From), min(b.To, s.To), min(b.At, s.To)
		b.Logs++
		l.change = append(l.change, best)
		at = best + 1
	}
	l.steps = l.steps[:len(l.change)]
}

func (c *ClockChange) away(s *ledger.Step) evtx.Filetime {
	return ledger.Distance(s.From, c.From) + ledger.Distance(s.To, c.To)
}

func toldStep(s *ledger.Step, told []ClockChange) bool {
	shown := ClockChange{From: s.From, To: s.To}
	return slices.ContainsFunc(told, func(t ClockChange) bool { return t.explains(&shown) })
}

// drop removes small changes that only one log shows and no record reports: a record that was written late looks the
// same.
func (c *clock) drop(told []ClockChange) {
	number := make([]int, len(c.back)) // new places; -1: dropped
	kept := c.back[:0]
	for i := range c.back {
		b := c.back[i]
		if b.By() < lateWriter && b.Logs < 2 &&
			!slices.ContainsFunc(told, func(t ClockChange) bool { return t.explains(&b) }) {
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

// stretch returns how often the clock had been set back when a record was written; unsure is true if its log allows
// several answers.
func (c *clock) stretch(k ledger.Log, id uint64, at evtx.Filetime) (n int, unsure bool) {
	if len(c.back) == 0 {
		return 0, false
	}
	least, most := 0, len(c.back)
	if l := c.logs[k]; l != nil {
		i, _ := slices.BinarySearchFunc(l.steps, id+1, func(s ledger.Step, id uint64) int {
			return cmp.Compare(s.After, id)
		})
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

// stretchOf is stretch for an event.
func (c *clock) stretchOf(e *ecs.Event, at evtx.Filetime) (n int, unsure bool) {
	ref := e.Record.Ref
	return c.stretch(ledger.Log{File: ref.File, Channel: e.Class.Channel}, ref.EventRecordID, at)
}

// mark says in a few words why a time of the host is doubtful, "" if it is not.
func (c *clock) mark(stretch int, unsure bool, at evtx.Filetime) string {
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
		return fmt.Sprintf("%s the clock of this host was set back by %s: this time occurs twice", side,
			evtx.SpanText(b.By()))
	}
	return ""
}

// Text describes a change of the clock in a sentence without its time.
func (c *ClockChange) Text() string {
	verb, least := "forward", ""
	if c.Back() {
		verb = "back"
	}
	if !c.Told {
		least = "at least "
	}
	s := fmt.Sprintf("the clock was set %s by %s%s, from %s to %s", verb, least, evtx.SpanText(c.By()), c.From, c.To)
	if c.Account != "" {
		s += ", by " + c.Account
	}
	if c.Program != "" {
		s += " with " + c.Program
	}
	if c.Channel != "" {
		s += fmt.Sprintf(", between records %d and %d of %s", c.Before, c.After, c.Channel)
		if c.Logs > 1 {
			s += fmt.Sprintf(" (%s show it)", ledger.Count(c.Logs, "log", "logs"))
		}
	}
	return s
}

// SetBack reports whether the clock of the host was set back.
func (h *Host) SetBack() bool { return h.clock != nil }

// SetOver reports whether a channel of the host, whose clock was set back, has no two consecutive records one of
// which lies before the silence and the other after it: then the time between did not pass on this machine.
func (h *Host) SetOver(channel string, s ledger.Silence) bool {
	return h.clock != nil && !h.clock.passed(channel, s)
}

// passed reports whether the channel has two consecutive records of which one lies before the silence and the other
// after it. If a clock was set back, times that are next to each other need not belong to consecutive records.
func (c *clock) passed(channel string, s ledger.Silence) bool {
	for k, l := range c.logs {
		if k.Channel != channel {
			continue
		}
		for _, x := range l.jumps {
			if ledger.HourOf(x.From)+1 == s.From && ledger.HourOf(x.To) == s.To {
				return true
			}
		}
		for _, x := range l.spans { // one that keeps no more jumps may have had it
			_, full := x.Oddities().Full()
			if full && x.First != 0 && ledger.HourOf(x.First) < s.From && ledger.HourOf(x.Last) >= s.To {
				return true
			}
		}
	}
	return false
}

// ranges returns the spans of time of a channel between the changes of the clock, nil if it was not set back.
func (c *clock) ranges(channel string) []ledger.Period {
	if len(c.back) == 0 {
		return nil
	}
	out := make([]ledger.Period, len(c.back)+1)
	add := func(k ledger.Log, id uint64, at evtx.Filetime) {
		if at != 0 {
			n, _ := c.stretch(k, id, at)
			out[n].From, out[n].To = ledger.Widen(out[n].From, out[n].To, at)
		}
	}
	for k, l := range c.logs {
		if k.Channel != channel {
			continue
		}
		for _, s := range l.spans {
			add(k, s.MinID, s.Head)
			add(k, s.MaxID, s.Tail)
			for _, x := range s.Oddities().Steps {
				add(k, x.Before, x.From)
				add(k, x.After, x.To)
			}
		}
	}
	return out
}

// takeClock keeps what is needed of a clock that was set back for questions about single events, and takes the host's
// first time from the records that were written first.
func (h *Host) takeClock(c *clock) {
	h.ClockCut = c.cut
	if len(c.back) == 0 {
		return
	}
	h.clock = c
	first := evtx.Filetime(0)
	seen := map[string]bool{}
	for k := range c.logs {
		if !seen[k.Channel] {
			seen[k.Channel] = true
			if from := c.ranges(k.Channel)[0].From; from != 0 && (first == 0 || from < first) {
				first = from
			}
		}
	}
	h.First = max(h.First, first)
	h.why = append(h.why, fmt.Sprintf("Its clock was set back, %s: the dates above before %s are what the clock "+
		"showed then, not when the records were written.",
		ledger.Count(len(c.back), "time", "times"), ledger.Date(h.First)))
}

// ClockChanges returns the changes of the host's clock by a second or more, by time.
func (h *Host) ClockChanges() []ClockChange {
	var out []ClockChange
	for _, c := range h.past().clock.changes {
		if c.By() >= smallStep {
			out = append(out, c)
		}
	}
	return out
}

// TimeMark says in a few words why the time of an event of the host is doubtful: it occurs twice, as the clock was
// set back over it. It returns "" if it is not doubtful.
func (h *Host) TimeMark(e *ecs.Event, at evtx.Filetime) string {
	if h == nil || h.clock == nil {
		return ""
	}
	n, unsure := h.Stretch(e, at)
	return h.clock.mark(n, unsure, at)
}

// Stretch returns how often the host's clock had been set back when e was written, judged by the order of the
// records; unsure is true if that cannot be known.
func (h *Host) Stretch(e *ecs.Event, at evtx.Filetime) (n int, unsure bool) {
	if h == nil || h.clock == nil {
		return 0, false
	}
	return h.clock.stretchOf(e, at)
}
