package rules

import (
	"slices"

	"hunt/rules/eql"
	"hunt/timeline"
	"hunt/timeline/ecs"
)

// Need is a set of kinds of events and the stages that these, and no others of the case, can satisfy.
type Need struct {
	Kinds  []timeline.EventKind // sorted: those of the case, and those that hunt knows of Sysmon, Security and PowerShell
	Stages []NeedStage          // in the order of the pack
}

// NeedStage is a stage without which a rule cannot match.
type NeedStage struct {
	Rule  *Rule
	Stage int // from 1
	Of    int // stages that the rule has
}

// Needs works out which kinds of events the stages of the pack's rules need. Rules that do not compile are left out.
func (p *Pack) Needs(cs *timeline.Case) []Need {
	schema := ecs.NewSchema()
	var programs []*eql.Program
	var of []*Rule
	for _, r := range p.Rules {
		if r.Skip != "" {
			continue
		}
		if program, err := r.Compile(schemaView{schema}); err == nil {
			programs, of = append(programs, program), append(of, r)
		}
	}
	return needsOf(programs, of, newPredicates(programs), schema, cs)
}

// needsOf asks the folded predicates which kinds can satisfy which stages, and brings equal sets together.
func needsOf(programs []*eql.Program, of []*Rule, preds *predicates, schema *ecs.Schema, cs *timeline.Case) []Need {
	kinds := timeline.KnownKinds()
	for _, h := range cs.Hosts {
		for i := range h.Events {
			kinds = append(kinds, h.Events[i].Kind())
		}
		kinds = append(kinds, h.Shown...)
	}
	slices.SortFunc(kinds, timeline.EventKind.Compare)
	kinds = slices.Compact(kinds)
	sets := make([][][]byte, len(programs)) // program -> stage -> a bit for each kind
	for p, program := range programs {
		sets[p] = make([][]byte, len(program.Stages()))
		for s := range sets[p] {
			sets[p][s] = make([]byte, (len(kinds)+7)/8)
		}
	}
	for i, k := range kinds {
		preds.plan(schema.Class(k.Channel, k.Provider, k.EventID)).Stages(func(p, s int) { sets[p][s][i/8] |= 1 << (i % 8) })
	}
	var out []Need
	at := map[string]int{}
	for p, program := range programs {
		for _, s := range needs(program) {
			n, ok := at[string(sets[p][s])]
			if !ok {
				n = len(out)
				at[string(sets[p][s])] = n
				need := Need{}
				for i, k := range kinds {
					if sets[p][s][i/8]&(1<<(i%8)) != 0 {
						need.Kinds = append(need.Kinds, k)
					}
				}
				out = append(out, need)
			}
			out[n].Stages = append(out[n].Stages, NeedStage{of[p], s + 1, len(program.Stages())})
		}
	}
	return out
}
