package incident

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/report"
	"hunt/report/decision"
)

// The spans within which events belong together.
const (
	artefactSlack  = 2 * evtx.TicksPerSecond       // a program can be logged before the file that it is
	artefactGap    = 60 * 60 * evtx.TicksPerSecond // between two makings of one file
	burstGap       = 30 * 60 * evtx.TicksPerSecond
	accountGap     = 60 * 60 * evtx.TicksPerSecond
	movementStrong = 30 * 60 * evtx.TicksPerSecond
	remoteMaking   = 10 * evtx.TicksPerSecond           // from a logon to what it makes without a session
	clearGap       = 5 * 60 * evtx.TicksPerSecond       // between two clearings of logs
	madeGap        = 24 * 60 * 60 * evtx.TicksPerSecond // from the making of an account to its use
	ticketGap      = 10 * evtx.TicksPerSecond           // from a ticket to the logon that it serves
	movementWeak   = 12 * 60 * 60 * evtx.TicksPerSecond
)

// The bounds beyond which a value is a hub: it is in too much of the evidence to say that two findings
// belong together.
const (
	HubHosts    = 5   // hosts, and more than a fifth of all
	hubPrograms = 200 // distinct programs of one session
	hubShare    = 5   // a fifth
)

// maxAlike bounds the groups of findings whose pairs are all compared for one value. A value shared by more unjoined
// groups is reported as a hub.
const maxAlike = 64

// maxHubFindings bounds the findings that a hub names: many hubs name the same ones by the thousand.
const maxHubFindings = 100

// place is an event with the finding that it belongs to.
type place struct {
	finding int
	event   *Event
}

func (p place) compare(o place) int {
	return cmp.Or(cmp.Compare(p.event.At, o.event.At), p.event.Key.compare(o.event.Key),
		cmp.Compare(p.finding, o.finding))
}

// edge is an edge between two findings.
type edge struct {
	report.EdgeKind
	strong   bool
	from, to place
	what     string    // what they share
	both     bool      // of an artefact: both made it
	assumed  string    // what it assumes, in a sentence
	move     *Movement // of a movement: the logon
}

// fact is what a group rests on. Two groups with the same fact say one thing twice: session, account and hour of one
// logon; the two ends of one movement; the name and the hash of one file.
type fact struct {
	of       factKind
	from, to string // hosts of a movement
	value    Value  // of an indicator: the least of those that say the same
}

type factKind uint8

const (
	factLogon factKind = iota
	factMovement
	factValue
	factChange
)

// joiner finds the edges of a case.
type joiner struct {
	c        *Case
	findings []*Finding // not suppressed, by time and id
	edges    []edge     // strong ones
	weak     []group    // what joins only together with something else
	hubs     []report.Hub
	hosts    map[string][]place // events of each host, in order
	counting bool               // findings of rules that count take part
	known    *known
	moves    []Movement             // in order
	arrived  map[SessionKey][]int   // places in moves of logons that no host is known for, by session
	left     map[accountOn][]int    // indexes in moves of those to outside the evidence, by host and account
	sent     map[ProcessKey][]int   // likewise, by the process that asked for them and by its ancestors
	session  map[SessionKey]int     // places in moves of the logons that began sessions
	arrivals map[string][]*Movement // to each host, in order
	makers   map[*Event]*Movement   // as far as they were asked for
	skews    []skew
}

// group is a value that several findings share and that joins none of them by itself.
type group struct {
	kind   report.EdgeKind
	fact   fact
	what   string
	places []place
	gap    evtx.Filetime // how far apart two of them may be; 0 = any
}

