package incident

import (
	"fmt"
	"runtime"
	"testing"

	"hunt/evtx"
)

// joined returns the bytes that joining n incidents on a host each allocates.
func joined(n int) float64 {
	c := &Case{Hosts: hosts(n)}
	for i := range n {
		c.Findings = append(c.Findings, finding(fmt.Sprintf("f%d", i), event(fmt.Sprintf("h%d", i), evtx.Filetime(i))))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := Join(c)
	runtime.ReadMemStats(&after)
	if len(r.Incidents) != n {
		return -1
	}
	return float64(after.TotalAlloc - before.TotalAlloc)
}

// TestWorkGrowsWithTheHosts: four times the hosts, with an incident on each, may take four times the
// work and a little more; with the square it would take sixteen times.
func TestWorkGrowsWithTheHosts(t *testing.T) {
	const n, most = 500, 6
	joined(16) // what is made once
	one, four := joined(n), joined(4*n)
	if one <= 0 || four <= 0 || four > most*one {
		t.Errorf("%.0f bytes for %d hosts, %.0f for %d: %.1f times", one, n, four, 4*n, four/one)
	}
}
