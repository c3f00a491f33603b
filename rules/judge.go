package rules

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"hunt/evtx"
	"hunt/limit"
	"hunt/rules/fact"
	"hunt/rules/pack"
	"hunt/rules/predicate"
	"hunt/rules/reason"
	"hunt/rules/sequence"
	"hunt/rules/stage"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
)

// judge decides what hunt says about a finding: labels, confidence, whether tuning suppresses it.
type judge struct {
	pack     *pack.Pack
	newest   evtx.Filetime // of the evidence, to know whether an exception has expired
	assessor *assessor
	absences *absences
	tuning   map[*pack.Rule]*pack.Pack // see tuningOf
	seen     seen                      // the last event that satisfied a rule by itself: other rules come next
}

// seen is an event with the facts about it that do not depend on the rule.
type seen struct {
	event *timeline.Event
	actor string
	facts []pack.Facts
	tools []string
	names string     // of the tools, one per line
	zone  bool       // the mark of the web names a zone nearer than the internet
	child fact.Child // what a browser started
	look  *fact.Look // nil: not asked for
}

// see returns the facts about an event that satisfies a rule of single events.
func (j *judge) see(e *timeline.Event) *seen {
	if e != j.seen.event {
		facts := []pack.Facts{&fact.Remembered{Facts: fact.Facts{Event: e}}}
		tools, steps := j.pack.ToolsOf(facts), []*timeline.Event{e}
		j.seen = seen{event: e, actor: fact.ActorOf(e), facts: facts, tools: tools, names: strings.Join(tools, "\n"),
			zone: nearer(steps), child: fact.ChildOf(steps)}
	}
	return &j.seen
}

// looks returns what the event is compared by with others of a run.
func (x *seen) looks() *fact.Look {
	if x.look == nil {
		x.look = fact.LookOf(x.event)
	}
	return x.look
}

func newJudge(res *Result, kinds func(*pack.Rule, int) []ledger.EventKind) *judge {
	span := func(r *pack.Rule) time.Duration { return res.text[r].maxSpan }
	j := &judge{pack: res.Pack, newest: res.Case.Records.Last, absences: newAbsences(res.Case, kinds, span),
		assessor: newAssessor(res.Case, span, func(r *pack.Rule) bool { return res.text[r].asksParent }),
		tuning:   res.tuning}
	return j
}

// tuningOf finds the exceptions for each rule that has any.
func tuningOf(pk *pack.Pack) map[*pack.Rule]*pack.Pack {
	out := map[*pack.Rule]*pack.Pack{}
	for _, r := range pk.Rules {
		if list := pk.About(r.ID); len(list) > 0 {
			out[r] = &pack.Pack{Exceptions: list}
		}
	}
	return out
}

// outcome is what hunt says about an event that satisfies a rule by itself. It is the same for all hits of a run.
type outcome struct {
	exception, expired *pack.Exception // the one that suppresses it, and the one that would if it had not expired
	tools              string          // of responders, by name, one per line
	level              int             // confidence as far as the host shows
	child              fact.Child      // what a browser started: its rarity depends on the other hosts
}

// outcome judges an event that satisfies a rule of single events.
func (j *judge) outcome(r *pack.Rule, x *seen) outcome {
	o := outcome{tools: x.names, level: j.assessor.alone(r, x), child: x.child}
	if tuning := j.tuning[r]; tuning != nil {
		o.exception, o.expired = tuning.Match(r.ID, x.facts, j.newest)
	}
	return o
}

// toolsOf names the responder's tools among the events of a finding. For an event that was just judged they are known
// already.
func (j *judge) toolsOf(f *Finding) []string {
	if len(f.Evidence) == 1 {
		e := f.Evidence[0]
		if e.Event != nil && e.Event == j.seen.event && e.Label == "" && e.Stage == 0 {
			return j.seen.tools
		}
	}
	return j.pack.ToolsOf(f.facts())
}

// tune applies the exceptions to a finding.
func (j *judge) tune(f *Finding) {
	if tuning := j.tuning[f.Rule]; tuning != nil {
		f.Exception, f.expired = tuning.Match(f.Rule.ID, f.facts(), j.newest)
	}
}