func newJoiner(c *Case, counting bool) *joiner {
	j := &joiner{c: c, hosts: map[string][]place{}, arrived: map[SessionKey][]int{}, left: map[accountOn][]int{},
		sent: map[ProcessKey][]int{}, session: map[SessionKey]int{}, arrivals: map[string][]*Movement{},
		makers:   map[*Event]*Movement{},
		counting: counting, known: knownOf(c.Known)}
	j.takeMoves()
	j.skews = skewsOf(j.moves)
	bound := c.bound()
	for i := range c.Findings {
		f := &c.Findings[i]
		if f.Status == report.StatusSuppressed {
			continue
		}
		if len(c.Known) > 0 {
			own := *f
			own.Events = slices.Clone(f.Events)
			for k := range own.Events {
				j.known.apply(&own.Events[k])
			}
			f = &own
		}
		if bound[f.ID] {
			j.findings = append(j.findings, f)
		} else {
			j.findings = append(j.findings, j.parts(f)...)
		}
	}
	slices.SortFunc(j.findings, func(a, b *Finding) int {
		return cmp.Or(cmp.Compare(a.start(), b.start()), strings.Compare(a.ID, b.ID), comparePlaces(a, b))
	})
	for p := range j.places() {
		j.hosts[p.event.Host] = append(j.hosts[p.event.Host], p)
	}
	for _, places := range j.hosts {
		slices.SortFunc(places, place.compare)
	}
	return j
}

// places are the events of the findings that take part.
func (j *joiner) places() iter.Seq[place] {
	return func(yield func(place) bool) {
		for i, f := range j.findings {
			if f.Counted && !j.counting {
				continue
			}
			for k := range f.Events {
				if !yield(place{i, &f.Events[k]}) {
					return
				}
			}
		}
	}
}

func (f *Finding) start() evtx.Filetime {
	if len(f.Events) == 0 {
		return 0
	}
	return f.Events[0].At
}

func (f *Finding) end() evtx.Filetime {
	if len(f.Events) == 0 {
		return 0
	}
	return f.Events[len(f.Events)-1].At
}

// all finds all edges and all hubs.
func (j *joiner) all() {
	j.same()
	j.lineage()
	j.artefacts()
	j.clears()
	j.accountsMade()
	j.tickets()
	j.sessions()
	j.remotely()
	j.movements()
	j.bursts()
	j.indicators()
	j.accounts()
}

// bucketsOf gathers the events of all findings under the keys that a function returns for them; the keys are sorted.
func bucketsOf[K comparable](j *joiner, order func(a, b K) int, keys func(*Event, func(key K))) (names []K,

	of map[K][]place) {
	of = map[K][]place{}
	for p := range j.places() {
		keys(p.event, func(key K) {
			if of[key] == nil {
				names = append(names, key)
			}
			of[key] = append(of[key], p)
		})
	}
	slices.SortFunc(names, order)
	for _, places := range of {
		slices.SortFunc(places, place.compare)
	}
	return names, of
}

// chain joins each of some events to the one before it.
func (j *joiner) chain(kind report.EdgeKind, what string, places []place) {
	for i := 1; i < len(places); i++ {
		j.strong(kind, what, places[i-1], places[i])
	}
}

func (j *joiner) strong(kind report.EdgeKind, what string, from, to place) {
	if from.finding != to.finding {
		j.edges = append(j.edges, edge{EdgeKind: kind, strong: true, from: from, to: to, what: what})
	}
}

// same joins findings that share an event, a process or a script block.
func (j *joiner) same() {
	events, places := bucketsOf(j, EventKey.compare, func(e *Event, add func(EventKey)) { add(e.Key) })
	for _, k := range events {
		j.chain(report.EdgeEvent, "", places[k])
	}
	scripts, parts := bucketsOf(j, ScriptKey.compare, func(e *Event, add func(ScriptKey)) {
		if e.Script != (ScriptKey{}) {
			add(e.Script)
		}
	})
	for _, k := range scripts {
		j.chain(report.EdgeScript, "", parts[k])
	}
	processes, deeds := bucketsOf(j, ProcessKey.compare, func(e *Event, add func(ProcessKey)) {
		if e.Process != nil && !e.Process.Common {
			add(e.Process.Key)
		}
	})
	for _, k := range processes {
		j.chain(report.EdgeProcess, deeds[k][0].event.Process.Name, deeds[k])
	}
}

// lineage joins each event to those of the nearest ancestor of its process that a finding is about.
func (j *joiner) lineage() {
	owner := map[ProcessKey]place{}
	for _, places := range j.sortedHosts() {
		for _, p := range places {
			if q := p.event.Process; q != nil && !q.Common {
				if _, known := owner[q.Key]; !known {
					owner[q.Key] = p
				}
			}
		}
	}
	for _, places := range j.sortedHosts() {
		for _, p := range places {
			if p.event.Process == nil {
				continue
			}
			for _, key := range p.event.Process.Line {
				if above, known := owner[key]; known {
					if above.event.Process.Key != p.event.Process.Key && !j.serves(above.event, p.event) {
						j.strong(report.EdgeLineage, above.event.Process.Name, above, p)
					}
					break
				}
			}
		}
	}
}

