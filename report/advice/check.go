package advice

import (
	"net/netip"
	"slices"
	"strings"

	"hunt/report"
)

// checking names the hosts, accounts and addresses of the incidents that are in no step above, and says why they are
// not: the reader has seen them and will ask.
func (c *Case) checking(s *subjects) []report.Recommendation {
	k := check{Case: c, subjects: s, seen: map[string]bool{}}
	for i := range c.Incidents {
		k.incident(&c.Incidents[i])
	}
	for i := range c.Incidents { // now that it is known which hosts have findings
		k.sources(&c.Incidents[i])
	}
	if len(k.why) == 0 {
		return nil
	}
	r := c.brief(report.ActionCheck, distinct(k.basis), func(name naming) string {
		var parts []string
		for _, w := range k.why {
			parts = append(parts, name(k.names[w])+" ("+w+")")
		}
		return "Check before you act on them: " + strings.Join(parts, "; ") + "."
	})
	return []report.Recommendation{r}
}

// check gathers what has to be checked first.
type check struct {
	*Case
	*subjects
	seen  map[string]bool
	why   []string            // in order of appearance
	names map[string][]string // by why
	basis []string
}

// incident adds what an incident names.
func (k *check) incident(x *report.Incident) {
	lesser := lesserOf(x)
	for _, h := range x.Reach.Hosts {
		if !slices.Contains(k.hosts, h.Name) {
			k.add(lesser, h.Name, h.Finding)
		}
	}
	for _, a := range x.Reach.Accounts {
		switch {
		case !resettable(a.Name) || slices.Contains(k.users, a.Name):
		case a.Presumed:
			k.add("presumed: only the time of a logon says so; ask the owner", a.Name, a.Finding)
		default:
			k.add(lesser, a.Name, a.Finding)
		}
	}
}

// lesserOf says why what an incident names is in no drastic step.
func lesserOf(x *report.Incident) string {
	return "findings of " + string(x.Severity) + " severity and " + string(x.Confidence) + " confidence"
}

// sources adds from where somebody acted in an incident.
func (k *check) sources(x *report.Incident) {
	for _, id := range x.Findings {
		for _, src := range k.acts(id).Sources {
			k.source(src, id, lesserOf(x))
		}
	}
}

// source adds an address from which somebody acted, or the host that had it.
func (k *check) source(s Source, finding, lesser string) {
	a, err := netip.ParseAddr(s.Address)
	switch {
	case err != nil || slices.Contains(k.unknown, s.Address) || slices.Contains(k.outside, s.Address):
	case s.Host != "":
		if !slices.Contains(k.hosts, s.Host) {
			k.add("activity came from there, and no incident has a finding there", s.Host, finding)
		}
	case s.Shared:
		k.add("the case file says that many machines share it", s.Address, finding)
	case a.IsPrivate():
		k.add("activity came from there: "+lesser+"; no host of the evidence is known to have had it", s.Address,
			finding)
	default:
		k.add("activity came from there: "+lesser, s.Address, finding)
	}
}

// add adds a name once, with the first reason.
func (k *check) add(why, name, finding string) {
	if k.seen[name] || name == "" {
		return
	}
	k.seen[name] = true
	if k.names == nil {
		k.names = map[string][]string{}
	}
	if k.names[why] == nil {
		k.why = append(k.why, why)
	}
	k.names[why] = append(k.names[why], name)
	k.basis = append(k.basis, finding)
}
