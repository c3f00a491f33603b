package eql

import (
	"testing"

	"github.com/pelletier/go-toml/v2"

	"hunt/rules/eql/syntax"
	"hunt/rules/predicate"
)

func eqlQuery(t testing.TB, path string, text []byte) string {
	t.Helper()
	var file struct {
		Rule struct{ Type, Query string }
	}
	if err := toml.Unmarshal(text, &file); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if file.Rule.Type != "eql" {
		return ""
	}
	return file.Rule.Query
}

func TestEveryPublishedRuleParsesPrintsAndCompiles(t *testing.T) {
	rules := upstream(t)
	for path, q := range rules {
		st, err := syntax.Parse(syntax.Source{File: path, Text: q}, nil)
		if err != nil {
			t.Error(err)
			continue
		}
		text := st.String()
		again, err := syntax.Parse(syntax.Source{File: path, Text: text}, nil)
		if err != nil {
			t.Errorf("the canonical form does not parse: %v", err)
			continue
		}
		if again.String() != text {
			t.Errorf("%s: the canonical form is not stable:\n%s\n%s", path, text, again.String())
		}
		p, err := Compile(q, &testSchema{open: true, ids: map[string]predicate.FieldID{}}, Options{File: path})
		if err != nil {
			t.Error(err)
			continue
		}
		if p.String() != text {
			t.Errorf("%s: the program prints another text than the parser", path)
		}
	}
	t.Logf("%d rules", len(rules))
}
