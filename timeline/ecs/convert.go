package ecs

import (
	"bytes"

	"hunt/timeline/ecs/notation"
	"hunt/timeline/ecs/powershell"
	"hunt/timeline/ecs/scalar"
)

// convert appends the values that x makes of a text.
func (w *workspace) convert(x *extractor, text []byte, dst []scalar.Value) []scalar.Value {
	switch x.op {
	case opText:
		return append(dst, w.values().Text(text))
	case opCommonName:
		return append(dst, scalar.String(notation.CommonName(string(text))))
	case opTable:
		if s, ok := x.table.Text(text); ok {
			dst = append(dst, scalar.String(s))
		}
		return dst
	case opTableOrText:
		if s, ok := x.table.Text(text); ok {
			return append(dst, scalar.String(s))
		}
		return append(dst, w.values().Text(text))
	case opBoth:
		dst = append(dst, w.values().Text(text))
		if s, ok := x.table.Text(text); ok {
			dst = append(dst, scalar.String(s))
		}
		return dst
	case opRegType:
		return append(dst, scalar.String(notation.RegistryType(text)))
	case opDirection:
		return scalar.AppendChoice(dst, text, "egress", "ingress")
	case opIPVersion:
		return scalar.AppendChoice(dst, text, "ipv6", "ipv4")
	case opInt, opBool, opTime, opEqual, opArgsCount, opZoneInt, opEndpointPort:
		if v, ok := scalarOf(x, text); ok {
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
		dst = append(dst, w.values().Text(b))
	}
	return dst
}

// pathOps are the ops that opDefenderPath and its variants apply to the path that they find.
var pathOps = [...]op{opText, opBase, opPath}

// scalarOf returns the value of an op that makes a number, a boolean or a time.
func scalarOf(x *extractor, text []byte) (v scalar.Value, ok bool) {
	switch x.op {
	case opInt:
		n, ok := notation.ParseInt(text)
		return scalar.Int(n), ok
	case opEndpointPort:
		if _, port, ok := notation.Endpoint(text); ok && len(port) > 0 {
			n, ok := notation.ParseInt(port)
			return scalar.Int(n), ok
		}
	case opBool:
		b, ok := notation.ParseBool(text)
		return scalar.Bool(b), ok
	case opTime:
		t, ok := notation.ParseTime(text)
		return scalar.Time(t), ok
	case opEqual:
		return scalar.Bool(bytes.EqualFold(text, []byte(x.arg))), true
	case opArgsCount:
		return scalar.Int(int64(notation.CountArguments(text))), true
	case opZoneInt:
		if text, ok = notation.ZoneValue(text, x.arg); ok {
			n, ok := notation.ParseInt(text)
			return scalar.Int(n), ok
		}
	}
	return v, false
}

// part returns the part or form of a text that an op asks for. The bytes belong to the
// workspace and are valid until the next text.
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
			return w.values().Lower(value), true
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
		return w.values().NormalPath(text), true
	case opOwnerPath:
		if notation.StreamStart(text) < len(text) {
			return w.values().NormalPath(text), true
		}
	case opZone:
		return notation.ZoneValue(text, x.arg)
	}
	return nil, false
}

// appendAll appends the values of an op that makes several from a text.
func (w *workspace) appendAll(x *extractor, text []byte, dst []scalar.Value) []scalar.Value {
	m := w.values()
	switch x.op {
	case opArgs:
		return m.AppendArgs(dst, text)
	case opArgsBoth:
		return m.AppendBothArgs(dst, text)
	case opArgsCountBoth:
		return scalar.AppendBothCounts(dst, text)
	case opFlags:
		if n, ok := notation.ParseInt(text); ok {
			dst = scalar.AppendFlags(dst, x.table, n)
		}
	case opList:
		return m.AppendItems(dst, text)
	case opCodeList:
		return m.AppendCodes(dst, text)
	case opCodeText:
		return m.AppendCodeTexts(dst, x.table, text)
	case opAccessMask:
		return scalar.AppendAccessMask(dst, text)
	case opInvocations:
		for item := range powershell.Invocations(text) {
			dst = append(dst, m.Text(item))
		}
	case opRegStrings:
		return m.AppendRegistryData(dst, text)
	case opAnswerData:
		return m.AppendAnswerData(dst, text)
	case opAnswerType:
		return m.AppendAnswerTypes(dst, text)
	case opResolvedIP:
		return m.AppendAnswerIPs(dst, text)
	}
	return dst
}
