package host

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/ledger"
)

// moment is a point of a host's past. If the clock was set back, times occur twice; those of a later stretch come
// later.
type moment struct {
	stretch int // how often the clock had been set back
	at      evtx.Filetime
}

func (m moment) compare(o moment) int {
	if m.stretch != o.stretch {
		return cmp.Compare(m.stretch, o.stretch)
	}
	return cmp.Compare(m.at, o.at)
}

// when returns the moment of a fact of a table.
func when(f *ledger.Fact) moment { return moment{f.Stretch, f.At} }

// boundaryKind says what separates the facts before from those after.
type boundaryKind uint8

const (
	boundaryBoot    boundaryKind = iota // process ids and logon ids are assigned anew
	boundaryCleared                     // what was logged before is gone
	boundaryStopped                     // the log service was down, without a start of the system
	boundaryAudit                       // process starts or ends were no longer logged
)

// boundary is a point of a host's past beyond which an id may mean something else.
type boundary struct {
	kind     boundaryKind
	log      string // of boundaryCleared: the log, lower-case
	from, to moment // it lies after from and not after to
}

// within reports whether the boundary lies, or may lie, between two moments.
func (b *boundary) within(from, to moment) bool {
	return from.compare(b.to) < 0 && to.compare(b.from) > 0
}

// boundaries are what divides a host's past, by kind and log, each list sorted by to.
type boundaries map[boundaryKey][]boundary

type boundaryKey struct {
	kind boundaryKind
	log  string // of boundaryCleared, lower-case
}

func (bs boundaries) add(b boundary) {
	k := boundaryKey{b.kind, strings.ToLower(b.log)}
	bs[k] = append(bs[k], b)
}

func (bs boundaries) sort() {
	for _, list := range bs {
		slices.SortStableFunc(list, func(a, b boundary) int { return a.to.compare(b.to) })
	}
}

// between returns a boundary of the given kinds between two moments, nil if there is none. log is the one whose
// clearing counts.
func (bs boundaries) between(from, to moment, log string, kinds ...boundaryKind) *boundary {
	for _, kind := range kinds {
		k := boundaryKey{kind: kind}
		if kind == boundaryCleared {
			k.log = strings.ToLower(log)
		}
		list := bs[k]
		i, _ := slices.BinarySearchFunc(list, from, func(b boundary, m moment) int {
			if b.to.compare(m) <= 0 {
				return -1
			}
			return 1
		})
		if i < len(list) && list[i].within(from, to) {
			return &list[i]
		}
	}
	return nil
}

// buildBoundaries finds the starts of the system, the clearings and the stops in a host's history.
func (t *table) buildBoundaries(starts []*ledger.Start) {
	t.bounds = boundaries{}
	boots, stops := t.bootMarks(starts), []moment{}
	for _, n := range t.notables {
		switch {
		case n.Role == ecs.RoleLogServiceStopped, n.Role == ecs.RoleShutdown:
			stops = append(stops, when(&n.Fact))
		case n.Log != "":
			t.bounds.add(boundary{boundaryCleared, n.Log, before(when(&n.Fact), 1), when(&n.Fact)})
		case n.BlindsProcesses():
			t.bounds.add(boundary{boundaryAudit, "", before(when(&n.Fact), 1), when(&n.Fact)})
		}
	}
	for i := 0; i < len(boots); {
		first := boots[i]
		last := first.moment
		for i++; i < len(boots) && boots[i].stretch == last.stretch && boots[i].at-last.at <= bootSlack; i++ {
			last = boots[i].moment
		}
		cut := first.moment
		if !first.exact {
			cut = before(cut, bootSlack)
		}
		// Nothing is logged while the system is down, so what was logged up to the stop belongs to the run before.
		if s, ok := lastBefore(stops, first.moment); ok && s.compare(cut) > 0 {
			cut = s
		}
		t.bounds.add(boundary{boundaryBoot, "", before(cut, 1), cut})
		t.boots = append(t.boots, cut)
	}
	for _, b := range t.boots {
		t.bootHours = append(t.bootHours, ledger.HourOf(b.at))
	}
	slices.Sort(t.bootHours)
	t.bootHours = slices.Compact(t.bootHours)
	for _, s := range stops {
		if b, ok := firstAfter(t.boots, before(s, 1)); ok && b.stretch == s.stretch && b.at-s.at < ledger.OneShutdown {
			continue
		}
		t.bounds.add(boundary{boundaryStopped, "", before(s, 1), s})
	}
	t.bounds.sort()
	for _, b := range t.idBoots() {
		t.bounds.add(b)
	}
	t.bounds.sort()
}

