package host

import (
	"fmt"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/ecs/scalar"
	"hunt/timeline/ledger"
)

// Time decides which process a process id means, and only within limits, because Windows reuses ids. Whatever is said
// about a process because of an id is inference, and says what it rests on.

// ParentLink says how the parent of a process is known.
type ParentLink uint8

// The links, from weakest to strongest.
const (
	ParentUnknown  ParentLink = iota
	ParentByPID               // inferred: the only process with that id that can have run then
	ParentNamedPID            // the record names the parent's program and id, and the one start that fits was found
	ParentNamed               // the record names the parent, whose own start is not in the logs
	ParentByGUID              // Sysmon's ProcessGuid: proof
)

// ByPID reports whether the link rests on a process id and the time.
func (l ParentLink) ByPID() bool { return l == ParentByPID || l == ParentNamedPID }

// String names the link as the JSON report does.
func (l ParentLink) String() string {
	switch l {
	case ParentByPID:
		return "pid and time"
	case ParentNamedPID:
		return "name, pid and time"
	case ParentNamed:
		return "named by the record"
	case ParentByGUID:
		return "ProcessGuid"
	}
	return ""
}

// LinkReason says what a link by process id rests on, or why there is no link.
type LinkReason struct {
	lack    lack
	fit     accountFit
	missing uint64 // record ids between the two starts
	noEnds  bool   // ends of processes are not logged
	noBoot  bool   // no start of the system is logged at all
}

// lack says why a process id leads to no process.
type lack uint8

const (
	lackNone    lack = iota
	lackStart        // no start with that id is logged
	lackEnded        // the last process with that id had ended
	lackBoot         // the system has started since
	lackCleared      // the log was cleared since
	lackStopped      // the log service was stopped since
	lackAudit        // process starts or ends were no longer audited
	lackMissing      // records are missing in between
	lackSilence      // the log was silent for long in between
	lackAge          // too long ago, as ends are not logged
	lackClock        // the clock was set back, and it is unknown what came first
	lackProgram      // another program had that id
	lackLoop         // the record names a process as its parent that descends from it
	lackAccount      // the record is of another account or session than the process
)

func (l lack) text() string {
	switch l {
	case lackStart:
		return "no start of a process with that id is logged before"
	case lackEnded:
		return "the last process with that id had ended"
	case lackBoot:
		return "the system was started again after the last process with that id started"
	case lackCleared:
		return "the log was cleared since the last process with that id started"
	case lackStopped:
		return "the log service was stopped since the last process with that id started"
	case lackAudit:
		return "the auditing of processes was switched off since the last process with that id started"
	case lackMissing:
		return "records are missing since the last process with that id started, and they may have shown another one"
	case lackSilence:
		return "the log was silent for hours since the last process with that id started, while others went on"
	case lackAge:
		return "the last process with that id started more than " + evtx.SpanText(maxUnendedAge) +
			" before, and ends of processes are not logged"
	case lackClock:
		return "the clock was set back in between"
	case lackProgram:
		return "the last process with that id was another program"
	case lackLoop:
		return "its record names itself, or a process that descends from it, as its parent, so no parent is shown"
	case lackAccount:
		return "the last process with that id ran in another session, and no record says why"
	}
	return ""
}

// accountFit says how the account and session of a start agree with those of its parent.
type accountFit uint8

const (
	fitNone    accountFit = iota // neither tells
	fitSession                   // the same logon session
	fitLinked                    // UAC's pair of sessions
	fitAccount                   // the same account in another session
	// SYSTEM or a service started it on behalf of the account of its parent: UAC, runas, a service, a task
	fitSystem
	fitRunAs   // the parent's account used the credentials of the other account right before
	fitUnowned // the parent's record says only who started it, not whose it is
	fitOther   // another account
)

