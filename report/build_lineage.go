package report

import (
	"cmp"
	"slices"
	"strings"

	"hunt/timeline"
	"hunt/timeline/ecs"
)

// maxLineageDepth bounds the ancestors shown above the evidence.
const maxLineageDepth = 12

// lineage returns the process tree around the chain: the common line of ancestors, the processes of the evidence, and their
// children. Processes that share no ancestor with the first one of the chain are in trees of their own, under an unnamed root.
func (b *builder) lineage(chain []*timeline.Event) *Process {
	var involved []*timeline.Process
	for _, e := range chain {
		if p := e.Host.ProcessOf(e); p != nil && !slices.Contains(involved, p) {
			involved = append(involved, p)
		}
	}
	if len(involved) == 0 {
		return nil
	}
	var roots []*timeline.Process
	onPath := map[*timeline.Process]bool{}
	for _, p := range involved {
		top, depth := p, 0
		for onPath[p] = true; top.Parent != nil && depth < maxLineageDepth; depth++ {
			top = top.Parent
			onPath[top] = true
		}
		if !slices.Contains(roots, top) {
			roots = append(roots, top)
		}
	}
	// A root of one chain may lie on the path of another that was cut by the depth.
	roots = slices.DeleteFunc(roots, func(r *timeline.Process) bool { return r.Parent != nil && onPath[r.Parent] })
	trees := make([]*Process, 0, len(roots))
	for _, r := range roots {
		trees = append(trees, tree(r, onPath, involved))
	}
	if len(trees) == 1 {
		return trees[0]
	}
	return &Process{Executable: "(no common ancestor in the logs)", Inferred: true, Source: "not one process", Children: trees}
}

// tree copies p with its children: all that lead to the evidence, and what evidence processes started, up to a bound.
func tree(p *timeline.Process, onPath map[*timeline.Process]bool, involved []*timeline.Process) *Process {
	out := &Process{PID: p.PID, EntityID: p.EntityID, Executable: p.Executable, CommandLine: p.CommandLine, User: p.User,
		Start: at(p.Start), End: at(p.End), Inferred: p.Inferred, Evidence: slices.Contains(involved, p), Source: "Sysmon 1"}
	switch {
	case p.Inferred:
		out.Source = "named as parent: its own start was not logged"
	case !p.Sysmon:
		out.Source = "Security 4688"
	}
	shown := 0
	for _, c := range p.Children {
		switch {
		case onPath[c]:
			out.Children = append(out.Children, tree(c, onPath, involved))
		case out.Evidence && shown < maxTreeChildren:
			shown++
			out.Children = append(out.Children, tree(c, nil, nil))
		default:
			out.Omitted++
		}
	}
	return out
}

// logon finds the session that the chain's first process ran in.
func (b *builder) logon(chain []*timeline.Event) *Logon {
	for _, e := range chain {
		p := e.Host.ProcessOf(e)
		if p == nil {
			continue
		}
		s := e.Host.SessionAt(p.LogonID, e.At)
		if s == nil {
			continue
		}
		ref := b.ref(s.Ref)
		return &Logon{User: s.User, SID: s.SID, LogonID: s.LogonID, Type: s.Type, SourceIP: s.SourceIP, Time: at(s.Start), Ref: &ref}
	}
	return nil
}

// provenance tells URL -> file -> execution -> network as far as the chain's own events and their context hold it.
func (b *builder) provenance(chain []*timeline.Event) []Provenance {
	var out []Provenance
	add := func(kind, text, source string, e *timeline.Event) {
		r := b.ref(e.Ref)
		r.PayloadSHA256 = payloadHash(e)
		out = append(out, Provenance{Kind: kind, Time: at(e.At), Text: text, Source: source, Ref: &r})
	}
	for _, e := range chain {
		source := strings.TrimPrefix(e.Class.Provider, "Microsoft-Windows-") + " " + text(e, ecs.EventCode)
		for _, f := range []ecs.Field{ecs.HuntZoneReferrerURL, ecs.HuntZoneHostURL} {
			if url := text(e, f); url != "" {
				add("url", url, source+" Zone.Identifier", e)
			}
		}
		cats := texts(e, ecs.EventCategory)
		switch {
		case e.Class.ProcessStart:
			add("execution", orElse(text(e, ecs.ProcessCommandLine), text(e, ecs.ProcessExecutable)), source, e)
		case slices.Contains(cats, "file"):
			if path := text(e, ecs.FilePath); path != "" {
				add("file", path, source, e)
			}
		case slices.Contains(cats, "network"):
			if to := cmp.Or(text(e, ecs.DNSQuestionName), text(e, ecs.DestinationDomain), text(e, ecs.DestinationIP)); to != "" {
				add("network", to, source, e)
			}
		}
	}
	rank := map[string]int{"url": 0, "file": 1, "execution": 2, "network": 3}
	slices.SortStableFunc(out, func(a, c Provenance) int {
		return cmp.Or(cmp.Compare(*a.Time, *c.Time), cmp.Compare(rank[a.Kind], rank[c.Kind]))
	})
	return out
}
