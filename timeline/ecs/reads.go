package ecs

// Reads appends the positions of the Data that the values of a field are made of, as long as nothing
// of the event is Set and its values are not shifted: in e and in all other events of its class and
// the template of its record. Beside these they depend on nothing but version, level, opcode, task,
// keywords, computer and user of the record's System; ok is false of fields of which that is not so.
func (e *Event) Reads(f Field, dst []int) (at []int, ok bool) {
	switch {
	case f <= noField:
		return dst, true
	case f >= numFields:
		return e.dynamicReads(f, dst)
	}
	d := e.Class.def
	i := d.byField[f]
	if i == 0 {
		return e.unmappedReads(f, dst)
	}
	x := &d.extract[i]
	switch x.op {
	case opConst, opPending, opVersion, opLevel, opOpcode, opTask, opKeywords, opOutcome, opComputer,
		opSystemUser, opPendingUser:
		return dst, true
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
		if dst, ok = reads(dst, e.shape.pos[slot]); !ok {
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
