package build

import (
	"cmp"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/limit"
	"hunt/report/record"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

const (
	// maxOfOneFile bounds the events about one file that are taken from the surroundings of one finding.
	maxOfOneFile = 64
	// maxNetworkSeen bounds the network events of one process that are looked through for the destinations
	// of one finding.
	maxNetworkSeen = 4_096
	// maxPathSteps bounds the look-ups for file names in one command line; a line of 32,000 characters needs
	// about as many.
	maxPathSteps = 1 << 16
)

var boundNear = limit.Bound{ID: "report-surroundings",
	Text: "for each finding, hunt looks at the 1,000 nearest events that tell of files and connections, or at fewer " +
		"if there are many findings; of these, at 64 events of each file and 4,096 network events of each process"}

// surroundings are the events around the findings of one host that were read, in order. What the findings
// need from an event is computed once and kept, so that the cost of a finding depends on what it uses, not
// on how much there is.
type surroundings struct {
	events []*timeline.Event
	inputs [][]int32        // by place: the inputs that hold the event
	within []int32          // the inputs that a finding uses; its events are asked for
	files  map[string][]int // normal path, lower-case -> places of the events about it
	paths  []string         // the keys of files, sorted
	begins [256]bool        // the bytes that paths begin with
	used   map[host.ProcessKey][]int
	to     []string // by place: where a network event went; "" of all others
	steps  int      // look-ups made so far, which tests count
}

// tellsOfFindings reports whether surroundingsOf uses an event. Any others are only rows of the timeline.
func tellsOfFindings(e *timeline.Event) bool {
	return tells(e.Class.Role)
}

func tells(r ecs.Role) bool {
	switch r {
	case ecs.RoleFileCreated, ecs.RoleFileStream, ecs.RoleConnection, ecs.RoleDNSQuery:
		return true
	}
	return false
}

// surroundingsOf computes what findings need to know about the events of one host, which are in order.
func (b *builder) surroundingsOf(events []*timeline.Event) *surroundings {
	n := &surroundings{events: events, files: map[string][]int{}, used: map[host.ProcessKey][]int{},
		to: make([]string, len(events)), inputs: make([][]int32, len(events))}
	for i, e := range events {
		n.inputs[i] = b.cs.InputsOf(e)
		switch e.Class.Role {
		case ecs.RoleFileCreated, ecs.RoleFileStream:
			if path := strings.ToLower(record.First(record.Texts(e, ecs.HuntPath))); path != "" {
				n.files[path] = append(n.files[path], i)
			}
		case ecs.RoleConnection, ecs.RoleDNSQuery:
			if n.to[i] = record.Destination(e); n.to[i] != "" {
				key := b.processOf(e).Key() // b.actors knows the findings' own events only
				n.used[key] = append(n.used[key], i)
			}
		}
	}
	for path := range n.files {
		n.paths = append(n.paths, path)
		n.begins[path[0]] = true
	}
	slices.Sort(n.paths)
	return n
}

// span is the part of the surroundings that lies within reach of a chain.
func (n *surroundings) span(chain []*timeline.Event, reach evtx.Filetime) (lo, hi int) {
	from, to := chain[0].At-min(reach, chain[0].At), chain[len(chain)-1].At+reach
	byTime := func(e *timeline.Event, t evtx.Filetime) int { return cmp.Compare(e.At, t) }
	lo, _ = slices.BinarySearchFunc(n.events, from, byTime)
	hi, _ = slices.BinarySearchFunc(n.events, to+1, byTime)
	return lo, max(lo, hi)
}

// between returns at most so many of the places in [lo, hi) that are within the inputs in use; cut says that
// there are more.
func (n *surroundings) between(places []int, lo, hi, most int) (out []int, cut bool) {
	i, _ := slices.BinarySearch(places, lo)
	for ; i < len(places) && places[i] < hi; i++ {
		if !slices.ContainsFunc(n.inputs[places[i]], func(in int32) bool { return slices.Contains(n.within, in) }) {
			continue
		}
		if len(out) == most {
			return out, true
		}
		out = append(out, places[i])
	}
	return out, false
}

// of finds, in order, the places of the events in [lo, hi) about some files, of those about files that some
// command lines name, in lower case, and of the first event to each of the first destinations of some
// processes. cut says that there are more events, further that there are more destinations.
func (n *surroundings) of(lo, hi int, files map[string]bool, lines []string,
	started map[host.ProcessKey]bool) (out []int, cut, further bool) {
	wanted := map[string]bool{}
	for path := range files {
		wanted[path] = true
	}
	for _, line := range lines {
		cut = n.pathsIn(line, func(path string) { wanted[path] = true }) || cut
	}
	for path := range wanted {
		places, more := n.between(n.files[path], lo, hi, maxOfOneFile)
		out, cut = append(out, places...), cut || more
		n.steps += len(places) + 1
	}
	var network []int
	for key := range started {
		places, more := n.between(n.used[key], lo, hi, maxNetworkSeen)
		told := map[string]bool{}
		for _, i := range places {
			n.steps++
			if !told[n.to[i]] {
				told[n.to[i]] = true
				network = append(network, i)
			}
			if len(told) > maxDestinations {
				break
			}
		}
		cut = cut || more && len(told) <= maxDestinations
	}
	slices.Sort(network)
	told := map[string]bool{}
	for _, i := range network {
		switch to := n.to[i]; {
		case told[to]:
		case len(told) == maxDestinations:
			further = true
		default:
			told[to] = true
			out = append(out, i)
		}
	}
	slices.Sort(out)
	return out, cut, further
}

// pathsIn finds the files of the surroundings whose path occurs in a line. cut says that not all of the line
// was searched.
func (n *surroundings) pathsIn(line string, found func(string)) (cut bool) {
	steps := 0
	for i := range len(line) {
		if !n.begins[line[i]] {
			continue
		}
		// The greatest path not after the rest of the line is the longest that can begin here, or shares
		// with it all that others could.
		for rest := line[i:]; rest != ""; {
			if steps++; steps > maxPathSteps {
				n.steps += steps
				return true
			}
			at, exact := slices.BinarySearch(n.paths, rest)
			if exact {
				found(rest)
				rest = rest[:len(rest)-1]
				continue
			}
			if at == 0 {
				break
			}
			path := n.paths[at-1]
			if rest = rest[:common(path, rest)]; len(rest) == len(path) {
				found(path)
				rest = rest[:len(rest)-1]
			}
		}
	}
	n.steps += steps
	return false
}

// common returns the length of the common beginning of two strings.
func common(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
