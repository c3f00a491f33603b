package timeline

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"sort"
	"strings"

	"github.com/cespare/xxhash/v2"

	"hunt/evtx"
	"hunt/timeline/ecs"
)

// Process is one process of a host.
type Process struct {
	PID         int64
	ParentPID   int64
	EntityID    string // Sysmon's ProcessGuid, or one derived from host, pid and start
	Executable  string
	CommandLine string // cut at 8 KiB
	Original    string // OriginalFileName, where Sysmon logged it
	Hash        string // of the image: SHA-256 where logged, else MD5
	User, SID   string
	LogonID     string
	Start, End  evtx.Filetime // 0 = not logged
	Parent      *Process      // nil if unknown
	Children    []*Process    // in order of start
	Inferred    bool          // known only from a child's record: its own start was not logged
	Sysmon      bool          // the start record is a Sysmon 1, else a Security 4688
	Ref         evtx.Ref      // of the start record, unless Inferred
	ByPID       bool          // the parent was found by pid and time, not by ProcessGuid

	gone evtx.Filetime // 0, or when it was certainly no more, though nobody logged its end
}

// Name is the executable's last path component.
func (p *Process) Name() string {
	return p.Executable[strings.LastIndexByte(p.Executable, '\\')+1:]
}

// DescendsFrom reports whether p is a or has a among its ancestors.
func (p *Process) DescendsFrom(a *Process) bool {
	for n := 0; p != nil && n < maxAncestors; p, n = p.Parent, n+1 {
		if p == a {
			return true
		}
	}
	return false
}

const (
	// twinWindow is how far the Sysmon 1 and the Security 4688 of one start may lie apart. Real pairs are 3 to 11 ms
	// apart; a pid is not given again to the same image within this time.
	twinWindow = 2 * evtx.TicksPerSecond
	// bootSlack is how long before the record of a system start the first processes of that start may have begun.
	bootSlack = 2 * 60 * evtx.TicksPerSecond
	// maxAncestors bounds walks up a process tree; forged logs can claim any depth.
	maxAncestors = 1024
)

// buildProcesses makes the host's process table from its starts and ends: twins paired, parents found.
func (h *Host) buildProcesses(c *Case) {
	h.byGUID, h.byPID, h.byRef = map[string]*Process{}, map[int64][]*Process{}, map[evtx.Ref]*Process{}
	h.buildSessions()
	twinOf := h.pairTwins()
	parents := map[*Process]*procStart{}
	for i := range h.starts {
		s := h.starts[i]
		if j, ok := twinOf[i]; ok && !s.sysmon {
			c.twins[s.ref], c.twins[h.starts[j].ref] = h.starts[j].ref, s.ref
			continue // added with its Sysmon half
		}
		p := &Process{
			PID: s.pid, ParentPID: s.ppid, EntityID: s.guid, Executable: s.executable, CommandLine: s.commandLine,
			Original: s.original, Hash: s.hash, User: s.user, SID: s.sid, LogonID: s.logonID, Start: s.at, Sysmon: s.sysmon, Ref: s.ref,
		}
		if j, ok := twinOf[i]; ok {
			t := h.starts[j]
			h.byRef[t.ref] = p
			if p.SID == "" && t.sid != "" && strings.EqualFold(t.user, p.User) {
				p.SID = t.sid
			}
		}
		if p.EntityID == "" {
			p.EntityID = derivedEntityID(h.ID, s.pid, s.at)
		}
		if p.SID == "" || !s.sysmon {
			p.SID = cmp.Or(p.SID, h.sidOf(p.User, p.LogonID, p.Start))
		}
		h.Processes = append(h.Processes, p)
		h.byRef[s.ref] = p
		if h.byGUID[p.EntityID] == nil {
			h.byGUID[p.EntityID] = p
		}
		h.byPID[p.PID] = append(h.byPID[p.PID], p)
		parents[p] = s
	}
	h.endProcesses()
	logged := len(h.Processes)
	for _, p := range h.Processes[:logged] {
		h.findParent(p, parents[p])
	}
	for _, p := range h.Processes {
		slices.SortStableFunc(p.Children, func(a, b *Process) int { return cmp.Or(cmp.Compare(a.Start, b.Start), a.Ref.Compare(b.Ref)) })
	}
}

// pairTwins maps each start that was logged by both Sysmon and Security to its other half, one to one, nearest in time first come.
func (h *Host) pairTwins() map[int]int {
	twins := map[int]int{}
	bySysmonPID := map[int64][]int{}
	for i := range h.starts {
		if h.starts[i].sysmon {
			bySysmonPID[h.starts[i].pid] = append(bySysmonPID[h.starts[i].pid], i)
		}
	}
	for i := range h.starts {
		s := h.starts[i]
		if s.sysmon {
			continue
		}
		best, bestGap := -1, evtx.Filetime(twinWindow)+1
		for _, j := range bySysmonPID[s.pid] {
			t := h.starts[j]
			if _, taken := twins[j]; taken || !strings.EqualFold(s.executable, t.executable) {
				continue
			}
			if gap := distance(s.created, t.created); gap < bestGap {
				best, bestGap = j, gap
			}
		}
		if best >= 0 {
			twins[i], twins[best] = best, i
		}
	}
	return twins
}

