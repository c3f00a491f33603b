package sigma

import (
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"hunt/evtx"
	"hunt/racetest"
	"hunt/rules/sigma/logsource"
	"hunt/rules/sigma/syntax"
)

// shared returns the folder that holds the corpus, published rules and expectations. Without it the
// test is skipped, and says so.
func shared(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("HUNT_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("HUNT_REQUIRE") == "1" {
			t.Fatalf("no corpus at %s: %v", dir, err)
		}
		t.Skipf("SKIPPED, NOT PASSED: no corpus at %s; set HUNT_CORPUS", dir)
	}
	return filepath.Dir(dir)
}

// published reads the rules below a folder of published rules, without those that cannot run.
func published(t testing.TB, fs *logsource.Fields, dirs ...string) []*Rule {
	t.Helper()
	var out []*Rule
	for _, dir := range dirs {
		root := os.Getenv("HUNT_UPSTREAM_RULES")
		if root == "" {
			root = filepath.Join(shared(t), "upstream-rules")
		}
		for _, path := range filesBelow(t, filepath.Join(root, dir), ".yml") {
			src, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range syntax.Parse(src, syntax.Options{}) {
				if d.Mistakes != nil {
					t.Errorf("%s: %v", path, d.Mistakes)
				} else if d.Kind == syntax.RuleDocument && d.Skip == nil {
					out = append(out, Bind(d, fs))
				}
			}
		}
	}
	return out
}

func filesBelow(t testing.TB, dir, ext string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(p, ext) {
			out = append(out, p)
		}
		return err
	})
	if err != nil {
		t.Skipf("SKIPPED, NOT PASSED: %v", err)
	}
	return out
}

// hit is a record that a rule holds of.
type hit struct {
	rule, file string
	id         uint64
}

func (h hit) compare(g hit) int {
	return cmp.Or(cmp.Compare(h.rule, g.rule), cmp.Compare(h.file, g.file), cmp.Compare(h.id, g.id))
}

// walkHits evaluates rules over files by Holds, each hit once.
func walkHits(t testing.TB, fs *logsource.Fields, rules []*Rule, root string, files []string) []hit {
	t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	all := map[hit]bool{}
	work := make(chan string)
	for range 2 {
		wg.Go(func() {
			view := fs.NewView()
			bySource := map[string][]*Rule{}
			for name := range work {
				f, err := evtx.Open(filepath.Join(root, name))
				if err != nil {
					continue
				}
				for r := range f.Records(&evtx.Decoder{}, nil) {
					channel, id := r.Channel(), r.EventID()
					key := fmt.Sprint(channel, id)
					near, ok := bySource[key]
					if !ok {
						for _, rule := range rules {
							if rule.near(channel, id) {
								near = append(near, rule)
							}
						}
						bySource[key] = near
					}
					view.Bind(r)
					for _, rule := range near {
						if rule.Holds(view, channel, id) {
							mu.Lock()
							all[hit{rule.Doc.ID, name, r.EventRecordID()}] = true
							mu.Unlock()
						}
					}
				}
				f.Close()
			}
		})
	}
	for _, name := range files {
		work <- name
	}
	close(work)
	wg.Wait()
	var out []hit
	for h := range all {
		out = append(out, h)
	}
	slices.SortFunc(out, hit.compare)
	return out
}

// near reports whether events of a channel and id may be ones that the rule holds of, by its log
// source and, of hayabusa-rules, by what it asks of the two.
func (r *Rule) near(channel string, id uint32) bool {
	if len(r.Sources) > 0 {
		return slices.ContainsFunc(r.Sources, func(s logsource.Source) bool { return s.Takes(channel, id) })
	}
	_, may := r.may(r.Doc.Detection.Condition, channel, id)
	return r.Dialect != logsource.Hayabusa || may
}

// may returns whether a condition may be false and may be true.
func (r *Rule) may(c *syntax.Condition, channel string, id uint32) (no, yes bool) {
	switch c.Op {
	case syntax.Named:
		no, yes = true, false
		for _, g := range c.Selection.Groups {
			all := true
			for _, item := range g {
				value := map[string]string{"Channel": channel, "EventID": fmt.Sprint(id)}[item.Field]
				if value == "" || item.Not || item.All {
					continue
				}
				any := false
				for _, v := range item.Values {
					any = any || v.Kind != syntax.Text && fits(value, v) || v.Kind == syntax.Text &&
						glob(fold(value), r.parts[v])
				}
				all = all && any
			}
			yes = yes || all
		}
		return no, yes
	case syntax.Not:
		return true, true
	case syntax.And:
		yes = true
		for _, k := range c.Kids {
			_, y := r.may(k, channel, id)
			yes = yes && y
		}
		return true, yes
	}
	for _, k := range c.Kids {
		_, y := r.may(k, channel, id)
		yes = yes || y
	}
	return true, yes
}

// expectation is what an independent evaluator found.
type expectation struct {
	Rules map[string]struct {
		Hits [][]any
		Path string
	}
	None        []string
	Unsupported []struct{ ID, Why string }
	Regression  map[string]struct {
		Events []uint64
		File   string
	}
	RegressionAllHits map[string]map[string][]uint64 `json:"regression_all_hits"`
}

