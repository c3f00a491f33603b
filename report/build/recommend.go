package build

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"hunt/report"
	"hunt/report/identity"
	"hunt/report/incident"
	"hunt/report/sight"
	"hunt/timeline/coverage"
	"hunt/timeline/ecs"
)

// recommendations are built from facts only, for an analyst to review. Containment is a grave step: it is
// suggested for findings of high or critical severity that are at least of medium confidence.
func (b *builder) recommendations(p *picture) []report.Recommendation {
	var out []report.Recommendation
	var hosts, ids, users, userIDs []string
	for i := range p.findings {
		f := &p.findings[i]
		if !grave(f) || p.dismissed[f.ID] {
			continue
		}
		hosts = insertSorted(hosts, f.Host)
		ids = append(ids, f.ID)
		if f.User != "" && !identity.ServiceAccount(f.User) && !strings.HasSuffix(f.User, "$") {
			users = insertSorted(users, b.called(f.User))
			userIDs = append(userIDs, f.ID)
		}
	}
	reached := p.reached(&hosts, &users, &userIDs)
	hosts = p.byWeight(hosts, func(i *report.Incident) []string { return i.Hosts })
	users = p.byWeight(users, func(i *report.Incident) []string { return i.Accounts })
	if len(hosts) > 0 {
		out = append(out, naming(report.ActionContain, ids, hosts, p.containing(len(reached) > 0)+
			b.controllersAmong(hosts)),
			naming(report.ActionPreserve, ids, hosts, "Once isolated, and before anything is cleaned or switched off, "+
				"acquire the memory and then the disk of %s: the logs alone do not hold the payloads."))
	}
	out = append(out, b.resetting(p, users, userIDs)...)
	out = slices.Concat(out, p.domainSecrets(), p.hunting(ids), p.collecting(), p.review(), b.logging(p.sights))
	for i := range out {
		out[i].Basis, out[i].More = report.Named(out[i].Basis)
	}
	return out
}

// How many hosts or accounts a recommendation names, and how many on the first screen.
const (
	maxRecommended = 20
	maxBrief       = 5
)

// naming is a recommendation whose text names hosts or accounts.
func naming(kind report.Action, basis, names []string, text string) report.Recommendation {
	r := report.Recommendation{Kind: kind, Basis: basis, Text: fmt.Sprintf(text, report.Few(names, maxRecommended))}
	if len(names) > maxBrief {
		r.Brief = fmt.Sprintf(text, report.Few(names, maxBrief))
	}
	return r
}

// containing asks for hosts to be isolated. Where data are being damaged it says first what must not be done: what is
// in memory is lost when a machine is switched off.
func (p *picture) containing(reached bool) string {
	why := "findings there have high or critical severity and at least medium confidence"
	if reached {
		why += ", or the same incidents reached them"
	}
	if p.underWay() {
		return "Isolate from the network, and do not switch off, %s: there are signs of damage to data or backups; " +
			why + "."
	}
	return "Consider isolating %s from the network: " + why + "."
}

// controllersAmong warns of what the isolation of domain controllers costs.
func (b *builder) controllersAmong(hosts []string) string {
	var among []string
	for _, h := range hosts {
		if slices.Contains(b.dcs, h) {
			among = append(among, strings.ReplaceAll(h, "%", "%%"))
		}
	}
	if len(among) == 0 {
		return ""
	}
	return " " + report.Few(among, maxBrief) + report.OneOrMany(len(among),
		" is a domain controller: isolating it stops logons that depend on it.",
		" are domain controllers: isolating them stops logons that depend on them.")
}

// resetting asks for new credentials of accounts. One that an incident created or renamed is the intruder's own: a new
// password does not mend it.
func (b *builder) resetting(p *picture, users, ids []string) []report.Recommendation {
	made := map[string]bool{}
	for i := range b.found {
		if f := &b.found[i]; f.Status == report.StatusFinding && f.Incident != "" && !p.dismissed[f.ID] {
			for _, e := range b.chains[i] {
				if j := b.joins[e]; j != nil {
					for _, name := range j.Made {
						made[strings.ToLower(name)] = true
					}
				}
			}
		}
	}
	var reset, disable []string
	for _, u := range users {
		if made[strings.ToLower(u[strings.LastIndexByte(u, '\\')+1:])] {
			disable = append(disable, u)
		} else {
			reset = append(reset, u)
		}
	}
	var out []report.Recommendation
	if len(reset) > 0 {
		out = append(out, naming(report.ActionReset, ids, reset, "Consider resetting the credentials of %s: the "+
			"activity found ran in their sessions or used their credentials."))
	}
	if len(disable) > 0 {
		out = append(out, naming(report.ActionReset, ids, disable, "Consider disabling %s rather than giving a new "+
			"password: findings show that such an account was created or renamed."))
	}
	return out
}

