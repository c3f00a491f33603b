package coverage

import (
	"cmp"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
)

// Degree says how far the logs of a host could have shown an event that was not seen.
type Degree string

// The degrees, spelled as in the JSON report.
const (
	Full    Degree = "full"    // it would have been seen
	Partial Degree = "partial" // a part of the time is not covered
	None    Degree = "none"    // it could not have been seen
)

// Cause says why events of a span could not have been seen.
type Cause string

// The causes, spelled as in the JSON report.
const (
	CauseNotLogged Cause = "source not logged"  // no log of the host holds an event of such a kind
	CauseFilter    Cause = "outside the filter" // --from or --to leaves the time out
	CauseBefore    Cause = "before the log"     // earlier than the oldest record
	CauseEndOfLog  Cause = "end of log"         // the log ends while other logs of the host go on
	CauseEvidence  Cause = "end of evidence"    // nothing of the host is later
	CauseCleared   Cause = "cleared"            // the log was cleared
	CauseMissing   Cause = "record ids missing" // records are not in the evidence
	CauseSilent    Cause = "silent"             // the log says nothing for longer than it usually does
	CauseStopped   Cause = "logging stopped"    // the service that writes the log was stopped
	CauseDamage    Cause = "damaged"            // records of the time could not be read
	CauseDropped   Cause = "events dropped"     // the log's writer reports that it lost some
	CauseAudit     Cause = "not audited"        // the audit policy was changed so that such events are not logged
)

var causeOfGap = map[GapKind]Cause{
	GapCleared: CauseCleared, GapMissing: CauseMissing, GapStopped: CauseStopped, GapSysmon: CauseStopped,
	GapSilent: CauseSilent, GapBefore: CauseBefore,
}

// Unseen is a span of time in which an event could not have been seen.
type Unseen struct {
	ledger.Period
	Cause   Cause
	Channel string // of the log; "" for all
	Perhaps bool   // the time has records, but some within it are missing: nobody can tell which
}

// maxUnseen bounds the spans of one Absence; the longest are kept.
const maxUnseen = 8

// Absence says how far the logs of a host could have shown events of some kinds within a window in which none was
// seen.
type Absence struct {
	Host    *host.Host
	Window  ledger.Period
	Covered Degree
	Unseen  []Unseen // by time
	More    int      // spans left out, shorter than these
}

// Absence works out how far events of any of these kinds could have been seen within a window, including both its
// bounds. Another channel may have what one channel lacks: a span is unseen only if all channels with such events
// lack it.
func (c *Coverage) Absence(kinds []ledger.EventKind, window ledger.Period) Absence {
	out := Absence{Host: c.Host, Window: window, Covered: Full}
	if window.From > window.To {
		return out
	}
	holds := map[string][]ledger.EventKind{}
	for _, k := range kinds {
		if _, ok := slices.BinarySearchFunc(c.Host.Events, k, func(e ledger.EventCount, k ledger.EventKind) int {
			return e.Kind().Compare(k)
		}); ok && c.Channel(k.Channel) != nil {
			holds[k.Channel] = append(holds[k.Channel], k)
		}
	}
	if len(holds) == 0 {
		out.Covered, out.Unseen = None, []Unseen{{Period: window, Cause: CauseNotLogged}}
		return out
	}
	names := make([]string, 0, len(holds))
	for n := range holds {
		names = append(names, n)
	}
	slices.Sort(names)
	for i, n := range names {
		unseen := c.unseen(n, window, c.unaudited(holds[n]))
		if i == 0 {
			out.Unseen = unseen
		} else {
			out.Unseen = bothUnseen(out.Unseen, unseen)
		}
	}
	dark := evtx.Filetime(0)
	for _, u := range out.Unseen {
		if !u.Perhaps {
			dark += u.To - u.From
		}
	}
	switch {
	case len(out.Unseen) == 0:
	case dark >= window.To-window.From:
		out.Covered = None
	default:
		out.Covered = Partial
	}
	if out.More = max(len(out.Unseen)-maxUnseen, 0); out.More > 0 {
		slices.SortStableFunc(out.Unseen, func(a, b Unseen) int { return cmp.Compare(b.To-b.From, a.To-a.From) })
		out.Unseen = out.Unseen[:maxUnseen]
		slices.SortFunc(out.Unseen, func(a, b Unseen) int { return cmp.Compare(a.From, b.From) })
	}
	return out
}

