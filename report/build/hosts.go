package build

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hunt/limit"
	"hunt/report"
	"hunt/report/sight"
	"hunt/timeline/coverage"
	"hunt/timeline/host"
)

// defaultMaxHosts is how many hosts a report describes one by one.
const defaultMaxHosts = 5_000

var boundHosts = limit.Bound{ID: "report-hosts",
	Text: "a report lists 5,000 hosts with what their logs could show, those with findings first; its counts and " +
		"sentences cover all hosts"}

// hostList is the hosts that a report describes one by one.
type hostList struct {
	list    []report.Host
	listed  map[*host.Host]bool
	omitted int
}

// hosts lists the hosts of the report by risk: those with findings first, the most serious ahead, then by name.
func (b *builder) hosts() hostList {
	out := hostList{listed: map[*host.Host]bool{}}
	findings := map[string]int{}
	for i := range b.found {
		f := &b.found[i]
		if f.Status == report.StatusFinding {
			findings[f.Host]++
		}
	}
	list := slices.Clone(b.cs.Hosts.All)
	if most := cmp.Or(b.o.MaxHosts, defaultMaxHosts); len(list) > most {
		slices.SortStableFunc(list, func(x, y *host.Host) int {
			return cmp.Or(cmp.Compare(b.severity[y.ID], b.severity[x.ID]),
				cmp.Compare(findings[y.ID], findings[x.ID]))
		})
		left := list[most:]
		slices.SortFunc(left, func(x, y *host.Host) int { return strings.Compare(x.ID, y.ID) })
		for _, h := range left {
			b.cs.Limits.Bite(boundHosts, limit.In(h.ID))
		}
		out.omitted = len(left)
		list = list[:most]
	}
	slices.SortFunc(list, func(x, y *host.Host) int {
		return cmp.Or(cmp.Compare(b.severity[y.ID], b.severity[x.ID]), cmp.Compare(findings[y.ID], findings[x.ID]),
			strings.Compare(x.ID, y.ID))
	})
	for _, h := range list {
		out.listed[h] = true
		ips, more := b.addressesOf(h.ID)
		out.list = append(out.list, report.Host{ID: h.ID, Names: h.Names(), First: report.TimeOf(h.First),
			Last: report.TimeOf(h.Last), Records: h.Records,
			Findings: findings[h.ID], Severity: severity(b.severity[h.ID]), SIDs: h.SIDs, IPs: ips,
			IPsOmitted: more,
			Why:        strings.Join(h.Why(), " ")})
	}
	return out
}

// hostSight is what the summary and the recommendations need from the coverage of a host, listed or not.
type hostSight struct {
	host    string
	sources []sourceSight // in the order of coverage.Sources
	gaps    []sight.Gap   // those that a summary names
	clock   []sight.ClockChange
}

type sourceSight struct {
	state sight.SourceState
	count int
}

// sources holds each distinct list of sources once, by its content: the hosts of a case are much alike.
type sources map[string][]sourceSight

// of returns the list for a host, which may share it with others.
func (s sources) of(c *sight.HostCoverage) []sourceSight {
	var key []byte
	list := make([]sourceSight, len(c.Sources))
	for i := range c.Sources {
		list[i] = sourceSight{c.Sources[i].State, c.Sources[i].Count}
		key = append(strconv.AppendInt(append(key, list[i].state...), int64(list[i].count), 10), '|')
	}
	known, ok := s[string(key)]
	if !ok {
		known = list
		s[string(key)] = known
	}
	return known
}

func (s sources) sightOf(c *sight.HostCoverage) hostSight {
	out := hostSight{host: c.Host, sources: s.of(c), clock: c.Clock}
	for _, g := range c.Gaps {
		if g.Kind == sight.GapCleared || g.Kind == sight.GapSysmon || g.Kind == sight.GapSilent &&
			coverage.RuleLog(g.Channel) {
			out.gaps = append(out.gaps, g)
		}
	}
	return out
}

func (s *hostSight) source(id coverage.SourceID) sourceSight {
	i := slices.IndexFunc(coverage.Sources, func(x coverage.Source) bool { return x.ID == id })
	if i < 0 || i >= len(s.sources) {
		return sourceSight{}
	}
	return s.sources[i]
}

// setBack reports whether the clock was set back over records of the host.
func (s *hostSight) setBack() bool {
	return slices.ContainsFunc(s.clock, func(c sight.ClockChange) bool { return c.Seconds < 0 && c.Channel != "" })
}

// maxSetBack bounds the hosts that are named one by one because their clock was set back.
const maxSetBack = 100

// clockLimits say what clocks that were set back mean for the rules.
func clockLimits(sights []hostSight) []string {
	n := 0
	var out []string
	for i := range sights {
		if !sights[i].setBack() {
			continue
		}
		if n++; n <= maxSetBack {
			out = append(out, fmt.Sprintf("The clock of %s was set back. Rules match sequences by time, so one "+
				"whose steps lie on both sides of the change may have been missed.", sights[i].host))
		}
	}
	if left := n - maxSetBack; left > 0 {
		out = append(out, fmt.Sprintf("The same holds for %s whose clock was set back.",
			report.Count(left, "further host", "further hosts")))
	}
	return out
}
