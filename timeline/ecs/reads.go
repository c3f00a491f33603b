package ecs

import "hunt/evtx"

// Reads appends the positions of the Data from which the values of a field are made. They hold for e
// and for all other events of its class with the template of its record, as long as none of their
// fields is Set and their values are not shifted. Apart from these Data, the values depend only on
// the System properties in common, which the events of a log often share. ok is false for fields that
// depend on anything else.
func (e *Event) Reads(f Field, dst []int) (at []int, common evtx.Common, ok bool) {
	var x extractor
	if f > noField && f < numFields {
		x = e.Class.def.extract[e.Class.def.byField[f]]
	}
	if common, ok = readsCommon[x.op]; ok || f <= noField {
		return dst, common, true
	}
	switch {
	case f >= numFields:
		dst, ok = e.dynamicReads(f, dst)
	case x.op == 0:
		dst, ok = e.unmappedReads(f, dst)
	default:
		dst, ok = e.readsData(&x, dst)
	}
	return dst, 0, ok
}

// readsCommon says on which System properties those operations depend that read no Data.
var readsCommon = map[op]evtx.Common{opConst: 0, opPending: 0, opVersion: evtx.CommonVersion, opLevel: evtx.CommonLevel,
	opOpcode: evtx.CommonOpcode, opTask: evtx.CommonTask, opKeywords: evtx.CommonKeywords,
	opOutcome: evtx.CommonKeywords, opComputer: evtx.CommonComputer, opSystemUser: evtx.CommonUser,
	opPendingUser: evtx.CommonUser}

// readsData is Reads for a field that is extracted from Data alone.
func (e *Event) readsData(x *extractor, dst []int) (at []int, ok bool) {
	switch x.op {
	case opChannel, opProvider, opEventID, opDataset:
		return dst, !e.Class.overflow
	case opHash:
		if dst, ok = reads(dst, e.Record.DataIndex("HashType")); !ok {
			return dst, false
		}
	case opPendingText, opPendingLast:
	default:
		if x.op >= opTimestamp {
			return dst, false
		}
	}
	for _, slot := range x.slots {
		if dst, ok = reads(dst, e.shape.at(slot)); !ok {
			return dst, false
		}
	}
	return dst, true
}

func (e *Event) dynamicReads(f Field, dst []int) (at []int, ok bool) {
	if int(f) >= len(e.schema.fields) || e.schema.kinds[f] >= kindKnown {
		return dst, true
	}
	if e.schema.kinds[f] == kindLike {
		return dst, false
	}
	return reads(dst, e.schema.dynamicIndex(f, e.Record))
}

func (e *Event) unmappedReads(f Field, dst []int) (at []int, ok bool) {
	name := fieldTable[f].name
	if len(name) <= len(eventDataPrefix) || name[:len(eventDataPrefix)] != eventDataPrefix || e.Record.IsUserData() {
		return dst, true
	}
	return reads(dst, dataIndex(e.Record, name[len(eventDataPrefix):]))
}

// reads appends a position that dataIndex gave; ok is false if it depends on the record.
func reads(dst []int, at int) (_ []int, ok bool) {
	if at >= 0 {
		dst = append(dst, at)
	}
	return dst, at >= -1
}