// unseen returns the spans of a window that a channel cannot show, by time and without overlaps. unaudited are those
// in which it shows none of the wanted kinds.
func (c *Coverage) unseen(channel string, window ledger.Period, unaudited []Unseen) []Unseen {
	var all []Unseen
	put := func(u Unseen) {
		if u.From, u.To = max(u.From, window.From), min(u.To, window.To); u.From < u.To {
			all = append(all, u)
		}
	}
	add := func(from, to evtx.Filetime, why Cause) {
		put(Unseen{ledger.Period{From: from, To: to}, why, channel, false})
	}
	ch, f := c.Channel(channel), c.examiner.filter
	if f.From != 0 {
		add(0, f.From, CauseFilter)
	}
	if f.To != 0 {
		add(f.To, window.To, CauseFilter)
	}
	if f.From == 0 || ch.First > f.From {
		add(f.From, ch.First, CauseBefore)
	}
	if f.To == 0 || ch.Last < f.To {
		end := window.To
		if f.To != 0 {
			end = min(end, f.To)
		}
		add(ch.Last, min(end, max(c.Host.Last, ch.Last)), CauseEndOfLog)
		add(max(c.Host.Last, ch.Last), end, CauseEvidence)
	}
	for _, i := range slices.Concat(c.gapsOf[strings.ToLower(channel)], c.gapsOf[everyChannel]) {
		switch g := c.Gaps[i]; g.Kind {
		case GapBefore:
		case GapCleared:
			add(ch.before(g.To), g.To, CauseCleared)
		default:
			add(g.From, g.To, causeOfGap[g.Kind])
		}
	}
	for _, u := range ch.beyond(c.examiner.hosts.Bulk()) {
		put(u)
	}
	for _, at := range c.open {
		put(Unseen{ledger.Period{From: at, To: c.resumed(at)}, CauseStopped, channel, true})
	}
	for _, u := range unaudited {
		put(u)
	}
	for _, n := range c.Host.Notables() {
		if n.Role == ecs.RoleEventsDropped && strings.EqualFold(n.Channel, channel) {
			put(Unseen{ledger.Period{From: n.At - min(n.At, droppedWithin), To: n.At + 1}, CauseDropped, channel, true})
		}
	}
	for _, u := range c.holes(channel) {
		put(u)
	}
	return apartUnseen(all)
}

// beyond returns the spans between the bulk of the records and the few whose times are far from all others, which do
// not show that the log went on. The first and last hour of the bulk have records, but where in the hour they begin
// and end is unknown.
func (ch *Channel) beyond(s *host.Span) []Unseen {
	if s.Apart == 0 || s.From == 0 {
		return nil
	}
	first, last := ledger.Hour(-1), ledger.Hour(-1)
	ledger.EachHour(ch.Days, func(h ledger.Hour) {
		if (h+1).Start() > s.From && h.Start() <= s.To {
			if last = h; first < 0 {
				first = h
			}
		}
	})
	var out []Unseen
	if ch.Last > s.To && last >= 0 {
		out = append(out, Unseen{ledger.Period{From: (last + 1).Start(), To: ch.Last}, CauseEndOfLog, ch.Channel,
			false}, Unseen{ledger.Period{From: last.Start(), To: (last + 1).Start()}, CauseEndOfLog, ch.Channel, true})
	}
	if ch.First < s.From && first >= 0 {
		out = append(out, Unseen{ledger.Period{From: 0, To: first.Start()}, CauseBefore, ch.Channel, false},
			Unseen{ledger.Period{From: first.Start(), To: (first + 1).Start()}, CauseBefore, ch.Channel, true})
	}
	return out
}

