package host

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/ledger"
)

// unit is what counts as one machine before anything is folded: one Computer name in any case or, for a name that
// several machines can share, that name in one directory.
type unit struct {
	name    string // lower-case
	place   int    // in the order of units
	scope   string // directory, or "split N"; "" for an ordinary name
	spelt   map[string]*nameCount
	records int
	first   evtx.Filetime
	last    evtx.Filetime
	sids    map[string]int // machine SID -> records that say so
	keys    []ledger.Owner // what leads here; file -1: in any file
	files   map[int32]bool // with records of it
	ranges  []*idRange     // in the order of the evidence
	rule    *Rule          // of --merge-hosts
	split   *Split

	parent *unit    // union-find
	why    []string // of the root: sentences
	notes  []string // of this unit: why it was not folded
}

type nameCount struct {
	records     int
	first, last evtx.Filetime
}

// root finds the unit that represents the host, and shortens the way to it.
func (u *unit) root() *unit {
	for u.parent != nil {
		if u.parent.parent != nil {
			u.parent = u.parent.parent
		}
		u = u.parent
	}
	return u
}

// spellings returns the name's forms, sorted.
func (u *unit) spellings() []string {
	out := make([]string, 0, len(u.spelt))
	for s := range u.spelt {
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

// usual returns the form that most records have.
func (u *unit) usual() string {
	best := ""
	for _, s := range u.spellings() {
		if best == "" || u.spelt[s].records > u.spelt[best].records {
			best = s
		}
	}
	return best
}

// sid returns the machine SID on which the records agree, "" if there is none or they do not agree.
func (u *unit) sid() string {
	if len(u.sids) != 1 {
		return ""
	}
	for s := range u.sids {
		return s
	}
	return ""
}

// sameSID reports whether two units' machine SIDs are known and equal, or known and different.
func sameSID(a, b *unit) (same, differ bool) {
	if len(a.sids) == 0 || len(b.sids) == 0 {
		return false, false
	}
	for s := range a.sids {
		if b.sids[s] > 0 {
			return true, false
		}
	}
	return false, true
}

// count adds the records that a scan counted.
func (u *unit) count(f *ledger.ClassCount) {
	s := u.spelt[f.Computer]
	if s == nil {
		s = &nameCount{}
		u.spelt[f.Computer] = s
	}
	s.records += f.Count
	u.records += f.Count
	s.first, s.last = ledger.Widen(s.first, s.last, f.First)
	s.first, s.last = ledger.Widen(s.first, s.last, f.Last)
	u.first, u.last = ledger.Widen(u.first, u.last, f.First)
	u.first, u.last = ledger.Widen(u.first, u.last, f.Last)
}

// resolver folds units into hosts.
type resolver struct {
	set    *Set
	units  []*unit // sorted by name, scope
	byKey  map[ledger.Owner]*unit
	ranges map[ledger.Log][]*idRange // of each log, by record id
	logs   []ledger.Log              // the keys of ranges, in the order of the evidence
	mixed  map[ledger.Log]bool       // logs that gather the events of several machines
}

// idRange is the range of records that one unit has in one log.
type idRange struct {
	unit *unit
	ledger.Log
	minID, maxID uint64
	first, last  evtx.Filetime
	n            int
	native       bool // written by the machine itself: the record's number is its place in the log
}

// newResolver gathers the units from what was counted.
func newResolver(set *Set, l *ledger.Ledger, m *Map) *resolver {
	r := &resolver{set: set, byKey: map[ledger.Owner]*unit{}, ranges: map[ledger.Log][]*idRange{},
		mixed: map[ledger.Log]bool{}}
	type id struct{ name, scope string }
	byID := map[id]*unit{}
	unitOf := func(computer string, scope int32) *unit {
		k := ledger.Owner{Computer: computer, File: scope - 1}
		if u := r.byKey[k]; u != nil {
			return u
		}
		n := id{name: strings.ToLower(computer)}
		var split *Split
		if scope > 0 {
			f := set.files[scope-1]
			if split = m.split(computer, f.Path); split != nil {
				n.scope = "split " + split.ID
			} else if shared(computer) {
				n.scope = path.Dir(f.Place)
			}
		}
		u := byID[n]
		if u == nil {
			u = &unit{name: n.name, scope: n.scope, spelt: map[string]*nameCount{}, sids: map[string]int{},
				files: map[int32]bool{},
				rule:  m.rule(computer), split: split}
			if split != nil {
				u.rule = nil
			}
			byID[n] = u
			r.units = append(r.units, u)
		}
		u.keys = append(u.keys, k)
		r.byKey[k] = u
		return u
	}
	for _, f := range l.Facts {
		unitOf(f.Computer, f.File).count(f)
	}
	for v, n := range l.SIDs {
		unitOf(v.Computer, v.File).sids[v.SID] += n
	}
	slices.SortFunc(r.units, func(a, b *unit) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.scope, b.scope))
	})
	for i, u := range r.units {
		u.place = i
	}
	r.gatherRanges()
	return r
}

