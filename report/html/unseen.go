package html

import (
	"cmp"
	"slices"
	"strings"

	"hunt/report"
	"hunt/report/sight"
	"hunt/timeline/coverage"
)

// maxUnseen is how many hosts are listed before the rest is folded.
const maxUnseen = 12

// unseenView says in a line what the logs of a host could not show.
type unseenView struct {
	Host            string
	Severity        report.Severity
	First           report.Time // of its logs
	Processes       string
	Cleared, Others string
}

// unseen has a line for each host, those with findings first.
func (v *view) unseen() []unseenView {
	first := map[string]*report.Host{}
	for i := range v.Hosts {
		first[v.Hosts[i].ID] = &v.Hosts[i]
	}
	out := make([]unseenView, 0, len(v.ByRisk))
	for i := range v.ByRisk {
		c := &v.ByRisk[i]
		u := unseenView{Host: c.Host, Processes: processesText(c), First: c.From}
		if h := first[c.Host]; h != nil {
			u.Severity, u.First = h.Severity, h.First
		}
		cleared, others := 0, map[sight.GapKind]int{}
		for _, g := range c.Gaps {
			switch g.Kind {
			case sight.GapCleared:
				cleared++
			case sight.GapOff, sight.GapBefore: // the machine was off; the window begins elsewhere
			default:
				others[g.Kind]++
			}
		}
		if cleared > 0 {
			u.Cleared = report.Count(cleared, "time", "times")
		}
		var words []string
		for _, k := range []sight.GapKind{sight.GapMissing, sight.GapSysmon, sight.GapStopped, sight.GapSilent} {
			if n := others[k]; n > 0 {
				words = append(words, string(k)+" × "+report.Thousands(n))
			}
		}
		u.Others = strings.Join(words, ", ")
		out = append(out, u)
	}
	return out
}

// processesText says whether starts of processes are logged on a host.
func processesText(c *sight.HostCoverage) string {
	var yes []string
	for _, s := range c.Sources {
		if s.State != sight.SourcePresent && s.State != sight.SourcePartly {
			continue
		}
		switch s.ID {
		case sight.SourceID(coverage.SourceSysmonStart):
			yes = append(yes, "Sysmon")
		case sight.SourceID(coverage.SourceSecurityStart):
			yes = append(yes, "Security 4688")
		case sight.SourceID(coverage.SourceSecurityCommandLine):
			yes = append(yes, "command lines")
		}
	}
	if len(yes) == 0 {
		return "not logged"
	}
	return strings.Join(yes, ", ")
}

// byRisk sorts what is said about hosts by the risk of the hosts.
func byRisk[T any](list []T, hosts []report.Host, host func(*T) string) []T {
	place := make(map[string]int, len(hosts))
	for i := range hosts {
		place[hosts[i].ID] = i
	}
	at := func(x *T) int {
		if i, known := place[host(x)]; known {
			return i
		}
		return len(hosts)
	}
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b T) int { return cmp.Compare(at(&a), at(&b)) })
	return out
}
