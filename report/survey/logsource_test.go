package survey

import (
	"slices"
	"testing"

	"hunt/report/sight"
	"hunt/rules/pack"
	"hunt/rules/sigma/logsource"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
)

func TestLogSourcesCountTheRecordsThatAnswerThem(t *testing.T) {
	rule := func(product, category, service, skip string) *pack.Rule {
		return &pack.Rule{Language: pack.Sigma, Skip: skip,
			LogSource: logsource.Name{Product: product, Category: category, Service: service}}
	}
	rules := []*pack.Rule{
		rule("windows", "process_creation", "", ""), rule("windows", "process_creation", "", ""),
		rule("windows", "process_creation", "", "a placeholder is not defined"),
		rule("windows", "", "security", ""), rule("windows", "", "dns-server", ""), rule("windows", "", "", ""),
		rule("windows", "file_access", "", ""), rule("linux", "process_creation", "", ""), {Language: pack.EQL},
	}
	counted := func(channel string, id uint32, n int) ledger.EventCount {
		return ledger.EventCount{Channel: channel, EventID: id, Count: n}
	}
	hosts := []*host.Host{
		{Events: []ledger.EventCount{counted("Microsoft-Windows-Sysmon/Operational", 1, 5),
			counted("Microsoft-Windows-Sysmon/Operational", 3, 7)}},
		{Events: []ledger.EventCount{counted("security", 4688, 2), counted("security", 4624, 1)}},
		{},
	}
	want := []sight.LogSource{
		{Name: "process_creation", Rules: 2, Records: 7, Hosts: 2, Without: 1},
		{Name: "all of windows", Rules: 1, Records: 15, Hosts: 2, Without: 1},
		{Name: "service dns-server", Rules: 1, Without: 3},
		{Name: "service security", Rules: 1, Records: 3, Hosts: 1, Without: 2},
	}
	if got := LogSources(rules, hosts); !slices.Equal(got, want) {
		t.Errorf("log sources\n  %+v\nwant\n  %+v", got, want)
	}
}
