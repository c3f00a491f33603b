package build

import (
	"testing"

	"hunt/rules"
)

func TestRulesThatWereBlindAlikeHaveOneNumber(t *testing.T) {
	a := alike{map[*rules.Cause]int{}, map[string]int{}}
	sysmon, security := &rules.Cause{Needs: "Sysmon 1"}, &rules.Cause{Needs: "Security 4688"}
	number := func(hosts int, list ...rules.Blind) int {
		return a.number(&rules.RuleResult{Blind: list, BlindHosts: hosts})
	}
	if n := number(0); n != 0 {
		t.Errorf("a rule that saw all has the number %d", n)
	}
	first := number(2, rules.Blind{Host: "a", Cause: sysmon}, rules.Blind{Host: "b", Cause: sysmon})
	if n := number(2, rules.Blind{Host: "a", Cause: sysmon}, rules.Blind{Host: "b", Cause: sysmon}); n != first {
		t.Errorf("the same hosts and causes: %d and %d", first, n)
	}
	for name, n := range map[string]int{
		"another cause":  number(2, rules.Blind{Host: "a", Cause: sysmon}, rules.Blind{Host: "b", Cause: security}),
		"another host":   number(2, rules.Blind{Host: "a", Cause: sysmon}, rules.Blind{Host: "c", Cause: sysmon}),
		"unlisted hosts": number(3, rules.Blind{Host: "a", Cause: sysmon}, rules.Blind{Host: "b", Cause: sysmon}),
	} {
		if n == first {
			t.Errorf("%s: not told apart", name)
		}
	}
}
