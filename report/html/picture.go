package html

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/mark"
	"hunt/report"
	"hunt/report/sight"
)

// Geometry of the picture of an incident, in SVG user units. The picture is as wide as a page of paper can show
// with legible text; what comes later in time continues in a further row.
const (
	pathLeft    = 152 // room for the names of hosts
	pathColumn  = 112
	pathColumns = 7  // in one row
	pathRows    = 4  // objects of one lane below each other
	pathCell    = 82 // the height of an object with its texts
	pathPause   = 10 * minuteTicks
	pathGap     = 26 // the width of a pause
	pathAxis    = 20 // the height of the times below a row
	pathLine    = 18 // characters of a name in one line
)

// maxDrawn bounds the objects that are drawn in a page: the incidents after that are told in words.
const maxDrawn = 2_000

// attackView is the picture of an incident: rows of lanes, in each the objects in the order of time from left to right.
type attackView struct {
	Width, Height int
	Label         string
	Rows          []attackRow
	Objects       []objectView
	Arrows        []arrowView
	Stubs         []stubView
	Words         []wordView
	More          string // what is left out
	Kinds         []kindView
	Severities    []report.Severity
}

// attackRow is a row of lanes with its times.
type attackRow struct {
	Lanes  []pathLane
	Pauses []pauseView
	Gaps   []gapView
	Times  []tick
	AxisY  int
}

type pathLane struct {
	Name, More          string
	Y, Height           int
	TextY, MoreY, Width int
}

// pauseView is a span of over ten minutes in which nothing of the picture happened.
type pauseView struct {
	X, Y, TextX, TextY, Height int
	Text                       string
}

// gapView is a span of time in which a host's logs show nothing, or not all.
type gapView struct {
	X, Y, Width, Height int
	Title               string
}

type arrowView struct {
	Path, Head, Title string
	Weak              bool
}

// stubView says at an object where an arrow leads to, or comes from, in another row.
type stubView struct {
	X, Y         int
	Text, Anchor string
}

// objectView is an object with its texts.
type objectView struct {
	X, Y, VerbY, NumberY int
	Number               int
	Shape                string // of its kind
	Severity             report.Severity
	Badge                string // the shape of its severity, "" if no finding rests on it
	Verb                 string
	Name                 []hostLine
	Title, Anchor        string
}

type kindView struct {
	Shape string
	Name  report.ObjectKind
}

// wordView is an arrow in words.
type wordView struct {
	At, Host, Verb     string
	From, To           string
	FromNumber, Number int
	Presumed           bool
	Count              int
}

// kindShapes are the outlines of the kinds of objects, around the origin.
var kindShapes = map[report.ObjectKind]string{
	report.ObjectProcess: "M-13-9H13V9H-13Z",
	report.ObjectFile:    "M-10-11H5l6 6V11H-10Z",
	report.ObjectLogon:   "M-12 0a12 12 0 1 0 24 0a12 12 0 1 0-24 0Z",
	report.ObjectAddress: "M-14 0l7-11H7l7 11-7 11H-7Z",
	report.ObjectSetting: "M-12-9H6l8 9-8 9H-12Z",
}

// spot is where an object is in the picture.
type spot struct{ column, row int }

// layout is a picture on its way to a drawing.
type layout struct {
	p       *report.Picture
	order   []int // objects from left to right
	at      []spot
	times   []evtx.Filetime // of each column: when the first of it was seen
	numbers []int           // of each object, from 1
	xs      []int           // of each column, within its row
	day     string          // that the last time was of
	clock   clock
	view    *attackView
}

// attack draws the picture of an incident. It returns nil for an incident without one, for one that shows little, and
// where the page has no room for more: undrawn says so.
func (v *view) attack(i *report.Incident) (drawing *attackView, undrawn string) {
	p := i.Picture
	switch {
	case p == nil && len(i.Path) > 1:
		return nil, "The report holds no picture of this incident, to keep within its size (--report-limit)."
	case p == nil || len(p.Objects) < 3 || len(p.Arrows) < 2:
		return nil, ""
	}
	if v.drawn += len(p.Objects); v.drawn > maxDrawn {
		return nil, "This page draws " + report.Thousands(maxDrawn) + " objects of incidents; the JSON report " +
			"has the picture of this one."
	}
	l := &layout{p: p, clock: v.clock, view: &attackView{Width: pathLeft + pathColumns*pathColumn + 2*pathGap,
		Label: fmt.Sprintf("What did what in %s: %s, %s", i.ID, report.Count(len(p.Objects), "object", "objects"),
			report.Count(len(p.Arrows), "arrow", "arrows"))}}
	if !l.sort() {
		return nil, ""
	}
	l.place()
	y := 0
	for first := 0; first < len(l.times); first += pathColumns {
		y = l.row(first, min(first+pathColumns, len(l.times)), y, v.Coverage) + 10
	}
	l.view.Height = y
	l.arrows()
	l.words()
	l.legend()
	if n := p.ObjectsMore; n > 0 {
		l.view.More = report.Count(n, "further object", "further objects") + ", of less weight, " +
			report.OneOrMany(n, "is", "are") + " not drawn."
	}
	if n := p.ArrowsMore; n > 0 {
		l.view.More = strings.TrimSpace(l.view.More + " " + report.Count(n, "later arrow", "later arrows") + " " +
			report.OneOrMany(n, "is", "are") + " not drawn.")
	}
	return l.view, ""
}