func (f accountFit) text() string {
	switch f {
	case fitSession:
		return "same session"
	case fitLinked:
		return "the other session of UAC's pair"
	case fitAccount:
		return "same account, another session"
	case fitSystem:
		return "a service started it on behalf of that account (UAC, runas or a task)"
	case fitRunAs:
		return "the account of the parent used the credentials of the other one right before"
	case fitUnowned:
		return "whose session the parent ran in is not logged"
	case fitOther:
		return "another account"
	}
	return "no account logged"
}

const (
	// maxUnendedAge is the age up to which a process may be found by its id alone if ends of processes are not logged.
	maxUnendedAge = ledger.TicksPerDay
	// maxBrokenAge is the age up to which a process may be found if the child's record names its id and program, and
	// records are missing since.
	maxBrokenAge = 10 * 60 * evtx.TicksPerSecond
)

// Basis says what the parent of p rests on, or why none is known: "pid 532, started 3 s before, same boot, same
// session". It is "" if there is nothing to say: the parent is proved, or p has none.
func (p *Process) Basis() string {
	switch {
	case p.Link == ParentNamed:
		return "named by the record of the child; its own start is not in the logs"
	case p.Link == ParentUnknown && p.Why.lack == lackLoop: // it may well be in the logs
		return lackLoop.text()
	case p.Link == ParentUnknown && p.Why.lack != lackNone:
		return fmt.Sprintf("parent not in the logs (pid %d): %s", p.ParentPID, p.Why.lack.text())
	case !p.Link.ByPID() || p.Parent == nil:
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "pid %d", p.ParentPID)
	if p.Link == ParentNamedPID {
		b.WriteString(" and the name in the record")
	}
	if p.began.stretch != p.Parent.began.stretch {
		b.WriteString(", started before the clock was set back")
	} else {
		fmt.Fprintf(&b, ", started %s before", evtx.SpanText(ledger.Distance(p.Start, p.Parent.Start)))
	}
	if p.Why.noBoot {
		b.WriteString(", no start of the system logged in between, ")
	} else {
		b.WriteString(", same boot, ")
	}
	b.WriteString(p.Why.fit.text())
	if p.Why.noEnds {
		b.WriteString("; ends of processes are not logged")
	}
	if p.Why.missing > 0 {
		fmt.Fprintf(&b, "; %s in between",
			ledger.Count(int(min(p.Why.missing, 1<<31)), "record is missing", "records are missing"))
	}
	return b.String()
}

// holder returns the newest process with that pid that had started by then in the same run of the system and had not
// ended.
func (t *table) holder(pid int64, at moment) *Process {
	p, lack := t.lastWith(pid, at)
	if lack != lackNone {
		return nil
	}
	return p
}

// lastWith returns the newest process with that pid that had started by then, and what contradicts its still running.
func (t *table) lastWith(pid int64, at moment) (*Process, lack) {
	ps := t.byPID[pid]
	i, _ := slices.BinarySearchFunc(ps, moment{at.stretch, at.at + 1}, func(p *Process, m moment) int {
		return p.began.compare(m)
	})
	if i == 0 {
		return nil, lackStart
	}
	p := ps[i-1]
	switch {
	case p.ended != moment{} && p.ended.compare(at) < 0:
		return p, lackEnded
	case p.unsure:
		return p, lackClock
	case t.bounds.between(p.began, at, "", boundaryBoot) != nil:
		return p, lackBoot
	}
	return p, lackNone
}

