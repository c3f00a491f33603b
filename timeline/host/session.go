package host

import (
	"iter"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/ledger"
)

// Session is a logon session of a host, from Security 4624 and its ends.
type Session struct {
	LogonID     string // 0x3e7
	User, SID   string
	Type        LogonType
	SourceIP    string
	Workstation string // the name that the client gave for itself; "" of logons that name the machine itself there
	Start, End  evtx.Filetime
	Ref         evtx.Ref
	Linked      string // logon id of the other session of UAC's pair, "" if there is none or its record does not tell

	began moment
}

// LogonAttempt is one logon, failed logon or use of explicit credentials, for the accounts and the edges between hosts.
type LogonAttempt struct {
	At                            evtx.Filetime
	Role                          ecs.Role // as in ledger.Logon
	User, SID                     string
	Type                          LogonType
	SourceIP, Workstation, Server string // Workstation as in Session
	Subject, SubjectSID           string // who used the credentials, or logged the other on
	LogonID                       string
	Program                       string // which used the explicit credentials
	PID                           int64
	Ref                           evtx.Ref
}

// UserOf returns the process that used explicit credentials, nil if the logs do not say, or if the host's clock was set
// back.
func (h *Host) UserOf(l *LogonAttempt) *Process {
	t := h.past()
	if l.PID == 0 || h.clock != nil {
		return nil
	}
	when := moment{0, l.At}
	p, lack := t.lastWith(l.PID, when)
	if lack != lackNone || !sameProgram(p.Executable, l.Program) ||
		t.seen(p, l.Ref, "Security", when, l.Program != "").lack != lackNone {
		return nil
	}
	return p
}

// Sessions returns the host's logon sessions, by start.
func (h *Host) Sessions() []*Session { return h.past().sessions }

// Logons yields the host's logon events in order of time.
func (h *Host) Logons() iter.Seq[LogonAttempt] {
	return func(yield func(LogonAttempt) bool) {
		for l := range h.past().logons.All() {
			a := LogonAttempt{At: l.At, Role: l.Role, User: l.User, SID: l.SID, Type: LogonType(l.Kind), SourceIP: l.IP,
				Server: l.Target, Ref: l.Ref,
				Subject: l.Subject, SubjectSID: l.SubjSID, LogonID: l.ID, Program: l.Program, PID: l.PID}
			if LogonType(l.Kind).ClaimsWorkstation() {
				a.Workstation = l.Workstation
			}
			if !yield(a) {
				return
			}
		}
	}
}

// wellKnown lists the accounts that every Windows has, under their English names; localised names are resolved
// through logons.
var wellKnown = map[string]string{
	`nt authority\system`:          "S-1-5-18",
	`nt authority\local service`:   "S-1-5-19",
	`nt authority\network service`: "S-1-5-20",
	`nt authority\anonymous logon`: "S-1-5-7",
}

func (t *table) buildSessions(starts []*ledger.Start) {
	t.byID, t.sids = map[string][]*Session{}, map[string]string{}
	for l := range t.logons.All() {
		t.learnSID(l.User, l.SID)
		t.learnSID(l.Subject, l.SubjSID)
		switch l.Role {
		case ecs.RoleLogon:
			s := &Session{LogonID: l.ID, User: l.User, SID: l.SID, Type: LogonType(l.Kind), SourceIP: l.IP, Start: l.At,
				Ref: l.Ref, Linked: l.Linked,
				began: when(&l.Fact)}
			if LogonType(l.Kind).ClaimsWorkstation() {
				s.Workstation = l.Workstation
			}
			t.sessions = append(t.sessions, s)
			if !l.Unsure {
				t.byID[l.ID] = append(t.byID[l.ID], s)
			}
		case ecs.RoleLogoff:
			if s := t.sessionAt(l.ID, when(&l.Fact)); s != nil && s.End == 0 && !l.Unsure {
				s.End = l.At
			}
		}
	}
	for _, s := range starts {
		if !s.Sysmon {
			t.learnSID(s.User, s.SID)
		}
	}
}

// learnSID notes which SID a user name has on this host; a name with two SIDs gives none.
func (t *table) learnSID(user, sid string) {
	if user == "" || !strings.HasPrefix(sid, "S-1-") || sid == "S-1-0-0" {
		return
	}
	k := strings.ToLower(user)
	if old, ok := t.sids[k]; ok && old != sid {
		sid = ""
	}
	t.sids[k] = sid
}

// sidOf resolves a user's SID: by the logon session, then by the name.
func (t *table) sidOf(user, logonID string, at moment) string {
	if s := t.sessionAt(logonID, at); s != nil && s.SID != "" && (user == "" || strings.EqualFold(s.User, user)) {
		return s.SID
	}
	k := strings.ToLower(user)
	if sid := t.sids[k]; sid != "" {
		return sid
	}
	return wellKnown[k]
}

// systemSessions are the logon ids that every Windows gives to SYSTEM, NETWORK SERVICE, LOCAL SERVICE and anonymous
// logons at each start: they do not show what belongs together.
var systemSessions = map[string]bool{"0x3e7": true, "0x3e4": true, "0x3e5": true, "0x3e6": true, "0x0": true, "": true}

// SessionOf returns the session with that logon id that had begun when e was written, nil if the logs do not say. A
// logon id is valid within one run of the system, and one from before the Security log was cleared is not taken for the
// same; the ids of the system itself belong to no session. A session's own first processes may be logged up to a second
// before its 4624.
func (h *Host) SessionOf(logonID string, e *ecs.Event, at evtx.Filetime) *Session {
	t := h.past()
	when, unsure := t.whenOf(e, at)
	if unsure {
		return nil
	}
	return t.sessionAt(logonID, when)
}

func (t *table) sessionAt(logonID string, at moment) *Session {
	ss := t.byID[logonID]
	if systemSessions[logonID] || len(ss) == 0 {
		return nil
	}
	for _, s := range slices.Backward(ss) {
		if s.began.compare(moment{at.stretch, at.at + evtx.TicksPerSecond}) <= 0 {
			if t.bounds.between(s.began, at, "Security", boundaryBoot, boundaryCleared) != nil {
				return nil
			}
			return s
		}
	}
	return nil
}

// whenOf returns the moment of an event; unsure is true if it is unknown on which side of a change of the clock it
// lies.
func (t *table) whenOf(e *ecs.Event, at evtx.Filetime) (m moment, unsure bool) {
	n, unsure := t.clock.stretchOf(e, at)
	return moment{n, at}, unsure
}

// BootOf says in which run of the system e was written: n counts the starts before it that records report or logon ids
// show, and next is when the system started again, 0 if it did not. unsure is true if the clock was set back and this
// cannot be known.
func (h *Host) BootOf(e *ecs.Event, at evtx.Filetime) (n int, next evtx.Filetime, unsure bool) {
	t := h.past()
	m, unsure := t.whenOf(e, at)
	boots := t.bounds[boundaryKey{kind: boundaryBoot}]
	n, _ = slices.BinarySearchFunc(boots, m, func(b boundary, m moment) int {
		if b.to.compare(m) <= 0 {
			return -1
		}
		return 1
	})
	if n < len(boots) {
		next = boots[n].to.at
	}
	return n, next, unsure
}

// SystemLogonID reports whether a logon id is one that every Windows gives to its own accounts at each start, and so
// belongs to no session.
func SystemLogonID(id string) bool { return systemSessions[id] }
