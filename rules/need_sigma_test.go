package rules

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hunt/rules/pack"
	"hunt/rules/stage"
	"hunt/timeline"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
)

// sigmaRules are rules of log sources that nobody has, that hunt knows, and that the selections name.
var sigmaRules = map[string]string{
	"applocker": "logsource:\n  product: windows\n  service: applocker\n  definition: Switch on AppLocker.\n" +
		"detection:\n  s:\n    EventID: [8004, 8007]\n  condition: s\n",
	"anything": "logsource:\n  product: windows\n  service: taskscheduler\n" +
		"detection:\n  s:\n    TaskName|contains: evil\n  condition: s\n",
	"service": "logsource:\n  product: windows\n  service: system\n" +
		"detection:\n  s:\n    Provider_Name: Service Control Manager\n    EventID: 7045\n  other:\n    EventID: " +
		"7040\n  condition: s and not other\n",
	"start": "logsource:\n  product: windows\n  category: process_creation\n" +
		"detection:\n  s:\n    Image|endswith: '\\\\a.exe'\n  condition: s\n",
	"named": "logsource:\n  product: windows\nruletype: Hayabusa\n" +
		"detection:\n  s:\n    Channel: Microsoft-Windows-Bits-Client/Operational\n    EventID: 59\n  condition: s\n",
}

func loadSigma(t *testing.T) *pack.Pack {
	t.Helper()
	dir := t.TempDir()
	for id, text := range sigmaRules {
		text = "title: " + id + "\nid: " + id + "\nlevel: high\n" + text
		if err := os.WriteFile(filepath.Join(dir, id+".yml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pk, err := pack.Load(pack.Sources{Rules: []string{dir}, NoDefaultRules: true, NoDefaultTuning: true})
	if err != nil {
		t.Fatal(err)
	}
	return pk
}

func TestNeedsOfSigmaRulesHaveNamesWhateverTheCaseHolds(t *testing.T) {
	needs := stage.Needs(loadSigma(t), &timeline.Case{Hosts: &host.Set{}})
	have := map[string][]ledger.EventKind{}
	for _, n := range needs {
		for _, s := range n.Stages {
			have[s.Rule.ID] = n.Kinds
		}
	}
	for id, want := range map[string][]ledger.EventKind{
		"anything": {{Channel: "Microsoft-Windows-TaskScheduler/Operational"}},
		"named":    {{Channel: "Microsoft-Windows-Bits-Client/Operational", EventID: 59}},
		"service":  {{Channel: "System", Provider: "Service Control Manager", EventID: 7045}},
		"start": {
			{Channel: "Microsoft-Windows-Sysmon/Operational", Provider: "Microsoft-Windows-Sysmon", EventID: 1},
			{Channel: "Security", Provider: "Microsoft-Windows-Security-Auditing", EventID: 4688},
		},
	} {
		if !slices.Equal(have[id], want) {
			t.Errorf("%s needs %+v, want %+v", id, have[id], want)
		}
	}
	var applocker []uint32
	for _, k := range have["applocker"] {
		if !strings.HasPrefix(k.Channel, "Microsoft-Windows-AppLocker/") {
			t.Errorf("applocker needs %+v", k)
		}
		applocker = append(applocker, k.EventID)
	}
	if !slices.Contains(applocker, 8004) || !slices.Contains(applocker, 8007) || slices.Contains(applocker, 0) {
		t.Errorf("applocker needs the ids %d", applocker)
	}
}

func TestASigmaRuleWithoutItsLogIsBlindAndSaysWhatToSwitchOn(t *testing.T) {
	dir := t.TempDir()
	c := &pack.Case{Name: t.Name(),
		Events: []pack.CaseEvent{start(0, "first", cmdExe, "browser", chrome, "cmd /c first")}}
	if err := c.Write(dir); err != nil {
		t.Fatal(err)
	}
	res := runOn(t, loadSigma(t), Options{}, dir)
	for id, want := range map[string]string{
		"applocker": "it needs AppLocker",
		"named":     "it needs Bits-Client 59",
	} {
		i := slices.IndexFunc(res.Rules, func(r RuleResult) bool { return r.Rule.ID == id })
		blind := res.Rules[i].Blind
		if len(blind) != 1 || !strings.Contains(blind[0].Cause.String(), want) {
			t.Fatalf("%s: %+v, want %q", id, blind, want)
		}
		if id == "applocker" && !strings.HasSuffix(blind[0].Cause.String(), "its authors say: Switch on AppLocker.") {
			t.Errorf("%q does not say what to switch on", blind[0].Cause.String())
		}
	}
}
