package build

import (
	"slices"
	"strings"
	"testing"

	"hunt/report"
)

// A recommendation names the hosts of the most serious incidents first, and few of them on the first screen.
func TestARecommendationNamesTheMostSeriousHostsFirst(t *testing.T) {
	p := &picture{incidents: []report.Incident{{Hosts: []string{"z", "y"}}, {Hosts: []string{"y", "a"}}}}
	hosts := p.byWeight([]string{"a", "b", "c", "d", "y", "z"})
	if want := []string{"z", "y", "a", "b", "c", "d"}; !slices.Equal(hosts, want) {
		t.Errorf("%q, want %q", hosts, want)
	}
	r := naming(report.ActionContain, nil, hosts, "Isolate %s.")
	if r.Text != "Isolate z, y, a, b, c, d." || r.Brief != "Isolate z, y, a, b, c and 1 more." {
		t.Errorf("%q, in brief %q", r.Text, r.Brief)
	}
	r = naming(report.ActionContain, nil, hosts[:5], "Isolate %s.")
	if r.Brief != "" || !strings.Contains(r.Text, "c") {
		t.Errorf("%q, in brief %q", r.Text, r.Brief)
	}
}
