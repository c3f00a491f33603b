package evtx

import "hunt/evtx/binxml"

// TimeSource says where the time of an event comes from.
type TimeSource uint8

const (
	TimeLogged  TimeSource = iota // TimeCreated, in the event itself
	TimeWritten                   // the record's header: TimeCreated is absent, unreadable or impossible
	TimeNone                      // neither is plausible
)

// String returns the source as documents name it.
func (s TimeSource) String() string {
	switch s {
	case TimeLogged:
		return "time-created"
	case TimeWritten:
		return "record-header"
	}
	return "none"
}

// maxAhead is how far the time of an event may lie after that of its record. The service writes records as events
// arrive, so real logs show seconds; a clock that was set back in between, or a wrong one on another host, explains
// months at most. A time more than a year ahead says nothing.
const maxAhead = 365 * 24 * 3600 * TicksPerSecond

// plausibleTime reports whether a record could have been written at that time. EVTX came with Windows Vista; hosts
// with a dead clock battery start in 1980 or 2000.
func plausibleTime(ticks uint64) bool {
	const y1980, y2100 = 119_600_064_000_000_000, 157_469_184_000_000_000
	return ticks >= y1980 && ticks < y2100
}

// Believes reports whether something in the record can have happened at that time: between 1980 and 2100, and no
// more than a year after the record was written, if its header says when that was. A record may report the past,
// however long ago: events are forwarded and exported late. A time after 2100 is believed if the header agrees
// within a day, because then the host's clock really showed it.
func (r *Record) Believes(t Filetime) bool {
	const day, y1980, last = 86_400 * TicksPerSecond, 119_600_064_000_000_000, 2_650_467_743_999_999_999
	if !plausibleTime(uint64(t)) {
		return t >= y1980 && t < last-day && max(t, r.Written)-min(t, r.Written) <= day
	}
	return t <= r.Written || !plausibleTime(uint64(r.Written)) || t-r.Written <= maxAhead
}

// Time returns the time of the event: TimeCreated or, if that is absent or implausible, the time in the record's
// header. If neither is plausible, it returns 0.
func (r *Record) Time() (Filetime, TimeSource) {
	if t := r.TimeCreated(); r.Believes(t) {
		return t, TimeLogged
	}
	if plausibleTime(uint64(r.Written)) {
		return r.Written, TimeWritten
	}
	return 0, TimeNone
}

// TimeText returns TimeCreated as text, as the record has it, "" if it has none.
func (r *Record) TimeText() string { return r.fresh(binxml.TimeCreated) }
