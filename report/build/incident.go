package build

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"hunt/evtx"
	"hunt/limit"
	"hunt/report"
	"hunt/report/artefact"
	"hunt/report/identity"
	"hunt/report/incident"
	"hunt/report/movement"
	"hunt/report/payload"
	"hunt/report/record"
	"hunt/report/title"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

// incidents joins the findings into incidents.
func (b *builder) incidents(ctx context.Context) (*incident.Result, error) {
	c := &incident.Case{}
	if err := b.further(ctx); err != nil {
		return nil, err
	}
	c.Movements = b.movements()
	for i := range b.found {
		c.Findings = append(c.Findings, b.joinable(i))
	}
	if err := b.joinableHosts(ctx, c); err != nil {
		return nil, err
	}
	c.Spread = b.spread(c.Findings)
	c.Domain = b.domain()
	c.Decisions, c.Known = b.o.Case.Decisions, b.o.Case.Known
	b.raise(c)
	res := incident.Join(c)
	of := map[string]string{}
	for i := range res.Incidents {
		for _, f := range res.Incidents[i].Findings {
			of[f] = res.Incidents[i].ID
		}
	}
	for i := range b.found {
		f := &b.found[i]
		f.Incident = of[f.ID]
		if part := res.Parts[f.ID]; part != "" { // what the others did is told with another incident
			f.Title = report.Ellipsis(fmt.Sprintf("%s (one of %s events; others belong to another incident)", part,
				report.Thousands(f.Count)), title.Max)
		}
	}
	b.limits = append(b.limits, res.Unheeded...)
	return res, nil
}

// raise makes findings more severe because of what their processes did next, with the reason, wherever their severity
// is stored.
func (b *builder) raise(c *incident.Case) {
	raised := incident.Raise(c)
	if len(raised) == 0 {
		return
	}
	for i := range b.found {
		f := &b.found[i]
		r, ok := raised[f.ID]
		if !ok {
			continue
		}
		f.Rule.Severity, c.Findings[i].Severity = r.Severity, r.Severity
		f.Reasons = append(f.Reasons, r.Reason)
		if s := b.res.Findings[i].Rule.Severity + 1; s > b.severity[f.Host] {
			b.severity[f.Host] = s
		}
	}
	for i := range b.rows {
		for _, id := range b.rows[i].Findings {
			if r, ok := raised[id]; ok && r.Severity.Rank() < b.rows[i].Severity.Rank() {
				b.rows[i].Severity = r.Severity
			}
		}
	}
}

// joinable returns a finding with what can join it to others.
func (b *builder) joinable(i int) incident.Finding {
	f, chain := &b.found[i], b.chains[i]
	out := incident.Finding{ID: f.ID, Rule: f.Rule.ID, RuleName: f.Rule.Name,
		Means: f.What, Severity: f.Rule.Severity, Confidence: f.Confidence,
		Why: slices.Clip(f.Reasons), Status: f.Status,
		Title: cmp.Or(b.titles[f.ID].Text, f.Title), Act: incident.Act(b.titles[f.ID].Act),
		Techniques: f.Techniques, Steps: f.Steps(),
		Linked:  f.Verdict == report.VerdictChain,
		Counted: b.res.Findings[i].Counted != nil, Run: b.res.Findings[i].Run()}
	for _, e := range chain {
		if out.Source == "" {
			out.Source = cmp.Or(e.Class.Source.String(), e.Class.Provider)
		}
		if j := b.joins[e]; j != nil {
			out.Events = append(out.Events, *j)
		}
	}
	for _, e := range b.res.Findings[i].Further {
		if j := b.joins[e]; j != nil {
			out.Events = append(out.Events, *j)
		}
	}
	slices.SortStableFunc(out.Events, func(a, c incident.Event) int { return cmp.Compare(a.At, c.At) })
	return out
}

