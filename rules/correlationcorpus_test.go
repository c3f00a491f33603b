package rules

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hunt/rules/pack"
	"hunt/timeline/spill"
)

type expectedResult struct {
	Events [][2]any
	Key    [][2]*string // name and value
	N      *int         // events or values
}

// expectedCorrelations are the results of correlations over the corpus, as an evaluator without
// common code found them: of each file of rules, by id, the results as lists of events.
func expectedCorrelations(t *testing.T) map[string]map[string]struct {
	Correlations map[string]struct{ Results []expectedResult }
	Rules        map[string]any
} {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "shared", "sigma", "expected_sigma_dev.json.gz"))
	if err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Correlations map[string]map[string]struct {
			Correlations map[string]struct{ Results []expectedResult }
			Rules        map[string]any
		}
	}
	if err := json.NewDecoder(z).Decode(&want); err != nil {
		t.Fatal(err)
	}
	return want.Correlations
}

// TestCorrelationsOverTheCorpus holds what correlations find against an independent evaluator, in
// memory and on disk.
func TestCorrelationsOverTheCorpus(t *testing.T) {
	dir := corpus(t)
	want := expectedCorrelations(t)
	files, err := filepath.Glob(filepath.Join("..", "..", "shared", "sigma", "correlations", "*.yml"))
	if err != nil || len(files) == 0 {
		t.Skipf("SKIPPED: no correlations: %v", err)
	}
	pk, err := pack.Load(pack.Sources{Rules: files, NoDefaultRules: true, NoDefaultTuning: true})
	if err != nil {
		t.Fatal(err)
	}
	silent := pk.Rules
	pk.Rules = slices.DeleteFunc(slices.Clone(silent), func(r *pack.Rule) bool { return r.Skip != "" })
	all := &pack.Pack{Rules: silent}
	for name, o := range map[string]Options{"in memory": {}, "on disk": {MaxMemory: spill.Budget(1 << 20), Jobs: 3}} {
		t.Run(name, func(t *testing.T) {
			o.KeepTwins = true // the evaluator counts both records of a process start
			res := runOn(t, pk, o, filepath.Join(dir, "real"))
			got := map[string][]string{}
			for _, f := range res.Findings {
				if f.Counted == nil {
					continue // of a rule that gives findings of its own, too
				}
				var events []string
				for _, e := range f.Evidence {
					name := filepath.ToSlash(filepath.Join("real", res.Case.Files[e.Event.Ref.File].Path))
					events = append(events, name+" "+strconv.FormatUint(e.Event.Ref.EventRecordID, 10))
				}
				var key []string
				for i, k := range f.Keys {
					key = append(key, f.Counted.KeyNames[i]+"="+k.Text())
				}
				got[f.Rule.ID] = append(got[f.Rule.ID],
					strings.Join(events, "; ")+" by "+strings.ToLower(strings.Join(key, ","))+" n "+f.Counted.Measure)
			}
			checked := 0
			for file, sets := range want {
				if !slices.ContainsFunc(files, func(f string) bool { return filepath.Base(f) == filepath.Base(file) }) {
					continue // of another set
				}
				for id, w := range sets["dev"].Correlations {
					var expected []string
					for _, r := range w.Results {
						var events []string
						for _, e := range r.Events {
							events = append(events, fmt.Sprintf("%s %.0f", e[0], e[1]))
						}
						var key []string
						for _, k := range r.Key {
							value := ""
							if k[1] != nil {
								value = *k[1]
							}
							key = append(key, *k[0]+"="+value)
						}
						n := ""
						if r.N != nil {
							n = strconv.Itoa(*r.N)
						}
						expected = append(expected,
							strings.Join(events, "; ")+" by "+strings.ToLower(strings.Join(key, ","))+" n "+n)
					}
					if r := all.Rule(id); r == nil || r.Skip != "" {
						if r == nil || len(got[id]) > 0 || !strings.Contains(r.Skip, "no findings of its own") {
							t.Errorf("%s: rule %s does not run", file, id)
						}
						continue
					}
					checked += len(expected)
					slices.Sort(expected)
					slices.Sort(got[id])
					if !slices.Equal(got[id], expected) {
						t.Errorf("%s %s: %d results, not %d:\n%s\nnot\n%s", file, id, len(got[id]), len(expected),
							strings.Join(got[id], "\n"), strings.Join(expected, "\n"))
					}
				}
			}
			if checked < 100 {
				t.Errorf("only %d results were checked", checked)
			}
		})
	}
}
