package timeline

import (
	"slices"
	"strings"

	"hunt/evtx"
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
	Code                          uint32 // 4624, 4625, 4648, 4672 …
	User, SID, Type               string
	SourceIP, Workstation, Server string
	Ref                           evtx.Ref
}

// Logons yields the host's logon events in order of time.
func (h *Host) Logons() []LogonAttempt {
	out := make([]LogonAttempt, 0, len(h.logons))
	for _, l := range h.logons {
		out = append(out, LogonAttempt{At: l.at, Code: l.code, User: l.user, SID: l.sid, Type: l.kind, SourceIP: l.ip,
			Workstation: l.workstation, Server: l.target, Ref: l.ref})
	}
	return out
}

// wellKnown are the accounts that every Windows has, under their English names; localised ones resolve through logons.
var wellKnown = map[string]string{
	`nt authority\system`:          "S-1-5-18",
	`nt authority\local service`:   "S-1-5-19",
	`nt authority\network service`: "S-1-5-20",
	`nt authority\anonymous logon`: "S-1-5-7",
}

func (h *Host) buildSessions() {
	h.byID, h.sids = map[string][]*Session{}, map[string]string{}
	for _, l := range h.logons {
		h.learnSID(l.user, l.sid)
		h.learnSID(l.subject, l.subjSID)
		switch l.code {
		case 4624:
			s := &Session{LogonID: l.id, User: l.user, SID: l.sid, Type: l.kind, SourceIP: l.ip, Workstation: l.workstation, Start: l.at, Ref: l.ref}
			h.Sessions = append(h.Sessions, s)
			h.byID[l.id] = append(h.byID[l.id], s)
		case 4634, 4647:
			if s := h.SessionAt(l.id, l.at); s != nil && s.End == 0 {
				s.End = l.at
			}
		}
	}
	for i := range h.starts {
		if s := h.starts[i]; !s.sysmon {
			h.learnSID(s.user, s.sid)
		}
	}
}

// learnSID remembers which SID a user name has on this host; a name with two SIDs is nobody's.
func (h *Host) learnSID(user, sid string) {
	if user == "" || !strings.HasPrefix(sid, "S-1-") || sid == "S-1-0-0" {
		return
	}
	k := strings.ToLower(user)
	if old, ok := h.sids[k]; ok && old != sid {
		sid = ""
	}
	h.sids[k] = sid
}

// sidOf resolves a user's SID: by the logon session, then by the name.
func (h *Host) sidOf(user, logonID string, at evtx.Filetime) string {
	if s := h.SessionAt(logonID, at); s != nil && s.SID != "" && (user == "" || strings.EqualFold(s.User, user)) {
		return s.SID
	}
	k := strings.ToLower(user)
	if sid := h.sids[k]; sid != "" {
		return sid
	}
	return wellKnown[k]
}

// SessionAt returns the session with that logon id that had begun by then, or nil. A session's own first
// processes can be logged shortly before its 4624; they are given the benefit of a second.
func (h *Host) SessionAt(logonID string, at evtx.Filetime) *Session {
	ss := h.byID[logonID]
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
