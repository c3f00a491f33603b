package report

import (
	"cmp"
	"time"

	"hunt/evtx"
	"hunt/localtime"
)

// Time is RFC 3339 in UTC with seven digits of fraction, or null if the time is unknown.
type Time = *evtx.Filetime

// TimeOf returns a time for the model; 0 means none.
func TimeOf(t evtx.Filetime) Time {
	if t == 0 {
		return nil
	}
	return &t
}

// Widen extends the span from first to last so that it includes t; an unknown time changes nothing.
func Widen(first, last *Time, t Time) {
	if t == nil {
		return
	}
	if *first == nil || *t < **first {
		*first = t
	}
	if *last == nil || *t > **last {
		*last = t
	}
}

// Ticks returns a time as a number, 0 if it is unknown.
func Ticks(t Time) evtx.Filetime {
	if t == nil {
		return 0
	}
	return *t
}

// CompareTimes puts times in order, those that are not known last.
func CompareTimes(a, b Time) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	return cmp.Compare(*a, *b)
}

// Moment returns a time in a layout of package time, or the words for no time.
func Moment(t evtx.Filetime, layout string) string {
	if t == 0 {
		return "time not known"
	}
	return t.Time().Format(layout)
}

// TimeText returns the full-precision text of t, or the words for no time.
func TimeText(t Time) string {
	if t == nil {
		return "time not known"
	}
	return t.String()
}

// Beside returns the same moment in another time zone, as it follows one in UTC: in brackets, without the day if that
// is the same. It is "" without a zone or a time.
func Beside(t Time, zone *time.Location) string {
	if t == nil {
		return ""
	}
	return localtime.Beside(t.Time(), zone)
}

// Zone returns the time zone in which times are shown next to UTC, nil if there is none. A zone that this machine does
// not know counts as none: a report that was made elsewhere may name it.
func (c *Case) Zone() *time.Location {
	if c.TimeZone == "" {
		return nil
	}
	zone, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		return nil
	}
	return zone
}

// UTCIn names the zones of a column of times: "UTC", and the other one.
func UTCIn(zone *time.Location) string {
	if zone == nil {
		return "UTC"
	}
	return "UTC, " + zone.String()
}

// SpanText is a window in words.
func SpanText(from, to Time) string {
	if from == nil && to == nil {
		return "not known"
	}
	if from == nil {
		return "until " + to.String()
	}
	if to == nil {
		return "from " + from.String()
	}
	if *from == *to {
		return from.String()
	}
	return from.String() + " to " + to.String()
}

// SameTime reports whether two times are the same, or both not known.
func SameTime(a, b Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// DurationText is a span in its two largest units.
func DurationText(d evtx.Filetime) string {
	if d < evtx.TicksPerSecond {
		return "0 s"
	}
	return evtx.SpanText(d - d%evtx.TicksPerSecond)
}
