package timeline

import (
	"strings"
	"unicode/utf8"

	"hunt/evtx"
	"hunt/limit"
	"hunt/timeline/ecs"
	"hunt/timeline/ledger"
)

var boundCommandLine = limit.Bound{ID: "history-command-line", Loses: true,
	Text: "hunt keeps the first 8 KiB of a command line in Security 4688 to show it with the process's children"}

// systemLogon is the LogonType of the logon that Windows writes for itself when it starts.
const systemLogon = "0"

// history adds ev to the history of its host.
func (w *collector) history(ev *ecs.Event, at evtx.Filetime, past *ledger.History, hash uint64) {
	r, c := ev.Record, ev.Class
	f := ledger.Fact{Ref: r.Ref, At: at, Computer: r.Computer(), Content: hash}
	before := past.Len()
	whole, logons := w.o.Asked.Whole(), w.o.Asked.Logons()
	switch c.Role {
	case ecs.RoleNone:
		return
	case ecs.RoleProcessStart:
		if whole {
			w.processStart(ev, f, past)
		} else {
			w.bareStart(ev, f, past)
		}
	case ecs.RoleProcessEnd:
		if !whole {
			return
		}
		past.Ends = append(past.Ends, &ledger.End{Fact: f, Sysmon: c.Source == ecs.SourceSysmon,
			PID: w.number(ev, ecs.ProcessPID), GUID: w.guid(ev), Executable: w.text(ev, ecs.ProcessExecutable)})
	case ecs.RoleLogon, ecs.RoleFailedLogon, ecs.RoleExplicitCredentials, ecs.RoleLogoff:
		if logons {
			w.logon(ev, f, past)
		} else {
			w.bareLogon(ev, f, past)
		}
	case ecs.RoleSessionLogon, ecs.RoleSessionShell, ecs.RoleSessionReconnected, ecs.RoleSessionDisconnected,
		ecs.RoleRemoteConnection, ecs.RoleConnectionAccepted, ecs.RoleConnectionRefused, ecs.RoleGatewayConnection:
		if logons {
			w.remoteDesktop(ev, f, past)
		}
	case ecs.RoleOutgoingConnection, ecs.RoleRemoteShell:
		if !logons {
			return
		}
		past.Logons = append(past.Logons, &ledger.Logon{Fact: f, Role: c.Role, SID: w.text(ev, ecs.UserID),
			Target: w.data(r, "Value")})
	case ecs.RoleSpecialPrivileges, ecs.RoleAccount:
		// The logon itself says who got special privileges, and from where.
		w.accountSIDs(ev)
	default:
		if n, ok := notableOf(ev); ok {
			note := n // allocated only for the few notable events
			note.Fact = f
			past.Notables = append(past.Notables, &note)
		}
	}
	w.held += past.Len() - before
}

// guid returns Sysmon's ProcessGuid, "" for the Security log, which has none.
func (w *collector) guid(ev *ecs.Event) string {
	if ev.Class.Source != ecs.SourceSysmon {
		return ""
	}
	return w.text(ev, ecs.ProcessEntityID)
}

