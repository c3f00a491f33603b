package pack

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"hunt/rules/predicate"
	"hunt/timeline/ecs"
)

// elasticRule reads one rule of Elastic's. more is what stands below the usual keys.
func elasticRule(t *testing.T, more string) (*Rule, error) {
	t.Helper()
	d, err := newDocument("r.toml", []byte("[rule]\nrule_id = \"a\"\nname = \"a\"\nindex = [\"winlogbeat-*\"]\n"+more))
	if err != nil {
		t.Fatal(err)
	}
	return parseElastic(d)
}

// The forms are those of detection-rules and of Kibana's exports.
func TestWhatARuleCountsIsRead(t *testing.T) {
	for _, tc := range []struct{ more, want string }{
		{
			"type = \"threshold\"\nlanguage = \"kuery\"\nfrom = \"now-9m\"\nquery = 'a : b'\n[rule.threshold]\n" +
				"field = [\"host.id\"]\nvalue = 10\n",
			"10 or more events within 9m with the same host.id",
		},
		{
			"type = \"threshold\"\nquery = 'a : b'\nthreshold = { field = \"host.id\", value = 1 }\n",
			"1 or more event within 6m with the same host.id",
		},
		{
			"type = \"threshold\"\nquery = ''\nfrom = \"now-1h-30m\"\n[rule.threshold]\nfield = []\nvalue = 3\n" +
				"[[rule.threshold.cardinality]]\nfield = \"user.name\"\nvalue = 2\n",
			"3 or more events within 90m, with 2 or more distinct values of user.name",
		},
		{
			"type = \"new_terms\"\nlanguage = \"kuery\"\nquery = 'a : b'\n[rule.new_terms]\nfield = " +
				"\"new_terms_fields\"\nvalue = [\"host.id\", \"user.id\"]\n" +
				"[[rule.new_terms.history_window_start]]\nfield = \"history_window_start\"\nvalue = \"now-2w\"\n",
			"the first event with its host.id, user.id, if no other had the same in the 14d before",
		},
		{
			"type = \"new_terms\"\nquery = 'a : b'\nnew_terms_fields = [\"host.id\"]\nhistory_window_start = " +
				"\"now-36h\"\n",
			"the first event with its host.id, if no other had the same in the 36h before",
		},
		{"type = \"query\"\nquery = 'a : b'\n", ""},
	} {
		r, err := elasticRule(t, tc.more)
		if err != nil {
			t.Errorf("%s: %v", tc.more, err)
			continue
		}
		if r.Counting != tc.want || r.Language != KQL {
			t.Errorf("%s\ncounts %q in %s, want %q", tc.more, r.Counting, r.Language, tc.want)
		}
	}
}

