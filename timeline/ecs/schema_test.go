package ecs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"
)

func TestFieldTableNamesEveryFieldOnce(t *testing.T) {
	seen := make(map[string]Field)
	for f := noField + 1; f < numFields; f++ {
		info := fieldTable[f]
		if info.name == "" || info.typ == 0 {
			t.Errorf("field %d has no name or type", f)
		}
		if other, ok := seen[info.name]; ok {
			t.Errorf("%s is both field %d and %d", info.name, other, f)
		}
		seen[info.name] = f
	}
	for name := range seen {
		for i := range name {
			if name[i] == '.' {
				if _, ok := seen[name[:i]]; ok {
					t.Errorf("%s is a field and an object (%s)", name[:i], name)
				}
			}
		}
	}
}

func TestSchemaResolvesNames(t *testing.T) {
	s := NewSchema()
	for _, c := range []struct {
		name       string
		typ        FieldType
		known      bool
		answerable bool
	}{
		{"process.parent.name", TypeKeyword, true, true},
		{"process.pid", TypeLong, true, true},
		{"source.ip", TypeIP, true, true},
		{"@timestamp", TypeDate, true, true},
		{"file.code_signature.valid", TypeBoolean, true, true},
		{"host.id", TypeKeyword, true, true},
		{"winlog.event_data.SubjectUserName", TypeKeyword, true, true},
		{"winlog.user_data.Channel", TypeKeyword, true, true},
		{"process.code_signature.trusted", TypeBoolean, true, false},
		{"process.Ext.token.integrity_level_name", TypeKeyword, true, false},
		{"file.size", TypeLong, true, false},
		{"process.parent.code_signature.subject_name", TypeKeyword, true, false},
		{"process.session_leader.name", TypeKeyword, true, false},
		{"process.nmae", TypeKeyword, false, false},
		{"Process.Name", TypeKeyword, false, false},
		{"winlog.event_data.", TypeKeyword, false, false},
	} {
		f, typ, known := s.Field(c.name)
		if typ != c.typ || known != c.known || s.Answerable(f) != c.answerable {
			t.Errorf("%s: %v, known %t, answerable %t", c.name, typ, known, s.Answerable(f))
		}
		if again, _, _ := s.Field(c.name); again != f || s.Name(f) != c.name || s.Type(f) != typ {
			t.Errorf("%s resolves to %d and %d (%s)", c.name, f, again, s.Name(f))
		}
	}
	if s.Name(0) != "" || s.Name(1<<30) != "" || s.Answerable(0) {
		t.Error("no field has a name")
	}
}

func TestSuggestFindsTheNearestName(t *testing.T) {
	s := NewSchema()
	for name, want := range map[string]string{
		"process.nmae":                 "process.name",
		"Process.Name":                 "process.name",
		"process_name":                 "process.name",
		"process.parent.excutable":     "process.parent.executable",
		"zzzzzzzzzzzzzzzzzzzzzz":       "",
		"":                             "",
		strings.Repeat("process.", 99): "",
	} {
		s.Field(name)
		if got := s.Suggest(name); got != want {
			t.Errorf("Suggest(%q) = %q, want %q", name, got, want)
		}
	}
}

// TestPublishedRulesUseKnownFields reads the analyst's copy of Elastic's Windows
// rules: every field they name is known, and those that no Windows log carries
// are exactly the families listed here.
func TestPublishedRulesUseKnownFields(t *testing.T) {
	dir := filepath.Join(corpus(t), "..", "..", "upstream-rules", "elastic")
	if !exists(dir) {
		t.Skipf("NO RULES at %s", dir)
	}
	query := regexp.MustCompile(`(?s)\nquery = '''(.*?)'''`)
	noise := regexp.MustCompile(`(?s)""".*?"""|"(\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/`)
	name := regexp.MustCompile(`[a-zA-Z_@]\w*(?:\.[a-zA-Z_]\w*)+`)
	s := NewSchema()
	files := 0
	blind := make(map[string]bool)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".toml") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !strings.Contains(string(text), `language = "eql"`) {
			return nil
		}
		files++
		for _, m := range query.FindAllSubmatch(text, -1) {
			for _, n := range name.FindAllString(noise.ReplaceAllString(string(m[1]), " "), -1) {
				f, _, known := s.Field(n)
				if !known {
					t.Errorf("%s: unknown field %s, nearest %s", filepath.Base(path), n, s.Suggest(n))
				}
				if !s.Answerable(f) {
					blind[n] = true
				}
			}
		}
		return nil
	})
	if err != nil || files == 0 {
		t.Fatal(files, err)
	}
	var got []string
	for n := range blind {
		if !strings.Contains(n, ".Ext.") && !strings.HasPrefix(n, "process.code_signature.") {
			got = append(got, n)
		}
	}
	sort.Strings(got)
	want := "event.severity file.size host.ip network.application"
	if strings.Join(got, " ") != want {
		t.Errorf("fields that cannot be answered: %q, want %q", got, want)
	}
}
