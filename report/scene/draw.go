package scene

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/report"
)

// The bounds of a picture.
const (
	maxLanes    = 12
	maxObjects  = 60
	maxArrows   = 120
	maxFindings = 5 // that an object names
	maxTogether = 6 // names in the text of an object that stands for several
)

func lower(s string) string { return strings.ToLower(s) }

// object is an object while it is folded with others.
type object struct {
	Thing
	lane     int
	first    evtx.Filetime
	severity report.Severity
	findings []string
	things   []string // names of all that it stands for
	links    map[int]bool
}

// arrow is an arrow between objects by their places.
type arrow struct {
	from, to int
	verb     string
}

// drawing is a picture in the making.
type drawing struct {
	lanes   []report.Lane
	laneOf  map[string]int // by host; "" is what lies outside
	objects []*object
	deeds   []link
}

// link is a deed between objects by their places; from is -1 if nobody is known for it.
type link struct {
	arrow
	at       evtx.Filetime
	presumed bool
}

// Draw gathers deeds into a picture, nil if there are none. steps are the hosts of each step of a path.
func Draw(deeds []Deed, steps [][]string) *report.Picture {
	d := &drawing{laneOf: map[string]int{}}
	d.assign(deeds, steps)
	d.gather(deeds)
	d.date()
	if len(d.objects) == 0 {
		return nil
	}
	for _, key := range []func(o *object) string{d.alike, d.together, d.kinds} {
		if len(d.objects) > maxObjects || d.folds() {
			d.fold(key)
		}
	}
	return d.picture()
}

// folds reports whether a lane has several hosts, so that what is alike on them is one object.
func (d *drawing) folds() bool {
	return slices.ContainsFunc(d.lanes, func(l report.Lane) bool { return len(l.Hosts) > 1 })
}

// assign gives each host a lane, in the order in which the steps and deeds reach them. Hosts with the same steps share
// one, and beyond the bound all others share the last.
func (d *drawing) assign(deeds []Deed, steps [][]string) {
	outside := slices.ContainsFunc(deeds, func(x Deed) bool {
		return x.From.known() && x.From.Host == "" || x.To.known() && x.To.Host == ""
	})
	if outside {
		d.lanes, d.laneOf[""] = append(d.lanes, report.Lane{Hosts: []string{}}), 0
	}
	of, hosts := map[string]string{}, []string{}
	see := func(host, step string) {
		if host == "" {
			return
		}
		if _, known := of[host]; !known {
			hosts = append(hosts, host)
		}
		of[host] += step
	}
	for n, s := range steps {
		for _, h := range s {
			see(h, fmt.Sprint(n, " "))
		}
	}
	for i := range deeds {
		see(deeds[i].From.Host, "")
		see(deeds[i].To.Host, "")
	}
	done := doneOn(deeds)
	shared := map[string]int{}
	for _, h := range hosts {
		of[h] = cmp.Or(of[h], done[h]) // a finding of many hosts is a step of the first alone
		n, known := shared[of[h]]
		if known = known && of[h] != ""; !known && len(d.lanes) == maxLanes {
			n, known = maxLanes-1, true
		}
		if !known {
			n = len(d.lanes)
			d.lanes = append(d.lanes, report.Lane{})
		}
		d.lanes[n].Hosts = append(d.lanes[n].Hosts, h)
		d.laneOf[h], shared[of[h]] = n, n
	}
}

// doneOn are the deeds of each host without what tells them apart from those of another.
func doneOn(deeds []Deed) map[string]string {
	type done struct{ host, text string }
	seen, of := map[done]bool{}, map[string][]string{}
	for i := range deeds {
		d := &deeds[i]
		text := fmt.Sprintf("%s %q %s %s %q", d.From.Kind, lower(d.From.Name), d.Verb, d.To.Kind, lower(d.To.Name))
		for _, host := range []string{d.From.Host, d.To.Host} {
			if one := (done{host, text}); !seen[one] {
				seen[one] = true
				of[host] = append(of[host], text)
			}
		}
	}
	out := map[string]string{}
	for host, list := range of {
		slices.Sort(list)
		out[host] = strings.Join(list, "\n")
	}
	return out
}

