package html

import (
	"slices"

	"hunt/evtx"
	"hunt/mark"
	"hunt/report/sight"
)

// gaps are the spans within a row in which the logs of a lane's hosts show nothing, or not all.
func (l *layout) gaps(coverage []sight.HostCoverage, g gapView, lane, first, end int) (out []gapView) {
	for i := range coverage {
		if !slices.Contains(l.p.Lanes[lane].Hosts, coverage[i].Host) {
			continue
		}
		for _, gap := range coverage[i].Gaps {
			from, to := l.times[first], l.latest(end-1)
			if gap.From != nil {
				from = max(from, *gap.From)
			}
			if gap.To != nil {
				to = min(to, *gap.To)
			}
			if from >= to || len(out) >= maxGaps {
				continue
			}
			g.X = l.x(from, first, end)
			g.Width = max(l.x(to, first, end)-g.X, 6)
			g.Title = mark.Printable(coverage[i].Host + ": " + string(gap.Kind) + ", " + gap.Channel + ": " +
				gap.Detail)
			out = append(out, g)
		}
	}
	return out
}

// maxGaps bounds the gaps drawn in one lane of a row; the coverage lists them all.
const maxGaps = 20

// x is where a time lies in a row, between the columns around it.
func (l *layout) x(t evtx.Filetime, first, end int) int {
	for c := end - 1; c >= first; c-- {
		if t < l.times[c] {
			continue
		}
		if c == end-1 {
			return l.xs[c] + pathColumn/3
		}
		span := l.times[c+1] - l.times[c]
		return l.xs[c] + int(float64(t-l.times[c])/float64(max(span, 1))*float64(l.xs[c+1]-l.xs[c]))
	}
	return l.xs[first]
}
