package build

import (
	"fmt"
	"slices"
	"strings"

	"hunt/report"
	"hunt/timeline"
	"hunt/timeline/ecs"
)

// recommendations are built from facts only, for an analyst to review. Containment is a grave step: it is suggested for findings
// of high or critical severity that are at least of medium confidence.
func (b *builder) recommendations() {
	var hosts, ids, users, userIDs []string
	for _, f := range b.report.Findings {
		if !grave(&f) {
			continue
		}
		hosts = insertSorted(hosts, f.Host)
		ids = append(ids, f.ID)
		if f.User != "" && !serviceAccount(f.User) {
			users = insertSorted(users, f.User)
			userIDs = append(userIDs, f.ID)
		}
	}
	if len(hosts) > 0 {
		list := report.Few(hosts, 20)
		b.recommend("contain", "Consider isolating "+list+": findings of high or critical severity and at least medium confidence.", ids)
		b.recommend("preserve", "Collect memory and disk of "+list+" before anything is changed; the logs alone do not hold the payloads.", ids)
	}
	if len(users) > 0 {
		b.recommend("reset", "Consider resetting the credentials of "+report.Few(users, 20)+": what was found ran in their sessions.", userIDs)
	}
	b.recommendHunt(ids)
	b.recommendReview()
	b.recommendLogging()
}

// grave holds for the findings that ask for action by themselves.
func grave(f *report.Finding) bool {
	return f.Status == report.StatusFinding && f.Rule.Severity.AtLeast(report.SeverityHigh) && f.Confidence != report.ConfidenceLow
}

func (b *builder) recommend(kind, text string, basis []string) {
	b.report.Recommendations = append(b.report.Recommendations, report.Recommendation{Kind: kind, Text: text, Basis: basis})
}

// recommendHunt names the indicators of the grave findings that mean something on other hosts, too.
func (b *builder) recommendHunt(grave []string) {
	var values, ids []string
	set := map[string]bool{}
	for _, id := range grave {
		set[id] = true
	}
	for _, kind := range []string{"sha256", "md5", "url", "domain", "ip"} { // SHA-256 first: it names one file and no other
		for _, i := range b.report.Indicators {
			if i.Type == kind && i.Note == "" && slices.ContainsFunc(i.Findings, func(id string) bool { return set[id] }) {
				values = append(values, i.Type+" "+i.Defanged)
				ids = append(ids, i.Findings...)
			}
		}
	}
	if len(values) > 0 {
		b.recommend("hunt", "Look for these on other hosts: "+report.Few(values, 8)+". The full list is under indicators.", distinct(ids))
	}
}

// recommendReview asks for a look at what no recommendation above covers.
func (b *builder) recommendReview() {
	var ids []string
	any := false
	for _, f := range b.report.Findings {
		switch {
		case grave(&f):
			any = true
		case f.Status == report.StatusFinding:
			ids = append(ids, f.ID)
		}
	}
	if len(ids) == 0 {
		return
	}
	text := "Check the benign explanations of " + report.Count(len(ids), "finding", "findings") + " of medium or lower severity, or of low confidence, with the users concerned"
	if !any {
		text += "; nothing here asks for containment by itself"
	}
	b.recommend("review", text+".", ids)
}

// recommendLogging names the logs that would have helped: those that were collected and lack the events, and those that are
// not in the evidence at all, which may well exist on the host. Sources of one log that are missing on the same hosts are one
// recommendation.
func (b *builder) recommendLogging() {
	type need struct {
		log     ecs.Source
		collect bool
		hosts   string
	}
	var order []need
	sources, logged := map[need][]timeline.Source{}, b.logged()
	for _, s := range timeline.Sources {
		var enable, collect []string
		for i := range b.sights {
			c := &b.sights[i]
			state := c.source(s.ID).state
			if state != string(timeline.SourceAbsent) && state != string(timeline.SourcePartly) ||
				s.OnlySecurity() && c.source(timeline.SourceSysmonStart).count > 0 {
				continue
			}
			if logged[c.host][s.From] {
				enable = append(enable, c.host)
			} else {
				collect = append(collect, c.host)
			}
		}
		for _, n := range []need{{s.From, false, report.Few(enable, 5)}, {s.From, true, report.Few(collect, 5)}} {
			if n.hosts == "" {
				continue
			}
			if sources[n] == nil {
				order = append(order, n)
			}
			sources[n] = append(sources[n], s)
		}
	}
	for _, n := range order {
		var names, without []string
		for _, s := range sources[n] {
			names = append(names, strings.TrimPrefix(s.Name, n.log.String()+" "))
			without = append(without, s.Without)
		}
		text := fmt.Sprintf("Turn on %s on %s: %s. Not seen without: %s.", n.log, n.hosts, strings.Join(names, ", "), strings.Join(without, "; "))
		if n.collect {
			text = fmt.Sprintf("The %s log of %s is not in the evidence. Collect it; if there is none, turn it on: %s. Not seen without: %s.", n.log, n.hosts, strings.Join(names, ", "), strings.Join(without, "; "))
		}
		b.recommend("enable logging", text, nil)
	}
}

// logged tells the sources that each host has events of.
func (b *builder) logged() map[string]map[ecs.Source]bool {
	out := map[string]map[ecs.Source]bool{}
	for _, h := range b.cs.Hosts {
		sources := map[ecs.Source]bool{}
		for _, e := range h.Events {
			sources[e.Kind().Meaning().Source] = true
			sources[ecs.SourceOfChannel(e.Channel)] = true
		}
		out[h.ID] = sources
	}
	return out
}

// serviceAccount tells the accounts that have no credentials to reset.
func serviceAccount(user string) bool {
	domain, name, ok := strings.Cut(user, `\`)
	if !ok {
		domain, name = "", user
	}
	switch strings.ToUpper(domain) {
	case "NT AUTHORITY", "NT SERVICE", "WINDOW MANAGER", "FONT DRIVER HOST", "IIS APPPOOL":
		return true
	}
	return domain == "" && strings.EqualFold(name, "SYSTEM")
}
