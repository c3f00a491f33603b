package tree

import (
	"path"
	"strings"

	"hunt/evtx"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
)

// Query says which processes are asked for; all that it names must fit. Its zero value asks for all.
type Query struct {
	PID   *int64
	GUID  string        // Sysmon's ProcessGuid, or the id that hunt derives; with or without braces, in any case
	Name  string        // of the program: powershell.exe, powershell, power*, or a whole path with backslashes
	Logon string        // logon id
	At    evtx.Filetime // they ran then; 0: at any time
	From  evtx.Filetime // they ran then or later; 0: no bound
	To    evtx.Filetime // they ran then or earlier; 0: no bound
	// Keys are the processes of a finding; nil: any.
	Keys map[host.ProcessKey]bool
}

// All reports whether the query asks for all processes.
func (q *Query) All() bool {
	return q.PID == nil && q.GUID == "" && q.Name == "" && q.Logon == "" && q.At == 0 && q.From == 0 && q.To == 0 &&
		q.Keys == nil
}

// Find returns the processes of a host that are asked for, by start.
func (q *Query) Find(h *host.Host) []*host.Process {
	var out []*host.Process
	for _, p := range h.Processes() {
		if q.fits(h, p) {
			out = append(out, p)
		}
	}
	if q.PID != nil && q.At != 0 && len(out) > 1 {
		out = newest(out) // a process id is that of one process; the others have no end in the logs
	}
	return out
}

// newest keeps the processes that started last.
func newest(ps []*host.Process) []*host.Process {
	var out []*host.Process
	for _, p := range ps {
		switch {
		case len(out) == 0 || p.Start == out[0].Start:
			out = append(out, p)
		case p.Start > out[0].Start:
			out = append(out[:0], p)
		}
	}
	return out
}

func (q *Query) fits(h *host.Host, p *host.Process) bool {
	switch {
	case q.PID != nil && p.PID != *q.PID,
		q.GUID != "" && plainGUID(p.EntityID) != plainGUID(q.GUID),
		q.Name != "" && !named(p, q.Name),
		q.Logon != "" && p.LogonID != ledger.LogonID(q.Logon),
		q.Keys != nil && !q.Keys[p.Key()],
		q.At != 0 && !h.Ran(p, q.At),
		q.To != 0 && p.Start > q.To,
		q.From != 0 && p.Start < q.From && !h.Ran(p, q.From):
		return false
	}
	return true
}

func plainGUID(s string) string { return strings.ToLower(strings.Trim(s, "{}")) }

// named reports whether a program has a name.
func named(p *host.Process, name string) bool {
	name = strings.ToLower(name)
	if strings.Contains(name, `\`) {
		return matches(name, strings.ToLower(p.Executable))
	}
	own := strings.ToLower(p.Name())
	return matches(name, own) || matches(name, strings.TrimSuffix(own, ".exe")) || p.Original != "" &&
		matches(name, strings.ToLower(p.Original))
}

// matches reports whether a name is one of a pattern with * and ?.
func matches(pattern, name string) bool {
	if !strings.ContainsAny(pattern, "*?") {
		return pattern == name
	}
	// To path.Match, slashes and backslashes mean something else.
	plain := strings.NewReplacer(`\`, "\x00", "/", "\x01", "[", "\x02")
	ok, err := path.Match(plain.Replace(pattern), plain.Replace(name))
	return err == nil && ok
}
