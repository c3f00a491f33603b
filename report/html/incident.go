package html

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"hunt/evtx"
	"hunt/mark"
	"hunt/report"
)

// Limits of the incidents in the page.
const (
	maxIncidents   = 200 // told in full
	maxNamed       = 5   // findings, hosts and accounts named one by one
	maxShownEdges  = 60  // of one incident
	maxShownHosts  = 8
	maxCollectRows = 8
)

// incidentView is an incident with its drawing.
type incidentView struct {
	*report.Incident
	Drawing *attackView // nil if there is little to be seen
	Undrawn string      // why there is no drawing, if there is more to be seen
	Folded  bool        // the first screen does not tell it
	Shows   []string    // what some of its rules are called, and how many more there are
	domain  string      // that all hosts have in common, with its dot
}

// briefStep is a step of a path on the first screen.
type briefStep struct {
	*report.PathStep
	At, Brief string
}

// maxBriefStep bounds the text of such a step, in characters; the incident in full has the rest.
const maxBriefStep = 140

// Finding is that of the step's evidence.
func (s briefStep) Finding() string {
	if len(s.Findings) == 0 {
		return ""
	}
	return s.Findings[0]
}

// Steps are the steps of the path in short, each with its day where that is another than that of the beginning.
func (v incidentView) Steps() []briefStep {
	const day, clock = "2006-01-02", "15:04:05"
	begun := ""
	if v.First != nil {
		begun = v.First.Time().Format(day)
	}
	out := make([]briefStep, len(v.Path))
	for i := range v.Path {
		s := &v.Path[i]
		out[i] = briefStep{s, "time not known", report.Ellipsis(s.Text, maxBriefStep)}
		if s.First == nil {
			continue
		}
		out[i].At = s.First.Time().Format(clock)
		if d := s.First.Time().Format(day); d != begun {
			out[i].At = d + " " + out[i].At
		}
	}
	return out
}

// sure begins the last sentence of a story.
const sure = "How sure: "

// Told is the story without its last sentence, which says how sure it is.
func (v incidentView) Told() string {
	if i := strings.LastIndex(v.Story, " "+sure); i >= 0 {
		return v.Story[:i]
	}
	return v.Story
}

// Sure is what the story says after "How sure:", or "".
func (v incidentView) Sure() string { return strings.TrimPrefix(v.Story[len(v.Told()):], " "+sure) }

// maxLineTitle bounds the title in an incident's line, in characters.
const maxLineTitle = 90

// maxLineNames is how many hosts, and how many accounts, an incident's line names.
const maxLineNames = 3

// Where are the first hosts and accounts of an incident, for its line.
func (v incidentView) Where() string {
	hosts := slices.Clone(v.Hosts)
	for i, h := range hosts {
		hosts[i] = strings.TrimSuffix(h, v.domain)
	}
	text := report.Few(hosts, maxLineNames)
	if len(v.Accounts) > 0 {
		text += ", " + report.Few(v.AccountNames(), maxLineNames)
	}
	return text
}

// Brief is the title in short.
func (v incidentView) Brief() string { return report.Ellipsis(v.Title, maxLineTitle) }

// GoesOn is in a few words whether the incident still goes on: what Ongoing begins with.
func (v incidentView) GoesOn() string {
	first, _, _ := strings.Cut(strings.TrimSpace(v.Ongoing), ". ")
	words, _, _ := strings.Cut(first, ": ")
	words = strings.TrimSuffix(words, ".")
	if r, size := utf8.DecodeRuneInString(words); size > 0 {
		words = string(unicode.ToLower(r)) + words[size:]
	}
	return words
}

// EntryStep is the step of the path by which the incident began, from 1; 0 if it is not among them.
func (v incidentView) EntryStep() int {
	return 1 + slices.IndexFunc(v.Path, func(s report.PathStep) bool {
		return slices.Contains(s.Findings, v.Entry.Finding)
	})
}

// Began is in short what the incident began with, or its earliest linked trace.
func (v incidentView) Began() string {
	text := v.Entry.Text
	if n := v.EntryStep(); n > 0 {
		text = v.Path[n-1].Text
	}
	return report.Ellipsis(text, maxBriefStep)
}

// rights says in words up to which rights an incident came, "" if the logs do not tell.
func rights(privilege string) string {
	switch privilege {
	case "":
		return ""
	case "user":
		return "no rights beyond those of a user are seen"
	}
	return "rights up to " + privilege
}

