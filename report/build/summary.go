package build

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"hunt/report"
	"hunt/report/decision"
	"hunt/report/incident"
	"hunt/timeline/coverage"
	"hunt/timeline/host"
)

// summary says what a reader must see first.
func (b *builder) summary(p *picture) report.Summary {
	s := report.Summary{NotSeen: b.notSeen(p), BySeverity: map[report.Severity]int{}, Hosts: len(b.cs.Hosts.All)}
	with := map[string]bool{}
	for _, f := range p.findings {
		switch f.Status {
		case report.StatusSuppressed:
			s.Suppressed++
			continue
		case report.StatusPartial:
			s.Partial++
		default:
			s.Findings++
			s.BySeverity[f.Rule.Severity]++
			with[f.Host] = true
			if f.Verdict == report.VerdictChain {
				s.Linked++
			}
			report.Widen(&s.First, &s.Last, f.Start)
			report.Widen(&s.First, &s.Last, f.End)
		}
	}
	s.HostsWith = len(with)
	ran := 0
	for _, r := range b.res.Rules {
		if r.Ran {
			ran++
		}
	}
	s.Verdict = b.verdict(&s, p, ran)
	lead := p.weightiest()
	s.Headline = p.headline(&s)
	s.Apart = incident.Apart(p.incidents, p.hubs, b.o.Case.Decisions)
	if lead != nil {
		s.Severity, s.Confidence = lead.severity, lead.confidence
	}
	s.Lines = b.summaryLines(&s, p, ran)
	return s
}

// headline is the verdict in one sentence that counts.
func (p *picture) headline(s *report.Summary) string {
	if len(p.incidents) == 0 {
		switch {
		case len(p.dismissed) > 0:
			return "No open incident: the case file dismisses everything that hunt suspected."
		case s.Findings > 0:
			return "No suspected incident: " + report.Count(s.Findings, "finding", "findings") +
				" of low or informational severity on " +
				ofHosts(s.HostsWith, s.Hosts) + "."
		case s.Partial > 0:
			return "No suspected incident: " + report.Count(s.Partial, "chain lacks its", "chains lack their") +
				" next step."
		}
		return string(s.Verdict)
	}
	hosts := map[string]bool{}
	for i := range p.incidents {
		for _, h := range p.incidents[i].Hosts {
			hosts[h] = true
		}
	}
	first := &p.incidents[0]
	text := p.incidentsText() + p.severitiesText() + " on " + ofHosts(len(hosts), s.Hosts)
	if len(first.Hosts) == 0 || first.First == nil {
		return text + "."
	}
	sure := fmt.Sprintf("(%s severity, %s confidence)", first.Severity, first.Confidence)
	began := fmt.Sprintf("began on %s on %s UTC", first.Hosts[0], first.First.Time().Format("2006-01-02 at 15:04"))
	if len(p.incidents) == 1 {
		return text + ". It " + began + " " + sure + "."
	}
	return text + "; the most serious " + sure + " " + began + "."
}

// severitiesText counts several incidents by severity: " (5 critical, 1 high)"; "" of one.
func (p *picture) severitiesText() string {
	if len(p.incidents) < 2 {
		return ""
	}
	by := map[report.Severity]int{}
	for i := range p.incidents {
		by[p.incidents[i].Severity]++
	}
	return " (" + severityWords(by) + ")"
}

// incidentsText counts the incidents, the examiner's apart from hunt's: "1 confirmed and 2 suspected incidents".
func (p *picture) incidentsText() string {
	confirmed := 0
	for i := range p.incidents {
		if p.incidents[i].Confirmed() {
			confirmed++
		}
	}
	suspected := len(p.incidents) - confirmed
	words := func(n int, status decision.Status) string {
		return report.Count(n, string(status)+" incident", string(status)+" incidents")
	}
	switch {
	case confirmed == 0:
		return words(suspected, decision.Suspected)
	case suspected == 0:
		return words(confirmed, decision.Confirmed)
	}
	return report.Thousands(confirmed) + " " + string(decision.Confirmed) + " and " +
		words(suspected, decision.Suspected)
}

