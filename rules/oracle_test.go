package rules

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
)

// corpus returns the directory of the corpus, or skips.
func corpus(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("HUNT_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "corpus")
	}
	if _, err := os.Stat(filepath.Join(dir, "expected.json")); err != nil {
		if os.Getenv("HUNT_REQUIRE") != "" {
			t.Fatalf("HUNT_REQUIRE is set, but there is no corpus at %s", dir)
		}
		t.Skipf("SKIPPED: no corpus at %s; set HUNT_CORPUS to run this test", dir)
	}
	return dir
}

// expectation is what the corpus' independent implementation of the rule found.
type expectation struct {
	Stage1    int `json:"n_stage1"`
	Stage2    int `json:"n_stage2"`
	Sequences []struct {
		E1   [3]any `json:"e1"` // file, EventRecordID, time
		E2   [3]any `json:"e2"`
		Host string `json:"host"`
	} `json:"sequences"`
}

// variants are the parent lists of the expectation's rules; "seed" is the literal rule.
var variants = map[string]struct {
	parents []string
	span    string
}{
	"seed": {nil, "30s"},
	"parents_plus_explorer": {[]string{"chrome.exe", "msedge.exe", "firefox.exe", "iexplore.exe",
		"opera.exe", "brave.exe", "vivaldi.exe", "browser.exe", "explorer.exe"}, "30s"},
	"parents_cmd_powershell":            {[]string{"cmd.exe", "powershell.exe"}, "30s"},
	"parents_cmd_powershell_5m":         {[]string{"cmd.exe", "powershell.exe"}, "5m"},
	"parents_svchost_services_wmiprvse": {[]string{"svchost.exe", "services.exe", "wmiprvse.exe"}, "30s"},
	"parents_any_listed": {[]string{"chrome.exe", "msedge.exe", "firefox.exe", "iexplore.exe", "opera.exe", "brave.exe",
		"vivaldi.exe", "browser.exe",
		"explorer.exe", "cmd.exe", "powershell.exe", "svchost.exe", "services.exe", "wmiprvse.exe", "rundll32.exe",
		"winword.exe", "mshta.exe",
		"wscript.exe", "cscript.exe", "sqlservr.exe", "monitoringhost.exe", "python.exe", "control.exe"}, "30s"},
}

// literal returns the shipped literal rule with another parent list and span.
func literal(t testing.TB, variant string) *pack.Pack {
	t.Helper()
	pk, err := pack.Load(pack.Sources{NoDefaultTuning: true})
	if err != nil {
		t.Fatal(err)
	}
	rule := pk.Rule("t1204-001-malicious-link-literal")
	if rule == nil {
		t.Fatal("the literal rule is not in the library")
	}
	v := variants[variant]
	changed := *rule
	if v.parents != nil {
		from := strings.Index(changed.Query, "process.parent.name in~ (")
		to := from + strings.Index(changed.Query[from:], ")")
		if from < 0 || to < from {
			t.Fatal("the literal rule has no parent list")
		}
		changed.Query = changed.Query[:from] + `process.parent.name in~ ("` + strings.Join(v.parents, `", "`) + `"` +
			changed.Query[to:]
	}
	changed.Query = strings.Replace(changed.Query, "maxspan=30s", "maxspan="+v.span, 1)
	changed.Partial = false
	return &pack.Pack{Rules: []*pack.Rule{&changed}, Hash: pk.Hash}
}

// runOn runs a pack over paths.
func runOn(t testing.TB, pk *pack.Pack, o Options, paths ...string) *Result {
	t.Helper()
	col, err := evidence.Collect(context.Background(), evidence.Inputs(paths...), evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := Run(context.Background(), timeline.Of(col), pk, o)
	if err != nil {
		t.Fatal(err)
	}
	if r := res.Rules[0]; !r.Ran {
		t.Fatalf("%s did not run: %s", r.Rule.ID, r.Reason)
	}
	return res
}

// sequenceOf writes a finding as "record id @ time > record id @ time on host".
func sequenceOf(f *Finding) string {
	var parts []string
	for _, e := range f.Evidence {
		parts = append(parts, fmt.Sprintf("%d @ %s", e.Event.Ref.EventRecordID, e.Event.Record.TimeCreated()))
	}
	return strings.Join(parts, " > ") + " on " + f.Host.ID
}

func TestTheLiteralRuleAgreesWithAnIndependentImplementation(t *testing.T) {
	dir := corpus(t)
	b, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Oracle map[string]expectation `json:"oracle"`
	}
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	checked := 0
	for name, w := range want.Oracle {
		variant, rest, _ := strings.Cut(name, "|")
		if !strings.HasSuffix(rest, "file=11_27_29") {
			continue // hunt maps Sysmon 27 and 29 as file creations, as the rule's Elastic mapping does
		}
		clock := ledger.ClockCreated
		if strings.Contains(rest, "clock=utc") {
			clock = ledger.ClockUTC
		}
		checked++
		t.Run(name, func(t *testing.T) {
			res := runOn(t, literal(t, variant), Options{Clock: clock, KeepTwins: true, Strict: true},
				filepath.Join(dir, "real"))
			got := res.Rules[0]
			if got.StageHits[0] != w.Stage1 || got.StageHits[1] != w.Stage2 {
				t.Errorf("stage hits %v, want [%d %d]", got.StageHits, w.Stage1, w.Stage2)
			}
			var have, expect []string
			for _, f := range res.Findings {
				have = append(have, sequenceOf(f))
			}
			for _, s := range w.Sequences {
				e := func(x [3]any) string {
					at, _ := x[2].(string)
					id, _ := x[1].(float64)
					return fmt.Sprintf("%d @ %s", int(id), strings.Replace(at, "00Z", "Z", 1))
				}
				expect = append(expect, e(s.E1)+" > "+e(s.E2)+" on "+s.Host)
			}
			slices.Sort(have)
			slices.Sort(expect)
			if !slices.Equal(have, expect) {
				t.Errorf("sequences differ\n have %s\n want %s", strings.Join(have, "\n      "),
					strings.Join(expect, "\n      "))
			}
		})
	}
	if checked != 2*len(variants) {
		t.Errorf("checked %d expectations, want %d", checked, 2*len(variants))
	}
}

