package kql

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"hunt/rules/kql/syntax"
	"hunt/rules/predicate"
)

// names is a schema of the names that are asked for: types follow from the names, as Elastic's data
// streams map them.
type names struct {
	ids    map[string]predicate.FieldID
	byID   []string
	absent map[string]bool
}

func newNames(absent ...string) *names {
	n := &names{ids: map[string]predicate.FieldID{}, absent: map[string]bool{}}
	for _, a := range absent {
		n.absent[a] = true
	}
	return n
}

func (n *names) Field(name string) (predicate.FieldID, predicate.Type, bool) {
	id, ok := n.ids[name]
	if !ok {
		id = predicate.FieldID(len(n.byID))
		n.ids[name], n.byID = id, append(n.byID, name)
	}
	typ := predicate.TypeKeyword
	switch {
	case strings.HasSuffix(name, ".ip"):
		typ = predicate.TypeIP
	case strings.HasSuffix(name, ".pid"), strings.HasSuffix(name, ".port"):
		typ = predicate.TypeLong
	case strings.HasSuffix(name, "_bits"), strings.HasSuffix(name, "_stdev"):
		typ = predicate.TypeFloat
	case strings.HasSuffix(name, ".trusted"):
		typ = predicate.TypeBoolean
	case name == "@timestamp":
		typ = predicate.TypeDate
	}
	return id, typ, !n.absent[name] && !strings.HasSuffix(name, ".caseless")
}

func (n *names) Suggest(string) string { return "" }

// document is the values of each field.
type document map[string][]predicate.Value

func (d document) add(name string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if name != "" {
				k = name + "." + k
			}
			d.add(k, x)
		}
	case []any:
		for _, x := range v {
			d.add(name, x)
		}
	case string:
		d[name] = append(d[name], predicate.StringValue(v))
	case bool:
		d[name] = append(d[name], predicate.BoolValue(v))
	case float64:
		d[name] = append(d[name], predicate.FloatValue(v))
	}
}

func parseDocument(t *testing.T, line string) document {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(line), &v); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	d := document{}
	d.add("", v)
	return d
}

func (q *Query) holds(n *names, d document) bool {
	return n.holds(q.Program().Conditions()[0].Condition, d)
}

func (n *names) holds(c *predicate.Condition, d document) bool {
	var direct predicate.Direct
	return direct.Eval(c, func(s predicate.Slot, dst []predicate.Value) []predicate.Value {
		return append(dst, d[n.byID[s.Field]]...)
	}) == predicate.True
}