// sortedHosts yields the events of each host, in the order of the hosts.
func (j *joiner) sortedHosts() [][]place {
	out := make([][]place, 0, len(j.hosts))
	for _, h := range sortedKeys(j.hosts) {
		out = append(out, j.hosts[h])
	}
	return out
}

// artefacts joins what was made to what used it afterwards on the same host: the use to the last making before it.
// Two makings belong together if less than an hour lies between them: every update of a program makes its file
// again.
func (j *joiner) artefacts() {
	type onHost struct {
		host string
		Artefact
	}
	order := func(a, b onHost) int {
		return cmp.Or(strings.Compare(a.host, b.host), a.compare(b.Artefact))
	}
	names, made := bucketsOf(j, order, func(e *Event, add func(onHost)) {
		for _, a := range e.Wrote {
			add(onHost{e.Host, a})
		}
	})
	_, used := bucketsOf(j, order, func(e *Event, add func(onHost)) {
		for _, a := range e.Used {
			add(onHost{e.Host, a})
		}
	})
	for _, n := range names {
		what := n.String()
		j.follow(made[n], n.Artefact, artefactGap, func(from, to place) {
			if from.finding != to.finding {
				j.edges = append(j.edges,
					edge{EdgeKind: report.EdgeArtefact, strong: true, from: from, to: to, what: what, both: true})
			}
		})
		for _, u := range used[n] {
			later := func(m place, t evtx.Filetime) int { return cmp.Compare(m.event.At, t) }
			if i, _ := slices.BinarySearchFunc(made[n], u.event.At+artefactSlack+1, later); i > 0 &&
				(n.Kind != ArtefactPipe || u.event.At != 0 &&
					u.event.At-min(made[n][i-1].event.At, u.event.At) <= artefactSlack) {
				j.strong(report.EdgeArtefact, what, made[n][i-1], u)
			}
		}
	}
}

// clears joins the clearings of several logs of a host by one account within minutes: the record of the Security log
// names a session, that of another log does not.
func (j *joiner) clears() {
	names, of := bucketsOf(j, accountOn.compare, func(e *Event, add func(accountOn)) {
		if e.Cleared && e.Account.moves() {
			add(accountOn{e.Host, e.Account.Key})
		}
	})
	for _, n := range names {
		for i, to := range of[n] {
			if i > 0 && of[n][i-1].event.At != 0 && to.event.At-of[n][i-1].event.At <= clearGap {
				what := to.event.Account.Name + " on " + n.host + ", and cleared logs within five minutes"
				j.strong(report.EdgeAccount, what, of[n][i-1], to)
			}
		}
	}
}

// sessions joins the findings of one logon session.
func (j *joiner) sessions() {
	names, of := bucketsOf(j, SessionKey.compare, func(e *Event, add func(SessionKey)) {
		if e.Session != nil {
			add(e.Session.Key)
		}
	})
	for _, n := range names {
		e := of[n][0].event
		s, what := e.Session, "session "+e.Session.LogonID+" on "+e.Host
		switch {
		case s.Programs > hubPrograms:
			j.hub(what, "it started "+report.Thousands(s.Programs)+" distinct programs", of[n])
		case s.Personal || s.Brief:
			j.chain(report.EdgeSession, what, of[n])
		default:
			j.weak = append(j.weak, group{report.EdgeSession, fact{of: factLogon}, what, of[n], 0})
		}
	}
}

// bursts joins the same remote command, service or task on several hosts.
func (j *joiner) bursts() {
	names, of := bucketsOf(j, Artefact.compare, func(e *Event, add func(Artefact)) {
		if e.Burst.Name != "" {
			add(e.Burst)
		}
	})
	for _, n := range names {
		places := of[n]
		if j.known.burst(n) {
			j.hub(n.String(), "the case file says that it is "+decision.Deployment.Words(), places)
			continue
		}
		j.follow(places, n, burstGap, func(from, to place) {
			if from.event.Host != to.event.Host {
				j.strong(report.EdgeBurst, n.String(), from, to)
			}
		})
	}
}
