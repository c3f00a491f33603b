package html

import (
	"fmt"
	"slices"
	"strings"

	"hunt/mark"
	"hunt/report"
)

// arrows draws one arrow for each pair of objects in a row that arrows join. Those that lead from one row into another
// are named at both ends.
func (l *layout) arrows() {
	at := map[int]*objectView{}
	for n := range l.view.Objects {
		at[l.view.Objects[n].Number] = &l.view.Objects[n]
	}
	type pair struct{ from, to int }
	drawn := map[pair]int{}
	to, from := map[int][]string{}, map[int][]string{}
	for _, a := range l.p.Arrows {
		k := pair{l.numbers[a.From], l.numbers[a.To]}
		title := mark.Printable(fmt.Sprintf("%s %s %s", l.p.Objects[a.From].Name, a.Verb, l.p.Objects[a.To].Name))
		if a.Presumed {
			title += " (presumed)"
		}
		if n, again := drawn[k]; again {
			if n >= 0 {
				l.view.Arrows[n].Title += "; " + title
				l.view.Arrows[n].Weak = l.view.Arrows[n].Weak && a.Presumed
			}
			continue
		}
		drawn[k] = -1
		if l.at[a.From].column/pathColumns != l.at[a.To].column/pathColumns {
			to[k.from], from[k.to] = append(to[k.from], fmt.Sprint(k.to)), append(from[k.to], fmt.Sprint(k.from))
			continue
		}
		drawn[k] = len(l.view.Arrows)
		l.view.Arrows = append(l.view.Arrows, l.arrow(a.From, a.To, at[k.from], at[k.to]))
		last := &l.view.Arrows[drawn[k]]
		last.Title, last.Weak = title, a.Presumed
	}
	const most = 3 // numbers that a stub names
	for n := 1; n <= len(l.view.Objects); n++ {
		o := at[n]
		if list := from[n]; len(list) > 0 {
			l.view.Stubs = append(l.view.Stubs, stubView{o.X - 17, o.Y + 4, report.Few(list, most) + " →", "end"})
		}
		if list := to[n]; len(list) > 0 {
			l.view.Stubs = append(l.view.Stubs,
				stubView{o.X, o.Name[len(o.Name)-1].Y + 13, "→ " + report.Few(list, most), "middle"})
		}
	}
}

// arrow leads from one object to another, around what lies between them.
func (l *layout) arrow(from, to int, a, b *objectView) arrowView {
	x1, x2 := a.X+15, b.X-19
	if l.at[to].column <= l.at[from].column { // back in time, or at the same: below
		y := max(a.Y, b.Y) + 14
		return arrowView{
			Path: fmt.Sprintf("M%d %dC%d %d %d %d %d %d", a.X, a.Y+12, a.X, y+16, b.X, y+16, b.X, b.Y+17),
			Head: fmt.Sprintf("M%d %dl-4 7h8Z", b.X, b.Y+12)}
	}
	bend := 0
	if a.Y == b.Y && l.at[to].column > l.at[from].column+1 {
		bend = -24
	}
	middle := (x1 + x2) / 2
	if l.at[to].column > l.at[from].column+1 && a.Y != b.Y { // leave between the rows of texts
		middle = x2 - pathColumn/3
	}
	return arrowView{
		Path: fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, a.Y, middle, a.Y+bend, middle, b.Y+bend, x2, b.Y),
		Head: fmt.Sprintf("M%d %dl-7-4v8Z", x2+4, b.Y)}
}

// words are the arrows in words, in their order.
func (l *layout) words() {
	for _, a := range l.p.Arrows {
		from, to := &l.p.Objects[a.From], &l.p.Objects[a.To]
		l.view.Words = append(l.view.Words, wordView{At: l.clock.text(a.Time), Host: l.where(from, to), Verb: a.Verb,
			From: from.Name, To: told(to), FromNumber: l.numbers[a.From], Number: l.numbers[a.To], Presumed: a.Presumed,
			Count: a.Count})
	}
}

// told names an object, and adds its text where that says more than the name.
func told(o *report.Object) string {
	if o.Text == "" || strings.EqualFold(o.Text, o.Name) {
		return o.Name
	}
	return o.Name + " (" + report.Ellipsis(o.Text, maxBriefStep) + ")"
}

// where are the hosts on which something happened.
func (l *layout) where(from, to *report.Object) string {
	of := func(o *report.Object) string { return report.Few(l.p.Lanes[o.Lane].Hosts, 2) }
	switch a, b := of(from), of(to); {
	case a == b || b == "":
		return a
	case a == "":
		return b
	default:
		return a + " to " + b
	}
}

// legend lists the kinds and severities that the picture has.
func (l *layout) legend() {
	for _, k := range report.ObjectKinds {
		if slices.ContainsFunc(l.p.Objects, func(o report.Object) bool { return o.Kind == k }) {
			l.view.Kinds = append(l.view.Kinds, kindView{kindShapes[k], k})
		}
	}
	for _, s := range report.Severities {
		if slices.ContainsFunc(l.p.Objects, func(o report.Object) bool {
			return len(o.Findings) > 0 && o.Severity == s
		}) {
			l.view.Severities = append(l.view.Severities, s)
		}
	}
}
