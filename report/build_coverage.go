package report

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"hunt/rules"
	"hunt/timeline"
)

func (b *builder) coverage() {
	for _, h := range b.cs.Hosts {
		c := b.cs.Coverage(h)
		out := HostCoverage{Host: h.ID, Notes: c.Notes}
		for _, s := range c.Sources {
			out.Sources = append(out.Sources, SourceCoverage{Source: s.Name, State: string(s.State), Count: s.Count,
				First: at(s.First), Last: at(s.Last), Detail: s.Detail, Without: s.Without})
		}
		for _, g := range c.Gaps {
			out.Gaps = append(out.Gaps, Gap{Channel: g.Channel, From: at(g.From), To: at(g.To), Kind: g.Kind, Detail: g.Detail, Records: g.Missing})
		}
		b.report.Coverage = append(b.report.Coverage, out)
	}
}

func (b *builder) accounting() {
	a := &b.report.Accounting
	a.Limits = b.res.Limits
	for _, f := range b.cs.Collection.Files {
		s := f.Stats
		counts := Counts{Read: s.Read, Kept: s.Kept, Filtered: s.Filtered, Duplicate: s.Duplicate, Damaged: s.Damaged, Carved: s.Carved}
		a.Files = append(a.Files, FileAccounting{File: f.Path, Status: string(f.Status), Detail: f.Detail, Counts: counts})
		e := EvidenceFile{Path: f.Path, Size: f.Size, Records: s.Read, First: at(s.First), Last: at(s.Last), FirstID: s.FirstID, LastID: s.LastID,
			Channels: s.Channels, Computers: s.Computers, Dirty: f.Header.Flags&1 != 0, Result: string(f.Status), Source: f.Source, Collected: f.Collected}
		if f.Hashed {
			e.SHA256 = hex.EncodeToString(f.SHA256[:])
		}
		if f.Detail != "" {
			e.Result += ": " + f.Detail
		}
		b.report.Evidence = append(b.report.Evidence, e)
	}
	s := b.cs.Records
	a.Records = Counts{Read: s.Read, Kept: s.Kept, Filtered: s.Filtered, Duplicate: s.Duplicate, Damaged: s.Damaged, Carved: s.Carved}
	for _, d := range b.cs.Damage {
		a.Damage = append(a.Damage, DamageNote{File: b.cs.Collection.Files[d.Ref.File].Path, Kind: d.Kind.String(), Chunk: d.Ref.Chunk,
			Offset: d.Ref.Offset, Size: d.Size, Detail: d.Detail, Loses: d.Kind.LosesRecords()})
	}
}

// notSeen says what could not have been seen, the weightiest first. With no host there is nothing that could have been found.
func (b *builder) notSeen() []string {
	var out []string
	hosts := len(b.cs.Hosts)
	starts, cleared := 0, []string{}
	missing := map[string][]string{}
	for _, c := range b.report.Coverage {
		state := map[string]SourceCoverage{}
		for _, s := range c.Sources {
			state[s.Source] = s
			// What only 4688 leaves out does not matter where Sysmon saw the start.
			only4688 := strings.HasPrefix(s.Source, "Security 4688") && state["Sysmon 1 process start"].Count > 0
			if s.Count == 0 && s.State == string(timeline.SourceAbsent) && !only4688 {
				missing[s.Source] = append(missing[s.Source], c.Host)
			}
		}
		if state["Sysmon 1 process start"].Count == 0 && state["Security 4688 process start"].Count == 0 {
			starts++
		}
		for _, g := range c.Gaps {
			if g.Kind == "cleared" {
				cleared = append(cleared, fmt.Sprintf("%s on %s before %s", g.Channel, c.Host, g.To))
			}
		}
	}
	if starts > 0 {
		out = append(out, fmt.Sprintf("Process starts on %s: neither Sysmon 1 nor Security 4688 is in the logs. No rule about processes could have matched there.", ofHosts(starts, hosts)))
	}
	if len(cleared) > 0 {
		out = append(out, "Cleared logs: "+few(cleared, 5)+".")
	}
	for _, s := range timeline.Sources {
		if hs := missing[s.Name]; len(hs) > 0 && s.Name != "Security 4688 process start" && s.Name != "Sysmon 1 process start" {
			out = append(out, fmt.Sprintf("%s is absent on %s: %s cannot be seen there.", s.Name, ofHosts(len(hs), hosts), s.Without))
		}
	}
	if r := b.cs.Records; r.Damaged > 0 {
		out = append(out, fmt.Sprintf("Records may be missing at %s in damaged logs: see the accounting.", count(r.Damaged, "place", "places")))
	}
	if n := b.report.Scope.FilesFailed; n > 0 {
		out = append(out, fmt.Sprintf("%s could not be read at all: see the evidence inventory.", count(n, "file", "files")))
	}
	skipped := 0
	for _, r := range b.res.Rules {
		if !r.Ran {
			skipped++
		}
	}
	if skipped > 0 {
		out = append(out, fmt.Sprintf("%s did not run: see the rules.", count(skipped, "rule", "rules")))
	}
	if !b.cs.Filter.IsZero() {
		out = append(out, "Events outside the filter: "+strings.Join(b.report.Scope.Filters, "; ")+".")
	}
	return out
}