// lead is what a reader must hear first: the headline takes its severity and its confidence from it, so that
// both belong to the same thing.
type lead struct {
	verdict    report.Verdict
	severity   report.Severity
	confidence report.Confidence
	title      string
	hosts      []string
	story      string // of an incident
}

// weightiest is the most serious incident; without one the weightiest finding, an open one before a partial
// one. nil if there is neither.
func (p *picture) weightiest() *lead {
	if len(p.incidents) > 0 {
		i := &p.incidents[0]
		return &lead{report.Verdict(i.Chain), i.Severity, i.Confidence, i.Title, i.Hosts,
			i.Story}
	}
	var best *report.Finding
	for i := range p.findings {
		f := &p.findings[i]
		if f.Status != report.StatusSuppressed && (best == nil || cmp.Or(p.dismissedRank(f)-p.dismissedRank(best),
			cmp.Compare(f.Status.Rank(), best.Status.Rank()),
			cmp.Compare(f.Rule.Severity.Rank(), best.Rule.Severity.Rank()),
			cmp.Compare(f.Confidence.Rank(), best.Confidence.Rank())) < 0) {
			best = f
		}
	}
	if best == nil {
		return nil
	}
	return &lead{best.Verdict, best.Rule.Severity, best.Confidence, best.Title, []string{best.Host}, ""}
}

// dismissedRank puts the findings of dismissed incidents last.
func (p *picture) dismissedRank(f *report.Finding) int {
	if p.dismissed[f.ID] {
		return 1
	}
	return 0
}

// verdict returns the verdict on what a reader must hear first: a linked chain of a less important rule must not
// lend its word to a more serious finding elsewhere. Without any finding it depends on whether something could
// have been found.
func (b *builder) verdict(s *report.Summary, p *picture, ran int) report.Verdict {
	if lead := p.weightiest(); lead != nil {
		return lead.verdict
	}
	if b.cs.Records.Kept == 0 || ran == 0 || s.Suppressed == 0 && b.blindEverywhere() {
		return report.VerdictBlind
	}
	return report.VerdictNothing
}

// blindEverywhere holds if every rule that ran was blind on every host.
func (b *builder) blindEverywhere() bool {
	ran := false
	for _, r := range b.res.Rules {
		if r.Ran {
			ran = true
			if r.BlindHosts < len(b.cs.Hosts.All) {
				return false
			}
		}
	}
	return ran
}

func (b *builder) summaryLines(s *report.Summary, p *picture, ran int) []string {
	r := b.cs.Records
	line := fmt.Sprintf("%s read from %s of %s", report.Count(r.Read, "record", "records"),
		report.Count(p.scope.FilesRead, "file", "files"), report.Count(s.Hosts, "host", "hosts"))
	span := b.cs.Hosts.Span()
	if span.From != 0 {
		line += fmt.Sprintf(", from %s to %s UTC", day(report.TimeOf(span.From)), day(report.TimeOf(span.To)))
	}
	out := []string{line + "."}
	out = append(out, b.lookedFor()...)
	out = append(out, SetAside(&r)...)
	out = append(out, outsideSpan(span)...)
	if !b.cs.Filter.IsZero() {
		out = append(out, fmt.Sprintf("The evidence was narrowed: %s. %s left out.",
			strings.Join(p.scope.Filters, "; "), report.Count(r.Filtered, "record was", "records were")))
	}
	switch {
	case s.Findings > 0:
		out = append(out, p.findingLines(s, b.unlisted())...)
	case s.Verdict == report.VerdictBlind:
		out = append(out, b.blindLine(ran))
	case s.Partial > 0:
		out = append(out, fmt.Sprintf("%s; no match was complete.", report.Count(ran, "rule ran", "rules ran")))
	case s.Suppressed > 0:
		out = append(out, fmt.Sprintf("%s. Everything that matched is suppressed by tuning as known to be harmless.",
			report.Count(ran, "rule ran", "rules ran")))
	default:
		out = append(out, fmt.Sprintf("%s over these logs and none matched. That does not prove that a host is "+
			"clean: see what could not be seen.", report.Count(ran, "rule ran", "rules ran")))
	}
	if s.Partial > 0 {
		out = append(out, fmt.Sprintf("%s: the first step was seen, the next was not.",
			report.Count(s.Partial, "partial chain", "partial chains")))
	}
	if n := p.uncovered(); n > 0 {
		out = append(out, fmt.Sprintf("%s on the absence of events that the logs could not have shown throughout; "+
			"the labels say which and why.", report.Count(n, "finding rests", "findings rest")))
	}
	out = append(out, p.clockLines()...)
	if s.Suppressed > 0 {
		out = append(out, fmt.Sprintf("%s suppressed by tuning; each is listed with its reason.",
			report.Count(s.Suppressed, "match was", "matches were")))
	}
	if s.Verdict != report.VerdictBlind {
		if blind := b.blindRules(); blind > 0 {
			out = append(out, fmt.Sprintf("%s nothing to look at on at least one host: see the rules for where and "+
				"why.", report.Count(blind, "rule had", "rules had")))
		}
	}
	if r.Carved > 0 && !b.o.Run.Carved {
		out = append(out, fmt.Sprintf("%s carved from behind the live records or from outside any chunk. The rules "+
			"did not see them; --carved includes them.", report.Count(r.Carved, "record was", "records were")))
	}
	return out
}

