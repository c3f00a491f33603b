package pack

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/rules/predicate"
	"hunt/rules/sigma/syntax"
	"hunt/rules/window"
	"hunt/timeline/ecs"
)

// madeDocument is a document as a rule sees it.
type madeDocument struct {
	schema *Schema
	values map[string][]predicate.Value
	at     evtx.Filetime
	place  []string // host, channel, record id, time
}

// Values implements predicate.Event.
func (d *madeDocument) Values(f predicate.FieldID, dst []predicate.Value) []predicate.Value {
	return append(dst, d.values[d.schema.ECS.Name(ecs.Field(f))]...)
}

func (d *madeDocument) add(name string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			d.add(strings.TrimPrefix(name+"."+k, "."), x)
		}
	case []any:
		for _, x := range v {
			d.add(name, x)
		}
	case string:
		d.values[name] = append(d.values[name], predicate.StringValue(v))
	case bool:
		d.values[name] = append(d.values[name], predicate.BoolValue(v))
	case float64:
		d.values[name] = append(d.values[name], predicate.FloatValue(v))
	}
}

// sharedFile returns a file of test material beside the project.
func sharedFile(t *testing.T, env string, names ...string) string {
	t.Helper()
	dir := os.Getenv(env)
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", names[0])
	}
	path := filepath.Join(append([]string{dir}, names[1:]...)...)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("HUNT_REQUIRE") == "1" {
			t.Fatalf("%v; set %s", err, env)
		}
		t.Skipf("SKIPPED: %v; set %s", err, env)
	}
	return path
}

func madeDocuments(t *testing.T, path string, s *Schema) (docs []*madeDocument) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var v map[string]any
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		d := &madeDocument{schema: s, values: map[string][]predicate.Value{}}
		d.add("", v)
		text := func(name string) string {
			for _, v := range d.values[name] {
				return v.Text()
			}
			return ""
		}
		at, err := time.Parse(time.RFC3339Nano, text("@timestamp"))
		if err != nil {
			t.Fatal(err)
		}
		d.at = evtx.FiletimeOf(at)
		d.place = []string{text("host.id"), text("winlog.channel"), text("winlog.record_id"), d.at.String()}
		docs = append(docs, d)
	}
	slices.SortFunc(docs, func(a, b *madeDocument) int { return cmp.Compare(a.at, b.at) })
	return docs
}

// expectation is what a rule must find in made documents.
type expectation struct {
	File, Type string
	Hits       [][]string
	Threshold  struct {
		Field       []string
		Value       int64
		Cardinality []struct {
			Field string
			Value int64
		}
		From string
	}
	Alerts []struct {
		Event  []string
		Events [][]string
	}
}

func readExpectations(t *testing.T, path string) map[string]expectation {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]expectation
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	return want
}

// found runs a compiled rule over documents: its hits, and the events of each of its results.
func found(t *testing.T, c Compiled, docs []*madeDocument) (hits []string, results [][]string) {
	t.Helper()
	condition := c.Program().Conditions()[0].Condition
	var programs []*window.Program
	if w, ok := c.(Counted); ok {
		programs = append(programs, w.Window())
	}
	rows := window.NewRows(programs, 1<<20, t.TempDir())
	defer func() { _ = rows.Close() }()
	var direct predicate.Direct
	hosts := map[string]int{}
	for i, d := range docs {
		if direct.Eval(condition, func(s predicate.Slot, dst []predicate.Value) []predicate.Value {
			return d.Values(s.Field, dst)
		}) != predicate.True {
			continue
		}
		hits = append(hits, strings.Join(d.place, " "))
		if programs == nil {
			continue
		}
		if _, ok := hosts[d.place[0]]; !ok {
			hosts[d.place[0]] = len(hosts)
		}
		id, _ := strconv.ParseUint(d.place[2], 10, 64)
		rows.Add(0, []int{0}, &window.Event{
			Time: d.at, Channel: d.place[1], Host: hosts[d.place[0]],
			Ref: evtx.Ref{EventRecordID: id, Offset: int64(i)},
			Values: func(_ int, f predicate.FieldID, dst []predicate.Value) []predicate.Value {
				return d.Values(f, dst)
			},
		})
	}
	slices.Sort(hits)
	if programs == nil {
		return hits, nil
	}
	res, err := rows.Match(context.Background(), window.Options{Listed: 1000})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Close() }()
	for r, err := range res.All() {
		if err != nil {
			t.Fatal(err)
		}
		var events []string
		for _, e := range r.Events {
			events = append(events, strings.Join(docs[e.Offset].place, " "))
		}
		results = append(results, events)
	}
	return hits, results
}