func (w *collector) processStart(ev *ecs.Event, f ledger.Fact, past *ledger.History) {
	r := ev.Record
	created, _ := r.Time()
	line := w.text(ev, ecs.ProcessCommandLine)
	s := &ledger.Start{
		Fact: f, Created: created, Sysmon: ev.Class.Source == ecs.SourceSysmon,
		PID: w.number(ev, ecs.ProcessPID), PPID: w.number(ev, ecs.ProcessParentPID),
		Executable: w.text(ev, ecs.ProcessExecutable), CommandLine: cut(line),
		Channel: ev.Class.Channel, Provider: ev.Class.Provider,
	}
	if s.Sysmon {
		s.GUID, s.ParentGUID = w.text(ev, ecs.ProcessEntityID), w.text(ev, ecs.ProcessParentEntityID)
		s.User, s.LogonID, s.Owned = w.data(r, "User"), w.hexID(w.data(r, "LogonId")), true
		s.Hash = w.text(ev, ecs.ProcessHashSHA256)
		if s.Hash == "" {
			s.Hash = w.text(ev, ecs.ProcessHashMD5)
		}
		s.Original = w.data(r, "OriginalFileName")
		s.ParentExe, s.ParentLine = w.data(r, "ParentImage"), cut(w.data(r, "ParentCommandLine"))
	} else {
		if len(s.CommandLine) < len(line) { // the command line of a child is in its own Sysmon event
			w.o.Limits.Bite(boundCommandLine, limit.At(r.Ref.File, r.Ref.Offset))
		}
		s.User, s.SID = w.account(w.data(r, "SubjectDomainName"), w.data(r, "SubjectUserName")),
			w.data(r, "SubjectUserSid")
		w.machineSID(s.Computer, r.Ref.File, w.data(r, "SubjectDomainName"), s.SID)
		s.LogonID = w.hexID(w.data(r, "SubjectLogonId"))
		s.Creator, s.CreatorID = s.User, s.LogonID
		_, s.Owned = r.Data("TargetLogonId")
		if target := w.data(r, "TargetUserName"); target != "" {
			// Started as somebody else (runas, a service): the target is who it runs as.
			s.User = w.account(w.data(r, "TargetDomainName"), target)
			s.LogonID, s.SID = w.hexID(w.data(r, "TargetLogonId")), w.data(r, "TargetUserSid")
			if s.SID == "S-1-0-0" {
				s.SID = ""
			}
		}
		s.ParentExe = w.data(r, "ParentProcessName")
	}
	if s.PID == 0 && ev.Shifted() {
		return // it is unknown which process had this pid
	}
	left := w.textLeft
	for _, text := range []*string{&s.Executable, &s.ParentExe, &s.User, &s.Original, &s.Hash, &s.CommandLine,
		&s.ParentLine} {
		*text = w.keep(*text)
	}
	if left > 0 && w.textLeft == 0 || left == 0 {
		w.o.Limits.Bite(boundTexts, limit.At(r.Ref.File, r.Ref.Offset))
	}
	past.Starts = append(past.Starts, s)
}

func (w *collector) logon(ev *ecs.Event, f ledger.Fact, past *ledger.History) {
	r := ev.Record
	if ev.Doubts("TargetUserName") {
		return
	}
	l := &ledger.Logon{Fact: f, Role: ev.Class.Role}
	l.Subject, l.SubjSID = w.account(w.data(r, "SubjectDomainName"), w.data(r, "SubjectUserName")),
		w.data(r, "SubjectUserSid")
	l.User, l.SID = w.account(w.data(r, "TargetDomainName"), w.data(r, "TargetUserName")), w.data(r, "TargetUserSid")
	w.machineSID(l.Computer, r.Ref.File, w.data(r, "SubjectDomainName"), l.SubjSID)
	w.machineSID(l.Computer, r.Ref.File, w.data(r, "TargetDomainName"), l.SID)
	l.ID = w.hexID(w.data(r, "TargetLogonId"))
	l.Kind = w.text(ev, ecs.WinlogLogonType)
	l.IP, l.Workstation = strings.TrimPrefix(w.data(r, "IpAddress"), "::ffff:"), w.data(r, "WorkstationName")
	l.Target = w.data(r, "TargetServerName")
	if l.Role == ecs.RoleExplicitCredentials {
		l.Program, l.PID = w.text(ev, ecs.ProcessExecutable), w.number(ev, ecs.ProcessPID)
	}
	if linked := w.hexID(w.data(r, "TargetLinkedLogonId")); linked != "0x0" {
		l.Linked = linked
	}
	w.bootLogon(ev, f, past)
	past.Logons = append(past.Logons, l)
}

// bootLogon records that the system started.
func (w *collector) bootLogon(ev *ecs.Event, f ledger.Fact, past *ledger.History) {
	if ev.Class.Role == ecs.RoleLogon && w.data(ev.Record, "LogonType") == systemLogon {
		past.Notables = append(past.Notables,
			&ledger.Notable{Fact: f, Role: ecs.RoleBoot, Channel: ev.Class.Channel, Provider: ev.Class.Provider,
				Code: ev.Class.EventID})
	}
}