// seen checks whether the logs would have shown another process with the id of p up to a record. named says that the
// record also names the program of p: then a short gap is excused. to is the record, in channel.
func (t *table) seen(p *Process, to evtx.Ref, channel string, at moment, named bool) (why LinkReason) {
	log := p.log
	from := p.Ref
	if twin, ok := t.twins[p.Ref]; ok && log != channel {
		from, log = twin, channel
	}
	u := t.unbroken[log]
	if u == nil {
		why.lack = lackMissing
		return why
	}
	why.noEnds, why.noBoot = !u.ends, len(t.boots) == 0
	age := at.at - p.began.at
	if at.stretch != p.began.stretch || at.at < p.began.at {
		age = 0
		if log != channel {
			why.lack = lackClock
			return why
		}
	}
	excused := named && age <= maxBrokenAge && at.stretch == p.began.stretch
	if b := t.bounds.between(p.began, at, log, boundaryCleared, boundaryStopped, boundaryAudit); b != nil && !excused {
		why.lack = map[boundaryKind]lack{boundaryCleared: lackCleared, boundaryStopped: lackStopped,
			boundaryAudit: lackAudit}[b.kind]
		return why
	}
	if log != channel { // the last record of that log up to the time of the other one
		to = t.lastRecord(log, from, at)
	}
	missing, ok := u.missing(from, to)
	why.missing = missing
	switch {
	case !excused && (!ok || missing > 0):
		why.lack = lackMissing
	case u.silent(p.began.at, at.at):
		why.lack = lackSilence
	case !u.ends && age > maxUnendedAge && !named:
		why.lack = lackAge
	}
	return why
}

// lastRecord returns the last record of a log up to a time, in the file that holds another record of it.
func (t *table) lastRecord(channel string, of evtx.Ref, at moment) evtx.Ref {
	out := of
	l := t.clock.logs[ledger.Log{File: of.File, Channel: channel}]
	if l == nil {
		return out
	}
	i, _ := slices.BinarySearchFunc(l.spans, at.at, func(s *ledger.Chunk, at evtx.Filetime) int {
		if s.First <= at {
			return -1
		}
		return 1
	})
	if i > 0 {
		out.EventRecordID = max(out.EventRecordID, l.spans[i-1].MaxID)
	}
	return out
}

// running finds the process with that pid that ran when e was written. program is the one that e names, "" if it names
// none.
func (t *table) running(pid int64, program string, e *ecs.Event, at evtx.Filetime) *Process {
	when, unsure := t.whenOf(e, at)
	p, lack := t.lastWith(pid, when)
	if lack != lackNone || unsure || !sameProgram(p.Executable, program) {
		return nil
	}
	if t.seen(p, e.Record.Ref, e.Class.Channel, when, program != "").lack != lackNone {
		return nil
	}
	return p
}

// actor returns the process that acted in e, found by pid and time. The pid can be that of a later process whose start
// was not logged, so a program that e names must be the one that was started.
func (t *table) actor(e *ecs.Event, at evtx.Filetime) *Process {
	vs := e.Values(ecs.ProcessPID, nil)
	if len(vs) == 0 || vs[0].Kind != scalar.KindInt {
		return nil
	}
	pid, program := vs[0].Num, ""
	if vs = e.Values(ecs.ProcessExecutable, vs[:0]); len(vs) > 0 && vs[0].Kind == scalar.KindString {
		program = vs[0].Str
	}
	return t.running(pid, program, e, at)
}

// findParent links p to its parent: by ProcessGuid, or else by pid and time, or else to an inferred process if the
// record names one.
func (t *table) findParent(p *Process, s *ledger.Start) {
	switch {
	case s.ParentGUID != "":
		if q := t.byGUID[s.ParentGUID]; q != nil {
			t.adopt(q, p, ParentByGUID)
			return
		}
		p.Why.lack = lackStart
	case s.PPID != 0:
		q, why := t.parentByPID(p, s)
		if p.Why = why; q != nil {
			link := ParentByPID
			if s.ParentExe != "" {
				link = ParentNamedPID
			}
			t.adopt(q, p, link)
			return
		}
	}
	if s.ParentExe == "" && s.ParentGUID == "" {
		return
	}
	id := s.ParentGUID
	if id == "" { // within one run of the system, and as long as no other process is known to have that id
		since := t.boot(when(&s.Fact)).at
		if q, _ := t.lastWith(s.PPID, when(&s.Fact)); q != nil {
			since = max(since, q.Start)
		}
		id = "inferred " + derivedEntityID(t.host, s.PPID, since) + strings.ToLower(s.ParentExe)
	}
	q := t.byGUID[id]
	if q == nil {
		q = &Process{PID: s.PPID, EntityID: id, Executable: s.ParentExe, CommandLine: s.ParentLine, Inferred: true,
			aside: s.Aside}
		t.byGUID[id] = q
		t.add(q)
	}
	t.adopt(q, p, ParentNamed)
}

