package ecs

import (
	"bytes"
	"strconv"

	"hunt/timeline/ecs/code"
	"hunt/timeline/ecs/notation"
	"hunt/timeline/ecs/powershell"
)

// convert appends the values that x makes of a text.
func (w *workspace) convert(x *extractor, text []byte, dst []Value) []Value {
	switch x.op {
	case opText:
		return append(dst, String(w.string(text)))
	case opCommonName:
		return append(dst, String(notation.CommonName(string(text))))
	case opTable:
		if s, ok := x.table.Text(text); ok {
			dst = append(dst, String(s))
		}
		return dst
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
		return dst
	case opRegType:
		return append(dst, String(notation.RegistryType(text)))
	case opDirection:
		return appendChoice(dst, text, "egress", "ingress")
	case opIPVersion:
		return appendChoice(dst, text, "ipv6", "ipv4")
	case opInt, opBool, opTime, opEqual, opArgsCount, opZoneInt, opEndpointPort:
		if v, ok := scalar(x, text); ok {
			dst = append(dst, v)
		}
		return dst
	case opArgs, opArgsBoth, opArgsCountBoth, opFlags, opList, opCodeList, opCodeText, opAccessMask, opInvocations,
		opRegStrings, opAnswerData, opAnswerType, opResolvedIP:
		return w.appendAll(x, text, dst)
	case opScriptLength, opScriptSymbols, opScriptEntropy, opScriptNormalized, opScriptDeviation:
		return w.appendMeasure(dst, text, x.op)
	case opDefenderPath, opDefenderName, opDefenderNormal:
		if path, ok := notation.DefenderFile(text); ok {
			return w.convert(&extractor{op: pathOps[x.op-opDefenderPath]}, path, dst)
		}
		return dst
	}
	if b, ok := w.part(x, text); ok && len(b) > 0 {
		dst = append(dst, String(w.string(b)))
	}
	return dst
}

// pathOps are what opDefenderPath and its kin do with the path they found.
var pathOps = [...]op{opText, opBase, opPath}

// appendChoice appends one of two words for a boolean.
func appendChoice(dst []Value, text []byte, yes, no string) []Value {
	v, ok := notation.ParseBool(text)
	switch {
	case !ok:
		return dst
	case v:
		return append(dst, String(yes))
	}
	return append(dst, String(no))
}

// scalar returns the value of an op that makes a number, a truth or a time.
func scalar(x *extractor, text []byte) (v Value, ok bool) {
	switch x.op {
	case opInt:
		n, ok := notation.ParseInt(text)
		return Int(n), ok
	case opEndpointPort:
		if _, port, ok := notation.Endpoint(text); ok && len(port) > 0 {
			n, ok := notation.ParseInt(port)
			return Int(n), ok
		}
	case opBool:
		b, ok := notation.ParseBool(text)
		return Bool(b), ok
	case opTime:
		t, ok := notation.ParseTime(text)
		return Time(t), ok
	case opEqual:
		return Bool(bytes.EqualFold(text, []byte(x.arg))), true
	case opArgsCount:
		return Int(int64(notation.CountArguments(text))), true
	case opZoneInt:
		if text, ok = notation.ZoneValue(text, x.arg); ok {
			n, ok := notation.ParseInt(text)
			return Int(n), ok
		}
	}
	return v, false
}

// part returns the part of a text that an op takes, or another form of it. The bytes are the
// workspace's until the next text.
func (w *workspace) part(x *extractor, text []byte) (part []byte, ok bool) {
	switch x.op {
	case opIP:
		return notation.PlainIP(text)
	case opEndpoint:
		ip, _, ok := notation.Endpoint(text)
		return ip, ok
	case opSSHUser:
		l, ok := notation.ParseSSHLogon(text)
		return l.User, ok
	case opSSHAddress:
		l, ok := notation.ParseSSHLogon(text)
		return l.Address, ok
	case opBase:
		return notation.Base(bytes.TrimRight(text, `"`)) // WMI quotes the program of its consumers
	case opLast:
		return notation.LastComponent(text), true
	case opDirectory:
		return notation.Directory(text)
	case opExtension:
		return notation.Extension(text)
	case opNameExtension:
		return notation.NameExtension(text)
	case opUserName:
		return notation.UserName(text), true
	case opUserDomain:
		return notation.UserDomain(text)
	case opAccount:
		return notation.Account(text), true
	case opHash:
		if value, ok := notation.Hash(text, x.arg); ok {
			return w.lower(value), true
		}
	case opHive:
		return notation.RegistryHive(text)
	case opKeyPath:
		return notation.RegistryKey(text)
	case opValueName:
		return notation.Base(text)
	case opDomain:
		return notation.RegisteredDomain(text)
	case opSubdomain:
		return notation.Subdomain(text)
	case opTLD:
		return notation.PublicSuffix(text)
	case opPath:
		return w.normalPath(text), true
	case opOwnerPath:
		if notation.StreamStart(text) < len(text) {
			return w.normalPath(text), true
		}
	case opZone:
		return notation.ZoneValue(text, x.arg)
	}
	return nil, false
}

// normalPath returns a path in the one form that hunt joins on. The bytes are the workspace's.
func (w *workspace) normalPath(path []byte) (normal []byte) {
	if w == nil {
		normal, _ = notation.NormalPath(nil, path)
		return normal
	}
	normal, w.buf2 = notation.NormalPath(w.buf2, path)
	return normal
}