// outsideSpan says which records have times outside the span of the others.
func outsideSpan(s host.Span) []string {
	var out []string
	if s.Image > 0 {
		out = append(out, fmt.Sprintf("%s outside that span, from the time when the installation image was built "+
			"and before this installation first started: %s to %s UTC, under the name %s.",
			report.Count(s.Image, "record is", "records are"), day(report.TimeOf(s.ImageFrom)),
			day(report.TimeOf(s.ImageTo)), report.Few(s.ImageNames, 3)))
	}
	if s.Apart > 0 && s.ApartFrom != 0 {
		out = append(out, fmt.Sprintf("%s outside that span, with times far from all others: %s to %s UTC.",
			report.Count(s.Apart, "record is", "records are"), day(report.TimeOf(s.ApartFrom)),
			day(report.TimeOf(s.ApartTo))))
	}
	if s.SetBack > 0 {
		first, last := s.SetBackFrom.Time().Format(time.DateOnly), s.SetBackTo.Time().Format(time.DateOnly)
		when := first + " to " + last
		if first == last {
			when = first
		}
		out = append(out, fmt.Sprintf("%s outside that span, with times that a clock showed after it was set back: "+
			"%s.", report.Count(s.SetBack, "record is", "records are"), when))
	}
	return out
}

// maxClockLines bounds the changes of clocks in the summary; the coverage has all.
const maxClockLines = 3

// clockLines report clocks that were set back, or set by a person: the times of such hosts need care.
func (p *picture) clockLines() []string {
	var out []string
	more := 0
	for i := range p.sights {
		h := &p.sights[i]
		for j := range h.clock {
			c := &h.clock[j]
			switch {
			case c.Seconds > 0 && !c.Person:
			case len(out) >= maxClockLines:
				more++
			default:
				s := fmt.Sprintf("On %s, %s.", h.host, c.Text)
				if c.Channel != "" {
					s += " Times between the two occur twice there: events stand in the order of their records, " +
						"and those before and after the change are marked."
				}
				out = append(out, s)
			}
		}
	}
	if more > 0 {
		out = append(out, fmt.Sprintf("%s of a clock: see the notes on coverage.",
			report.Count(more, "further change", "further changes")))
	}
	return out
}

// uncovered counts the findings that rest on an absence that the logs did not cover.
func (p *picture) uncovered() int {
	n := 0
	for i := range p.findings {
		f := &p.findings[i]
		if f.Status == report.StatusFinding && slices.ContainsFunc(f.Evidence, func(e report.Evidence) bool {
			return e.Absence != nil && e.Absence.Covered != string(coverage.Full)
		}) {
			n++
		}
	}
	return n
}

// unlisted counts the matches that are counted with their rules and not listed.
func (b *builder) unlisted() int {
	n := 0
	for _, rr := range b.res.Rules {
		n += rr.Unlisted
	}
	return n
}