func TestMistakesInWhatARuleCountsHaveTheirPlace(t *testing.T) {
	const (
		threshold = "type = \"threshold\"\nquery = 'a : b'\nfrom = \"now-9m\"\n[rule.threshold]\n"
		terms     = "type = \"new_terms\"\nquery = 'a : b'\n[rule.new_terms]\nfield = \"new_terms_fields\"\n"
		history   = "[[rule.new_terms.history_window_start]]\nfield = \"history_window_start\"\n"
	)
	for _, tc := range []struct{ more, want string }{
		{"type = \"threshold\"\nquery = 'a : b'\n", "r.toml:1:2: rule.threshold is missing"},
		{threshold + "field = [\"a\"]\n", "r.toml:8:2: a threshold's value must be 1 or more"},
		{threshold + "field = [\"a\"]\nvalue = 0\n", "r.toml:10:9: a threshold's value must be 1 or more"},
		{threshold + "field = [\"a\", \"a\"]\nvalue = 5\n", "r.toml:9:15: a is named twice"},
		{threshold + "field = [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\"]\nvalue = 5\n",
			"r.toml:9:35: 6 fields: a rule takes at most 5"},
		{threshold + "field = [\"a.*\"]\nvalue = 5\n", `r.toml:9:10: "a.*": name one field, without a wildcard`},
		{threshold + "field = 5\nvalue = 5\n", "r.toml:9:9: field must be a string or a list of strings"},
		{threshold + "field = [1]\nvalue = 5\n", "r.toml:9:10: a field must be a string"},
		{threshold + "value = \"5\"\n", "r.toml:9:9: this must be a whole number, not a text"},
		{threshold + "field = [\"a\"]\nvalue = 5\n[[rule.threshold.cardinality]]\nfield = \"a\"\nvalue = 2\n",
			"r.toml:12:9: events are grouped by a, so that a group has one value of it"},
		{threshold + "field = [\"a\"]\nvalue = 5\n[[rule.threshold.cardinality]]\nvalue = 2\n",
			"r.toml:11:3: rule.threshold.cardinality[0].field is missing"},
		{strings.Replace(threshold, "now-9m", "now-9q", 1) + "value = 5\n",
			`r.toml:7:8: "now-9q" is not a time before now`},
		{strings.Replace(threshold, "now-9m", "now", 1) + "value = 5\n", `r.toml:7:8: "now" is not a time before now`},
		{strings.Replace(threshold, "now-9m", "2026-01-01", 1) + "value = 5\n",
			`r.toml:7:8: "2026-01-01" is not a time before now`},
		{strings.Replace(threshold, "now-9m", "now+9m", 1) + "value = 5\n",
			`r.toml:7:8: "now+9m" is not a time before now`},
		{strings.Replace(threshold, "now-9m", "now-99999999999999999d", 1) + "value = 5\n",
			`r.toml:7:8: "now-99999999999999999d" is not a time before now`},
		{strings.Replace(threshold, "now-9m", "now-1M", 1) + "value = 5\n",
			`r.toml:7:8: "now-1M": months and years differ in length, and hunt measures days`},
		{terms + "value = [\"a\"]\n", "r.toml:7:2: rule.new_terms.history_window_start is missing"},
		{terms + "value = []\n" + history + "value = \"now-5d\"\n", "r.toml:9:1: rule.new_terms.value is empty"},
		{terms + "value = [\"a\", \"b\", \"c\", \"d\"]\n" + history + "value = \"now-5d\"\n",
			"r.toml:9:25: 4 fields: a rule takes at most 3"},
		{terms + "value = [\"a\"]\n" + history + "value = \"5d\"\n", `r.toml:12:9: "5d" is not a time before now`},
		{terms + "value = [\"a\"]\n" + history + "value = \"now-5d\"\n" + history + "value = \"now-6d\"\n",
			"more than one history window"},
		{strings.Replace(terms, "\"new_terms_fields\"", "\"x\"", 1) + "value = [\"a\"]\n" + history +
			"value = \"now-5d\"\n",
			`r.toml:8:9: field must be "new_terms_fields"; value has the names of the fields`},
		{"type = \"query\"\nquery = 'a : b'\n[rule.threshold]\nvalue = 5\n",
			`r.toml:7:2: threshold belongs to rules of type "threshold", and this rule is of type "query"`},
		{"type = \"eql\"\nquery = 'any where true'\nnew_terms_fields = [\"a\"]\n",
			`r.toml:7:1: new_terms_fields belongs to rules of type "new_terms", and this rule is of type "eql"`},
	} {
		_, err := elasticRule(t, tc.more)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s\n%v\nwant %s", tc.more, err, tc.want)
		}
	}
}

func TestRulesThatDoNotRunSayWhy(t *testing.T) {
	for more, want := range map[string]string{
		"type = \"esql\"\nlanguage = \"esql\"\nquery = 'from x'\n": "it is written in ES|QL, which hunt does not run",
		"type = \"query\"\nlanguage = \"lucene\"\nquery = 'a:b'\n": "it is written in Lucene's query language, " +
			"which hunt does not run",
		"type = \"new_terms\"\nlanguage = \"lucene\"\nquery = 'a:b'\n": "it is written in Lucene's query " +
			"language, which hunt does not run",
		"type = \"query\"\nlanguage = \"eql\"\nquery = 'any where " +
			"true'\n": `its query language "eql" is neither EQL nor KQL`,
		"type = \"machine_learning\"\n": "hunt does not run rules of type " +
			`"machine_learning"`,
		"type = \"threat_match\"\nlanguage = \"kuery\"\nquery = 'a : b'\n": "hunt does not run rules of type " +
			`"threat_match"`,
		"type = \"query\"\nquery = 'a : b'\nindex = [\"logs-endpoint.events.*\"]\n": "needs endpoint data: " +
			"logs-endpoint.events.*",
	} {
		more = strings.Replace("index = [\"winlogbeat-*\"]\n"+more, "index = [\"winlogbeat-*\"]\n", "",
			strings.Count(more, "index"))
		d, err := newDocument("r.toml", []byte("[rule]\nrule_id = \"a\"\nname = \"a\"\n"+more))
		if err != nil {
			t.Fatal(err)
		}
		r, err := parseElastic(d)
		if r == nil || r.Skip != want {
			t.Errorf("%s\n%+v, %v; want %s", more, r, err, want)
		}
	}
}

func TestWhatHuntDoesNotDoAboutAFileIsSaid(t *testing.T) {
	r, err := elasticRule(t, `type = "query"
query = 'process.pid : 5'
building_block_type = "default"
max_signals = 1000
colour = "red"
severity_mapping = []
exceptions_list = [ { id = "1", list_id = "my-list", type = "detection" } ]
[rule.alert_suppression]
group_by = ["host.id", "user.id"]
duration = { value = 5, unit = "m" }
[rule.investigation_fields]
field_names = ["host.id"]
[[rule.filters]]
meta = { negate = true }
query = { wildcard = { "file.path" = { value = "C:\\\\x*", case_insensitive = true } } }
`)
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.Compile(SchemaOf(ecs.NewSchema()))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"max_signals = 1000 bounds the alerts of one run of Elastic's: hunt lists every match",
		"alert_suppression folds alerts with the same host.id, user.id within 5m into one: hunt lists every match",
		`the items of the exception list "my-list" are not part of the file: hunt applies none of them; write tuning for what they exclude`,
		"r.toml:9:1: hunt does not know the key rule.colour",
		"severity_mapping: hunt gives each match the rule's own severity",
	}
	if !slices.Equal(c.Warnings(), want) {
		t.Errorf("%q\nwant %q", c.Warnings(), want)
	}
	if !r.BuildingBlock || r.Confidence != Low || !slices.Equal(r.LookAt, []string{"host.id"}) {
		t.Errorf("%+v", r)
	}
	if want := []string{`not {"wildcard":{"file.path":{"case_insensitive":true,"value":"C:\\\\x*"}}}`}; !slices.Equal(
		r.Filters, want) {
		t.Errorf("filters %q, want %q", r.Filters, want)
	}
}

