package build

import (
	"fmt"
	"strings"

	"hunt/evtx"
	"hunt/report"
	"hunt/timeline/host"
)

// stories groups the findings that tell of one thing: those that share an event, or whose events belong to
// processes of which one descends from the other through processes of the evidence. Several rules see the
// same attack from several sides; an analyst wants to read it once.
func (b *builder) stories() []report.Story {
	n := len(b.res.Findings)
	parent := make([]int, n)
	for i := range parent {
		parent[i] = i
	}
	find := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	join := func(i, j int) {
		// The earlier finding leads: findings are in order of time.
		if a, c := find(i), find(j); a != c {
			parent[max(a, c)] = min(a, c)
		}
	}
	byEvent := map[evtx.Ref]int{}
	byProcess := map[host.ProcessKey]int{}
	byScript := map[scriptID]int{}
	for i, f := range b.res.Findings {
		for _, e := range f.Evidence {
			if e.Event == nil {
				continue
			}
			if j, ok := byEvent[e.Event.Ref]; ok {
				join(i, j)
			} else {
				byEvent[e.Event.Ref] = i
			}
			if id := scriptOf(e.Event); id.block != "" { // parts of one script
				if j, ok := byScript[id]; ok {
					join(i, j)
				} else {
					byScript[id] = i
				}
			}
			// A process that a finding is about; browsers and shells that only stand above it would join everything.
			if p := b.actors[e.Event]; p != nil && e.Event.Class.ProcessStart {
				if j, ok := byProcess[p.Key()]; ok {
					join(i, j)
				} else {
					byProcess[p.Key()] = i
				}
			}
		}
	}
	for i, f := range b.res.Findings {
		for _, e := range f.Evidence {
			if e.Event == nil {
				continue
			}
			p := b.actors[e.Event]
			if p == nil {
				continue
			}
			for _, key := range p.line {
				if j, ok := byProcess[key]; ok {
					join(i, j)
				}
			}
		}
	}
	number := map[int]string{}
	for i := range b.found {
		lead := find(i)
		if number[lead] == "" {
			number[lead] = fmt.Sprintf("S%d", len(number)+1)
		}
		b.found[i].Story = number[lead]
	}
	return report.StoriesOf(b.found)
}

// unwrap joins the lines of a rule's paragraphs, which rule files break for their own width.
func unwrap(s string) string {
	paragraphs := strings.Split(strings.TrimSpace(s), "\n\n")
	for i, p := range paragraphs {
		paragraphs[i] = strings.Join(strings.Fields(p), " ")
	}
	return strings.Join(paragraphs, "\n\n")
}
