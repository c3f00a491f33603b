// Package fact answers what tuning and the judging of findings ask about single events: who acted, where a file
// came from, which texts an exception is compared with, and on how many hosts a browser started a program.
package fact

import (
	"strings"

	"hunt/timeline"
	"hunt/timeline/ecs"
)

// ActorOf returns who did what an event describes: the process, or else the logon session, or else the address that
// it came from or the account, or else nobody. For the start of a process it is the process that started it. The
// text is only good for comparing.
func ActorOf(e *timeline.Event) string {
	if id := processOf(e); id != "" {
		return "process " + id
	}
	if id := Text(e, ecs.WinlogLogonID); strings.Trim(id, "0x") != "" {
		return "session " + strings.ToLower(id)
	}
	if ip := Text(e, ecs.SourceIP); ip != "" {
		return "address " + ip
	}
	if sid := Text(e, ecs.UserID); sid != "" {
		return "account " + sid
	}
	if name := Text(e, ecs.UserName); name != "" {
		return "account " + strings.ToLower(Text(e, ecs.UserDomain)+`\`+name)
	}
	return ""
}

// processOf returns the entity id of the process that acted, "" if unknown. PowerShell's own events name none in
// their data, but they are logged from within the process that runs the script: the process id of the record itself
// is that process.
func processOf(e *timeline.Event) string {
	switch {
	case e.Class.ProcessStart:
		return Text(e, ecs.ProcessParentEntityID)
	case e.Class.Source == ecs.SourcePowerShell:
		if p := e.Host.ProcessWith(int64(e.Record.ProcessID()), e.Event, e.At); p != nil {
			return p.EntityID
		}
		return ""
	}
	return Text(e, ecs.ProcessEntityID)
}

// Text returns the first value of a field as text, "" if there is none.
func Text(e *timeline.Event, f ecs.Field) string { return e.Text(f) }

// The constants of FNV-1a. Source: https://www.ietf.org/archive/id/draft-eastlake-fnv-17.html
const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

// Mark adds a text to the mark of those before it, 0 if there are none. Equal texts in the same order give equal
// marks.
func Mark(mark uint64, text string) uint64 {
	if mark == 0 {
		mark = fnvOffset
	}
	for k := range len(text) {
		mark = (mark ^ uint64(text[k])) * fnvPrime
	}
	return (mark ^ 0xff) * fnvPrime // not a byte of UTF-8
}