// of returns the unit of a record.
func (r *resolver) of(computer string, file int32) *unit {
	if u := r.byKey[ledger.Owner{Computer: computer, File: -1}]; u != nil {
		return u
	}
	return r.byKey[ledger.Owner{Computer: computer, File: file}]
}

// gatherRanges joins the spans of the chunks into one range a unit and log.
func (r *resolver) gatherRanges() {
	type key struct {
		unit *unit
		log  ledger.Log
	}
	of := map[key]*idRange{}
	for _, s := range r.set.chunks {
		u := r.of(s.Computer, s.Ref.File)
		if u == nil {
			continue
		}
		u.files[s.Ref.File] = true
		k := ledger.Log{File: s.Ref.File, Channel: s.Channel}
		x := of[key{u, k}]
		if x == nil {
			x = &idRange{unit: u, Log: k, minID: s.MinID, maxID: s.MaxID, native: true}
			of[key{u, k}] = x
			r.ranges[k] = append(r.ranges[k], x)
		}
		x.minID, x.maxID = min(x.minID, s.MinID), max(x.maxID, s.MaxID)
		x.first, x.last = ledger.Widen(x.first, x.last, s.First)
		x.first, x.last = ledger.Widen(x.first, x.last, s.Last)
		x.n += s.N
		x.native = x.native && s.Native
	}
	for k, list := range r.ranges {
		r.logs = append(r.logs, k)
		slices.SortFunc(list, func(a, b *idRange) int {
			return cmp.Or(cmp.Compare(a.minID, b.minID), cmp.Compare(a.maxID, b.maxID),
				strings.Compare(a.unit.name, b.unit.name), strings.Compare(a.unit.scope, b.unit.scope))
		})
	}
	slices.SortFunc(r.logs, func(a, b ledger.Log) int {
		return cmp.Or(cmp.Compare(a.File, b.File), strings.Compare(a.Channel, b.Channel))
	})
	for _, k := range r.logs {
		if r.gathers(k) {
			r.mixed[k] = true
		}
		for _, x := range r.ranges[k] {
			x.unit.ranges = append(x.unit.ranges, x)
		}
	}
}

// gathers reports whether a log gathers the events of several machines: according to its name, or because their
// numbers interleave.
func (r *resolver) gathers(k ledger.Log) bool {
	if strings.Contains(strings.ToLower(r.set.files[k.File].Name()), "forwardedevents") ||
		ecs.IsForwardedChannel(k.Channel) {
		return true
	}
	ranges := r.ranges[k]
	for i := 1; i < len(ranges); i++ {
		if ranges[i].minID <= ranges[i-1].maxID {
			return true
		}
	}
	return false
}

// components returns the hosts' units, each sorted, in the order of their first unit.
func (r *resolver) components() [][]*unit {
	index := map[*unit]int{}
	var out [][]*unit
	for _, u := range r.units {
		root := u.root()
		i, ok := index[root]
		if !ok {
			i = len(out)
			index[root] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], u)
	}
	return out
}

// join makes one host of two, for a reason.
func (r *resolver) join(a, b *unit, why string) {
	a, b = a.root(), b.root()
	if a == b {
		if why != "" {
			a.why = append(a.why, why)
		}
		return
	}
	if b.place < a.place {
		a, b = b, a
	}
	b.parent = a
	a.why = append(a.why, b.why...)
	if why != "" {
		a.why = append(a.why, why)
	}
	b.why = nil
}

// bound reports whether --merge-hosts decides about one of two units.
func bound(a, b *unit) bool {
	return a.rule != nil || b.rule != nil || a.split != nil || b.split != nil
}
