// Package histogram counts the rows of a timeline per span of time, for the page and the workbook.
package histogram

import (
	"time"

	"hunt/evtx"
	"hunt/report"
)

// Histogram counts timeline rows per span of time and severity.
type Histogram struct {
	From evtx.Filetime // of the first bin
	Step evtx.Filetime // of a bin, in ticks
	Bins []Bin
	Max  int // the largest bin's total
}

// Bin holds the counts of one span by severity, as Rank orders them; the last is context.
type Bin [6]int

// Total is how many rows the span has.
func (b Bin) Total() int {
	n := 0
	for _, v := range b {
		n += v
	}
	return n
}

// Start is the begin of bin i.
func (h *Histogram) Start(i int) report.Time {
	t := h.From + evtx.Filetime(i)*h.Step
	return &t
}

// StepText is the width of a bin in words.
func (h *Histogram) StepText() string { return durationText(h.Step) }

// durationText names a span that is a whole number of some unit.
func durationText(d evtx.Filetime) string {
	for _, u := range []struct {
		ticks evtx.Filetime
		name  string
	}{{ticksOf(24 * time.Hour), "day"}, {ticksOf(time.Hour), "hour"}, {ticksOf(time.Minute), "minute"},
		{ticksOf(time.Second), "second"}} {
		if d >= u.ticks && d%u.ticks == 0 {
			if d == u.ticks {
				return u.name
			}
			return report.Count(int(d/u.ticks), u.name, u.name+"s")
		}
	}
	return time.Duration(d * 100).String()
}

func ticksOf(d time.Duration) evtx.Filetime { return evtx.Filetime(d / 100) }

// steps are bin widths that people read easily; past the last they double.
var steps = []time.Duration{
	time.Second, 5 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 28 * 24 * time.Hour,
}

// NiceStep is the smallest step of at least least that cuts span into at most most parts.
func NiceStep(span evtx.Filetime, most int, least time.Duration) evtx.Filetime {
	last := ticksOf(steps[len(steps)-1])
	for _, s := range steps {
		if s >= least && span/ticksOf(s) < evtx.Filetime(most) {
			return ticksOf(s)
		}
	}
	for span/last >= evtx.Filetime(most) {
		last *= 2
	}
	return last
}

// TimeSpan is the first and last time of the rows; ok is false where none has a time.
func TimeSpan(rows []report.TimelineRow) (first, last evtx.Filetime, ok bool) {
	for i := range rows {
		t := rows[i].Time
		if t == nil {
			continue
		}
		if !ok {
			first, last, ok = *t, *t, true
		}
		first, last = min(first, *t), max(last, *t)
	}
	return first, last, ok
}

// New bins the rows into at most most bins of at least least each.
func New(rows []report.TimelineRow, most int, least time.Duration) Histogram {
	first, last, ok := TimeSpan(rows)
	if !ok {
		return Histogram{}
	}
	h := Histogram{Step: NiceStep(last-first, most, least)}
	h.From = first - first%h.Step
	h.Bins = make([]Bin, (last-h.From)/h.Step+1)
	for i := range rows {
		if t := rows[i].Time; t != nil {
			h.Bins[(*t-h.From)/h.Step][rows[i].Severity.Rank()]++
		}
	}
	for _, b := range h.Bins {
		h.Max = max(h.Max, b.Total())
	}
	return h
}
