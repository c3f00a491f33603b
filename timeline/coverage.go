package timeline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/timeline/ecs"
)

// SourceState says how far one source of a host could have shown something.
type SourceState string

// The states, spelled as in the JSON report.
const (
	SourcePresent SourceState = "present"
	SourcePartly  SourceState = "partly"      // logged, but without fields that rules need, or only from when the log was made
	SourceAbsent  SourceState = "absent"      // not one such event, although the log was collected, or no such log
	SourceCleared SourceState = "cleared"     // the log was cleared within the time examined
	SourceRolled  SourceState = "rolled over" // its oldest record is younger than the begin of the time that was asked for
)

// Source is one kind of telemetry that rules need.
type Source struct {
	Name     string
	Channel  string // as it begins
	Provider string
	IDs      []uint32
	Without  string // what cannot be seen without it
}

// Sources are the kinds of telemetry that the report's coverage matrix shows, in its order.
var Sources = []Source{
	{"Sysmon 1 process start", "", sysmonProvider, []uint32{1}, "process starts with parents, command lines and hashes"},
	{"Sysmon 3 network connection", "", sysmonProvider, []uint32{3}, "which process opened which connection"},
	{"Sysmon 11 file created", "", sysmonProvider, []uint32{11}, "files dropped into Downloads and Temp"},
	{"Sysmon 15 file stream", "", sysmonProvider, []uint32{15}, "the mark of the web and the URL that a file came from"},
	{"Sysmon 22 DNS query", "", sysmonProvider, []uint32{22}, "names that a process looked up"},
	{"Security 4688 process start", "Security", "", []uint32{4688}, "process starts on hosts without Sysmon"},
	{"Security 4688 command line", "Security", "", []uint32{4688}, "what was run, where only 4688 exists (audit policy: include command line)"},
	{"Security 4688 parent name", "Security", "", []uint32{4688}, "who started it, where only 4688 exists (Windows 10 and later)"},
	{"Security 4624 logon", "Security", "", []uint32{4624}, "whose session it was and where it came from"},
	{"PowerShell 4104 script block", "", "Microsoft-Windows-PowerShell", []uint32{4104}, "what PowerShell ran after decoding"},
}

const sysmonProvider = "Microsoft-Windows-Sysmon"

// providerLogs are the logs that providers write to: of a log that was cleared and has had no event since, only its name is left,
// in another log.
var providerLogs = map[string]string{
	sysmonProvider:                        "Microsoft-Windows-Sysmon/Operational",
	"Microsoft-Windows-PowerShell":        "Microsoft-Windows-PowerShell/Operational",
	"Microsoft-Windows-Security-Auditing": "Security",
}

