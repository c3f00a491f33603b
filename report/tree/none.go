package tree

import (
	"fmt"
	"slices"

	"hunt/timeline/host"
)

// NoneText says that no process of the hosts fits, and what would.
func (q *Query) NoneText(hosts []*host.Host) string {
	logged := slices.ContainsFunc(hosts, func(h *host.Host) bool { return len(h.Processes()) > 0 })
	switch {
	case !logged:
		return "no process starts are logged there (Sysmon 1, Security 4688); 'hunt coverage' shows what is"
	case q.At == 0:
		return "no process fits"
	}
	anytime := *q
	anytime.At = 0
	for _, h := range hosts {
		for _, p := range anytime.Find(h) {
			return fmt.Sprintf("no process fits at that time; %s: %s (pid %d) started at %s", h.ID, p.Name(),
				p.PID, p.Start)
		}
	}
	return "no process fits, at that time or any other"
}
