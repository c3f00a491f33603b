package html

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	"hunt/evtx"
	"hunt/mark"
	"hunt/report"
	"hunt/report/histogram"
)

// The drawings are SVG made here, so that they are there on paper and without scripts;
// the page's script only moves what is already drawn.

// Geometry of the drawings, in SVG user units.
const (
	plotLeft   = 160 // room for host names
	plotRight  = 990
	plotWidth  = plotRight - plotLeft
	laneHeight = 34
	axisHeight = 26
)

// Spans of time in ticks.
const (
	minuteTicks = 60 * evtx.TicksPerSecond
	dayTicks    = 24 * 60 * minuteTicks
)

func coord(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) }

// axis maps times to x coordinates.
type axis struct{ from, to evtx.Filetime }

func (a axis) x(t evtx.Filetime) float64 {
	t = min(max(t, a.from), a.to)
	return plotLeft + float64(t-a.from)/float64(a.to-a.from)*plotWidth
}

// tick is a labelled time of the axis.
type tick struct{ X, Label, Anchor string }

func (a axis) ticks() []tick {
	step := histogram.NiceStep(a.to-a.from, 6, time.Second)
	layout := "15:04:05"
	switch {
	case step >= dayTicks:
		layout = "2006-01-02"
	case a.to-a.from >= dayTicks/2:
		layout = "01-02 15:04"
	case step >= minuteTicks:
		layout = "15:04"
	}
	var out []tick
	for t := a.from - a.from%step + step; t < a.to && len(out) < 8; t += step {
		x := a.x(t)
		if x < plotLeft+30 || x > plotRight-40 {
			continue
		}
		out = append(out, tick{coord(x), t.Time().Format(layout), "middle"})
	}
	return out
}

// histogramView is the drawing of the events over time.
type histogramView struct {
	Empty    bool
	Step     string
	Max      string
	From, To string
	Height   int
	Bars     []barView
	Ticks    []tick
	Rows     []histogramRow // the same as a table
	Columns  []string
}

type histogramRow struct {
	From   string
	Counts []int
}

type barView struct {
	X, Y, W, H, Class string
	Title             string
}

const histogramHeight = 90

