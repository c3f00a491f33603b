package ecs

import (
	"bytes"
	"strconv"

	"hunt/evtx"
	"hunt/timeline/ecs/code"
)

// extract appends the values that x gets from the event.
func (e *Event) extract(x *extractor, dst []Value) []Value {
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
			dst = append(dst, Int(n))
		}
		return dst
	case opJoinPath:
		return e.joinPath(x, dst)
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
		if value, ok := e.work.bareHash(text, hashType, x.arg); ok {
			dst = append(dst, String(e.work.string(value)))
		}
		return dst
	}
	return e.work.convert(x, text, dst)
}

// convert appends the values that x makes of a text.
func (w *workspace) convert(x *extractor, text []byte, dst []Value) []Value {
	from := len(dst)
	one := func(b []byte, ok bool) []Value {
		if !ok || len(b) == 0 {
			return dst
		}
		return append(dst, String(w.string(b)))
	}
	switch x.op {
	case opText:
		return append(dst, String(w.string(text)))
	case opIP:
		return one(plainIP(text))
	case opBool:
		if v, ok := parseBool(text); ok {
			dst = append(dst, Bool(v))
		}
	case opBase:
		return one(base(bytes.TrimRight(text, `"`))) // WMI quotes the program of its consumers
	case opLast:
		return one(lastComponent(text), true)
	case opDirectory:
		return one(directory(text))
	case opExtension:
		return one(extension(text))
	case opNameExtension:
		return one(nameExtension(text))
	case opUserName:
		return one(userName(text), true)
	case opUserDomain:
		return one(userDomain(text))
	case opAccount:
		return one(account(text), true)
	case opCommonName:
		return append(dst, String(commonName(string(text))))
	case opHash:
		return one(w.hashOf(text, x.arg))
	case opArgs:
		return w.appendArgs(dst, text)
	case opArgsBoth:
		return w.appendBothArgs(dst, text)
	case opArgsCount:
		return append(dst, Int(int64(countArgs(text))))
	case opArgsCountBoth:
		return appendBothCounts(dst, text)
	case opTable:
		if s, ok := x.table.Text(text); ok {
			dst = append(dst, String(s))
		}
	case opTableOrText:
		if s, ok := x.table.Text(text); ok {
			return append(dst, String(s))
		}
		return append(dst, String(w.string(text)))
	case opBoth:
		dst = append(dst, String(w.string(text)))
		if s, ok := x.table.Text(text); ok {
			dst = append(dst, String(s))
		}
	case opFlags:
		if n, ok := parseInt(text); ok {
			dst = appendFlags(dst, x.table, n)
		}
	case opList:
		for item := range bytes.FieldsSeq(text) {
			dst = append(dst, String(w.string(item)))
		}
	case opCodeList:
		for item := range bytes.FieldsSeq(text) {
			dst = append(dst, String(w.string(item)))
			if bare, ok := bytes.CutPrefix(item, []byte("%%")); ok {
				dst = append(dst, String(w.string(bare)))
			}
		}
	case opCodeText:
		for item := range code.Items(text) {
			if s, ok := x.table.Text(item); ok {
				dst = appendNew(dst, from, String(s))
			} else {
				dst = appendNew(dst, from, String(w.string(bytes.TrimPrefix(item, []byte("%%")))))
			}
		}
	case opAccessMask:
		return appendAccessMask(dst, text)
	case opTime:
		if t, ok := parseTime(text); ok {
			dst = append(dst, Time(t))
		}
	case opEqual:
		return append(dst, Bool(bytes.EqualFold(text, []byte(x.arg))))
	case opInt:
		if n, ok := parseInt(text); ok {
			dst = append(dst, Int(n))
		}
	case opInvocations:
		for item := range invocations(text) {
			dst = append(dst, String(w.string(item)))
		}
	case opScriptLength, opScriptSymbols, opScriptEntropy, opScriptNormalized, opScriptDeviation:
		return w.appendMeasure(dst, text, x.op)
	case opHive:
		return one(registryHive(text))
	case opKeyPath:
		return one(registryKey(text))
	case opValueName:
		return one(base(text))
	case opRegType:
		return append(dst, String(registryType(text)))
	case opRegStrings:
		return w.appendRegistryData(dst, text)
	case opDirection:
		if v, ok := parseBool(text); ok {
			direction := "ingress"
			if v {
				direction = "egress"
			}
			dst = append(dst, String(direction))
		}
	case opIPVersion:
		if v, ok := parseBool(text); ok {
			version := "ipv4"
			if v {
				version = "ipv6"
			}
			dst = append(dst, String(version))
		}
	case opAnswerData, opAnswerType, opResolvedIP:
		return w.appendAnswers(dst, text, x.op)
	case opDomain, opSubdomain, opTLD:
		return one(domainPart(text, x.op))
	case opPath:
		return one(w.normalPath(text), true)
	case opOwnerPath:
		if streamStart(text) < len(text) {
			return one(w.normalPath(text), true)
		}
	case opDefenderPath, opDefenderName, opDefenderNormal:
		if path, ok := defenderFile(text); ok {
			return w.convert(&extractor{op: pathOps[x.op-opDefenderPath]}, path, dst)
		}
	case opZone:
		return one(zoneValue(text, x.arg))
	case opZoneInt:
		if v, ok := zoneValue(text, x.arg); ok {
			if n, ok := parseInt(v); ok {
				dst = append(dst, Int(n))
			}
		}
	}
	return dst
}

