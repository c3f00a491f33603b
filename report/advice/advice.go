package advice

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"hunt/report"
	"hunt/report/identity"
	"hunt/report/incident"
)

// Case is what advice is based on.
type Case struct {
	Findings    []report.Finding
	Incidents   []report.Incident // without dismissed ones
	Dismissed   map[string]bool   // findings of dismissed incidents
	Indicators  []report.Indicator
	Domain      string                  // that all hosts have in common, with its dot; brief texts leave it out
	Controllers []string                // hosts that are domain controllers
	Files       map[string]string       // names of files, by hash
	Stock       map[string][]string     // paths of copies of stock programs, by hash
	Acts        map[string]*Acts        // by finding
	Local       func(user string) bool  // whether an account is one machine's; nil knows none
	Made        func(user string) *Made // how an incident created or renamed an account, nil if it did not
}

// Acts says who acted in the events of a finding, and from where.
type Acts struct {
	Accounts []incident.Account // under which something happened, not those that somebody only tried to log on as
	Sources  []Source
}

// Source is an address from which somebody acted.
type Source struct {
	Address string
	Host    string // of the evidence that had it, "" if none is known
	Shared  bool   // the case file says that many machines have it
}

// subjects are whom and what the advice is about.
type subjects struct {
	hosts, reached  []string // reached are those without a grave finding
	ids             []string // grave findings
	users, userIDs  []string
	unknown, shared []string // private addresses from which somebody acted, of no known host; those that many share
	outside         []string // public ones
	outsideIDs      []string // the findings in which they are
}

// Recommendations returns the recommendations in the order in which to act: the first three are for the first screen.
// Containment is a drastic step, so it is suggested only for findings of high or critical severity with at least
// medium confidence.
func (c *Case) Recommendations(logging []report.Recommendation) []report.Recommendation {
	s := c.subjects()
	var out, keep []report.Recommendation
	if len(s.hosts) > 0 {
		out = append(out, c.containing(s))
		keep = append(keep, c.brief(report.ActionPreserve, s.ids, func(name naming) string {
			return "After isolation, and before anything is cleaned or switched off, acquire the memory, then the " +
				"disk and the event logs of " + name(s.hosts) + ": the logs alone do not hold the payloads, and new " +
				"records overwrite old ones."
		}))
	}
	out = slices.Concat(out, c.resetting(s.users, s.userIDs), c.hunting(s.ids, s.outside, s.outsideIDs), keep,
		c.checking(s), c.collecting(), c.review(), logging)
	for i := range out {
		out[i].Basis, out[i].More = report.Named(out[i].Basis)
	}
	return out
}

// subjects gathers them from the grave findings and the serious incidents.
func (c *Case) subjects() *subjects {
	s := &subjects{}
	for i := range c.Findings {
		f := &c.Findings[i]
		if !grave(f) || c.Dismissed[f.ID] {
			continue
		}
		s.hosts = add(s.hosts, f.Host)
		s.ids = append(s.ids, f.ID)
		acts := c.acts(f.ID)
		for _, a := range acts.Accounts {
			if resettable(a.Name) && !slices.Contains(s.users, a.Name) {
				s.users = add(s.users, a.Name)
				if !slices.Contains(s.userIDs, f.ID) {
					s.userIDs = append(s.userIDs, f.ID)
				}
			}
		}
		for _, x := range acts.Sources {
			a, err := netip.ParseAddr(x.Address)
			switch {
			case err != nil || x.Host != "":
			case x.Shared:
				s.shared = add(s.shared, x.Address)
			case a.IsPrivate():
				s.unknown = add(s.unknown, x.Address)
			default:
				s.outside = add(s.outside, x.Address)
				s.outsideIDs = append(s.outsideIDs, f.ID)
			}
		}
	}
	s.reached = c.reached(&s.hosts, &s.users, &s.userIDs)
	s.hosts = c.byWeight(s.hosts, func(i *report.Incident) []string { return i.Hosts })
	s.users = c.byWeight(s.users, func(i *report.Incident) []string { return i.Accounts })
	return s
}

func (c *Case) acts(finding string) *Acts {
	if a := c.Acts[finding]; a != nil {
		return a
	}
	return &Acts{}
}

// resettable reports whether an account has credentials that somebody can reset.
func resettable(user string) bool {
	return user != "" && !identity.ServiceAccount(user) && !strings.HasSuffix(user, "$")
}

// add adds a name to a sorted set.
func add(set []string, name string) []string {
	if i, known := slices.BinarySearch(set, name); !known {
		return slices.Insert(set, i, name)
	}
	return set
}

// distinct are the values in the order in which they first occur.
func distinct(list []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool {
		again := seen[s]
		seen[s] = true
		return again
	})
}

// How many hosts or accounts a recommendation names, and how many on the first screen, which unfolds to all of them.
const (
	maxRecommended = 1_000
	maxBrief       = 8
)

// naming writes names into a text.
type naming func(names []string) string

// brief returns a recommendation that names hosts or accounts. Its brief form has names without the common domain of
// all hosts, and not more than there is room for.
func (c *Case) brief(kind report.Action, basis []string, text func(naming) string) report.Recommendation {
	r := report.Recommendation{Kind: kind, Basis: basis, Text: text(func(names []string) string {
		return report.Few(names, maxRecommended)
	})}
	short := text(func(names []string) string {
		names = slices.Clone(names)
		for i, n := range names {
			names[i] = strings.TrimSuffix(n, c.Domain)
		}
		r.Cut = r.Cut || len(names) > maxBrief
		return report.Few(names, maxBrief)
	})
	if short != r.Text {
		r.Brief = short
	}
	return r
}

