package incident

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/report"
	"hunt/report/decision"
)

// Result is what Join makes from a case.
type Result struct {
	Incidents []report.Incident // the most serious first
	Others    []string          // findings of no incident that are not suppressed, by time
	Hubs      []report.Hub      // by their text
	Unheeded  []string          // decisions that name nothing, or contradict each other; in sentences
	Parts     map[string]string // of findings that have parts in several incidents, by id: the title of the own part
	Scenes    map[string]Scene  // by incident: what its picture is drawn from

	rules map[string][]string // by incident: the rules of its findings of weight, sorted
}

// maxEdges bounds the edges that an incident lists.
const maxEdges = 200

// Join joins the findings of a case into incidents. Only findings that an analyst has to look at, of medium
// severity or above, make an incident; others join one or stay alone. It takes O(n log n) for n events, and for
// each value shared by unjoined groups of findings the square of their number, which is at most 64.
func Join(c *Case) *Result {
	d := decide(c)
	res := &Result{Incidents: []report.Incident{}, Others: []string{}, Parts: map[string]string{},
		Scenes: map[string]Scene{}, rules: map[string][]string{}}
	for i := range d.parts {
		res.join(&d.parts[i])
	}
	res.Unheeded = d.describe(res.Incidents)
	slices.SortStableFunc(res.Incidents, func(a, b report.Incident) int {
		return cmp.Or(compareDismissed(a.Status, b.Status), cmp.Compare(a.Severity.Rank(), b.Severity.Rank()),
			cmp.Compare(a.Confidence.Rank(), b.Confidence.Rank()),
			order(b.Reach.DomainController)-order(a.Reach.DomainController),
			cmp.Compare(len(b.Hosts), len(a.Hosts)),
			cmp.Compare(report.Ticks(a.First), report.Ticks(b.First)), strings.Compare(a.ID, b.ID))
	})
	res.alike()
	slices.SortStableFunc(res.Hubs, func(a, b report.Hub) int { return strings.Compare(a.Text, b.Text) })
	return res
}

// join adds the incidents of a case.
func (res *Result) join(c *Case) {
	j := newJoiner(c, false)
	j.all()
	f, used := j.unite()
	trees, of := j.members(f)
	edges := map[int][]edge{}
	for _, e := range used {
		if of[e.from.finding] != of[e.to.finding] {
			r := f.root(e.from.finding)
			edges[r] = append(edges[r], e)
		}
	}
	hosts := map[string]*Host{} // once for all incidents, of which there may be one on each
	for i := range c.Hosts {
		hosts[c.Hosts[i].ID] = &c.Hosts[i]
	}
	divided := map[string]bool{}
	for _, members := range trees {
		for _, m := range members {
			divided[m.ID] = divided[m.ID] || m.guest
		}
	}
	for _, r := range sortedKeys(trees) {
		for _, m := range trees[r] {
			if divided[m.ID] && !m.guest {
				res.Parts[m.ID] = m.Title
			}
		}
		t := newTale(j, hosts, trees[r], edges[r])
		t.of = of
		if t.lead == nil {
			res.Others = append(res.Others, t.own()...)
			continue
		}
		told := t.tell()
		res.Incidents = append(res.Incidents, told)
		res.rules[told.ID] = t.rules()
		res.Scenes[told.ID] = t.scene()
	}
	res.Hubs = append(res.Hubs, j.hubs...)
}

// tale is one incident on its way into the report.
type tale struct {
	j        *joiner
	findings []*Finding // by time
	guests   map[*Finding]bool
	lead     *Finding // the weightiest; nil if none makes an incident
	edges    []edge
	of       []*Finding       // of all trees, by the place that an edge names
	hosts    map[string]*Host // all of the case
}

func newTale(j *joiner, hosts map[string]*Host, members []member, edges []edge) *tale {
	t := &tale{j: j, edges: edges, hosts: hosts, guests: map[*Finding]bool{}}
	for _, m := range members {
		t.findings = append(t.findings, m.Finding)
		if m.guest {
			t.guests[m.Finding] = true
		} else if m.weighs() && (t.lead == nil || m.heavier(t.lead)) {
			t.lead = m.Finding
		}
	}
	return t
}

// own are the findings that belong to this incident alone or most, by their ids.
func (t *tale) own() []string {
	out := []string{}
	for _, f := range t.findings {
		if !t.guests[f] {
			out = append(out, f.ID)
		}
	}
	return out
}

