package ledger

import (
	"cmp"
	"strings"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/spill"
)

const (
	// LeastStep is how far time must run against the record ids to be noted: writers overtake each other by seconds.
	LeastStep = 60 * evtx.TicksPerSecond
	// maxSteps bounds the steps that one chunk keeps of a log, maxJumps the jumps, maxHoles the holes in its record
	// ids.
	maxSteps, maxJumps, maxHoles = 64, 32, 16
)

// Step is a place where time runs against the record ids.
type Step struct {
	Before, After uint64        // record ids
	From, To      evtx.Filetime // their times; From is the later one
}

// Hole is a hole in the record ids: the records between are not in the chunk. From and To are the times of the
// records on either side, 0 if nobody asked.
type Hole struct {
	After, Before uint64
	From, To      evtx.Filetime
}

func CodeHole(c *spill.Coder, h *Hole) {
	c.Uint(&h.After)
	c.Uint(&h.Before)
	c.Time(&h.From)
	c.Time(&h.To)
}

func CodeStep(c *spill.Coder, s *Step) {
	c.Uint(&s.Before)
	c.Uint(&s.After)
	c.Time(&s.From)
	c.Time(&s.To)
}

// Oddities are the irregularities among a chunk's records of one log.
type Oddities struct {
	Holes []Hole   // ids that are missing
	Steps []Step   // where time runs against the ids
	Jumps []Step   // where it advances by hours from one record to the next: From is the earlier time
	Back  Disorder // TimeCreated before that of the record before
	Apart Disorder // TimeCreated and the time in the record's header differ
}

// Strange returns the oddities of a span, for adding to them.
func (s *Chunk) Strange() *Oddities {
	if s.Odd == nil {
		s.Odd = &Oddities{}
	}
	return s.Odd
}

// none is the Oddities of a span without any.
var none Oddities

func (s *Chunk) Oddities() *Oddities { return cmp.Or(s.Odd, &none) }

// Full reports whether steps, or jumps, may have been left out. A full list stays full: Follow removes the last step
// only with the record that comes next.
func (s *Oddities) Full() (steps, jumps bool) {
	return len(s.Steps) >= maxSteps, len(s.Jumps) >= maxJumps
}

// Follow compares a record with the one before it: which ids lie between, and how its time follows.
func (s *Chunk) Follow(end *ChunkEnd, id uint64, created evtx.Filetime) {
	if id == s.MinID {
		s.Head = created
	}
	if id == s.MaxID {
		s.Tail = created
	}
	if s.N > 1 {
		x := Step{end.id, id, end.newest, created}
		if id < end.id { // an export with the newest first
			x = Step{id, end.id, created, end.newest}
		}
		if x.After > x.Before+1 {
			s.Strange().hole(Hole{x.Before, x.After, x.From, x.To})
		}
		switch n := len(s.Oddities().Steps); {
		case n > 0 && s.Odd.Steps[n-1].After == x.Before && x.To+LeastStep > s.Odd.Steps[n-1].From:
			s.Odd.Steps = s.Odd.Steps[:n-1] // a single record whose time stands apart, behind
		case x.Plausible() && s.N > 2 && x.Before == end.id && end.before != 0 && end.before <= x.To+LeastStep:
			// the same, ahead
		case x.Plausible() && n < maxSteps:
			s.Strange().Steps = append(s.Odd.Steps, x)
		case x.Forward() && len(s.Oddities().Jumps) < maxJumps:
			s.Strange().Jumps = append(s.Odd.Jumps, x)
		}
	}
	end.id = id
}

// Forward reports whether there are hours between two records.
func (s *Step) Forward() bool { return s.From != 0 && s.To >= s.From+LeastSilence*TicksPerHour }

// Plausible reports whether a step can be a change of the clock: no Windows with EVTX ever ran in years outside
// those that are counted day by day.
func (s *Step) Plausible() bool {
	from, _ := DayOf(s.From)
	to, _ := DayOf(s.To)
	return s.To != 0 && s.From >= s.To+LeastStep && from.Bounded() && to.Bounded()
}

func (s *Oddities) hole(h Hole) {
	if len(s.Holes) < maxHoles {
		s.Holes = append(s.Holes, h)
		return
	}
	last := &s.Holes[maxHoles-1]
	if h.After < last.After {
		last.After, last.From = h.After, h.From
	}
	if h.Before > last.Before {
		last.Before, last.To = h.Before, h.To
	}
}

// ClassKey is the key under which events are counted.
type ClassKey struct {
	Class    *ecs.Class // as it is counted
	Computer string
	File     int32 // counted from 1, if the name does not identify the machine; otherwise 0
}

// ClassCount holds the counts of one class of events under one Computer name.
type ClassCount struct {
	ClassKey
	Count       int
	First, Last evtx.Filetime
	Shown       int // records, copies and carved ones included, that the filter let through to the visitors

	Days    DayIndex // into the days of the collector or ledger
	LastDay int32    // of these, the one that was counted last

	Past *History // of the name; shared with its other classes
}

// Chunk is the range of record ids of one (computer, channel) in one chunk.
type Chunk struct {
	Ref               evtx.Ref
	Computer, Channel string
	MinID, MaxID      uint64
	First, Last       evtx.Filetime // of TimeCreated
	From, To          evtx.Filetime // on the clock of the run: Sysmon's UtcTime can lie days before
	N                 int
	Native            bool // every record has the number of its place: not a log that was exported or forwarded to

	Head, Tail evtx.Filetime // TimeCreated of the records with the lowest and the highest id
	Odd        *Oddities     // nil if its ids are complete, its times follow them closely and agree
}

// Compare orders by place in the evidence, computer and channel.
func (s Chunk) Compare(o Chunk) int {
	return cmp.Or(s.Ref.Compare(o.Ref), strings.Compare(s.Computer, o.Computer), strings.Compare(s.Channel, o.Channel))
}

// ChunkEnd is where a Chunk is while its chunk is read: the last record.
type ChunkEnd struct {
	id             uint64
	newest, before evtx.Filetime // its TimeCreated, and that of the record before
}

// Disorder counts records whose times do not agree.
type Disorder struct {
	N    int
	Most evtx.Filetime // by how much at most
}

// apartMost is how far the two times of a record may differ without being counted: the service writes records as
// they come.
const apartMost = evtx.TicksPerSecond

func (d *Disorder) note(by evtx.Filetime) {
	d.N++
	d.Most = max(d.Most, by)
}

// Times compares the times of a record with each other and with those of the record before.
func (s *Chunk) Times(end *ChunkEnd, created, written evtx.Filetime) {
	if created == 0 {
		return
	}
	if created < end.newest {
		s.Strange().Back.note(end.newest - created)
	}
	end.before, end.newest = end.newest, created
	if by := max(created, written) - min(created, written); by > apartMost && written != 0 {
		s.Strange().Apart.note(by)
	}
}

// Distance is how far two times are apart.
func Distance(a, b evtx.Filetime) evtx.Filetime {
	if a > b {
		return a - b
	}
	return b - a
}

// Period is a span of time; a bound of 0 means none.
type Period struct{ From, To evtx.Filetime }

// Widen widens first..last by at; 0 is no time.
func Widen(first, last, at evtx.Filetime) (evtx.Filetime, evtx.Filetime) {
	if at == 0 {
		return first, last
	}
	if first == 0 || at < first {
		first = at
	}
	return first, max(last, at)
}
