package incident

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"hunt/evtx"
	"hunt/report"
	"hunt/report/decision"
)

// Bounds of a story: how many hosts or accounts it names, and the length of its first event, in characters.
const (
	maxStoryNames = 8
	maxStoryTitle = 260
	maxStoryAfter = 120
)

// story says in a few short sentences what happened: where, under which account and when it began and with what; what
// followed; whom else its records name; how certain that is. It is for a reader who reads nothing else.
func (t *tale) story(out *report.Incident) string {
	first := t.findings[0]
	if out.Entry.Known {
		first = t.finding(out.Entry.Finding)
	}
	accounts, presumed := t.accounts(first)
	text := "On " + t.j.c.short(first.host()) + ", " + under(accounts, presumed) +
		report.Moment(first.start(), "on 2006-01-02 at 15:04 UTC") + ": " +
		stopped(report.Ellipsis(first.Title, maxStoryTitle))
	if first.RuleName != "" {
		text += ` Matched rule: "` + strings.TrimRight(first.RuleName, ".") + `".`
	}
	text += t.followed(first) + t.others(out, first.host(), accounts) + t.lastly(out, first)
	if len(t.skewed()) > 0 {
		text += " The clocks of its hosts differ; each time is that of its own host."
	}
	if !out.Entry.Known {
		text += " How it began was not seen."
	}
	return text + " " + t.sure(out, first)
}

// finding is the finding of the tale with an id.
func (t *tale) finding(id string) *Finding {
	i := slices.IndexFunc(t.findings, func(f *Finding) bool { return f.ID == id })
	return t.findings[max(i, 0)]
}

// accounts returns the accounts of a finding's events on its first host: those that the records name, rather than
// System; or else that of the logon which made what the first shows, which is presumed. An account that somebody only
// tried to log on as did nothing.
func (t *tale) accounts(f *Finding) (names []string, presumed bool) {
	var system []string
	for i := range f.Events {
		e := &f.Events[i]
		list := &names
		if e.Account.Kind == AccountSystem {
			list = &system
		}
		if e.Account.Name != "" && e.Host == f.host() && !e.Refused && !slices.Contains(*list, e.Account.Name) {
			*list = append(*list, e.Account.Name)
		}
	}
	if len(names) == 0 && len(f.Events) > 0 {
		if m := t.j.madeBy(&f.Events[0]); m != nil {
			return []string{m.Account.Name}, true
		}
		names = system
	}
	return names, false
}

// under says under which accounts something happened, "" if that is unknown.
func under(accounts []string, presumed bool) string {
	if len(accounts) == 0 {
		return ""
	}
	text := "under the " + report.OneOrMany(len(accounts), "account ", "accounts ") +
		report.Few(accounts, maxStoryNames) + ", "
	if presumed {
		return "presumably " + text
	}
	return text
}

// sign is a kind of harm with the time when a story first shows it.
type sign struct {
	words string
	at    evtx.Filetime
}

// followed says which signs of harm the first finding shows, which came before it, and which followed.
func (t *tale) followed(first *Finding) string {
	var own []string
	var before, later []sign
	for _, k := range impacts {
		i := slices.IndexFunc(t.findings, func(f *Finding) bool {
			return f.weighs() && slices.ContainsFunc(f.Techniques, k.shows)
		})
		if i < 0 {
			continue
		}
		switch f := t.findings[i]; {
		case f == first || f.sameStart(first):
			own = append(own, k.kind.Words())
		case f.start() < first.start():
			before = append(before, sign{k.kind.Words(), f.start()})
		default:
			later = append(later, sign{k.kind.Words(), f.start()})
		}
	}
	text := ""
	if len(own) > 0 {
		text = " It is a sign of " + and(own) + "."
	}
	if len(before) > 0 {
		text += " Signs of " + listed(before, first) + " came before."
	}
	if len(later) > 0 {
		return text + " Signs of " + listed(later, first) + " followed."
	}
	if p := t.peak(); !p.sameStart(first) && p.start() > first.start() {
		text += " Afterwards: " + stopped(report.Ellipsis(p.Title, maxStoryAfter))
	}
	return text
}

