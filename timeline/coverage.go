package timeline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"hunt/evtx"
)

// SourceState says how far one source of a host could have shown something.
type SourceState string

// The states, spelled as in the JSON report.
const (
	SourcePresent SourceState = "present"
	SourcePartly  SourceState = "partly"  // logged, but without fields that rules need
	SourceAbsent  SourceState = "absent"  // not one such event, although the log was collected, or no such log
	SourceCleared SourceState = "cleared" // the log was cleared within the time examined
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
	sysmonProvider:                 "Microsoft-Windows-Sysmon/Operational",
	"Microsoft-Windows-PowerShell": "Microsoft-Windows-PowerShell/Operational",
}

// SourceCoverage is one source on one host.
type SourceCoverage struct {
	Source
	State       SourceState
	Count       int
	First, Last evtx.Filetime
	Detail      string
}

// Gap is a span of a channel without records, or whose records are gone.
type Gap struct {
	Channel  string
	From, To evtx.Filetime
	Kind     string // cleared | record ids missing | logging stopped
	Detail   string
	Missing  uint64 // record ids, where countable
}

// Coverage is what one host's logs could and could not have shown.
type Coverage struct {
	Host    *Host
	Sources []SourceCoverage
	Gaps    []Gap    // by time
	Notes   []string // cleared logs, service stops, clock changes, Sysmon's state, in sentences, by time
}

// ChannelWindow is the span of one channel on one host.
type ChannelWindow struct {
	Channel     string
	Count       int
	First, Last evtx.Filetime
}

// Channels returns the host's channels, sorted by name.
func (h *Host) Channels() []ChannelWindow {
	var out []ChannelWindow
	for _, e := range h.Events {
		if n := len(out); n == 0 || out[n-1].Channel != e.Channel {
			out = append(out, ChannelWindow{Channel: e.Channel})
		}
		w := &out[len(out)-1]
		w.Count += e.Count
		w.First, w.Last = span(w.First, w.Last, e.First)
		w.First, w.Last = span(w.First, w.Last, e.Last)
	}
	return out
}

// Coverage works out what the host's logs could have shown.
func (c *Case) Coverage(h *Host) Coverage {
	cov := Coverage{Host: h}
	cleared := h.cleared()
	for _, s := range Sources {
		cov.Sources = append(cov.Sources, h.source(s, cleared))
	}
	cov.Gaps = append(c.idGaps(h), h.stops()...)
	slices.SortStableFunc(cov.Gaps, func(a, b Gap) int {
		return cmp.Or(cmp.Compare(a.From, b.From), strings.Compare(a.Channel, b.Channel), strings.Compare(a.Kind, b.Kind))
	})
	for _, n := range h.past().notables {
		if n.boot {
			continue
		}
		cov.Notes = append(cov.Notes, fmt.Sprintf("%s: %s (%s %d).", n.at, n.detail, cmp.Or(n.channel, n.provider), n.code))
	}
	return cov
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

func (h *Host) source(s Source, cleared map[string]evtx.Filetime) SourceCoverage {
	out := SourceCoverage{Source: s, State: SourceAbsent}
	collected, total := false, 0
	channel := cmp.Or(s.Channel, providerLogs[s.Provider])
	for _, e := range h.Events {
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
	}
	return out
}

// oneShutdown is how far apart the records of one shutdown lie: System 6006 and Security 1100 are written within a second.
const oneShutdown = 5 * 60 * evtx.TicksPerSecond

// stops finds spans in which logging itself was down: from a stop to the next start. Of two stops the later one counts: logging
// was up before it, even where the start between them is not in the evidence.
func (h *Host) stops() []Gap {
	var gaps []Gap
	var stop *notable
	for _, n := range h.past().notables {
		switch {
		case n.code == 6006 || n.code == 1100:
			if stop == nil || n.at-stop.at > oneShutdown {
				stop = n
			}
		case n.code == 6005 && stop != nil:
			gaps = append(gaps, Gap{Channel: "(all)", From: stop.at, To: n.at, Kind: "logging stopped", Detail: stop.detail + ", then started again"})
			stop = nil
		case n.log != "":
			gaps = append(gaps, Gap{Channel: n.log, From: 0, To: n.at, Kind: "cleared", Detail: n.detail})
		}
	}
	return gaps
}

// idGaps finds holes in the record ids of a channel: records that were there and are not in the evidence. Ids restart
// when a log is cleared or exported anew; a smaller id at a later time begins a new run and is no hole.
func (c *Case) idGaps(h *Host) []Gap {
	byChannel := map[string][]chunkSpan{}
	for _, s := range c.spans {
		if c.hostOf(s.computer, s.ref.File) == h {
			byChannel[s.channel] = append(byChannel[s.channel], s)
		}
	}
	channels := make([]string, 0, len(byChannel))
	for ch := range byChannel {
		channels = append(channels, ch)
	}
	slices.Sort(channels)
	var gaps []Gap
	for _, ch := range channels {
		spans := byChannel[ch]
		slices.SortStableFunc(spans, func(a, b chunkSpan) int {
			return cmp.Or(cmp.Compare(a.minID, b.minID), cmp.Compare(a.maxID, b.maxID))
		})
		top, at := spans[0].maxID, spans[0].last
		for _, s := range spans[1:] {
			if s.minID > top+1 && s.first >= at {
				gaps = append(gaps, Gap{Channel: ch, From: at, To: s.first, Kind: "record ids missing",
					Detail: fmt.Sprintf("record ids %d to %d are not in the evidence", top+1, s.minID-1), Missing: s.minID - 1 - top})
			}
			if s.maxID > top {
				top, at = s.maxID, s.last
			}
		}
	}
	return gaps
}
