package stage

import (
	"slices"
	"strings"

	"hunt/rules/pack"
	"hunt/rules/sequence"
	"hunt/timeline"
	"hunt/timeline/coverage"
	"hunt/timeline/ecs"
	"hunt/timeline/ledger"
)

// Need is a set of kinds of events and the stages that only these, among those of the case, can satisfy.
type Need struct {
	Kinds  []ledger.EventKind // sorted: those of the case, those that hunt knows, and those that Sigma rules name
	Stages []NeedStage        // in the order of the pack
}

// NeedStage is a stage without which a rule cannot match.
type NeedStage struct {
	Rule  *pack.Rule
	Stage int // counted from 1
	Of    int // number of stages of the rule
}

// Needs determines which kinds of events the stages of the pack's rules need. Rules that do not compile are left
// out.
func Needs(p *pack.Pack, cs *timeline.Case) []Need {
	schema := pack.SchemaOf(ecs.NewSchema())
	var programs []*sequence.Program
	var of []*pack.Rule
	for _, r := range p.Rules {
		if r.Skip != "" {
			continue
		}
		if q, err := r.Compile(schema); err == nil {
			programs, of = append(programs, q.Program()), append(of, r)
		}
	}
	return needsOf(programs, of, NewSet(programs, schema), schema.ECS, cs)
}

// needsOf asks the folded predicates which kinds can satisfy which stages, and merges equal sets.
func needsOf(programs []*sequence.Program, of []*pack.Rule, preds *Set, schema *ecs.Schema,
	cs *timeline.Case) []Need {
	return KindsOf(programs, of, preds, schema, cs).Needs(programs, of)
}

// Kinds are the kinds of events that can satisfy the stages of programs.
type Kinds struct {
	kinds []ledger.EventKind // sorted: those of the case, and those that hunt knows
	sets  [][][]byte         // program -> stage -> a bit for each kind
}

// KindsOf asks the folded predicates about the kinds of the case, those that hunt knows, and those that the rules of
// the programs name.
func KindsOf(programs []*sequence.Program, of []*pack.Rule, preds *Set, schema *ecs.Schema,
	cs *timeline.Case) *Kinds {
	kinds := coverage.KnownKinds()
	for _, h := range cs.Hosts.All {
		for i := range h.Events {
			kinds = append(kinds, h.Events[i].Kind())
		}
		kinds = append(kinds, h.Shown...)
	}
	slices.SortFunc(kinds, ledger.EventKind.Compare)
	kinds = namedKinds(slices.Compact(kinds), of)
	out := &Kinds{kinds: kinds, sets: make([][][]byte, len(programs))}
	for p, program := range programs {
		out.sets[p] = make([][]byte, len(program.Stages()))
		for s := range out.sets[p] {
			out.sets[p][s] = make([]byte, (len(kinds)+7)/8)
		}
	}
	for i, k := range kinds {
		preds.Plan(schema.Class(k.Channel, k.Provider, k.EventID)).Stages(func(p, s int) {
			out.sets[p][s][i/8] |= 1 << (i % 8)
		})
	}
	return out
}

// Of returns the kinds that can satisfy a stage.
func (k *Kinds) Of(program, stage int) []ledger.EventKind {
	var out []ledger.EventKind
	set := k.sets[program][stage]
	for i, kind := range k.kinds {
		if set[i/8]&(1<<(i%8)) != 0 {
			out = append(out, kind)
		}
	}
	return out
}

// Needs merges equal sets.
func (k *Kinds) Needs(programs []*sequence.Program, of []*pack.Rule) []Need {
	sets := k.sets
	var out []Need
	at := map[string]int{}
	for p, program := range programs {
		for _, s := range Needed(program) {
			n, ok := at[string(sets[p][s])]
			if !ok {
				n = len(out)
				at[string(sets[p][s])] = n
				out = append(out, Need{Kinds: k.Of(p, s)})
			}
			out[n].Stages = append(out[n].Stages, NeedStage{of[p], s + 1, len(program.Stages())})
		}
	}
	return out
}

// namedKinds adds the kinds that rules name to those that are known otherwise, whose providers and ids are more
// specific. Without them, a rule about a log that no host has would need nothing that has a name.
func namedKinds(known []ledger.EventKind, of []*pack.Rule) []ledger.EventKind {
	type channelID struct {
		channel string
		id      uint32
	}
	spelled, have := map[string]string{}, map[channelID]bool{}
	for _, k := range known {
		spelled[strings.ToLower(k.Channel)] = k.Channel
		have[channelID{k.Channel, k.EventID}] = true
	}
	out := slices.Clone(known)
	for _, r := range of {
		for _, k := range r.Kinds {
			channel, there := spelled[strings.ToLower(k.Channel)]
			if !there {
				channel = k.Channel
			}
			if have[channelID{channel, k.EventID}] || there && k.EventID == 0 {
				continue
			}
			out = append(out, ledger.EventKind{Channel: channel, Provider: k.Provider, EventID: k.EventID})
		}
	}
	slices.SortFunc(out, ledger.EventKind.Compare)
	return slices.Compact(out)
}

// Needed returns the stages that a program needs to match: all of them, or one of several.
func Needed(p *sequence.Program) []int {
	out := slices.Concat(p.Needs()...)
	slices.Sort(out)
	return slices.Compact(out)
}
