package ledger

import (
	"hunt/evtx"
	"hunt/timeline/ecs"
)

// Clock says which time orders events.
type Clock string

// The clocks.
const (
	ClockCreated Clock = "created" // System/TimeCreated: when the event was written
	ClockUTC     Clock = "utc"     // Sysmon's EventData/UtcTime where there is one: when it happened
)

func (c Clock) ECS() ecs.Clock {
	if c == ClockUTC {
		return ecs.ClockUTC
	}
	return ecs.ClockCreated
}

// Of returns the time of an event on the clock; 0 if the record has none that is plausible.
func (c Clock) Of(ev *ecs.Event) evtx.Filetime {
	if c == ClockUTC {
		if t := ev.UTC(); t != 0 {
			return t
		}
	}
	t, _ := ev.Record.Time()
	return t
}
