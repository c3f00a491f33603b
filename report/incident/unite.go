package incident

import (
	"cmp"
	"maps"
	"slices"

	"hunt/report"
)

// forest keeps which findings are joined.
type forest []int

func newForest(n int) forest {
	f := make(forest, n)
	for i := range f {
		f[i] = i
	}
	return f
}

func (f forest) root(i int) int {
	for f[i] != i {
		f[i] = f[f[i]]
		i = f[i]
	}
	return i
}

// join makes one tree from two; the earliest finding is its root. It reports whether they were two.
func (f forest) join(i, j int) bool {
	a, b := f.root(i), f.root(j)
	if a == b {
		return false
	}
	f[max(a, b)] = min(a, b)
	return true
}

// unite joins the findings and returns the edges that did it.
func (j *joiner) unite() (f forest, used []edge) {
	f = newForest(len(j.findings))
	used = j.examiner(f)
	j.sortEdges()
	for _, e := range j.edges {
		if f.join(e.from.finding, e.to.finding) {
			used = append(used, e)
		}
	}
	j.tooAlike(f)
	for {
		pairs := j.doubled(f)
		if len(pairs) == 0 {
			return f, j.attach(f, used)
		}
		for _, p := range pairs {
			if f.join(p[0].from.finding, p[0].to.finding) {
				used = append(used, p[0], p[1])
			}
		}
	}
}

// attach joins each finding of a rule that counts by its strongest edge. Its events belong to many users
// and sessions: it belongs to one incident, and unites none. Two such findings join only if nothing else
// joins them.
func (j *joiner) attach(f forest, used []edge) []edge {
	if !slices.ContainsFunc(j.findings, func(x *Finding) bool { return x.Counted }) {
		return used
	}
	k := newJoiner(j.c, true)
	k.all()
	k.sortEdges()
	joined := map[int]bool{}
	for _, both := range []bool{false, true} {
		for _, e := range k.edges {
			a, b := e.from.finding, e.to.finding
			if !j.findings[a].Counted {
				a, b = b, a
			}
			if !j.findings[a].Counted || joined[a] || j.findings[b].Counted != both || both && joined[b] {
				continue
			}
			if f.join(a, b) {
				used = append(used, e)
				joined[a], joined[b] = true, both
			}
		}
	}
	return used
}

// sortEdges puts the strongest kinds first.
func (j *joiner) sortEdges() {
	slices.SortStableFunc(j.edges, func(a, b edge) int {
		return cmp.Or(cmp.Compare(kindRank(a.EdgeKind), kindRank(b.EdgeKind)), a.from.compare(b.from),
			a.to.compare(b.to))
	})
}

// kinds are the kinds of edges, the strongest first.
var kinds = []report.EdgeKind{report.EdgeEvent, report.EdgeProcess, report.EdgeScript, report.EdgeLineage,
	report.EdgeArtefact,
	report.EdgeSession, report.EdgeMovement, report.EdgeBurst, report.EdgeIndicator, report.EdgeAccount,
	report.EdgeExaminer}

func kindRank(k report.EdgeKind) int { return slices.Index(kinds, k) }

// signed is a weak edge with the fact that it rests on: see group.
type signed struct {
	edge
	fact fact
}

// doubled finds the pairs of trees that two weak edges join which rest on different facts and on different
// events; they are in order.
func (j *joiner) doubled(f forest) [][2]edge {
	type pair [2]int
	first := map[pair][]signed{} // one for each fact and pair of events, as far as they are needed
	joined := map[pair][2]edge{}
	for i := range j.weak {
		g := &j.weak[i]
		for _, e := range g.between(f) {
			p := pair{f.root(e.from.finding), f.root(e.to.finding)}
			p = pair{min(p[0], p[1]), max(p[0], p[1])}
			if _, done := joined[p]; done {
				continue
			}
			for _, o := range first[p] {
				if g.fact != o.fact && e.apart(o.edge) {
					joined[p] = [2]edge{o.edge, e}
					break
				}
			}
			first[p] = append(first[p], signed{e, g.fact})
		}
	}
	keys := slices.SortedFunc(maps.Keys(joined), func(a, b pair) int {
		return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
	})
	out := make([][2]edge, len(keys))
	for i, k := range keys {
		out[i] = joined[k]
	}
	return out
}

// tooAlike turns the values that more unjoined groups share than pairs can be looked at into hubs.
func (j *joiner) tooAlike(f forest) {
	j.weak = slices.DeleteFunc(j.weak, func(g group) bool {
		roots := map[int]bool{}
		for _, p := range g.places {
			roots[f.root(p.finding)] = true
		}
		if g.gap > 0 || len(roots) <= maxAlike {
			return false
		}
		j.hub(g.what, report.Count(len(roots), "group", "groups")+" of findings, not joined otherwise, share it",
			g.places)
		return true
	})
}

// apart reports whether two edges have no event in common.
func (e edge) apart(o edge) bool {
	for _, a := range []EventKey{e.from.event.Key, e.to.event.Key} {
		if a == o.from.event.Key || a == o.to.event.Key {
			return false
		}
	}
	return true
}

// between returns the edges of a group between different trees: one for each pair of trees, of the events
// nearest to each other.
func (g *group) between(f forest) []edge {
	if g.gap > 0 {
		var out []edge
		for i := 1; i < len(g.places); i++ {
			a, b := g.places[i-1], g.places[i]
			if b.event.At-a.event.At <= g.gap && f.root(a.finding) != f.root(b.finding) {
				out = append(out, edge{EdgeKind: g.kind, from: a, to: b, what: g.what})
			}
		}
		return out
	}
	first := map[int]place{}
	var roots []int
	for _, p := range g.places {
		r := f.root(p.finding)
		if _, known := first[r]; !known {
			first[r] = p
			roots = append(roots, r)
		}
	}
	var out []edge
	for i, a := range roots {
		for _, b := range roots[i+1:] {
			out = append(out, edge{EdgeKind: g.kind, from: first[a], to: first[b], what: g.what})
		}
	}
	return out
}