// textEvent gives each field one text.
type textEvent struct {
	schema *ecs.Schema
	texts  map[string]string
}

func (e textEvent) Values(f predicate.FieldID, dst []predicate.Value) []predicate.Value {
	if s, ok := e.texts[e.schema.Name(ecs.Field(f))]; ok {
		dst = append(dst, predicate.StringValue(s))
	}
	return dst
}

// Filters narrow rules in every language, and each stage of a sequence.
func TestFiltersNarrowEachStage(t *testing.T) {
	for _, query := range []string{
		"type = \"eql\"\nquery = 'process where process.name == \"a\"'\n",
		"type = \"query\"\nquery = 'event.category : process and process.name : a'\n",
		"type = \"eql\"\nquery = 'sequence by host.id with maxspan=1m [process where process.name == \"a\"] " +
			"![process where process.name == \"a\"]'\n",
	} {
		r, err := elasticRule(t,
			query+"[[rule.filters]]\nmeta = { negate = true }\nquery = { term = { \"user.name\" = \"root\" } }\n")
		if err != nil {
			t.Fatal(err)
		}
		s := SchemaOf(ecs.NewSchema())
		c, err := r.Compile(s)
		if err != nil {
			t.Fatal(err)
		}
		for i, stage := range c.Program().Conditions() {
			for user, want := range map[string]predicate.Truth{"anna": predicate.True, "root": predicate.False} {
				ev := textEvent{s.ECS, map[string]string{"event.category": "process", "process.name": "a",
					"user.name": user}}
				var direct predicate.Direct
				got := direct.Eval(stage.Condition, func(sl predicate.Slot, dst []predicate.Value) []predicate.Value {
					return ev.Values(sl.Field, dst)
				})
				x := c.Explain(i, ev, nil)
				if got != want || x.Truth != want {
					t.Errorf("%s: stage %d of %s: %v, explained as %v, want %v", query, i, user, got, x.Truth, want)
				}
			}
		}
	}
	r, err := elasticRule(t,
		"type = \"eql\"\nquery = 'process where true'\n[[rule.filters]]\n[rule.filters.query.script]\nsource = \"x\"\n")
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Compile(SchemaOf(ecs.NewSchema()))
	var es Errors
	if !errors.As(err, &es) || es[0].Head() != "r.toml:8:2: filters: queries of the kind script are not supported" ||
		!es[0].Unsupported {
		t.Errorf("%v", err)
	}
}

// X.caseless is a field of Elastic Defend's: hunt reads it as X regardless of case, and with Elastic's
// values only it is missing.
func TestCaselessFieldsAreMissingWithElasticsValuesOnly(t *testing.T) {
	for _, tc := range []struct {
		query                 string
		derived, strict, base bool // what it finds in CMD.exe
	}{
		{`process.name.caseless : "cmd.EXE"`, true, false, true},
		{`process.name.caseless : cmd*`, true, false, true},
		{`process.name.caseless >= "cmd.exe"`, true, false, true},
		{`process.name.caseless > "CMD.EXE"`, false, false, true},
		{`process.name.caseless : *`, true, false, true},
		{`not process.name.caseless : "cmd.exe"`, false, true, true},
		{`process.name : "cmd.exe"`, false, false, false},
	} {
		for _, strict := range []bool{false, true} {
			r, err := elasticRule(t, "type = \"query\"\nquery = '"+tc.query+"'\n")
			if err != nil {
				t.Fatal(err)
			}
			s := SchemaOf(ecs.NewSchema())
			s.Strict = strict
			c, err := r.Compile(s)
			if err != nil {
				t.Fatal(err)
			}
			got := c.Explain(0, textEvent{s.ECS, map[string]string{"process.name": "CMD.exe"}}, nil).Truth ==
				predicate.True
			if want := strict && tc.strict || !strict && tc.derived; got != want {
				t.Errorf("%s, strict %v: %v, want %v", tc.query, strict, got, want)
			}
			if warned := len(c.Warnings()) > 0; warned != (strict && tc.base) {
				t.Errorf("%s, strict %v: warnings %q", tc.query, strict, c.Warnings())
			}
		}
	}
}
