package host

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/timeline/ledger"
)

// Two names are made one host only for a reason that holds in court: the analyst says so; one is the short form of the
// other; one log's numbering continues through the change of the name; or both have the same machine SID and nothing
// contradicts. Anything possible but uncertain stays apart, with a note that says why.

// fold applies the rules, the most certain first.
func (r *resolver) fold() {
	r.foldByMap()
	r.foldRenames()
	r.foldShort()
	r.foldSIDs()
	r.foldSetup()
}

// foldByMap joins what --merge-hosts names.
func (r *resolver) foldByMap() {
	first := map[*Rule]*unit{}
	for _, u := range r.units {
		if u.rule == nil {
			continue
		}
		if f := first[u.rule]; f != nil {
			r.join(f, u, "")
		} else {
			first[u.rule] = u
		}
	}
	for _, u := range r.units {
		switch {
		case u.rule != nil && first[u.rule] == u:
			u.root().why = append(u.root().why, "The file given with --merge-hosts makes one host from "+
				strings.Join(u.rule.Names, ", ")+because(u.rule.Reason)+".")
		case u.split != nil:
			u.root().why = append(u.root().why,
				"The file given with --merge-hosts makes a separate host from the records of "+u.usual()+" under "+
					strings.Join(u.split.Paths, ", ")+because(u.split.Reason)+".")
		}
	}
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + strings.TrimSuffix(reason, ".")
}

const (
	// maxNamesInLog is how many names one machine's own log can have: a build name, a setup name, its own, one
	// renaming. More show that a log was put together from others.
	maxNamesInLog = 4
	// renameRecords is how many records a single log must have on either side of a change of name that no other log
	// shows.
	renameRecords = 3
)

// change is one change of name that logs show.
type change struct {
	from, to *unit
	seen     []*idRange // the ranges of the new name, one a log
	fewest   int        // records on the thinner side
	// in one of the logs time runs against the ids there: the clock was set back, and times tell no order
	setBack bool
}

// foldRenames joins names between which a machine's own log keeps counting: the last record of the old name and the
// first of the new one have numbers n and n+1.
func (r *resolver) foldRenames() {
	type pair struct{ from, to *unit }
	changes := map[pair]*change{}
	var order []pair
	for _, k := range r.logs {
		list := r.ranges[k]
		if len(list) < 2 || len(list) > maxNamesInLog || r.mixed[k] {
			continue
		}
		for i := 1; i < len(list); i++ {
			a, b := list[i-1], list[i]
			if !a.native || !b.native || b.minID != a.maxID+1 || a.unit.name == "" || b.unit.name == "" {
				continue
			}
			p := pair{a.unit, b.unit}
			if changes[p] == nil {
				changes[p] = &change{from: a.unit, to: b.unit}
				order = append(order, p)
			}
			c := changes[p]
			c.seen = append(c.seen, b)
			c.fewest = max(c.fewest, min(a.n, b.n))
			c.setBack = c.setBack || b.first != 0 && a.last > b.first+ledger.LeastStep
		}
	}
	for _, p := range order {
		c := changes[p]
		switch {
		case bound(c.from, c.to), len(c.seen) == 1 && c.fewest < renameRecords:
			continue
		case changes[pair{p.to, p.from}] != nil:
			r.apart(c.from, c.to, "logs show the name changing from one to the other and back")
			continue
		}
		if _, differ := sameSID(c.from, c.to); differ && !setupName(c.from.name) {
			r.apart(c.from, c.to, "a log keeps counting from one to the other, but the machine SIDs differ")
			continue
		}
		if later := r.speaksAfter(c); later != "" && !shortForm(c.from.name, c.to.name) {
			r.apart(c.from, c.to, "a log keeps counting from one to the other, but "+later)
			continue
		}
		r.join(c.from, c.to, r.renameWhy(c))
	}
}

// shortForm reports whether one name is the first label of the other: both can be in use at once.
func shortForm(a, b string) bool {
	return firstLabel(a) == firstLabel(b) && (!strings.Contains(a, ".") || !strings.Contains(b, "."))
}

// speaksAfter says whether the old name has records long after the new one came, which the same machine would not
// have.
func (r *resolver) speaksAfter(c *change) string {
	if c.setBack {
		return ""
	}
	start := c.seen[0].first
	for _, x := range c.seen {
		start = min(start, x.first)
	}
	if start != 0 && c.from.last > start+evtx.Filetime(24*3600)*evtx.TicksPerSecond {
		return fmt.Sprintf("%s still has records of %s, after %s came at %s", c.from.usual(), c.from.last,
			c.to.usual(), start)
	}
	return ""
}

