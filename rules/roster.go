package rules

import (
	"cmp"
	"container/heap"
	"slices"
	"strings"

	"hunt/limit"
	"hunt/rules/pack"
	"hunt/timeline/host"
)

// maxListed bounds the findings of all rules together: some 20 KB of memory each, with their events. Nobody reads
// more, and a case of 100,000 hosts with a finding on each would make a report that nothing opens.
const maxListed = 10_000

var boundListed = limit.Bound{ID: "rules-all-findings",
	Text: "a report lists 10,000 findings, the most serious ones, and counts the rest with their rules"}

// roster holds the findings of all rules that are listed: the most serious ones, and of those as serious as each other
// the first of each rule on each host, then the second, and so on. It does not matter in which order they come. It is
// for one goroutine; nil lists all.
type roster struct {
	most int
	hits *hits
	list []ranked // a heap, the one that goes first on top
}

// ranked is a finding with what it is compared by.
type ranked struct {
	*Finding
	rr     *RuleResult
	host   string // "" of rules that join hosts
	status int
	nth    int // of its rule and status on the host
}

func (a *ranked) compare(b *ranked) int {
	return cmp.Or(cmp.Compare(a.status, b.status), cmp.Compare(b.Rule.Severity, a.Rule.Severity),
		cmp.Compare(a.nth, b.nth), strings.Compare(a.host, b.host), strings.Compare(a.Rule.ID, b.Rule.ID))
}

// admits reports whether a finding is listed, which a rule admitted as the nth of a host. Another one that was listed
// may go for it.
func (r *roster) admits(f *Finding, rr *RuleResult, h *host.Host, nth int) bool {
	if r == nil {
		return true
	}
	x := ranked{Finding: f, rr: rr, nth: nth}
	if h != nil {
		x.host = h.ID
	}
	switch {
	case f.Exception != nil:
		x.status = 2
	case f.Status == pack.StatusPartial:
		x.status = 1
	}
	if len(r.list) < r.most {
		heap.Push(r, x)
		return true
	}
	if x.compare(&r.list[0]) > 0 {
		r.drop(x)
		return false
	}
	out := r.list[0]
	r.list[0] = x
	heap.Fix(r, 0)
	r.drop(out)
	return true
}

// drop takes a finding off the list and counts it. What a run needs to know of itself stays.
func (r *roster) drop(x ranked) {
	f := x.Finding
	n := 1
	if f.run {
		n = f.Count // those that are still to come are counted one by one
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
func (r *roster) Pop() any           { panic("rules: the last is replaced, not taken") }

// findingList is findings of one rule, of which some may have gone.
type findingList struct {
	all    []*Finding
	settle int // of these, the first of which their part has ended
	sweep  int // number at which those that are gone are looked for
}

// ended ends a part: it returns the findings of the part.
func (l *findingList) ended() []*Finding {
	part := l.all[l.settle:]
	l.settle = len(l.all)
	return part
}

// swept lets go of the findings that are gone, where they may be many. A part has ended.
func (l *findingList) swept() {
	if len(l.all) > l.sweep {
		l.settle = len(l.listed())
		l.sweep = max(2*l.settle, 1024)
	}
}

// listed are those that are there.
func (l *findingList) listed() []*Finding {
	l.all = slices.DeleteFunc(l.all, func(f *Finding) bool { return f.outranked })
	return l.all
}
