package report

import (
	"fmt"
	"slices"
	"strings"

	"hunt/rules"
	"hunt/timeline"
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
		list := few(hosts, 20)
		b.recommend("contain", "Consider isolating "+list+": findings of high or critical severity and at least medium confidence.", ids)
		b.recommend("preserve", "Collect memory and disk of "+list+" before anything is changed; the logs alone do not hold the payloads.", ids)
	}
	if len(users) > 0 {
		b.recommend("reset", "Consider resetting the credentials of "+few(users, 20)+": what was found ran in their sessions.", userIDs)
	}
	b.recommendHunt(ids)
	b.recommendReview()
	b.recommendLogging()
}

// grave holds for the findings that ask for action by themselves.
func grave(f *Finding) bool {
	return f.Status == string(rules.StatusFinding) && severityRank(f.Rule.Severity) <= severityRank("high") && f.Confidence != string(rules.Low)
}

func (b *builder) recommend(kind, text string, basis []string) {
	b.report.Recommendations = append(b.report.Recommendations, Recommendation{Kind: kind, Text: text, Basis: basis})
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
		b.recommend("hunt", "Look for these on other hosts: "+few(values, 8)+". The full list is under indicators.", distinct(ids))
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
		case f.Status == string(rules.StatusFinding):
			ids = append(ids, f.ID)
		}
	}
	if len(ids) == 0 {
		return
	}
	text := "Check the benign explanations of " + count(len(ids), "finding", "findings") + " of medium or lower severity, or of low confidence, with the users concerned"
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
		log     string
		collect bool
		hosts   string
	}
	var order []need
	sources, logged := map[need][]timeline.Source{}, b.logged()
	for _, s := range timeline.Sources {
		var enable, collect []string
		for _, c := range b.report.Coverage {
			state := c.of(s.Name)
			if state != string(timeline.SourceAbsent) && state != string(timeline.SourcePartly) || only4688(s.Name) && sysmonStarts(c) {
				continue
			}
			if logged[c.Host][channelOf(s.Name)] {
				enable = append(enable, c.Host)
			} else {
				collect = append(collect, c.Host)
			}
		}
		for _, n := range []need{{channelOf(s.Name), false, few(enable, 5)}, {channelOf(s.Name), true, few(collect, 5)}} {
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
			names = append(names, strings.TrimPrefix(s.Name, n.log+" "))
			without = append(without, s.Without)
		}
		text := fmt.Sprintf("Turn on %s on %s: %s. Not seen without: %s.", n.log, n.hosts, strings.Join(names, ", "), strings.Join(without, "; "))
		if n.collect {
			text = fmt.Sprintf("The %s log of %s is not in the evidence. Collect it; if there is none, turn it on: %s. Not seen without: %s.", n.log, n.hosts, strings.Join(names, ", "), strings.Join(without, "; "))
		}
		b.recommend("enable logging", text, nil)
	}
}

// of is the state of a source.
func (c *HostCoverage) of(source string) string {
	for _, s := range c.Sources {
		if s.Source == source {
			return s.State
		}
	}
	return ""
}

// channelOf is the log of a source: the first word of its name.
func channelOf(source string) string {
	log, _, _ := strings.Cut(source, " ")
	return log
}

// logged tells which of the logs of the coverage matrix each host has events of.
func (b *builder) logged() map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for _, h := range b.cs.Hosts {
		logs := map[string]bool{}
		for _, e := range h.Events {
			switch {
			case e.Provider == "Microsoft-Windows-Sysmon":
				logs["Sysmon"] = true
			case e.Provider == powerShellProvider:
				logs["PowerShell"] = true
			case e.Channel == "Security":
				logs["Security"] = true
			}
		}
		out[h.ID] = logs
	}
	return out
}

// only4688 tells the sources that matter where Sysmon saw no process start.
func only4688(source string) bool { return strings.HasPrefix(source, "Security 4688") }

func sysmonStarts(c HostCoverage) bool {
	for _, s := range c.Sources {
		if s.Source == "Sysmon 1 process start" {
			return s.Count > 0
		}
	}
	return false
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