// gather makes an object of each thing.
func (d *drawing) gather(deeds []Deed) {
	places, seen := map[id]int{}, map[link]bool{} // what several findings rest on was done once
	place := func(t *Thing, at evtx.Filetime) int {
		if !t.known() {
			return -1
		}
		n, known := places[t.id()]
		if !known {
			n = len(d.objects)
			places[t.id()] = n
			d.objects = append(d.objects,
				&object{Thing: *t, lane: d.laneOf[t.Host], first: at, things: []string{t.Name}})
		}
		o := d.objects[n]
		o.At = cmp.Or(o.At, t.At)
		if o.Text == "" || o.Text == o.Name {
			o.Text = cmp.Or(t.Text, o.Text)
		}
		if at != 0 && (o.first == 0 || at < o.first) {
			o.first = at
		}
		return n
	}
	for i := range deeds {
		x := &deeds[i]
		from, to := place(&x.From, x.At), place(&x.To, x.At)
		if to < 0 {
			to, from = from, -1
		}
		if to < 0 {
			continue
		}
		if x.Finding != "" {
			o := d.objects[to]
			if !slices.Contains(o.findings, x.Finding) {
				o.findings = append(o.findings, x.Finding)
			}
			if o.severity == "" || x.Severity.Rank() < o.severity.Rank() {
				o.severity = x.Severity
			}
		}
		if from >= 0 && from != to {
			if l := (link{arrow{from, to, x.Verb}, x.At, x.Presumed}); !seen[l] {
				seen[l] = true
				d.deeds = append(d.deeds, l)
			}
		}
	}
}

// date gives the objects that no deed dates the time at which they were there.
func (d *drawing) date() {
	for _, o := range d.objects {
		o.first = cmp.Or(o.first, o.At)
	}
	dated := map[arrow]bool{}
	for _, x := range d.deeds {
		dated[x.arrow] = dated[x.arrow] || x.at != 0
	}
	d.deeds = slices.DeleteFunc(d.deeds, func(x link) bool { return x.at == 0 && dated[x.arrow] })
	for i := range d.deeds {
		d.deeds[i].at = cmp.Or(d.deeds[i].at, d.objects[d.deeds[i].to].first)
	}
}

// alike are things of one lane, kind and name.
func (d *drawing) alike(o *object) string {
	if len(d.objects) <= maxObjects && len(d.lanes[o.lane].Hosts) < 2 {
		return ""
	}
	return fmt.Sprint(o.lane, "\x00", o.Kind, "\x00", lower(o.Name))
}

// together are things that no finding rests on, with the same on either side of them.
func (d *drawing) together(o *object) string {
	if len(d.objects) <= maxObjects || len(o.findings) > 0 {
		return ""
	}
	var links []int
	for n := range o.links {
		links = append(links, n)
	}
	slices.Sort(links)
	return fmt.Sprint(o.lane, "\x00", o.Kind, "\x00", links)
}

// kinds are things of one lane and kind, those apart that findings rest on by their severity.
func (d *drawing) kinds(o *object) string {
	if len(d.objects) <= maxObjects {
		return ""
	}
	return fmt.Sprint(o.lane, "\x00", o.Kind, "\x00", o.severity)
}

// fold makes one object of those with the same key; those whose key is "" stay.
func (d *drawing) fold(key func(o *object) string) {
	for _, o := range d.objects {
		o.links = map[int]bool{}
	}
	for _, x := range d.deeds {
		d.objects[x.from].links[x.to], d.objects[x.to].links[-1-x.from] = true, true
	}
	into, first := make([]int, len(d.objects)), map[string]int{}
	var out []*object
	for i, o := range d.objects {
		k := key(o)
		n, known := first[k]
		if k == "" || !known {
			n = len(out)
			first[k] = n
			out = append(out, o)
		} else {
			out[n].take(o)
		}
		into[i] = n
	}
	d.objects = out
	links := d.deeds[:0]
	for _, x := range d.deeds {
		if x.from, x.to = into[x.from], into[x.to]; x.from != x.to {
			links = append(links, x)
		}
	}
	d.deeds = links
}

