package incident

import (
	"cmp"
	"slices"
)

// parts divides a run of events by who caused them. What one process, session or person did stays together; events
// of a service host or of System, which serve everybody, are distinguished by the logon that made them. A part
// joins like a finding of its own: two people's work is not joined only because one rule saw both.
func (j *joiner) parts(f *Finding) []*Finding {
	if !f.Run || len(f.Events) < 2 {
		return []*Finding{f}
	}
	var keys []causer
	of := map[causer]*Finding{}
	for i := range f.Events {
		key := j.causer(&f.Events[i])
		if of[key] == nil {
			part := *f
			part.Events = nil
			of[key] = &part
			keys = append(keys, key)
		}
		of[key].Events = append(of[key].Events, f.Events[i])
	}
	if len(keys) == 1 {
		return []*Finding{f}
	}
	out := make([]*Finding, len(keys))
	for i, key := range keys {
		out[i] = of[key]
		out[i].retitle()
	}
	return out
}

// retitle gives a part of a run the title and the act of its own first event: the run's may be about what others
// did.
func (f *Finding) retitle() {
	if title := f.Events[0].Title; title != "" {
		f.Title, f.Act = title, f.Events[0].Act
	}
}

// causer is who caused an event: a process, a session, an account, a logon of an account from somewhere; the event
// itself if that is unknown.
type causer struct {
	process       ProcessKey
	session       SessionKey
	account, from string
	event         EventKey
}

func (j *joiner) causer(e *Event) causer {
	switch {
	case e.Actor != (ProcessKey{}):
		return causer{process: e.Actor}
	case e.Session != nil:
		return causer{session: e.Session.Key}
	case e.Account.Kind == AccountPerson && e.Account.Key != "":
		return causer{account: e.Account.Key}
	}
	if m := j.sole(e); m != nil {
		return causer{account: m.Account.Key, from: cmp.Or(m.From, m.Address)}
	}
	return causer{event: e.Key}
}

// comparePlaces orders the parts of one finding.
func comparePlaces(a, b *Finding) int {
	if len(a.Events) == 0 || len(b.Events) == 0 {
		return len(a.Events) - len(b.Events)
	}
	return a.Events[0].Key.compare(b.Events[0].Key)
}

// bound returns the findings that the examiner keeps with others, by id: they stay whole.
func (c *Case) bound() map[string]bool {
	out := map[string]bool{}
	for _, b := range c.bonds {
		out[b.from], out[b.to] = true, true
	}
	return out
}

// member is a finding of a tree: with the events of those of its parts that are in it.
type member struct {
	*Finding
	guest bool // another tree has the finding, this one some of its events
}

// members gathers the findings of each tree. A finding whose parts are in several trees belongs to the one with the
// weightiest other finding, and is a guest in those that have findings of their own; its other parts go with it.
func (j *joiner) members(f forest) (trees map[int][]member, of []*Finding) {
	home := j.homes(f)
	own := map[int]bool{} // trees with findings of their own
	for _, root := range home {
		own[root] = true
	}
	trees, of = map[int][]member{}, make([]*Finding, len(j.findings))
	type key struct {
		root int
		id   string
	}
	known := map[key]*Finding{}
	for i, x := range j.findings {
		k := key{f.root(i), x.ID}
		if !own[k.root] {
			k.root = home[x.ID]
		}
		if m := known[k]; m != nil {
			m.Events = slices.Concat(m.Events, x.Events) // edges point to the others
			slices.SortStableFunc(m.Events, func(a, b Event) int { return cmp.Compare(a.At, b.At) })
			m.retitle() // a finding of several parts is a run
			of[i] = m
			continue
		}
		whole := *x
		known[k], of[i] = &whole, &whole
		trees[k.root] = append(trees[k.root], member{&whole, k.root != home[x.ID]})
	}
	return trees, of
}

// homes is the tree that each finding belongs to, by its id.
func (j *joiner) homes(f forest) map[string]int {
	count := map[string]int{}
	for _, x := range j.findings {
		count[x.ID]++
	}
	best := map[int]*Finding{} // the weightiest whole finding of each tree
	for i, x := range j.findings {
		if r := f.root(i); count[x.ID] == 1 && x.weighs() && (best[r] == nil || x.heavier(best[r])) {
			best[r] = x
		}
	}
	home := map[string]int{}
	for i, x := range j.findings {
		r := f.root(i)
		old, known := home[x.ID]
		if !known || best[r] != nil && (best[old] == nil || best[r].heavier(best[old])) {
			home[x.ID] = r
		}
	}
	return home
}
