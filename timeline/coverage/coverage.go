package coverage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
)

// SourceState says how far one source of a host could have shown something.
type SourceState string

// The states, spelled as in the JSON report.
const (
	SourcePresent SourceState = "present"
	// logged, but without fields that rules need, or only from when the log was made
	SourcePartly  SourceState = "partly"
	SourceAbsent  SourceState = "absent"  // not one such event, although the log was collected, or no such log
	SourceCleared SourceState = "cleared" // the log was cleared within the time examined
	// its oldest record is younger than the begin of the time that was asked for
	SourceRolled SourceState = "rolled over"
)

// SourceID names a source, also in reports.
type SourceID string

// The sources, in the order of Sources.
const (
	SourceSysmonStart         SourceID = "sysmon-process-start"
	SourceSysmonConnection    SourceID = "sysmon-connection"
	SourceSysmonFile          SourceID = "sysmon-file-created"
	SourceSysmonStream        SourceID = "sysmon-file-stream"
	SourceSysmonDNS           SourceID = "sysmon-dns-query"
	SourceSecurityStart       SourceID = "security-process-start"
	SourceSecurityCommandLine SourceID = "security-command-line"
	SourceSecurityParent      SourceID = "security-parent-name"
	SourceSecurityLogon       SourceID = "security-logon"
	SourceScriptBlock         SourceID = "powershell-script-block"
)

// Source is one kind of telemetry that rules need.
type Source struct {
	ID      SourceID
	Name    string
	From    ecs.Source
	Role    ecs.Role
	Without string // what cannot be seen without it
}

// Sources are the kinds of telemetry that the report's coverage matrix shows, in its order.
var Sources = []Source{
	{SourceSysmonStart, "Sysmon 1 process start", ecs.SourceSysmon, ecs.RoleProcessStart,
		"process starts with parents, command lines and hashes"},
	{SourceSysmonConnection, "Sysmon 3 network connection", ecs.SourceSysmon, ecs.RoleConnection,
		"which process opened which connection"},
	{SourceSysmonFile, "Sysmon 11 file created", ecs.SourceSysmon, ecs.RoleFileCreated,
		"files dropped into Downloads and Temp"},
	{SourceSysmonStream, "Sysmon 15 file stream", ecs.SourceSysmon, ecs.RoleFileStream,
		"the mark of the web and the URL that a file came from"},
	{SourceSysmonDNS, "Sysmon 22 DNS query", ecs.SourceSysmon, ecs.RoleDNSQuery, "names that a process looked up"},
	{SourceSecurityStart, "Security 4688 process start", ecs.SourceSecurity, ecs.RoleProcessStart,
		"process starts on hosts without Sysmon"},
	{SourceSecurityCommandLine, "Security 4688 command line", ecs.SourceSecurity, ecs.RoleProcessStart,
		"what was run, where only 4688 exists (audit policy: include command line)"},
	{SourceSecurityParent, "Security 4688 parent name", ecs.SourceSecurity, ecs.RoleProcessStart,
		"who started it, where only 4688 exists (Windows 10 and later)"},
	{SourceSecurityLogon, "Security 4624 logon", ecs.SourceSecurity, ecs.RoleLogon,
		"whose session it was and where it came from"},
	{SourceScriptBlock, "PowerShell 4104 script block", ecs.SourcePowerShell, ecs.RoleScriptBlock,
		"what PowerShell ran after decoding"},
}

// OnlySecurity reports whether the source matters only if Sysmon recorded no process start.
func (s Source) OnlySecurity() bool {
	return s.From == ecs.SourceSecurity && s.Role == ecs.RoleProcessStart
}

// holds reports whether rules rely on a source for the events that it writes.
func holds(s ecs.Source) bool {
	return s == ecs.SourceSysmon || s == ecs.SourcePowerShell || s == ecs.SourceSecurity
}

// RuleLog reports whether a channel is one that most rules need.
func RuleLog(channel string) bool {
	s := ecs.SourceOfChannel(channel)
	return holds(s) || s == ecs.SourceWindowsPowerShell
}