// local judges a finding after tune, as far as its hosts alone allow.
func (j *judge) local(f *Finding) {
	for _, t := range j.toolsOf(f) {
		f.Labels = append(f.Labels, "responder's own tool: "+t)
	}
	j.absences.fill(f)
	f.tellCarried()
	j.assessor.local(f)
	switch {
	case f.Exception != nil:
		f.Status = pack.StatusSuppressed
	case f.expired != nil:
		f.Labels = append(f.Labels, "exception "+f.expired.ID+" matches but expired on "+f.expired.Expires)
	}
}

// settle judges the rest: how the finding compares with all hosts.
func (j *judge) settle(f *Finding) { j.assessor.settle(f) }

// compareFindings orders by the time of the first event, then the later ones, then the rule.
func compareFindings(a, b *Finding) int {
	if c := cmp.Compare(a.first(), b.first()); c != 0 {
		return c
	}
	if c := strings.Compare(a.Rule.ID, b.Rule.ID); c != 0 {
		return c
	}
	for i := range min(len(a.Evidence), len(b.Evidence)) {
		x, y := a.Evidence[i].Event, b.Evidence[i].Event
		if x == nil || y == nil {
			continue
		}
		if c := x.Compare(y); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a.Evidence), len(b.Evidence))
}

// first returns the time of the finding's first event.
func (f *Finding) first() evtx.Filetime {
	for _, e := range f.Evidence {
		if e.Event != nil {
			return e.Event.At
		}
	}
	return 0
}

// blindness finds the hosts on which a rule could not have matched: none of the host's events that it was shown is of
// a kind that satisfies one of its stages. It asks the predicates themselves, so it holds for every rule. The stages
// of a rule that joins hosts may lie on different ones: it is blind where it had nothing to look at, or everywhere.
func (res *Result) blindness(programs []*sequence.Program, owner []int, preds *stage.Set, schema *ecs.Schema,
	kinds *stage.Kinds) {
	possible := map[*ecs.Class][]stageOf{}
	show := func(h *host.Host, to [][]bool) {
		for _, k := range h.Shown {
			class := schema.Class(k.Channel, k.Provider, k.EventID)
			stages, ok := possible[class]
			if !ok {
				preds.Plan(class).Stages(func(program, stage int) { stages = append(stages, stageOf{program, stage}) })
				possible[class] = stages
			}
			for _, s := range stages {
				to[s.program][s.stage] = true
			}
		}
	}
	anywhere, seen := noStages(programs), noStages(programs)
	for _, h := range res.Case.Hosts.All {
		show(h, anywhere)
	}
	causes, known := map[blindCause]*Cause{}, map[Cause]*Cause{}
	one := func(c Cause) *Cause {
		if known[c] == nil {
			known[c] = &c
		}
		return known[c]
	}
	for _, h := range res.Case.Hosts.All {
		for p := range seen {
			clear(seen[p])
		}
		show(h, seen)
		for p, program := range programs {
			rr := &res.Rules[owner[p]]
			lacks, elsewhere := lacking(program, seen[p], anywhere[p])
			switch {
			case lacks < 0:
			case len(h.Shown) == 0:
				res.blind(rr, h, one(Cause{Filtered: true}))
			default:
				k := blindCause{stageOf{p, lacks}, elsewhere}
				if causes[k] == nil {
					causes[k] = one(causeOf(rr.Rule, program, k, kinds.Of(p, lacks)))
				}
				res.blind(rr, h, causes[k])
			}
		}
	}
}

// lacking returns a stage without which a program cannot match on a host, -1 if it can. elsewhere says that the
// program joins hosts and that no other host has an event for the stage either. seen are the stages that events of
// the host can satisfy, anywhere those that events of any host can.
func lacking(p *sequence.Program, seen, anywhere []bool) (stage int, elsewhere bool) {
	stage = -1
	for _, needed := range p.Needs() {
		lacks := slices.IndexFunc(needed, func(s int) bool { return !seen[s] })
		other := lacks >= 0 && joinsHosts(p) && slices.ContainsFunc(needed, func(s int) bool { return seen[s] })
		if other {
			lacks = slices.IndexFunc(needed, func(s int) bool { return !anywhere[s] })
		}
		switch {
		case lacks < 0:
			return -1, false
		case stage < 0:
			stage, elsewhere = needed[lacks], other
		}
	}
	return stage, elsewhere
}

