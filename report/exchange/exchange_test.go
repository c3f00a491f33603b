package exchange_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"hunt/report"
	"hunt/report/exchange"
	"hunt/report/reporttest"
)

func export(t *testing.T, r *report.Report, write func(io.Writer, *report.Report) error) ([]byte, map[string]any) {
	t.Helper()
	var a, b bytes.Buffer
	if err := write(&a, r); err != nil {
		t.Fatal(err)
	}
	if err := write(&b, r); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("two exports of one report differ")
	}
	for _, c := range a.String() {
		if c < 0x20 && c != '\n' || c == 0x7f || c == 0x202e || c == 0x2066 || c == 0x200b {
			t.Errorf("the file holds %U as it is", c)
			break
		}
	}
	var m map[string]any
	if err := json.Unmarshal(a.Bytes(), &m); err != nil {
		t.Fatal(err)
	}
	return a.Bytes(), m
}

var exported = map[string]func() *report.Report{
	"rich": reporttest.Rich, "nothing found": reporttest.Nothing, "blind": reporttest.Blind,
	"nothing readable": reporttest.Empty, "attacked": reporttest.Attacked,
}

// Source: mitre-attack/attack-navigator, layers/spec/v4.5/layerformat.md.
func TestNavigatorLayersAreWhatTheFormatRequires(t *testing.T) {
	t.Parallel()
	for name, r := range exported {
		report := r()
		_, m := export(t, report, writeNavigator)
		if m["domain"] != "enterprise-attack" || m["name"] == "" {
			t.Errorf("%s: %v %v", name, m["domain"], m["name"])
		}
		v := m["versions"].(map[string]any)
		if v["layer"] != "4.5" || v["navigator"] != "4.9.0" {
			t.Errorf("%s: versions %v", name, v)
		}
		seen := map[string]bool{}
		for _, x := range m["techniques"].([]any) {
			tech := x.(map[string]any)
			id := tech["techniqueID"].(string)
			key := fmt.Sprint(id, tech["tactic"])
			if seen[key] {
				t.Errorf("%s: %s twice", name, key)
			}
			seen[key] = true
			if !regexp.MustCompile(`^T\d{4}(\.\d{3})?$`).MatchString(id) {
				t.Errorf("%s: technique %q", name, id)
			}
			if s := tech["score"].(float64); s <= 0 || s > 100 {
				t.Errorf("%s: %s scores %v", name, id, s)
			}
			if !strings.Contains(tech["comment"].(string), "F-") {
				t.Errorf("%s: %s names no finding: %v", name, id, tech["comment"])
			}
		}
		for _, f := range report.Findings {
			for _, tech := range f.Techniques {
				if f.Status == "finding" && regexp.MustCompile(`^T\d{4}(\.\d{3})?$`).MatchString(tech.ID) &&
					!strings.Contains(fmt.Sprint(m["techniques"]), tech.ID) {
					t.Errorf("%s: %s of %s is missing", name, tech.ID, f.ID)
				}
			}
		}
	}
}

func writeNavigator(w io.Writer, r *report.Report) error { return exchange.WriteNavigator(w, r) }

func TestNavigatorScoresByTheGravestFinding(t *testing.T) {
	t.Parallel()
	tech := []report.Technique{{ID: "T1204.001", TacticID: "TA0002"}}
	finding := func(id string, severity report.Severity, status report.Status) report.Finding {
		return report.Finding{ID: id, Status: status, Rule: report.RuleRef{Severity: severity}, Techniques: tech}
	}
	score := func(fs ...report.Finding) string {
		_, m := export(t, &report.Report{Findings: fs}, writeNavigator)
		out := ""
		for _, x := range m["techniques"].([]any) {
			tech := x.(map[string]any)
			out += fmt.Sprint(tech["techniqueID"], " ", tech["tactic"], " ", tech["score"], " ", tech["comment"])
		}
		return out
	}
	for _, c := range []struct{ have, want string }{
		{score(finding("F-1", "low", "finding"), finding("F-2", "critical", "finding")),
			"T1204.001 execution 100 2 findings: F-1, F-2"},
		{score(finding("F-1", "low", "finding"), finding("F-2", "critical", "suppressed")),
			"T1204.001 execution 25 1 finding: F-1"},
		{score(finding("F-1", "critical", "partial")), "T1204.001 execution 5 1 partial chain: F-1"},
		{score(finding("F-1", "critical", "suppressed")), ""},
	} {
		if c.have != c.want {
			t.Errorf("%q, want %q", c.have, c.want)
		}
	}
}