func distance(a, b evtx.Filetime) evtx.Filetime {
	if a > b {
		return a - b
	}
	return b - a
}

func (h *Host) endProcesses() {
	h.endAtBoots()
	for _, e := range h.ends {
		if p := h.byGUID[e.guid]; e.guid != "" && p != nil {
			p.End = e.at
		} else if p := h.processAt(e.pid, e.at); p != nil && e.guid == "" {
			if sameProgram(p.Executable, e.executable) {
				p.End = e.at
			} else {
				p.gone = e.at // another program had its pid by then
			}
		}
	}
}

// endAtBoots notes which processes were gone when the system started again, which leaves no record of their end.
func (h *Host) endAtBoots() {
	var boots []evtx.Filetime
	for _, n := range h.notables {
		if n.boot {
			boots = append(boots, n.at)
		}
	}
	for _, p := range h.Processes {
		if i, _ := slices.BinarySearch(boots, p.Start+bootSlack); i < len(boots) {
			p.gone = boots[i]
		}
	}
}

// sameProgram compares the last components of two paths: one of them may begin with a device, the other with a drive. A path
// that is missing or in 8.3 form speaks for neither.
func sameProgram(a, b string) bool {
	a, b = a[strings.LastIndexByte(a, '\\')+1:], b[strings.LastIndexByte(b, '\\')+1:]
	return a == "" || b == "" || strings.EqualFold(a, b) || strings.Contains(a+b, "~")
}

// processAt returns the newest process with that pid that had started by then and had not ended.
func (h *Host) processAt(pid int64, at evtx.Filetime) *Process {
	ps := h.byPID[pid]
	i := sort.Search(len(ps), func(i int) bool { return ps[i].Start > at })
	if i == 0 {
		return nil
	}
	p := ps[i-1]
	if p.End != 0 && p.End < at || p.gone != 0 && p.gone <= at {
		return nil
	}
	return p
}

// actor returns the process that acted in e, told by pid and time. The pid can be that of a later process whose start was not
// logged: a program that e names must be the one that was started.
func (h *Host) actor(e *Event) *Process {
	vs := e.Values(ecs.ProcessPID, nil)
	if len(vs) == 0 || vs[0].Kind != ecs.KindInt {
		return nil
	}
	p := h.processAt(vs[0].Num, e.At)
	vs = e.Values(ecs.ProcessExecutable, vs[:0])
	if p != nil && len(vs) > 0 && vs[0].Kind == ecs.KindString && !sameProgram(p.Executable, vs[0].Str) {
		return nil
	}
	return p
}

// findParent links p to its parent: by ProcessGuid, else by pid and time where the names agree, else to an inferred process.
func (h *Host) findParent(p *Process, s *procStart) {
	if s.parentGUID != "" {
		if q := h.byGUID[s.parentGUID]; q != nil && q != p {
			h.adopt(q, p)
			return
		}
	} else if q := h.processAt(s.ppid, s.at); q != nil && q != p && s.ppid != 0 &&
		(s.parentExe == "" || strings.EqualFold(q.Executable, s.parentExe)) {
		p.ByPID = true
		h.adopt(q, p)
		return
	}
	if s.parentExe == "" && s.parentGUID == "" {
		return
	}
	id := s.parentGUID
	if id == "" {
		id = "inferred " + derivedEntityID(h.ID, s.ppid, 0) + strings.ToLower(s.parentExe)
	}
	q := h.byGUID[id]
	if q == nil {
		q = &Process{PID: s.ppid, EntityID: id, Executable: s.parentExe, CommandLine: s.parentLine, Inferred: true, ByPID: s.parentGUID == ""}
		h.byGUID[id] = q
		h.Processes = append(h.Processes, q)
	}
	h.adopt(q, p)
}

// adopt makes p a child of q unless that closed a loop, which only forged or damaged logs can ask for.
func (h *Host) adopt(q, p *Process) {
	if q.DescendsFrom(p) {
		return
	}
	p.Parent = q
	q.Children = append(q.Children, p)
}

// derivedEntityID is the process.entity_id of a start that has no ProcessGuid: the same for the same host, pid and time in every run.
func derivedEntityID(host string, pid int64, start evtx.Filetime) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(pid))
	binary.BigEndian.PutUint64(b[8:], uint64(start))
	d := xxhash.New()
	_, _ = d.WriteString(host)
	_, _ = d.Write(b[:])
	binary.BigEndian.PutUint64(b[:8], d.Sum64())
	return "derived-" + hex.EncodeToString(b[:8])
}

// ProcessOf returns the process that e is about: the one it started, or the one that acted. nil if the logs do not tell.
func (h *Host) ProcessOf(e *Event) *Process {
	if h == nil {
		return nil
	}
	if e.Class.ProcessStart {
		if p := h.byRef[e.Ref]; p != nil {
			return p
		}
	}
	vs := e.Values(ecs.ProcessEntityID, nil)
	if len(vs) > 0 && vs[0].Kind == ecs.KindString {
		return h.byGUID[vs[0].Str]
	}
	return h.actor(e)
}
