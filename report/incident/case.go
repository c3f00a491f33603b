package incident

import (
	"cmp"
	"strings"

	"hunt/evtx"
	"hunt/report"
	"hunt/report/decision"
)

// Case is what incidents are made from.
type Case struct {
	Findings  []Finding
	Hosts     []Host // those that findings and movements name
	HostsMore int    // how many more hosts the evidence has
	Domain    string // shared by all hosts of the evidence, with its dot; "" if they share none
	Movements []Movement
	// Spread says on how many hosts of the evidence a value was seen, whatever the findings say: hubs are judged by
	// it. A missing value was not counted.
	Spread map[Value]Spread
	// Decisions are the examiner's, in order; the first split that names a finding applies to it.
	Decisions []decision.Decision
	Known     []decision.Known // what the examiner knows about the network

	bonds []bond // what the decisions keep together
}

// short is the name of a host without the domain that all have in common.
func (c *Case) short(host string) string { return strings.TrimSuffix(host, c.Domain) }

// Spread is on how many hosts of the evidence a value was seen.
type Spread struct {
	Hosts int
	More  bool // it may be on others
}

// on says on how many hosts a value is of which findings were made on some.
func (s Spread) on(found, all int) string {
	least := ""
	if s.More || s.Hosts < found {
		least = "at least "
	}
	return "on " + least + report.Thousands(max(s.Hosts, found)) + " of " + report.Count(all, "host", "hosts")
}

// Finding is a finding with the facts that can join it to others.
type Finding struct {
	ID         string
	Rule       string // id
	RuleName   string // "" if it has none
	Means      string // what a match of the rule means, in sentences; "" if its file does not say
	Source     string // what logged its events, as a person calls it: "Sysmon", "Security" …
	Severity   report.Severity
	Confidence report.Confidence
	Why        []string      // why that confidence, in sentences
	Status     report.Status // suppressed findings take no part
	Steps      int           // of its rule
	Linked     bool          // lineage or provenance links its steps
	Counted    bool          // its rule counts: its events need not be related
	Run        bool          // of events that one rule matched one by one
	Title      string
	Act        Act // what the title says: the same for all findings with that content, on whatever host
	Techniques []report.Technique
	Events     []Event // in order of time; a finding without any joins nothing
}

// Act is the content of a title, as a hash: findings with the same act say the same, on whatever host.
type Act [32]byte

// Event is an event of a finding.
type Event struct {
	ID      string // of the report's event, "" if the report does not list it
	Where   string // for such an event: which record of which file it is
	Title   string // of a run's event: what a finding of it alone would be called; "" if not known
	Act     Act    // the act of Title
	Key     EventKey
	Host    string
	At      evtx.Filetime
	Process *Process // nil if not known
	// For an event caused by a process that serves nobody else: the key of the process.
	Actor   ProcessKey
	LogonID string   // of the session that the record itself names, "" if it names none
	Session *Session // nil if not known, or if it is one of the system's own
	Account Account
	Cleared bool      // it shows that a log was cleared
	Refused bool      // the logon that it reports failed: Account is who somebody tried to be
	Script  ScriptKey // the script block it is part of

	Wrote []Artefact // what it made
	Used  []Artefact // what it ran, loaded or opened

	Values      []Value // indicators that it carries
	Guessed     []Value // those among Values that come from another record of the same seconds
	Stock       []Value // hashes of what calls itself a program of Microsoft: they join nothing and are told
	Privileged  bool    // its session has the privileges of an administrator
	DomainAdmin bool    // its account was an administrator of the domain

	// Remote says that somebody made it over the network, and the record does not name the session: a service was
	// installed, or System wrote a file.
	Remote bool

	Made    []Account // that it shows as created or renamed
	Changed []Account // that it shows as enabled, as a group's new member, or with another password or attributes

	Ticket Ticket // that it shows as granted

	Burst Artefact // the remote command, service or task that it shows, the same on all hosts; without a name if none
}

// Ticket is a Kerberos ticket for a host, granted to somebody who asked for it from an address.
type Ticket struct {
	Service string // account that it is for, such as SRV-02$; "" if the event shows none
	Host    string // that the account is of, "" if it is not in the evidence
	Address string
}

// Artefact is what an event made, used or ran on a host.
type Artefact struct {
	Kind ArtefactKind
	Name string // a file's path in lower case, the name of a service or task, a command line
}

// String is the artefact as a sentence names it: `file c:\users\public\a.exe`.
func (a Artefact) String() string { return string(a.Kind) + " " + a.Name }

// Base is the name without its directory.
func (a Artefact) Base() string { return a.Name[strings.LastIndexByte(a.Name, '\\')+1:] }

func (a Artefact) compare(b Artefact) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
}

