package rules

import (
	"cmp"
	"container/heap"
	"slices"
	"strings"

	"hunt/limit"
	"hunt/rules/fact"
	"hunt/rules/pack"
	"hunt/rules/waiting"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

// maxListed bounds the findings of all rules together: each takes some 20 KB of memory with its events. Nobody reads
// more, and a case of 100,000 hosts with a finding on each would make a report that nothing can open.
const maxListed = 10_000

// maxListedRecords bounds the records of the events of all findings together, in bytes, each record counted once. A
// record has up to 64 KiB and is in a report several times, as text, as fields and as a document: 10,000 of the
// largest would take gigabytes.
const maxListedRecords = 64 << 20

// recordCharge is the most that a record counts, in bytes, including what other records add to its script: a report
// shows no more of a script, and a few huge ones must not displace all others.
const recordCharge = 256 << 10

// listedText says what a report lists.
const listedText = "the 10,000 most serious findings, or as many of them, from the first on, as have 64 MiB of " +
	"records in all"

var boundListed = limit.Bound{ID: "rules-all-findings",
	Text: "a report lists " + listedText + ", and counts the rest with their rules"}

// roster holds the findings of all rules that are listed: the most serious ones, and among equally serious ones the
// first of each rule on each host, then the second, and so on, up to the first that does not fit. The first of all
// always fits. The result does not depend on the order in which they come. It belongs to one goroutine; nil lists all.
type roster struct {
	most    int
	records int64 // that the records of their events may take, in bytes
	hits    *hits
	list    []ranked // a heap with the first one to go on top
	held    waiting.Records
	first   *ranked // the first of those that were dropped: whatever ranks after it is dropped, too
}

func newRoster(most int, records int64) *roster {
	return &roster{most: cmp.Or(most, maxListed), records: cmp.Or(records, maxListedRecords)}
}

// ranked is a finding with what it is compared by.
type ranked struct {
	*Finding
	rr     *RuleResult
	host   string // "" of rules that join hosts
	status int
	nth    int // for its rule and status on the host; complete and partial ones are counted separately
	part   int // 1 for a partial chain: a suppressed one has the same status as a suppressed complete one
}

func (a *ranked) compare(b *ranked) int {
	return cmp.Or(cmp.Compare(a.status, b.status), cmp.Compare(b.Rule.Severity, a.Rule.Severity),
		cmp.Compare(a.nth, b.nth), strings.Compare(a.host, b.host), strings.Compare(a.Rule.ID, b.Rule.ID),
		cmp.Compare(a.part, b.part))
}

// admits reports whether a finding is listed that a rule admitted as the nth of a host. Another one may be dropped for
// it.
func (r *roster) admits(f *Finding, rr *RuleResult, h *host.Host, nth int) bool {
	if r == nil {
		return true
	}
	x := ranked{Finding: f, rr: rr, nth: nth}
	if h != nil {
		x.host = h.ID
	}
	if f.Status == pack.StatusPartial {
		x.status, x.part = 1, 1
	}
	if f.Exception != nil {
		x.status = 2
	}
	r.hold(f.Evidence)
	r.hold(f.Candidates)
	if r.first != nil && x.compare(r.first) > 0 {
		r.drop(x)
		return false
	}
	heap.Push(r, x)
	r.fit()
	return !f.outranked
}

// grown counts the events that were added to a finding since it was admitted; others may be dropped for them.
func (r *roster) grown(more []Evidence) {
	if r != nil && len(more) > 0 {
		r.hold(more)
		r.fit()
	}
}

// fit drops findings until the rest fits. The first of all stays, whatever its records take.
func (r *roster) fit() {
	for len(r.list) > r.most || r.held.Size() > r.records && len(r.list) > 1 {
		r.drop(heap.Pop(r).(ranked))
	}
}

// hold counts the records of events.
func (r *roster) hold(list []Evidence) {
	for i := range list {
		if e := &list[i]; e.Event != nil {
			r.held.Hold(e.Event.Ref, e.recordSize())
		}
	}
}

// recordSize returns what the event's record counts, in bytes, with what other records add to its script. If the
// record is not in memory, its size was noted before.
func (e *Evidence) recordSize() int64 {
	if e.Event != nil && e.Event.Event != nil {
		e.size = int64(len(e.Event.Record.Raw()))
		if e.Event.Parts != nil {
			e.size += int64(len(fact.Text(e.Event, ecs.PowershellFileScriptBlockText)))
		}
	}
	return min(e.size, recordCharge)
}

// drop counts a finding that is no longer listed. What a run needs to know of itself stays.
func (r *roster) drop(x ranked) {
	f := x.Finding
	for _, e := range append(f.Evidence[:len(f.Evidence):len(f.Evidence)], f.Candidates...) {
		if e.Event != nil {
			r.held.Let(e.Event.Ref)
		}
	}
	if r.first == nil || x.compare(r.first) < 0 {
		r.first = &x
	}
	n := 1
	if f.run {
		n = f.Count // further ones are counted one by one
	}
	if f.Status == pack.StatusPartial {
		x.rr.UnlistedPartial += n
		x.rr.OutrankedPartial += n
	} else {
		x.rr.Unlisted += n
		x.rr.Outranked += n
	}
	if f.number > 0 {
		r.hits.findings[f.number-1] = nil
	}
	*f = Finding{Rule: f.Rule, Status: f.Status, First: f.First, Last: f.Last, run: f.run, outranked: true}
}

func (r *roster) Len() int           { return len(r.list) }
func (r *roster) Less(i, j int) bool { return r.list[i].compare(&r.list[j]) > 0 }
func (r *roster) Swap(i, j int)      { r.list[i], r.list[j] = r.list[j], r.list[i] }
func (r *roster) Push(x any)         { r.list = append(r.list, x.(ranked)) }
func (r *roster) Pop() any {
	n := len(r.list) - 1
	x := r.list[n]
	r.list[n] = ranked{}
	r.list = r.list[:n]
	return x
}

// findingList is the findings of one rule, some of which may have been dropped.
type findingList struct {
	all    []*Finding
	settle int // of these, the first whose part has ended
	sweep  int // number at which dropped ones are looked for
}

// ended ends a part and returns its findings.
func (l *findingList) ended() []*Finding {
	part := l.all[l.settle:]
	l.settle = len(l.all)
	return part
}

// swept removes dropped findings if there may be many. A part has ended.
func (l *findingList) swept() {
	if len(l.all) > l.sweep {
		l.settle = len(l.listed())
		l.sweep = max(2*l.settle, 1024)
	}
}

// listed returns the findings that were not dropped.
func (l *findingList) listed() []*Finding {
	l.all = slices.DeleteFunc(l.all, func(f *Finding) bool { return f.outranked })
	return l.all
}
