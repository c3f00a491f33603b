package timeline

import (
	"cmp"

	"hunt/evtx"
	"hunt/timeline/ecs"
)

// What a host's history is made of: compact facts of process starts and ends, logons, and the few
// events that say something about the log itself. They are gathered in any order, sorted per host, and then tell
// parents, identities and sessions that single records leave out.

// fact is what all facts of a history have: the record that says it, of which Computer name, and when.
type fact struct {
	ref      evtx.Ref
	at       evtx.Filetime
	computer string
	content  uint64 // hash of what the record says

	stretch int  // how often the clock had been set back by then; of a table's facts
	unsure  bool // which stretch it is cannot be told
}

func (f *fact) Itself() *fact { return f }

// compare orders facts by their time and what their records say, which copies of a record have in common.
func (f *fact) compare(o *fact) int {
	return cmp.Or(cmp.Compare(f.at, o.at), cmp.Compare(f.ref.EventRecordID, o.ref.EventRecordID), cmp.Compare(f.content, o.content))
}

// procStart is a Sysmon 1 or Security 4688.
type procStart struct {
	fact
	created                 evtx.Filetime
	sysmon                  bool
	pid, ppid               int64
	guid, parentGUID        string // Sysmon's
	executable, parentExe   string
	commandLine, parentLine string
	user, sid, logonID      string // that it runs as
	creator, creatorID      string // 4688: account and logon id of who started it
	owned                   bool   // the record tells whose session it runs in, not only whose started it
	hash                    string // SHA-256 of the image, else whatever the log has
	original                string // OriginalFileName
	channel, provider       string
}

// procEnd is a Sysmon 5 or Security 4689.
type procEnd struct {
	fact
	sysmon     bool
	pid        int64
	guid       string
	executable string
}

// channel is the log that the record is of: Sysmon's is the same everywhere.
func (e *procEnd) channel() string {
	if e.sysmon {
		return ecs.SourceSysmon.Channel()
	}
	return ecs.SourceSecurity.Channel()
}

// logon is a Security 4624, 4625 or 4648, or an end (4634, 4647).
type logon struct {
	fact
	role             ecs.Role // logon, failed logon, explicit credentials or logoff
	user, sid, id    string
	kind             string // LogonType as text
	ip, workstation  string
	subject, subjSID string
	target           string // of explicit credentials: TargetServerName
	linked           string // of a logon: the logon id of the other token of the same user: UAC's pair
}

// notable is an event about the log, the clock or the audit itself.
type notable struct {
	fact
	role              ecs.Role
	channel, provider string
	code              uint32   // the event id, for who looks the record up
	detail            string   // a sentence without its period; "" for a boot, which is not told as a note
	log               string   // the log that was cleared
	stopped           bool     // of Sysmon's state
	audit             ecs.Role // of a change of the audit policy: the events whose logging it ends or begins
	audited           bool     // it begins

	from, to evtx.Filetime // of a change of the clock: what it showed before and after; 0 = not told
	by, sid  string        // of a change of the clock: the account, as far as it is told
	program  string        // of a change of the clock
}

// boots reports whether the event is written once for each start of the system: by the kernel, by the audit, or by the log service,
// which starts with it.
func (n *notable) boots() bool {
	return n.role == ecs.RoleBoot || n.role == ecs.RoleLogServiceStarted || n.role == ecs.RoleUnexpectedShutdown
}

// blindsProcesses reports whether process starts or ends were no longer logged from here on.
func (n *notable) blindsProcesses() bool {
	return (n.audit == ecs.RoleProcessStart || n.audit == ecs.RoleProcessEnd) && !n.audited
}

// source is who wrote the event.
func (n *notable) source() ecs.Source { return ecs.MeaningOf(n.channel, n.provider, n.code).Source }
