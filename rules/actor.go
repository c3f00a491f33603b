package rules

import (
	"strings"

	"hunt/timeline"
	"hunt/timeline/ecs"
)

// actorOf tells who did what an event tells of: the process, else the logon session, else the
// address that it came from or the account, else nobody. Of the start of a process it is the process
// that started it. The text is good for comparing only.
func actorOf(e *timeline.Event) string {
	if id := processOf(e); id != "" {
		return "process " + id
	}
	if id := text(e, ecs.WinlogLogonID); strings.Trim(id, "0x") != "" {
		return "session " + strings.ToLower(id)
	}
	if ip := text(e, ecs.SourceIP); ip != "" {
		return "address " + ip
	}
	if sid := text(e, ecs.UserID); sid != "" {
		return "account " + sid
	}
	if name := text(e, ecs.UserName); name != "" {
		return "account " + strings.ToLower(text(e, ecs.UserDomain)+`\`+name)
	}
	return ""
}

// processOf is the entity id of the process that acted, "" if it is not known. PowerShell's own
// events name none in their data, but it logs them from within the process that runs the script: the
// process id of the record itself is that process.
func processOf(e *timeline.Event) string {
	switch {
	case e.Class.ProcessStart:
		return text(e, ecs.ProcessParentEntityID)
	case e.Class.Source == ecs.SourcePowerShell:
		if p := e.Host.ProcessWith(int64(e.Record.ProcessID()), e.Event, e.At); p != nil {
			return p.EntityID
		}
		return ""
	}
	return text(e, ecs.ProcessEntityID)
}

// text is the first value of a field as text, "" if there is none.
func text(e *timeline.Event, f ecs.Field) string {
	var few [4]ecs.Value
	vs := e.Values(f, few[:0])
	if len(vs) == 0 || vs[0].Kind == ecs.KindPending {
		return ""
	}
	if vs[0].Kind == ecs.KindString {
		return vs[0].Str
	}
	return string(vs[0].AppendText(nil))
}
