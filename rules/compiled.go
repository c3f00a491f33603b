package rules

import (
	"slices"
	"strings"
	"time"

	"hunt/evtx"
	"hunt/rules/pack"
	"hunt/rules/predicate"
	"hunt/rules/recall"
	"hunt/rules/sequence"
	"hunt/rules/stage"
	"hunt/rules/window"
	"hunt/timeline/ecs"
	"hunt/timeline/spill"
)

// Compiled is a compiled pack of rules, ready for any number of runs, one after the other.
type Compiled struct {
	pack     *pack.Pack
	schema   *pack.Schema
	rules    []RuleResult // what compiling says about each rule
	text     map[*pack.Rule]queryText
	tuning   map[*pack.Rule]*pack.Pack
	programs []*sequence.Program
	owner    []int                   // program -> rule
	of       []*pack.Rule            // program -> rule
	counts   map[int]*window.Program // of the programs that count
	preds    *stage.Set
	warm     *warm // nil before the first run
}

// warm is what a run leaves to the next one with the same rules: none of it depends on the evidence of the run.
type warm struct {
	templates *evtx.Cache
	dismissed *stage.Dismissed
	memories  []*recall.Memory // of workers
}

func newWarm(o Options) *warm {
	return &warm{templates: evtx.NewCacheOf(o.MaxMemory.Of(spill.Templates)),
		dismissed: stage.NewDismissed(o.MaxMemory.Of(spill.Dismissed))}
}

// memory returns the memory of a worker. It is not safe for concurrent use.
func (w *warm) memory(worker int, preds *stage.Set) *recall.Memory {
	switch {
	case worker < len(w.memories):
	case worker == 0:
		w.memories = append(w.memories, preds.NewMemory())
	default:
		w.memories = append(w.memories, w.memories[0].Beside())
	}
	return w.memories[worker]
}

// Compile compiles the rules of a pack. strict must equal Options.Strict of the runs.
func Compile(pk *pack.Pack, strict bool) *Compiled {
	c := &Compiled{pack: pk, schema: pack.SchemaOf(ecs.NewSchema()), rules: make([]RuleResult, len(pk.Rules)),
		text: map[*pack.Rule]queryText{}, tuning: tuningOf(pk), counts: map[int]*window.Program{}}
	c.schema.Strict = strict
	for i, rule := range pk.Rules {
		c.rules[i].Rule = rule
		if rule.Skip != "" {
			c.rules[i].Reason = rule.Skip
			continue
		}
		query, err := rule.Compile(c.schema)
		if err != nil {
			c.rules[i].Reason, c.rules[i].Err = err.Error(), err
			continue
		}
		c.rules[i].Ran = true
		program := query.Program()
		c.rules[i].Warnings = warnings(rule, query, c.schema.ECS)
		c.text[rule] = textOf(program, c.schema.ECS)
		if counted, ok := query.(pack.Counted); ok {
			c.counts[len(c.programs)] = counted.Window()
			c.text[rule] = c.text[rule].counted(counted.Window())
		}
		c.programs, c.owner, c.of = append(c.programs, program), append(c.owner, i), append(c.of, rule)
	}
	c.preds = stage.NewSet(c.programs, c.schema)
	return c
}

// warnings returns those of the compiler, and the fields that no log can fill. Shipped rules label their stages on
// purpose.
func warnings(r *pack.Rule, q pack.Compiled, schema *ecs.Schema) []string {
	var out []string
	if r.Source != pack.BuiltIn {
		out = slices.Clone(q.Warnings())
	}
	if names := pack.Unanswerable(q.Program(), schema); len(names) > 0 {
		out = append(out, "no event that hunt reads can have "+strings.Join(names, ", ")+
			": conditions on them see a missing field")
	}
	return out
}

// parentFields are the fields that are filled in from a parent that was found by process id and time, if the record
// names none.
var parentFields = []ecs.Field{
	ecs.ProcessParentName, ecs.ProcessParentExecutable, ecs.ProcessParentCommandLine, ecs.ProcessParentArgs,
	ecs.ProcessParentArgsCount, ecs.ProcessParentEntityID,
}

// counted adds what the report shows about what a rule counts.
func (t queryText) counted(w *window.Program) queryText {
	t.keys, t.maxSpan = w.Node().KeyNames, w.Node().Span
	return t
}

// textOf returns what the report shows of a program.
func textOf(p *sequence.Program, schema *ecs.Schema) queryText {
	t := queryText{maxSpan: time.Duration(p.MaxSpan()),
		asksParent: slices.ContainsFunc(p.Fields(), func(f predicate.FieldID) bool {
			return slices.Contains(parentFields, ecs.Field(f))
		})}
	for i, s := range p.Stages() {
		t.stages = append(t.stages, s.Text)
		if i == 0 {
			for _, k := range p.Keys(0) {
				t.keys = append(t.keys, schema.Name(ecs.Field(k)))
			}
		}
	}
	return t
}

// begin begins a run.
func (c *Compiled) begin(o Options) *running {
	if c.warm != nil {
		c.schema.ECS.Renew()
		c.preds.Renew()
	} else {
		c.warm = newWarm(o)
	}
	o.Strict = c.schema.Strict
	res := &Result{Pack: c.pack, Rules: slices.Clone(c.rules), text: c.text, tuning: c.tuning}
	for i := range res.Rules {
		res.Rules[i].Warnings = slices.Clone(res.Rules[i].Warnings)
	}
	return &running{Compiled: c, o: o, res: res}
}
