package eql

import (
	"os"
	"strings"
	"testing"

	"hunt/rules/predicate"
)

// TestTheLanguageReferenceIsTrue runs every example of docs/eql.md.
func TestTheLanguageReferenceIsTrue(t *testing.T) {
	text, err := os.ReadFile("../../docs/eql.md")
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for i, part := range strings.Split(string(text), "```") {
		if i%2 == 0 {
			continue
		}
		kind, body, _ := strings.Cut(part, "\n")
		body = strings.TrimRight(body, "\n")
		count[kind]++
		switch kind {
		case "eql":
			open := &testSchema{open: true, ids: map[string]predicate.FieldID{}}
			if _, err := Compile(body, open, Options{}); err != nil {
				t.Error(err)
			}
		case "eql-values":
			for _, line := range strings.Split(body, "\n") {
				expr, want, _ := strings.Cut(line, " = ")
				if evalCondition(t, conditionSchema(), expr+" == "+want, "") != predicate.True {
					t.Errorf("%s is not %s", expr, want)
				}
			}
		case "eql-error":
			query, want, _ := strings.Cut(body, "\n--\n")
			if _, err := Compile(query, conditionSchema(), Options{File: "rule.eql"}); err == nil ||
				err.Error() != want {
				t.Errorf("%s\ngives\n%v\nnot\n%s", query, err, want)
			}
		case "series":
			checkSeries(t, "example", body)
		default:
			t.Errorf("an example of unknown kind %q", kind)
		}
	}
	for _, kind := range []string{"eql", "eql-values", "eql-error", "series"} {
		if count[kind] == 0 {
			t.Errorf("no example of kind %s", kind)
		}
	}
	for _, name := range functionNames() {
		if !strings.Contains(string(text), "\n"+name) {
			t.Errorf("the function %s has no example", name)
		}
	}
}

// checkSeries runs one marble spec without its name.
func checkSeries(t *testing.T, name, body string) {
	t.Helper()
	s := newSchema("event.category", "k", "l")
	c := parseSeries(t, s, name, name+"\n"+body)
	p, err := Compile(c.query, s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.run(p); got != c.want {
		t.Errorf("%s\ngot\n%s\nwant\n%s", c.query, got, c.want)
	}
}