var (
	stixID = regexp.MustCompile(
		`^([a-z][a-z0-9-]+)--[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	stixWhen = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)
	// A comparison expression of the pattern language (STIX 2.1, section 9): an object path, =, and a literal in
	// which quotes and backslashes are escaped and nothing else is.
	stixPattern = regexp.MustCompile(
		`(?s)^\[[a-z0-9-]+:[a-zA-Z_.]+(?:\.'[A-Z0-9-]+')? = '(?:[^'\\]|\\'|\\\\)*'(?: AND [a-z0-9-]+:[a-zA-Z_.]+ = '(?:[^'\\]|\\'|\\\\)*')?\]$`)
	// stixRequired are the required properties by type, beside type, spec_version and id. Source: STIX 2.1, sections
	// 4 to 7.
	stixRequired = map[string][]string{
		"incident": {"created", "modified", "name"}, "grouping": {"created", "modified", "context", "object_refs"},
		"identity": {"created", "modified", "name"}, "attack-pattern": {"created", "modified", "name"},
		"indicator":     {"created", "modified", "pattern", "pattern_type", "valid_from"},
		"observed-data": {"created", "modified", "first_observed", "last_observed", "number_observed", "object_refs"},
		"relationship":  {"created", "modified", "relationship_type", "source_ref", "target_ref"},
		"report":        {"created", "modified", "name", "published", "object_refs"}, "marking-definition": {"created"},
		"url": {"value"}, "domain-name": {"value"}, "ipv4-addr": {"value"}, "ipv6-addr": {"value"},
		"directory": {"path"}, "file": {},
	}
)

func TestSTIXBundlesAreWhatTheStandardRequires(t *testing.T) {
	t.Parallel()
	for name, r := range exported {
		_, m := export(t, r(), exchange.WriteSTIX)
		checkSTIX(t, name, m)
	}
}

func checkSTIX(t *testing.T, name string, m map[string]any) {
	t.Helper()
	if m["type"] != "bundle" || !stixID.MatchString(m["id"].(string)) {
		t.Errorf("%s: %v %v", name, m["type"], m["id"])
	}
	ids := map[string]string{}
	for _, x := range m["objects"].([]any) {
		o := x.(map[string]any)
		id, kind := o["id"].(string), o["type"].(string)
		if ids[id] != "" {
			t.Errorf("%s: %s twice", name, id)
		}
		ids[id] = kind
		if match := stixID.FindStringSubmatch(id); match == nil || match[1] != kind || o["spec_version"] != "2.1" {
			t.Errorf("%s: %s of type %s, version %v", name, id, kind, o["spec_version"])
		}
		required, known := stixRequired[kind]
		if !known {
			t.Errorf("%s: unknown type %s", name, kind)
		}
		for _, p := range required {
			if v, ok := o[p]; !ok || v == "" {
				t.Errorf("%s: %s has no %s", name, id, p)
			}
		}
		for _, p := range []string{"created", "modified", "published", "valid_from", "first_observed",
			"last_observed"} {
			if v, ok := o[p]; ok && !stixWhen.MatchString(v.(string)) {
				t.Errorf("%s: %s: %s is %v", name, id, p, v)
			}
		}
		if kind == "file" && o["hashes"] == nil && o["name"] == nil {
			t.Errorf("%s: %s has neither hashes nor name", name, id)
		}
		if kind == "observed-data" &&
			(o["first_observed"].(string) > o["last_observed"].(string) || o["number_observed"].(float64) < 1) {
			t.Errorf("%s: %s: %v", name, id, o)
		}
		if kind == "indicator" && !stixPattern.MatchString(o["pattern"].(string)) {
			t.Errorf("%s: pattern %s", name, o["pattern"])
		}
	}
	for _, x := range m["objects"].([]any) {
		o := x.(map[string]any)
		var refs []any
		for _, p := range []string{"object_refs", "object_marking_refs"} {
			if v, ok := o[p].([]any); ok {
				if len(v) == 0 {
					t.Errorf("%s: %s: empty %s", name, o["id"], p)
				}
				refs = append(refs, v...)
			}
		}
		for _, p := range []string{"source_ref", "target_ref", "created_by_ref", "parent_directory_ref"} {
			if v, ok := o[p]; ok {
				refs = append(refs, v)
			}
		}
		for _, ref := range refs {
			if ids[ref.(string)] == "" {
				t.Errorf("%s: %s refers to %s, which is not there", name, o["id"], ref)
			}
		}
	}
}

// The ids were computed with OASIS' own library (cti-python-stix2 3.0).
func TestSTIXObservablesHaveTheIdsOfTheStandard(t *testing.T) {
	t.Parallel()
	r := &report.Report{ID: "R-1", Case: report.Case{TLP: "TLP:AMBER+STRICT"},
		Findings: []report.Finding{{ID: "F-1", Status: "finding", Rule: report.RuleRef{Severity: "high"},
			Confidence: "high"}}}
	for _, n := range [][2]string{
		{"domain", "cdn-assets.example"}, {"ip", "198.51.100.77"}, {"ip", "2001:db8::1"},
		{"url", "https://docs-share.example/d/8f31?a=1&b='x'"},
		{"sha256", "1fd1e0b8a03994cbc2db01b596e53227d6e7e19d3ba27fcbd9baf7f8ae9ce2a8"},
		{"path", `C:\Users\j<b>&"'` + "\u2028\u202e" + `\é日.exe`},
	} {
		r.Indicators = append(r.Indicators,
			report.Indicator{Type: report.IndicatorType(n[0]), Value: n[1], Defanged: n[1], Findings: []string{"F-1"}})
	}
	_, m := export(t, r, exchange.WriteSTIX)
	checkSTIX(t, "ids", m)
	var have []string
	for _, x := range m["objects"].([]any) {
		o := x.(map[string]any)
		if o["created"] == nil {
			have = append(have, o["id"].(string))
		}
	}
	for _, id := range stixWant {
		if !slices.Contains(have, id) {
			t.Errorf("%s is missing among %q", id, have)
		}
	}
	if len(have) != len(stixWant) {
		t.Errorf("%d observables, want %d", len(have), len(stixWant))
	}
}

