package html

import (
	"fmt"
	"slices"
	"strings"

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
}

// incidents takes the incidents that the page tells.
func (v *view) incidents() {
	list := v.Incidents
	if len(list) > maxIncidents {
		v.IncidentsLeftOut = len(list) - maxIncidents
		list = list[:maxIncidents]
	}
	for i := range list {
		v.Tales = append(v.Tales, incidentView{&list[i], newAttackView(&list[i])})
	}
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
}

// Geometry of the attack path, in SVG user units.
const (
	pathLeft   = 190 // room for the names of hosts
	pathHeight = 58
	pathPause  = 10 * minuteTicks
	pathBottom = 22
)

func newAttackView(i *report.Incident) *attackView {
	if len(i.Path) < 2 {
		return nil
	}
	v := &attackView{Width: 1000,
		Label: fmt.Sprintf("Attack path of %s: %s on %s", i.ID, report.Count(len(i.Path), "step", "steps"),
			report.Count(len(i.Hosts), "host", "hosts"))}
	lanes := v.lanes(i)
	v.Height = len(v.Lanes)*pathHeight + pathBottom
	step := (v.Width - pathLeft - 40) / max(len(i.Path)-1, 1)
	at := map[string]int{} // finding -> step
	for n := range i.Path {
		s := &i.Path[n]
		lane := v.Lanes[lanes[laneOf(s.Hosts)]]
		v.Nodes = append(v.Nodes,
			nodeView{X: pathLeft + 20 + n*step, Y: lane.centreY, TextY: lane.centreY + 22, Number: n + 1,
				Shape: shapes[s.Severity.Rank()], Class: sevClass(s.Severity), Anchor: anchor(s.Findings[0]),
				Title: mark.Printable(fmt.Sprintf("%d. %s, %s: %s", n+1, momentText(s.First), report.Few(s.Hosts, 3),
					report.Ellipsis(s.Text, 160)))})
		for _, f := range s.Findings {
			at[f] = n
		}
		if n > 0 && *s.First >= *i.Path[n-1].Last+pathPause {
			x := pathLeft + 20 + n*step - step/2
			v.Pauses = append(v.Pauses,
				pauseView{X: x - 7, TextX: x, TextY: v.Height - 7, Height: len(v.Lanes) * pathHeight,
					Text: durationText(*s.First - *i.Path[n-1].Last)})
		}
	}
	v.arrows(i, at)
	return v
}

// laneOf names the lane of a step: its hosts.
func laneOf(hosts []string) string { return strings.Join(hosts, "\x00") }

// lanes gives each set of hosts a lane, in the order of the steps; beyond the bound they share the last.
func (v *attackView) lanes(i *report.Incident) map[string]int {
	lanes := map[string]int{}
	for n := range i.Path {
		hosts := i.Path[n].Hosts
		key := laneOf(hosts)
		if _, known := lanes[key]; known || len(hosts) == 0 {
			continue
		}
		if len(v.Lanes) == maxPathLanes {
			lanes[key] = maxPathLanes - 1
			v.Lanes[maxPathLanes-1].More = "and further hosts"
			continue
		}
		y := len(v.Lanes) * pathHeight
		l := pathLane{Name: report.Ellipsis(mark.Printable(hosts[0]), 24), Y: y, Height: pathHeight, TextY: y + 22,
			MoreY: y + 38, centreY: y + 24}
		if len(hosts) > 1 {
			l.More = "and " + report.Count(len(hosts)-1, "more host", "more hosts")
		}
		lanes[key] = len(v.Lanes)
		v.Lanes = append(v.Lanes, l)
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

// arrows draws one arrow for each pair of steps that an edge joins.
func (v *attackView) arrows(i *report.Incident, at map[string]int) {
	drawn := map[[2]int]bool{}
	for _, e := range i.Edges {
		a, known := at[e.From]
		b, also := at[e.To]
		a, b = min(a, b), max(a, b)
		if !known || !also || a == b || drawn[[2]int{a, b}] {
			continue
		}
		drawn[[2]int{a, b}] = true
		from, to := v.Nodes[a], v.Nodes[b]
		bend := 0
		if from.Y == to.Y && b > a+1 {
			bend = -18 // over the nodes in between
		}
		x1, x2 := from.X+10, to.X-12
		middle := (x1 + x2) / 2
		v.Arrows = append(v.Arrows,
			arrowView{Weak: !e.Strong, Title: verbs[e.Kind] + ": " + report.Ellipsis(e.Text, 160),
				Path: fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, from.Y, middle, from.Y+bend, middle, to.Y+bend,
					x2, to.Y),
				Head: fmt.Sprintf("M%d %dl-7-4v8Z", x2+3, to.Y)})
	}
}

// firstOf are the first values of a list that a page names.
func firstOf[T any](list []T, most int) []T { return list[:min(len(list), most)] }

func hostsOf(hosts []string) any {
	return mark.Printable(report.Few(hosts, maxShownHosts))
}

// momentText is a time to the second, as people read it; the evidence has it in full.
func momentText(t report.Time) string {
	if t == nil {
		return "time not known"
	}
	return t.Time().Format("2006-01-02 15:04:05")
}

// lastingText says how long something lasted, "" if it was a moment.
func lastingText(first, last report.Time) string {
	if first == nil || last == nil || *last-*first < evtx.TicksPerSecond {
		return ""
	}
	return durationText(*last - *first)
}

// durationText is a span in its two largest units.
func durationText(d evtx.Filetime) string {
	units := []struct {
		size evtx.Filetime
		name string
	}{{dayTicks, "d"}, {60 * minuteTicks, "h"}, {minuteTicks, "min"}, {evtx.TicksPerSecond, "s"}}
	i := slices.IndexFunc(units, func(u struct {
		size evtx.Filetime
		name string
	}) bool {
		return d >= u.size
	})
	if i < 0 {
		return "0 s"
	}
	out := fmt.Sprintf("%d %s", d/units[i].size, units[i].name)
	if rest := d % units[i].size; i+1 < len(units) && rest >= units[i+1].size {
		out += fmt.Sprintf(" %d %s", rest/units[i+1].size, units[i+1].name)
	}
	return out
}
