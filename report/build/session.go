package build

import (
	"hunt/report"
	"hunt/report/record"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

// logon finds the session in which the chain ran: that of the first event whose process or record names one.
// Sysmon names the session of each process, the Security log says how it began; the two are joined by host and
// logon id, wherever the files came from. If the logon itself was not logged, the result is what the process says
// about it, and says so.
func (b *builder) logon(chain []*timeline.Event) *report.Logon {
	var fallback *report.Logon
	for _, e := range chain {
		p := b.processOf(e)
		id := record.Text(e, ecs.WinlogLogonID)
		if p != nil && p.LogonID != "" {
			id = p.LogonID
		}
		if s := e.Session(id); s != nil {
			return &report.Logon{User: s.User, SID: s.SID, LogonID: s.LogonID, Type: string(s.Type),
				SourceIP: s.SourceIP,
				Source:   "Security 4624",
				Time:     report.TimeOf(s.Start), Ref: b.sessionRef(s, e)}
		}
		if fallback == nil && p != nil && p.LogonID != "" {
			source := "Sysmon 1"
			if !p.Sysmon {
				source = "Security 4688"
			}
			r := b.later(p.Ref, e)
			fallback = &report.Logon{User: p.User, SID: p.SID, LogonID: p.LogonID, Source: source +
				": the logon itself is not in the logs", Ref: r}
		}
	}
	return fallback
}

// session is the reference of a session's 4624, one for all findings.
type session struct {
	ref    *report.Ref
	hashed bool
}

// sessionRef is the reference of the session that an event ran in.
func (b *builder) sessionRef(s *host.Session, e *timeline.Event) *report.Ref {
	known := b.sessions[s.Ref]
	if known == nil {
		ref := b.ref(s.Ref)
		known = &session{ref: &ref}
		b.sessions[s.Ref] = known
	}
	if !known.hashed && b.hashed(s.Ref, e) {
		known.hashed = true
		b.reread = append(b.reread, reread{at: s.Ref, ref: known.ref})
	}
	return known.ref
}
