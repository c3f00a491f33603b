package host

import (
	"cmp"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/timeline/ledger"
)

// twinWindow is how far the Sysmon 1 and the Security 4688 of one start may lie apart. Real pairs are 3 to 11 ms
// apart; within this time, a pid is not reused for the same image.
const twinWindow = 2 * evtx.TicksPerSecond

// started is a process id and the program that had it.
type started struct {
	pid        int64
	executable string // in lower case
}

// pairTwins maps each start that was logged by both Sysmon and Security to its other half, one to one: each Security
// start, in order, takes the nearest Sysmon start that is free.
func pairTwins(starts []*ledger.Start) map[int]int {
	halves := map[started]*untaken{}
	for i, s := range starts {
		if s.Sysmon {
			k := started{s.PID, strings.ToLower(s.Executable)}
			if halves[k] == nil {
				halves[k] = &untaken{}
			}
			halves[k].starts = append(halves[k].starts, dated{s.Created, i})
		}
	}
	for _, u := range halves {
		u.sort()
	}
	twins := map[int]int{}
	for i, s := range starts {
		if s.Sysmon {
			continue
		}
		if u := halves[started{s.PID, strings.ToLower(s.Executable)}]; u != nil {
			if j := u.take(s.Created); j >= 0 {
				twins[i], twins[j] = j, i
			}
		}
	}
	return twins
}

// TwinOf returns the other record of a process start that was logged by both Sysmon and Security; ok is false for any
// other record.
func (h *Host) TwinOf(ref evtx.Ref) (twin evtx.Ref, ok bool) {
	t := h.past()
	if h.set.asked == ledger.AskedTwins {
		t.pairs.Do(t.pair)
	}
	twin, ok = t.twins[ref]
	return twin, ok
}

// pair finds the twins of a host if nothing else is wanted of its processes.
func (t *table) pair() {
	s := t.of.set
	var sysmon, security bool
	err := s.parts(t.of, func(part *ledger.History) {
		for _, x := range part.Starts {
			sysmon, security = sysmon || x.Sysmon, security || !x.Sysmon
		}
	})
	if sysmon && security { // otherwise there are none
		p, names := &past{}, map[string]string{}
		err = cmp.Or(err, s.parts(t.of, func(part *ledger.History) {
			for _, x := range part.Starts {
				x.Executable = cmp.Or(names[x.Executable], x.Executable)
				if len(names) < maxNames {
					names[x.Executable] = x.Executable
				}
			}
			p.Starts = append(p.Starts, part.Starts...)
		}))
		p.Order()
		if len(t.clock.back) > 0 {
			byStretch(t.clock, p.Starts, func(s *ledger.Start) string { return s.Channel })
		}
		t.twins = twinRefs(p.Starts)
	}
	s.tables.mu.Lock()
	defer s.tables.mu.Unlock()
	s.tables.err = cmp.Or(s.tables.err, err)
}

// twinRefs leads from each half of a start to the other.
func twinRefs(starts []*ledger.Start) map[evtx.Ref]evtx.Ref {
	out := map[evtx.Ref]evtx.Ref{}
	for i, j := range pairTwins(starts) {
		out[starts[i].Ref] = starts[j].Ref
	}
	return out
}

// dated is a start, by its place among all.
type dated struct {
	at    evtx.Filetime
	start int
}

// untaken is a list of starts by time, some of which are taken. right and left lead from each place to the nearest
// free one, itself if it is free; each step that is followed is shortened, so that many starts at one time cost no
// more than others.
type untaken struct {
	starts      []dated
	right, left []int // right is by place, left by place + 1: 0 is before the first
}

func (u *untaken) sort() {
	slices.SortFunc(u.starts, func(a, b dated) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.start, b.start))
	})
	u.right, u.left = make([]int, len(u.starts)+1), make([]int, len(u.starts)+1)
	for i := range u.right {
		u.right[i], u.left[i] = i, i
	}
}

// take takes the start nearest to a time within the window, -1 if there is none. Of two equally near ones it takes
// the earlier.
func (u *untaken) take(at evtx.Filetime) int {
	i, _ := slices.BinarySearchFunc(u.starts, at, func(d dated, at evtx.Filetime) int { return cmp.Compare(d.at, at) })
	best, gap := -1, evtx.Filetime(twinWindow)+1
	if l := follow(u.left, i); l > 0 {
		if d := ledger.Distance(u.starts[l-1].at, at); d < gap {
			best, gap = l-1, d
		}
	}
	if r := follow(u.right, i); r < len(u.starts) && ledger.Distance(u.starts[r].at, at) < gap {
		best = r
	}
	if best < 0 {
		return -1
	}
	u.right[best], u.left[best+1] = best+1, best
	return u.starts[best].start
}

// follow returns where a place leads, and shortens the way.
func follow(to []int, i int) int {
	for to[i] != i {
		to[i] = to[to[i]]
		i = to[i]
	}
	return i
}