func newHistogramView(rows []report.TimelineRow) histogramView {
	const mostBins = 120 // each bar then still has some seven units
	h := histogram.New(rows, mostBins, time.Second)
	v := histogramView{Empty: len(h.Bins) == 0, Height: histogramHeight, Columns: columnsOf()}
	if v.Empty {
		return v
	}
	last := h.From + evtx.Filetime(len(h.Bins))*h.Step
	a := axis{h.From, last}
	v.Step, v.Max, v.From, v.To = h.StepText(), report.Thousands(h.Max), h.From.String(), last.String()
	v.Ticks = a.ticks()
	width := float64(plotWidth)/float64(len(h.Bins)) - 0.5
	for i, b := range h.Bins {
		if b.Total() == 0 {
			continue
		}
		start := *h.Start(i)
		y := float64(histogramHeight)
		row := histogramRow{From: start.String()}
		for rank, n := range b {
			row.Counts = append(row.Counts, n)
			if n == 0 {
				continue
			}
			// Two units at least keep a single critical event visible beside a thousand others.
			height := max(2, float64(n)/float64(h.Max)*histogramHeight)
			if height > y {
				height = y
			}
			y -= height
			v.Bars = append(v.Bars, barView{
				X: coord(a.x(start)), Y: coord(y), W: coord(max(width, 1)), H: coord(height),
				Class: "bar-" + v.Columns[rank],
				Title: fmt.Sprintf("%s: %s, %s", start.String(), report.Thousands(n), v.Columns[rank]),
			})
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

// columnsOf are the columns of the histogram: the severities, and what has none.
func columnsOf() []string {
	var out []string
	for _, s := range report.Severities {
		out = append(out, string(s))
	}
	return append(out, "context")
}

// lanesView is the drawing with one lane per host.
type lanesView struct {
	Empty        bool
	FromMS, ToMS int64
	From, To     string
	Height       int
	AxisY        int
	Lanes        []laneView
	Ticks        []tick
	LeftOut      int // hosts without a lane
	MarksLeftOut int
	BandsLeftOut int // gaps that are not drawn
	Legend       []legendView
}

type laneView struct {
	Host    string
	Y       int
	Bands   []bandView
	Density string // path data of the strip of context events
	Marks   []markView
}

// bandView is a span in which a lane's silence means nothing.
type bandView struct {
	X, W, Title string
	From, To    int64
}

type markView struct {
	X, Shape, Class, Title, Anchor string
	T                              int64
}

type legendView struct{ Shape, Class, Label string }

func newLanesView(r *report.Report) lanesView {
	first, last, ok := histogram.TimeSpan(r.Timeline)
	for i := range r.Findings {
		for _, t := range []report.Time{r.Findings[i].Start, r.Findings[i].End} {
			if t == nil {
				continue
			}
			if !ok {
				first, last, ok = *t, *t, true
			}
			first, last = min(first, *t), max(last, *t)
		}
	}
	v := lanesView{Empty: !ok}
	if !ok {
		return v
	}
	pad := max((last-first)/50, 5*evtx.TicksPerSecond)
	a := axis{first - min(pad, first), last + pad}
	v.FromMS, v.ToMS = a.from.Time().UnixMilli(), a.to.Time().UnixMilli()
	v.From, v.To, v.Ticks = clock{}.text(&a.from), clock{}.text(&a.to), a.ticks()
	lanes := v.chooseLanes(r)
	for i := range v.Lanes {
		v.bands(&v.Lanes[i], a, r)
	}
	v.density(lanes, a, r)
	v.marks(lanes, a, r)
	v.AxisY = len(v.Lanes)*laneHeight + 4
	v.Height = v.AxisY + axisHeight
	for i, s := range report.Severities {
		v.Legend = append(v.Legend, legendView{shapes[i], "sev-" + string(s), string(s)})
	}
	return v
}

// chooseLanes gives lanes to the hosts with findings first, then to the others, in the
// report's order.
func (v *lanesView) chooseLanes(r *report.Report) map[string]int {
	order := make([]string, 0, len(r.Hosts))
	withFindings := map[string]bool{}
	for i := range r.Findings {
		if h := r.Findings[i].Host; !withFindings[h] {
			withFindings[h] = true
		}
	}
	seen := map[string]bool{}
	add := func(host string) {
		if !seen[host] {
			seen[host] = true
			order = append(order, host)
		}
	}
	for i := range r.Hosts {
		add(r.Hosts[i].ID)
	}
	for i := range r.Findings {
		add(r.Findings[i].Host)
	}
	for i := range r.Timeline {
		add(r.Timeline[i].Host)
	}
	sort.SliceStable(order, func(i, j int) bool { return withFindings[order[i]] && !withFindings[order[j]] })
	if len(order) > maxLanes {
		v.LeftOut = len(order) - maxLanes
		order = order[:maxLanes]
	}
	lanes := map[string]int{}
	for i, h := range order {
		lanes[h] = i
		v.Lanes = append(v.Lanes, laneView{
			Host: mark.Printable(h), Y: i * laneHeight,
		})
	}
	return lanes
}

// maxBands bounds the gaps drawn in one lane.
const maxBands = 200

// bands shades the gaps of a host's coverage and the time outside of its records.
func (v *lanesView) bands(l *laneView, a axis, r *report.Report) {
	add := func(from, to report.Time, title string) {
		f, t := a.from, a.to
		if from != nil {
			f = max(f, *from)
		}
		if to != nil {
			t = min(t, *to)
		}
		if f >= t {
			return
		}
		if len(l.Bands) >= maxBands {
			v.BandsLeftOut++
			return
		}
		l.Bands = append(l.Bands, bandView{
			X: coord(a.x(f)), W: coord(max(a.x(t)-a.x(f), 1)), Title: title, From: f.Time().UnixMilli(),
			To: t.Time().UnixMilli(),
		})
	}
	known := false
	for i := range r.Hosts {
		h := &r.Hosts[i]
		if mark.Printable(h.ID) != l.Host {
			continue
		}
		known = true
		if h.First == nil {
			add(nil, nil, "no records of this host")
			break
		}
		add(nil, h.First, "before the first record of this host: nothing could be seen")
		if h.Last != nil {
			add(h.Last, nil, "after the last record of this host: nothing could be seen")
		}
	}
	for i := range r.Coverage {
		if mark.Printable(r.Coverage[i].Host) != l.Host {
			continue
		}
		known = true
		for _, g := range r.Coverage[i].Gaps {
			add(g.From, g.To, mark.Printable(string(g.Kind)+", "+g.Channel+": "+g.Detail))
		}
	}
	if !known {
		add(nil, nil, "nothing is known about this host's logs")
	}
}

// density draws the context events of each lane as a strip of bars.
func (v *lanesView) density(lanes map[string]int, a axis, r *report.Report) {
	const bins = 166 // five units each
	counts := make([][bins]int, len(v.Lanes))
	for i := range r.Timeline {
		e := &r.Timeline[i]
		lane, ok := lanes[e.Host]
		if !ok || e.Time == nil {
			continue
		}
		counts[lane][min(int((a.x(*e.Time)-plotLeft)/plotWidth*bins), bins-1)]++
	}
	for lane := range counts {
		most := 0
		for _, n := range counts[lane] {
			most = max(most, n)
		}
		var path strings.Builder
		for i, n := range counts[lane] {
			if n == 0 {
				continue
			}
			height := 2 + float64(n)/float64(most)*10
			fmt.Fprintf(&path, "M%.2f %.1fh%.2fV32h-%.2fZ", plotLeft+float64(i)*plotWidth/bins, laneHeight-2-height,
				plotWidth/bins-0.5, plotWidth/bins-0.5)
		}
		v.Lanes[lane].Density = path.String()
	}
}

// marks draws the events of findings; the most serious are drawn last, on top.
func (v *lanesView) marks(lanes map[string]int, a axis, r *report.Report) {
	status := map[string]report.Status{}
	for i := range r.Findings {
		status[r.Findings[i].ID] = r.Findings[i].Status
	}
	var rows []int
	for i := range r.Timeline {
		e := &r.Timeline[i]
		if len(e.Findings) > 0 && e.Time != nil {
			rows = append(rows, i)
		}
	}
	sort.SliceStable(rows, func(i, j int) bool {
		return r.Timeline[rows[i]].Severity.Rank() < r.Timeline[rows[j]].Severity.Rank()
	})
	if len(rows) > maxMarks {
		v.MarksLeftOut = len(rows) - maxMarks
		rows = rows[:maxMarks]
	}
	for n := len(rows) - 1; n >= 0; n-- {
		e := &r.Timeline[rows[n]]
		lane, ok := lanes[e.Host]
		if !ok {
			continue
		}
		class := "mark-" + sevClass(e.Severity)
		if s := status[e.Findings[0]]; s == report.StatusSuppressed || s == report.StatusPartial {
			class += " mark-" + string(s)
		}
		v.Lanes[lane].Marks = append(v.Lanes[lane].Marks, markView{
			X: coord(a.x(*e.Time)), Shape: shapes[e.Severity.Rank()], Class: class, T: e.Time.Time().UnixMilli(),
			Anchor: anchor(e.Findings[0]),
			Title: mark.Printable(e.Time.String() + " " + string(e.Severity) + " " + e.Findings[0] + ": " +
				report.Ellipsis(e.Message, 100)),
		})
	}
}
