package record

import (
	"hunt/evtx"
	"hunt/evtx/goevtx"
)

// Saying is what the second decoder says about a record.
type Saying string

// What it may say.
const (
	Agrees              Saying = "agrees"
	AgreesButForDefects Saying = "agrees but for known defects" // of golang-evtx
	Disagrees           Saying = "disagrees"
	CannotDecode        Saying = "cannot decode"
	NotAsked            Saying = "not asked"
)

// Second is what the second decoder, golang-evtx, reads where hunt reads a record.
type Second struct {
	NotAsked    string // why it was not asked; "" if it was
	Err         error  // why it cannot decode the record
	Differences []goevtx.Difference
}

// Says sums it up.
func (s *Second) Says() Saying {
	switch {
	case s.NotAsked != "":
		return NotAsked
	case s.Err != nil:
		return CannotDecode
	case len(goevtx.Mismatches(s.Differences)) > 0:
		return Disagrees
	case len(s.Differences) > 0:
		return AgreesButForDefects
	}
	return Agrees
}

// AskSecond has golang-evtx decode a record, which is in that slot, and compares.
func AskSecond(rec *evtx.Record, slot evtx.Slot) Second {
	switch {
	case rec.Strayed:
		return Second{NotAsked: "the record's chunk began elsewhere than its slot, and golang-evtx looks for the " +
			"template only in the slot"}
	case rec.Borrowed:
		return Second{NotAsked: "the record's template is borrowed, and golang-evtx looks for it only in its own place"}
	}
	theirs, err := goevtx.ReadRecord(slot.Data, rec.Ref.Offset-slot.At.Offset)
	if err != nil {
		return Second{Err: err}
	}
	return Second{Differences: goevtx.Compare(viewOf(rec), theirs)}
}

// viewOf flattens a record for the comparison.
func viewOf(rec *evtx.Record) goevtx.View {
	v := goevtx.View{EventRecordID: rec.EventRecordID(), EventID: rec.EventID(), Provider: rec.Provider(),
		Channel:  rec.Channel(),
		Computer: rec.Computer(), TimeCreated: uint64(rec.TimeCreated())}
	for f := range rec.Fields() {
		field := goevtx.Field{Name: f.Name, Text: f.Text()}
		if val, ok := f.Value(); ok {
			field.Type = uint8(val.Type)
			for i := 0; val.Type.IsArray() && i < val.Len(); i++ {
				field.Items = append(field.Items, val.Item(i).String())
			}
		}
		v.Data = append(v.Data, field)
	}
	return v
}
