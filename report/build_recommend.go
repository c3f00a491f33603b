package report

import (
	"fmt"
	"slices"
	"strings"

	"hunt/rules"
	"hunt/timeline"
)

// recommendations are built from facts only, for an analyst to review.
func (b *builder) recommendations() {
	var hosts, ids, users, userIDs []string
	for _, f := range b.report.Findings {
		if f.Status != string(rules.StatusFinding) || severityRank(f.Rule.Severity) > severityRank("high") {
			continue
		}
		hosts = insertSorted(hosts, f.Host)
		ids = append(ids, f.ID)
		if f.User != "" && f.Confidence != string(rules.Low) && !serviceAccount(f.User) {
			users = insertSorted(users, f.User)
			userIDs = append(userIDs, f.ID)
		}
	}
	if len(hosts) > 0 {
		list := few(hosts, 20)
		b.recommend("contain", "Consider isolating "+list+": findings of high or critical severity.", ids)
		b.recommend("preserve", "Collect memory and disk of "+list+" before anything is changed; the logs alone do not hold the payloads.", ids)
	}
	if len(users) > 0 {
		b.recommend("reset", "Consider resetting the credentials of "+few(users, 20)+": the chains ran in their sessions.", userIDs)
	}
	b.recommendHunt(ids)
	b.recommendReview()
	b.recommendLogging()
}

func (b *builder) recommend(kind, text string, basis []string) {
	b.report.Recommendations = append(b.report.Recommendations, Recommendation{Kind: kind, Text: text, Basis: basis})
}

// recommendHunt names the indicators of the grave findings that mean something on other hosts, too.
func (b *builder) recommendHunt(grave []string) {
	var values, ids []string
	for _, kind := range []string{"sha256", "md5", "url", "domain", "ip"} { // SHA-256 first: it names one file and no other
		for _, i := range b.report.Indicators {
			if i.Type == kind && i.Note == "" && slices.ContainsFunc(i.Findings, func(id string) bool { return slices.Contains(grave, id) }) {
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
	for _, f := range b.report.Findings {
		if f.Status == string(rules.StatusFinding) && severityRank(f.Rule.Severity) > severityRank("high") {
			ids = append(ids, f.ID)
		}
	}
	if len(ids) > 0 && b.report.Summary.BySeverity["critical"]+b.report.Summary.BySeverity["high"] == 0 {
		b.recommend("review", "Check the benign explanations of "+count(len(ids), "finding", "findings")+" of medium or lower severity, with the users concerned; nothing here asks for containment by itself.", ids)
	}
}

// recommendLogging names the logs that would have helped: those that were collected and lack the events, and those that are
// not in the evidence at all, which may well exist on the host.
func (b *builder) recommendLogging() {
	type gap struct{ enable, collect []string }
	gaps := map[string]*gap{}
	for _, c := range b.report.Coverage {
		logged := b.logged(c.Host)
		for _, s := range c.Sources {
			if s.State != string(timeline.SourceAbsent) && s.State != string(timeline.SourcePartly) || only4688(s.Source) && sysmonStarts(c) {
				continue
			}
			g := gaps[s.Source]
			if g == nil {
				g = &gap{}
				gaps[s.Source] = g
			}
			if logged[channelOf(s.Source)] {
				g.enable = append(g.enable, c.Host)
			} else {
				g.collect = append(g.collect, c.Host)
			}
		}
	}
	for _, s := range timeline.Sources {
		g := gaps[s.Name]
		if g == nil {
			continue
		}
		if len(g.enable) > 0 {
			b.recommend("enable logging", fmt.Sprintf("Turn on %s on %s. Not seen without it: %s.", s.Name, few(g.enable, 5), s.Without), nil)
		}
		if len(g.collect) > 0 {
			b.recommend("enable logging", fmt.Sprintf("Collect the %s log of %s, or turn on %s if there is none: it is not in the evidence. Not seen without it: %s.",
				channelOf(s.Name), few(g.collect, 5), s.Name, s.Without), nil)
		}
	}
}

// channelOf is the log of a source: the first word of its name.
func channelOf(source string) string {
	log, _, _ := strings.Cut(source, " ")
	return log
}

// logged tells which of the logs of the coverage matrix a host has events of.
func (b *builder) logged(host string) map[string]bool {
	out := map[string]bool{}
	for _, h := range b.cs.Hosts {
		if h.ID != host {
			continue
		}
		for _, e := range h.Events {
			switch {
			case e.Provider == "Microsoft-Windows-Sysmon":
				out["Sysmon"] = true
			case e.Provider == "Microsoft-Windows-PowerShell":
				out["PowerShell"] = true
			case e.Channel == "Security":
				out["Security"] = true
			}
		}
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
