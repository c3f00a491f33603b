package incident

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/report"
)

// The tactics to which the story of an incident refers.
const (
	tacticEntry       = "TA0001"
	tacticPersistence = "TA0003"
	tacticCredentials = "TA0006"
	tacticMovement    = "TA0008"
	tacticImpact      = "TA0040"
)

// entryTechniques are techniques by which intruders enter that ATT&CK files under other tactics.
var entryTechniques = []string{"T1204", "T1110", "T1219", "T1566", "T1189", "T1190", "T1091"}

// sentence says in words what an edge rests on.
func (e edge) sentence() string {
	switch e.EdgeKind {
	case report.EdgeEvent:
		return "Both rest on the same event."
	case report.EdgeProcess:
		return "Both are about the same process, " + e.what + "."
	case report.EdgeScript:
		return "Both rest on parts of the same script block."
	case report.EdgeLineage:
		return "The first is about " + e.what + ", an ancestor of the second's process."
	case report.EdgeArtefact:
		if e.both {
			return "Both made " + e.what + ", within an hour."
		}
		if !e.strong {
			return "The first made, or gave rights or a password to, the account that the second acted under: " +
				e.what + "."
		}
		return "The first made what the second used: " + e.what + "."
	case report.EdgeSession:
		if e.assumed != "" {
			return "Both came within seconds after a " + e.what + "."
		}
		return "Both ran in " + e.what + "."
	case report.EdgeMovement:
		return "They are linked by " + e.what + "."
	case report.EdgeBurst:
		return "The same remote command, service or task within half an hour: " + e.what + "."
	case report.EdgeIndicator:
		return "Both contain " + e.what + "."
	case report.EdgeExaminer:
		return e.assumed
	}
	return "Both ran as " + e.what + "."
}

// touches gathers names with the time when they were first seen.
type touches struct {
	by map[string]*report.Touched
}

func (t *touches) add(name string, at evtx.Filetime, finding string) {
	if name == "" {
		return
	}
	if old := t.by[name]; old == nil || old.Presumed || report.CompareTimes(report.TimeOf(at), old.First) < 0 {
		t.by[name] = &report.Touched{Name: name, First: report.TimeOf(at), Finding: finding}
	}
}

// presume adds a name that only the time of a logon connects to what happened. Anything that is really seen of it,
// before or after, replaces that.
func (t *touches) presume(name string, at evtx.Filetime, finding string) {
	old, known := t.by[name], report.TimeOf(at)
	if name != "" && (old == nil || old.Presumed && report.CompareTimes(known, old.First) < 0) {
		t.by[name] = &report.Touched{Name: name, First: known, Finding: finding, Presumed: true}
	}
}

func (t *touches) list() []report.Touched {
	out := make([]report.Touched, 0, len(t.by))
	for _, x := range t.by {
		out = append(out, *x)
	}
	slices.SortFunc(out, func(a, b report.Touched) int {
		return cmp.Or(report.CompareTimes(a.First, b.First), strings.Compare(a.Name, b.Name))
	})
	return out
}

// DomainSecrets are the words for the highest rights.
const DomainSecrets = "secrets of the domain"

// privileges are the words for rights, the highest first.
var privileges = []string{DomainSecrets, "domain administrator", "SYSTEM", "local administrator", "user"}

// reach says where the incident went.
func (t *tale) reach() report.Reach {
	hosts, accounts := touches{map[string]*report.Touched{}}, touches{map[string]*report.Touched{}}
	best := len(privileges)
	var r report.Reach
	for _, f := range t.findings {
		for i := range f.Events {
			e := &f.Events[i]
			hosts.add(e.Host, e.At, f.ID)
			if h := t.hosts[e.Host]; h != nil && h.DomainController {
				r.DomainController = true
			}
			if m := t.j.madeBy(e); m != nil {
				accounts.presume(m.Account.Name, m.At, f.ID)
			}
			if e.Refused { // somebody only tried to be this account
				continue
			}
			switch e.Account.Kind {
			case AccountPerson, AccountShared, AccountUnknown, AccountService:
				accounts.add(e.Account.Name, e.At, f.ID)
			}
			if f.weighs() {
				best = min(best, e.privilege())
			}
		}
		if t.takesDomain(f) {
			best = 0
		}
	}
	for _, e := range t.edges {
		if m := e.move; m != nil { // the account that carried it to another host
			accounts.add(m.Account.Name, m.left(), t.of[e.from.finding].ID)
		}
	}
	r.Hosts, r.Accounts = hosts.list(), accounts.list()
	if best < len(privileges) {
		r.Privilege = privileges[best]
	}
	return r
}