// joint returns what can join an event of a finding to others, as far as the tables of its host show: it is called
// while they are in memory.
func (b *builder) joint(e *timeline.Event, programs *sessionPrograms) *incident.Event {
	ref := b.ref(e.Ref)
	out := &incident.Event{ID: ref.EventID(), Host: e.Host.ID, At: e.At,
		Key: incident.EventKey{Host: e.Host.ID, Channel: e.Class.Channel, RecordID: e.Ref.EventRecordID,
			Written: e.Record.TimeCreated()}}
	accountsIn(e, out)
	if e.Class.Role == ecs.RoleServiceTicket && record.Text(e, ecs.EventOutcome) != "failure" {
		service, _ := e.Record.Data("ServiceName")
		out.Ticket = incident.Ticket{Service: service.Text(), Address: record.Text(e, ecs.SourceIP)}
	}
	told := title.Of([]*timeline.Event{e})
	out.Title, out.Act = told.Text, incident.Act(told.Act)
	p := b.processOf(e)
	if p != nil {
		out.Process = joinableProcess(e.Host, p)
		if acting := actorOf(e, p); acting != nil && !isCommon(acting) {
			out.Actor = processKey(e.Host, acting)
		}
	}
	id := record.Text(e, ecs.WinlogLogonID)
	out.LogonID = id
	if p != nil && p.LogonID != "" {
		id = p.LogonID
	}
	out.Session = programs.session(id, e)
	out.Account = accountOf(e, p)
	out.Refused = record.Text(e, ecs.EventOutcome) == "failure" &&
		slices.Contains(record.Texts(e, ecs.EventCategory), "authentication")
	if s := payload.ScriptOf(e); s.Block != "" {
		out.Script = incident.ScriptKey{Host: e.Host.ID, Block: s.Block}
	}
	things := artefact.Of(e, p)
	if things.Cut {
		b.cs.Limits.Bite(boundPaths, limit.At(e.Ref.File, e.Ref.Offset))
	}
	out.Cleared = e.Class.Role == ecs.RoleSecurityLogCleared || e.Class.Role == ecs.RoleLogCleared
	out.Wrote, out.Used, out.Burst = things.Wrote, things.Used, things.Burst
	out.Remote = e.Class.Role == ecs.RoleServiceInstalled ||
		e.Class.Role == ecs.RoleFileCreated && (strings.EqualFold(record.Text(e, ecs.ProcessName), "System") ||
			strings.EqualFold(record.Text(e, ecs.ProcessExecutable), "System"))
	return out
}

var boundPaths = limit.Bound{ID: "report-paths",
	Text: "the first 16 paths of files in a command line or value join findings to incidents"}

