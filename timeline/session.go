package timeline

import (
	"iter"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/timeline/ecs"
)

// Session is a logon session of a host, from Security 4624 and its ends.
type Session struct {
	LogonID     string // 0x3e7
	User, SID   string
	Type        string // "Interactive", "RemoteInteractive" …
	SourceIP    string
	Workstation string
	Start, End  evtx.Filetime
	Ref         evtx.Ref
}

// LogonAttempt is one logon, failed logon or use of explicit credentials, for the accounts and the edges between hosts.
type LogonAttempt struct {
	At                            evtx.Filetime
	Role                          ecs.Role // logon, failed logon, explicit credentials or logoff
	User, SID, Type               string
	SourceIP, Workstation, Server string
	Ref                           evtx.Ref
}

// Sessions returns the host's logon sessions, by start.
func (h *Host) Sessions() []*Session { return h.past().sessions }

// Logons yields the host's logon events in order of time.
func (h *Host) Logons() iter.Seq[LogonAttempt] {
	return func(yield func(LogonAttempt) bool) {
		for _, l := range h.past().logons {
			if !yield(LogonAttempt{At: l.at, Role: l.role, User: l.user, SID: l.sid, Type: l.kind, SourceIP: l.ip,
				Workstation: l.workstation, Server: l.target, Ref: l.ref}) {
				return
			}
		}
	}
}

// wellKnown are the accounts that every Windows has, under their English names; localised ones resolve through logons.
var wellKnown = map[string]string{
	`nt authority\system`:          "S-1-5-18",
	`nt authority\local service`:   "S-1-5-19",
	`nt authority\network service`: "S-1-5-20",
	`nt authority\anonymous logon`: "S-1-5-7",
}

func (t *hostTable) buildSessions(starts []*procStart) {
	t.byID, t.sids = map[string][]*Session{}, map[string]string{}
	for _, l := range t.logons {
		t.learnSID(l.user, l.sid)
		t.learnSID(l.subject, l.subjSID)
		switch l.role {
		case ecs.RoleLogon:
			s := &Session{LogonID: l.id, User: l.user, SID: l.sid, Type: l.kind, SourceIP: l.ip, Workstation: l.workstation, Start: l.at, Ref: l.ref}
			t.sessions = append(t.sessions, s)
			t.byID[l.id] = append(t.byID[l.id], s)
		case ecs.RoleLogoff:
			if s := t.sessionAt(l.id, l.at); s != nil && s.End == 0 {
				s.End = l.at
			}
		}
	}
	for _, s := range starts {
		if !s.sysmon {
			t.learnSID(s.user, s.sid)
		}
	}
}

// learnSID remembers which SID a user name has on this host; a name with two SIDs is nobody's.
func (t *hostTable) learnSID(user, sid string) {
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
func (t *hostTable) sidOf(user, logonID string, at evtx.Filetime) string {
	if s := t.sessionAt(logonID, at); s != nil && s.SID != "" && (user == "" || strings.EqualFold(s.User, user)) {
		return s.SID
	}
	k := strings.ToLower(user)
	if sid := t.sids[k]; sid != "" {
		return sid
	}
	return wellKnown[k]
}

// SessionAt returns the session with that logon id that had begun by then, or nil. A session's own first
// processes can be logged shortly before its 4624; they are given the benefit of a second.
func (h *Host) SessionAt(logonID string, at evtx.Filetime) *Session {
	return h.past().sessionAt(logonID, at)
}

func (t *hostTable) sessionAt(logonID string, at evtx.Filetime) *Session {
	ss := t.byID[logonID]
	if logonID == "" || len(ss) == 0 {
		return nil
	}
	for _, s := range slices.Backward(ss) {
		if s.Start <= at+evtx.TicksPerSecond {
			return s
		}
	}
	return nil
}
