package rules

import (
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/ecs/scalar"
	"hunt/timeline/host"
)

// quota bounds the findings of one rule. Those that tuning suppresses have a bound of their own:
// however many there are, they displace no other finding. Nor does one noisy host displace the
// findings of another: some of each host are always listed.
type quota struct {
	limit            int
	open, suppressed int // admitted so far

	host                     *host.Host // the current one
	hostOpen, hostSuppressed int        // admitted for it
}

// maxFindings bounds the findings of one rule. Nobody reads more, and a rule that matches every
// event of many processes would make a report that nothing can open.
const maxFindings = 10_000

// ofEachHost is how many findings of a rule are listed for each host, however many there are in
// all.
const ofEachHost = 100

// admits reports whether a finding of a host is listed, and counts it. The findings of a host come
// one after the other.
func (q *quota) admits(h *host.Host, suppressed bool) bool {
	q.begin(h)
	all, host := &q.open, &q.hostOpen
	if suppressed {
		all, host = &q.suppressed, &q.hostSuppressed
	}
	if *all >= q.limit && *host >= min(ofEachHost, q.limit) {
		return false
	}
	*all++
	*host++
	return true
}

// nth returns the number of the last finding that was admitted for a host.
func (q *quota) nth(suppressed bool) int {
	if suppressed {
		return q.hostSuppressed
	}
	return q.hostOpen
}

// full reports whether no further finding of a host will be listed unless it is suppressed.
func (q *quota) full(h *host.Host) bool {
	q.begin(h)
	return q.open >= q.limit && q.hostOpen >= min(ofEachHost, q.limit)
}

// begin restarts the counts for another host.
func (q *quota) begin(h *host.Host) {
	if h != q.host {
		q.host, q.hostOpen, q.hostSuppressed = h, 0, 0
	}
}

// crowd bounds the matches of one rule of sequences, and among them those of one process id.
type crowd struct {
	quota
	of      map[process]int // findings of the current part that were admitted and are not suppressed
	crowded int             // matches that were not admitted because too many of the same process id came before
}

// process identifies a process id of a host.
type process struct {
	host *host.Host
	pid  int64
}

// ofEachProcess is how many matches of a rule of sequences are listed for one process id: nobody
// reads one by one what a process does a thousand times. Beyond them tuning is no longer applied:
// it could only remove others.
const ofEachProcess = 1000

func newCrowd(most int) crowd { return crowd{quota: quota{limit: most}, of: map[process]int{}} }

// processIn returns the process id that an event is about; ok is false if it names none.
func processIn(e *timeline.Event) (p process, ok bool) {
	var buf [1]scalar.Value
	for _, v := range e.Values(ecs.ProcessPID, buf[:0]) {
		if v.Kind == scalar.KindInt {
			return process{e.Host, v.Num}, true
		}
	}
	return p, false
}

// room reports whether few enough findings were admitted whose last event is about the same process
// id.
func (c *crowd) room(last *timeline.Event) bool {
	if p, ok := processIn(last); ok && c.of[p] >= ofEachProcess {
		c.crowded++
		return false
	}
	return true
}

// admits reports whether a finding to which tune was applied is listed, and counts it.
func (c *crowd) admits(h *host.Host, f *Finding) bool {
	if !c.quota.admits(h, f.Exception != nil) {
		return false
	}
	if e := f.last(); e != nil && f.Exception == nil {
		if p, ok := processIn(e); ok {
			c.of[p]++
		}
	}
	return true
}