// accountsIn adds the accounts that an event shows as created, renamed or changed.
func accountsIn(e *timeline.Event, out *incident.Event) {
	domain := record.First(record.Texts(e, ecs.UserTargetDomain, ecs.WinlogComputerObjectDomain))
	sid := record.First(record.Texts(e, ecs.UserTargetID, ecs.WinlogComputerObjectID))
	names := record.Texts(e, ecs.UserTargetName, ecs.WinlogComputerObjectName)
	set := &out.Changed
	switch record.Text(e, ecs.EventAction) {
	case "added-user-account", "added-computer-account", "renamed-user-account":
		set = &out.Made
		names = append(names, record.Texts(e, ecs.UserChangesName)...)
	case "enabled-user-account", "reset-password", "modified-user-account", "changed-computer-account",
		"added-member-to-group":
	default:
		return
	}
	for _, name := range names {
		if domain != "" && !strings.Contains(name, `\`) {
			name = domain + `\` + name
		}
		*set = append(*set, identity.AccountOf(name, sid))
	}
}

// commonPrograms host the sessions, services and pages of everything on a machine: two events of one such process
// need not be related.
var commonPrograms = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(
		`explorer.exe services.exe svchost.exe wmiprvse.exe winlogon.exe wininit.exe userinit.exe
		lsass.exe csrss.exe smss.exe taskeng.exe taskhost.exe taskhostw.exe sihost.exe runtimebroker.exe dllhost.exe
		searchindexer.exe spoolsv.exe msmpeng.exe system registry gpscript.exe`) {
		set[w] = true
	}
	for _, list := range []string{"browsers", "mail", "chat"} { // those that the rules name
		for _, name := range pack.Lists()[list] {
			set[strings.ToLower(name)] = true
		}
	}
	return set
})

func isCommon(p *host.Process) bool { return commonPrograms()[strings.ToLower(p.Name())] }

// actorOf is the process that caused an event: of a start the one that started it, nil if it is not known.
func actorOf(e *timeline.Event, p *host.Process) *host.Process {
	if e.Class.ProcessStart {
		return p.Parent
	}
	return p
}

func processKey(h *host.Host, p *host.Process) incident.ProcessKey {
	return incident.ProcessKey{Host: h.ID, Entity: p.EntityID, PID: p.PID, Start: p.Start}
}

// joinableProcess is a process with its ancestors up to the first that joins nothing.
func joinableProcess(h *host.Host, p *host.Process) *incident.Process {
	out := &incident.Process{Key: processKey(h, p), Name: p.Name(), Common: isCommon(p),
		Endless: !p.Inferred && p.End == 0 && h.Ran(p, h.Last), Inferred: p.Inferred}
	if out.Common {
		return out
	}
	for q := p.Parent; q != nil && !isCommon(q) && len(out.Line) < maxLineageDepth; q = q.Parent {
		out.Line = append(out.Line, processKey(h, q))
	}
	return out
}

// briefSession is how long a network logon may last that is one piece of work.
const briefSession = 10 * 60 * evtx.TicksPerSecond

// sessionPrograms counts the programs that the sessions of one host started.
type sessionPrograms struct {
	host *host.Host
	by   map[string][]*host.Process // logon id -> processes, by start
}

func (s *sessionPrograms) of(h *host.Host) {
	if s.host == h {
		return
	}
	s.host, s.by = h, map[string][]*host.Process{}
	for _, p := range h.Processes() {
		if p.LogonID != "" && !p.Inferred {
			s.by[p.LogonID] = append(s.by[p.LogonID], p)
		}
	}
}

// session returns the logon session to which an event belongs, nil if the logs do not say or if it is one of the
// system's own.
func (s *sessionPrograms) session(logonID string, e *timeline.Event) *incident.Session {
	own := e.Host.SessionOf(logonID, e.Event, e.At)
	if own == nil {
		return nil
	}
	first := own
	if own.Linked != "" {
		if linked := e.Host.SessionOf(own.Linked, e.Event, e.At); linked != nil && linked.Ref.Compare(first.Ref) < 0 {
			first = linked
		}
	}
	s.of(e.Host)
	programs := map[string]bool{}
	for _, p := range s.by[own.LogonID] {
		if p.Start >= own.Start-evtx.TicksPerSecond && (own.End == 0 || p.Start <= own.End) {
			programs[strings.ToLower(p.Executable)] = true
		}
	}
	return &incident.Session{Key: movement.SessionKey(e.Host, first.LogonID, first.Start), LogonID: own.LogonID,
		Personal: own.Type.Personal(),
		Brief: own.Type == host.LogonNetwork &&
			(len(programs) > 0 || own.End != 0 && own.End-own.Start < briefSession),
		Programs: len(programs)}
}

// accountOf is the account that an event speaks of.
func accountOf(e *timeline.Event, p *host.Process) incident.Account {
	name, sid := record.User(e), record.Text(e, ecs.UserID)
	if p != nil {
		if name == "" {
			name = p.User
		}
		if sid == "" && strings.EqualFold(name, p.User) {
			sid = p.SID
		}
	}
	return identity.AccountOf(name, sid)
}

// joinableHosts adds the hosts that findings and movements name, and counts the others.
func (b *builder) joinableHosts(ctx context.Context, c *incident.Case) error {
	named := map[string]bool{}
	for i := range c.Findings {
		for k := range c.Findings[i].Events {
			named[c.Findings[i].Events[k].Host] = true
		}
	}
	for i := range c.Movements {
		named[c.Movements[i].From], named[c.Movements[i].To] = true, true
	}
	for _, h := range b.cs.Hosts.All {
		if err := ctx.Err(); err != nil {
			return err
		}
		host := b.joinableHost(h)
		if host.DomainController {
			b.dcs = append(b.dcs, h.ID)
		}
		if named[h.ID] {
			c.Hosts = append(c.Hosts, host)
		} else {
			c.HostsMore++
		}
	}
	return nil
}

// joinableHost returns what incidents need to know about a host.
func (b *builder) joinableHost(h *host.Host) incident.Host {
	out := incident.Host{ID: h.ID, First: h.First, Last: h.Last}
	starts := false
	for _, e := range h.Events {
		switch e.Kind().Meaning().Role {
		case ecs.RoleTicketRequested, ecs.RoleServiceTicket:
			out.DomainController = true
		case ecs.RoleProcessEnd:
			out.EndsLogged = true
		case ecs.RoleProcessStart:
			starts = true
		}
	}
	if !starts {
		out.Lacks = "process starts"
	}
	return out
}