func TestOnlyParentsFoundByPidAddToTheExpectation(t *testing.T) {
	dir := corpus(t)
	pk := literal(t, "parents_cmd_powershell")
	stage1, _, _ := strings.Cut(pk.Rules[0].Query[strings.Index(pk.Rules[0].Query, "[process")+1:], "] as e1")
	pk.Rules[0].Query = stage1
	record := func(o Options) map[string]*timeline.Event {
		out := map[string]*timeline.Event{}
		o.Hit = func(_ *pack.Rule, _ *Finding, _ bool, e *timeline.Event) {
			out[sequenceOf(&Finding{Host: e.Host, Evidence: []Evidence{{Event: e}}})] = e
		}
		runOn(t, pk, o, filepath.Join(dir, "real"))
		return out
	}
	strict, derived := record(Options{KeepTwins: true, Strict: true}), record(Options{KeepTwins: true})
	if len(strict) == 0 || len(derived) <= len(strict) {
		t.Fatalf("%d stage-1 events as logged, %d with parents found by pid: want more than as logged", len(strict),
			len(derived))
	}
	for k := range strict {
		if derived[k] == nil {
			t.Errorf("%s is only found as logged", k)
		}
	}
	for k, e := range derived {
		if strict[k] != nil {
			continue
		}
		if _, named := e.Record.Data("ParentProcessName"); e.Class.EventID != 4688 || named {
			t.Errorf("%s: stage 1 without a reason: event %d, parent named in the record: %t", k,
				e.Class.EventID, named)
		}
	}
}

type derivedCase struct {
	Case  string `json:"case"`
	Files []struct {
		Path string `json:"path"`
	} `json:"files"`
	Sys, UTC struct {
		Stage1    int `json:"stage1"`
		Stage2    int `json:"stage2"`
		Sequences []struct {
			E1, E2 struct {
				RID  int    `json:"rid"`
				Host string `json:"host"`
				T    string `json:"t"`
			}
		} `json:"sequences"`
	}
}

func TestTheDerivedCasesMatch(t *testing.T) {
	dir := corpus(t)
	b, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Derived []derivedCase `json:"derived"`
	}
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	if len(want.Derived) != 9 {
		t.Fatalf("%d derived cases, want 9", len(want.Derived))
	}
	for _, c := range want.Derived {
		var paths []string
		for _, f := range c.Files {
			paths = append(paths, filepath.Join(dir, f.Path))
		}
		for _, clock := range []ledger.Clock{ledger.ClockCreated, ledger.ClockUTC} {
			t.Run(c.Case+"/"+string(clock), func(t *testing.T) {
				w := c.Sys
				if clock == ledger.ClockUTC {
					w = c.UTC
				}
				res := runOn(t, literal(t, "seed"), Options{Clock: clock, KeepTwins: true}, paths...)
				if got := res.Rules[0].StageHits; got[0] != w.Stage1 || got[1] != w.Stage2 {
					t.Errorf("stage hits %v, want [%d %d]", got, w.Stage1, w.Stage2)
				}
				var have, expect []string
				for _, f := range res.Findings {
					have = append(have, sequenceOf(f))
				}
				for _, s := range w.Sequences {
					expect = append(expect, fmt.Sprintf("%d @ %s > %d @ %s on %s", s.E1.RID,
						strings.Replace(s.E1.T, "00Z", "Z", 1),
						s.E2.RID, strings.Replace(s.E2.T, "00Z", "Z", 1), cmp.Or(s.E2.Host, s.E1.Host)))
				}
				if !slices.Equal(have, expect) {
					t.Errorf("sequences differ\n have %s\n want %s", have, expect)
				}
			})
		}
	}
}
