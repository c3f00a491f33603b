package ecs

import "hunt/evtx"

// TimeMark says where the event's time comes from, if it is not the source that the clock of the
// Mapper asks for. logged is what the record has in its place; ok is false if there is nothing to
// say.
func (e *Event) TimeMark() (source, logged string, ok bool) {
	_, from := e.Record.Time()
	if e.clock == ClockUTC {
		if t, unusable := e.utc(); unusable {
			text, _ := e.textAt(e.Record.DataIndex("UtcTime"))
			return from.String(), string(text), true
		} else if t != 0 {
			return "", "", false
		}
	}
	if from == evtx.TimeLogged {
		return "", "", false
	}
	return from.String(), e.Record.TimeText(), true
}
