package rules

import (
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/ecs/scalar"
	"hunt/timeline/host"
)

// quota bounds the findings of one rule. Those that tuning suppresses have a bound of their own:
// however many there are, they push no other off the list. Nor does one noisy host push another off
// it: some of each host are always listed.
type quota struct {
	limit            int
	open, suppressed int // admitted so far

	host                     *host.Host // the present one
	hostOpen, hostSuppressed int        // admitted of it
}

// maxFindings bounds the findings of one rule. Nobody reads more, and a rule that matches every
// event of many processes would make a report that nothing opens.
const maxFindings = 10_000

// ofEachHost is how many findings of a rule are listed of each host, however many there are in all.
const ofEachHost = 100

// admits reports whether a finding of a host is listed, and counts it. Those of a host come one
// after the other.
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

// nth is the number of the last finding that was admitted of a host.
func (q *quota) nth(suppressed bool) int {
	if suppressed {
		return q.hostSuppressed
	}
	return q.hostOpen
}

// full reports whether no further finding of a host is listed that is not suppressed.
func (q *quota) full(h *host.Host) bool {
	q.begin(h)
	return q.open >= q.limit && q.hostOpen >= min(ofEachHost, q.limit)
}

// begin counts again if another host comes.
func (q *quota) begin(h *host.Host) {
	if h != q.host {
		q.host, q.hostOpen, q.hostSuppressed = h, 0, 0
	}
}

// crowd bounds the matches of one rule of sequences, and those of one process id among them.
type crowd struct {
	quota
	of      map[process]int // findings admitted of the present part that are not suppressed
	crowded int             // matches that were not admitted because too many came before of one process id
}

// process is a process id of a host.
type process struct {
	host *host.Host
	pid  int64
}

// ofEachProcess is how many matches of a rule of sequences are listed of one process id. What a
// process does a thousand times, nobody reads one by one. Beyond them tuning is not asked any more:
// it could only take others off the list.
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

// room reports whether not too many findings were admitted whose last event is about the same
// process id.
func (c *crowd) room(last *timeline.Event) bool {
	if p, ok := processIn(last); ok && c.of[p] >= ofEachProcess {
		c.crowded++
		return false
	}
	return true
}

// admits reports whether a finding is listed that tune was asked about, and counts it.
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
