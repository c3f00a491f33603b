package host

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"strings"

	"hunt/timeline/evidence/acquisition"
	"hunt/timeline/ledger"
)

// resolve makes hosts from the Computer names.
func (s *Set) resolve(l *ledger.Ledger, m *Map) {
	r := newResolver(s, l, m)
	r.fold()
	s.mixed = r.mixed
	ids := map[string]int{}
	for _, units := range r.components() {
		h := r.host(units)
		s.All = append(s.All, h)
		ids[h.ID]++
		for _, u := range units {
			if h.keys == nil {
				h.keys = u.keys // nearly always all
			} else {
				h.keys = append(slices.Clip(h.keys), u.keys...)
			}
			for _, k := range u.keys {
				if k.File < 0 {
					s.byComputer[k.Computer] = h
				} else {
					s.byFile[k] = h
				}
			}
		}
	}
	seen := map[string]int{}
	for _, h := range s.All {
		if ids[h.ID] > 1 {
			// Names that several machines share and that no log connects to one are numbered in the order of their
			// directories.
			id := h.ID
			seen[id]++
			h.ID = fmt.Sprintf("%s (%d)", id, seen[id])
		}
	}
	slices.SortFunc(s.All, func(a, b *Host) int { return strings.Compare(a.ID, b.ID) })
}

// host builds the host of some units.
func (r *resolver) host(units []*unit) *Host {
	current := newest(units)
	h := &Host{set: r.set, ID: units[current].name, Aliases: aliases(units, current)}
	for _, u := range units {
		switch {
		case u.rule != nil:
			h.ID = u.rule.ID
		case u.split != nil:
			h.ID = u.split.ID
		}
		for s := range u.sids {
			h.SIDs = append(h.SIDs, s)
		}
		h.First, h.Last = ledger.Widen(h.First, h.Last, u.first)
		h.First, h.Last = ledger.Widen(h.First, h.Last, u.last)
	}
	h.SIDs = ledger.Distinct(h.SIDs)
	if units[current].name == "" && len(units) == 1 {
		h.ID, h.why = noName, []string{"These events have no Computer name."}
		return h
	}
	h.why = append(h.why, units[0].root().why...)
	h.why = append(h.why, r.sidWhy(units)...)
	var copies []string
	copies, h.via = r.logWhy(units)
	h.why = append(h.why, copies...)
	h.via.place = int32(len(h.why)) // #nosec G115 -- a few sentences
	h.why = append(h.why, r.collectorWhy(units)...)
	for _, u := range units {
		h.why = append(h.why, u.notes...)
	}
	if len(units) == 1 && setupName(units[0].name) {
		h.why = append(h.why, units[0].usual()+" looks like a name from Windows setup; no log connects it to "+
			"another name.")
	}
	return h
}

// votes says which names the records have.
func votes(h *Host) string {
	var out []string
	for i, n := range h.Aliases {
		s := fmt.Sprintf("%s in %s", n.Name, ledger.Count(n.Records, "record", "records"))
		if n.First != 0 {
			s += fmt.Sprintf(" from %s to %s", ledger.Date(n.First), ledger.Date(n.Last))
		}
		if i > 0 {
			s += " (" + string(n.Use) + ")"
		}
		out = append(out, s)
	}
	return "The Computer field says " + strings.Join(out, ", ") + "."
}

func (r *resolver) sidWhy(units []*unit) []string {
	sids := map[string]int{}
	for _, u := range units {
		for s, n := range u.sids {
			sids[s] += n
		}
	}
	switch len(sids) {
	case 0:
		return nil
	case 1:
		for s, n := range sids {
			return []string{fmt.Sprintf("Its machine SID is %s, from %s of its local accounts.", s,
				ledger.Count(n, "event", "events"))}
		}
	}
	var list []string
	for _, s := range slices.Sorted(maps.Keys(sids)) {
		list = append(list, fmt.Sprintf("%s (%s)", s, ledger.Count(sids[s], "event", "events")))
	}
	why := "Its local accounts have more than one machine SID: " + strings.Join(list, ", ") + "."
	if len(units) == 1 {
		why += " It was reinstalled under the same name, or two machines share the name; --merge-hosts with a " +
			"[[split]] separates them."
	}
	return []string{why}
}

// logWhy says what kinds of copies the host's logs come from, and counts what was forwarded to other machines' logs.
func (r *resolver) logWhy(units []*unit) (copies []string, via gathering) {
	kinds := map[string]map[int32]bool{}
	for _, u := range units {
		for _, x := range u.ranges {
			k := x.Log
			if r.mixed[k] {
				via.records += x.n
				via.file = k.File
				continue
			}
			role := r.set.files[k.File].Role
			kind := ""
			switch {
			case role.Previous:
				kind = "Windows.old"
			case role.Shadow != "":
				kind = "shadow copies"
			case role.Archived:
				kind = "archived logs"
			}
			if kind != "" {
				if kinds[kind] == nil {
					kinds[kind] = map[int32]bool{}
				}
				kinds[kind][k.File] = true
			}
		}
	}
	if len(kinds) > 0 {
		var list []string
		for _, kind := range slices.Sorted(maps.Keys(kinds)) {
			list = append(list, fmt.Sprintf("%s (%s)", kind, ledger.Count(len(kinds[kind]), "file", "files")))
		}
		copies = append(copies, "Among its logs are "+strings.Join(list, ", ")+
			": the same Computer name makes them its own.")
	}
	return copies, via
}

