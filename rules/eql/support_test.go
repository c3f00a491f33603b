package eql

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hunt/rules/predicate"
)

// testSchema is a schema of a few typed fields; names in strict mode that it does not have are unknown.
type testSchema struct {
	names []string
	types []predicate.Type
	open  bool // every name is a known keyword
	ids   map[string]predicate.FieldID
}

// newSchema takes "name:type" pairs; no type is keyword.
func newSchema(fields ...string) *testSchema {
	s := &testSchema{ids: map[string]predicate.FieldID{}}
	for _, f := range fields {
		name, typ, _ := strings.Cut(f, ":")
		s.add(name, map[string]predicate.Type{"": predicate.TypeKeyword, "long": predicate.TypeLong,
			"float": predicate.TypeFloat, "boolean": predicate.TypeBoolean, "date": predicate.TypeDate,
			"ip": predicate.TypeIP, "unknown": predicate.TypeUnknown}[typ])
	}
	return s
}

func (s *testSchema) add(name string, t predicate.Type) predicate.FieldID {
	if id, ok := s.ids[name]; ok {
		return id
	}
	id := predicate.FieldID(len(s.names) + 1)
	s.names = append(s.names, name)
	s.types = append(s.types, t)
	s.ids[name] = id
	return id
}

func (s *testSchema) Field(name string) (predicate.FieldID, predicate.Type, bool) {
	if id, ok := s.ids[name]; ok {
		t := s.types[id-1]
		return id, t, t != 255
	}
	if s.open {
		return s.add(name, predicate.TypeKeyword), predicate.TypeKeyword, true
	}
	return s.add(name, 255), predicate.TypeUnknown, false
}

func (s *testSchema) Suggest(name string) string {
	for _, n := range s.names {
		if n != name && (strings.HasPrefix(n, name) || strings.HasPrefix(name, n)) {
			return n
		}
	}
	return ""
}

// mapEvent is an event whose values are held by name.
type mapEvent struct {
	schema *testSchema
	id     string
	values map[string][]predicate.Value
}

func (e *mapEvent) Values(f predicate.FieldID, dst []predicate.Value) []predicate.Value {
	return append(dst, e.values[e.schema.names[f-1]]...)
}

func (e *mapEvent) String() string { return fmt.Sprint(e.id, e.values) }

// event parses "name=value name=[a|b]": numbers, true, false, null, pending and text.
func (s *testSchema) event(t testing.TB, text string) *mapEvent {
	t.Helper()
	e := &mapEvent{schema: s, values: map[string][]predicate.Value{}}
	for _, f := range strings.Fields(text) {
		name, v, ok := strings.Cut(f, "=")
		if !ok {
			t.Fatalf("bad event %q", text)
		}
		if list, ok := strings.CutPrefix(v, "["); ok {
			for _, x := range strings.Split(strings.TrimSuffix(list, "]"), "|") {
				if x != "" {
					e.values[name] = append(e.values[name], s.scalar(name, x))
				}
			}
			continue
		}
		e.values[name] = []predicate.Value{s.scalar(name, v)}
	}
	return e
}

func (s *testSchema) scalar(name, v string) predicate.Value {
	typ := predicate.TypeKeyword
	if id, ok := s.ids[name]; ok {
		typ = s.types[id-1]
	}
	switch v {
	case "null":
		return predicate.Value{}
	case "pending":
		return predicate.Value{Kind: predicate.Pending}
	}
	switch typ {
	case predicate.TypeLong, predicate.TypeFloat:
		if n, err := strconv.ParseInt(v, 10, 64); err == nil {
			return predicate.IntValue(n)
		}
		if f, err := strconv.ParseFloat(v, 64); err == nil {
			return predicate.FloatValue(f)
		}
	case predicate.TypeBoolean:
		return predicate.BoolValue(v == "true")
	case predicate.TypeDate:
		if from, ok := predicate.ParseDate(v); ok {
			return predicate.TimeValue(from)
		}
	}
	return predicate.StringValue(strings.NewReplacer("_", " ", "¤", "_").Replace(v))
}

// upstream returns the EQL queries of the published rules by file name, or skips the test.
func upstream(t testing.TB) map[string]string {
	t.Helper()
	root, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for !exists(filepath.Join(root, "go.mod")) {
		if root == filepath.Dir(root) {
			t.Fatal("no go.mod above the package")
		}
		root = filepath.Dir(root)
	}
	dir := os.Getenv("HUNT_UPSTREAM_RULES")
	if dir == "" {
		dir = filepath.Join(filepath.Dir(root), "shared", "upstream-rules")
	}
	if !exists(dir) {
		t.Skipf("SKIPPED: no published rules at %s (set HUNT_UPSTREAM_RULES)", dir)
	}
	rules := map[string]string{}
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".toml" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if q := eqlQuery(t, path, text); q != "" {
			rules[path] = q
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(rules) == 0 {
		t.Fatalf("no EQL rules in %s", dir)
	}
	return rules
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func sortedKeys[V any](m map[string]V) []string {
	var ks []string
	for k := range m {
		ks = append(ks, k)
	}
	slices.Sort(ks)
	return ks
}
