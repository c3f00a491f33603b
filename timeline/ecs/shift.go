package ecs

import (
	"bytes"
	"math"

	"hunt/evtx"
	"hunt/evtx/binxml"
	"hunt/timeline/ecs/notation"
)

// Some records, mostly forwarded ones, lack a value of their event's definition
// or have one too many, and all values behind it stand under the name of their
// neighbour: the label S-1-16-16384 is then the name of the parent process. It
// shows in the types: a SID stands where a path belongs, and the name behind
// it is the one of a SID. From the first value that may be a neighbour's on,
// the fields of such an event are missing, and hunt.shifted names them; the raw
// Data stay in documents.

// form is what a Data of that name looks like, whatever it says.
type form uint8

const (
	formAny    form = iota // unknown
	formText               // any text
	formPlain              // text that is no SID, GUID or number by itself: command lines, paths, addresses
	formMarker             // %%1936, or the text for it
	formSID
	formNumber  // in either form
	formHex     // 0x3e7
	formDecimal // 3
	formGUID
	formBool
	formTime
	formPlace   // of values: text that is a path from a root, or an address
	formNothing // of values: empty or "-", which any Data can be

	formNative form = 0x80 // of values: the type says it, not the look of a text
)

// forms are those of the Data of Security and Sysmon events; of other names nothing is known.
var forms = func() map[string]form {
	out := make(map[string]form)
	for f, names := range map[form]string{
		formSID:    "SubjectUserSid TargetUserSid TargetSid MemberSid ServiceSid UserSid DomainSid MandatoryLabel RemoteUserID RemoteMachineID",
		formNumber: "NewProcessId ProcessId ProcessID SourceProcessId TargetProcessId ParentProcessId",
		formHex: "SubjectLogonId TargetLogonId LogonId LogonID TargetLinkedLogonId HandleId SourceHandleId TargetHandleId GrantedAccess Status SubStatus " +
			"TicketOptions TicketEncryptionType",
		formDecimal: "SourceThreadId NewThreadId LogonType KeyLength TerminalSessionId IpPort SourcePort DestinationPort DestPort EventIdx EventCountTotal " +
			"QueryStatus FilterRTID LayerRTID",
		formGUID:   "LogonGuid TargetLogonGuid TransactionId ProcessGuid ParentProcessGuid SourceProcessGuid SourceProcessGUID TargetProcessGuid TargetProcessGUID",
		formBool:   "Initiated SourceIsIpv6 DestinationIsIpv6",
		formTime:   "UtcTime CreationUtcTime PreviousCreationUtcTime NewTime PreviousTime",
		formMarker: "TokenElevationType ImpersonationLevel VirtualAccount ElevatedToken FailureReason Direction LayerName",
		formPlain: "NewProcessName ParentProcessName ProcessName CommandLine ParentCommandLine Image ParentImage SourceImage TargetImage ImageLoaded " +
			"TargetFilename CurrentDirectory TargetObject Hashes IntegrityLevel CallTrace PipeName Application IpAddress SourceIp DestinationIp " +
			"SourceAddress DestAddress",
		formText: "SubjectUserName SubjectDomainName TargetUserName TargetDomainName LogonProcessName AuthenticationPackageName WorkstationName " +
			"TransmittedServices LmPackageName TargetServerName TargetInfo RestrictedAdminMode TargetOutboundUserName TargetOutboundDomainName " +
			"RemoteCredentialGuard RuleName FileVersion Description Product Company OriginalFileName User ParentUser SourceUser TargetUser",
	} {
		for name := range bytes.FieldsSeq([]byte(names)) {
			out[string(name)] = f
		}
	}
	return out
}()

const (
	// maxForms bounds the Data that are looked at; no event of these providers has more.
	maxForms = 64
	// maxShift is by how many places values are looked for beside their own.
	maxShift = 2
	// noShift says that all values of an event stand under their names.
	noShift = math.MaxInt
)

// formsOf returns the forms of a record's Data by position, and the position whose value alone can
// show that nothing is shifted, -1 if none can: the last that is told from both its neighbours.
func formsOf(r *evtx.Record) (expected []form, sentinel int) {
	n := r.NumData()
	if n > maxForms || r.IsUserData() {
		return nil, -1
	}
	typed := 0
	for i := range n {
		f := forms[r.DataAt(i).Name]
		if f >= formSID {
			typed++
		}
		expected = append(expected, f)
	}
	if typed < 2 {
		return nil, -1
	}
	for i := n - 1; i > 0; i-- {
		if f := expected[i]; f >= formSID {
			if mistaken(expected[i-1], f) || i+1 < n && mistaken(expected[i+1], f) {
				return expected, -1
			}
			return expected, i
		}
	}
	return expected, -1
}

// mistaken reports whether the value of a neighbour can pass for one of that form.
func mistaken(neighbour, own form) bool {
	return fits(neighbour, own, true) || neighbour == formNumber && (own == formHex || own == formDecimal)
}