// collectorWhy says whether the collectors' records agree. They can support a name but never supply one.
func (r *resolver) collectorWhy(units []*unit) []string {
	seen := map[*acquisition.Facts]bool{}
	for _, u := range units {
		for i := range u.files {
			if a := r.set.files[i].Acquisition; a != nil && a.Host+a.FQDN != "" {
				seen[a] = true
			}
		}
	}
	list := slices.SortedFunc(maps.Keys(seen), func(a, b *acquisition.Facts) int {
		return strings.Compare(a.Root, b.Root)
	})
	var out []string
	clients := map[string]bool{}
	for _, a := range list {
		agrees := slices.ContainsFunc(units, func(u *unit) bool {
			return strings.EqualFold(u.name, a.FQDN) || strings.EqualFold(u.name, a.Host) ||
				strings.EqualFold(firstLabel(u.name), firstLabel(cmp.Or(a.FQDN, a.Host)))
		})
		name := cmp.Or(a.FQDN, a.Host)
		if a.Client != "" && agrees {
			clients[a.Client] = true
		}
		if len(out) > 8 {
			continue // a fleet share has hundreds; the evidence inventory has each
		}
		switch {
		case a.Stated() && agrees:
			out = append(out, fmt.Sprintf("The list of inputs agrees: it says that %s belongs to %s.", a.Place, name))
		case a.Stated():
			out = append(out, fmt.Sprintf("The list of inputs says that %s belongs to another machine, %s; the "+
				"logs decide.", a.Place, name))
		case agrees:
			out = append(out, fmt.Sprintf("%s's records in %s agree: it ran on %s.", a.Tool, orDot(a.Place), name))
		case a.Elsewhere:
			out = append(out, fmt.Sprintf("%s's records in %s name %s, the machine that the copy was made on, not "+
				"this one.", a.Tool, orDot(a.Place), name))
		default:
			out = append(out, fmt.Sprintf("%s's records in %s name another machine, %s: the logs were copied "+
				"there, forwarded, or the machine was renamed since.", a.Tool, orDot(a.Place), name))
		}
	}
	if len(clients) > 1 {
		out = append(out, fmt.Sprintf("Collections of %d different Velociraptor clients give this name: the "+
			"machine was enrolled again, or two machines share the name; --merge-hosts with a [[split]] separates "+
			"them.", len(clients)))
	}
	return out
}

func orDot(place string) string { return cmp.Or(place, ".") }

// countEvents sums the counts of the classes of events by host.
func (s *Set) countEvents(l *ledger.Ledger) {
	counts := map[*Host]map[ledger.EventKind]*ledger.EventCount{}
	shown := map[*Host]map[ledger.EventKind]bool{}
	of := make([]*ledger.EventCount, len(l.Facts))
	for i, f := range l.Facts {
		h := s.Of(f.Computer, f.File-1)
		if counts[h] == nil {
			counts[h], shown[h] = map[ledger.EventKind]*ledger.EventCount{}, map[ledger.EventKind]bool{}
		}
		k := ledger.KindOf(f.Class)
		e := counts[h][k]
		if e == nil {
			e = &ledger.EventCount{Channel: k.Channel, Provider: k.Provider, EventID: k.EventID}
			counts[h][k] = e
		}
		of[i] = e
		e.Count += f.Count
		e.First, e.Last = ledger.Widen(e.First, e.Last, f.First)
		e.First, e.Last = ledger.Widen(e.First, e.Last, f.Last)
		h.Records += f.Count
		if f.Shown > 0 {
			shown[h][k] = true
		}
	}
	for _, d := range l.Days {
		if e := of[d.Fact]; d.Count > 0 {
			e.Days = ledger.AddDays(e.Days, ledger.DayCount{Day: d.Day, Count: d.Count, Hours: d.Hours})
		}
	}
	s.share(shown)
	for h, m := range counts {
		h.Events = make([]ledger.EventCount, 0, len(m))
		for _, e := range m {
			if e.Count > 0 {
				h.Events = append(h.Events, *e)
			}
		}
		slices.SortFunc(h.Events, func(a, b ledger.EventCount) int { return a.Kind().Compare(b.Kind()) })
	}
}

// share gives hosts the kinds that the filter let through. The hosts of a fleet share a few lists of them.
func (s *Set) share(shown map[*Host]map[ledger.EventKind]bool) {
	lists := map[uint64][]ledger.EventKind{}
	seed := maphash.MakeSeed()
	for h, kinds := range shown {
		list := slices.SortedFunc(maps.Keys(kinds), ledger.EventKind.Compare)
		var hash maphash.Hash
		hash.SetSeed(seed)
		for _, k := range list {
			maphash.WriteComparable(&hash, k)
		}
		if known, ok := lists[hash.Sum64()]; ok && slices.Equal(known, list) {
			list = known
		} else if !ok {
			lists[hash.Sum64()] = list
		}
		h.Shown = list
	}
}