// take has an object stand for another, too.
func (o *object) take(other *object) {
	o.things = append(o.things, other.things...)
	if other.first != 0 && (o.first == 0 || other.first < o.first) {
		o.first = other.first
	}
	if len(other.findings) > 0 && (o.severity == "" || other.severity.Rank() < o.severity.Rank()) {
		o.severity = other.severity
	}
	for _, f := range other.findings {
		if !slices.Contains(o.findings, f) {
			o.findings = append(o.findings, f)
		}
	}
}

// picture lists what is there: of too many objects those that the most serious findings rest on, then those with most
// to do with others.
func (d *drawing) picture() *report.Picture {
	degree := make([]int, len(d.objects))
	for _, x := range d.deeds {
		degree[x.from]++
		degree[x.to]++
	}
	order := make([]int, len(d.objects))
	for i := range order {
		order[i] = i
	}
	rank := func(i int) int {
		if len(d.objects[i].findings) == 0 {
			return len(report.Severities) + 1
		}
		return d.objects[i].severity.Rank()
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(degree[b], degree[a]),
			cmp.Compare(d.objects[a].first, d.objects[b].first))
	})
	kept := order[:min(len(order), maxObjects)]
	slices.SortStableFunc(kept, func(a, b int) int {
		return cmp.Or(cmp.Compare(d.objects[a].first, d.objects[b].first), cmp.Compare(a, b))
	})
	p := &report.Picture{ObjectsMore: len(order) - len(kept), Arrows: []report.Arrow{}}
	place, used := map[int]int{}, map[int]int{}
	for _, i := range kept {
		o := d.objects[i]
		if degree[i] == 0 && len(o.findings) == 0 {
			p.ObjectsMore++
			continue
		}
		place[i] = len(p.Objects)
		if _, known := used[o.lane]; !known {
			used[o.lane] = 0
		}
		p.Objects = append(p.Objects, o.shown())
	}
	for i := range d.lanes { // those of which an object is left
		if _, known := used[i]; known {
			used[i] = len(p.Lanes)
			p.Lanes = append(p.Lanes, d.lanes[i])
		}
	}
	for i := range p.Objects {
		p.Objects[i].Lane = used[p.Objects[i].Lane]
	}
	d.arrows(p, place)
	return p
}

// shown is an object as a report has it.
func (o *object) shown() report.Object {
	names := slices.Clone(o.things)
	slices.Sort(names)
	names = slices.Compact(names)
	out := report.Object{Lane: o.lane, Kind: o.Kind, Name: o.Name, Text: o.Text, First: report.TimeOf(o.first),
		Count: len(o.things), Severity: o.severity}
	if len(names) > 1 {
		out.Name += fmt.Sprintf(" and %s more", report.Thousands(len(names)-1))
		out.Text = report.Ellipsis(report.Few(names, maxTogether), maxText)
	}
	if out.Text == out.Name {
		out.Text = ""
	}
	out.Findings = o.findings[:min(len(o.findings), maxFindings)]
	out.More = len(o.findings) - len(out.Findings)
	return out
}

// arrows lists the arrows between the objects that a picture has, by time.
func (d *drawing) arrows(p *report.Picture, place map[int]int) {
	known := map[arrow]int{}
	for _, x := range d.deeds {
		from, ok := place[x.from]
		to, also := place[x.to]
		if !ok || !also {
			continue
		}
		a := arrow{from, to, x.verb}
		n, again := known[a]
		if !again {
			n = len(p.Arrows)
			known[a] = n
			p.Arrows = append(p.Arrows, report.Arrow{From: from, To: to, Verb: x.verb, Time: report.TimeOf(x.at),
				Presumed: x.presumed})
		}
		y := &p.Arrows[n]
		y.Count++
		y.Presumed = y.Presumed && x.presumed
		if x.at != 0 && (y.Time == nil || x.at < *y.Time) {
			y.Time = report.TimeOf(x.at)
		}
	}
	slices.SortStableFunc(p.Arrows, func(a, b report.Arrow) int { return cmp.Compare(when(a.Time), when(b.Time)) })
	if n := len(p.Arrows) - maxArrows; n > 0 {
		p.Arrows, p.ArrowsMore = p.Arrows[:maxArrows], n
	}
}

func when(t report.Time) evtx.Filetime {
	if t == nil {
		return 0
	}
	return *t
}
