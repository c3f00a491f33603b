package pack

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hunt/rules/ruletest"
)

func TestAPackDependsOnItsFilesNotOnTheirOrder(t *testing.T) {
	ruletest.Write(t, map[string]string{
		"a/b.toml": ruletest.Rule("b"), "a/c/a.toml": ruletest.Rule("a"), "a/.git/z.toml": "rubbish",
		"a/readme.txt": "no rule",
		"d.eql":        "file where true", "t1.toml": ruletest.Tuning("t1"), "t2.toml": ruletest.Tuning("t2"),
	})
	one, err := Load(Sources{Rules: []string{"a", "d.eql"}, Tuning: []string{"t1.toml", "t2.toml"},
		NoDefaultRules: true, NoDefaultTuning: true})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range one.Rules {
		ids = append(ids, r.ID)
	}
	if want := []string{"a", "b", "d"}; !slices.Equal(ids, want) {
		t.Errorf("rules %v, want %v", ids, want)
	}
	two, err := Load(Sources{Rules: []string{"d.eql", "a/c", "a/b.toml", "a/b.toml"},
		Tuning: []string{"t2.toml", "t1.toml"}, NoDefaultRules: true, NoDefaultTuning: true})
	if err != nil {
		t.Fatal(err)
	}
	if one.Hash != two.Hash || len(one.Hash) != 64 {
		t.Errorf("hashes %s and %s differ", one.Hash, two.Hash)
	}
	if one.Rule("b") == nil || one.Rule("b").Source != filepath.FromSlash("a/b.toml") || one.Rule("x") != nil {
		t.Errorf("Rule does not find by id")
	}
	for name, text := range map[string]string{"a/b.toml": ruletest.Rule("b") + "# a comment\n",
		"t1.toml": ruletest.Tuning("t1") + "\n"} {
		old, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		changed, err := Load(Sources{Rules: []string{"a", "d.eql"}, Tuning: []string{"t1.toml", "t2.toml"},
			NoDefaultRules: true, NoDefaultTuning: true})
		if err != nil {
			t.Fatal(err)
		}
		if changed.Hash == one.Hash {
			t.Errorf("a change of %s does not change the hash", name)
		}
		if err := os.WriteFile(name, old, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if bare, err := Load(Sources{Rules: []string{"a"}, NoDefaultRules: true, NoDefaultTuning: true}); err != nil ||
		bare.Hash == one.Hash {
		t.Errorf("a smaller pack has the same hash (%v)", err)
	}
}

func TestWhatCannotBeLoadedIsReportedAndTheRestIsLoaded(t *testing.T) {
	ruletest.Write(t, map[string]string{
		"good.toml": ruletest.Rule("good"), "bad.toml": "id =", "again.toml": ruletest.Rule("good"),
		"mine.toml":   "# a copy\n" + ruletest.Rule("t1204-001-browser-child-network"),
		"tuning.toml": ruletest.Tuning("google-update"), "empty/x.txt": "",
		"x.cases.toml": "[[case]]\nname = \"x\"\nfires = true\nevtx = \"a\"\n", "orphan.eql": "process where true",
		"orphan.cases.toml": "[[case]]\n",
	})
	p, err := Load(Sources{Rules: []string{"good.toml", "bad.toml", "again.toml", "mine.toml", "tuning.toml",
		"missing.toml", "empty", "x.cases.toml", "orphan.eql"},
		Tuning: []string{"tuning.toml", "good.toml"}})
	var es Errors
	if !errors.As(err, &es) {
		t.Fatalf("%T %v", err, err)
	}
	var heads []string
	for _, e := range es {
		heads = append(heads, e.Head())
	}
	want := []string{
		`bad.toml:1:4: expected value, not end of input`,
		`again.toml:1:6: rule id "good" is already defined at good.toml:1:6`,
		`mine.toml:2:6: rule id "t1204-001-browser-child-network" is already defined at library/t1204-001-browser-child-network.toml:1:6`,
		`tuning.toml: this is a tuning file, not a rule`,
		`missing.toml: no such file or directory`,
		`empty: it holds no .toml, .eql, .yml or .yaml file`,
		`x.cases.toml: these are cases of a rule, not a rule`,
		`orphan.cases.toml:1:3: case[0].name is missing`,
		`orphan.cases.toml:1:3: the case must say either fires or status`,
		`orphan.cases.toml:1:3: the case must have either events ([[case.event]]) or evtx`,
		`tuning.toml:2:6: exception id "google-update" is already defined at library/default.toml:26:6`,
		`good.toml: this is a rule, not a tuning file`,
	}
	number := regexp.MustCompile(`default.toml:\d+`) // the tuning file grows
	for i := range heads {
		heads[i] = number.ReplaceAllString(heads[i], "default.toml:26")
	}
	if !slices.Equal(heads, want) {
		t.Errorf("have\n  %s\nwant\n  %s", strings.Join(heads, "\n  "), strings.Join(want, "\n  "))
	}
	if p.Rule("good") == nil || p.Rule("t1204-001-browser-child-network").Source != BuiltIn || len(p.Exceptions) == 0 {
		t.Error("what could be loaded is missing")
	}
}

func TestPublishedRulesLoadAndThoseForWindowsLogsRun(t *testing.T) {
	const dir, rules = "../../../shared/upstream-rules/elastic", 340
	if _, err := os.Stat(dir); err != nil {
		t.Skip("SKIPPED: no published rules at " + dir)
	}
	p, err := Load(Sources{Rules: []string{dir}, NoDefaultRules: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Rules) != rules {
		t.Errorf("%d rules, want %d", len(p.Rules), rules)
	}
	// The index list, read by a plain search for the names, decides what must run.
	for _, r := range p.Rules {
		list := strings.Join(r.Indexes, " ")
		windows := strings.Contains(list, "winlogbeat-") || strings.Contains(list, "logs-windows.") ||
			strings.Contains(list, "logs-system.security") || strings.Contains(list, "logs-system.system")
		src := string(r.doc.src)
		runs := strings.Contains(src, "language = \"eql\"") || strings.Contains(src, "language = \"kuery\"")
		if (windows && runs) != (r.Skip == "") {
			t.Errorf("%s: skip %q with index %s", r.ID, r.Skip, list)
		}
		if r.Name == "" || r.Severity == 0 || r.QueryLine == 0 || len(r.Techniques) == 0 &&
			!strings.Contains(r.Place(), "_building_block") && !strings.Contains(strings.Join(r.Tags, " "), "Tactic") {
			t.Errorf("%s: parts are missing: %+v", r.Place(), r)
		}
	}
	var out strings.Builder
	failed, err := Check(&out, []string{dir})
	if err != nil || failed {
		t.Errorf("failed %v, err %v", failed, err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if got, want := lines[len(lines)-1], "267 ok, 0 failed, 73 unsupported"; got != want {
		t.Errorf("closing line %q, want %q", got, want)
	}
}