// sort orders the objects by time, each behind those whose arrows lead to it: the clocks of two hosts may differ. It
// is false if the picture names objects or lanes that it does not have.
func (l *layout) sort() bool {
	n := len(l.p.Objects)
	for i := range l.p.Objects {
		if k := l.p.Objects[i].Lane; k < 0 || k >= len(l.p.Lanes) {
			return false
		}
	}
	before := make([]int, n) // arrows that lead to each object
	for _, a := range l.p.Arrows {
		if a.From < 0 || a.To < 0 || a.From >= n || a.To >= n {
			return false
		}
		before[a.To]++
	}
	done := make([]bool, n)
	for len(l.order) < n {
		next := -1
		for i := range n {
			if done[i] || next >= 0 && before[next] == 0 && before[i] > 0 {
				continue
			}
			if next < 0 || before[i] == 0 && before[next] > 0 || l.first(i) < l.first(next) {
				next = i
			}
		}
		done[next] = true
		l.order = append(l.order, next)
		for _, a := range l.p.Arrows {
			if a.From == next {
				before[a.To]--
			}
		}
	}
	return true
}

// first is when an object was first seen, 0 if that is not known.
func (l *layout) first(i int) evtx.Filetime {
	if t := l.p.Objects[i].First; t != nil {
		return *t
	}
	return 0
}

// place gives each object a column, behind those of the objects that lead to it, and a row in its lane.
func (l *layout) place() {
	l.at = make([]spot, len(l.p.Objects))
	type cell struct{ lane, column, row int }
	taken := map[cell]bool{}
	column := 0
	placed := make([]bool, len(l.p.Objects))
	for _, i := range l.order {
		o := &l.p.Objects[i]
		row := 0
		for _, a := range l.p.Arrows {
			if a.To == i && placed[a.From] {
				column = max(column, l.at[a.From].column+1)
				if l.p.Objects[a.From].Lane == o.Lane {
					row = l.at[a.From].row
				}
			}
		}
		if row = free(row, func(r int) bool { return taken[cell{o.Lane, column, r}] }); row < 0 {
			column++
			row = 0
		}
		if column >= len(l.times) || l.pauses(l.first(i)) {
			column = len(l.times)
			l.times = append(l.times, l.first(i))
			row = free(row, func(r int) bool { return taken[cell{o.Lane, column, r}] })
		}
		l.times[column] = min(l.times[column], l.first(i))
		taken[cell{o.Lane, column, row}], l.at[i], placed[i] = true, spot{column, row}, true
	}
	l.numbers = make([]int, len(l.p.Objects))
	order := slices.Clone(l.order)
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(l.at[a].column, l.at[b].column),
			cmp.Compare(l.p.Objects[a].Lane, l.p.Objects[b].Lane), cmp.Compare(l.at[a].row, l.at[b].row))
	})
	for n, i := range order {
		l.numbers[i] = n + 1
	}
	l.order = order
}

// pauses reports whether a pause lies between the last column and a time.
func (l *layout) pauses(t evtx.Filetime) bool {
	return len(l.times) > 0 && t >= l.times[len(l.times)-1]+pathPause
}

// free is the first row from one on, then before it, that is not taken; -1 if all are.
func free(from int, taken func(int) bool) int {
	for n := range pathRows {
		if r := (from + n) % pathRows; !taken(r) {
			return r
		}
	}
	return -1
}

