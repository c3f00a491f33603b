package host

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/ecs/scalar"
	"hunt/timeline/ledger"
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
	Link        ParentLink    // how the parent is known
	Why         LinkReason    // what supports that link, or why there is none

	began  moment
	ended  moment // 0 = not logged; or the time by which it had certainly ended, as another program had its pid
	unsure bool   // it is unknown on which side of a change of the clock it began
	log    string // channel of the start record
	owned  bool   // LogonID is that of the process, not that of whoever started it
	aside  int64  // where the texts are that the table keeps elsewhere

	byPID       *Process // the first, from the process upwards, whose parent was found by process id and time alone
	place, size int32    // in the order of the forest, and the number of processes in its tree, itself included
}

// Name returns the last component of the executable's path.
func (p *Process) Name() string {
	return p.Executable[strings.LastIndexByte(p.Executable, '\\')+1:]
}

// bootSlack is how long before the record of a system start the first processes of that start may have begun.
const bootSlack = 2 * 60 * evtx.TicksPerSecond

// buildProcesses makes the host's process table from its starts and ends: twins paired, parents found.
func (t *table) buildProcesses(starts []*ledger.Start, ends []*ledger.End) {
	t.byGUID, t.byPID, t.byRef = map[string]*Process{}, map[int64][]*Process{}, map[evtx.Ref]*Process{}
	t.twins = map[evtx.Ref]evtx.Ref{}
	twinOf := pairTwins(starts)
	claims := make([]claim, 0, len(starts)) // of the processes, in the same order
	for i, s := range starts {
		if j, ok := twinOf[i]; ok && !s.Sysmon {
			t.twins[s.Ref], t.twins[starts[j].Ref] = starts[j].Ref, s.Ref
			continue // added with its Sysmon half
		}
		p := &Process{
			PID: s.PID, ParentPID: s.PPID, EntityID: s.GUID, Executable: s.Executable, CommandLine: s.CommandLine,
			Original: s.Original, Hash: s.Hash, User: s.User, SID: s.SID, LogonID: s.LogonID, Start: s.At,
			Sysmon: s.Sysmon, Ref: s.Ref,
			began: when(&s.Fact), unsure: s.Unsure, log: s.Channel, owned: s.Owned, aside: s.Aside,
		}
		if j, ok := twinOf[i]; ok {
			twin := starts[j]
			t.refer(twin.Ref, p)
			if p.SID == "" && twin.SID != "" && strings.EqualFold(twin.User, p.User) {
				p.SID = twin.SID
			}
		}
		if p.EntityID == "" {
			p.EntityID = derivedEntityID(t.host, s.PID, s.At)
		}
		if p.SID == "" || !s.Sysmon {
			p.SID = cmp.Or(p.SID, t.sidOf(p.User, p.LogonID, p.began))
		}
		t.add(p)
		t.refer(s.Ref, p)
		if t.byGUID[p.EntityID] == nil {
			t.byGUID[p.EntityID] = p
		}
		t.byPID[p.PID] = append(t.byPID[p.PID], p)
		claims = append(claims, claimOf(s))
		if _, paired := twinOf[i]; !paired {
			starts[i] = nil // there can be millions, and the process says the same
		}
	}
	t.endProcesses(ends)
	for i := range claims {
		t.findParent(t.processes[i], claims[i].start(t.processes[i]))
	}
	t.place()
	for _, p := range t.processes {
		slices.SortStableFunc(p.Children, func(a, b *Process) int {
			return cmp.Or(cmp.Compare(a.Start, b.Start), a.Ref.Compare(b.Ref))
		})
	}
}

// refer notes of which process a record is the start.
func (t *table) refer(ref evtx.Ref, p *Process) {
	if t.of.set.aside == nil { // trees are not drawn from records
		t.byRef[ref] = p
	}
}

func (t *table) endProcesses(ends []*ledger.End) {
	for _, e := range ends {
		if p := t.byGUID[e.GUID]; e.GUID != "" && p != nil {
			p.End, p.ended = e.At, when(&e.Fact)
		} else if p := t.holder(e.PID, when(&e.Fact)); p != nil && e.GUID == "" && !e.Unsure {
			p.ended = when(&e.Fact)
			if sameProgram(p.Executable, e.Executable) {
				p.End = e.At
			}
		}
	}
}

// sameProgram compares the last components of two paths: one may begin with a device, the other with a drive. A path
// that is missing or in 8.3 form decides nothing.
func sameProgram(a, b string) bool {
	a, b = baseName(a), baseName(b)
	return a == "" || b == "" || strings.EqualFold(a, b) || strings.Contains(a+b, "~")
}

// derivedEntityID returns the process.entity_id of a start without a ProcessGuid: the same for the same host, pid and
// time in every run.
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

// Processes returns the host's processes: by start, followed by those that are only inferred. Two calls can return
// different pointers for the same process if other hosts were asked in between; compare Key.
func (h *Host) Processes() []*Process { return h.past().processes }

// Contacted reports whether events of the host name a domain or an address. sure is false if they name more than are
// kept, and it may be among the others.
func (h *Host) Contacted(c ledger.Contact) (yes, sure bool) {
	all := h.past().contacts
	at, yes := slices.BinarySearch(all, c)
	return yes, yes || at < len(all) || len(all) < ledger.MaxContacts
}

// ProcessOf returns the process that e, an event of the host at a time, is about: the one it started, or the one that
// acted; nil if the logs do not say.
func (h *Host) ProcessOf(e *ecs.Event, at evtx.Filetime) *Process {
	if h == nil {
		return nil
	}
	t := h.past()
	if e.Class.ProcessStart {
		if p := t.byRef[e.Record.Ref]; p != nil {
			return p
		}
	}
	vs := e.Values(ecs.ProcessEntityID, nil)
	if len(vs) > 0 && vs[0].Kind == scalar.KindString {
		return t.byGUID[vs[0].Str]
	}
	return t.actor(e, at)
}

// ByPIDAlone reports whether ProcessOf finds the process of e by its id and the time, without a program that the
// record names.
func (h *Host) ByPIDAlone(e *ecs.Event) bool {
	if h == nil || e.Class.ProcessStart {
		return false
	}
	if vs := e.Values(ecs.ProcessEntityID, nil); len(vs) > 0 && !e.Derived(ecs.ProcessEntityID) {
		return false
	}
	vs := e.Values(ecs.ProcessExecutable, nil)
	return len(vs) == 0 || vs[0].Kind != scalar.KindString
}

// ProcessWith returns the process with that pid that ran when e was written, nil if the logs do not say.
func (h *Host) ProcessWith(pid int64, e *ecs.Event, at evtx.Filetime) *Process {
	return h.past().running(pid, "", e, at)
}

// ProcessKey identifies a process within a case.
type ProcessKey struct {
	ref evtx.Ref
	id  string
}

// Key identifies the process within its case. The key of a nil Process belongs to no process.
func (p *Process) Key() ProcessKey {
	if p == nil {
		return ProcessKey{}
	}
	return ProcessKey{p.Ref, p.EntityID}
}

// Ran reports whether a process of the host ran at a time, as far as its logs show: it had started, it had not ended,
// and the system had not started again since.
func (h *Host) Ran(p *Process, at evtx.Filetime) bool {
	if p.Inferred && p.Start == 0 || p.Start > at || p.End != 0 && p.End < at {
		return false
	}
	then := moment{p.began.stretch, at}
	if p.ended != (moment{}) && p.ended.compare(then) < 0 {
		return false
	}
	return h.past().bounds.between(p.began, then, "", boundaryBoot) == nil
}