// believed returns the position of the first Data that may have a neighbour's value, noShift if
// there is none. The texts that it reads are w's for the rest of the event.
func (s *shape) believed(w *workspace, r *evtx.Record) int {
	if s.forms == nil || s.sentinel >= 0 && fits(w.formOf(r, s.sentinel), s.forms[s.sentinel], true) {
		return noShift
	}
	var found [maxForms]form
	wrong, native := -1, uint32(0)
	for i := range s.forms {
		if found[i] = w.formOf(r, i); found[i]&formNative != 0 {
			native |= 1 << (found[i] &^ formNative)
		}
	}
	for i, want := range s.forms {
		if f := found[i]; (f == formSID || f == formGUID) && f != want && native&(1<<f) != 0 {
			found[i] = formText // a shifted value would have its type
		}
		if wrong < 0 && !fits(found[i], want, false) {
			wrong = i
		}
	}
	if wrong < 0 {
		return noShift
	}
	for by := 1; by <= maxShift; by++ {
		for _, d := range [...]int{by, -by} {
			if from := shiftedFrom(found[:len(s.forms)], s.forms, d); from <= wrong {
				return from
			}
		}
	}
	return noShift
}

// formOf returns the form of a record's Data.
func (w *workspace) formOf(r *evtx.Record, at int) form {
	const longest = 400 // bytes of a value that is looked at: a SID has 184 characters at most
	f := r.DataAt(at)
	v, ok := f.Value()
	if !ok {
		return formText
	}
	switch v.Type {
	case binxml.TypeNull:
		return formNothing
	case binxml.TypeSID:
		return formSID | formNative
	case binxml.TypeGUID:
		return formGUID | formNative
	case binxml.TypeBool:
		return formBool | formNative
	case binxml.TypeFiletime, binxml.TypeSystemTime:
		return formTime | formNative
	case binxml.TypeString:
		if form, ok := formOfStart(v.Data); ok || len(v.Data) > longest {
			return form
		}
		return formOfText(w.text(f, at))
	case binxml.TypeBinary, binxml.TypeBinXML, binxml.TypeEvtXML:
		return formText
	// some log an id as a wide number
	case binxml.TypeHexInt32, binxml.TypeHexInt64, binxml.TypeSizeT, binxml.TypeUint64:
		return formHex | formNative
	}
	return formDecimal | formNative
}

// formOfStart tells the form of most texts by the first characters of their UTF-16; where it
// cannot, the form is that of a long text.
func formOfStart(b []byte) (form, bool) {
	if len(b) < 2 {
		return formNothing, true
	}
	if b[1] != 0 {
		return formText, true
	}
	switch c := b[0]; {
	case c == '-' && len(b) == 2:
		return formNothing, true
	case c == '\\', len(b) > 6 && b[2] == ':' && b[4] == '\\':
		return formPlace, true
	case c|0x20 == 's', c|0x20 == 't', c|0x20 == 'f':
		return formText, false
	case c|0x20 >= 'a' && c|0x20 <= 'z':
		return formText, true
	}
	return formText, false
}

// formOfText returns the form of a text.
func formOfText(text []byte) form {
	switch {
	case notation.SaysNothing(text):
		return formNothing
	case bytes.HasPrefix(text, []byte("S-1-")) && notation.OnlyBytes(text[len("S-1-"):], "0123456789-"):
		return formSID
	case text[0] == '{' && text[len(text)-1] == '}' && notation.IsBareGUID(text[1:len(text)-1]):
		return formGUID
	case bytes.HasPrefix(text, []byte("%%")) && notation.OnlyBytes(text[2:], "0123456789"):
		return formMarker
	}
	if _, ok := notation.ParseInt(text); ok {
		if bytes.HasPrefix(text, []byte("0x")) {
			return formHex
		}
		return formDecimal
	}
	if _, ok := notation.ParseBool(text); ok {
		return formBool
	}
	if _, ok := notation.ParseTime(text); ok {
		return formTime
	}
	if text[0] == '\\' || len(text) > 3 && text[1] == ':' && text[2] == '\\' {
		return formPlace
	}
	if notation.OnlyBytes(text, "0123456789abcdefABCDEF:.%") {
		if _, ok := notation.PlainIP(text); ok {
			return formPlace
		}
	}
	return formText
}

// shiftedFrom returns the first position from which on all values fit the names d places further
// on, if that explains a value which does not fit its own; else noShift.
func shiftedFrom(found, want []form, d int) int {
	from, explained := noShift, false
	for i := len(found) - 1; i >= 0; i-- {
		switch at := i + d; {
		case at >= len(want) && found[i] != formNothing: // the names of values that are gone have none
			return noShift
		case at >= 0 && at < len(want):
			if !fits(found[i], want[at], false) {
				if d < 0 { // here begin the values that are too many, and they may be any
					from = max(0, i+d+1)
				}
				return explainedFrom(from, explained)
			}
			explained = explained || fits(found[i], want[at], true) &&
				// no account or domain is named 0x3e7
				(!fits(found[i], want[i], false) || found[i] == formHex && want[i] == formText)
		}
		from = i
	}
	return explainedFrom(from, explained)
}

func explainedFrom(from int, explained bool) int {
	if explained {
		return from
	}
	return noShift
}

// fits reports whether a value of a form can be that of a Data; with proof, whether its form says so.
func fits(found, want form, proof bool) bool {
	native := found&formNative != 0
	found &^= formNative
	switch {
	case want >= formMarker && found == want, want == formNumber &&
		(found == formHex || found == formDecimal), want == formPlain && found == formPlace:
		return true
	case proof:
		return false
	case found == formNothing || want == formAny:
		return true
	case native:
		return false
	case want == formText:
		return found == formText || found == formMarker || found == formHex || found == formDecimal ||
			found == formBool || found == formPlace
	case want == formMarker, want == formPlain:
		return found == formText
	}
	return false
}
