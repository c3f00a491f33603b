package rules

import (
	"fmt"
	"testing"

	"hunt/limit"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/host"
)

// TestARuleListsSomeBlindHostsAndCountsAll notes one host more than a rule lists, of two rules.
func TestARuleListsSomeBlindHostsAndCountsAll(t *testing.T) {
	res := &Result{Case: &timeline.Case{Limits: &limit.Tally{}}}
	for i, n := range []int{maxBlind, maxBlind + 2} {
		rr := &RuleResult{Rule: &pack.Rule{ID: fmt.Sprintf("rule-%d", i)}}
		for h := range n {
			res.blind(rr, &host.Host{ID: fmt.Sprintf("host-%d", h)}, &Cause{})
		}
		if len(rr.Blind) != maxBlind || rr.BlindHosts != n {
			t.Errorf("%d of %d listed, %d counted", len(rr.Blind), n, rr.BlindHosts)
		}
	}
	if bites := res.Case.Limits.Bites(); len(bites) != 1 || bites[0].ID != boundBlind.ID || bites[0].Count != 1 ||
		bites[0].First.Name != "rule-1" {
		t.Errorf("the bound bit: %+v", bites)
	}
}