// resumed returns the latest time at which logging went on after a stop: the hour, or the time, of the next record of
// the host.
func (c *Coverage) resumed(at evtx.Filetime) evtx.Filetime {
	next := c.Host.NextFact(at)
	stopped := ledger.HourOf(at)
	i, _ := slices.BinarySearchFunc(c.days, ledger.Day(stopped/24), func(d ledger.DayCount, day ledger.Day) int {
		return int(d.Day - day)
	})
	ledger.EachHour(c.days[i:min(i+2, len(c.days))], func(h ledger.Hour) {
		if h > stopped {
			next = min(next, (h + 1).Start())
		}
	})
	return next
}

// droppedWithin is how long before its record a loss of events may have happened: Windows logs the loss when it is
// over.
const droppedWithin = 5 * 60 * evtx.TicksPerSecond

// unaudited returns the spans in which the audit policy left out all of the kinds, which are of one channel. They end
// where the policy was changed again, or else, perhaps, with the next such event.
func (c *Coverage) unaudited(kinds []ledger.EventKind) []Unseen {
	var out []Unseen
	for i, k := range kinds {
		m := k.Meaning()
		if m.Source != ecs.SourceSecurity || m.Role == ecs.RoleNone {
			return nil
		}
		off := auditOff(c.Host, k.Channel, m.Role)
		if i == 0 {
			out = off
		} else {
			out = bothUnseen(out, off)
		}
	}
	return out
}

// auditOff returns the spans in which events of a role were not audited.
func auditOff(h *host.Host, channel string, what ecs.Role) []Unseen {
	var out []Unseen
	var off *ledger.Notable
	end := func(to evtx.Filetime, perhaps bool) {
		if off != nil && off.At < to {
			out = append(out, Unseen{ledger.Period{From: off.At, To: to}, CauseAudit, channel, perhaps})
		}
		off = nil
	}
	again := func(until evtx.Filetime) { // such an event shows that they were audited once more
		if off != nil {
			if next := h.NextOf(what, off.At); next < until {
				end(next, true)
			}
		}
	}
	for _, n := range h.Notables() {
		if n.Audit != what {
			continue
		}
		again(n.At)
		switch {
		case n.Audited:
			end(n.At, false)
		case off == nil:
			off = n
		}
	}
	again(^evtx.Filetime(0))
	end(max(h.Last, 1)+1, false)
	return out
}

// apartUnseen orders spans by time and removes overlaps: a certain span wins over an uncertain one, then the earlier
// one, and of those that begin together the one with the more telling cause.
func apartUnseen(all []Unseen) []Unseen {
	slices.SortStableFunc(all, func(a, b Unseen) int {
		return cmp.Or(sureFirst(a.Perhaps, b.Perhaps), cmp.Compare(a.From, b.From),
			cmp.Compare(telling(a.Cause), telling(b.Cause)), cmp.Compare(b.To, a.To))
	})
	sure := len(all)
	if i := slices.IndexFunc(all, func(u Unseen) bool { return u.Perhaps }); i >= 0 {
		sure = i
	}
	return filled(joined(all[:sure]), joined(all[sure:]))
}

// joined removes from each span, in order, what the one before it covers.
func joined(all []Unseen) []Unseen {
	var out []Unseen
	for _, u := range all {
		if n := len(out); n > 0 && u.From < out[n-1].To {
			if u.From = out[n-1].To; u.From >= u.To {
				continue
			}
		}
		out = append(out, u)
	}
	return out
}