// byWeight puts the names of the most serious incidents first, in the order in which these have them.
func (p *picture) byWeight(names []string, of func(*report.Incident) []string) []string {
	place := map[string]int{}
	for i := range p.incidents {
		for _, n := range of(&p.incidents[i]) {
			if place[n] == 0 {
				place[n] = len(place) + 1
			}
		}
	}
	rank := func(n string) int { return cmp.Or(place[n], len(place)+1) }
	slices.SortStableFunc(names, func(a, c string) int { return cmp.Compare(rank(a), rank(c)) })
	return names
}

// called is the name under which the report speaks of an account, whatever the spelling in a record.
func (b *builder) called(user string) string {
	return cmp.Or(b.spoken[b.folder.Fold(identity.AccountOf(user, "")).Key], user)
}

// reached adds the hosts and the people's accounts of serious incidents to those of grave findings, and returns the
// hosts that it added.
func (p *picture) reached(hosts, users, userIDs *[]string) []string {
	var added []string
	for i := range p.incidents {
		x := &p.incidents[i]
		if !x.Severity.AtLeast(report.SeverityHigh) || x.Confidence == report.ConfidenceLow {
			continue
		}
		for _, h := range x.Hosts {
			if !slices.Contains(*hosts, h) {
				added = insertSorted(added, h)
				*hosts = insertSorted(*hosts, h)
			}
		}
		for _, a := range x.Reach.Accounts {
			if a.Name != "" && !a.Presumed && !identity.ServiceAccount(a.Name) && !strings.HasSuffix(a.Name, "$") &&
				!slices.Contains(*users, a.Name) {
				*users = insertSorted(*users, a.Name)
				if !slices.Contains(*userIDs, a.Finding) {
					*userIDs = append(*userIDs, a.Finding)
				}
			}
		}
	}
	return added
}

// underWay reports whether findings show signs that data are being damaged.
func (p *picture) underWay() bool {
	return slices.ContainsFunc(p.incidents, func(i report.Incident) bool {
		return slices.ContainsFunc(i.Impact, func(x report.Impact) bool { return x.Kind == report.ImpactDestruction })
	})
}