// findingLines say what was found, and what the words for it do not mean. unlisted is the number of further
// matches that are not listed.
func (p *picture) findingLines(s *report.Summary, unlisted int) []string {
	lead := p.weightiest()
	listed := "%s on %s: %s."
	if unlisted > 0 {
		listed = "The report lists %s, on %s: %s."
	}
	out := []string{fmt.Sprintf(listed, report.Count(s.Findings, "finding", "findings"),
		ofHosts(s.HostsWith, s.Hosts), severityWords(s.BySeverity))}
	if unlisted > 0 {
		out = append(out, fmt.Sprintf("%s but not listed, and other hosts may have findings, too. The limits say "+
			"which rules matched how often.",
			report.Count(unlisted, "more match is counted", "more matches are counted")))
	}
	switch n := len(lead.hosts); {
	case lead.story != "":
		out = append(out, fmt.Sprintf("Most serious (%s severity): %s", lead.severity, lead.story))
	case n > 0:
		out = append(out, fmt.Sprintf("Most serious: on %s, %s (%s severity, %s confidence).",
			report.Few(lead.hosts, 3), strings.TrimRight(lead.title, "."), lead.severity, lead.confidence))
	}
	if s.Apart != "" {
		out = append(out, s.Apart)
	}
	if s.First != nil && day(s.First) == day(s.Last) {
		out = append(out, fmt.Sprintf("The events of the findings are from %s UTC.", day(s.First)))
	} else if s.First != nil {
		out = append(out, fmt.Sprintf("The events of the findings span %s to %s UTC.", day(s.First), day(s.Last)))
	}
	if s.Linked > 0 {
		out = append(out, fmt.Sprintf("%s: process lineage or provenance links the steps. Whether it was an attack is "+
			"for the analyst to decide.", report.Count(s.Linked, "chain is linked", "chains are linked")))
	}
	if !lead.severity.AtLeast(report.SeverityHigh) {
		out = append(out, "No finding is of high or critical severity. Rules of lower severity also match everyday "+
			"work: check the benign explanations that each finding lists before you call this an incident.")
	}
	if lead.confidence == report.ConfidenceLow {
		out = append(out, "Confidence is low: the logs do not show that the steps of the most serious finding "+
			"belong together, or they point to a harmless origin, or the finding depends on something that the "+
			"logs could not have shown. Its reasons say which.")
	}
	return out
}

// blindLine says why nothing could have been found.
func (b *builder) blindLine(ran int) string {
	r := b.cs.Records
	const notClean = " This is not a clean result."
	switch {
	case ran == 0 && len(b.res.Rules) > 0:
		return "No rule could run: the list of rules gives the reasons." + notClean
	case ran == 0:
		return "No rules were given." + notClean
	case r.Read == 0:
		return "No record could be read." + notClean
	case r.Kept == 0 && r.Filtered > 0:
		return "--host, --from or --to leave out every record that was read." + notClean
	}
	what := "the logs examined hold"
	if r.Filtered > 0 {
		what = "the logs, as --host, --from and --to narrow them, hold"
	}
	return "No rule had anything to look at: " + what + " no kind of event that any of them could match." + notClean
}

// blindRules counts the rules that ran and were blind on a host.
func (b *builder) blindRules() int {
	n := 0
	for _, r := range b.res.Rules {
		if r.Ran && len(r.Blind) > 0 {
			n++
		}
	}
	return n
}

func day(t report.Time) string {
	if t == nil {
		return "an unknown time"
	}
	return t.Time().Format("2006-01-02 15:04:05")
}

func severityWords(by map[report.Severity]int) string {
	var out []string
	for _, s := range report.Severities {
		if n := by[s]; n > 0 {
			out = append(out, fmt.Sprintf("%d %s", n, s))
		}
	}
	return strings.Join(out, ", ")
}

func ofHosts(n, of int) string {
	if n == of {
		if n == 1 {
			return "the only host"
		}
		return fmt.Sprintf("all %d hosts", n)
	}
	return fmt.Sprintf("%d of %d hosts", n, of)
}