// incidents takes the incidents that the page tells.
func (v *view) incidents() {
	v.Domain = v.domain()
	list := v.Incidents
	if len(list) > maxIncidents {
		v.IncidentsLeftOut = len(list) - maxIncidents
		list = list[:maxIncidents]
	}
	v.hostOf = make(map[string]string, len(v.Report.Findings))
	for i := range v.Report.Findings {
		v.hostOf[v.Report.Findings[i].ID] = v.Report.Findings[i].Host
	}
	found := make(map[string]*report.Finding, len(v.Report.Findings))
	for i := range v.Report.Findings {
		found[v.Report.Findings[i].ID] = &v.Report.Findings[i]
	}
	for i := range list {
		t := incidentView{Incident: &list[i], Folded: i >= maxTold, domain: v.Domain}
		t.Drawing, t.Undrawn = v.attack(&list[i])
		if !t.Folded {
			t.Shows = shows(&list[i], found)
		}
		v.Tales = append(v.Tales, t)
	}
}

// domain returns the domain that all hosts share; "" if they share none, or if the report does not list them all.
func (v *view) domain() string {
	if v.HostsOmitted > 0 {
		return ""
	}
	ids := make([]string, len(v.Report.Hosts))
	for i := range v.Report.Hosts {
		ids[i] = v.Report.Hosts[i].ID
	}
	return report.CommonDomain(ids)
}

// maxShows is how many rules the first screen names for an incident.
const maxShows = 4

// shows are the names of the rules that found an incident, in the order of what they found: of each tactic the most
// serious one, for an incident is more than how it began.
func shows(i *report.Incident, found map[string]*report.Finding) []string {
	lead := map[string]*report.Finding{} // tactic -> the most serious finding of it
	var tactics []string
	rules := map[string]bool{}
	for _, id := range i.Findings {
		f := found[id]
		if f == nil || f.Rule.Name == "" {
			continue
		}
		rules[f.Rule.Name] = true
		tactic := ""
		if len(f.Techniques) > 0 {
			tactic = f.Techniques[0].TacticID
		}
		if old := lead[tactic]; old == nil {
			tactics = append(tactics, tactic)
		} else if f.Rule.Severity.Rank() >= old.Rule.Severity.Rank() {
			continue
		}
		lead[tactic] = f
	}
	kept := slices.Clone(tactics)
	slices.SortStableFunc(kept, func(a, b string) int {
		return cmp.Compare(lead[a].Rule.Severity.Rank(), lead[b].Rule.Severity.Rank())
	})
	kept = kept[:min(len(kept), maxShows)]
	var names []string
	for _, tactic := range tactics {
		if slices.Contains(kept, tactic) && !slices.Contains(names, lead[tactic].Rule.Name) {
			names = append(names, lead[tactic].Rule.Name)
		}
	}
	if more := len(rules) - len(names); more > 0 {
		names = append(names, report.Count(more, "more rule", "more rules"))
	}
	return names
}

// hostLine is one line of a host's name in a drawing.
type hostLine struct {
	Text string
	Y    int
}

// hostLines writes a host's name in up to three lines of so many characters, around the middle of a lane: the
// name is not cut. It breaks behind the first dot if that lies within a line.
func hostLines(name string, width int) []hostLine {
	const height, middle, most = 11, 17, 3
	var parts []string
	rest := []rune(name)
	for len(rest) > width && len(parts) < most-1 {
		n := width
		if dot := slices.Index(rest, '.'); len(parts) == 0 && dot >= 0 && dot < width {
			n = dot + 1
		}
		parts, rest = append(parts, string(rest[:n])), rest[n:]
	}
	parts = append(parts, report.Ellipsis(string(rest), width*2)) // longer than a name of the DNS can be
	out := make([]hostLine, len(parts))
	for i, p := range parts {
		out[i] = hostLine{p, middle + 3 + i*height - (len(parts)-1)*height/2}
	}
	return out
}

// firstOf are the first values of a list that a page names.
func firstOf[T any](list []T, most int) []T { return list[:min(len(list), most)] }

