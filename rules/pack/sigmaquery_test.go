package pack

import (
	"errors"
	"strings"
	"testing"

	"hunt/rules/predicate"
	"hunt/rules/sigma"
	"hunt/rules/sigma/logsource"
	"hunt/rules/source"
)

// A query in Sigma may be a rule, its detection or one selection; over documents of any of the usual
// shapes it asks what it asks of a record.
func TestSigmaQueriesOverDocuments(t *testing.T) {
	agent := [][2]string{
		{"winlog.channel", "Security"}, {"winlog.event_id", "4688"},
		{"winlog.provider_name", "Microsoft-Windows-Security-Auditing"},
		{"winlog.event_data.NewProcessName", `C:\Windows\System32\cmd.exe`},
		{"winlog.event_data.MandatoryLabel", "S-1-16-12288"},
	}
	xml := [][2]string{
		{"Event.System.Channel", "Security"}, {"Event.System.EventID.#text", "4688"},
		{"Event.System.Provider.#attributes.Name", "Microsoft-Windows-Security-Auditing"},
		{"Event.EventData.NewProcessName", `C:\Windows\System32\cmd.exe`},
		{"Event.EventData.MandatoryLabel", "S-1-16-12288"},
	}
	flat := [][2]string{
		{"Channel", "Security"}, {"EventID", "4688"}, {"Provider_Name", "Microsoft-Windows-Security-Auditing"},
		{"NewProcessName", `C:\Windows\System32\cmd.exe`}, {"MandatoryLabel", "S-1-16-12288"},
	}
	const starts = "title: x\nlogsource: {category: process_creation, product: windows}\ndetection:\n  s:\n    " +
		"Image|endswith: \\cmd.exe\n    IntegrityLevel: High\n  condition: s\n"
	for _, tc := range []struct {
		query string
		want  bool
	}{
		{"EventID: 4688", true},
		{"EventID: 4689", false},
		{"newprocessname|endswith: \\CMD.EXE", true},
		{"NewProcessName|contains|all: [cmd, System32]", true},
		{"Image|endswith: \\cmd.exe", false}, // no category, no view
		{"- system32", true},                 // keywords
		{"- nothing", false},
		{"a: {EventID: 4688}\nb: {Channel: Security}\ncondition: a and not b\n", false},
		{"{a: {Provider_Name|endswith: Auditing}, condition: a}", true},
		{starts, true},
		{strings.Replace(starts, "High", "Low", 1), false},
		{"detection:\n  a: {EventID: 4688}\n  condition: a\n", true},
	} {
		raw := logsource.NewFields()
		c, err := Query{Sigma, tc.query}.CompileSigma(raw)
		if err != nil {
			t.Errorf("%s: %v", tc.query, err)
			continue
		}
		for _, doc := range [][][2]string{agent, xml, flat} {
			d := sigma.Document{Document: raw.NewDocument()}
			d.Begin()
			for _, l := range doc {
				d.Leaf(l[0], l[1])
			}
			d.End()
			var direct predicate.Direct
			values := func(s predicate.Slot, dst []predicate.Value) []predicate.Value { return d.Values(s.Field, dst) }
			stage := c.Program().Conditions()[0]
			got := direct.Eval(predicate.And(stage.Source, stage.Condition), values) == predicate.True
			if got != tc.want {
				t.Errorf("%s over %s: %v, want %v", tc.query, doc[0][0], got, tc.want)
			}
		}
	}
}

func TestMistakesInSigmaQueriesAreWhereTheyWereTyped(t *testing.T) {
	for _, tc := range []struct {
		query, want string
		unsupported bool
	}{
		{"", "1:1: the query is empty", false},
		{"Image|frob: x", `1:7: unknown modifier "frob"`, true},
		{"a:\n  Image|frob: x\ncondition: a", `2:9: unknown modifier "frob"`, true},
		{"condition: x", "1:12: no selection is named x", false},
		{"a: [", "1:", false},
		{"title: a\ndetection: {a: {b: c}, condition: a}\n---\ntitle: b\n",
			"3:1: a query is one rule, and this is a second one", true},
		{"title: x\ncorrelation: {type: event_count, rules: [a], group-by: [b], timespan: 1m, condition: {gte: 1}}\n",
			"a correlation or a filter is about other rules", true},
		{"title: x\nlogsource: {product: linux}\ndetection: {a: {b: c}, condition: a}\n",
			"it is about the product linux, not Windows", true},
	} {
		_, err := Query{Sigma, tc.query}.CompileSigma(logsource.NewFields())
		var e *source.Error
		if !errors.As(err, &e) || !strings.Contains(e.Header(), tc.want) || e.Unsupported != tc.unsupported {
			t.Errorf("%s: %v, want %s", tc.query, err, tc.want)
		}
	}
}
