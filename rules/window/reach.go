package window

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"hunt/evtx"
)

// Reach is how near one group came to satisfying a node: what was counted in the nearest window.
type Reach struct {
	Keys        []string // the values that the events of the group have in common; "(none)" for a missing one
	First, Last evtx.Filetime
	Events      int
	Parts       []Part // what the node asks for
	Holds       bool

	// For new terms: the time of the event before the last one, if there is one.
	Before evtx.Filetime

	score float64
}

// Part is one of the things that a node asks for.
type Part struct {
	What  string // "events", "distinct values of user.name" …
	Have  string
	Want  string // "5 or more"
	Holds bool

	have, want float64 // if they are numbers; want 0: they are not
}

// Seen is an event with the stages that it satisfies.
type Seen struct {
	*Event
	Stages []int
}

// wantText returns a bound for people.
func (b Bound) wantText() string {
	n := b.text()
	return map[Op]string{LT: "fewer than " + n, LTE: n + " or fewer", GT: "more than " + n, GTE: n + " or more",
		EQ: "exactly " + n, NEQ: "any number but " + n}[b.Op]
}

// text returns the number of a bound.
func (b Bound) text() string {
	return strconv.FormatFloat(b.value(), 'f', -1, 64)
}

func (b Bound) value() float64 { return float64(b.N) / math.Pow10(int(b.Scale)) }

// Reaches determines, for a node whose inputs are stages, how near each group came, those nearest to a
// result first, then those nearest to a time; more counts those beyond most. The events must be in
// order. It is slow, and meant for explanations.
func (p *Program) Reaches(n int, events []Seen, near evtx.Filetime, most int) (reaches []Reach, more int) {
	node := &p.nodes[n]
	for _, g := range p.groups(n, events) {
		reaches = append(reaches, g.reach(node, near))
	}
	slices.SortStableFunc(reaches, func(a, b Reach) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.distance(near), b.distance(near)),
			slices.Compare(a.Keys, b.Keys))
	})
	more = max(len(reaches)-most, 0)
	return reaches[:len(reaches)-more], more
}

func (r *Reach) distance(at evtx.Filetime) evtx.Filetime {
	switch {
	case at < r.First:
		return r.First - at
	case at > r.Last:
		return at - r.Last
	}
	return 0
}

// reachGroup holds the events of a group, in order.
type reachGroup struct {
	keys   []string
	events []reachEvent
}

// reachEvent is an event of a group: the inputs to which it belongs, and its values.
type reachEvent struct {
	at     evtx.Filetime
	inputs []int
	values [][]string // by value key; a tuple counts as one
}

// groups divides the events into groups, in the order of their first events.
func (p *Program) groups(n int, events []Seen) []*reachGroup {
	node := &p.nodes[n]
	rows := &Rows{programs: []*Program{p}}
	byKey := map[string]*reachGroup{}
	var out []*reachGroup
	for _, s := range events {
		rows.event = s.Event
		in := map[*reachGroup]bool{} // groups that have the event already
		for _, stage := range s.Stages {
			for i := range node.Inputs {
				input := &node.Inputs[i]
				if input.Stage != stage {
					continue
				}
				lists, ok := rows.keyValues(node, input.Keys, stage, nil)
				if !ok {
					continue
				}
				each(lists, func(combination []keyValue) {
					keys, id := make([]string, len(combination)), ""
					for k, v := range combination {
						if keys[k] = v.text; v.absent {
							keys[k] = "(none)"
						}
						id += fmt.Sprintf("%t%q", v.absent, v.text)
					}
					g := byKey[id]
					if g == nil {
						g = &reachGroup{keys: keys}
						byKey[id], out = g, append(out, g)
					}
					if !in[g] {
						in[g] = true
						g.events = append(g.events,
							reachEvent{at: s.Time, values: make([][]string, max(len(input.Values), 1))})
					}
					e := &g.events[len(g.events)-1]
					e.inputs = append(e.inputs, i)
					rows.reachValues(node, input, stage, e)
				})
			}
		}
	}
	return out
}

// reachValues adds what a node counts for an event.
func (r *Rows) reachValues(node *Node, in *Input, stage int, e *reachEvent) {
	if node.Kind == ValueCount {
		lists, ok := r.keyValues(node, in.Values, stage, nil)
		if !ok || slices.ContainsFunc(lists, func(l []keyValue) bool { return l[0].absent }) {
			return
		}
		each(lists, func(tuple []keyValue) {
			texts := make([]string, len(tuple))
			for i, v := range tuple {
				texts[i] = v.text
			}
			e.values[0] = append(e.values[0], strings.Join(texts, ", "))
		})
		return
	}
	for i, key := range in.Values {
		for _, v := range r.texts(key, stage, nil, node.Fold) {
			if !v.absent {
				e.values[i] = append(e.values[i], v.text)
			}
		}
	}
}

