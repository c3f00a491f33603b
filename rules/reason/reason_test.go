package reason

import (
	"strings"
	"testing"

	"hunt/rules/eql"
	"hunt/rules/predicate"
)

// explainSchema knows every name but those that begin with "no.".
type explainSchema struct{ names []string }

func (s *explainSchema) Field(name string) (predicate.FieldID, predicate.Type, bool) {
	typ := predicate.TypeKeyword
	switch name {
	case "pid":
		typ = predicate.TypeLong
	case "signed":
		typ = predicate.TypeBoolean
	}
	for i, n := range s.names {
		if n == name {
			return predicate.FieldID(i), typ, !strings.HasPrefix(name, "no.")
		}
	}
	s.names = append(s.names, name)
	return predicate.FieldID(len(s.names) - 1), typ, !strings.HasPrefix(name, "no.")
}

func (s *explainSchema) Suggest(string) string { return "" }

type explainEvent struct {
	s      *explainSchema
	values map[string][]predicate.Value
}

func (e *explainEvent) Values(f predicate.FieldID, dst []predicate.Value) []predicate.Value {
	return append(dst, e.values[e.s.names[f]]...)
}

func TestLacksNameWhatWasFoundAndWhatWasWanted(t *testing.T) {
	text := func(vs ...string) (out []predicate.Value) {
		for _, v := range vs {
			out = append(out, predicate.StringValue(v))
		}
		return out
	}
	event := map[string][]predicate.Value{
		"event.category": text("process"), "name": text("notepad.exe"), "parent": text("explorer.exe"),
		"args": text("a", "b"), "pid": {predicate.IntValue(5)}, "signed": {predicate.BoolValue(false)},
	}
	for _, c := range []struct {
		query  string
		failed int
		want   string // the lines, joined by |
	}{
		{`process where name == "notepad.exe"`, 0, ``},
		{`file where true`, 1, `event.category is "process", not "file"`},
		{`any where name == "cmd.exe"`, 1, `name is "notepad.exe", not "cmd.exe"`},
		{`any where name != "notepad.exe"`, 1, `name is "notepad.exe", which is excluded`},
		{`any where name : ("cmd.exe", "pwsh.exe")`, 1, `name is "notepad.exe", not one of "cmd.exe", "pwsh.exe"`},
		{`any where name : "cmd*"`, 1, `name is "notepad.exe", not like "cmd*"`},
		{`any where name regex~ ("a.+", "b.+")`, 1, `name is "notepad.exe", not like one of "a.+", "b.+"`},
		{`any where name in ("a", "b", "c", "d", "e", "f", "g", "h")`, 1,
			`name is "notepad.exe", not one of "a", "b", "c", "d", "e", "f", … (8 in all)`},
		{`any where name not in ("notepad.exe")`, 1, `name is "notepad.exe", which is excluded`},
		{`any where args == "c"`, 1, `args is ["a", "b"], not "c"`},
		{`any where nothing == "c"`, 1, `nothing is missing, not "c"`},
		{`any where ?no.such == "c"`, 1, `no.such is missing, not "c"`},
		{`any where nothing != null`, 1, `nothing is missing, but should be there`},
		{`any where name == null`, 1, `name is "notepad.exe", but should be missing`},
		{`any where pid > 7`, 1, `pid is 5, not > 7`},
		{`any where signed`, 1, `signed is false, so not signed`},
		{`any where length(name) == 3`, 1, `name is "notepad.exe", so not length(name) == 3`},
		{`any where not name : "n*"`, 1, `excluded: name is "notepad.exe"`},
		{`any where not (name : "n*" and pid == 5)`, 1, `excluded: name is "notepad.exe", pid is 5`},
		{`any where not (name : "x" or pid == 5)`, 1, `excluded: pid is 5`},
		{`file where name == "a" and parent == "explorer.exe" and pid == 6`, 3,
			`event.category is "process", not "file"|name is "notepad.exe", not "a"|pid is 5, not 6`},
		{`any where (name == "a" and pid == 6) or parent == "b"`, 1,
			`none of 2 alternatives holds:|    - parent is "explorer.exe", not "b"|    - name is "notepad.exe", not "a"|      pid is 5, not 6`},
	} {
		s := &explainSchema{}
		p, err := eql.Compile(c.query, s, eql.Options{})
		if err != nil {
			t.Fatalf("%s: %v", c.query, err)
		}
		x := p.Explain(0, &explainEvent{s, event}, nil)
		if got := strings.Join(Lacks(x), "|"); got != c.want || Failed(x) != c.failed {
			t.Errorf("%s\ngot  %d: %s\nwant %d: %s", c.query, Failed(x), got, c.failed, c.want)
		}
	}
}
