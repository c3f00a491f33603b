package host

// Process trees can be as deep as a forged log claims. Finding ancestors therefore takes as long in deep trees as in
// shallow ones: while the trees grow, each process knows one of its ancestors and shortens the way to the first one
// whenever it is followed; afterwards the places of all processes in one order show which descend from which.

// add gives a process its place in the table.
func (t *table) add(p *Process) {
	p.place = int32(len(t.processes)) // #nosec G115 -- memory ends before
	t.processes, t.above = append(t.processes, p), append(t.above, p.place)
}

// first returns the place of the first ancestor of a process, or its own if it has no parent yet.
func (t *table) first(place int32) int32 {
	for t.above[place] != place {
		t.above[place] = t.above[t.above[place]]
		place = t.above[place]
	}
	return place
}

// adopt makes p, which has no parent yet, a child of q unless that would close a loop, which only forged or damaged
// logs can ask for.
func (t *table) adopt(q, p *Process, link ParentLink) {
	if t.first(q.place) == p.place {
		p.Why.lack = lackLoop
		return
	}
	t.above[p.place] = q.place
	p.Parent, p.Link = q, link
	q.Children = append(q.Children, p)
}

// place puts the processes in an order in which each is followed by its descendants. No adoption may come after it.
func (t *table) place() {
	t.above = nil
	order := make([]*Process, 0, len(t.processes))
	var open []*Process
	for _, root := range t.processes {
		if root.Parent != nil {
			continue
		}
		for open = append(open, root); len(open) > 0; {
			p := open[len(open)-1]
			p.place, p.size = int32(len(order)), 1 // #nosec G115 -- memory ends before
			switch {
			case p.Parent == nil:
			case p.Link == ParentByPID:
				p.byPID = p
			default:
				p.byPID = p.Parent.byPID
			}
			order, open = append(order, p), append(open[:len(open)-1], p.Children...)
		}
	}
	for i := len(order) - 1; i >= 0; i-- {
		if p := order[i]; p.Parent != nil {
			p.Parent.size += p.size
		}
	}
}

// DescendsFrom reports whether p is a or has a among its ancestors. Both are processes of one host.
func (p *Process) DescendsFrom(a *Process) bool {
	return p == a || p != nil && a != nil && a.place <= p.place && p.place < a.place+a.size
}

// NearestByPID returns the first process, among p and its ancestors from p upwards, whose parent was found by process
// id and time alone, nil if there is none.
func (p *Process) NearestByPID() *Process { return p.byPID }
