package advice

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"hunt/report"
	"hunt/report/identity"
)

// Case is what advice is based on.
type Case struct {
	Findings    []report.Finding
	Incidents   []report.Incident // without dismissed ones
	Dismissed   map[string]bool   // findings of dismissed incidents
	Indicators  []report.Indicator
	Controllers []string                // hosts that are domain controllers
	Files       map[string]string       // names of files, by hash
	Stock       map[string][]string     // paths of copies of stock programs, by hash
	Local       func(user string) bool  // whether an account is one machine's; nil knows none
	Made        func(user string) *Made // how an incident created or renamed an account, nil if it did not
}

// Recommendations returns the recommendations in the order in which to act: the first three are for the first screen.
// Containment is a drastic step, so it is suggested only for findings of high or critical severity with at least
// medium confidence.
func (c *Case) Recommendations(logging []report.Recommendation) []report.Recommendation {
	var out, keep []report.Recommendation
	var hosts, ids, users, userIDs []string
	for i := range c.Findings {
		f := &c.Findings[i]
		if !grave(f) || c.Dismissed[f.ID] {
			continue
		}
		hosts = add(hosts, f.Host)
		ids = append(ids, f.ID)
		if f.User != "" && !identity.ServiceAccount(f.User) && !strings.HasSuffix(f.User, "$") {
			users = add(users, f.User)
			userIDs = append(userIDs, f.ID)
		}
	}
	reached := c.reached(&hosts, &users, &userIDs)
	hosts = c.byWeight(hosts, func(i *report.Incident) []string { return i.Hosts })
	users = c.byWeight(users, func(i *report.Incident) []string { return i.Accounts })
	if len(hosts) > 0 {
		out = append(out, c.containing(ids, hosts, reached))
		keep = append(keep, naming(report.ActionPreserve, ids, hosts, "After isolation, and before anything is "+
			"cleaned or switched off, acquire the memory, then the disk and the event logs of %s: the logs alone do "+
			"not hold the payloads, and new records overwrite old ones."))
	}
	out = slices.Concat(out, c.resetting(users, userIDs), c.hunting(ids), keep, c.collecting(), c.review(), logging)
	for i := range out {
		out[i].Basis, out[i].More = report.Named(out[i].Basis)
	}
	return out
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

// How many hosts or accounts a recommendation names, and how many on the first screen.
const (
	maxRecommended = 20
	maxBrief       = 5
)

// naming returns a recommendation whose text names hosts or accounts.
func naming(kind report.Action, basis, names []string, text string) report.Recommendation {
	r := report.Recommendation{Kind: kind, Basis: basis, Text: fmt.Sprintf(text, report.Few(names, maxRecommended))}
	if len(names) > maxBrief {
		r.Brief = fmt.Sprintf(text, report.Few(names, maxBrief))
	}
	return r
}

// containing asks for hosts to be isolated, and says for each why. If data are being damaged, it first says what must
// not be done: memory is lost when a machine is switched off.
func (c *Case) containing(basis, hosts, reached []string) report.Recommendation {
	var grave, others []string
	for _, h := range hosts {
		if slices.Contains(reached, h) {
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
	tell := func(most int) string {
		text := "Consider isolating " + report.Few(grave, most) + " from the network: " + why
		if c.underWay() {
			text = "Isolate from the network, and do not switch off, " + report.Few(grave, most) + ": " + why
		}
		if len(others) > 0 {
			text += " Also " + report.Few(others, most) + ": the same incidents reached " +
				report.OneOrMany(len(others), "it.", "them.")
		}
		if c.underWay() {
			text += " There are signs of damage to data or backups."
		}
		return text + c.controllersAmong(hosts)
	}
	r := report.Recommendation{Kind: report.ActionContain, Basis: basis, Text: tell(maxRecommended)}
	if brief := tell(maxBrief); brief != r.Text {
		r.Brief = brief
	}
	return r
}

// controllersAmong warns of the cost of isolating domain controllers.
func (c *Case) controllersAmong(hosts []string) string {
	var among []string
	for _, h := range hosts {
		if slices.Contains(c.Controllers, h) {
			among = append(among, h)
		}
	}
	if len(among) == 0 {
		return ""
	}
	return " " + report.Few(among, maxBrief) + report.OneOrMany(len(among),
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
			if a.Name != "" && !a.Presumed && !identity.ServiceAccount(a.Name) && !strings.HasSuffix(a.Name, "$") &&
				!slices.Contains(*users, a.Name) {
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

// maxCollected bounds the hosts and addresses that one recommendation names.
const maxCollected = 8

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
		Text: "Collect the logs of " + report.Few(names, maxCollected) + ": records of incidents name " +
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