// remoteDesktop records the address from which somebody connected over Remote Desktop; logons with network level
// authentication do not have it.
func (w *collector) remoteDesktop(ev *ecs.Event, f ledger.Fact, past *ledger.History) {
	ip := strings.TrimPrefix(w.text(ev, ecs.SourceIP), "::ffff:")
	if ip == "" {
		return // at the machine itself
	}
	past.Logons = append(past.Logons, &ledger.Logon{Fact: f, Role: ev.Class.Role, IP: ip,
		User: w.account(w.text(ev, ecs.UserDomain), w.text(ev, ecs.UserName)),
		ID:   w.hexID(w.data(ev.Record, "LogonID")), Target: w.data(ev.Record, "Resource")})
}

// account joins domain and name as Windows writes them; well-known local forms stay as they are.
func account(domain, name string) string {
	if name == "" {
		return ""
	}
	if domain == "" {
		return name
	}
	return domain + `\` + name
}

// account returns what the function account does, interned: a host has few users and many events of each.
func (w *collector) account(domain, name string) string {
	w.buf = append(append(append(w.buf[:0], domain...), 0), name...)
	if s, ok := w.strings[string(w.buf)]; ok {
		return s
	}
	s := account(domain, name)
	if len(w.buf) <= maxInternedLen && len(w.strings) < maxInterned {
		w.strings[string(w.buf)] = s
	}
	return s
}

// hexID returns ledger.LogonID of s, interned.
func (w *collector) hexID(s string) string {
	w.buf = append(append(w.buf[:0], 1), s...)
	if id, ok := w.strings[string(w.buf)]; ok {
		return id
	}
	id := ledger.LogonID(s)
	if len(w.strings) < maxInterned {
		w.strings[string(w.buf)] = id
	}
	return id
}

// cut returns the part of a command line that is kept.
func cut(s string) string {
	if len(s) <= ledger.MaxCommandLine {
		return s
	}
	end := ledger.MaxCommandLine
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return strings.Clone(s[:end]) // a copy, so that the rest can be freed
}

// accountSIDs notes the machine SID in an event about accounts.
func (w *collector) accountSIDs(ev *ecs.Event) {
	r := ev.Record
	w.machineSID(r.Computer(), r.Ref.File, w.data(r, "SubjectDomainName"), w.data(r, "SubjectUserSid"))
	if ev.Class.Role == ecs.RoleAccount {
		w.machineSID(r.Computer(), r.Ref.File, w.data(r, "TargetDomainName"), w.data(r, "TargetSid"))
	}
}

// machineSID notes the machine SID in an account's SID. Accounts of the machine itself have its name as their domain;
// those of a Windows domain have another domain, and their SID says nothing about the machine.
func (w *collector) machineSID(computer string, file int32, domain, sid string) {
	if len(sid) < len("S-1-5-21-1-1-1-500") || !strings.HasPrefix(sid, "S-1-5-21-") || !sameNetBIOS(domain, computer) {
		return
	}
	w.SIDs[ledger.SIDVote{Computer: computer, File: w.scope(computer, file),
		SID: sid[:strings.LastIndexByte(sid, '-')]}]++
}

// sameNetBIOS compares a domain of an account with a machine's first label; NetBIOS names end at 15 characters.
func sameNetBIOS(domain, computer string) bool {
	label, _, _ := strings.Cut(computer, ".")
	if len(label) > 15 {
		label = label[:15]
	}
	return label != "" && strings.EqualFold(domain, label)
}

// scope distinguishes records whose computer name several machines may share: it returns their file, counted from 1.
// For any other name it returns 0.
func (w *collector) scope(computer string, file int32) int32 {
	if computer != w.scopeOf || computer == "" {
		w.scopeOf = computer
		w.scoped = w.hosts.Scoped(computer)
	}
	if w.scoped {
		return file + 1
	}
	return 0
}