// What each clause means was worked out by hand from Elasticsearch's documentation of term, match,
// match_phrase, wildcard and range queries.
func TestAClauseMeansWhatItsFieldMakesOfIt(t *testing.T) {
	const doc = `{"process":{"name":"cmd.exe","args":["cmd.exe","/c","a b","x\ny"],"pid":42,"executable":"C:\\Windows\\System32\\cmd.exe"},
		"source":{"ip":["10.1.2.3","fe80::1"]},"code":{"trusted":true},"@timestamp":"2026-01-02T03:04:05.000Z","star":"a*b","no":"no",
		"powershell":{"file":{"script_block_text":"$x = [System.Reflection.Assembly]::Load('é-enc'); Invoke-Mimikatz -Enc.Paste()"}},
		"message":"Can't open [CVE-2020-0601] at example.com"}`
	for _, tc := range []struct {
		query string
		want  bool
	}{
		{"", true},
		{`process.name : cmd.exe`, true},
		{`process.name : CMD.exe`, false},
		{`process.name : "cmd*"`, false},
		{`process.name : cmd*`, true},
		{`process.name : c*d*e`, true},
		{`process.name : CMD*`, false},
		{`process.name.caseless : CMD*`, true},
		{`process.name.caseless : "CMD.EXE"`, true},
		{`process.executable : C\:\\Windows\\*\\cmd.exe`, true},
		{`process.executable : "C:\Windows\System32\cmd.exe"`, true},
		{`star : "a*b"`, true},
		{`star : a\*b`, true},
		{`star : a\*c`, false},
		{`process.args : (cmd.exe and "/c")`, true},
		{`process.args : (cmd.exe and "/d")`, false},
		{`process.args : a b`, true},
		{`process.args : x*y`, true},
		{`not process.args : *`, false},
		{`not process.missing : x`, true},
		{`process.missing : *`, false},
		{`process.pid : 42`, true},
		{`process.pid : "42"`, true},
		{`process.pid >= 42 and process.pid < 43`, true},
		{`process.pid > 42`, false},
		{`source.ip : 10.0.0.0/8`, true},
		{`source.ip : "fe80::/10"`, true},
		{`source.ip : 192.168.0.1`, false},
		{`source.ip >= 10.1.2.3`, true},
		{`code.trusted : true`, true},
		{`code.trusted : false`, false},
		{`@timestamp >= "2026-01-02" and @timestamp < "2026-01-03"`, true},
		{`no : no`, true},
		{`process.name > "cmd"`, true},
		// script blocks: whole words of ASCII letters, digits, _ and -
		{`powershell.file.script_block_text : "[System.Reflection.Assembly]::Load"`, true},
		{`powershell.file.script_block_text : "System Assembly"`, false},
		{`powershell.file.script_block_text : "-enc"`, true},
		{`powershell.file.script_block_text : "enc"`, false},
		{`powershell.file.script_block_text : ".Paste()"`, true},
		{`powershell.file.script_block_text : "Invoke-Mimi"`, false},
		{`powershell.file.script_block_text : invoke-mimi*`, true},
		{`powershell.file.script_block_text : (Invoke-Nothing or "Invoke-Mimikatz")`, true},
		{`powershell.file.script_block_text : nothing Invoke-Mimikatz`, true},
		{`powershell.file.script_block_text : "::"`, false},
		{`not powershell.file.script_block_text : "::"`, true},
		{`powershell.file.script_block_text : *.Paste*`, false},
		// message: words as Unicode finds them
		{`message : "[CVE-2020-0601]"`, true},
		{`message : "can't OPEN"`, true},
		{`message : "open can't"`, false},
		{`message : example`, false},
		{`message : nothing example.com`, true},
		{`message : exam*`, true},
	} {
		n := newNames("process.name.caseless")
		q, err := Compile(tc.query, n, Options{})
		if err != nil {
			t.Errorf("%s: %v", tc.query, err)
			continue
		}
		if got := q.holds(n, parseDocument(t, strings.ReplaceAll(doc, "\n\t\t", ""))); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.query, got, tc.want)
		}
	}
}

func TestWhatIsNotSupportedIsSaid(t *testing.T) {
	for _, tc := range []struct{ query, want string }{
		{"a : { b : c }", "events hold no nested objects"},
		{"word", "a wildcard in the name of a field is not supported here"}, // the schema cannot list its fields
		{"a.* : x", "a wildcard in the name of a field is not supported here"},
		{"process.pid : 4*", "a field of type long takes no pattern"},
		{"process.pid > 4*", "`>` takes no pattern"},
		{"a : null", "null is not a value"},
	} {
		if _, err := Compile(tc.query, newNames(), Options{}); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", tc.query, err, tc.want)
		}
	}
	q, err := Compile("process.pid : x and gone : y", newNames("gone"), Options{File: "f", Line: 7})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`f:7:15: the field process.pid is of type long, which "x" never is: the condition never holds`,
		"f:7:21: no event has the field gone: the condition never holds"}
	if !slices.Equal(q.Warnings(), want) {
		t.Errorf("%q\nwant %q", q.Warnings(), want)
	}
}

// What is sound and finds nothing is said, because nobody sees why; what authors mean as it stands is not.
func TestSuspectValuesAreNamed(t *testing.T) {
	const script = "powershell.file.script_block_text"
	for _, tc := range []struct{ query, want string }{
		{`a : "C:\temp\x.exe"`,
			`1:5: "C:\temp\\x.exe" holds a tab or a line end: write \\ for each backslash of a path`},
		{`a : "C:\\temp\\x.exe"`, ""},
		{"a : \"two\nlines\"", ""},
		{`a : "*x*"`, `1:5: in quotes, * is a star and no wildcard: write "*x*" without them for a pattern`},
		{`a : "\\\\*\\IPC$"`, ""},
		{`a : "*"`, ""},
		{"a : x and", "1:5: `and` is part of the value \"x and\": no condition follows that it could join"},
		{"a : (x y or z NOT)", "1:13: `NOT` is part of the value \"z NOT\": no condition follows that it could join"},
		{"a : or", ""},
		{"a : x | head 5", "1:5: KQL has no pipes: `|` is part of the value \"x | head 5\""},
		{"a : 'x'", "1:5: the quotes are part of the value 'x': KQL quotes text with \""},
		{"a : “x y”", "1:5: the quotes are part of the value “x y”: KQL quotes text with \""},
		{script + ` : "::"`, `1:37: "::" has no word to look for: the condition never holds`},
		{script + ` : *::*`, ""},
		{script + ` : *system.io*`,
			`1:37: no word has ".", and a pattern is compared with single words: the condition never holds`},
		{script + ` : *invoke-mimi*`, ""},
		{"message : two words*",
			`1:11: no word has " ", and a pattern is compared with single words: the condition never holds`},
		{"message : *wörd*", ""},
	} {
		q, err := Compile(tc.query, newNames(), Options{})
		if err != nil {
			if tc.want != "" {
				t.Errorf("%s: %v", tc.query, err)
			}
			continue
		}
		if got := strings.Join(q.Warnings(), "\n"); got != tc.want {
			t.Errorf("%s:\n%s\nwant\n%s", tc.query, got, tc.want)
		}
	}
	q, err := Compile("a : ("+strings.Repeat(`"x*" or `, 1000)+"y)", newNames(), Options{})
	if err != nil || len(q.Warnings()) != maxWarnings+1 || !strings.Contains(q.Warnings()[maxWarnings], "left out") {
		t.Errorf("%d warnings, %v", len(q.Warnings()), err)
	}
}

