package shift

import (
	"bytes"
	"math"

	"hunt/evtx"
	"hunt/evtx/binxml"
	"hunt/timeline/ecs/notation"
)

// form is what a value of a Data looks like, regardless of its content.
type form uint8

const (
	formAny     form = iota // unknown
	formText                // any text
	formCommand             // a command line: as formPlain, but a user can choose it
	formPlain               // text that is not just a SID, GUID or number: paths, addresses
	formMarker              // %%1936, or the text for it
	formSID
	formNumber  // in either form
	formHex     // 0x3e7
	formDecimal // 3
	formGUID
	formBool
	formTime
	formPlace   // of values: text that is a path from a root, or an address
	formNothing // of values: empty or "-", which any Data can be

	formNative form = 0x80 // of values: known from the type, not from the look of a text
	// formLook marks texts that look like a SID or GUID in a record that has typed ones: a user may have chosen
	// the text, or a forwarder may have rendered only some of the values. Such a text fits as either and proves
	// nothing.
	formLook form = 0x40
)

// forms are those of the Data of Security and Sysmon events; nothing is known about other names.
var forms = func() map[string]form {
	out := make(map[string]form)
	for f, names := range map[form]string{
		formSID: "SubjectUserSid TargetUserSid TargetSid MemberSid ServiceSid UserSid DomainSid MandatoryLabel " +
			"RemoteUserID RemoteMachineID",
		formNumber: "NewProcessId ProcessId ProcessID SourceProcessId TargetProcessId ParentProcessId",
		formHex: "SubjectLogonId TargetLogonId LogonId LogonID TargetLinkedLogonId HandleId SourceHandleId " +
			"TargetHandleId GrantedAccess Status SubStatus " +
			"TicketOptions TicketEncryptionType",
		formDecimal: "SourceThreadId NewThreadId LogonType KeyLength TerminalSessionId IpPort SourcePort " +
			"DestinationPort DestPort EventIdx EventCountTotal " +
			"QueryStatus FilterRTID LayerRTID",
		formGUID: "LogonGuid TargetLogonGuid TransactionId ProcessGuid ParentProcessGuid SourceProcessGuid " +
			"SourceProcessGUID TargetProcessGuid TargetProcessGUID",
		formBool: "Initiated SourceIsIpv6 DestinationIsIpv6",
		formTime: "UtcTime CreationUtcTime PreviousCreationUtcTime NewTime PreviousTime",
		formMarker: "TokenElevationType ImpersonationLevel VirtualAccount ElevatedToken FailureReason Direction " +
			"LayerName",
		formPlain: "NewProcessName ParentProcessName ProcessName Image ParentImage SourceImage TargetImage " +
			"ImageLoaded TargetFilename CurrentDirectory TargetObject Hashes IntegrityLevel CallTrace PipeName " +
			"Application IpAddress SourceIp DestinationIp SourceAddress DestAddress",
		formCommand: "CommandLine ParentCommandLine",
		formText: "SubjectUserName SubjectDomainName TargetUserName TargetDomainName LogonProcessName " +
			"AuthenticationPackageName WorkstationName " +
			"TransmittedServices LmPackageName TargetServerName TargetInfo RestrictedAdminMode " +
			"TargetOutboundUserName TargetOutboundDomainName " +
			"RemoteCredentialGuard RuleName FileVersion Description Product Company OriginalFileName User " +
			"ParentUser SourceUser TargetUser",
	} {
		for name := range bytes.FieldsSeq([]byte(names)) {
			out[string(name)] = f
		}
	}
	return out
}()

const (
	// maxForms bounds the Data that are checked; no event of these providers has more.
	maxForms = 64
	// maxShift is the largest number of places by which values are searched for next to their own.
	maxShift = 2
	// None says that all values of a record are under their own names.
	None = math.MaxInt
)

// Shape is what the values of one shape of record look like if nothing is shifted. Immutable.
type Shape struct {
	forms    []form // by position
	sentinel int    // the position that by itself can show that nothing is shifted, -1 if none can
}

