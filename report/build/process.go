package build

import (
	"context"
	"slices"
	"strings"

	"hunt/limit"
	"hunt/report"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

const (
	// maxLineageDepth bounds the ancestors shown above the evidence.
	maxLineageDepth = 12
	// maxDescentDepth bounds the generations shown below a process of the evidence.
	maxDescentDepth = 5
	// maxTreeChildren bounds the children shown under one process, maxTreeProcesses those of one tree; the
	// rest is counted.
	maxTreeChildren  = 25
	maxTreeProcesses = 200
)

// processOf returns the process that an event is about. PowerShell's own events name none in their data, but
// PowerShell logs them from within the process that runs the script: the process id of the record itself is
// that process.
func (b *builder) processOf(e *timeline.Event) *host.Process {
	if e == nil || e.Host == nil {
		return nil
	}
	if p := e.Process(); p != nil || e.Class.Source != ecs.SourcePowerShell {
		return p
	}
	return e.ProcessWith(int64(e.Record.ProcessID()))
}

// byHost returns the places of the findings, with those that begin on one host together: its tables are built
// on demand, and a large case has room for those of a few hosts.
func (b *builder) byHost() []int {
	host := func(i int) string {
		if len(b.chains[i]) == 0 {
			return ""
		}
		return b.chains[i][0].Host.ID
	}
	places := make([]int, len(b.chains))
	for i := range places {
		places[i] = i
	}
	slices.SortStableFunc(places, func(i, j int) int { return strings.Compare(host(i), host(j)) })
	return places
}

// actor is what the process table says about the process that an event is about. It refers to no part of the
// table.
type actor struct {
	host.Process
	parent *host.Process     // nil if unknown
	line   []host.ProcessKey // itself and its ancestors, nearest first, up to maxLineageDepth
}

var boundLineage = limit.Bound{ID: "report-lineage",
	Text: "a finding's process tree is at most 64 processes deep and shows 12 ancestors of each process; these 12 " +
		"can join findings to incidents; hunt tree shows all"}

func newActor(p *host.Process) *actor {
	alone := func(p *host.Process) host.Process {
		c := *p
		c.Parent, c.Children = nil, nil
		return c
	}
	a := &actor{Process: alone(p)}
	if p.Parent != nil {
		parent := alone(p.Parent)
		a.parent = &parent
	}
	for q := p; q != nil && len(a.line) < maxLineageDepth; q = q.Parent {
		a.line = append(a.line, q.Key())
	}
	return a
}

// processes reads from the process tables about each finding: its lineage, its logon, and who acted in its
// events.
func (b *builder) processes(ctx context.Context) error {
	programs := &sessionPrograms{}
	for _, i := range b.byHost() {
		if err := ctx.Err(); err != nil {
			return err
		}
		f, chain := &b.found[i], b.chains[i]
		f.Lineage, f.Logon = b.lineage(chain), b.logon(chain)
		for _, e := range chain {
			if _, known := b.clocks[e.Host]; !known {
				b.clocks[e.Host] = e.Host.ClockChanges()
			}
			if _, known := b.joins[e]; known {
				continue
			}
			b.joins[e] = b.joint(e, programs)
			if p := b.processOf(e); p != nil {
				b.actors[e] = newActor(p)
			}
		}
	}
	return nil
}

// lineage returns the process tree around the chain: the common line of ancestors, the processes of the
// evidence, and what they started. Processes that share no ancestor with the first one of the chain are in
// separate trees, under an unnamed root.
func (b *builder) lineage(chain []*timeline.Event) *report.Process {
	var involved []*host.Process
	for _, e := range chain {
		if p := b.processOf(e); p != nil && !slices.Contains(involved, p) {
			involved = append(involved, p)
		}
	}
	if len(involved) == 0 {
		return nil
	}
	g := grower{onPath: map[*host.Process]bool{}, involved: involved}
	var roots []*host.Process
	for _, p := range involved {
		top, depth := p, 0
		for g.onPath[p] = true; top.Parent != nil && depth < maxLineageDepth; depth++ {
			top = top.Parent
			g.onPath[top] = true
		}
		if top.Parent != nil {
			b.cs.Limits.Bite(boundLineage, limit.At(p.Ref.File, p.Ref.Offset))
		}
		if !slices.Contains(roots, top) {
			roots = append(roots, top)
		}
	}
	// A root of one process may lie on the path of another that was cut by the depth.
	roots = slices.DeleteFunc(roots, func(r *host.Process) bool { return r.Parent != nil && g.onPath[r.Parent] })
	trees := make([]*report.Process, 0, len(roots))
	for _, r := range roots {
		trees = append(trees, g.tree(r, 0))
	}
	if g.cut {
		b.cs.Limits.Bite(boundLineage, limit.At(involved[0].Ref.File, involved[0].Ref.Offset))
	}
	if len(trees) == 1 {
		return trees[0]
	}
	return &report.Process{Executable: "(no common ancestor in the logs)", Inferred: true, Source: "not one process",
		Children: trees}
}

// grower copies process tables into trees.
type grower struct {
	onPath   map[*host.Process]bool
	involved []*host.Process
	grown    int
	depth    int  // of the process that is being copied
	cut      bool // processes that lead to the evidence are deeper than a tree may be
}

// tree copies p with its children: all that lead to the evidence and, below a process of the evidence, what it
// started, for a few generations and up to a bound. below is the number of generations that may follow, 0 above
// the evidence. Copies of a program under itself, such as a browser's many, are counted and not shown.
func (g *grower) tree(p *host.Process, below int) *report.Process {
	g.grown++
	out := &report.Process{PID: p.PID, EntityID: p.EntityID, Executable: p.Executable, CommandLine: p.CommandLine,
		User:  p.User,
		Start: report.TimeOf(p.Start), End: report.TimeOf(p.End), Inferred: p.Inferred ||
			p.Link == host.ParentByPID, Named: p.Inferred, Basis: p.Basis(), Link: p.Link.String(),
		Evidence: slices.Contains(g.involved, p), Source: "Sysmon 1"}
	switch {
	case p.Inferred:
		out.Basis = "named by the record of its child; its own start is not in the logs"
		out.Source = "named as parent: its own start was not logged"
	case !p.Sysmon:
		out.Source = "Security 4688"
	}
	if out.Evidence {
		below = maxDescentDepth
	}
	shown := 0
	g.depth++
	defer func() { g.depth-- }()
	for _, c := range p.Children {
		switch {
		case g.depth >= report.MaxTreeDepth:
			g.cut = g.cut || g.onPath[c]
			out.Omitted++
		case g.onPath[c]:
			out.Children = append(out.Children, g.tree(c, max(0, below-1)))
		case below > 0 && shown < maxTreeChildren && g.grown < maxTreeProcesses && c.Executable != p.Executable:
			shown++
			out.Children = append(out.Children, g.tree(c, below-1))
		default:
			out.Omitted++
		}
	}
	return out
}