// row draws the columns of a row from a height on, and returns where it ends.
func (l *layout) row(first, end, y int, coverage []sight.HostCoverage) int {
	var r attackRow
	x := pathLeft
	for c := first; c < end; c++ {
		if c > 0 && l.times[c] >= l.latest(c-1)+pathPause {
			r.Pauses = append(r.Pauses, pauseView{X: x + 4, Y: y, TextX: x + pathGap/2,
				Text: report.DurationText(l.times[c] - l.latest(c-1))})
			x += pathGap
		}
		l.xs = append(l.xs, x+pathColumn/2)
		x += pathColumn
	}
	l.view.Width = max(l.view.Width, x)
	top := y
	for n := range l.p.Lanes {
		height := 0
		for _, i := range l.order {
			if o := l.p.Objects[i]; o.Lane == n && l.at[i].column >= first && l.at[i].column < end {
				height = max(height, (l.at[i].row+1)*pathCell)
			}
		}
		if height == 0 {
			continue
		}
		r.Lanes = append(r.Lanes, l.lane(n, y, height))
		r.Gaps = append(r.Gaps, l.gaps(coverage, gapView{Y: y, Height: height}, n, first, end)...)
		for _, i := range l.order {
			if l.p.Objects[i].Lane == n && l.at[i].column >= first && l.at[i].column < end {
				l.view.Objects = append(l.view.Objects, l.object(i, y))
			}
		}
		y += height + 3
	}
	r.AxisY = y + 12
	for i := range r.Pauses {
		r.Pauses[i].Height, r.Pauses[i].TextY = y-top, y+12
	}
	for c := first; c < end; c++ {
		if t := l.times[c]; t != 0 {
			layout := "15:04:05"
			if d := t.Time().Format("2006-01-02"); d != l.day {
				layout, l.day = "01-02 15:04:05", d
			}
			r.Times = append(r.Times, tick{fmt.Sprint(l.xs[c]), t.Time().Format(layout), "middle"})
		}
	}
	l.view.Rows = append(l.view.Rows, r)
	return y + pathAxis
}

// latest is when the last object of a column was seen.
func (l *layout) latest(column int) evtx.Filetime {
	t := l.times[column]
	for i := range l.at {
		if l.at[i].column == column {
			t = max(t, l.first(i))
		}
	}
	return t
}

// lane is the background of a lane with the names of its hosts.
func (l *layout) lane(n, y, height int) pathLane {
	hosts := l.p.Lanes[n].Hosts
	out := pathLane{Name: "outside the evidence", Y: y, Height: height, TextY: y + 22, MoreY: y + 60,
		Width: l.view.Width}
	if len(hosts) > 0 {
		out.Name = mark.Printable(hosts[0])
	}
	if n := len(hosts) - 1; n > 0 {
		out.More = "and " + report.Count(n, "more host", "more hosts")
	}
	return out
}

// object is an object at its place.
func (l *layout) object(i, laneY int) objectView {
	o := &l.p.Objects[i]
	x, y := l.xs[l.at[i].column], laneY+l.at[i].row*pathCell+28
	out := objectView{X: x, Y: y, VerbY: y - 17, NumberY: y + 4, Number: l.numbers[i], Shape: kindShapes[o.Kind]}
	name := o.Name
	if o.Count > 1 && !strings.Contains(name, " more") {
		name = fmt.Sprintf("%s ×%d", o.Name, o.Count)
	}
	for n, part := range nameLines(mark.Printable(name)) {
		out.Name = append(out.Name, hostLine{part, y + 24 + n*12})
	}
	var verbs []string
	for _, a := range l.p.Arrows {
		if a.To == i && !slices.Contains(verbs, a.Verb) {
			verbs = append(verbs, a.Verb)
		}
	}
	out.Verb = report.Ellipsis(mark.Printable(strings.Join(verbs, ", ")), pathLine+4)
	out.Title = mark.Printable(report.Ellipsis(fmt.Sprintf("%d. %s, %s %s: %s", l.numbers[i], l.clock.text(o.First),
		o.Kind, name, cmp.Or(o.Text, o.Name)), 300))
	if len(o.Findings) > 0 {
		out.Severity, out.Badge, out.Anchor = o.Severity, shapes[o.Severity.Rank()], anchor(o.Findings[0])
		out.Title += " (" + string(o.Severity) + ": " + mark.Printable(strings.Join(o.Findings, ", ")) + ")"
	}
	return out
}

// nameLines writes a name in up to two lines.
func nameLines(name string) []string {
	r := []rune(name)
	if len(r) <= pathLine {
		return []string{name}
	}
	end := pathLine
	for n := pathLine - 1; n > pathLine/2; n-- {
		if strings.ContainsRune(` .-_\/@`, r[n]) {
			end = n + 1
			break
		}
	}
	return []string{string(r[:end]), report.Ellipsis(string(r[end:]), pathLine)}
}