// weighs reports whether a finding makes an incident by itself.
func (f *Finding) weighs() bool {
	return f.Status == report.StatusFinding && f.Severity.AtLeast(report.SeverityMedium)
}

func (f *Finding) heavier(o *Finding) bool {
	return cmp.Or(cmp.Compare(f.Severity.Rank(), o.Severity.Rank()),
		cmp.Compare(f.Confidence.Rank(), o.Confidence.Rank())) < 0
}

func (t *tale) tell() report.Incident {
	out := report.Incident{ID: t.id(), Status: decision.Suspected, Confidence: t.lead.Confidence, Chain: t.word(),
		Findings: t.own()}
	t.span(&out)
	out.Severity, out.Raised = t.severity()
	out.Confidence, out.Reasons = t.confidence()
	out.Reach = t.reach()
	for _, h := range out.Reach.Hosts {
		out.Hosts = append(out.Hosts, h.Name)
	}
	for _, a := range out.Reach.Accounts {
		out.Accounts = append(out.Accounts, a.Name)
	}
	out.Entry, out.Tactics, out.Impact = t.entry(), t.tactics(), t.impact()
	out.Path, out.PathMore = t.path()
	out.Ongoing = t.ongoing(&out)
	out.Collect = t.collect()
	out.Open = t.open(&out)
	out.Assumed = t.assumed()
	out.Edges, out.EdgesMore = t.reasons()
	out.Title, out.Story = t.title(&out), t.story(&out)
	return out
}

// id names an incident by its earliest finding that makes one: findings that join it later, and unrelated
// evidence, do not change the id.
func (t *tale) id() string {
	for _, f := range t.findings {
		if f.weighs() && !t.guests[f] {
			return idOf(f.ID)
		}
	}
	return ""
}

// idOf returns the id of the incident whose earliest finding of weight has an id.
func idOf(finding string) string {
	sum := sha256.Sum256([]byte("incident\x00" + finding))
	return "I-" + hex.EncodeToString(sum[:6])
}

func (t *tale) span(out *report.Incident) {
	for _, f := range t.findings {
		if len(f.Events) > 0 {
			report.Widen(&out.First, &out.Last, report.TimeOf(f.start()))
			report.Widen(&out.First, &out.Last, report.TimeOf(f.end()))
		}
	}
}

// binding are the kinds of edges that rest on what a process, a script or a file is.
var binding = []report.EdgeKind{report.EdgeProcess, report.EdgeScript, report.EdgeLineage, report.EdgeArtefact}

// word says how well the events are connected. If several rules report one event, it is still a single event;
// and one sign that joins weakly makes a chain incomplete, however well the rest is linked.
func (t *tale) word() report.ChainWord {
	single, linked := true, false
	for _, f := range t.findings {
		single = single && f.Steps <= 1 && (f == t.findings[0] || f.sameStart(t.findings[0]))
		linked = linked || f.Steps > 1 && f.Linked
	}
	for _, e := range t.edges {
		linked = linked || slices.Contains(binding, e.EdgeKind)
	}
	switch {
	case single:
		return report.ChainSingle
	case linked && len(t.stronglyJoined()) == len(t.findings):
		return report.ChainLinked
	}
	return report.ChainIncomplete
}

const day = 24 * 60 * 60 * evtx.TicksPerSecond

// domainSecrets are the techniques that take the secrets of a whole domain.
var domainSecrets = []string{"T1003.003", "T1003.006"}

// takesDomain reports whether a finding shows access to the secrets of a domain: on one of its controllers, or
// by a rule that names no other kind of credentials. A rule for tools that can dump everything names all kinds,
// and says nothing about a domain if it finds one on a workstation.
func (t *tale) takesDomain(f *Finding) bool {
	if !f.weighs() || len(f.Events) == 0 {
		return false
	}
	takes, others := false, false
	for _, x := range f.Techniques {
		if slices.Contains(domainSecrets, x.ID) {
			takes = true
		} else if strings.HasPrefix(x.ID, "T1003.") {
			others = true
		}
	}
	h := t.hosts[f.host()]
	return takes && (!others || h != nil && h.DomainController)
}

// alone reports whether no finding of weight rests on another event than those of f.
func (t *tale) alone(f *Finding) bool {
	own := map[EventKey]bool{}
	for i := range f.Events {
		own[f.Events[i].Key] = true
	}
	for _, o := range t.findings {
		if o.weighs() && slices.ContainsFunc(o.Events, func(e Event) bool { return !own[e.Key] }) {
			return false
		}
	}
	return true
}

