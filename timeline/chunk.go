package timeline

import (
	"cmp"
	"strings"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/spill"
)

const (
	// leastStep is by how much time must run against the record ids to be noted: writers overtake each other by seconds.
	leastStep = 60 * evtx.TicksPerSecond
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

func codeHole(c *spill.Coder, h *idHole) {
	c.Uint(&h.after)
	c.Uint(&h.before)
}

func codeStep(c *spill.Coder, s *clockStep) {
	c.Uint(&s.before)
	c.Uint(&s.after)
	c.Time(&s.from)
	c.Time(&s.to)
}

// oddities are what is not as usual in a chunk's records of one log.
type oddities struct {
	holes []idHole    // ids that are missing
	steps []clockStep // where time runs against the ids
	jumps []clockStep // where it runs on by hours from one record to the next: from is the earlier time
}

// strange returns the oddities of a span to add to.
func (s *chunkSpan) strange() *oddities {
	if s.odd == nil {
		s.odd = &oddities{}
	}
	return s.odd
}

// none stands for the oddities of a span that has none.
var none oddities

func (s *chunkSpan) oddities() *oddities { return cmp.Or(s.odd, &none) }

// follow compares a record with the one before it: which ids lie between, and how its time follows.
func (s *chunkSpan) follow(end *spanEnd, id uint64, created evtx.Filetime) {
	if id == s.minID {
		s.head = created
	}
	if id == s.maxID {
		s.tail = created
	}
	if s.n > 1 {
		x := clockStep{end.id, id, end.newest, created}
		if id < end.id { // an export with the newest first
			x = clockStep{id, end.id, created, end.newest}
		}
		if x.after > x.before+1 {
			s.strange().hole(idHole{x.before, x.after})
		}
		switch n := len(s.oddities().steps); {
		case n > 0 && s.odd.steps[n-1].after == x.before && x.to+leastStep > s.odd.steps[n-1].from:
			s.odd.steps = s.odd.steps[:n-1] // a single record whose time stands apart, behind
		case x.plausible() && s.n > 2 && x.before == end.id && end.before != 0 && end.before <= x.to+leastStep:
			// the same, ahead
		case x.plausible() && n < maxSteps:
			s.strange().steps = append(s.odd.steps, x)
		case x.forward() && len(s.oddities().jumps) < maxSteps:
			s.strange().jumps = append(s.odd.jumps, x)
		}
	}
	end.id = id
}

// forward reports whether there are hours between two records.
func (s *clockStep) forward() bool { return s.from != 0 && s.to >= s.from+leastSilence*ticksPerHour }

// plausible reports whether a step can be a change of the clock: Windows with EVTX never ran in the years beyond those that are
// counted day by day.
func (s *clockStep) plausible() bool {
	from, _ := dayOf(s.from)
	to, _ := dayOf(s.to)
	return s.to != 0 && s.from >= s.to+leastStep && from.Bounded() && to.Bounded()
}

func (s *oddities) hole(h idHole) {
	if len(s.holes) < maxHoles {
		s.holes = append(s.holes, h)
		return
	}
	last := &s.holes[maxHoles-1]
	last.after, last.before = min(last.after, h.after), max(last.before, h.before)
}

// factKey is what counts are kept by.
type factKey struct {
	class    *ecs.Class // as it is counted
	computer string
	file     int32 // counted from 1, where the name says nothing of the machine; else 0
}

// classFacts are the counts of one class of events under one Computer name.
type classFacts struct {
	factKey
	Count       int
	First, Last evtx.Filetime
	Shown       int // records, copies and carved ones included, that the filter let through to the visitors

	days    dayIndex // into the days of the collector or ledger
	lastDay int32    // of these, the one that was counted last

	past *history // of the name; shared with its other classes
}

// chunkSpan is the range of record ids of one (computer, channel) in one chunk.
type chunkSpan struct {
	ref               evtx.Ref
	computer, channel string
	minID, maxID      uint64
	first, last       evtx.Filetime // of TimeCreated
	from, to          evtx.Filetime // on the clock of the run: Sysmon's UtcTime can lie days before
	n                 int
	native            bool     // every record has the number of its place: not a log that was exported or forwarded to
	back              disorder // TimeCreated before that of the record before
	apart             disorder // TimeCreated and the time in the record's header differ

	head, tail evtx.Filetime // TimeCreated of the records with the lowest and the highest id
	odd        *oddities     // nil if its ids are complete and its times follow them closely
}

// compare orders by place in the evidence, computer and channel.
func (s chunkSpan) compare(o chunkSpan) int {
	return cmp.Or(s.ref.Compare(o.ref), strings.Compare(s.computer, o.computer), strings.Compare(s.channel, o.channel))
}

// spanEnd is where a chunkSpan is while its chunk is read: the last record.
type spanEnd struct {
	id             uint64
	newest, before evtx.Filetime // its TimeCreated, and that of the record before
}

// disorder counts records whose times do not agree.
type disorder struct {
	n    int
	most evtx.Filetime // by how much at most
}

// apartMost is how far the two times of a record lie apart without being counted: the service writes records as they come.
const apartMost = evtx.TicksPerSecond

func (d *disorder) note(by evtx.Filetime) {
	d.n++
	d.most = max(d.most, by)
}

// times compares the times of a record with each other and with those of the record before.
func (s *chunkSpan) times(end *spanEnd, created, written evtx.Filetime) {
	if created == 0 {
		return
	}
	if created < end.newest {
		s.back.note(end.newest - created)
	}
	end.before, end.newest = end.newest, created
	if by := max(created, written) - min(created, written); by > apartMost && written != 0 {
		s.apart.note(by)
	}
}

// span widens first..last by at; 0 is no time.
func span(first, last, at evtx.Filetime) (evtx.Filetime, evtx.Filetime) {
	if at == 0 {
		return first, last
	}
	if first == 0 || at < first {
		first = at
	}
	return first, max(last, at)
}