// reach finds the window of the group that came nearest.
func (g *reachGroup) reach(node *Node, near evtx.Filetime) Reach {
	if node.Kind == NewTerms {
		return g.newest(node, near)
	}
	var best Reach
	span := evtx.Filetime(node.Span / 100)
	to := 0
	for from := range g.events {
		for to < len(g.events) && g.events[to].at <= g.events[from].at+span {
			to++
		}
		if from > 0 && to < len(g.events) && to-from < best.Events && node.Kind != Temporal &&
			node.Kind != TemporalOrdered {
			continue // fewer events: it cannot come nearer by their number
		}
		r := Reach{Keys: g.keys, First: g.events[from].at, Last: g.events[to-1].at, Events: to - from}
		r.Parts = measured(node, g.events[from:to])
		r.rate(node)
		if from == 0 || r.score > best.score || r.score == best.score && r.distance(near) < best.distance(near) {
			best = r
		}
	}
	return best
}

// rate measures how near the window comes.
func (r *Reach) rate(node *Node) {
	r.Holds = true
	for _, p := range r.Parts {
		r.Holds = r.Holds && p.Holds
		if p.Holds {
			r.score++
			continue
		}
		if p.want > 0 {
			r.score += min(max(p.have/p.want, 0), 1)
		}
	}
	r.score /= float64(max(len(r.Parts), 1))
	if node.Kind.temporal() {
		set := uint64(0)
		for i, p := range r.Parts {
			if p.Holds {
				set |= 1 << i
			}
		}
		r.Holds = node.met(set) // in whatever order they came
	}
}

// measured returns what a node asks of the events of a window.
func measured(node *Node, events []reachEvent) []Part {
	var parts []Part
	count := func(what string, n int) {
		for _, b := range node.Bounds {
			parts = append(parts, Part{
				What: what, Have: strconv.Itoa(n), Want: b.wantText(), Holds: b.holds(compareInt(int64(n), b)),
				have: float64(n), want: b.value(),
			})
		}
	}
	switch node.Kind {
	case EventCount:
		count("events", len(events))
	case ValueCount:
		count("distinct values", distinct(events, 0))
	case Threshold:
		count("events", len(events))
		for i, c := range node.Cardinality {
			n := distinct(events, i)
			parts = append(parts, Part{
				What: "distinct values of " + c.Name, Have: strconv.Itoa(n),
				Want: fmt.Sprintf("%d or more", c.AtLeast), Holds: int64(n) >= c.AtLeast,
				have: float64(n), want: float64(c.AtLeast),
			})
		}
	case ValueSum, ValueAvg:
		sum, n := 0.0, 0
		for _, e := range events {
			for _, s := range e.values[0] {
				if x, err := strconv.ParseFloat(s, 64); err == nil {
					sum, n = sum+x, n+1
				}
			}
		}
		what := "the sum"
		if node.Kind == ValueAvg {
			what, sum = "the average", sum/float64(max(n, 1))
		}
		for _, b := range node.Bounds {
			parts = append(parts, Part{
				What: what, Have: strconv.FormatFloat(sum, 'f', -1, 64), Want: b.wantText(),
				Holds: n > 0 && b.holds(cmp.Compare(sum, b.value())),
			})
		}
	default:
		for i, in := range node.Inputs {
			n := 0
			for _, e := range events {
				if slices.Contains(e.inputs, i) {
					n++
				}
			}
			parts = append(parts, Part{What: "events of " + cmp.Or(in.Label, strconv.Itoa(i+1)), Have: strconv.Itoa(n),
				Want: "1 or more", Holds: n > 0})
		}
	}
	return parts
}

// distinct counts the different values of a key.
func distinct(events []reachEvent, key int) int {
	seen := map[string]bool{}
	for _, e := range events {
		for _, s := range e.values[key] {
			seen[s] = true
		}
	}
	return len(seen)
}

// newest reports the event of a term that is nearest to a time when the term was seen before.
func (g *reachGroup) newest(node *Node, near evtx.Filetime) Reach {
	at := 0
	for i, e := range g.events {
		if gap(e.at, near) < gap(g.events[at].at, near) {
			at = i
		}
	}
	r := Reach{Keys: g.keys, First: g.events[at].at, Last: g.events[at].at, Events: 1, Holds: true}
	if at > 0 {
		r.Before = g.events[at-1].at
		r.Holds = r.Last-r.Before > evtx.Filetime(node.Span/100)
	}
	if r.Holds {
		r.score = 1
	}
	return r
}

func gap(a, b evtx.Filetime) evtx.Filetime { return max(a, b) - min(a, b) }
