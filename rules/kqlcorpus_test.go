package rules

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hunt/rules/pack"
	"hunt/timeline"
)

// Elastic's rules in KQL find in the corpus what an OpenSearch node with Elastic's analyzers finds
// in the same events.
func TestPublishedRulesInKQLOverTheCorpus(t *testing.T) {
	dir := corpus(t)
	published := filepath.Join("..", "..", "shared", "upstream-rules", "elastic", "other-types")
	data, err := os.ReadFile(filepath.Join("..", "..", "shared", "kql", "expected_kql_dev.json"))
	if err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
	var want map[string]struct {
		Type, Language string
		Hits           [][4]string // host, channel, record id, time
		Alerts         []struct{ Event [4]string }
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	pk, err := pack.Load(pack.Sources{Rules: []string{published}, NoDefaultRules: true, NoDefaultTuning: true})
	if err != nil {
		t.Fatal(err)
	}
	pk.Rules = slices.DeleteFunc(pk.Rules, func(r *pack.Rule) bool { return r.Skip != "" })
	got := map[string][]string{}
	note := func(r *pack.Rule, e *timeline.Event) {
		got[r.ID] = append(got[r.ID],
			strings.Join([]string{e.Host.ID, e.Class.Channel, strconv.FormatUint(e.Ref.EventRecordID, 10)}, " "))
	}
	hit := func(r *pack.Rule, _ *Finding, _ bool, e *timeline.Event) { note(r, e) }
	res := runOn(t, pk, Options{AsLogged: true, Hit: hit},
		filepath.Join(dir, "real"))
	for _, f := range res.Findings {
		for _, of := range f.Evidence {
			if f.Counted != nil {
				note(f.Rule, of.Event)
			}
		}
	}
	checked, hits, alerts := 0, 0, 0
	for _, r := range res.Rules {
		w, known := want[r.Rule.ID]
		if !r.Ran || r.Rule.Language != pack.KQL || !known {
			continue
		}
		checked++
		var expected []string
		due := w.Hits
		if w.Type == "new_terms" {
			due = nil
			for _, a := range w.Alerts {
				due = append(due, a.Event)
			}
			alerts += len(due)
		}
		for _, h := range due {
			expected = append(expected, strings.Join([]string{h[0], h[1], h[2]}, " "))
		}
		slices.Sort(expected)
		slices.Sort(got[r.Rule.ID])
		if !slices.Equal(got[r.Rule.ID], expected) {
			t.Errorf("%s: %v, want %v", r.Rule.Place(), got[r.Rule.ID], expected)
		}
		hits += len(expected)
	}
	if checked < 30 || hits == 0 || alerts == 0 {
		t.Errorf("only %d rules with %d hits were checked, %d of them new terms", checked, hits, alerts)
	}
}