// KnownKinds returns the events of Sysmon, PowerShell and the Security log that hunt has a mapping for, in the logs
// that Windows writes them to.
func KnownKinds() []ledger.EventKind {
	var out []ledger.EventKind
	for _, m := range ecs.AllMapped() {
		if holds(m.Source) {
			out = append(out, ledger.EventKind{Channel: m.Source.Channel(), Provider: m.Provider, EventID: m.EventID})
		}
	}
	return out
}

// SourceCoverage is one source on one host.
type SourceCoverage struct {
	Source
	State       SourceState
	Count       int
	First, Last evtx.Filetime
	Lacks       Lack
}

// Lack is what keeps a source from showing everything that it could. Two equal Lacks of sources with the same Count
// give the same Detail.
type Lack struct {
	Of      int     // events that could carry what is needed, of which Count do; 0 = all of them do, or there are none
	Missing Missing // there is no such event
	Cleared evtx.Filetime
	// what a log begins with that does not reach back to the beginning of the time examined
	Begins evtx.Filetime
	Late   evtx.Filetime // by which it begins later
	Whole  bool          // its records begin with number 1
}

// Missing says why there is no event.
type Missing uint8

const (
	MissingNothing Missing = iota
	MissingLog             // no event of the provider
	MissingEvent           // others of the provider
)