// listed names signs in order of time; with the day if one is of another day than the first finding.
func listed(signs []sign, first *Finding) string {
	slices.SortStableFunc(signs, func(a, b sign) int { return cmp.Compare(a.at, b.at) })
	day := func(at evtx.Filetime) string { return report.Moment(at, time.DateOnly) }
	layout, of := "15:04", day(first.start())
	if day(signs[0].at) != of || day(signs[len(signs)-1].at) != of {
		layout = "2006-01-02 15:04"
	}
	var list []string
	for _, s := range signs {
		list = append(list, s.words+" ("+report.Moment(s.at, layout)+")")
	}
	return and(list)
}

// others says which other hosts and accounts the records of an incident name, and with which rights, "" if none.
func (t *tale) others(out *report.Incident, from string, under []string) string {
	var hosts []string
	for _, h := range out.Hosts {
		if h != from {
			hosts = append(hosts, t.j.c.short(h))
		}
	}
	var accounts []string
	for i, a := range out.AccountNames() {
		if !slices.Contains(under, out.Accounts[i]) {
			accounts = append(accounts, a)
		}
	}
	var parts []string
	if n := len(hosts); n > 0 {
		parts = append(parts, report.Count(n, "more host", "more hosts")+" ("+report.Few(hosts, maxStoryNames)+")")
	}
	if n := len(accounts); n > 0 {
		parts = append(parts, report.Count(n, "more account", "more accounts")+" ("+
			report.Few(accounts, maxStoryNames)+")")
	}
	text := ""
	if len(parts) > 0 {
		text = " Its records also name " + strings.Join(parts, " and ") + "."
	}
	if p := out.Reach.Privilege; p != "" && p != privileges[len(privileges)-1] {
		text += " Highest rights seen: " + p + "."
	}
	if out.Reach.DomainController {
		text += " A domain controller is among its hosts."
	}
	return text
}

// sure says how certain it is that the incident is malicious, and why, and how certain that it is one.
func (t *tale) sure(out *report.Incident, first *Finding) string {
	text := "How sure: " + string(out.Confidence) + " confidence that it is malicious. " + t.malicious(first)
	switch out.Chain {
	case report.ChainSingle:
		return text + " Nothing else is linked to it (single event)."
	case report.ChainIncomplete:
		return text + " That all of it is one incident is less sure: processes or files do not join all of it " +
			"(incomplete chain)."
	}
	return text + " Common processes, files, sessions or logons join all of it into one incident (linked chain)."
}

// maxStoryMeans bounds what a rule says of its matches, in characters.
const maxStoryMeans = 160

// malicious says why: how many rules matched, over how many kinds of logs, and what those say that tell most; of one
// rule alone, what a match of it means.
func (t *tale) malicious(first *Finding) string {
	var rules, names, sources []string
	by := slices.Clone(t.findings)
	peak := t.peak()
	slices.SortStableFunc(by, func(a, b *Finding) int {
		if x, y := a == peak, b == peak; x != y {
			return -order(x)
		}
		return cmp.Compare(a.Severity.Rank(), b.Severity.Rank())
	})
	tactics := map[string]bool{first.mainTactic().TacticID: true}
	for _, f := range by {
		if !f.weighs() || slices.Contains(rules, f.Rule) {
			continue
		}
		rules = append(rules, f.Rule)
		if f.Source != "" && !slices.Contains(sources, f.Source) {
			sources = append(sources, f.Source)
		}
		if id := f.mainTactic().TacticID; !tactics[id] && f.RuleName != "" && len(names) < 2 && f.Rule != first.Rule {
			tactics[id] = true
			names = append(names, `"`+strings.TrimRight(f.RuleName, ".")+`"`)
		}
	}
	if len(rules) == 1 {
		text, _, _ := strings.Cut(t.lead.Means, ". ")
		if text == "" {
			return "One rule matched."
		}
		return "One rule matched. Why it matters: " + stopped(report.Ellipsis(text, maxStoryMeans))
	}
	text := report.Thousands(len(rules)) + " rules matched"
	if n := len(sources); n > 1 {
		text += " over " + report.Thousands(n) + " kinds of logs"
	}
	if len(names) > 0 {
		text += ", among them " + and(names)
	}
	return text + "."
}

