package logon

import (
	"cmp"
	"strings"

	"hunt/evtx"
	"hunt/report/identity"
	"hunt/report/incident"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/ecs/notation"
	"hunt/timeline/ecs/scalar"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
)

// Result says how a logon ended.
type Result string

// The results.
const (
	Success    Result = "success"
	Failure    Result = "failure"
	Attempt    Result = "attempt"    // the record does not tell whether it came to a logon
	End        Result = "end"        // of a session
	Disconnect Result = "disconnect" // the session goes on
	Privilege  Result = "privileges" // of a logon
	Shell      Result = "shell"      // of a session
)

// Counts reports whether records with that result are logons, and not about what became of one.
func (r Result) Counts() bool { return r == Success || r == Failure || r == Attempt }

// Types of logons beside those that Windows numbers, in the words of the columns.
const (
	typeExplicit   = "explicit credentials"
	typeTicket     = "Kerberos ticket"
	typeService    = "Kerberos service ticket"
	typeNTLM       = "NTLM check"
	typeSession    = "terminal session"
	typeReconnect  = "terminal session, reconnected"
	typeConnection = "Remote Desktop connection"
	typePort       = "Remote Desktop port"
	typeOutgoing   = "Remote Desktop to another host"
	typeGateway    = "Remote Desktop gateway"
	typeShell      = "WinRM shell"
	typeSSH        = "SSH"
)

// moreTypes are words for the types of logons that Elastic's mapping has none for. Source: winnt.h,
// SECURITY_LOGON_TYPE.
var moreTypes = map[string]string{"0": "System", "12": "CachedRemoteInteractive", "13": "CachedUnlock"}

// Record is an event that reports a logon, its end, or its privileges.
type Record struct {
	At      evtx.Filetime
	Host    string
	Role    ecs.Role
	Account incident.Account
	Source  string // address that it came from, in its shortest form; "" if the record names none
	Client  string // name that the client gave for itself
	Type    string
	Result  Result
	Reason  string // of a failure, a disconnection
	Target  string // host that somebody went to
	ID      string // logon id; of a terminal session its number
	Linked  string // logon id of the other session of UAC's pair
	Ref     evtx.Ref

	boot, stretch uint64
	next          evtx.Filetime // start of the system after it
	terminal      bool          // ID is the number of a terminal session
}

// told are the roles of events that report logons, and what they tell where it is the same for all.
var told = map[ecs.Role]struct {
	kind   string
	result Result
}{
	ecs.RoleLogon:               {"", Success},
	ecs.RoleFailedLogon:         {"", Failure},
	ecs.RoleExplicitCredentials: {typeExplicit, Attempt},
	ecs.RoleLogoff:              {"", End},
	ecs.RoleSpecialPrivileges:   {"", Privilege},
	ecs.RoleTicketRequested:     {typeTicket, Success},
	ecs.RoleServiceTicket:       {typeService, Success},
	ecs.RolePreauthFailed:       {typeTicket, Failure},
	ecs.RoleCredentialsChecked:  {typeNTLM, Success},
	ecs.RoleSessionLogon:        {typeSession, Success},
	ecs.RoleSessionShell:        {typeSession, Shell},
	ecs.RoleSessionLogoff:       {typeSession, End},
	ecs.RoleSessionReconnected:  {typeReconnect, Success},
	ecs.RoleSessionDisconnected: {typeSession, Disconnect},
	ecs.RoleRemoteConnection:    {typeConnection, Attempt},
	ecs.RoleConnectionAccepted:  {typePort, Attempt},
	ecs.RoleConnectionRefused:   {typePort, Failure},
	ecs.RoleOutgoingConnection:  {typeOutgoing, Attempt},
	ecs.RoleGatewayConnection:   {typeGateway, Success},
	ecs.RoleRemoteShell:         {typeShell, Success},
	ecs.RoleSSH:                 {typeSSH, Success},
}

// Tells reports whether events with that role are about logons.
func Tells(role ecs.Role) bool {
	_, ok := told[role]
	return ok
}

// recordOf reads an event; ok is false if it is not about a logon.
func recordOf(e *timeline.Event) (r Record, ok bool) {
	what, ok := told[e.Class.Role]
	if !ok {
		return r, false
	}
	r = Record{At: e.At, Host: e.Host.ID, Role: e.Class.Role, Type: what.kind, Result: what.result, Ref: e.Ref}
	boot, next, _ := e.Host.BootOf(e.Event, e.At)
	stretch, _ := e.Stretch()
	r.boot, r.next, r.stretch = uint64(boot), next, uint64(stretch)
	if a, ok := Plain(text(e, ecs.SourceIP)); ok {
		r.Source = a.String()
	}
	r.Account = identity.AccountOf(named(text(e, ecs.UserDomain), text(e, ecs.UserName)), text(e, ecs.UserID))
	r.Client = text(e, ecs.SourceDomain)
	switch e.Class.Role {
	case ecs.RoleLogon, ecs.RoleFailedLogon, ecs.RoleLogoff:
		r.logon(e)
	case ecs.RoleSpecialPrivileges:
		r.ID = ledger.LogonID(e.Said("SubjectLogonId"))
	case ecs.RoleExplicitCredentials:
		r.explicit(e)
	case ecs.RoleTicketRequested, ecs.RoleServiceTicket, ecs.RolePreauthFailed, ecs.RoleCredentialsChecked:
		r.asked(e)
	case ecs.RoleOutgoingConnection:
		r.Target = e.Said("Value")
	case ecs.RoleGatewayConnection:
		r.Target = e.Said("Resource")
	case ecs.RoleSSH:
		return r, r.ssh(e.Said("payload"))
	default:
		r.session(e)
	}
	return r, true
}