// Detail says in words what the source lacks, "" if nothing.
func (s *SourceCoverage) Detail() string {
	var parts []string
	l := &s.Lacks
	switch {
	case l.Of > 0 && s.Count == 0:
		parts = append(parts, fmt.Sprintf("none of %d carries it", l.Of))
	case l.Of > 0:
		parts = append(parts, fmt.Sprintf("%d of %d carry it", s.Count, l.Of))
	}
	switch l.Missing {
	case MissingLog:
		parts = append(parts, "the log was not collected or holds no event of this provider")
	case MissingEvent:
		parts = append(parts,
			"the log was collected, but holds no such event: not configured, filtered, or it did not happen")
	}
	if l.Cleared != 0 {
		parts = append(parts, "the log was cleared at "+l.Cleared.String()+": what came before is gone")
	}
	if l.Begins != 0 {
		text := "the log begins at " + l.Begins.String() + ", " + evtx.SpanText(l.Late) + " into the time examined"
		if l.Whole {
			text += ", with record 1: it was made or cleared then"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

// GapKind says why a span of a channel has no records.
type GapKind string

// The kinds of gaps, spelled as in the JSON report.
const (
	GapCleared GapKind = "cleared"
	GapMissing GapKind = "record ids missing"
	GapStopped GapKind = "logging stopped"
	GapSysmon  GapKind = "Sysmon stopped"
	GapSilent  GapKind = "silent"       // while other logs wrote
	GapOff     GapKind = "no log wrote" // the machine may have been off
	GapBefore  GapKind = "before the oldest record"
)

// everyChannel is the channel of a gap that all channels have.
const everyChannel = "(all)"

// Gap is a span of a channel without records, or whose records are gone.
type Gap struct {
	Channel  string
	From, To evtx.Filetime
	Kind     GapKind
	Detail   string
	Missing  uint64 // record ids, where countable
}

// Coverage is what one host's logs could and could not have shown.
type Coverage struct {
	Host     *host.Host
	Window   ledger.Period // the time examined: the filter's, else the one asked for, else that of the host's records
	Given    bool          // its begin was given
	Sources  []SourceCoverage
	Channels []Channel // by name
	Gaps     []Gap     // by time
	// cleared logs, service stops, clock changes, Sysmon's state, audit policy, in sentences, by time
	Notes []string
	Clock []host.ClockChange // changes of its clock, by time, without the small corrections of time services

	examiner *Examiner
	days     []ledger.DayCount      // of all channels
	open     []evtx.Filetime        // stops of the log service after which no start is told
	meanings []ecs.Meaning          // of the host's events
	byName   map[string]int         // channel, lower-case -> place in Channels
	gapsOf   map[string][]int       // channel, lower-case -> places in Gaps
	blinds   map[string][]Blindspot // by channel, as far as asked for
	holesOf  map[string][]Unseen    // likewise
}

// Examiner works out what the logs of hosts could have shown. It is safe for concurrent use.
type Examiner struct {
	hosts  *host.Set
	filter ledger.Period     // what it leaves out was not looked at
	lost   map[int32][]int32 // file -> chunks of which damage lost records, in order
}

// New returns an examiner of the hosts of a case. damage is all the damage that the scan found.
func New(hosts *host.Set, filter ledger.Period, damage []evtx.Damage) *Examiner {
	x := &Examiner{hosts: hosts, filter: filter, lost: map[int32][]int32{}}
	for _, d := range damage {
		if d.Kind.LosesRecords() {
			x.lost[d.Ref.File] = append(x.lost[d.Ref.File], d.Ref.Chunk)
		}
	}
	for f, chunks := range x.lost {
		slices.Sort(chunks)
		x.lost[f] = slices.Compact(chunks)
	}
	return x
}

// Coverage works out what the logs of one of the hosts could have shown within a period; a bound that is 0 is
// replaced by that of the host's records. The bounds of the filter take precedence.
func (x *Examiner) Coverage(h *host.Host, within ledger.Period) *Coverage {
	cov := &Coverage{Host: h, examiner: x, byName: map[string]int{}, gapsOf: map[string][]int{},
		blinds: map[string][]Blindspot{}, holesOf: map[string][]Unseen{}, Given: x.filter.From != 0 || within.From != 0,
		Window: ledger.Period{From: cmp.Or(x.filter.From, within.From, h.First),
			To: cmp.Or(x.filter.To, within.To, h.Last)}}
	stops, open := stops(h)
	cov.Gaps, cov.open = append(cov.channels(), stops...), open
	cleared := clearedLogs(h)
	var notes []string
	for i := range cov.Channels {
		ch := &cov.Channels[i]
		gaps, left := cov.silent(ch)
		cov.Gaps = append(cov.Gaps, gaps...)
		if left > 0 {
			notes = append(notes, fmt.Sprintf("%s: %s, shorter than those listed.", ch.Channel,
				ledger.Count(left, "further silence", "further silences")))
		}
		if cov.Given && ch.Late > 0 && needed(ch.Channel) {
			cov.Gaps = append(cov.Gaps, Gap{Channel: ch.Channel, From: cov.Window.From, To: ch.First, Kind: GapBefore,
				Detail: "the oldest record is " + evtx.SpanText(ch.Late) + " later than the beginning of the " +
					"time examined"})
		}
	}
	slices.SortStableFunc(cov.Gaps, func(a, b Gap) int {
		return cmp.Or(cmp.Compare(a.From, b.From), strings.Compare(a.Channel, b.Channel), cmp.Compare(a.Kind, b.Kind))
	})
	for i, g := range cov.Gaps {
		cov.gapsOf[strings.ToLower(g.Channel)] = append(cov.gapsOf[strings.ToLower(g.Channel)], i)
	}
	for _, e := range h.Events {
		cov.meanings = append(cov.meanings, e.Kind().Meaning())
	}
	for _, s := range Sources {
		cov.Sources = append(cov.Sources, cov.source(s, cleared))
	}
	for _, ch := range h.ClockChanges() {
		if ch.Large() {
			cov.Clock = append(cov.Clock, ch)
		}
	}
	cov.Notes = slices.Concat(notesOf(h), auditNotes(h), notes)
	return cov
}

// needed reports whether the channel is one of those that the sources are in.
func needed(channel string) bool {
	return holds(ecs.SourceOfChannel(channel)) || ecs.IsSystemChannel(channel)
}

// auditNotes returns notes on the events about audit settings. They are counted, not listed one by one: some
// machines have thousands.
func auditNotes(h *host.Host) []string {
	var out []string
	for _, e := range h.Events {
		if m := e.Kind().Meaning(); m.Role == ecs.RoleAuditSetting {
			out = append(out, fmt.Sprintf("%s to %s: %s, %s (%s %d).", e.First, e.Last, m.Note,
				ledger.Count(e.Count, "time", "times"), e.Channel, e.EventID))
		}
	}
	return out
}

// clearedLogs returns the channels that were cleared, lower-case, with the time of the last clearing.
func clearedLogs(h *host.Host) map[string]evtx.Filetime {
	out := map[string]evtx.Filetime{}
	for _, n := range h.Notables() {
		if n.Log != "" {
			out[strings.ToLower(n.Log)] = n.At
		}
	}
	return out
}

func (c *Coverage) source(s Source, cleared map[string]evtx.Filetime) SourceCoverage {
	out := SourceCoverage{Source: s, State: SourceAbsent}
	collected, total := false, 0
	channel := s.From.Channel()
	own := channel
	for i, e := range c.Host.Events {
		m := c.meanings[i]
		if m.Source == s.From || strings.EqualFold(e.Channel, own) {
			collected = true
			channel = e.Channel
		}
		if m.Source != s.From || m.Role != s.Role {
			continue
		}
		n := e.Count
		switch s.ID {
		case SourceSecurityCommandLine:
			n = e.WithCommandLine
		case SourceSecurityParent:
			n = e.WithParent
		}
		total += e.Count
		out.Count += n
		out.First, out.Last = ledger.Widen(out.First, out.Last, e.First)
		out.First, out.Last = ledger.Widen(out.First, out.Last, e.Last)
	}
	switch {
	case total == 0:
	case out.Count == 0:
		out.Lacks.Of = total
	case out.Count < total:
		out.State, out.Lacks.Of = SourcePartly, total
	default:
		out.State = SourcePresent
	}
	if at, ok := cleared[strings.ToLower(channel)]; ok && channel != "" {
		out.State, out.Lacks.Cleared = SourceCleared, at
	} else if out.State == SourceAbsent && total == 0 {
		out.Lacks.Missing = MissingLog
		if collected {
			out.Lacks.Missing = MissingEvent
		}
	} else if ch := c.Channel(channel); c.Given && ch != nil && ch.Late > 0 && out.Count > 0 {
		out.Lacks.Begins, out.Lacks.Late, out.Lacks.Whole = ch.First, ch.Late, ch.Whole
		if out.State == SourcePresent {
			out.State = SourceRolled
		}
	}
	return out
}

// stops finds spans in which logging itself was down: from a stop to the next start, of the log service or of the
// system. Of two stops the later one counts: logging was up before it, even if the start between them is not in the
// evidence. open are the stops after which the logs show no start, so that it is unknown when logging resumed.
func stops(h *host.Host) (gaps []Gap, open []evtx.Filetime) {
	var stop, sysmon *ledger.Notable
	for _, n := range h.Notables() {
		switch {
		case n.Role == ecs.RoleLogServiceStopped:
			if stop == nil || n.At-stop.At > ledger.OneShutdown {
				if stop != nil {
					open = append(open, stop.At)
				}
				stop = n
			}
		case n.Boots() && stop != nil:
			gaps = append(gaps, Gap{Channel: everyChannel, From: stop.At, To: n.At, Kind: GapStopped,
				Detail: stop.Detail + ", then started again"})
			stop = nil
		case n.Role == ecs.RoleLogServiceStarted && len(gaps) > 0 && gaps[len(gaps)-1].To+ledger.OneShutdown > n.At &&
			gaps[len(gaps)-1].Channel == everyChannel:
			gaps[len(gaps)-1].To = max(gaps[len(gaps)-1].To, n.At) // the kernel's record of the same start came first
		case n.Role == ecs.RoleSysmonState && n.Stopped:
			if sysmon == nil {
				sysmon = n
			}
		case n.Role == ecs.RoleSysmonState:
			if sysmon != nil {
				gaps = append(gaps, Gap{Channel: sysmon.Channel, From: sysmon.At, To: n.At, Kind: GapSysmon,
					Detail: sysmon.Detail})
			}
			sysmon = nil
		case n.Log != "":
			gaps = append(gaps, Gap{Channel: n.Log, From: 0, To: n.At, Kind: GapCleared, Detail: n.Detail})
		}
	}
	if stop != nil {
		open = append(open, stop.At)
	}
	if sysmon != nil && !slices.ContainsFunc(h.Channels(), func(w host.ChannelWindow) bool {
		return w.Channel == sysmon.Channel && w.Last > sysmon.At+ledger.OneShutdown // it did start again
	}) {
		gaps = append(gaps, Gap{Channel: sysmon.Channel, From: sysmon.At, To: h.Last, Kind: GapSysmon,
			Detail: sysmon.Detail + ", and nothing since"})
	}
	return gaps, open
}
