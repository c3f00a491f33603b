package tree

import (
	"cmp"
	"iter"
	"slices"

	"hunt/timeline/host"
)

// Node is a process in a tree.
type Node struct {
	*host.Process
	Depth    int
	Selected bool   // the query asks for it; the others are its ancestors and descendants
	Last     bool   // of the children of its parent
	Path     []bool // by depth: siblings of that ancestor, or of itself, follow; valid until the next node
}

// forest is the processes that are asked for with what belongs to them.
type forest struct {
	in    map[*host.Process]bool // true: asked for
	roots []*host.Process
}

// grow gathers the ancestors and descendants of some processes.
func grow(found []*host.Process) *forest {
	f := &forest{in: make(map[*host.Process]bool, len(found))}
	for _, p := range found {
		f.in[p] = true
	}
	for _, p := range found {
		for a := p.Parent; a != nil; a = a.Parent {
			if _, known := f.in[a]; known {
				break // so are its ancestors, now or later
			}
			f.in[a] = false
		}
	}
	below := slices.Clone(found)
	for len(below) > 0 {
		p := below[len(below)-1]
		below = below[:len(below)-1]
		for _, c := range p.Children {
			if _, known := f.in[c]; !known {
				f.in[c] = false
				below = append(below, c)
			}
		}
	}
	for p := range f.in {
		if _, inside := f.in[p.Parent]; p.Parent == nil || !inside {
			f.roots = append(f.roots, p)
		}
	}
	slices.SortFunc(f.roots, func(a, b *host.Process) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), a.Ref.Compare(b.Ref), cmp.Compare(a.PID, b.PID),
			cmp.Compare(a.EntityID, b.EntityID))
	})
	return f
}

// step is a process that is still to be shown.
type step struct {
	p     *host.Process
	depth int
	last  bool
}

// nodes yields the processes of the forest, each before its children.
func (f *forest) nodes() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		var stack []step
		push := func(ps []*host.Process, depth int) {
			last := true
			for _, p := range slices.Backward(ps) {
				if _, inside := f.in[p]; inside {
					stack = append(stack, step{p, depth, last})
					last = false
				}
			}
		}
		push(f.roots, 0)
		var open []bool // by depth: siblings follow
		for len(stack) > 0 {
			s := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			open = append(open[:s.depth], !s.last)
			if !yield(Node{Process: s.p, Depth: s.depth, Selected: f.in[s.p], Last: s.last, Path: open}) {
				return
			}
			push(s.p.Children, s.depth+1)
		}
	}
}