// parentByPID finds the one process that can have had the id of p's parent.
func (t *table) parentByPID(p *Process, s *ledger.Start) (*Process, LinkReason) {
	q, lack := t.lastWith(s.PPID, when(&s.Fact))
	switch {
	case lack != lackNone:
		return nil, LinkReason{lack: lack}
	case s.Unsure:
		return nil, LinkReason{lack: lackClock}
	case q == p:
		return nil, LinkReason{lack: lackStart}
	case s.ParentExe != "" && !strings.EqualFold(q.Executable, s.ParentExe):
		return nil, LinkReason{lack: lackProgram}
	}
	why := t.seen(q, s.Ref, s.Channel, when(&s.Fact), s.ParentExe != "")
	why.fit = t.fits(q, s)
	if why.lack == lackNone && why.fit == fitOther && s.ParentExe == "" {
		why.lack = lackAccount
	}
	if why.lack != lackNone {
		return nil, why
	}
	return q, why
}

// fits compares the account and session that started a process with those of the process that has its parent's id.
func (t *table) fits(q *Process, s *ledger.Start) accountFit {
	id, user := s.CreatorID, s.Creator
	if s.Sysmon {
		id, user = s.LogonID, s.User
	}
	same := func(a, b string) bool { return a != "" && strings.EqualFold(a, b) }
	switch {
	case id == "" && user == "", q.LogonID == "" && q.User == "":
		return fitNone
	case same(id, q.LogonID):
		return fitSession
	case t.linked(id, q.LogonID, when(&s.Fact)):
		return fitLinked
	case same(user, q.User):
		return fitAccount
	case systemSessions[id] &&
		(same(s.User, q.User) || same(s.LogonID, q.LogonID) || t.linked(s.LogonID, q.LogonID, when(&s.Fact))):
		return fitSystem
	case t.ranAs(q.User, s):
		return fitRunAs
	case !q.owned:
		return fitUnowned
	}
	return fitOther
}

// runAsWithin is how long before the start of a process the use of its credentials is looked for.
const runAsWithin = 30 * evtx.TicksPerSecond

// runAs is who used whose credentials, in the form in which names are compared.
type runAs struct{ by, user string }

// ranAs reports whether an account used the credentials under which a process runs right before it was started: runas.
func (t *table) ranAs(by string, s *ledger.Start) bool {
	if t.runAs == nil {
		t.runAs = map[runAs][]moment{}
		for l := range t.logons.All() {
			if l.Role == ecs.RoleExplicitCredentials && l.Subject != "" && l.User != "" {
				k := runAs{strings.ToLower(l.Subject), strings.ToLower(l.User)}
				t.runAs[k] = append(t.runAs[k], when(&l.Fact))
			}
		}
	}
	used := t.runAs[runAs{strings.ToLower(by), strings.ToLower(s.User)}]
	i, _ := slices.BinarySearchFunc(used, moment{s.Stretch, s.At + 1}, moment.compare)
	return i > 0 && used[i-1].stretch == s.Stretch && s.At-used[i-1].at <= runAsWithin
}

// linked reports whether two logon ids are UAC's pair of sessions of one user.
func (t *table) linked(a, b string, at moment) bool {
	x, y := t.sessionAt(a, at), t.sessionAt(b, at)
	return x != nil && x.Linked != "" && x.Linked == b || y != nil && y.Linked != "" && y.Linked == a
}
