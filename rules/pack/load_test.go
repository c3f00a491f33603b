package pack

import (
	"strings"
	"testing"

	"hunt/rules/ruletest"
)

// What changes the meaning of an Elastic rule and is no EQL is a reason not to run it.
func TestElasticRulesWhoseMeaningIsNotInTheirQueryDoNotRun(t *testing.T) {
	const rule = "[rule]\nrule_id = \"a\"\nname = \"a\"\ntype = \"eql\"\nindex = [\"winlogbeat-*\"]\nquery = " +
		"'process where true'\n"
	for more, want := range map[string]string{
		"": "",
		"alert_suppression = { group_by = [\"x\"] }\n":   "",
		"event_category_override = \"event.category\"\n": "",
		"event_category_override = " +
			"\"event.code\"\n": "event_category_override",
		"[[rule.filters]]\n[rule.filters.query.match_phrase]\n\"process.parent.name\" = \"a\"\n": "",
	} {
		ruletest.Write(t, map[string]string{"r.toml": rule + more})
		p, err := Load(Sources{NoDefaultRules: true, Rules: []string{"r.toml"}})
		if err != nil {
			t.Fatal(err)
		}
		if skip := p.Rules[0].Skip; (skip == "") != (want == "") || !strings.Contains(skip, want) {
			t.Errorf("%s is skipped for %q, want %q", more, skip, want)
		}
	}
}

func TestIndexesOfAnyVersionAndNamespaceHoldEventLogs(t *testing.T) {
	for index, runs := range map[string]bool{
		"winlogbeat-*": true, "winlogbeat-8.*": true, "winlogbeat-7.17.0": true, "logs-windows.*": true,
		"logs-windows.sysmon_operational-prod*": true,
		"logs-system.security-corp":             true, ".ds-logs-system.security-*": true, "logs-winlog.winlog-*": true,
		"logs-*": true, "eu:winlogbeat-*": true, "*": true,
		"logs-endpoint.events.process-*": false, "logs-system.auth-*": false, "auditbeat-*": false,
		"logs-windows.sysmon-*": false, "endgame-*": false,
	} {
		if why := needsOtherData([]string{index}); (why == "") != runs {
			t.Errorf("%s: %q, want that it runs: %t", index, why, runs)
		}
	}
}