func (r *resolver) renameWhy(c *change) string {
	x := c.seen[0]
	verb := "was renamed to"
	if setupName(c.from.name) && !setupName(c.to.name) {
		verb = "is the temporary name from setup of what became"
	} else if firstLabel(c.from.name) == firstLabel(c.to.name) {
		verb = "is the same name as"
	}
	s := fmt.Sprintf("%s %s %s: %s keeps counting through the change (record %d is the last of the one, record "+
		"%d, of %s, the first of the other)",
		c.from.usual(), verb, c.to.usual(), r.log(x.Log), x.minID-1, x.minID, x.first)
	if n := len(c.seen) - 1; n > 0 {
		s += fmt.Sprintf(", and so %s", ledger.Count(n, "other log does", "other logs do"))
	}
	if c.setBack {
		s += "; the clock was set back, so the order of the records shows which came first, not their times"
	}
	if same, _ := sameSID(c.from, c.to); same {
		s += "; both have one machine SID"
	}
	return s + "."
}

func (r *resolver) log(k ledger.Log) string {
	return "the log " + k.Channel + " in " + r.set.files[k.File].Path
}

// apart notes on both units why they were not made one host.
func (r *resolver) apart(a, b *unit, reason string) {
	a.notes = append(a.notes, "Kept apart from "+b.usual()+": "+reason+".")
	b.notes = append(b.notes, "Kept apart from "+a.usual()+": "+reason+".")
}

// foldShort joins a short name with the full name that begins with it.
func (r *resolver) foldShort() {
	short, full := map[string]*unit{}, map[string][]*unit{}
	for _, u := range r.units {
		if u.scope != "" || u.name == "" {
			continue
		}
		if label, rest, ok := strings.Cut(u.name, "."); ok && rest != "" && label != "" {
			full[label] = append(full[label], u)
		} else {
			short[u.name] = u
		}
	}
	for _, s := range r.units {
		list := full[s.name]
		if short[s.name] != s || len(list) == 0 ||
			slices.ContainsFunc(list, func(f *unit) bool { return bound(s, f) || f.root() == s.root() }) {
			continue
		}
		if len(list) == 1 {
			f := list[0]
			if _, differ := sameSID(s, f); differ {
				r.apart(s, f, "it could be the short form, but the machine SIDs differ")
				continue
			}
			r.join(s, f, fmt.Sprintf("%s is the short form of %s, the only full name that begins with it.", s.usual(),
				f.usual()))
			continue
		}
		if f, why := r.whichFull(s, list); f != nil {
			r.join(s, f, why)
			continue
		}
		var names []string
		for _, f := range list[:min(len(list), maxApart)] {
			names = append(names, f.usual())
		}
		if left := len(list) - len(names); left > 0 {
			names = append(names, fmt.Sprintf("one of %d others", left))
		}
		s.notes = append(s.notes, "The short name "+s.usual()+" is kept apart: it could be "+
			strings.Join(names, " or ")+".")
	}
}

// whichFull chooses between full names with the same first label by machine SID, or by what the collector of the short
// name's logs says. Each must leave only one choice.
func (r *resolver) whichFull(s *unit, list []*unit) (*unit, string) {
	var found []*unit
	for _, f := range list {
		if same, _ := sameSID(s, f); same {
			found = append(found, f)
		}
	}
	if len(found) == 1 {
		return found[0], fmt.Sprintf("%s is the short form of %s and no other: both have the machine SID %s.",
			s.usual(), found[0].usual(), found[0].sid())
	}
	fqdn := ""
	for i := range s.files {
		a := r.set.files[i].Acquisition
		if a == nil || a.FQDN == "" || a.Elsewhere || fqdn != "" && !strings.EqualFold(a.FQDN, fqdn) {
			return nil, ""
		}
		fqdn = a.FQDN
	}
	for _, f := range list {
		if _, differ := sameSID(s, f); strings.EqualFold(f.name, fqdn) && !differ {
			return f, fmt.Sprintf("%s is the short form of %s: the collector that took its logs ran on %s.", s.usual(),
				f.usual(), fqdn)
		}
	}
	return nil, ""
}

// foldSIDs joins hosts with the same machine SID, if nothing contradicts: cloned machines share their SID too.
func (r *resolver) foldSIDs() {
	groups := map[string][][]*unit{}
	var sids []string
	for _, units := range r.components() {
		sid := ""
		clear := true
		for _, u := range units {
			if u.rule != nil || u.split != nil || len(u.sids) > 1 || sid != "" && u.sid() != "" && u.sid() != sid {
				clear = false
			}
			if u.sid() != "" {
				sid = u.sid()
			}
		}
		if !clear || sid == "" {
			continue
		}
		if groups[sid] == nil {
			sids = append(sids, sid)
		}
		groups[sid] = append(groups[sid], units)
	}
	slices.Sort(sids)
	for _, sid := range sids {
		list := groups[sid]
		if len(list) < 2 {
			continue
		}
		slices.SortStableFunc(list, func(a, b []*unit) int {
			return int(min(max(int64(extent(a).first)-int64(extent(b).first), -1), 1))
		})
		reason := ""
		var whys []string
		for i := 1; i < len(list) && reason == ""; i++ {
			var why string
			why, reason = r.succession(list[i-1], list[i], sid)
			whys = append(whys, why)
		}
		if reason != "" {
			clones(list, "both have the machine SID "+sid+", but "+reason)
			continue
		}
		for i, why := range whys {
			r.join(list[i][0], list[i+1][0], why)
		}
	}
}