func readExpectation(t testing.TB, name string) *expectation {
	t.Helper()
	f, err := os.Open(filepath.Join(shared(t), "sigma", name))
	if err != nil {
		t.Skipf("SKIPPED, NOT PASSED: %v", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var e expectation
	if err := json.NewDecoder(z).Decode(&e); err != nil {
		t.Fatal(err)
	}
	return &e
}

func (e *expectation) hits() []hit {
	all := map[hit]bool{}
	for id, r := range e.Rules {
		for _, h := range r.Hits {
			all[hit{id, h[0].(string), uint64(h[1].(float64))}] = true
		}
	}
	var out []hit
	for h := range all {
		out = append(out, h)
	}
	slices.SortFunc(out, hit.compare)
	return out
}

// compareHits tells what is only on one side.
func compareHits(t *testing.T, got, want []hit) {
	t.Helper()
	for _, h := range got {
		if _, ok := slices.BinarySearchFunc(want, h, hit.compare); !ok {
			t.Errorf("not expected: %+v", h)
		}
	}
	for _, h := range want {
		if _, ok := slices.BinarySearchFunc(got, h, hit.compare); !ok {
			t.Errorf("missing: %+v", h)
		}
	}
	t.Logf("%d hits, %d expected", len(got), len(want))
}

func realLogs(t testing.TB) (root string, files []string) {
	t.Helper()
	root = filepath.Join(shared(t), "corpus")
	for _, p := range filesBelow(t, filepath.Join(root, "real"), ".evtx") {
		name, err := filepath.Rel(root, p)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, filepath.ToSlash(name))
	}
	return root, files
}

func TestTheHitsOfPublishedRulesAreThoseOfAnIndependentEvaluator(t *testing.T) {
	racetest.Skip(t)
	for name, c := range map[string]struct{ expected, dir string }{
		"SigmaHQ":  {"expected_sigma_dev.json.gz", "sigmahq"},
		"Hayabusa": {"expected_hayabusa_dev.json.gz", "hayabusa"},
	} {
		t.Run(name, func(t *testing.T) {
			want := readExpectation(t, c.expected)
			fs := logsource.NewFields()
			rules := published(t, fs, c.dir)
			root, files := realLogs(t)
			compareHits(t, walkHits(t, fs, rules, root, files), want.hits())
			compareHits(t, engineHits(t, fs, rules, root, files), want.hits())
		})
	}
}

func TestPublishedLogsHitTheirOwnRule(t *testing.T) {
	want := readExpectation(t, "expected_sigma_dev.json.gz")
	fs := logsource.NewFields()
	rules := published(t, fs, "sigmahq")
	root := filepath.Join(shared(t), "corpus")
	where := map[string]string{} // some of the logs lie among the real ones
	for _, dir := range []string{"sigma-regression", "real"} {
		for _, p := range filesBelow(t, filepath.Join(root, dir), ".evtx") {
			if _, name, ok := strings.Cut(filepath.ToSlash(p), "regression_data/"); ok {
				where["regression_data/"+name] = p
			}
		}
	}
	var got, all []hit
	for file, byRule := range want.RegressionAllHits {
		path := where[file]
		if path == "" {
			t.Errorf("%s is not in the corpus", file)
			continue
		}
		for _, h := range walkHits(t, fs, rules, "", []string{path}) {
			got = append(got, hit{h.rule, file, h.id})
		}
		for rule, ids := range byRule {
			for _, id := range ids {
				all = append(all, hit{rule, file, id})
			}
		}
	}
	slices.SortFunc(got, hit.compare)
	slices.SortFunc(all, hit.compare)
	compareHits(t, got, all)
	for rule, r := range want.Regression {
		for _, id := range r.Events {
			if _, ok := slices.BinarySearchFunc(got, hit{rule, r.File, id}, hit.compare); !ok {
				t.Errorf("%s does not hit its own rule %s", r.File, rule)
			}
		}
	}
}

// TestWhatDoesNotRunIsWhatTheIndependentEvaluatorDoesNotRun holds the reasons against its.
func TestWhatDoesNotRunIsWhatTheIndependentEvaluatorDoesNotRun(t *testing.T) {
	for dir, name := range map[string]string{"sigmahq": "expected_sigma_dev.json.gz",
		"hayabusa": "expected_hayabusa_dev.json.gz"} {
		want := map[string]string{}
		for _, u := range readExpectation(t, name).Unsupported {
			want[u.ID] = u.Why
		}
		fs := logsource.NewFields()
		for _, path := range filesBelow(t, filepath.Join(shared(t), "upstream-rules", dir), ".yml") {
			src, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range syntax.Parse(src, syntax.Options{}) {
				if d.Kind != syntax.RuleDocument {
					continue
				}
				var why string
				if d.Skip != nil {
					why = d.Skip.Msg
				} else {
					why = Bind(d, fs).Unanswerable()
				}
				if (why != "") != (want[d.ID] != "") {
					t.Errorf("%s: hunt says %q, the independent evaluator %q", path, why, want[d.ID])
				}
			}
		}
	}
}