// ArtefactKind is a kind of artefacts, as a sentence names it.
type ArtefactKind string

// The kinds.
const (
	ArtefactFile      ArtefactKind = "file"
	ArtefactAutostart ArtefactKind = "autostart" // a file that something is to start later
	ArtefactService   ArtefactKind = "service"
	ArtefactTask      ArtefactKind = "task"
	ArtefactCommand   ArtefactKind = "command"
	ArtefactConsumer  ArtefactKind = "WMI event consumer"
	ArtefactPipe      ArtefactKind = "named pipe" // it lives as long as a program keeps it open
)

// Process is the process that an event is about.
type Process struct {
	Key  ProcessKey
	Name string
	// Common processes join nothing by themselves: shells of a session, hosts of services, browsers.
	Common bool
	// Endless says that no end is logged: as far as the logs show, it had not ended when the logs of its host end.
	Endless bool
	// Inferred says that its start is not logged, so it is unknown whether it ended.
	Inferred bool
	Line     []ProcessKey // keys of its ancestors up to the first common one, which is not among them; the parent first
}

// Session is a logon session on a host, within one run of the system. UAC's linked pair is one session.
type Session struct {
	Key      SessionKey
	LogonID  string
	Personal bool // one person's work: he logged on at the machine or over Remote Desktop
	Brief    bool // a network logon of under ten minutes, or one under which a process was started
	Programs int  // distinct programs that it started
}

// Account is the account that an event speaks of.
type Account struct {
	Key  string // the SID, else the folded name; "" if not known
	Name string // as people read it
	Kind AccountKind
}

// AccountKind distinguishes people from machines.
type AccountKind uint8

// The kinds. Only persons join findings by their account.
const (
	AccountUnknown AccountKind = iota
	AccountPerson
	AccountShared // the built-in Administrator and others that several people use
	AccountService
	AccountMachine
	AccountSystem
	AccountAnonymous
)

// Value is an indicator.
type Value struct {
	Kind ValueKind
	Text string
}

// String is the value as a sentence names it: `sha256 ab12…`.
func (v Value) String() string { return string(v.Kind) + " " + v.Text }

// shownHash is how many characters of a hash a sentence has: the events of an edge have all.
const shownHash = 12

// short is the value as a sentence names it in which a whole hash would be in the way: `sha256 ab12ef001122…`.
func (v Value) short() string {
	switch v.Kind {
	case ValueKind(report.IndicatorSHA256), ValueKind(report.IndicatorSHA1), ValueKind(report.IndicatorMD5):
		return string(v.Kind) + " " + report.Ellipsis(v.Text, shownHash+1)
	}
	return v.String()
}

// Compare orders values by kind and text.
func (v Value) Compare(o Value) int {
	return cmp.Or(cmp.Compare(v.Kind, o.Kind), cmp.Compare(v.Text, o.Text))
}

// ValueKind is a kind of values: a type of indicators, or ValueFileName.
type ValueKind string

// ValueFileName is the name of a file without its directory.
const ValueFileName ValueKind = "file name"

// ValueAddress is an IP address.
const ValueAddress ValueKind = "ip"

// Host is a host of the evidence.
type Host struct {
	ID               string
	First, Last      evtx.Filetime // of its logs
	DomainController bool
	EndsLogged       bool   // ends of processes are logged there
	Lacks            string // what its logs lack for telling how something began, in words; "" if nothing
}

// Movement is a logon on one host that came from another or from an address or, without From and Address, one over the
// network whose record does not say where it came from: whoever made something on the host may have come with one of
// these.
type Movement struct {
	From    string // host of the evidence, "" if none is known to have had the address then
	Address string // where the logon says that it came from, or a server against which a process used credentials
	To      string // host of the evidence, "" if it is none
	Account Account
	At      evtx.Filetime // by the clock of To, or by that of From if To has no record
	Left    evtx.Filetime // by the clock of From, if a record there has it; 0 = unknown
	Session SessionKey    // of the logon on To, zero if not known
	LogonID string        // of that session
	Way     Way
	By      Account  // who asked for it on From, if a record names somebody other than Account
	Process *Process // the process that asked for it on From, nil if unknown
	Proof   string   // why From had the address, in words
	Source  string   // the record that has Address if that of the logon does not, in words
	// the client named itself; else From follows from Address, which is nobody's if many share it
	Claimed bool

	place int // in the order of all
}

// String names the kind as reports do.
func (k AccountKind) String() string {
	return [...]string{AccountUnknown: "unknown", AccountPerson: "person", AccountShared: "shared",
		AccountService: "service", AccountMachine: "machine",
		AccountSystem: "system", AccountAnonymous: "anonymous"}[k]
}