// stageOf is a stage of a program.
type stageOf struct{ program, stage int }

// blindCause is why a program is blind on a host.
type blindCause struct {
	stageOf
	elsewhere bool
}

// maxBlind bounds the hosts that are listed for one rule.
const maxBlind = 1_000

var boundBlind = limit.Bound{ID: "rules-blind-hosts",
	Text: "a rule lists the first 1,000 hosts on which it was blind and counts the rest"}

// blind notes that a rule could not have matched on a host.
func (res *Result) blind(rr *RuleResult, h *host.Host, cause *Cause) {
	if rr.BlindHosts++; rr.BlindHosts <= maxBlind {
		rr.Blind = append(rr.Blind, Blind{h.ID, cause})
	} else if rr.BlindHosts == maxBlind+1 {
		res.Case.Limits.Bite(boundBlind, limit.In(rr.Rule.ID))
	}
}

// noStages returns a table of all stages of all programs.
func noStages(programs []*sequence.Program) [][]bool {
	out := make([][]bool, len(programs))
	for i, p := range programs {
		out[i] = make([]bool, len(p.Stages()))
	}
	return out
}

// hostKeys are the fields whose values belong to a single host.
var hostKeys = []ecs.Field{ecs.HostID, ecs.HostName, ecs.HostHostname, ecs.WinlogComputerName, ecs.ProcessEntityID,
	ecs.ProcessParentEntityID}

// joinsHosts reports whether the events of one match can be from several hosts.
func joinsHosts(p *sequence.Program) bool {
	needed := stage.Needed(p)
	return len(needed) > 1 && slices.ContainsFunc(needed, func(s int) bool {
		return !slices.ContainsFunc(p.Keys(s), func(k predicate.FieldID) bool {
			return slices.Contains(hostKeys, ecs.Field(k))
		})
	})
}

// causeOf says why a stage of a rule cannot have been satisfied; kinds are those that can satisfy it.
func causeOf(r *pack.Rule, p *sequence.Program, k blindCause, kinds []ledger.EventKind) Cause {
	c := Cause{Anywhere: k.elsewhere, Of: len(p.Stages()), Needs: strings.Join(r.DataSources, ", "),
		Setup: strings.Join(strings.Fields(r.Setup), " ")}
	if len(kinds) == 0 {
		for _, k := range r.Kinds {
			kinds = append(kinds, ledger.EventKind{Channel: k.Channel, Provider: k.Provider, EventID: k.EventID})
		}
	}
	c.Enable = strings.Join(reason.Settings(kinds), "; or ")
	if c.Of > 1 {
		c.Stage, c.Label = k.stage, p.Stages()[k.stage].Label
	}
	if len(r.DataSources) == 0 {
		c.Needs = reason.Kinds(kinds)
	}
	return c
}

// KeyNames returns the names of a rule's join keys, as the query writes them.
func (res *Result) KeyNames(r *pack.Rule) []string { return res.text[r].keys }

// StageText returns the canonical condition of a stage of a rule, "" if there is no such stage.
func (res *Result) StageText(r *pack.Rule, stage int) string {
	texts := res.text[r].stages
	if stage >= len(texts) {
		return ""
	}
	return texts[stage]()
}

// queryText is what the report shows of a rule's query.
type queryText struct {
	keys       []string
	stages     []func() string
	maxSpan    time.Duration // 0 = none
	asksParent bool          // a condition is about the parent of a process
}

// facts returns the facts of the finding's events that tuning compares.
func (f *Finding) facts() []pack.Facts {
	out := make([]pack.Facts, 0, len(f.Evidence))
	for _, e := range f.Evidence {
		if e.Event != nil {
			out = append(out, fact.Facts{Label: e.Label, Number: e.Stage, Event: e.Event})
		}
	}
	return out
}
