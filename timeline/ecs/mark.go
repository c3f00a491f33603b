package ecs

import "hunt/evtx"

// The marks of a document say where it is not simply what the record says:
//
//	hunt.time.source   where @timestamp comes from if TimeCreated (or, with ClockUTC, UtcTime) cannot be believed:
//	                   "record-header", "time-created", or "none" for an event without any time
//	hunt.time.logged   what the record has in its place, as text; missing where it has nothing
//	hunt.altered       true: a surrogate without its other half is U+FFFD in some text
//	hunt.continued     true: the record stands behind the end that the header of its chunk gives, and runs on from
//	                   those before it

// TimeMark says where the event's time comes from if it is not that which the clock of the Mapper
// asks for. logged is what the record has in its place; ok is false where there is nothing to say.
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

// appendMarks appends the marks of the event.
func (e *Event) appendMarks(fields []documentField) []documentField {
	if e.Record.Unpaired() {
		fields = append(fields, documentField{"hunt.altered", "altered", []Value{Bool(true)}})
	}
	if e.Record.Continued {
		fields = append(fields, documentField{"hunt.continued", "continued", []Value{Bool(true)}})
	}
	if source, logged, ok := e.TimeMark(); ok {
		fields = append(fields, documentField{"hunt.time.source", "source", []Value{String(source)}})
		if logged != "" {
			fields = append(fields, documentField{"hunt.time.logged", "logged", []Value{String(logged)}})
		}
	}
	return fields
}