var stixWant = []string{
	"domain-name--65834667-72a0-51da-a253-84ce8cc22772",
	"ipv4-addr--efb3cb24-5b02-57b0-adb6-64563650dafa",
	"ipv6-addr--6469e3a9-b053-5e34-a025-9396ae051d26",
	"url--8f2ea79d-5a4f-5d53-8206-8ffb37993376",
	"file--d09fa853-d129-5376-b416-3a89be0b8bf9",
	"directory--ba907634-58f5-512c-832e-24e702604568",
	"file--f4e3363f-4187-5256-a0c9-ed76cb543890",
}

func TestSTIXLeavesOutWhatIsNoIndicator(t *testing.T) {
	t.Parallel()
	r := &report.Report{ID: "R-1", Findings: []report.Finding{
		{ID: "F-1", Status: "finding", Rule: report.RuleRef{Severity: "medium"}, Confidence: "high"},
		{ID: "F-2", Status: "suppressed", Rule: report.RuleRef{Severity: "high"}, Confidence: "high"},
		{ID: "F-3", Status: "finding", Rule: report.RuleRef{Severity: "high"}, Confidence: "medium"},
	}, Indicators: []report.Indicator{
		{Type: "domain", Value: "drive.google.com", Note: "widely used", Findings: []string{"F-3"}},
		{Type: "domain", Value: "suppressed.example", Findings: []string{"F-2"}},
		{Type: "md5", Value: "not a hash", Findings: []string{"F-3"}},
		{Type: "imphash", Value: "62fc58bfcc4d1644a9b108abf72febb1", Findings: []string{"F-3"}},
		{Type: "domain", Value: "grave.example", Findings: []string{"F-1", "F-3"}},
		{Type: "domain", Value: "odd.example", Findings: []string{"F-1"}},
		{Type: "md5", Value: "0cc175b9c0f1b6a831c399e269772661", Note: "it calls itself Microsoft's", Stock: true,
			Findings: []string{"F-3"}},
		{Type: "url", Value: "http://a.example/' OR url:value = '\\", Findings: []string{"F-3"}},
		{Type: "domain", Value: "not a name\nat all'", Findings: []string{"F-3"}},
	}}
	_, m := export(t, r, exchange.WriteSTIX)
	checkSTIX(t, "left out", m)
	var have []string
	for _, x := range m["objects"].([]any) {
		o := x.(map[string]any)
		switch o["type"] {
		case "indicator":
			have = append(have, fmt.Sprint(o["pattern"], o["indicator_types"]))
			if strings.HasSuffix(o["description"].(string), "Microsoft's.") {
				have = append(have, fmt.Sprint("marked, confidence ", o["confidence"]))
			}
		case "url", "domain-name":
			have = append(have, o["value"].(string))
		}
	}
	slices.Sort(have)
	want := []string{
		"[domain-name:value = 'grave.example'][malicious-activity]",
		"[domain-name:value = 'not a name\nat all\\''][malicious-activity]",
		"[domain-name:value = 'odd.example'][anomalous-activity]",
		`[url:value = 'http://a.example/\' OR url:value = \'\\'][malicious-activity]`, "drive.google.com",
		"grave.example", "odd.example",
		"[file:hashes.'MD5' = '0cc175b9c0f1b6a831c399e269772661'][malicious-activity]", "marked, confidence 15",
	}
	slices.Sort(want)
	if !slices.Equal(have, want) {
		t.Errorf("have %q\nwant %q", have, want)
	}
}