// shared returns a directory of test material beside the project.
func shared(t *testing.T, env, name string) string {
	dir := os.Getenv(env)
	if dir == "" {
		dir = filepath.Join("../../../shared", name)
	}
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("HUNT_REQUIRE") == "1" {
			t.Fatalf("%v; set %s", err, env)
		}
		t.Skipf("SKIPPED: %v; set %s", err, env)
	}
	return dir
}

// Over made documents, at least 14 that match each published rule and up to 14 near misses, the hits
// are those of an OpenSearch node.
func TestPublishedRulesOverMadeDocuments(t *testing.T) {
	dir := shared(t, "HUNT_KQL", "kql")
	rules := shared(t, "HUNT_RULES", "upstream-rules")
	data, err := os.ReadFile(filepath.Join(dir, "expected_synthetic_dev.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]struct {
		File, Language string
		Hits           [][]string
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, "synthetic.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var docs []document
	for lines := bufio.NewScanner(f); lines.Scan(); {
		docs = append(docs, parseDocument(t, lines.Text()))
	}
	checked := 0
	for _, w := range want {
		data, err := os.ReadFile(filepath.Join(rules, "elastic", "other-types", w.File))
		if err != nil {
			t.Error(err)
			continue
		}
		var r struct {
			Rule struct {
				Language, Query string
				Filters         []any
			}
		}
		if err := toml.Unmarshal(data, &r); err != nil {
			t.Fatal(err)
		}
		if r.Rule.Language != "kuery" {
			continue
		}
		n := newNames()
		q, err := Compile(r.Rule.Query, n, Options{File: w.File})
		if err != nil {
			t.Error(err)
			continue
		}
		filters, err := CompileFilters(r.Rule.Filters, n)
		if err != nil {
			t.Error(err)
			continue
		}
		var got, expected []string
		for _, d := range docs {
			if q.holds(n, d) && n.holds(filters.Condition, d) {
				got = append(got, d["winlog.record_id"][0].Str)
			}
		}
		for _, h := range w.Hits {
			expected = append(expected, h[2])
		}
		slices.Sort(got)
		slices.Sort(expected)
		if !slices.Equal(got, expected) {
			t.Errorf("%s: %d hits, want %d\n got %v\nwant %v\n%s", w.File, len(got), len(expected), got, expected,
				syntax.String(q.tree))
		}
		checked++
	}
	if checked < 40 {
		t.Errorf("only %d rules", checked)
	}
}

// The search for a phrase in a script is the same as cutting the script into words.
func FuzzScriptPhrase(f *testing.F) {
	f.Add("$x = [System.Reflection.Assembly]::Load('é-enc')", "reflection assembly")
	f.Add("aaab aab ab", "ab")
	f.Add("-enc Enc", "ENC")
	f.Fuzz(func(t *testing.T, text, phrase string) {
		words := Script.words(phrase)
		if len(words) == 0 {
			return
		}
		all := Script.words(text)
		want := false
		for i := 0; i+len(words) <= len(all); i++ {
			want = want || slices.Equal(all[i:i+len(words)], words)
		}
		if got := Script.phrase(text, words); got != want {
			t.Errorf("%s in %s: %v, want %v", strconv.Quote(phrase), strconv.Quote(text), got, want)
		}
	})
}