// privilege returns the index of the event's rights in privileges, its length if the event does not name them.
func (e *Event) privilege() int {
	switch {
	case e.DomainAdmin:
		return 1
	case e.Account.Kind == AccountSystem:
		return 2
	case e.Privileged:
		return 3
	case e.Account.Kind == AccountPerson || e.Account.Kind == AccountShared:
		return 4
	}
	return len(privileges)
}

// entry returns the first finding of a way in, if strong edges join it to the weightiest; otherwise the earliest
// trace.
func (t *tale) entry() report.Entry {
	near := t.stronglyJoined()
	earliest := t.findings[0]
	var in *Finding
	for _, f := range t.findings {
		if f.start() > t.first()+entrySlack || in != nil && !f.sameStart(in) {
			break
		}
		if near[f] && f.comesIn() && (in == nil || cmp.Or(cmp.Compare(f.Severity.Rank(), in.Severity.Rank()),
			cmp.Compare(f.Confidence.Rank(), in.Confidence.Rank()), strings.Compare(f.Rule, in.Rule)) < 0) {
			in = f // of those that begin with one event the same for all incidents of a pattern
		}
	}
	if in != nil {
		return report.Entry{Known: true, Text: in.Title, Host: in.host(), Time: report.TimeOf(in.start()),
			Finding: in.ID}
	}
	text := "Earliest linked trace, not necessarily the beginning: " + stopped(earliest.Title)
	if m := t.j.cameBy(earliest); m != nil {
		text += " Before it, there was a " + m.whence() + "."
	}
	if h := t.hosts[earliest.host()]; h != nil {
		if h.First != 0 {
			text += " The logs of " + h.ID + " begin on " + h.First.Time().Format("2006-01-02 at 15:04:05") + " UTC."
		}
		if h.Lacks != "" {
			text += " They lack " + h.Lacks + "."
		}
	}
	return report.Entry{Text: text, Host: earliest.host(), Time: report.TimeOf(earliest.start()), Finding: earliest.ID}
}

// entrySlack is how long after the first finding of weight a way in may be seen: later ones are steps of what had
// begun.
const entrySlack = 5 * 60 * evtx.TicksPerSecond

// first returns when the first finding that makes an incident begins.
func (t *tale) first() evtx.Filetime {
	for _, f := range t.findings {
		if f.weighs() {
			return f.start()
		}
	}
	return 0
}

func (f *Finding) comesIn() bool {
	return slices.ContainsFunc(f.Techniques, func(x report.Technique) bool {
		id, _, _ := strings.Cut(x.ID, ".")
		return x.TacticID == tacticEntry || slices.Contains(entryTechniques, id)
	})
}

func (f *Finding) host() string {
	if len(f.Events) == 0 {
		return ""
	}
	return f.Events[0].Host
}

// stronglyJoined are the findings that strong edges alone join to the weightiest.
func (t *tale) stronglyJoined() map[*Finding]bool {
	next := map[*Finding][]*Finding{}
	for _, e := range t.edges {
		if e.strong {
			a, b := t.of[e.from.finding], t.of[e.to.finding]
			next[a], next[b] = append(next[a], b), append(next[b], a)
		}
	}
	near, todo := map[*Finding]bool{t.lead: true}, []*Finding{t.lead}
	for len(todo) > 0 {
		f := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, n := range next[f] {
			if !near[n] {
				near[n] = true
				todo = append(todo, n)
			}
		}
	}
	return near
}

// tactics returns those that findings of any weight name, by first sight.
func (t *tale) tactics() []report.Tactic {
	out := []report.Tactic{}
	for _, f := range t.findings {
		seen := map[string]bool{}
		for _, x := range f.Techniques {
			if x.TacticID == "" || seen[x.TacticID] {
				continue
			}
			seen[x.TacticID] = true
			i := slices.IndexFunc(out, func(y report.Tactic) bool { return y.ID == x.TacticID })
			if i < 0 {
				i = len(out)
				out = append(out, report.Tactic{ID: x.TacticID, Name: x.Tactic})
			}
			out[i].Findings++
		}
	}
	return out
}

