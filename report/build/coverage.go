package build

import (
	"context"
	"fmt"
	"strings"

	"hunt/evtx"
	"hunt/report"
	"hunt/report/sight"
	"hunt/report/survey"
	"hunt/timeline/coverage"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
)

// covered is what the logs of the hosts could have shown.
type covered struct {
	hosts  []sight.HostCoverage // listed ones
	sights []hostSight          // of all hosts, by id
	limits []string             // what clocks that were set back mean for the rules
}

func (b *builder) coverage(ctx context.Context, listed map[*host.Host]bool) (out covered, err error) {
	teller, known := survey.NewTeller(b.res.Needs), sources{}
	for _, h := range b.cs.Hosts.All {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		c := b.cs.Coverage(h, b.window())
		if listed[h] {
			host := teller.Host(c)
			out.hosts = append(out.hosts, host)
			out.sights = append(out.sights, known.sightOf(&host))
			continue
		}
		host := teller.Brief(c)
		out.sights = append(out.sights, known.sightOf(&host))
	}
	out.limits = clockLimits(out.sights)
	return out, nil
}

// window is the incident window of the case.
func (b *builder) window() ledger.Period {
	var p ledger.Period
	if w := b.o.Case.Window; w.From != nil {
		p.From = *w.From
	}
	if w := b.o.Case.Window; w.To != nil {
		p.To = *w.To
	}
	return p
}

// shiftedRecords counts the listed records whose values are under the names of other fields. A chunk lists only
// some of its damage.
func shiftedRecords(damage []evtx.Damage) int {
	n := 0
	for i := range damage {
		if damage[i].Kind == evtx.DamageShifted {
			n++
		}
	}
	return n
}

// unseen adds up what the hosts' logs lack.
type unseen struct {
	starts         int      // hosts without any process start
	cleared, quiet []string // gaps in the logs, in words
	missing        map[coverage.SourceID][]string
}

func unseenOf(p *picture) *unseen {
	u := &unseen{missing: map[coverage.SourceID][]string{}}
	for i := range p.sights {
		c := &p.sights[i]
		bySysmon, bySecurity := c.source(coverage.SourceSysmonStart).count,
			c.source(coverage.SourceSecurityStart).count
		for _, s := range coverage.Sources {
			is := c.source(s.ID)
			if is.count == 0 && is.state == sight.SourceAbsent &&
				(!s.OnlySecurity() || bySecurity > 0 && bySysmon == 0) {
				u.missing[s.ID] = append(u.missing[s.ID], c.host)
			}
		}
		if bySysmon == 0 && bySecurity == 0 {
			u.starts++
		}
		for _, g := range c.gaps {
			if g.Kind == sight.GapCleared {
				u.cleared = append(u.cleared, fmt.Sprintf("%s on %s before %s UTC", g.Channel, c.host,
					day(g.To)))
			} else {
				u.quiet = append(u.quiet, fmt.Sprintf("%s on %s from %s to %s UTC", g.Channel, c.host,
					day(g.From), day(g.To)))
			}
		}
	}
	return u
}

// sentences say what the logs of so many hosts lack.
func (u *unseen) sentences(hosts int) (out []string) {
	if u.starts > 0 {
		out = append(out, fmt.Sprintf("Process starts on %s: the logs hold neither Sysmon 1 nor Security 4688, so "+
			"no rule about processes could have matched there.", ofHosts(u.starts, hosts)))
	}
	if len(u.cleared) > 0 {
		out = append(out, "Cleared logs: "+report.Few(u.cleared, 5)+".")
	}
	if len(u.quiet) > 0 {
		out = append(out, "Logs that fell silent or whose service was stopped: "+report.Few(u.quiet, 5)+".")
	}
	for _, s := range coverage.Sources {
		if hs := u.missing[s.ID]; len(hs) > 0 && s.ID != coverage.SourceSecurityStart &&
			s.ID != coverage.SourceSysmonStart {
			out = append(out, fmt.Sprintf("%s is absent on %s. Without it, the logs do not show %s.", s.Name,
				ofHosts(len(hs), hosts), s.Without))
		}
	}
	return out
}

// notSeen says what could not have been seen, the most important first. Without any host, nothing could have
// been found.
func (b *builder) notSeen(p *picture) []string {
	out := unseenOf(p).sentences(len(b.cs.Hosts.All))
	out = append(out, b.outsideLogs()...)
	if r := b.cs.Records; r.Damaged > 0 {
		out = append(out, fmt.Sprintf("Records may be missing at %s in damaged logs: see the accounting.",
			report.Count(r.Damaged, "place", "places")))
	}
	if n := shiftedRecords(b.cs.Damage); n > 0 {
		out = append(out, fmt.Sprintf("At least %s shifted values: one value is missing or extra, so those after "+
			"it have the wrong names. "+
			"hunt did not use them, so rules may have missed what they say: see the accounting.",
			report.Count(n, "record has", "records have")))
	}
	if n := p.scope.FilesFailed; n > 0 {
		out = append(out, fmt.Sprintf("%s could not be read at all: see the evidence inventory.",
			report.Count(n, "file", "files")))
	}
	skipped := 0
	for _, r := range p.rules {
		if r.Status != report.RuleRan {
			skipped++
		}
	}
	if skipped > 0 {
		out = append(out, fmt.Sprintf("%s did not run: see the rules.", report.Count(skipped, "rule", "rules")))
	}
	if !b.cs.Filter.IsZero() {
		out = append(out, "Events outside the filter: "+strings.Join(p.scope.Filters, "; ")+".")
	}
	return out
}

// outsideLogs says where the incident window of the case extends beyond what the logs that rules need cover:
// they rolled over, were cleared, or were collected before the end.
func (b *builder) outsideLogs() []string {
	w := b.o.Case.Window
	var early, late []string
	for _, h := range b.cs.Hosts.All {
		for _, c := range h.Channels() {
			if !coverage.RuleLog(c.Channel) {
				continue
			}
			if w.From != nil && c.First > *w.From {
				early = append(early, fmt.Sprintf("%s on %s (from %s)", c.Channel, h.ID, c.First))
			}
			if w.To != nil && c.Last != 0 && c.Last < *w.To {
				late = append(late, fmt.Sprintf("%s on %s (to %s)", c.Channel, h.ID, c.Last))
			}
		}
	}
	var out []string
	if len(early) > 0 {
		out = append(out, "The beginning of the incident window: these logs do not reach back that far: "+
			report.Few(early, 5)+".")
	}
	if len(late) > 0 {
		out = append(out, "The end of the incident window: these logs end before it: "+report.Few(late, 5)+".")
	}
	return out
}