// lower returns b in lower case. The bytes are the workspace's.
func (w *workspace) lower(b []byte) []byte {
	if w == nil {
		return bytes.ToLower(b)
	}
	w.buf2 = notation.AppendLower(w.buf2[:0], b)
	return w.buf2
}

// appendAll appends the values of an op that makes several of a text.
func (w *workspace) appendAll(x *extractor, text []byte, dst []Value) []Value {
	from := len(dst)
	switch x.op {
	case opArgs:
		return w.appendArgs(dst, text)
	case opArgsBoth:
		return w.appendBothArgs(dst, text)
	case opArgsCountBoth:
		return appendBothCounts(dst, text)
	case opFlags:
		if n, ok := notation.ParseInt(text); ok {
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
	case opInvocations:
		for item := range powershell.Invocations(text) {
			dst = append(dst, String(w.string(item)))
		}
	case opRegStrings:
		return w.appendRegistryData(dst, text)
	case opAnswerData, opAnswerType, opResolvedIP:
		return w.appendAnswers(dst, text, x.op)
	}
	return dst
}

// Args returns the values of process.args and process.args_count that Security
// 4688 gives a command line, none for an empty one: the arguments of both
// splitters, each once, and the count of each where they differ. It is for
// enrichment, which learns a parent's command line from another record.
func Args(commandLine string) (args, counts []Value) {
	if commandLine == "" {
		return nil, nil
	}
	line := []byte(commandLine)
	return (*workspace)(nil).appendBothArgs(nil, line), appendBothCounts(nil, line)
}

// appendBothCounts appends the number of arguments by both splitters.
func appendBothCounts(dst []Value, line []byte) []Value {
	from := len(dst)
	dst = append(dst, Int(int64(notation.CountBlankSeparated(line))))
	return appendNew(dst, from, Int(int64(notation.CountArguments(line))))
}

// appendArgs appends the arguments of a command line.
func (w *workspace) appendArgs(dst []Value, line []byte) []Value {
	var scratch []byte
	if w != nil {
		scratch = w.buf2
	}
	for range notation.MaxArguments {
		arg, rest, ok := notation.NextArgument(scratch[:0], line)
		if !ok {
			break
		}
		dst = append(dst, String(w.string(arg)))
		scratch, line = arg, rest
	}
	if w != nil {
		w.buf2 = scratch
	}
	return dst
}

// fewArgs is the number of arguments up to which they are compared with each other rather than put
// into a map.
const fewArgs = 32

// appendBothArgs appends the arguments as Elastic's mapping of Security 4688
// splits them, then those that the C runtime gives and the first list lacks, so
// that a rule finds an argument whichever form it expects.
func (w *workspace) appendBothArgs(dst []Value, line []byte) []Value {
	from := len(dst)
	for rest, n, more := line, 0, true; more && n < notation.MaxArguments; n++ {
		var arg []byte
		arg, rest, more = notation.NextBlankSeparated(rest)
		dst = append(dst, String(w.string(arg)))
	}
	first := len(dst)
	dst = w.appendArgs(dst, line)
	kept := dst[:first]
	if len(dst)-from <= fewArgs {
		for _, v := range dst[first:] {
			kept = appendNew(kept, from, v)
		}
		return kept
	}
	seen := make(map[string]bool, first-from)
	for _, v := range kept[from:] {
		seen[v.Str] = true
	}
	for _, v := range dst[first:] {
		if !seen[v.Str] {
			seen[v.Str] = true
			kept = append(kept, v)
		}
	}
	return kept
}

// appendRegistryData appends the data of Sysmon's Details. Rules are written
// for decimal numbers (the integration) and for hexadecimal ones of eight digits
// (winlogbeat), hence both; text is itself, and binary data are not logged.
func (w *workspace) appendRegistryData(dst []Value, details []byte) []Value {
	if n, digits, ok := notation.RegistryNumber(details); ok {
		return append(dst, String(strconv.FormatUint(n, 10)), String(notation.HexText(n, digits)))
	}
	if notation.IsRegistryBinary(details) {
		return dst
	}
	return append(dst, String(w.string(details)))
}

// appendAnswers appends the data, types or addresses of Sysmon's QueryResults.
func (w *workspace) appendAnswers(dst []Value, results []byte, what op) []Value {
	from := len(dst)
	for a := range notation.Answers(results) {
		switch {
		case what == opAnswerData && len(a.Data) > 0:
			dst = append(dst, String(w.string(a.Data)))
		case what == opResolvedIP && a.IsIP:
			dst = appendNew(dst, from, String(w.string(a.Data)))
		case what != opAnswerType:
		case a.Type != nil:
			if name, ok := code.DNSTypes.Text(a.Type); ok {
				dst = append(dst, String(name))
			} else {
				dst = append(dst, String(w.string(a.Type)))
			}
		case a.IsIP && bytes.IndexByte(a.Data, ':') < 0:
			dst = append(dst, String("A"))
		case a.IsIP:
			dst = append(dst, String("AAAA"))
		}
	}
	return dst
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
		if n, ok := notation.ParseInt(item); ok {
			dst = appendFlags(dst, code.AccessMask, n)
		} else if s, ok := code.Audit.Text(item); ok {
			dst = appendNew(dst, from, String(s))
		}
	}
	return dst
}