// domainSecrets asks for the accounts of a domain whose secrets may be known.
func (p *picture) domainSecrets() []report.Recommendation {
	var ids []string
	for i := range p.incidents {
		if x := &p.incidents[i]; x.Reach.Privilege == incident.DomainSecrets &&
			x.Severity.AtLeast(report.SeverityHigh) && x.Confidence != report.ConfidenceLow {
			ids = append(ids, x.Findings...)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return []report.Recommendation{{Kind: report.ActionReset, Basis: distinct(ids),
		Text: "Plan to reset krbtgt twice and all accounts that administer the domain: findings show access to " +
			"the secrets of the domain."}}
}

// maxCollected bounds the hosts and addresses that one recommendation names.
const maxCollected = 8

// collecting names what the logs of incidents name and nobody collected.
func (p *picture) collecting() []report.Recommendation {
	var names, ids []string
	for i := range p.incidents {
		for _, c := range p.incidents[i].Collect {
			if a, err := netip.ParseAddr(c.Name); err == nil && !a.IsPrivate() {
				continue // nobody can collect from the internet
			}
			if !slices.Contains(names, c.Name) {
				names = append(names, c.Name)
			}
			ids = append(ids, c.Findings...)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []report.Recommendation{{Kind: report.ActionCollect, Basis: distinct(ids),
		Text: "Collect the logs of " + report.Few(names, maxCollected) + ": the logs of incidents name " +
			report.OneOrMany(len(names), "it", "them") +
			", and they are not in the evidence."}}
}

// grave holds for the findings that ask for action by themselves.
func grave(f *report.Finding) bool {
	return f.Status == report.StatusFinding && f.Rule.Severity.AtLeast(report.SeverityHigh) &&
		f.Confidence != report.ConfidenceLow
}

// hunted are the types of indicators that mean something on other hosts. SHA-256 comes first: it names one
// file and no other.
var hunted = []report.IndicatorType{report.IndicatorSHA256, report.IndicatorMD5, report.IndicatorURL,
	report.IndicatorDomain, report.IndicatorIP}

// hunting names the indicators of the grave findings that mean something on other hosts, too.
func (p *picture) hunting(grave []string) []report.Recommendation {
	var values, ids []string
	set := map[string]bool{}
	for _, id := range grave {
		set[id] = true
	}
	for _, kind := range hunted {
		for i := range p.indicators {
			n := &p.indicators[i]
			if n.Type == kind && n.Note == "" &&
				slices.ContainsFunc(n.Findings, func(id string) bool { return set[id] }) {
				values = append(values, string(n.Type)+" "+n.Defanged)
				ids = append(ids, n.Findings...)
			}
		}
	}
	if len(values) == 0 {
		return nil
	}
	return []report.Recommendation{{Kind: report.ActionHunt, Basis: distinct(ids),
		Text: "Search the other hosts for these: " + report.Few(values, 8) + ". The full list is under Indicators."}}
}

// review asks for a look at what no recommendation above covers.
func (p *picture) review() []report.Recommendation {
	var ids []string
	any := false
	for i := range p.findings {
		f := &p.findings[i]
		switch {
		case p.dismissed[f.ID]:
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

// wanted is a log that would have helped, and the hosts that it is missing on.
type wanted struct {
	log     ecs.Source
	collect bool // it is not in the evidence at all, and may well exist on the host
	hosts   []string
	sources []coverage.Source
}

// logging names the logs that would have helped: those that were collected and lack the events, and those
// that are not in the evidence at all, which may well exist on the host. Sources of one log that are
// missing on the same hosts are one recommendation.
func (b *builder) logging(sights []hostSight) []report.Recommendation {
	var list []*wanted
	logged := b.logged()
	for _, s := range coverage.Sources {
		enable, collect := missing(s, sights, logged)
		for _, n := range []wanted{{log: s.From, hosts: enable}, {log: s.From, collect: true, hosts: collect}} {
			if len(n.hosts) == 0 {
				continue
			}
			same := slices.IndexFunc(list, func(w *wanted) bool {
				return w.log == n.log && w.collect == n.collect && slices.Equal(w.hosts, n.hosts)
			})
			if same < 0 {
				same = len(list)
				list = append(list, &n)
			}
			list[same].sources = append(list[same].sources, s)
		}
	}
	var out []report.Recommendation
	for _, n := range list {
		out = append(out, report.Recommendation{Kind: report.ActionLogging, Text: n.text()})
	}
	return out
}

// missing are the hosts that lack a source, in whole or in part: those whose log is in the evidence, and
// those whose log is not.
func missing(s coverage.Source, sights []hostSight, logged map[string]map[ecs.Source]bool) (enable,
	collect []string) {
	for i := range sights {
		c := &sights[i]
		state := c.source(s.ID).state
		if state != sight.SourceAbsent && state != sight.SourcePartly ||
			s.OnlySecurity() && c.source(coverage.SourceSysmonStart).count > 0 {
			continue
		}
		if logged[c.host][s.From] {
			enable = append(enable, c.host)
		} else {
			collect = append(collect, c.host)
		}
	}
	return enable, collect
}

// text is the recommendation in a sentence.
func (w *wanted) text() string {
	var names, without []string
	for _, s := range w.sources {
		names = append(names, strings.TrimPrefix(s.Name, w.log.String()+" "))
		without = append(without, s.Without)
	}
	hosts := report.Few(w.hosts, 5)
	if w.collect {
		return fmt.Sprintf("The %s log of %s is not in the evidence. Collect it; if there is none, enable these "+
			"events: %s. Without them, the logs do not show %s.",
			w.log, hosts, strings.Join(names, ", "), strings.Join(without, "; "))
	}
	return fmt.Sprintf("Enable these %s events on %s: %s. Without them, the logs do not show %s.", w.log, hosts,
		strings.Join(names, ", "), strings.Join(without, "; "))
}

// logged tells the sources that each host has events of.
func (b *builder) logged() map[string]map[ecs.Source]bool {
	out := map[string]map[ecs.Source]bool{}
	for _, h := range b.cs.Hosts.All {
		sources := map[ecs.Source]bool{}
		for _, e := range h.Events {
			sources[e.Kind().Meaning().Source] = true
			sources[ecs.SourceOfChannel(e.Channel)] = true
		}
		out[h.ID] = sources
	}
	return out
}