// containing asks for hosts to be isolated, and says for each why. If data are being damaged, it first says what must
// not be done: memory is lost when a machine is switched off. A machine of which only an address is known has to be
// found first.
func (c *Case) containing(s *subjects) report.Recommendation {
	var grave, others []string
	for _, h := range s.hosts {
		if slices.Contains(s.reached, h) {
			others = append(others, h)
		} else {
			grave = append(grave, h)
		}
	}
	why := "findings there have high or critical severity and at least medium confidence."
	if len(grave) == 0 {
		grave, others = others, nil
		why = "incidents of high or critical severity reached " + report.OneOrMany(len(grave), "it.", "them.")
	}
	return c.brief(report.ActionContain, s.ids, func(name naming) string {
		text := "Consider isolating " + name(grave) + " from the network: " + why
		if c.underWay() {
			text = "Isolate from the network, and do not switch off, " + name(grave) + ": " + why
		}
		if len(others) > 0 {
			text += " Also " + name(others) + ": the same incidents reached " +
				report.OneOrMany(len(others), "it.", "them.")
		}
		if c.underWay() {
			text += " There are signs of damage to data or backups."
		}
		if n := len(s.unknown); n > 0 {
			text += " Find out which " +
				report.OneOrMany(n, "machine has the address ", "machines have the addresses ") + name(s.unknown) +
				", and isolate " + report.OneOrMany(n, "it", "them") + ", too: activity came from " +
				"there, and no host of the evidence is known to have had " +
				report.OneOrMany(n, "the address.", "these addresses.")
		}
		return text + c.controllersAmong(s.hosts, name)
	})
}

// controllersAmong warns of the cost of isolating domain controllers.
func (c *Case) controllersAmong(hosts []string, name naming) string {
	var among []string
	for _, h := range hosts {
		if slices.Contains(c.Controllers, h) {
			among = append(among, h)
		}
	}
	if len(among) == 0 {
		return ""
	}
	return " " + name(among) + report.OneOrMany(len(among),
		" is a domain controller: isolating it stops logons that depend on it.",
		" are domain controllers: isolating them stops logons that depend on them.")
}

// byWeight puts the names of the most serious incidents first, in the order in which these have them.
func (c *Case) byWeight(names []string, of func(*report.Incident) []string) []string {
	place := map[string]int{}
	for i := range c.Incidents {
		for _, n := range of(&c.Incidents[i]) {
			if place[n] == 0 {
				place[n] = len(place) + 1
			}
		}
	}
	rank := func(n string) int { return cmp.Or(place[n], len(place)+1) }
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
	return names
}

// reached adds the hosts and the people's accounts of serious incidents to those of grave findings, and returns the
// hosts that it added.
func (c *Case) reached(hosts, users, userIDs *[]string) []string {
	var added []string
	for i := range c.Incidents {
		x := &c.Incidents[i]
		if !x.Severity.AtLeast(report.SeverityHigh) || x.Confidence == report.ConfidenceLow {
			continue
		}
		for _, h := range x.Hosts {
			if !slices.Contains(*hosts, h) {
				added = add(added, h)
				*hosts = add(*hosts, h)
			}
		}
		for _, a := range x.Reach.Accounts {
			if resettable(a.Name) && !a.Presumed && !slices.Contains(*users, a.Name) {
				*users = add(*users, a.Name)
				if !slices.Contains(*userIDs, a.Finding) {
					*userIDs = append(*userIDs, a.Finding)
				}
			}
		}
	}
	return added
}

// underWay reports whether findings show signs that data are being damaged.
func (c *Case) underWay() bool {
	return slices.ContainsFunc(c.Incidents, func(i report.Incident) bool {
		return slices.ContainsFunc(i.Impact, func(x report.Impact) bool { return x.Kind == report.ImpactDestruction })
	})
}

// collecting names what the logs of incidents name and was not collected.
func (c *Case) collecting() []report.Recommendation {
	var names, ids []string
	for i := range c.Incidents {
		for _, x := range c.Incidents[i].Collect {
			if a, err := netip.ParseAddr(x.Name); err == nil && !a.IsPrivate() {
				continue // nobody can collect from the internet
			}
			if !slices.Contains(names, x.Name) {
				names = append(names, x.Name)
			}
			ids = append(ids, x.Findings...)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []report.Recommendation{{Kind: report.ActionCollect, Basis: distinct(ids),
		Text: "Collect the logs of " + report.Few(names, maxRecommended) + ": records of incidents name " +
			report.OneOrMany(len(names), "it, but the evidence holds no logs of it.",
				"them, but the evidence holds no logs of them.")}}
}

// grave reports whether a finding asks for action by itself.
func grave(f *report.Finding) bool {
	return f.Status == report.StatusFinding && f.Rule.Severity.AtLeast(report.SeverityHigh) &&
		f.Confidence != report.ConfidenceLow
}

// review asks for a look at findings that no recommendation above covers.
func (c *Case) review() []report.Recommendation {
	var ids []string
	any := false
	for i := range c.Findings {
		f := &c.Findings[i]
		switch {
		case c.Dismissed[f.ID]:
		case grave(f):
			any = true
		case f.Status == report.StatusFinding:
			ids = append(ids, f.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	text := "Check the benign explanations of " + report.Count(len(ids), "finding", "findings") +
		" of medium or lower severity, or of low confidence, with the users concerned"
	if !any {
		text += "; nothing here calls for containment by itself"
	}
	return []report.Recommendation{{Kind: report.ActionReview, Text: text + ".", Basis: ids}}
}