// hostsOf names the first of some hosts or accounts, each in one piece where there is room.
func hostsOf(names []string) template.HTML {
	var b strings.Builder
	for i, name := range firstOf(names, maxShownHosts) {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(`<span class="nb">` + template.HTMLEscapeString(mark.Printable(name)) + `</span>`)
	}
	if n := len(names) - maxShownHosts; n > 0 {
		fmt.Fprintf(&b, " and %s more", report.Thousands(n))
	}
	return template.HTML(b.String()) // #nosec G203 -- escaped above
}

// everyHost names the first of some hosts, and all others in a fold.
func everyHost(names []string) template.HTML {
	first := hostsOf(firstOf(names, maxShownHosts))
	if len(names) <= maxShownHosts {
		return first
	}
	var b strings.Builder
	for i, name := range names[maxShownHosts:] {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(template.HTMLEscapeString(mark.Printable(name)))
	}
	return first + template.HTML(` <details class="names"><summary>and `+ // #nosec G203 -- escaped above
		report.Thousands(len(names)-maxShownHosts)+` more</summary>`+b.String()+`</details>`)
}

// touchedNames are the names of what an incident touched.
func touchedNames(list []report.Touched) (names []string) {
	for _, x := range list {
		names = append(names, x.Name)
	}
	return names
}

// wholeNames is a sentence in which names such as ws-07.corp.example and options such as -NoProfile stay in one piece:
// a browser would break them at their hyphens. A long one may break anywhere, but its short parts do not.
func wholeNames(sentence string) (any, error) {
	var b strings.Builder
	for _, p := range mark.Pieces(sentence, mark.OneLine) {
		if p.Mark {
			if err := markedText.Execute(&b, []mark.Piece{p}); err != nil {
				return nil, err
			}
			continue
		}
		for i, word := range strings.Split(p.Text, " ") {
			if i > 0 {
				b.WriteByte(' ')
			}
			writeWhole(&b, word)
		}
	}
	return template.HTML(b.String()), nil // #nosec G203 -- escaped by writeWhole
}

// writeWhole writes a word, escaped, with its parts of up to 40 bytes that hold a hyphen in one piece each.
func writeWhole(b *strings.Builder, word string) {
	const longest = 40 // bytes
	for word != "" {
		part := word
		if n := strings.IndexAny(word, `.\/`) + 1; n > 0 && len(word) > longest {
			part = word[:n]
		}
		word = word[len(part):]
		text := template.HTMLEscapeString(part)
		if strings.Contains(part, "-") && len(part) <= longest {
			text = `<span class="nb">` + text + `</span>`
		}
		b.WriteString(text)
	}
}

// Short is a sentence of hunt's own in which the hosts are named without the domain that all have in common.
func (v *view) Short(sentence string) string {
	if v.Domain == "" {
		return sentence
	}
	inName := func(b byte) bool {
		return b >= 0x80 || b == '-' || b == '_' || b >= '0' && b <= '9' || b|0x20 >= 'a' && b|0x20 <= 'z'
	}
	var b strings.Builder
	for {
		n := strings.Index(sentence, v.Domain)
		if n < 0 {
			b.WriteString(sentence)
			return b.String()
		}
		from, end := n, n+len(v.Domain)
		for from > 0 && inName(sentence[from-1]) {
			from--
		}
		b.WriteString(sentence[:n])
		begins := from < n && (from == 0 || sentence[from-1] == ' ' || sentence[from-1] == '(')
		ends := end == len(sentence) || !inName(sentence[end]) && sentence[end] != '\\' &&
			(sentence[end] != '.' || end+1 == len(sentence) || !inName(sentence[end+1]))
		if !begins || !ends {
			b.WriteString(v.Domain)
		}
		sentence = sentence[end:]
	}
}

// ShortAll are hosts without the domain that all have in common.
func (v *view) ShortAll(hosts []string) []string {
	out := make([]string, len(hosts))
	for i, h := range hosts {
		out[i] = strings.TrimSuffix(h, v.Domain)
	}
	return out
}

// lastingText says how long something lasted, or "" if it took less than a second.
func lastingText(first, last report.Time) string {
	if first == nil || last == nil || *last-*first < evtx.TicksPerSecond {
		return ""
	}
	const second = evtx.TicksPerSecond
	if *last-*first < 2*second {
		return report.DurationText(*last - *first)
	}
	return report.DurationText(*last/second*second - *first/second*second) // as the times beside it, which are cut
}