func places(events [][]string) (out []string) {
	for _, e := range events {
		out = append(out, strings.Join(e, " "))
	}
	return out
}

// Elastic's rules at hand find in made documents, at least 14 that match each rule and up to 14 near
// misses, what an OpenSearch node finds; new terms are those of a simulation of Elastic's schedule.
func TestPublishedRulesFindWhatTheyMustInMadeDocuments(t *testing.T) {
	dir := filepath.Dir(sharedFile(t, "HUNT_KQL", "kql", "synthetic.ndjson"))
	rules := filepath.Dir(sharedFile(t, "HUNT_RULES", "upstream-rules", "elastic", "other-types",
		"collection_posh_mailbox.toml"))
	s := SchemaOf(ecs.NewSchema())
	docs := madeDocuments(t, filepath.Join(dir, "synthetic.ndjson"), s)
	checked, alerts := map[string]int{}, 0
	for id, want := range readExpectations(t, filepath.Join(dir, "expected_synthetic_dev.json")) {
		name := filepath.Join(rules, want.File)
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		l, err := parseFile(name, src, syntax.Options{})
		if err != nil || len(l.rules) != 1 || l.rules[0].ID != id {
			t.Errorf("%s: %v", want.File, err)
			continue
		}
		if strings.Contains(l.rules[0].Skip, ".alerts-security") {
			continue // it reads Elastic's own alerts, whose fields no event has
		}
		c, err := l.rules[0].Compile(s)
		if err != nil {
			t.Error(err)
			continue
		}
		hits, results := found(t, c, docs)
		expected := places(want.Hits)
		slices.Sort(expected)
		if !slices.Equal(hits, expected) {
			t.Errorf("%s: %d hits, want %d", want.File, len(hits), len(expected))
		}
		var got, due []string
		for _, r := range results {
			got = append(got, r...)
		}
		for _, a := range want.Alerts {
			due = append(due, strings.Join(a.Event, " "))
		}
		slices.Sort(got)
		slices.Sort(due)
		if !slices.Equal(got, due) {
			t.Errorf("%s: alerts %q, want %q", want.File, got, due)
		}
		checked[want.Type]++
		alerts += len(got)
	}
	if checked["query"] < 20 || checked["new_terms"] < 10 || alerts < 50 {
		t.Errorf("only %v rules and %d alerts", checked, alerts)
	}
}

// Thresholds at their edges: 540 and 541 seconds, cardinality, missing and many-valued groups. The
// queries of the rules are not at hand; those here take the events that they matched.
func TestThresholdsMeetTheirExpectations(t *testing.T) {
	dir := filepath.Dir(sharedFile(t, "HUNT_KQL", "kql", "threshold.ndjson"))
	s := SchemaOf(ecs.NewSchema())
	docs := madeDocuments(t, filepath.Join(dir, "threshold.ndjson"), s)
	alerts := 0
	for id, want := range readExpectations(t, filepath.Join(dir, "expected_threshold.json")) {
		var ids []string
		for _, h := range want.Hits {
			ids = append(ids, h[2])
		}
		w := want.Threshold
		text := fmt.Sprintf("type = \"threshold\"\nlanguage = \"kuery\"\nfrom = %q\nquery = 'winlog.record_id : "+
			"(%s)'\n[rule.threshold]\nfield = [%q]\nvalue = %d\n",
			w.From, strings.Join(ids, " or "), w.Field[0], w.Value)
		for _, c := range w.Cardinality {
			text += fmt.Sprintf("[[rule.threshold.cardinality]]\nfield = %q\nvalue = %d\n", c.Field, c.Value)
		}
		r, err := elasticRule(t, text)
		if err != nil {
			t.Fatal(err)
		}
		c, err := r.Compile(s)
		if err != nil {
			t.Fatal(err)
		}
		_, results := found(t, c, docs)
		var got, due []string
		for _, r := range results {
			got = append(got, strings.Join(r, ", "))
		}
		for _, a := range want.Alerts {
			due = append(due, strings.Join(places(a.Events), ", "))
		}
		slices.Sort(got)
		slices.Sort(due)
		if !slices.Equal(got, due) {
			t.Errorf("%s: alerts\n%s\nwant\n%s", id, strings.Join(got, "\n"), strings.Join(due, "\n"))
		}
		alerts += len(got)
	}
	if alerts == 0 {
		t.Error("no alert was due")
	}
}