// order is 1 for what holds.
func order(b bool) int {
	if b {
		return 1
	}
	return 0
}

// and joins words as a sentence does.
func and(words []string) string {
	if n := len(words) - 1; n > 0 {
		return strings.Join(words[:n], ", ") + " and " + words[n]
	}
	return strings.Join(words, "")
}

// maxApart is how many hosts, accounts or values Apart names of those that incidents have in common.
const maxApart = 3

// Apart says why several incidents are not one, and what that leaves open; "" for fewer than two.
func Apart(incidents []report.Incident, hubs []report.Hub, decisions []decision.Decision) string {
	if len(incidents) < 2 {
		return ""
	}
	text := "hunt found nothing that joins these " + report.Thousands(len(incidents)) + " incidents: no common " +
		"process, file or logon session, no logon from a host of one to a host of another"
	if slices.ContainsFunc(decisions, func(d decision.Decision) bool { return d.Kind == decision.Split }) {
		text += "; or the case file splits them"
	}
	text += ". They may still be one: "
	var common []string
	add := func(n int, two, more string) {
		switch {
		case n > 0 && len(incidents) == 2:
			common = append(common, two)
		case n > 0:
			common = append(common, report.Thousands(n)+" of them have "+more)
		}
	}
	add(patterns(incidents), "both follow the same pattern", "their pattern in common with another")
	n, names := sharing(incidents, func(i *report.Incident) []string { return i.Hosts })
	add(n, "both touch "+names, "a host in common with another ("+names+")")
	n, names = sharing(incidents, func(i *report.Incident) []string { return i.Accounts })
	add(n, "both name "+names, "an account in common with another ("+names+")")
	if len(common) > 0 {
		text += and(common)
	} else {
		text += "the logs of hosts that were not collected may join them"
	}
	if values := between(incidents, hubs); len(values) > 0 {
		text += ". Their findings also have " + report.Few(values, maxApart) + " in common, which proves nothing: " +
			report.OneOrMany(len(values), "it is", "they are") + " too common in the evidence"
	}
	return text + "."
}

// sharing counts the incidents that have a host or an account in common with another, and names what they have in
// common.
func sharing(incidents []report.Incident, of func(*report.Incident) []string) (n int, common string) {
	count := map[string]int{}
	for i := range incidents {
		for _, name := range of(&incidents[i]) {
			count[name]++
		}
	}
	var shared []string
	for i := range incidents {
		has := false
		for _, name := range of(&incidents[i]) {
			if count[name] == 1 {
				continue
			}
			has = true
			if count[name] > 0 {
				shared = append(shared, name)
				count[name] = -1 // named
			}
		}
		if has {
			n++
		}
	}
	return n, report.Few(shared, maxApart)
}

// between are the hubs that findings of several incidents share.
func between(incidents []report.Incident, hubs []report.Hub) (values []string) {
	of := map[string]int{} // incident of each finding, from 1
	for i := range incidents {
		for _, id := range incidents[i].Findings {
			of[id] = i + 1
		}
	}
	for _, h := range hubs {
		seen := 0
		for _, id := range h.Findings {
			if i := of[id]; i > 0 && seen > 0 && i != seen {
				values = append(values, h.Text)
				break
			} else if i > 0 {
				seen = i
			}
		}
	}
	return values
}
