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
	maxPathLanes   = 12
	maxNamed       = 5  // findings, hosts and accounts named one by one
	maxShownEdges  = 60 // of one incident
	maxShownHosts  = 8
	maxCollectRows = 8
)

// incidentView is an incident with its drawing.
type incidentView struct {
	*report.Incident
	Drawing *attackView // nil of a path of one step
	Folded  bool        // the first screen does not tell it
	Shows   []string    // what some of its rules are called, and how many more there are
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

// Steps are the steps of the path in short, each with its day where that is another than before.
func (v incidentView) Steps() []briefStep {
	const day, clock = "2006-01-02", "15:04:05"
	before := ""
	if v.First != nil {
		before = v.First.Time().Format(day)
	}
	out := make([]briefStep, len(v.Path))
	for i := range v.Path {
		s := &v.Path[i]
		out[i] = briefStep{s, "time not known", report.Ellipsis(s.Text, maxBriefStep)}
		if s.First == nil {
			continue
		}
		out[i].At = s.First.Time().Format(clock)
		if d := s.First.Time().Format(day); d != before {
			out[i].At, before = d+" "+out[i].At, d
		}
	}
	return out
}

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

// incidents takes the incidents that the page tells.
func (v *view) incidents() {
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
		t := incidentView{Incident: &list[i], Drawing: v.attack(&list[i]), Folded: i >= maxTold}
		if !t.Folded {
			t.Shows = shows(&list[i], found)
		}
		v.Tales = append(v.Tales, t)
	}
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

// attackView is the drawing of a path: a lane for each host or set of hosts, a node for each step, in the
// order of time from left to right.
type attackView struct {
	Width, Height int
	Label         string
	Lanes         []pathLane
	Pauses        []pauseView
	Arrows        []arrowView
	Nodes         []nodeView
}

type pathLane struct {
	Name, More            string
	Y, Height             int
	TextY, MoreY, centreY int
}

// pauseView is a span of over ten minutes in which no step lies.
type pauseView struct {
	X, TextX, TextY, Height int
	Text                    string
}

type arrowView struct {
	Path, Head, Title string
	Weak              bool
}

type nodeView struct {
	X, Y, TextY                 int
	Number                      int
	Shape, Class, Title, Anchor string
	lane                        int
}

// Geometry of the attack path, in SVG user units.
const (
	pathLeft   = 190 // room for the names of hosts
	pathHeight = 58
	pathPause  = 10 * minuteTicks
	pathBottom = 22
)

func (v *view) attack(i *report.Incident) *attackView {
	if len(i.Path) < 2 {
		return nil
	}
	d := &attackView{Width: 1000,
		Label: fmt.Sprintf("Attack path of %s: %s on %s", i.ID, report.Count(len(i.Path), "step", "steps"),
			report.Count(len(i.Hosts), "host", "hosts"))}
	lanes := d.lanes(i)
	d.Height = len(d.Lanes)*pathHeight + pathBottom
	step := (d.Width - pathLeft - 40) / max(len(i.Path)-1, 1)
	for n := range i.Path {
		d.nodes(i, n, pathLeft+20+n*step, lanes, v.hostOf)
		if s := &i.Path[n]; n > 0 && *s.First >= *i.Path[n-1].Last+pathPause {
			x := pathLeft + 20 + n*step - step/2
			d.Pauses = append(d.Pauses,
				pauseView{X: x - 7, TextX: x, TextY: d.Height - 7, Height: len(d.Lanes) * pathHeight,
					Text: report.DurationText(*s.First - *i.Path[n-1].Last)})
		}
	}
	d.arrows(i, lanes, v.hostOf)
	return d
}

// nodes draws a step in each lane that it is in; each leads to a finding there.
func (d *attackView) nodes(i *report.Incident, n, x int, lanes map[string]int, hostOf map[string]string) {
	s := &i.Path[n]
	drawn := map[int]bool{}
	for _, h := range s.Hosts {
		lane := lanes[h]
		if drawn[lane] {
			continue
		}
		drawn[lane] = true
		finding := s.Findings[0]
		if k := slices.IndexFunc(s.Findings, func(f string) bool { return hostOf[f] == h }); k >= 0 {
			finding = s.Findings[k]
		}
		y := d.Lanes[lane].centreY
		d.Nodes = append(d.Nodes, nodeView{X: x, Y: y, TextY: y + 22, Number: n + 1, lane: lane,
			Shape: shapes[s.Severity.Rank()], Class: sevClass(s.Severity), Anchor: anchor(finding),
			Title: mark.Printable(fmt.Sprintf("%d. %s, %s: %s", n+1, momentText(s.First), report.Few(s.Hosts, 3),
				report.Ellipsis(s.Text, 160)))})
	}
}

// lanes gives each host a lane, in the order in which the steps reach them; hosts with the same steps share one,
// and beyond the bound all others share the last.
func (d *attackView) lanes(i *report.Incident) map[string]int {
	steps := map[string]string{} // host -> its steps
	var hosts []string
	for n := range i.Path {
		for _, h := range i.Path[n].Hosts {
			if steps[h] == "" {
				hosts = append(hosts, h)
			}
			steps[h] += fmt.Sprint(n) + " "
		}
	}
	lanes, shared, more := map[string]int{}, map[string]int{}, map[int]int{}
	for _, h := range hosts {
		n, known := shared[steps[h]]
		if !known && len(d.Lanes) == maxPathLanes {
			n, known = maxPathLanes-1, true
		}
		if !known {
			n = len(d.Lanes)
			y := n * pathHeight
			d.Lanes = append(d.Lanes, pathLane{Name: mark.Printable(h), Y: y, Height: pathHeight, TextY: y + 22,
				MoreY: y + 46, centreY: y + 24})
		} else {
			more[n]++
		}
		lanes[h], shared[steps[h]] = n, n
	}
	for n, count := range more {
		d.Lanes[n].More = "and " + report.Count(count, "more host", "more hosts")
	}
	return lanes
}

// verbs say what an edge of a kind means between two steps.
var verbs = map[report.EdgeKind]string{
	report.EdgeEvent: "the same event", report.EdgeProcess: "the same process", report.EdgeScript: "the same script",
	report.EdgeLineage: "started", report.EdgeArtefact: "made what was used", report.EdgeSession: "the same session",
	report.EdgeMovement: "logged on to", report.EdgeBurst: "the same remote command",
	report.EdgeIndicator: "a shared indicator",
	report.EdgeAccount:   "the same account",
}

// arrows draws one arrow for each pair of nodes that an edge joins.
func (d *attackView) arrows(i *report.Incident, lanes map[string]int, hostOf map[string]string) {
	type spot struct{ step, lane int }
	at := map[spot]*nodeView{}
	for n := range d.Nodes {
		at[spot{d.Nodes[n].Number, d.Nodes[n].lane}] = &d.Nodes[n]
	}
	steps := map[string]int{} // finding -> step, from 1
	for n := range i.Path {
		for _, f := range i.Path[n].Findings {
			steps[f] = n + 1
		}
	}
	drawn := map[[2]*nodeView]bool{}
	for _, e := range i.Edges {
		from, to := at[spot{steps[e.From], lanes[hostOf[e.From]]}], at[spot{steps[e.To], lanes[hostOf[e.To]]}]
		if from == nil || to == nil || from == to {
			continue
		}
		if from.X > to.X {
			from, to = to, from
		}
		if drawn[[2]*nodeView{from, to}] {
			continue
		}
		drawn[[2]*nodeView{from, to}] = true
		d.Arrows = append(d.Arrows, arrow(from, to, !e.Strong, verbs[e.Kind]+": "+report.Ellipsis(e.Text, 160)))
	}
}

// arrow leads from one node to another: above the nodes in between, or beside nodes of the same step.
func arrow(from, to *nodeView, weak bool, title string) arrowView {
	out := arrowView{Weak: weak, Title: title}
	if from.X == to.X {
		out.Path = fmt.Sprintf("M%d %dC%d %d %d %d %d %d", from.X+10, from.Y, from.X+28, from.Y, to.X+28, to.Y,
			to.X+12, to.Y)
		out.Head = fmt.Sprintf("M%d %dl7-4v8Z", to.X+9, to.Y)
		return out
	}
	bend := 0
	if from.Y == to.Y && to.Number > from.Number+1 {
		bend = -18
	}
	x1, x2 := from.X+10, to.X-12
	middle := (x1 + x2) / 2
	out.Path = fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, from.Y, middle, from.Y+bend, middle, to.Y+bend, x2, to.Y)
	out.Head = fmt.Sprintf("M%d %dl-7-4v8Z", x2+3, to.Y)
	return out
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

// wholeNames is a sentence in which names such as ws-07.corp.example stay in one piece: a browser would break them at
// their hyphens.
func wholeNames(sentence string) (any, error) {
	const longest = 40 // bytes
	if !mark.Plain(sentence, mark.OneLine) {
		return logText(sentence, mark.OneLine)
	}
	var b strings.Builder
	for i, word := range strings.Split(sentence, " ") {
		if i > 0 {
			b.WriteByte(' ')
		}
		text := template.HTMLEscapeString(word)
		if strings.Contains(word, "-") && len(word) <= longest {
			text = `<span class="nb">` + text + `</span>`
		}
		b.WriteString(text)
	}
	return template.HTML(b.String()), nil // #nosec G203 -- escaped above
}

// harms are the kinds of harm as the first screen names them.
var harms = map[report.ImpactKind]string{
	report.ImpactCredentials: "access to credentials", report.ImpactMovement: "movement between hosts",
	report.ImpactPersistence: "persistence", report.ImpactDefences: "logs cleared or defences weakened",
	report.ImpactDestruction: "damage to data, backups or services",
}

// momentText is a time to the second, as people read it; the evidence has it in full.
func momentText(t report.Time) string {
	if t == nil {
		return "time not known"
	}
	return t.Time().Format("2006-01-02 15:04:05")
}

// spanElement is a span of time to the second; the whole of it shows on hover.
func spanElement(from, to report.Time) template.HTML {
	short := "not known"
	switch {
	case from != nil && to != nil && momentText(from) == momentText(to):
		short = momentText(from) + " UTC"
	case from != nil && to != nil:
		short = momentText(from) + " to " + momentText(to) + " UTC"
	case from != nil:
		short = "from " + momentText(from) + " UTC"
	case to != nil:
		short = "until " + momentText(to) + " UTC"
	}
	return template.HTML(`<span title="` + report.SpanText(from, to) + `">` + short + `</span>`) // #nosec G203 -- times
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
