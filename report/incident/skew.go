package incident

import (
	"cmp"
	"fmt"
	"slices"

	"hunt/evtx"
	"hunt/report"
)

// leastSkew is the difference from which on the clocks of two hosts are said to differ: a logon follows the use of
// credentials for it within seconds.
const leastSkew = 15 * evtx.TicksPerSecond

// skew is by how much the clock of one host is ahead of that of another, by logons that both recorded.
type skew struct {
	ahead, behind string
	by            evtx.Filetime
	logons        int
}

// skewsOf estimates how the clocks of hosts differ, from the logons that both of two hosts recorded: the median of
// the difference between their records.
func skewsOf(moves []Movement) (out []skew) {
	type pair struct{ a, b string }
	apart := map[pair][]int64{} // by how much b is ahead of a
	var pairs []pair
	for i := range moves {
		m := &moves[i]
		if m.From == "" || m.To == "" || m.From == m.To || m.Left == 0 || !m.Session.known() {
			continue
		}
		p, d := pair{m.From, m.To}, int64(m.At)-int64(m.Left) // #nosec G115 -- times
		if p.a > p.b {
			p, d = pair{m.To, m.From}, -d
		}
		if apart[p] == nil {
			pairs = append(pairs, p)
		}
		apart[p] = append(apart[p], d)
	}
	slices.SortFunc(pairs, func(x, y pair) int { return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b)) })
	for _, p := range pairs {
		list := apart[p]
		slices.Sort(list)
		s := skew{ahead: p.b, behind: p.a, logons: len(list)}
		median := list[len(list)/2]
		if median < 0 {
			s.ahead, s.behind, median = p.a, p.b, -median
		}
		if s.by = evtx.Filetime(median); s.by >= leastSkew { // #nosec G115 -- not negative
			out = append(out, s)
		}
	}
	return out
}

// sentence returns the skew as an assumption.
func (s *skew) sentence() string {
	const second = evtx.TicksPerSecond
	return fmt.Sprintf("That the clock of %s is about %s ahead of that of %s, judging by %s that both recorded: "+
		"edges allow for this, and each time shown is by the clock of its own host.", s.ahead,
		report.DurationText(s.by/second*second), s.behind, report.Count(s.logons, "logon", "logons"))
}

// skewed says how the clocks of the incident's hosts differ.
func (t *tale) skewed() []string {
	out, hosts := []string{}, map[string]bool{}
	for _, f := range t.findings {
		for i := range f.Events {
			hosts[f.Events[i].Host] = true
		}
	}
	for i := range t.j.skews {
		if s := &t.j.skews[i]; hosts[s.ahead] && hosts[s.behind] {
			out = append(out, s.sentence())
		}
	}
	return out
}