func ofHosts(n, of int) string {
	if n == of {
		if n == 1 {
			return "the one host"
		}
		return fmt.Sprintf("all %d hosts", n)
	}
	return fmt.Sprintf("%d of %d hosts", n, of)
}

// few joins the first n items and counts the rest.
func few(items []string, n int) string {
	if len(items) <= n {
		return strings.Join(items, ", ")
	}
	return strings.Join(items[:n], ", ") + fmt.Sprintf(" and %d more", len(items)-n)
}

func (b *builder) summary() {
	s := &b.report.Summary
	s.NotSeen = b.notSeen()
	s.BySeverity = map[string]int{}
	s.Hosts = len(b.cs.Hosts)
	with := map[string]bool{}
	for _, f := range b.report.Findings {
		switch f.Status {
		case string(rules.StatusSuppressed):
			s.Suppressed++
			continue
		case string(rules.StatusPartial):
			s.Partial++
		default:
			s.Findings++
			s.BySeverity[f.Rule.Severity]++
			with[f.Host] = true
			if f.Verdict == verdictChain {
				s.Confirmed++
			}
			widen(&s.First, &s.Last, f.Start)
			widen(&s.First, &s.Last, f.End)
		}
	}
	s.HostsWith = len(with)
	ran := 0
	for _, r := range b.res.Rules {
		if r.Ran {
			ran++
		}
	}
	s.Verdict = b.verdict(s, ran)
	s.Lines = b.summaryLines(s, ran)
}

func (b *builder) verdict(s *Summary, ran int) string {
	seen := b.cs.Records.Kept > 0 && ran > 0
	switch {
	case s.Confirmed > 0:
		return verdictChain
	case s.Findings > 0:
		for _, f := range b.report.Findings {
			if f.Status == string(rules.StatusFinding) && f.Verdict == verdictPartial {
				return verdictPartial
			}
		}
		return verdictSingle
	case s.Partial > 0:
		return verdictPartial
	case !seen || b.blindEverywhere():
		return "nothing could have been found"
	}
	return "no finding in what could be seen"
}

// blindEverywhere holds if every rule that ran was blind on every host.
func (b *builder) blindEverywhere() bool {
	ran := false
	for _, r := range b.res.Rules {
		if r.Ran {
			ran = true
			if len(r.Blind) < len(b.cs.Hosts) {
				return false
			}
		}
	}
	return ran
}

