package host

import (
	"slices"

	"hunt/evtx"
	"hunt/timeline/ledger"
)

// Span is the time that the bulk of the records covers, and what lies outside it. Duplicates are not counted.
type Span struct {
	From, To evtx.Filetime // 0 if no record has a time

	Image              int // records from the time when the installation image was built
	ImageFrom, ImageTo evtx.Filetime
	ImageNames         []string // the names that they carry, sorted

	Apart              int // the few records whose times are far from all others
	ApartFrom, ApartTo evtx.Filetime

	// records of days before From, which the clocks of their hosts showed once they had been set back
	SetBack                int
	SetBackFrom, SetBackTo evtx.Filetime // the first and the last of these days, whole
}

const (
	// apartDays is how many days without a record separate a few records from the rest.
	apartDays = 90
	// apartShare is the fraction of all records that counts as few: one in so many, but at least apartLeast.
	apartShare, apartLeast = 1000, 3
)

// island is a run of days with records that lie no more than apartDays from each other.
type island struct {
	count       int
	first, last ledger.Day
}

// findBulk finds the time that the bulk of the records covers. Set aside are records under a name that Windows gives
// to an image before it is installed, if the machine has a name of its own that begins later; the few records whose
// times lie months from all others; and, on a machine whose clock was set back, those of the time that it then
// showed.
func (s *Set) findBulk(l *ledger.Ledger) {
	span := &s.bulk
	days := ledger.DayTable{}
	image := map[int32]bool{}
	own := s.firstOwn()
	for i, f := range l.Facts {
		if h := s.Of(f.Computer, f.File-1); f.Count <= 0 || h == nil || !h.builtAs(f.Computer) && !h.onlyBuilt(own) {
			continue
		}
		image[int32(i)] = true
		span.Image += f.Count
		span.ImageFrom, span.ImageTo = ledger.Widen(span.ImageFrom, span.ImageTo, f.First)
		span.ImageFrom, span.ImageTo = ledger.Widen(span.ImageFrom, span.ImageTo, f.Last)
		span.ImageNames = append(span.ImageNames, f.Computer)
	}
	span.ImageNames = ledger.Distinct(span.ImageNames)
	none, _ := ledger.DayOf(0)
	for _, d := range l.Days {
		if d.Count > 0 && d.Day != none && !image[d.Fact] && l.Facts[d.Fact].First != 0 {
			days.Add([]ledger.DayCount{{Day: d.Day, Count: d.Count}})
		}
	}
	bulk := span.bulk(days.Sorted())
	inside := func(at evtx.Filetime) bool {
		d, _ := ledger.DayOf(at)
		return at != 0 && d >= bulk.first && d <= bulk.last
	}
	for i, f := range l.Facts {
		if image[int32(i)] || f.Count <= 0 {
			continue
		}
		for _, at := range []evtx.Filetime{f.First, f.Last} {
			switch {
			case inside(at):
				span.From, span.To = ledger.Widen(span.From, span.To, at)
			case span.Apart > 0:
				span.ApartFrom, span.ApartTo = ledger.Widen(span.ApartFrom, span.ApartTo, at)
			}
		}
	}
	// The first event of a kind can lie apart while the next one is on the first day of the bulk: then only the day
	// is known.
	if first, _ := ledger.DayOf(span.From); bulk.count > 0 && (span.From == 0 || first > bulk.first) &&
		bulk.first.Bounded() {
		span.From = bulk.first.Start()
	}
	if last, _ := ledger.DayOf(span.To); bulk.count > 0 && (span.To == 0 || last < bulk.last) && bulk.last.Bounded() {
		span.To = (bulk.last + 1).Start() - 1
	}
}

// Beyond reports whether a silence lies between the bulk and records that were set aside.
func (s *Span) Beyond(q ledger.Silence) bool {
	return s.Apart > 0 && s.From != 0 && (q.From.Start() < s.From || q.To.Start() > s.To)
}