// maxApart is how many others with the same machine SID or first label a note names: an image can be on ten thousand
// machines.
const maxApart = 8

// clones notes on each host of a list why it was not made one with the others.
func clones(list [][]*unit, reason string) {
	for i := range list {
		u, named := list[i][0], 0
		for j := 0; j < len(list) && named < maxApart; j++ {
			if j != i {
				u.notes = append(u.notes, "Kept apart from "+list[j][0].usual()+": "+reason+".")
				named++
			}
		}
		if left := len(list) - 1 - named; left > 0 {
			u.notes = append(u.notes,
				fmt.Sprintf("Kept apart from %s for the same reason.",
					ledger.Count(left, "further host", "further hosts")))
		}
	}
}

// extent returns the time that units cover.
func extent(units []*unit) nameCount {
	var n nameCount
	for _, u := range units {
		n.first, n.last = ledger.Widen(n.first, n.last, u.first)
		n.first, n.last = ledger.Widen(n.first, n.last, u.last)
	}
	return n
}

// succession says why b is a under a later name, or what contradicts: a machine has one name at a time, and its logs
// keep counting.
func (r *resolver) succession(a, b []*unit, sid string) (why, against string) {
	const clones = "; machines cloned from one image share it"
	ea, eb := extent(a), extent(b)
	if ea.last > eb.first {
		return "", "their records overlap in time" + clones
	}
	before, after := r.counted(a), r.counted(b)
	common := 0
	for channel, x := range before {
		if y, ok := after[channel]; ok {
			common++
			if y.minID <= x.maxID {
				return "", "the log " + channel + " does not keep counting from one to the other" + clones
			}
		}
	}
	tree := r.oneTree(a, b)
	if common < 2 && !(common == 1 && tree) {
		return "", "there are too few logs of both to decide" + clones
	}
	s := fmt.Sprintf("%s was renamed to %s: both have the machine SID %s, the one ends at %s before the other "+
		"begins at %s, and %s counting", a[newest(a)].usual(),
		b[newest(b)].usual(), sid, ea.last, eb.first, ledger.Count(common, "log keeps", "logs keep"))
	if tree {
		s += ", and their logs were collected together"
	}
	return s + ".", ""
}

// counted returns the record ids of each channel that the units wrote themselves.
func (r *resolver) counted(units []*unit) map[string]idRange {
	out := map[string]idRange{}
	for _, u := range units {
		for _, x := range u.ranges {
			if !x.native || r.mixed[x.Log] {
				continue
			}
			y, ok := out[x.Channel]
			if !ok {
				out[x.Channel] = *x
				continue
			}
			y.minID, y.maxID = min(y.minID, x.minID), max(y.maxID, x.maxID)
			out[x.Channel] = y
		}
	}
	return out
}

// oneTree reports whether all files of both lie in one collection.
func (r *resolver) oneTree(a, b []*unit) bool {
	place := ""
	for _, u := range append(slices.Clone(a), b...) {
		for i := range u.files {
			p := r.set.files[i].Tree()
			if place != "" && p != place {
				return false
			}
			place = p
		}
	}
	return place != ""
}

// foldSetup joins the remaining shared names of setup with the one machine whose logs lie in the same Windows log
// directory.
func (r *resolver) foldSetup() {
	owners := map[string][]*unit{} // directory -> roots, at most two
	for _, k := range r.logs {
		f := r.set.files[k.File]
		if r.mixed[k] || !f.Role.Live {
			continue
		}
		dir := path.Dir(f.Place)
		for _, x := range r.ranges[k] {
			if root := x.unit.root(); x.native && !shared(x.unit.name) && x.unit.name != "" && len(owners[dir]) < 2 &&
				!slices.Contains(owners[dir], root) {
				owners[dir] = append(owners[dir], root)
			}
		}
	}
	joined := map[*unit]int{}
	for _, u := range r.units {
		joined[u.root()]++
	}
	for _, u := range r.units {
		list := owners[u.scope]
		if !shared(u.name) || len(list) != 1 || list[0].root() == u.root() || joined[u.root()] > 1 ||
			u.last > list[0].last || bound(u, list[0]) {
			continue
		}
		r.join(list[0], u, fmt.Sprintf("%s is the temporary name that setup gave to %s: its records are in the "+
			"log directory of that machine and no other.", u.usual(), list[0].usual()))
	}
}