// filled adds to spans the parts of others that lie between them.
func filled(sure, others []Unseen) []Unseen {
	out := slices.Clone(sure)
	for i := 0; len(others) > 0; {
		u := others[0]
		for i < len(sure) && sure[i].To <= u.From {
			i++
		}
		if i == len(sure) || u.To <= sure[i].From {
			out, others = append(out, u), others[1:]
			continue
		}
		if u.From < sure[i].From {
			head := u
			head.To = sure[i].From
			out = append(out, head)
		}
		if others[0].From = sure[i].To; others[0].From >= u.To {
			others = others[1:]
		}
	}
	slices.SortFunc(out, func(a, b Unseen) int { return cmp.Compare(a.From, b.From) })
	return out
}

// sureFirst orders what is sure before what is not.
func sureFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// telling ranks causes: what was done to the log says more than where it ends.
func telling(c Cause) int {
	return slices.Index([]Cause{CauseFilter, CauseCleared, CauseDamage, CauseStopped, CauseAudit, CauseMissing,
		CauseDropped, CauseBefore, CauseEndOfLog, CauseEvidence, CauseSilent}, c)
}

// bothUnseen returns what lies in spans of both lists; the cause is that of the first list.
func bothUnseen(a, b []Unseen) []Unseen {
	var out []Unseen
	for i, j := 0, 0; i < len(a) && j < len(b); {
		if from, to := max(a[i].From, b[j].From), min(a[i].To, b[j].To); from < to {
			out = append(out, Unseen{ledger.Period{From: from, To: to}, a[i].Cause, a[i].Channel, a[i].Perhaps ||
				b[j].Perhaps})
		}
		if a[i].To < b[j].To {
			i++
		} else {
			j++
		}
	}
	return out
}

// holes returns the times of a channel in which records may be missing although the ids are consecutive from chunk to
// chunk: chunks that hold fewer records than their ids say, and damage that loses records.
func (c *Coverage) holes(channel string) []Unseen {
	if known, ok := c.holesOf[channel]; ok {
		return known
	}
	byFile := map[int32][]*ledger.Chunk{}
	var out []Unseen
	for s := range c.Host.Chunks() {
		if s.Channel != channel {
			continue
		}
		byFile[s.Ref.File] = append(byFile[s.Ref.File], s)
		if n := s.MaxID - s.MinID; n > 0 && uint64(s.N) <= n { // #nosec G115 -- a count
			out = append(out, Unseen{ledger.Period{From: s.From, To: s.To}, CauseMissing, channel, true})
		}
	}
	for file, spans := range byFile {
		slices.SortFunc(spans, func(a, b *ledger.Chunk) int { return cmp.Compare(a.Ref.Chunk, b.Ref.Chunk) })
		for _, chunk := range c.examiner.lost[file] {
			when, own := around(spans, chunk)
			out = append(out, Unseen{when, CauseDamage, channel, own})
		}
	}
	slices.SortFunc(out, func(a, b Unseen) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To),
			strings.Compare(string(a.Cause), string(b.Cause)))
	})
	c.holesOf[channel] = out
	return out
}

// around returns the time in which the records of a chunk can lie, judged by the chunk's own records and by its
// neighbours in the file. own says that some of its own records are there.
func around(spans []*ledger.Chunk, chunk int32) (when ledger.Period, own bool) {
	at, own := slices.BinarySearchFunc(spans, chunk, func(s *ledger.Chunk, c int32) int {
		return cmp.Compare(s.Ref.Chunk, c)
	})
	p := ledger.Period{From: 0, To: ^evtx.Filetime(0)}
	next := at
	if own {
		next++
	}
	if at > 0 {
		p.From = spans[at-1].To
	}
	if next < len(spans) {
		p.To = spans[next].From
	}
	if own {
		p.From, p.To = min(p.From, spans[at].From), max(p.To, spans[at].To)
	}
	// the log may have begun again at its first chunk
	return ledger.Period{From: min(p.From, p.To), To: max(p.From, p.To)}, own
}