// KnownKinds returns the events of Sysmon, PowerShell and the Security log that hunt has a mapping for, in the logs that Windows writes
// them to.
func KnownKinds() []EventKind {
	var out []EventKind
	for _, m := range ecs.AllMapped() {
		if log := providerLogs[m.Provider]; log != "" {
			out = append(out, EventKind{log, m.Provider, m.EventID})
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
	Detail      string
}

// The kinds of gaps, spelled as in the JSON report.
const (
	GapCleared = "cleared"
	GapMissing = "record ids missing"
	GapStopped = "logging stopped"
	GapSysmon  = "Sysmon stopped"
	GapSilent  = "silent"
	GapBefore  = "before the oldest record"
)

// everyChannel is the channel of a gap that all have.
const everyChannel = "(all)"

// Gap is a span of a channel without records, or whose records are gone.
type Gap struct {
	Channel  string
	From, To evtx.Filetime
	Kind     string
	Detail   string
	Missing  uint64 // record ids, where countable
}

// Period is a span of time; 0 is no bound.
type Period struct{ From, To evtx.Filetime }

// Coverage is what one host's logs could and could not have shown.
type Coverage struct {
	Host     *Host
	Window   Period // the time examined: the filter's, else the one asked for, else that of the host's records
	Given    bool   // its begin was given
	Sources  []SourceCoverage
	Channels []ChannelCoverage // by name
	Gaps     []Gap             // by time
	Notes    []string          // cleared logs, service stops, clock changes, Sysmon's state, audit policy, in sentences, by time

	days   []DayCount             // of all channels
	byName map[string]int         // channel, lower-case -> place in Channels
	gapsOf map[string][]int       // channel, lower-case -> places in Gaps
	blinds map[string][]Blindspot // by channel, as far as asked for
}

// Coverage works out what the host's logs could have shown within a time; a bound that is 0 is that of the host's records. The
// bounds of the filter count over it.
func (c *Case) Coverage(h *Host, within Period) *Coverage {
	cov := &Coverage{Host: h, byName: map[string]int{}, gapsOf: map[string][]int{}, blinds: map[string][]Blindspot{}, Given: c.Filter.From != 0 || within.From != 0,
		Window: Period{cmp.Or(c.Filter.From, within.From, h.First), cmp.Or(c.Filter.To, within.To, h.Last)}}
	cov.Gaps = append(cov.channels(), h.stops()...)
	cleared := h.cleared()
	var notes []string
	for i := range cov.Channels {
		ch := &cov.Channels[i]
		gaps, left := cov.silent(ch)
		cov.Gaps = append(cov.Gaps, gaps...)
		if left > 0 {
			notes = append(notes, fmt.Sprintf("%s: %s, shorter than those listed.", ch.Channel, plural(left, "further silence", "further silences")))
		}
		if cov.Given && ch.Late > 0 && needed(ch.Channel) {
			cov.Gaps = append(cov.Gaps, Gap{Channel: ch.Channel, From: cov.Window.From, To: ch.First, Kind: GapBefore,
				Detail: "the oldest record is " + SpanText(ch.Late) + " younger than the begin of the time examined"})
		}
	}
	slices.SortStableFunc(cov.Gaps, func(a, b Gap) int {
		return cmp.Or(cmp.Compare(a.From, b.From), strings.Compare(a.Channel, b.Channel), strings.Compare(a.Kind, b.Kind))
	})
	for i, g := range cov.Gaps {
		cov.gapsOf[strings.ToLower(g.Channel)] = append(cov.gapsOf[strings.ToLower(g.Channel)], i)
	}
	for _, s := range Sources {
		cov.Sources = append(cov.Sources, cov.source(s, cleared))
	}
	cov.Notes = slices.Concat(h.Notes(), h.auditNotes(), notes)
	return cov
}

// Notes tell in sentences, by time, of cleared logs, stopped services, changes of the clock, of Sysmon's state and of the audit policy.
func (h *Host) Notes() []string {
	var out []string
	for _, n := range h.past().notables {
		if !n.boot {
			out = append(out, fmt.Sprintf("%s: %s (%s %d).", n.at, n.detail, cmp.Or(n.channel, n.provider), n.code))
		}
	}
	return out
}

// needed reports whether the channel is one of those that the sources are in.
func needed(channel string) bool {
	return channel == "Security" || channel == "System" || slices.ContainsFunc(Sources, func(s Source) bool {
		return channel != "" && channel == cmp.Or(s.Channel, providerLogs[s.Provider])
	})
}

// auditEvents are the events of the Security log about the audit policy that are counted, not told one by one: some machines have
// thousands.
var auditEvents = map[uint32]string{
	4902: "the per-user audit policy table was created", 4904: "a source of security events was registered", 4905: "a source of security events was unregistered",
	4906: "the CrashOnAuditFail value was changed", 4907: "the audit settings of an object were changed", 4908: "the special groups table was changed",
	4910: "the local policy settings of TBS were changed", 4911: "the resource attributes of an object were changed", 4912: "the per-user audit policy was changed",
}

func (h *Host) auditNotes() []string {
	var out []string
	for _, e := range h.Events {
		if what := auditEvents[e.EventID]; what != "" && e.Channel == "Security" {
			out = append(out, fmt.Sprintf("%s to %s: %s, %s (Security %d).", e.First, e.Last, what, plural(e.Count, "time", "times"), e.EventID))
		}
	}
	return out
}

// SpanText says how long a span is, in its two largest units.
func SpanText(t evtx.Filetime) string {
	units := []struct {
		size evtx.Filetime
		name string
	}{{ticksPerDay, "d"}, {ticksPerHour, "h"}, {60 * evtx.TicksPerSecond, "min"}, {evtx.TicksPerSecond, "s"}, {evtx.TicksPerSecond / 1000, "ms"}}
	for i, u := range units {
		if t < u.size {
			continue
		}
		s := fmt.Sprintf("%d %s", t/u.size, u.name)
		if i+1 < len(units) {
			if rest := t % u.size / units[i+1].size; rest > 0 {
				s += fmt.Sprintf(" %d %s", rest, units[i+1].name)
			}
		}
		return s
	}
	return "under 1 ms"
}

// cleared returns the channels that were cleared, lower-case, with the time of the last clearing.
func (h *Host) cleared() map[string]evtx.Filetime {
	out := map[string]evtx.Filetime{}
	for _, n := range h.past().notables {
		if n.log != "" {
			out[strings.ToLower(n.log)] = n.at
		}
	}
	return out
}

func (c *Coverage) source(s Source, cleared map[string]evtx.Filetime) SourceCoverage {
	out := SourceCoverage{Source: s, State: SourceAbsent}
	collected, total := false, 0
	channel := cmp.Or(s.Channel, providerLogs[s.Provider])
	for _, e := range c.Host.Events {
		if s.Channel != "" && e.Channel != s.Channel || s.Provider != "" && e.Provider != s.Provider {
			continue
		}
		collected = true
		channel = e.Channel
		if !slices.Contains(s.IDs, e.EventID) {
			continue
		}
		n := e.Count
		switch {
		case strings.HasSuffix(s.Name, "command line"):
			n = e.WithCommandLine
		case strings.HasSuffix(s.Name, "parent name"):
			n = e.WithParent
		}
		total += e.Count
		out.Count += n
		out.First, out.Last = span(out.First, out.Last, e.First)
		out.First, out.Last = span(out.First, out.Last, e.Last)
	}
	switch {
	case total == 0:
	case out.Count == 0:
		out.Detail = fmt.Sprintf("none of %d carries it", total)
	case out.Count < total:
		out.State = SourcePartly
		out.Detail = fmt.Sprintf("%d of %d carry it", out.Count, total)
	default:
		out.State = SourcePresent
	}
	if at, ok := cleared[strings.ToLower(channel)]; ok && channel != "" {
		out.Detail = strings.TrimPrefix(out.Detail+"; ", "; ") + "the log was cleared at " + at.String() + ": what came before is gone"
		out.State = SourceCleared
	} else if out.State == SourceAbsent && out.Detail == "" {
		out.Detail = "the log was not collected or holds no event of this provider"
		if collected {
			out.Detail = "the log was collected, but holds no such event: not configured, filtered, or it did not happen"
		}
	} else if ch := c.channel(channel); c.Given && ch != nil && ch.Late > 0 && out.Count > 0 {
		out.Detail = strings.TrimPrefix(out.Detail+"; ", "; ") + "the log begins at " + ch.First.String() + ", " + SpanText(ch.Late) + " into the time examined"
		if ch.Whole {
			out.Detail += ", with record 1: it was made or cleared then"
		}
		if out.State == SourcePresent {
			out.State = SourceRolled
		}
	}
	return out
}

// oneShutdown is how far apart the records of one shutdown lie: System 6006 and Security 1100 are written within a second.
const oneShutdown = 5 * 60 * evtx.TicksPerSecond

// stops finds spans in which logging itself was down: from a stop to the next start. Of two stops the later one counts: logging
// was up before it, even where the start between them is not in the evidence.
func (h *Host) stops() []Gap {
	var gaps []Gap
	var stop, sysmon *notable
	for _, n := range h.past().notables {
		switch {
		case n.code == 6006 || n.code == 1100:
			if stop == nil || n.at-stop.at > oneShutdown {
				stop = n
			}
		case n.code == 6005 && stop != nil:
			gaps = append(gaps, Gap{Channel: everyChannel, From: stop.at, To: n.at, Kind: GapStopped, Detail: stop.detail + ", then started again"})
			stop = nil
		case n.provider == sysmonProvider && n.code == 4 && strings.HasPrefix(n.detail, sysmonState+"Stopped"):
			if sysmon == nil {
				sysmon = n
			}
		case n.provider == sysmonProvider && n.code == 4:
			if sysmon != nil {
				gaps = append(gaps, Gap{Channel: sysmon.channel, From: sysmon.at, To: n.at, Kind: GapSysmon, Detail: sysmon.detail})
			}
			sysmon = nil
		case n.log != "":
			gaps = append(gaps, Gap{Channel: n.log, From: 0, To: n.at, Kind: GapCleared, Detail: n.detail})
		}
	}
	if sysmon != nil && !slices.ContainsFunc(h.Channels(), func(w ChannelWindow) bool {
		return w.Channel == sysmon.channel && w.Last > sysmon.at+oneShutdown // it did start again
	}) {
		gaps = append(gaps, Gap{Channel: sysmon.channel, From: sysmon.at, To: h.Last, Kind: GapSysmon, Detail: sysmon.detail + ", and nothing since"})
	}
	return gaps
}
