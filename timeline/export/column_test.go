package export

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hunt/report/reporttest"
	"hunt/timeline"
)

func TestStringsAreWrittenAsEncodingJSONDoes(t *testing.T) {
	same := func(t rapid.TB, s string) {
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(s); err != nil {
			t.Fatal(err)
		}
		if got := appendString(nil, s); !bytes.Equal(got, bytes.TrimSuffix(want.Bytes(), []byte("\n"))) {
			t.Fatalf("%q is written as %s, encoding/json writes %s", s, got, want.Bytes())
		}
	}
	for _, s := range reporttest.AttackList() {
		same(t, s)
	}
	for b := range 256 {
		same(t, "a"+string([]byte{byte(b)})+"z")
	}
	rapid.Check(t, func(t *rapid.T) {
		same(t, rapid.String().Draw(t, "text"))
		same(t, string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")))
	})
}

// The list of columns, the schema of JSON lines and docs/timeline.md say the same.
func TestEveryColumnIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/timeline.md")
	if err != nil {
		t.Fatal(err)
	}
	var told []string // in tables by themselves, in sentences between back-quotes
	for line := range strings.Lines(string(page)) {
		if cells := strings.Split(line, "|"); len(cells) > 2 {
			told = append(told, strings.Split(strings.TrimSpace(cells[1]), ", ")...)
		}
	}
	b, err := os.ReadFile("../../docs/timeline.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Properties map[string]struct{ Type string }
		Required   []string
	}
	if err := json.Unmarshal(b, &schema); err != nil {
		t.Fatal(err)
	}
	types := map[kind]string{text: "string", object: "object", digits: "string", signed: "integer",
		unsigned: "integer", flag: "boolean"}
	for _, c := range slices.Concat(columns, markColumns, foldColumns, []column{localColumn(time.UTC)}) {
		p, ok := schema.Properties[c.name]
		if !ok || p.Type != types[c.kind] {
			t.Errorf("docs/timeline.schema.json has %q as %q, want %q", c.name, p.Type, types[c.kind])
		}
		if required := slices.Contains(schema.Required, c.name); required == c.rare {
			t.Errorf("%s: required %t in the schema, left out where empty %t", c.name, required, c.rare)
		}
		delete(schema.Properties, c.name)
		if !slices.Contains(told, c.name) && !strings.Contains(string(page), "`"+c.name+"`") {
			t.Errorf("docs/timeline.md lacks the column %s", c.name)
		}
	}
	for name := range schema.Properties {
		t.Errorf("docs/timeline.schema.json has %q, which no column is", name)
	}
}

func TestNoFormatLosesAColumn(t *testing.T) {
	v := newView(&Timeline{Marks: func(*timeline.Event) []Mark { return nil }}, time.UTC, &folds{})
	table := newParquetTable(&v)
	parquetColumns, parquetSchema := table.columns, table.schema
	seen := map[string]bool{}
	for _, c := range parquetColumns {
		seen[c.name] = true
	}
	for _, c := range v.columns {
		if !seen[c.name] && c.name != "time" {
			t.Errorf("Parquet lacks %s", c.name)
		}
	}
	if n, all := len(parquetSchema.Fields()), parquetTimes+len(parquetColumns); n != all {
		t.Errorf("the schema has %d fields of %d", n, all)
	}
	for i, f := range parquetSchema.Fields()[parquetTimes:] {
		if f.Name() != parquetColumns[i].as {
			t.Errorf("field %d is %s, want %s", i, f.Name(), parquetColumns[i].as)
		}
	}
}

// What is graver is said by the rank alone, whatever the grades are called.
func TestTheGravestMarkIsTold(t *testing.T) {
	t.Parallel()
	f := &facts{marks: []Mark{
		{Severity: Grade{2, "zinc"}, Status: Grade{3, "open"}},
		{Severity: Grade{9, "lead"}, Status: Grade{1, "closed"}, Suppressed: true},
		{Severity: Grade{4, "iron"}, Status: Grade{2, "half"}},
	}}
	if got := severityOf(f); got != "iron" {
		t.Errorf("severity %q", got)
	}
	if got := gravest(f, func(m *Mark) Grade { return m.Status }); got != "open" {
		t.Errorf("status %q", got)
	}
	if got := severityOf(&facts{marks: f.marks[1:2]}); got != "" {
		t.Errorf("severity of what is suppressed: %q", got)
	}
}