// impacts are the kinds of harm, in words that are true whatever the finding is.
var impacts = []struct {
	kind  report.ImpactKind
	shows func(report.Technique) bool
	text  string
}{
	{report.ImpactCredentials, ofTactic(tacticCredentials), "Signs of access to credentials"},
	{report.ImpactMovement, ofTactic(tacticMovement), "Signs of movement between hosts"},
	{report.ImpactPersistence, ofTactic(tacticPersistence), "Signs of persistence"},
	{report.ImpactDefences, ofTechnique("T1070.001", "T1562", "T1553.005"), "Logs were cleared or defences weakened"},
	{report.ImpactDestruction, ofTactic(tacticImpact), "Signs of damage to data, backups or services"},
}

func ofTactic(id string) func(report.Technique) bool {
	return func(x report.Technique) bool { return x.TacticID == id }
}

// ofTechnique returns a function that is true for the techniques and those below them.
func ofTechnique(ids ...string) func(report.Technique) bool {
	return func(x report.Technique) bool {
		return slices.ContainsFunc(ids, func(id string) bool { return x.ID == id || strings.HasPrefix(x.ID, id+".") })
	}
}

func (t *tale) impact() []report.Impact {
	out := []report.Impact{}
	for _, k := range impacts {
		var ids []string
		for _, f := range t.findings {
			if f.weighs() && slices.ContainsFunc(f.Techniques, k.shows) {
				ids = append(ids, f.ID)
			}
		}
		if len(ids) > 0 {
			x := report.Impact{Kind: k.kind, Text: k.text + ": " + report.Count(len(ids), "finding", "findings") + "."}
			if k.kind == report.ImpactPersistence {
				x.Text += t.remains(ids)
			}
			x.Findings, x.More = report.Named(ids)
			out = append(out, x)
		}
	}
	return out
}

// maxRemains is how many makings of persistence an impact names; the findings name all.
const maxRemains = 4

// remains says which persistence is presumed to be still there: no finding reports a removal, and hunt looks for
// none.
func (t *tale) remains(ids []string) string {
	var acts []Act
	hosts, titles := map[Act][]string{}, map[Act]string{}
	for _, f := range t.findings {
		if !slices.Contains(ids, f.ID) {
			continue
		}
		if titles[f.Act] == "" {
			acts, titles[f.Act] = append(acts, f.Act), strings.TrimRight(f.Title, ".")
		}
		if h := f.host(); !slices.Contains(hosts[f.Act], h) {
			hosts[f.Act] = append(hosts[f.Act], h)
		}
	}
	var list []string
	for _, a := range acts {
		list = append(list, report.Ellipsis(titles[a], maxRemainsTitle)+" (on "+report.Few(hosts[a], maxRemains)+")")
	}
	text := " hunt does not look for removals, so these are taken to remain: " +
		strings.Join(list[:min(len(list), maxRemains)], "; ")
	if n := len(list) - maxRemains; n > 0 {
		text += "; and " + report.Thousands(n) + " more"
	}
	return text + "."
}

// maxRemainsTitle bounds the text about each, in characters.
const maxRemainsTitle = 120

// collect lists what the logs name and was not collected: where logons of the incident came from, and where its
// accounts went.
func (t *tale) collect() []report.Collect {
	type sight struct {
		move    int
		finding string
	}
	var sights []sight
	seen := map[int]bool{}
	for _, f := range t.findings {
		for i := range f.Events {
			e := &f.Events[i]
			var moves []int
			if e.Session != nil {
				moves = t.j.arrived[e.Session.Key]
			} else if m := t.j.madeBy(e); m != nil && m.From == "" {
				moves = []int{m.place}
			}
			if e.Account.moves() {
				moves = slices.Concat(moves, t.j.left[accountOn{e.Host, e.Account.Key}])
			}
			if e.Process != nil {
				moves = slices.Concat(moves, t.j.sent[e.Process.Key])
			}
			for _, m := range moves {
				if !seen[m] {
					seen[m] = true
					sights = append(sights, sight{m, f.ID})
				}
			}
		}
	}
	slices.SortFunc(sights, func(a, b sight) int { return cmp.Compare(a.move, b.move) })
	out, at := []report.Collect{}, map[string]int{}
	for _, s := range sights {
		m := &t.j.moves[s.move]
		name := strings.ToLower(m.Address)
		i, known := at[name]
		if !known {
			i = len(out)
			at[name] = i
			out = append(out, report.Collect{Name: m.Address, Why: m.sought(), Findings: []string{}})
		}
		if c := &out[i]; !slices.Contains(c.Findings, s.finding) {
			c.Findings = append(c.Findings, s.finding)
		}
	}
	slices.SortStableFunc(out, func(a, b report.Collect) int { return cmp.Compare(len(b.Findings), len(a.Findings)) })
	for i := range out {
		out[i].Findings, out[i].More = report.Named(out[i].Findings)
	}
	return out
}