// logon reads what Security says about logons, failed ones and logoffs.
func (r *Record) logon(e *timeline.Event) {
	number := e.Said("LogonType")
	r.Type = cmp.Or(text(e, ecs.WinlogLogonType), moreTypes[number])
	if r.Type == "" && number != "" {
		r.Type = "type " + number
	}
	r.ID, r.Linked = ledger.LogonID(e.Said("TargetLogonId")), ledger.LogonID(e.Said("TargetLinkedLogonId"))
	if r.Linked == "0x0" {
		r.Linked = ""
	}
	if !host.LogonType(r.Type).ClaimsWorkstation() {
		r.Client = "" // the machine's own name
	}
	if r.Role == ecs.RoleFailedLogon {
		r.Reason = cmp.Or(text(e, ecs.WinlogLogonFailureSubStatus), text(e, ecs.WinlogLogonFailureStatus),
			text(e, ecs.WinlogLogonFailureReason),
			nonZero(e.Said("SubStatus")), nonZero(e.Said("Status")))
	}
}

// explicit reads whose credentials were used, and against which server.
func (r *Record) explicit(e *timeline.Event) {
	if by := r.Account.Name; by != "" {
		r.Reason = "by " + by
	}
	r.Account = identity.AccountOf(named(text(e, ecs.UserEffectiveDomain), text(e, ecs.UserEffectiveName)),
		text(e, ecs.UserEffectiveID))
	if r.Target = e.Said("TargetServerName"); strings.EqualFold(r.Target, "localhost") {
		r.Target = ""
	}
	r.Client = ""
}

// asked reads what a domain controller, or the machine that knows an account, answered.
func (r *Record) asked(e *timeline.Event) {
	status := e.Said("Status")
	if r.Role != ecs.RolePreauthFailed && nonZero(status) != "" || text(e, ecs.EventOutcome) == "failure" {
		r.Result = Failure
	}
	if r.Result == Failure {
		r.Reason = cmp.Or(text(e, ecs.EventDataStatusDescription), text(e, ecs.WinlogLogonFailureStatus), status)
	}
	if r.Role == ecs.RoleServiceTicket {
		r.Target = e.Said("ServiceName")
	}
}

// session reads what Remote Desktop and terminal sessions say.
func (r *Record) session(e *timeline.Event) {
	if r.ID = ledger.LogonID(e.Said("LogonID")); r.ID == "" {
		r.ID, r.terminal = cmp.Or(e.Said("SessionID"), e.Said("TargetSession"), e.Said("Session")), true
	}
	if code := e.Said("Reason"); code != "" {
		r.Reason = "reason " + code
	}
}

// ssh reads a message of OpenSSH's server, which reports a logon or something else.
func (r *Record) ssh(payload string) bool {
	l, ok := notation.ParseSSHLogon([]byte(payload))
	if !ok {
		return false
	}
	r.Type += " (" + string(l.Method) + ")"
	if !l.Accepted {
		r.Result = Failure
	}
	if l.Unknown {
		r.Reason = "no such user"
	}
	return true
}

// nonZero is a status unless it says that all is well.
func nonZero(status string) string {
	if strings.Trim(status, "0x") == "" {
		return ""
	}
	return status
}

func named(domain, user string) string {
	if domain == "" || user == "" || strings.Contains(user, `\`) {
		return user
	}
	return domain + `\` + user
}

func text(e *timeline.Event, f ecs.Field) string { return value(e.Event, f) }

// value is the first value of a field, "" if it has none that is text.
func value(e *ecs.Event, f ecs.Field) string {
	var buf [4]scalar.Value
	vs := e.Values(f, buf[:0])
	if len(vs) == 0 || vs[0].Kind != scalar.KindString {
		return ""
	}
	return vs[0].Str
}

// append appends the record to a row.
func (r *Record) append(dst []byte) []byte {
	for _, n := range []uint64{uint64(r.At), uint64(r.Role), uint64(r.Account.Kind), r.boot, r.stretch, uint64(r.next),
		flag(r.terminal),
		uint64(r.Ref.File), uint64(r.Ref.Chunk), uint64(r.Ref.Offset), r.Ref.HeaderRecordID, r.Ref.EventRecordID,
		flag(r.Ref.Carved)} {
		dst = appendNumber(dst, n)
	}
	for _, part := range []string{r.Host, r.Account.Key, r.Account.Name, r.Source, r.Client, r.Type, string(r.Result),
		r.Reason, r.Target, r.ID, r.Linked} {
		dst = appendPart(dst, part)
	}
	return dst
}

// record reads what append wrote.
func (r *reader) record() Record {
	x := Record{At: evtx.Filetime(r.number()), Role: ecs.Role(r.number())}
	x.Account.Kind = incident.AccountKind(r.number())
	x.boot, x.stretch, x.next, x.terminal = r.number(), r.number(), evtx.Filetime(r.number()), r.number() == 1
	x.Ref = evtx.Ref{File: int32(r.number()), Chunk: int32(r.number()), Offset: int64(r.number()),
		HeaderRecordID: r.number(), EventRecordID: r.number(),
		Carved: r.number() == 1}
	x.Host, x.Account.Key, x.Account.Name, x.Source, x.Client, x.Type = r.part(), r.part(), r.part(), r.part(),
		r.part(), r.part()
	x.Result, x.Reason, x.Target, x.ID, x.Linked = Result(r.part()), r.part(), r.part(), r.part(), r.part()
	return x
}

func flag(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