// Of returns what the values of a record's shape look like, nil if nothing distinguishes a value from
// its neighbours.
func Of(r *evtx.Record) *Shape {
	n := r.NumData()
	if n > maxForms || r.IsUserData() {
		return nil
	}
	s := &Shape{sentinel: -1}
	typed := 0
	for i := range n {
		f := forms[r.DataAt(i).Name]
		if f >= formSID {
			typed++
		}
		s.forms = append(s.forms, f)
	}
	if typed < 2 {
		return nil
	}
	for i := n - 1; i > 0; i-- { // the last that differs from both its neighbours
		if f := s.forms[i]; f >= formSID {
			if !mistaken(s.forms[i-1], f) && !(i+1 < n && mistaken(s.forms[i+1], f)) {
				s.sentinel = i
			}
			break
		}
	}
	return s
}

// mistaken reports whether the value of a neighbour can pass for one of that form.
func mistaken(neighbour, own form) bool {
	return fits(neighbour, own, true) || neighbour == formNumber && (own == formHex || own == formDecimal)
}

// Text reads the text of a record's Data at a position. It may cache the text for the rest of the
// record: several fields are made from one text.
type Text func(f evtx.Field, at int) []byte

// First returns the position of the first Data of a record of the shape that may have a neighbour's
// value, None if there is none.
func (s *Shape) First(r *evtx.Record, text Text) int {
	if s == nil || s.sentinel >= 0 && fits(formOf(r, s.sentinel, text), s.forms[s.sentinel], true) {
		return None
	}
	var found [maxForms]form
	wrong, native := -1, uint32(0)
	for i := range s.forms {
		if found[i] = formOf(r, i, text); found[i]&formNative != 0 {
			native |= 1 << (found[i] &^ formNative)
		}
	}
	for i, want := range s.forms {
		f := found[i]
		if (f == formSID || f == formGUID) && f != want && native&(1<<f) != 0 && want != formPlain {
			found[i] |= formLook
		}
		if wrong < 0 && !fits(found[i], want, false) {
			wrong = i
		}
	}
	if wrong < 0 {
		return None
	}
	for by := 1; by <= maxShift; by++ {
		for _, d := range [...]int{by, -by} {
			if from := shiftedFrom(found[:len(s.forms)], s.forms, d); from <= wrong {
				return from
			}
		}
	}
	return None
}

// formOf returns the form of a record's Data.
func formOf(r *evtx.Record, at int, text Text) form {
	const longest = 400 // bytes of a value that are examined: a SID has 184 characters at most
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
		return formOfText(text(f, at))
	case binxml.TypeBinary, binxml.TypeBinXML, binxml.TypeEvtXML:
		return formText
	// some log an id as a wide number
	case binxml.TypeHexInt32, binxml.TypeHexInt64, binxml.TypeSizeT, binxml.TypeUint64:
		return formHex | formNative
	}
	return formDecimal | formNative
}

// formOfStart recognises the form of most texts by the first characters of their UTF-16; if it
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

// shiftedFrom returns the first position from which on all values fit the names d places further on,
// if that explains a value which does not fit its own name; otherwise None.
func shiftedFrom(found, want []form, d int) int {
	from, explained := None, false
	for i := len(found) - 1; i >= 0; i-- {
		switch at := i + d; {
		case at >= len(want) && found[i] != formNothing: // the names of values that are gone have none
			return None
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
	return None
}

// fits reports whether a value of a form can be that of a Data; with proof, whether its form proves
// it.
func fits(found, want form, proof bool) bool {
	native, look := found&formNative != 0, found&formLook != 0
	found &^= formNative | formLook
	switch {
	case look:
		return !proof && (found == want || fits(formText, want, false))
	case want >= formMarker && found == want, want == formNumber &&
		(found == formHex || found == formDecimal),
		(want == formPlain || want == formCommand) && found == formPlace:
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
	case want == formMarker, want == formPlain, want == formCommand:
		return found == formText
	}
	return false
}