// Whoever prints an export on a terminal, or puts it into a page, gets no more than text.
func TestAttacksAreInertInExports(t *testing.T) {
	t.Parallel()
	r := reporttest.Attacked()
	for name, write := range map[string]func(io.Writer, *report.Report) error{
		"navigator": exchange.WriteNavigator, "stix": exchange.WriteSTIX} {
		b, _ := export(t, r, write)
		if !utf8.Valid(b) {
			t.Errorf("%s: not UTF-8", name)
		}
		for _, c := range string(b) {
			if c != '\n' && reporttest.Harmful(c) {
				t.Fatalf("%s: U+%04X stands in the file as itself", name, c)
			}
		}
	}
}

func TestExportsNameTheAuthorsOfTheRules(t *testing.T) {
	r := reporttest.Rich()
	r.Findings[0].Rule.Author, r.Findings[0].Rule.Licence = "Ann <Author>", "DRL-1.1"
	for name, c := range map[string]struct {
		write func(io.Writer, *report.Report) error
		want  string
	}{
		"navigator": {exchange.WriteNavigator, "Ann <Author>"},
		"stix": {exchange.WriteSTIX,
			"rule Browser child with network or cradle (by Ann <Author>, licence DRL-1.1)"},
	} {
		_, m := export(t, r, c.write)
		var texts []string
		collect(m, &texts)
		if !slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, c.want) }) {
			t.Errorf("%s: nothing says %q", name, c.want)
		}
	}
}

// collect gathers the texts of a JSON value.
func collect(v any, into *[]string) {
	switch v := v.(type) {
	case string:
		*into = append(*into, v)
	case []any:
		for _, x := range v {
			collect(x, into)
		}
	case map[string]any:
		for _, x := range v {
			collect(x, into)
		}
	}
}
