package ecs

import (
	"bytes"
	"strconv"

	"hunt/evtx"
	"hunt/timeline/ecs/code"
	"hunt/timeline/ecs/notation"
	"hunt/timeline/ecs/scalar"
)

// extract appends the values that x gets from the event.
func (e *Event) extract(x *extractor, dst []scalar.Value) []scalar.Value {
	switch {
	case x.op == opConst:
		return append(dst, x.consts...)
	case x.op >= opPending:
		return e.extractPending(x, dst)
	case x.op >= opTimestamp:
		return e.extractSystem(x, dst)
	case x.op >= opEachText && x.op <= opEachHash:
		return e.extractEach(x, dst)
	case x.op >= opKey && x.op <= opKeyAmbiguous:
		return e.extractKey(x, dst)
	}
	switch x.op {
	case opInt:
		if n, ok := e.number(x); ok {
			dst = append(dst, scalar.Int(n))
		}
		return dst
	case opJoinPath:
		return e.joinPath(x, dst)
	case opLogged:
		if at := e.shape.at(x.slots[0]); at >= 0 && at < e.believed {
			dst = append(dst, scalar.Bool(true))
		}
		return dst
	case opCommunityID:
		return e.communityID(x, dst)
	case opRegistryObject:
		return e.registryObject(x, dst)
	}
	text, ok := e.first(x)
	if !ok {
		return dst
	}
	if x.op == opHash && bytes.IndexByte(text, '=') < 0 {
		hashType, _ := e.textAt(e.Record.DataIndex("HashType"))
		if value, ok := notation.BareHash(text, hashType, x.arg); ok {
			dst = append(dst, e.work.values().Text(e.work.values().Lower(value)))
		}
		return dst
	}
	return e.work.convert(x, text, dst)
}

// keyOps are the ops that opKey and its variants apply to the value that they find.
var keyOps = [...]op{opText, opInt, opUserName, opUserDomain, opArgs, opArgsCount, opBase, opDirectory, opExtension}

// extractKey appends what x makes of its key's value in a block.
func (e *Event) extractKey(x *extractor, dst []scalar.Value) []scalar.Value {
	at := e.shape.at(x.slots[0])
	b, read := e.work.block(at)
	if !read {
		text, ok := e.textAt(at)
		if !ok {
			return dst
		}
		var end []byte
		if len(x.slots) > 1 {
			end, _ = e.textAt(e.shape.at(x.slots[1]))
		}
		b.Read(x.layout, text, end)
		e.work.hasRead(at)
	}
	if x.op == opKeyAmbiguous {
		for name := range b.Ambiguous() {
			dst = append(dst, scalar.String(name))
		}
		return dst
	}
	if v, ok := b.Value(x.key); ok {
		return e.work.convert(&extractor{op: keyOps[x.op-opKey]}, v, dst)
	}
	return dst
}

// first returns the first usable text among the extractor's Data. The bytes belong to the workspace
// and are valid until the next event.
func (e *Event) first(x *extractor) ([]byte, bool) {
	for _, slot := range x.slots {
		if text, ok := e.textAt(e.shape.at(slot)); ok {
			return text, true
		}
	}
	return nil, false
}

// textAt returns the text of the field at a position, false if it is absent or says nothing: empty,
// "-" or the zero GUID, which Elastic drops first of all.
func (e *Event) textAt(at int) ([]byte, bool) {
	f, ok := fieldAt(e.Record, at)
	if !ok || at >= e.believed {
		return nil, false
	}
	var text []byte
	if e.work != nil {
		text = e.work.text(f, at)
	} else {
		text = f.AppendText(nil)
	}
	return text, !notation.SaysNothing(text)
}

// number returns the first Data that is a number, read from its binary value
// where it has one.
func (e *Event) number(x *extractor) (int64, bool) {
	for _, slot := range x.slots {
		at := e.shape.at(slot)
		if at < 0 || at >= e.believed {
			continue
		}
		if v, ok := e.Record.DataAt(at).Value(); ok {
			if n, ok := v.Uint(); ok {
				return int64(n), true // Windows has no negative pid, port or count
			}
		}
		if text, ok := e.textAt(at); ok {
			if n, ok := notation.ParseInt(text); ok {
				return n, true
			}
		}
	}
	return 0, false
}

// extractEach appends the values of all the extractor's Data, without duplicates.
func (e *Event) extractEach(x *extractor, dst []scalar.Value) []scalar.Value {
	from := len(dst)
	for _, slot := range x.slots {
		text, ok := e.textAt(e.shape.at(slot))
		if !ok {
			continue
		}
		switch x.op {
		case opEachIP:
			text, ok = notation.PlainIP(text)
		case opEachAccount:
			text = notation.Account(notation.UserName(text))
		case opEachHash:
			for value := range notation.Hashes(text) {
				dst = scalar.AppendNew(dst, from, e.work.values().Text(e.work.values().Lower(value)))
			}
			continue
		}
		if ok && len(text) > 0 {
			dst = scalar.AppendNew(dst, from, e.work.values().Text(text))
		}
	}
	return dst
}