// keyOps are what opKey and its kin do with the value they found.
var keyOps = [...]op{opText, opInt, opUserName, opUserDomain, opArgs, opArgsCount, opBase, opDirectory, opExtension}

// extractKey appends what x makes of its key's value in a block.
func (e *Event) extractKey(x *extractor, dst []Value) []Value {
	at := e.shape.pos[x.slots[0]]
	b := e.work.block(at)
	if !b.current {
		text, ok := e.textAt(at)
		if !ok {
			return dst
		}
		var end []byte
		if len(x.slots) > 1 {
			end, _ = e.textAt(e.shape.pos[x.slots[1]])
		}
		b.read(x.layout, text, end)
		b.current = true
	}
	if x.op == opKeyAmbiguous {
		return b.appendAmbiguous(dst)
	}
	if v, ok := b.value(x.key); ok {
		return e.work.convert(&extractor{op: keyOps[x.op-opKey]}, v, dst)
	}
	return dst
}

// pathOps are what opDefenderPath and its kin do with the path they found.
var pathOps = [...]op{opText, opBase, opPath}

// first returns the first usable text among the extractor's Data. The bytes are
// the workspace's until the next event.
func (e *Event) first(x *extractor) ([]byte, bool) {
	for _, slot := range x.slots {
		if text, ok := e.textAt(e.shape.pos[slot]); ok {
			return text, true
		}
	}
	return nil, false
}

// textAt returns the text of the field at a position, false if it is absent or
// says nothing: empty, "-" or the zero GUID, which Elastic drops first of all.
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
	return text, !saysNothing(text)
}

// zeroGUID is what Windows writes for an absent GUID.
const zeroGUID = "{00000000-0000-0000-0000-000000000000}"

func saysNothing(text []byte) bool {
	switch len(text) {
	case 0:
		return true
	case 1:
		return text[0] == '-'
	case len(zeroGUID):
		return string(text) == zeroGUID
	}
	return false
}

// number returns the first Data that is a number, read from its binary value
// where it has one.
func (e *Event) number(x *extractor) (int64, bool) {
	for _, slot := range x.slots {
		at := e.shape.pos[slot]
		if at < 0 || at >= e.believed {
			continue
		}
		if v, ok := e.Record.DataAt(at).Value(); ok {
			if n, ok := v.Uint(); ok {
				return int64(n), true // Windows has no negative pid, port or count
			}
		}
		if text, ok := e.textAt(at); ok {
			if n, ok := parseInt(text); ok {
				return n, true
			}
		}
	}
	return 0, false
}

// extractEach appends the values of all the extractor's Data, each once.
func (e *Event) extractEach(x *extractor, dst []Value) []Value {
	from := len(dst)
	for _, slot := range x.slots {
		text, ok := e.textAt(e.shape.pos[slot])
		if !ok {
			continue
		}
		switch x.op {
		case opEachIP:
			text, ok = plainIP(text)
		case opEachAccount:
			text = account(userName(text))
		case opEachHash:
			dst = e.work.appendHashes(dst, from, text)
			continue
		}
		if ok && len(text) > 0 {
			dst = appendNew(dst, from, String(e.work.string(text)))
		}
	}
	return dst
}

// maxDistinct bounds the search for a value that is there already. Fields that
// ask for distinct values have a handful; a crafted list would cost the square
// of its length. Values beyond it are kept, repeated or not.
const maxDistinct = 256

// appendNew appends v unless dst[from:] has it.
func appendNew(dst []Value, from int, v Value) []Value {
	for i := from; i < min(len(dst), from+maxDistinct); i++ {
		if dst[i] == v {
			return dst
		}
	}
	return append(dst, v)
}