func (b *builder) summaryLines(s *Summary, ran int) []string {
	var out []string
	r := b.cs.Records
	line := fmt.Sprintf("%s read from %s of %s", count(r.Read, "record", "records"), count(b.report.Scope.FilesRead, "file", "files"), count(s.Hosts, "host", "hosts"))
	if r.First != 0 {
		line += fmt.Sprintf(", from %s to %s UTC", day(at(r.First)), day(at(r.Last)))
	}
	out = append(out, line+".")
	switch {
	case s.Findings > 0:
		out = append(out, fmt.Sprintf("%s in %s on %s: %s.", count(s.Findings, "finding", "findings"), count(b.openStories(), "story", "stories"), ofHosts(s.HostsWith, s.Hosts), severityWords(s.BySeverity)))
		out = append(out, fmt.Sprintf("The first evidence is of %s, the last of %s.", s.First, s.Last))
		if s.Confirmed > 0 {
			out = append(out, fmt.Sprintf("%s: the steps are joined by process lineage or provenance.", count(s.Confirmed, "chain is confirmed", "chains are confirmed")))
		}
	case s.Verdict == "nothing could have been found":
		out = append(out, "No rule had anything to look at: the logs examined hold no event that any of them could match. This is not a clean result.")
	default:
		out = append(out, fmt.Sprintf("%s ran over what the logs hold and none matched completely. See what could not be seen before calling a host clean.", count(ran, "rule", "rules")))
	}
	if s.Partial > 0 {
		out = append(out, fmt.Sprintf("%s: a first step without the next one.", count(s.Partial, "partial chain", "partial chains")))
	}
	if s.Suppressed > 0 {
		out = append(out, fmt.Sprintf("%s suppressed by tuning; each is listed with its reason.", count(s.Suppressed, "match was", "matches were")))
	}
	return out
}

// openStories counts the stories that have a finding which was not suppressed.
func (b *builder) openStories() int {
	n := 0
	for _, s := range b.report.Stories {
		if s.Status == string(rules.StatusFinding) {
			n++
		}
	}
	return n
}

func day(t Time) string { return t.Time().Format("2006-01-02 15:04:05") }

func severityWords(by map[string]int) string {
	var out []string
	for _, s := range []string{"critical", "high", "medium", "low", "info"} {
		if n := by[s]; n > 0 {
			out = append(out, fmt.Sprintf("%d %s", n, s))
		}
	}
	return strings.Join(out, ", ")
}

// recommendations are built from facts only, for an analyst to review.
func (b *builder) recommendations() {
	type group struct {
		hosts, ids []string
	}
	var contain, reset, hunt group
	users := map[string][]string{}
	for _, f := range b.report.Findings {
		if f.Status != string(rules.StatusFinding) {
			continue
		}
		sev, _ := rules.ParseSeverity(f.Rule.Severity)
		if sev < rules.SeverityHigh {
			continue
		}
		contain.hosts = insertSorted(contain.hosts, f.Host)
		contain.ids = append(contain.ids, f.ID)
		if f.User != "" && f.Confidence != string(rules.Low) {
			users[f.User] = append(users[f.User], f.ID)
			reset.hosts = insertSorted(reset.hosts, f.User)
			reset.ids = append(reset.ids, f.ID)
		}
	}
	add := func(kind, text string, basis []string) {
		b.report.Recommendations = append(b.report.Recommendations, Recommendation{Kind: kind, Text: text, Basis: basis})
	}
	if len(contain.hosts) > 0 {
		add("contain", "Consider isolating "+few(contain.hosts, 20)+": findings of high or critical severity.", contain.ids)
		add("preserve", "Collect memory and disk of "+few(contain.hosts, 20)+" before anything is changed; the logs alone do not hold the payloads.", contain.ids)
	}
	if len(reset.hosts) > 0 {
		add("reset", "Consider resetting the credentials of "+few(reset.hosts, 20)+": the chains ran in their sessions.", reset.ids)
	}
	for _, i := range b.report.Indicators {
		if i.Type == "sha256" || i.Type == "md5" || i.Type == "domain" || i.Type == "ip" || i.Type == "url" {
			hunt.hosts = append(hunt.hosts, i.Type+" "+i.Defanged)
			hunt.ids = append(hunt.ids, i.Findings...)
		}
	}
	if len(hunt.hosts) > 0 {
		slices.Sort(hunt.ids)
		add("hunt", "Look for these on other hosts: "+few(hunt.hosts, 8)+". The full list is under indicators.", slices.Compact(hunt.ids))
	}
	absent := map[string][]string{}
	for _, c := range b.report.Coverage {
		for _, s := range c.Sources {
			if s.State == string(timeline.SourceAbsent) || s.State == string(timeline.SourcePartly) {
				absent[s.Source] = append(absent[s.Source], c.Host)
			}
		}
	}
	for _, s := range timeline.Sources {
		if hs := absent[s.Name]; len(hs) > 0 {
			add("enable logging", fmt.Sprintf("Turn on %s on %s: without it, %s cannot be seen.", s.Name, few(hs, 5), s.Without), nil)
		}
	}
}
