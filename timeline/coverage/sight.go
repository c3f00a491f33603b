package coverage

import (
	"cmp"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/timeline/ledger"
)

// SightState says how far events of some kinds could have been seen on a host.
type SightState string

// The states, spelled as in the JSON report.
const (
	SightFull   SightState = "seen"        // such events are logged, over all of the time examined
	SightPartly SightState = "partly seen" // logged, but a part of the time is not covered
	// the log was collected and holds no such event: not configured, filtered, or it did not happen
	SightPossible SightState = "possible"
	SightNone     SightState = "not seen" // there is no such log
)

// Blindspot is a span of time whose events could not have been seen.
type Blindspot struct {
	From, To evtx.Filetime
	Why      []BlindReason // without duplicates
}

// Reasons returns the reasons of the span in words.
func (b *Blindspot) Reasons() string { return reasonsText(b.Why) }

// BlindReason is why events of a span could not have been seen.
type BlindReason struct {
	Kind    BlindKind
	Channel string        // "" for BlindEnd
	Gap     GapKind       // of BlindGap
	At      evtx.Filetime // of BlindCleared
}

// BlindKind is a kind of reason.
type BlindKind uint8

const (
	BlindBegin   BlindKind = iota // before the oldest record of the channel
	BlindFirst                    // the same, and that record has number 1
	BlindCleared                  // the channel was cleared
	BlindGap                      // a gap of the channel
	BlindEnd                      // after the last record of the host
	BlindMore                     // there are further reasons
)

func (r *BlindReason) text() string {
	switch r.Kind {
	case BlindBegin:
		return "older than the oldest record of " + r.Channel
	case BlindFirst:
		return "older than the oldest record of " + r.Channel +
			", which has number 1: the log began then, or was cleared"
	case BlindCleared:
		return r.Channel + " was cleared at " + r.At.String()
	case BlindGap:
		return r.Channel + ": " + string(r.Gap)
	case BlindMore:
		return "and for other reasons"
	default:
		return "after the last record of the host"
	}
}

func reasonsText(list []BlindReason) string {
	out := make([]string, 0, len(list))
	for i := range list {
		out = append(out, list[i].text())
	}
	return strings.Join(out, "; ")
}

// maxBlindspots bounds the spans of one Sight; the longest are kept.
const maxBlindspots = 8

// Sight is how far a host's logs could have shown events of some kinds within the time examined.
type Sight struct {
	State SightState
	Blind []Blindspot // by time
	Left  int         // spans left out, shorter than these
}

// Sight works out how far events of any of these kinds could have been seen. Another channel may have what one
// channel lacks: a span is blind only if all channels with such events lack it. Channels that the host does not
// have are ignored; if it has none of them, State is SightNone and Blind is empty.
func (c *Coverage) Sight(kinds []ledger.EventKind) Sight {
	var out Sight
	collected, holds := map[string]bool{}, map[string]bool{}
	for _, k := range kinds {
		if c.Channel(k.Channel) == nil {
			continue
		}
		collected[k.Channel] = true
		if _, ok := slices.BinarySearchFunc(c.Host.Events, k, func(e ledger.EventCount, k ledger.EventKind) int {
			return e.Kind().Compare(k)
		}); ok {
			holds[k.Channel] = true
		}
	}
	of := holds
	switch {
	case len(holds) > 0:
		out.State = SightFull
	case len(collected) > 0:
		out.State, of = SightPossible, collected
	default:
		out.State = SightNone
		return out
	}
	names := make([]string, 0, len(of))
	for n := range of {
		names = append(names, n)
	}
	slices.Sort(names)
	for i, n := range names {
		if blind := c.blind(n); i == 0 {
			out.Blind = blind
		} else {
			out.Blind = intersect(out.Blind, blind)
		}
	}
	if len(out.Blind) > 0 && out.State == SightFull {
		out.State = SightPartly
	}
	if out.Left = max(len(out.Blind)-maxBlindspots, 0); out.Left > 0 {
		out.Blind = slices.Clone(out.Blind)
		slices.SortStableFunc(out.Blind, func(a, b Blindspot) int { return cmp.Compare(b.To-b.From, a.To-a.From) })
		out.Blind = out.Blind[:maxBlindspots]
		slices.SortFunc(out.Blind, func(a, b Blindspot) int { return cmp.Compare(a.From, b.From) })
	}
	return out
}