// bulk returns the days of all records except the few that lie apart, which it counts.
func (s *Span) bulk(days []ledger.DayCount) island {
	var islands []island
	total := 0
	for _, d := range days {
		total += d.Count
		if n := len(islands); n > 0 && d.Day <= islands[n-1].last+apartDays {
			islands[n-1].count += d.Count
			islands[n-1].last = d.Day
		} else {
			islands = append(islands, island{d.Count, d.Day, d.Day})
		}
	}
	few := max(total/apartShare, apartLeast)
	for len(islands) > 1 {
		end := 0
		if last := len(islands) - 1; islands[last].count < islands[0].count {
			end = last
		}
		x := islands[end]
		if few -= x.count; few < 0 || x.count*2 >= total {
			break
		}
		s.Apart += x.count
		if end == 0 {
			islands = islands[1:]
		} else {
			islands = islands[:end]
		}
	}
	if len(islands) == 0 {
		return island{}
	}
	return island{total - s.Apart, islands[0].first, islands[len(islands)-1].last}
}

// builtAs reports whether a name is the one that a host's installation image had when it was built, a day or more
// before the host began under its own.
func (h *Host) builtAs(name string) bool {
	if len(h.Aliases) < 2 || h.Aliases[0].Use != NameCurrent || h.Aliases[0].First == 0 {
		return false
	}
	for _, a := range h.Aliases[1:] {
		if a.Name == name {
			return a.Use == NameSetup && a.Last+ledger.TicksPerDay < h.Aliases[0].First
		}
	}
	return false
}

// onlyBuilt reports whether all names of a host are those of images, and nothing connects them to a machine of the
// case; all of these begin a day or more later.
func (h *Host) onlyBuilt(own evtx.Filetime) bool {
	return own > h.Last+ledger.TicksPerDay &&
		!slices.ContainsFunc(h.Aliases, func(n Alias) bool { return !shared(n.Name) })
}

// firstOwn returns the first time of the hosts with a name that is not that of an image, 0 if there is none.
func (s *Set) firstOwn() evtx.Filetime {
	first := evtx.Filetime(0)
	for _, h := range s.All {
		if slices.ContainsFunc(h.Aliases, func(n Alias) bool { return !shared(n.Name) }) && h.First != 0 &&
			(first == 0 || h.First < first) {
			first = h.First
		}
	}
	return first
}

// Bulk returns the time that the bulk of the records covers according to the clocks.
func (s *Set) Bulk() *Span { return &s.bulk }

// Span returns the time that the bulk of the records covers. If clocks were set back, it begins with what was written
// first.
func (s *Set) Span() Span {
	span := s.bulk
	first, back := evtx.Filetime(0), false
	for _, h := range s.All {
		from := h.First
		if back = back || h.clock != nil; h.clock == nil {
			from = max(from, span.From)
		}
		if from != 0 && (first == 0 || from < first) {
			first = from
		}
	}
	if back {
		from := span.From
		span.From = max(span.From, min(first, span.To))
		span.countSetBack(s.All, from)
	}
	return span
}

// countSetBack counts the records of the days from one time up to the span, of hosts whose clocks were set back.
func (s *Span) countSetBack(hosts []*Host, from evtx.Filetime) {
	begin, _ := ledger.DayOf(from)
	end, _ := ledger.DayOf(s.From)
	for _, h := range hosts {
		if h.clock == nil || begin >= end {
			continue
		}
		for i := range h.Events {
			for _, d := range h.Events[i].Days {
				if d.Day < begin || d.Day >= end || !d.Day.Bounded() {
					continue
				}
				s.SetBack += d.Count
				s.SetBackFrom, s.SetBackTo = ledger.Widen(s.SetBackFrom, s.SetBackTo, d.Day.Start())
				s.SetBackFrom, s.SetBackTo = ledger.Widen(s.SetBackFrom, s.SetBackTo, (d.Day+1).Start()-1)
			}
		}
	}
}