// open says what is not known yet.
func (t *tale) open(out *report.Incident) []string {
	list := []string{}
	for _, i := range out.Impact {
		if i.Kind == report.ImpactPersistence {
			list = append(list, "Whether the persistence is still in place: hunt does not look for its removal.")
		}
	}
	if !out.Entry.Known {
		list = append(list, "How it began.")
	}
	if m := t.j.cameBy(t.findings[0]); m != nil && m.From != "" && !slices.Contains(out.Hosts, m.From) {
		list = append(list, "What led to the "+m.whence()+": no finding there belongs to it.")
	}
	if len(out.Collect) > 0 {
		var names []string
		for _, c := range out.Collect {
			names = append(names, c.Name)
		}
		them := report.OneOrMany(len(names), "it", "them")
		list = append(list, "What happened on "+report.Few(names, 5)+": the logs name "+them+", and no logs of "+them+
			" were collected.")
	}
	return list
}

// assumed says what joins the incident without proof.
func (t *tale) assumed() []string {
	out, weak := t.skewed(), 0
	for _, e := range t.edges {
		if e.assumed != "" && !slices.Contains(out, e.assumed) {
			out = append(out, e.assumed)
		}
		if !e.strong && e.EdgeKind != report.EdgeExaminer {
			weak++
		}
	}
	for _, f := range t.findings {
		for i := range f.Events {
			if m := t.j.madeBy(&f.Events[i]); m != nil && !slices.Contains(out, m.presumed()) {
				out = append(out, m.presumed())
			}
		}
		if t.guests[f] {
			out = append(out, cited("That a part of a finding that is listed with another incident belongs here: "+
				"no edge links the events of this part to that incident", f.ID))
		}
	}
	if weak > 0 {
		out = append(out, report.Count(weak/2, "group of findings belongs", "groups of findings belong")+
			" to it only by two weak signs, such as a shared indicator and the same account within an hour.")
	}
	return out
}

// title says what happened in one line: the weightiest finding, and how far it went.
func (t *tale) title(out *report.Incident) string {
	peak := t.peak()
	title := strings.TrimRight(peak.Title, ".")
	if out.Entry.Known && out.Entry.Finding != peak.ID &&
		report.CompareTimes(out.Entry.Time, report.TimeOf(peak.start())) < 0 {
		title = strings.TrimRight(out.Entry.Text, ".") + "; afterwards: " + title
	}
	if n := len(out.Hosts); n > 1 {
		title += fmt.Sprintf(" (%d hosts)", n)
	}
	return report.Ellipsis(title, maxTitle)
}

// peak returns the finding that says most about what happened: among the most serious ones the first that shows
// impact, or else access to credentials, or else movement.
func (t *tale) peak() *Finding {
	for _, tactic := range []string{tacticImpact, tacticCredentials, tacticMovement} {
		for _, f := range t.findings {
			if f.weighs() && !t.guests[f] && f.Severity == t.lead.Severity && f.mainTactic().TacticID == tactic {
				return f
			}
		}
	}
	return t.lead
}

// maxTitle bounds a title, in characters.
const maxTitle = 400

// cited is a text as a sentence that ends with the finding it speaks of.
func cited(text, finding string) string { return strings.TrimRight(text, ".") + " (" + finding + ")." }

// stopped is a title as a sentence. One that was cut ends with its ellipsis.
func stopped(title string) string {
	if title = strings.TrimRight(title, "."); strings.HasSuffix(title, "…") {
		return title
	}
	return title + "."
}