// blind returns the spans within the time examined that a channel cannot show, by time, none touching another.
func (c *Coverage) blind(channel string) []Blindspot {
	if b, ok := c.blinds[channel]; ok {
		return b
	}
	var all []Blindspot
	add := func(from, to evtx.Filetime, why BlindReason) {
		if from, to = max(from, c.Window.From), min(to, c.Window.To); from < to {
			all = append(all, Blindspot{from, to, []BlindReason{why}})
		}
	}
	ch := c.Channel(channel)
	if ch.Late > 0 {
		why := BlindReason{Kind: BlindBegin, Channel: ch.Channel}
		if ch.Whole {
			why.Kind = BlindFirst
		}
		add(0, ch.First, why)
	}
	gaps := append(slices.Clone(c.gapsOf[strings.ToLower(channel)]), c.gapsOf[everyChannel]...)
	for _, i := range gaps {
		g := c.Gaps[i]
		switch g.Kind {
		case GapBefore:
		case GapCleared:
			add(ch.before(g.To), g.To, BlindReason{Kind: BlindCleared, Channel: channel, At: g.To})
		default:
			add(g.From, g.To, BlindReason{Kind: BlindGap, Channel: channel, Gap: g.Kind})
		}
	}
	add(c.Host.Last, c.Window.To, BlindReason{Kind: BlindEnd})
	slices.SortStableFunc(all, func(a, b Blindspot) int { return cmp.Compare(a.From, b.From) })
	var out []Blindspot
	for _, b := range all {
		if n := len(out); n > 0 && b.From <= out[n-1].To {
			if p := &out[n-1]; b.To > p.To || b.From == p.From {
				p.To = max(p.To, b.To)
				p.Why = joinWhy(p.Why, b.Why)
			}
			continue
		}
		out = append(out, b)
	}
	c.blinds[channel] = out
	return out
}

// before returns the end of the last hour with a record before the hour of t, 0 if there is none.
func (ch *Channel) before(t evtx.Filetime) evtx.Filetime {
	end := evtx.Filetime(0)
	ledger.EachHour(ch.Days, func(h ledger.Hour) {
		if h < ledger.HourOf(t) {
			end = (h + 1).Start()
		}
	})
	return end
}

// intersect returns what lies in spans of both lists.
func intersect(a, b []Blindspot) []Blindspot {
	var out []Blindspot
	for i, j := 0, 0; i < len(a) && j < len(b); {
		if from, to := max(a[i].From, b[j].From), min(a[i].To, b[j].To); from < to {
			out = append(out, Blindspot{from, to, joinWhy(a[i].Why, b[j].Why)})
		}
		if a[i].To < b[j].To {
			i++
		} else {
			j++
		}
	}
	return out
}

// maxWhy bounds the reasons reported for one span, in bytes of their text.
const maxWhy = 300

// joinWhy returns the reasons of a and those of b that are not in a, as far as there is room. It changes neither.
func joinWhy(a, b []BlindReason) []BlindReason {
	more := BlindReason{Kind: BlindMore}
	out, size := slices.Clip(a), len(reasonsText(a))
	cut := slices.Contains(out, more)
	out = slices.DeleteFunc(slices.Clone(out), func(r BlindReason) bool { return r == more })
	for i := range b {
		switch n := len(b[i].text()); {
		case slices.Contains(out, b[i]):
		case b[i] == more || size+n > maxWhy:
			cut = true
		default:
			out, size = append(out, b[i]), size+n+len("; ")
		}
	}
	if cut {
		out = append(out, more)
	}
	return out
}