// joinPath appends "a\b" for the Data a and b; b alone where a is missing.
func (e *Event) joinPath(x *extractor, dst []Value) []Value {
	var path []byte
	if dir, ok := e.textAt(e.shape.pos[x.slots[0]]); ok {
		path = append(path, bytes.TrimSuffix(bytes.TrimPrefix(dir, []byte(`\??\`)), []byte(`\`))...)
	}
	name, ok := e.textAt(e.shape.pos[x.slots[1]])
	if !ok {
		return dst
	}
	if len(path) > 0 {
		path = append(path, '\\')
	}
	return append(dst, String(e.work.string(append(path, name...))))
}

// registryObject appends the name of an audited object if it is a registry key:
// the first Data is the name, the second the type.
func (e *Event) registryObject(x *extractor, dst []Value) []Value {
	kind, ok := e.textAt(e.shape.pos[x.slots[1]])
	isKey := ok && bytes.EqualFold(kind, []byte("Key"))
	name, ok := e.textAt(e.shape.pos[x.slots[0]])
	if !ok || !isKey && len(trimKernelRoot(name)) == len(name) {
		return dst
	}
	return append(dst, String(e.work.string(name)))
}

// extractSystem appends values of the record's System element.
func (e *Event) extractSystem(x *extractor, dst []Value) []Value {
	r := e.Record
	text := func(s string) []Value {
		if s == "" || s == zeroGUID {
			return dst
		}
		return append(dst, String(s))
	}
	switch x.op {
	case opTimestamp:
		if e.clock == ClockUTC {
			if t := e.UTC(); t != 0 {
				return append(dst, Time(t))
			}
		}
		t, _ := r.Time()
		return appendTime(dst, t)
	case opCreated:
		t, _ := r.Time()
		return appendTime(dst, t)
	case opRecordID:
		return append(dst, String(strconv.FormatUint(r.EventRecordID(), 10)))
	case opComputer:
		return text(r.Computer())
	case opProviderGUID:
		return text(r.ProviderGUID())
	case opActivityID:
		return text(r.ActivityID())
	case opExecutionPID:
		return append(dst, Int(int64(r.ProcessID())))
	case opExecutionTID:
		return append(dst, Int(int64(r.ThreadID())))
	case opSystemUser:
		return text(r.UserID())
	case opVersion:
		return append(dst, Int(int64(r.Version())))
	case opLevel:
		return append(dst, String(code.Level(r.Level())))
	case opOpcode:
		return append(dst, String(code.Opcode(r.Opcode())))
	case opTask:
		if parts := e.Class.def.taskText(); parts != "" {
			return append(dst, String(parts))
		}
		if task := r.Task(); task != 0 {
			return append(dst, String(strconv.Itoa(int(task))))
		}
		return dst
	case opKeywords:
		return appendKeywords(dst, r.Keywords())
	case opOutcome:
		return appendOutcome(dst, r.Keywords())
	case opShifted:
		return e.AppendShifted(dst)
	case opMessage:
		return append(dst, e.message())
	case opChannel:
		if e.Class.overflow {
			return text(r.Channel())
		}
		return append(dst, e.Class.channel...)
	case opProvider:
		if e.Class.overflow {
			return text(r.Provider())
		}
		return append(dst, e.Class.provider...)
	case opEventID:
		if e.Class.overflow {
			return append(dst, String(strconv.FormatUint(uint64(r.EventID()), 10)))
		}
		return append(dst, e.Class.code...)
	case opDataset:
		if e.Class.overflow {
			return append(dst, String(datasetOf(r.Channel())))
		}
		return append(dst, e.Class.dataset...)
	}
	return dst
}

func appendTime(dst []Value, t evtx.Filetime) []Value {
	if t == 0 {
		return dst
	}
	return append(dst, Time(t))
}

// extractPending appends what the record says, or that history has to tell.
func (e *Event) extractPending(x *extractor, dst []Value) []Value {
	switch x.op {
	case opPendingText, opPendingLast:
		if text, ok := e.first(x); ok {
			if x.op == opPendingLast {
				text = lastComponent(text)
			}
			return append(dst, String(e.work.string(text)))
		}
	case opPendingUser:
		if e.strict || e.settled {
			if id := e.Record.UserID(); id != "" {
				dst = append(dst, String(id))
			}
			return dst
		}
	}
	if e.settled {
		return dst
	}
	return append(dst, Value{Kind: KindPending})
}

// appendFlags appends the words for the bits of a number.
func appendFlags(dst []Value, t *code.Table, n int64) []Value {
	for s := range t.Flags(uint64(n)) {
		dst = append(dst, String(s))
	}
	return dst
}

// appendAccessMask appends the words for a mask, given as a number or, as 4674
// does, as a list of %% codes.
func appendAccessMask(dst []Value, text []byte) []Value {
	from := len(dst)
	for item := range bytes.FieldsSeq(text) {
		if n, ok := parseInt(item); ok {
			dst = appendFlags(dst, code.AccessMask, n)
		} else if s, ok := code.Audit.Text(item); ok {
			dst = appendNew(dst, from, String(s))
		}
	}
	return dst
}