// bootMark is a record that says that the system has started.
type bootMark struct {
	moment
	exact bool // it is the first thing that the system does
}

// bootMarks gathers the records that say that the system has started, in order.
func (t *table) bootMarks(starts []*ledger.Start) []bootMark {
	var out []bootMark
	for _, n := range t.notables {
		if n.Boots() { // the kernel writes to the System log before anything else runs
			out = append(out, bootMark{when(&n.Fact), n.Role == ecs.RoleBoot && ecs.IsSystemChannel(n.Channel)})
		}
	}
	for _, s := range starts {
		if s.PPID == systemPID && strings.EqualFold(baseName(s.Executable), "smss.exe") {
			// the session manager, which the kernel starts; those of sessions are its children
			out = append(out, bootMark{when(&s.Fact), true})
		}
	}
	slices.SortStableFunc(out, func(a, b bootMark) int { return a.compare(b.moment) })
	return out
}

// systemPID is the process id of the kernel.
const systemPID = 4

// leastDynamicID is above the logon ids that Windows gives to its own accounts at each start.
const leastDynamicID = 0x10000

// idBoots finds starts of the system that no record reports: logon ids count up from each start, so that a lower one
// follows a higher one only after another start.
func (t *table) idBoots() []boundary {
	var out []boundary
	var highest uint64    // of the ids since the last start
	var high, rest moment // of the logon that has it; of the newest one
	for l := range t.logons.All() {
		n, at := idNumber(l.ID), when(&l.Fact)
		if l.Role != ecs.RoleLogon || n < leastDynamicID || l.Unsure {
			continue
		}
		switch {
		case n >= highest:
			highest, high = n, at
		case high.compare(before(at, bootSlack)) < 0: // records of the same moment can be out of order
			if t.bounds.between(high, at, "", boundaryBoot) == nil {
				out = append(out, boundary{boundaryBoot, "", rest, at})
			}
			highest, high = n, at
		}
		rest = at
	}
	return out
}

// idNumber is a logon id as a number, 0 if it is not one.
func idNumber(id string) uint64 {
	n, err := strconv.ParseUint(id, 0, 64)
	if err != nil {
		return 0
	}
	return n
}

// before returns the moment some ticks earlier, in the same stretch.
func before(m moment, by evtx.Filetime) moment { return moment{m.stretch, m.at - min(by, m.at)} }

// lastBefore returns the last of some sorted moments that lies before another.
func lastBefore(all []moment, m moment) (moment, bool) {
	i, _ := slices.BinarySearchFunc(all, m, moment.compare)
	if i == 0 {
		return moment{}, false
	}
	return all[i-1], true
}

// firstAfter returns the first of some sorted moments that lies after another.
func firstAfter(all []moment, m moment) (moment, bool) {
	i, _ := slices.BinarySearchFunc(all, moment{m.stretch, m.at + 1}, moment.compare)
	if i == len(all) {
		return moment{}, false
	}
	return all[i], true
}

// boot returns the last start of the system up to a moment; the zero moment if none is logged.
func (t *table) boot(m moment) moment {
	b, _ := lastBefore(t.boots, moment{m.stretch, m.at + 1})
	return b
}

func baseName(path string) string { return path[strings.LastIndexByte(path, '\\')+1:] }