// joinPath appends "a\b" for the Data a and b, or only b if a is missing.
func (e *Event) joinPath(x *extractor, dst []scalar.Value) []scalar.Value {
	var path []byte
	if dir, ok := e.textAt(e.shape.at(x.slots[0])); ok {
		path = append(path, bytes.TrimSuffix(bytes.TrimPrefix(dir, []byte(`\??\`)), []byte(`\`))...)
	}
	name, ok := e.textAt(e.shape.at(x.slots[1]))
	if !ok {
		return dst
	}
	if len(path) > 0 {
		path = append(path, '\\')
	}
	return append(dst, e.work.values().Text(append(path, name...)))
}

// communityID appends the flow's Community ID. The extractor's Data are protocol, source address and
// port, destination address and port.
func (e *Event) communityID(x *extractor, dst []scalar.Value) []scalar.Value {
	var texts [5][]byte
	for i, slot := range x.slots {
		var ok bool
		if texts[i], ok = e.textAt(e.shape.at(slot)); !ok {
			return dst
		}
	}
	if id, ok := notation.CommunityID(texts[0], texts[1], texts[2], texts[3], texts[4]); ok {
		dst = append(dst, scalar.String(id))
	}
	return dst
}

// registryObject appends the name of an audited object if it is a registry key:
// the first Data is the name, the second the type.
func (e *Event) registryObject(x *extractor, dst []scalar.Value) []scalar.Value {
	kind, ok := e.textAt(e.shape.at(x.slots[1]))
	isKey := ok && bytes.EqualFold(kind, []byte("Key"))
	name, ok := e.textAt(e.shape.at(x.slots[0]))
	if !ok || !isKey && len(notation.TrimKernelRoot(name)) == len(name) {
		return dst
	}
	return append(dst, e.work.values().Text(name))
}

// extractSystem appends values of the record's System element.
func (e *Event) extractSystem(x *extractor, dst []scalar.Value) []scalar.Value {
	r := e.Record
	switch x.op {
	case opTimestamp:
		if e.clock == ClockUTC {
			if t := e.UTC(); t != 0 {
				return append(dst, scalar.Time(t))
			}
		}
		t, _ := r.Time()
		return appendTime(dst, t)
	case opCreated:
		t, _ := r.Time()
		return appendTime(dst, t)
	case opRecordID:
		return append(dst, scalar.String(strconv.FormatUint(r.EventRecordID(), 10)))
	case opComputer:
		return appendSaid(dst, r.Computer())
	case opProviderGUID:
		return appendSaid(dst, r.ProviderGUID())
	case opActivityID:
		return appendSaid(dst, r.ActivityID())
	case opExecutionPID:
		return append(dst, scalar.Int(int64(r.ProcessID())))
	case opExecutionTID:
		return append(dst, scalar.Int(int64(r.ThreadID())))
	case opSystemUser:
		return appendSaid(dst, r.UserID())
	case opVersion:
		return append(dst, scalar.Int(int64(r.Version())))
	case opLevel:
		return append(dst, scalar.String(code.Level(r.Level())))
	case opOpcode:
		return append(dst, scalar.String(code.Opcode(r.Opcode())))
	case opTask:
		if parts := e.Class.def.taskText(); parts != "" {
			return append(dst, scalar.String(parts))
		}
		if task := r.Task(); task != 0 {
			return append(dst, scalar.String(strconv.Itoa(int(task))))
		}
		return dst
	case opKeywords:
		for name := range notation.Keywords(r.Keywords()) {
			dst = append(dst, scalar.String(name))
		}
		return dst
	case opOutcome:
		return appendSaid(dst, notation.Outcome(r.Keywords()))
	case opShifted:
		return e.AppendShifted(dst)
	case opMessage:
		return append(dst, e.message())
	case opChannel, opProvider, opEventID, opDataset:
		return e.ofClass(x.op, dst)
	}
	return dst
}

// ofClass appends what the class of the event knows, unless the class stands for many.
func (e *Event) ofClass(o op, dst []scalar.Value) []scalar.Value {
	c, r := e.Class, e.Record
	if !c.overflow {
		return append(dst, [...][]scalar.Value{c.channel, c.provider, c.code, c.dataset}[o-opChannel]...)
	}
	switch o {
	case opChannel:
		return appendSaid(dst, r.Channel())
	case opProvider:
		return appendSaid(dst, r.Provider())
	case opEventID:
		return appendSaid(dst, strconv.FormatUint(uint64(r.EventID()), 10))
	}
	return appendSaid(dst, datasetOf(r.Channel()))
}

// appendSaid appends a value of System, unless it is empty or "-".
func appendSaid(dst []scalar.Value, s string) []scalar.Value {
	if s == "" || s == notation.ZeroGUID {
		return dst
	}
	return append(dst, scalar.String(s))
}

func appendTime(dst []scalar.Value, t evtx.Filetime) []scalar.Value {
	if t == 0 {
		return dst
	}
	return append(dst, scalar.Time(t))
}

// extractPending appends the value if the record has it, or else one that is pending.
func (e *Event) extractPending(x *extractor, dst []scalar.Value) []scalar.Value {
	switch x.op {
	case opPendingText, opPendingLast:
		if text, ok := e.first(x); ok {
			if x.op == opPendingLast {
				text = notation.LastComponent(text)
			}
			return append(dst, e.work.values().Text(text))
		}
	case opPendingUser:
		if e.strict || e.settled {
			if id := e.Record.UserID(); id != "" {
				dst = append(dst, scalar.String(id))
			}
			return dst
		}
	}
	if e.settled {
		return dst
	}
	return append(dst, scalar.Value{Kind: scalar.KindPending})
}
