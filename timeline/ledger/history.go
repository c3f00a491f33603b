package ledger

import (
	"cmp"
	"strconv"
	"strings"

	"hunt/evtx"
	"hunt/timeline/ecs"
)

// What a host's history is made of: compact facts of process starts and ends, logons, and the few events that say
// something about the log itself. They are gathered in any order, sorted per host, and then supply the parents,
// identities and sessions that single records lack.

// Fact is common to all facts of a history: the record that holds it, its Computer name, and when.
type Fact struct {
	Ref      evtx.Ref
	At       evtx.Filetime
	Computer string
	Content  uint64 // hash of what the record says

	Stretch int  // how often the clock had been set back by then; set in a table
	Unsure  bool // it is unknown which stretch it is
}

func (f *Fact) Itself() *Fact { return f }

// compare orders facts by their time and what their records say, which copies of a record have in common.
func (f *Fact) compare(o *Fact) int {
	return cmp.Or(cmp.Compare(f.At, o.At), cmp.Compare(f.Ref.EventRecordID, o.Ref.EventRecordID),
		cmp.Compare(f.Content, o.Content))
}

// FactSize is the memory that a fact takes, in bytes, including the table of its host that is built from it.
const FactSize = 1 << 10

// MaxCommandLine bounds the command lines of a Start, in bytes: for evidence, the record itself is read again.
const MaxCommandLine = 8 << 10

// OneShutdown is how far apart the records of one shutdown lie: System 6006 and Security 1100 are written within a
// second.
const OneShutdown = 5 * 60 * evtx.TicksPerSecond

// Start is a Sysmon 1 or Security 4688.
type Start struct {
	Fact
	Created                 evtx.Filetime
	Sysmon                  bool
	PID, PPID               int64
	GUID, ParentGUID        string // Sysmon's
	Executable, ParentExe   string
	CommandLine, ParentLine string
	User, SID, LogonID      string // under which it runs
	Creator, CreatorID      string // 4688: account and logon id of who started it
	Owned                   bool   // the record says in whose session it runs, not only who started it
	Hash                    string // SHA-256 of the image, or else whatever the log has
	Original                string // OriginalFileName
	Channel, Provider       string
	Aside                   int64 // where the command lines and the hash are if a table keeps them elsewhere
}

// End is a Sysmon 5 or Security 4689.
type End struct {
	Fact
	Sysmon     bool
	PID        int64
	GUID       string
	Executable string
}

// Channel returns the log to which the record belongs: Sysmon's is the same everywhere.
func (e *End) Channel() string {
	if e.Sysmon {
		return ecs.SourceSysmon.Channel()
	}
	return ecs.SourceSecurity.Channel()
}

// LogonID normalises a logon id: 0x3E7, 0x3e7 and 999 are one session.
func LogonID(s string) string {
	n, err := strconv.ParseUint(strings.ToLower(s), 0, 64)
	if err != nil {
		return s
	}
	return "0x" + strconv.FormatUint(n, 16)
}

// Logon is a Security 4624, 4625 or 4648, an end (4634, 4647), or what Remote Desktop says about where somebody
// came from.
type Logon struct {
	Fact
	Role             ecs.Role // logon, failed logon, explicit credentials, logoff, or one of remote access
	User, SID, ID    string
	Kind             string // LogonType as text
	IP, Workstation  string
	Subject, SubjSID string
	Target           string // for explicit credentials and clients: the server that they name
	Linked           string // of a logon: the logon id of the same user's other token, UAC's pair
	Program          string // of explicit credentials: the program that used them
	PID              int64  // and its process id
}

// Notable is an event about the log, the clock or the audit itself.
type Notable struct {
	Fact
	Role              ecs.Role
	Channel, Provider string
	Code              uint32   // the event id, for looking up the record
	Detail            string   // a sentence without its period; "" for a boot, which is not told as a note
	Log               string   // the log that was cleared
	Stopped           bool     // for Sysmon's state
	Audit             ecs.Role // of a change of the audit policy: the events whose logging it ends or begins
	Audited           bool     // it begins

	From, To evtx.Filetime // for a change of the clock: what it showed before and after; 0 = unknown
	By, SID  string        // for a change of the clock: the account, if the record has it
	Program  string        // for a change of the clock
}

// Boots reports whether the event is written once for each start of the system: by the kernel, by the audit, or by
// the log service, which starts with it.
func (n *Notable) Boots() bool {
	return n.Role == ecs.RoleBoot || n.Role == ecs.RoleLogServiceStarted || n.Role == ecs.RoleUnexpectedShutdown
}

// BlindsProcesses reports whether process starts or ends were no longer logged from here on.
func (n *Notable) BlindsProcesses() bool {
	return (n.Audit == ecs.RoleProcessStart || n.Audit == ecs.RoleProcessEnd) && !n.Audited
}

// Source returns who wrote the event.
func (n *Notable) Source() ecs.Source { return ecs.MeaningOf(n.Channel, n.Provider, n.Code).Source }