// severity returns the severity of the worst finding, raised by one level if secrets of the domain were taken,
// or if harm followed within a day on credentials or movement. No finding raises itself.
func (t *tale) severity() (report.Severity, string) {
	worst := t.lead.Severity
	if i := worst.Rank(); i > 0 {
		if why := t.raised(); why != "" {
			return report.Severities[i-1], why
		}
	}
	return worst, ""
}

func (t *tale) raised() string {
	var spread []*Finding
	for _, f := range t.findings {
		if !f.weighs() {
			continue
		}
		if t.takesDomain(f) && !t.alone(f) {
			return "Raised one level: " + cited("a finding shows access to the secrets of the whole domain", f.ID)
		}
		switch f.mainTactic().TacticID {
		case tacticCredentials, tacticMovement:
			spread = append(spread, f)
		case tacticImpact:
			for _, s := range spread {
				if f.start() <= s.end()+day && !s.sameStart(f) {
					return "Raised one level: " + cited("impact followed within 24 hours of credential access or "+
						"lateral movement", f.ID)
				}
			}
		}
	}
	return ""
}

// sameStart reports whether two findings begin with one event.
func (f *Finding) sameStart(o *Finding) bool {
	return len(f.Events) > 0 && len(o.Events) > 0 && f.Events[0].Key == o.Events[0].Key
}

// confidence returns the confidence of the weightiest finding, raised by one level if strong edges link that
// finding to one of another rule over another source.
func (t *tale) confidence() (report.Confidence, []string) {
	why := "The most serious finding has " + string(t.lead.Confidence) + " confidence"
	if n := len(t.lead.Why); n > 0 {
		why = strings.Join(t.lead.Why[:min(n, maxWhy)], " ")
		if n > maxWhy {
			why += " " + report.Count(n-maxWhy, "more reason is", "more reasons are") + " listed with the finding"
		}
	}
	reasons := []string{cited(why, t.lead.ID)}
	rank := t.lead.Confidence.Rank()
	if other := t.corroboration(); other != nil && rank > 0 {
		reasons = append(reasons, "Raised one level: another rule over another source ("+other.Source+") supports it: "+
			cited(other.Title, other.ID))
		return report.Confidences[rank-1], append(reasons, t.joinedRules()...)
	}
	return t.lead.Confidence, append(reasons, t.joinedRules()...)
}

// joinedRules says how many other rules have findings that strong edges link to the weightiest one.
func (t *tale) joinedRules() []string {
	rules := map[string]bool{}
	for f := range t.stronglyJoined() {
		if f.weighs() && f.Rule != t.lead.Rule {
			rules[f.Rule] = true
		}
	}
	if len(rules) == 0 {
		return nil
	}
	others := report.Count(len(rules), "other rule", "other rules")
	return []string{"Strong edges link it to findings of " + others + "."}
}

// maxWhy is how many reasons of its weightiest finding an incident repeats.
const maxWhy = 2

// corroboration returns a finding that makes an incident by itself, of another rule and over another source
// than the lead, which strong edges join to the lead.
func (t *tale) corroboration() *Finding {
	near := t.stronglyJoined()
	for _, f := range t.findings {
		if f.weighs() && near[f] && f.Rule != t.lead.Rule && f.Source != "" && f.Source != t.lead.Source {
			return f
		}
	}
	return nil
}

// reasons are the edges that join the incident.
func (t *tale) reasons() (out []report.Edge, more int) {
	out = []report.Edge{}
	for _, e := range t.edges {
		if len(out) == maxEdges {
			more++
			continue
		}
		out = append(out, report.Edge{Kind: e.EdgeKind, Strong: e.strong, From: t.of[e.from.finding].ID,
			To: t.of[e.to.finding].ID, Text: e.sentence() + e.unlisted(), Events: e.events()})
	}
	return out, more
}

// unlisted says on which records that no finding lists an edge rests.
func (e edge) unlisted() string {
	var where []string
	for _, x := range []*Event{e.from.event, e.to.event} {
		if x != nil && x.Where != "" && !slices.Contains(where, x.Where) {
			where = append(where, x.Where)
		}
	}
	if len(where) == 0 {
		return ""
	}
	return " It rests on " + strings.Join(where, " and ") + "."
}

// events are the ids of the events that an edge rests on.
func (e edge) events() []string {
	out := []string{}
	for _, x := range []*Event{e.from.event, e.to.event} {
		if x != nil && x.ID != "" && !slices.Contains(out, x.ID) {
			out = append(out, x.ID)
		}
	}
	return out
}
