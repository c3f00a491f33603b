package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

type document struct {
	ID    string            `toml:"id" yaml:"id"`
	Notes map[string]string `toml:"notes" yaml:"notes"`
	Any   any               `toml:"any" yaml:"any"`
	Host  []struct {
		Names []string `toml:"names" yaml:"names"`
		Deep  struct {
			X int `toml:"x" yaml:"x"`
		} `toml:"deep" yaml:"deep"`
	} `toml:"host" yaml:"host"`
}

// lines is a document of n lines.
func lines(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// allocated is what f allocates, in MiB: memory, and a measure of time that no busy machine changes.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) >> 20
}

func TestBombsAreRefusedBeforeTheyGrow(t *testing.T) {
	const n = 16_000
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s*%c]\n", c, c, strings.Repeat(fmt.Sprintf("*%c,", c-1), 8), c-1)
	}
	for name, tt := range map[string]struct {
		src, want string
		decode    func(string, []byte, any) error
	}{
		"nested YAML": {"any: " + strings.Repeat("[", n), "nested more than 50 levels deep", YAML},
		"nested YAML, closed": {"any: " + strings.Repeat("[", n) + strings.Repeat("]", n),
			"nested more than 50 levels deep", YAML},
		"nested YAML maps":     {"any: " + strings.Repeat("{a: ", n), "nested more than 50 levels deep", YAML},
		"nested YAML, lines":   {"any: " + strings.Repeat("[\n", n), "nested more than 50 levels deep", YAML},
		"YAML lists in a line": {"any:\n " + strings.Repeat("- ", n) + "x", "nested more than 50 levels deep", YAML},
		"YAML keys in a line":  {strings.Repeat("? ", n) + "x", "nested more than 50 levels deep", YAML},
		"YAML tags":            {"any: " + strings.Repeat("!!str ", n) + "x", "nested more than 50 levels deep", YAML},
		"indented YAML": {"any:\n" + func() (s string) {
			for i := range 300 {
				s += strings.Repeat(" ", i+1) + "a:\n"
			}
			return s
		}(), "nested more than 50 levels deep", YAML},
		"YAML keys":         {lines(n, "k%d: 1\n"), "more than 2000 keys", YAML},
		"YAML notes":        {"notes:\n" + lines(n, " k%d: x\n"), "more than 2000 keys", YAML},
		"YAML keys in flow": {"notes: {" + lines(n, "k%d: x, ") + "}", "more than 2000 keys", YAML},
		"YAML aliases":      {bomb, "anchors and aliases", YAML},
		"YAML merge keys":   {"any: {<<: {a: 1}}", "anchors and aliases", YAML},
		"YAML comments":     {lines(120_000, "#\n%.0d"), "larger than", YAML},
		"a long YAML file":  {strings.Repeat("# a comment\n", 1<<15), "larger than 256 KiB", YAML},
		"a long YAML key":   {strings.Repeat("k", 200_000) + ": 1", "unknown field", YAML},
		"TOML keys":         {lines(n, "k%d = 1\n"), ":4001:1: more than 4000 keys in one table", TOML},
		"TOML keys in a table": {"[[host]]\n" + lines(n, "k%d = 1\n"),
			":4002:1: more than 4000 keys in one table", TOML},
		"TOML tables": {lines(n, "[any.t%d]\n"), ":4001:6: more than 4000 keys in one table", TOML},
		"TOML paths":  {lines(n, "any.k%d.x = 1\n"), ":4001:5: more than 4000 keys in one table", TOML},
		"TOML inline keys": {"any = [{ " + lines(n, "k%d = 1, ") + "z = 1 }]",
			"more than 4000 keys in one table", TOML},
		"unknown TOML keys": {lines(3000, "k%d = 1\n"),
			":1:1: unknown key k0; use one of any, host, id, notes", TOML},
		"unknown TOML key":   {"[[host]]\nid = 1\n", ":2:1: unknown key host.id; use one of deep, names", TOML},
		"nested TOML":        {"any = " + strings.Repeat("[", n), "nested", TOML},
		"nested TOML tables": {"any = " + strings.Repeat("{a=", n), "nested", TOML},
		"a long TOML key":    {strings.Repeat("k", 200_000) + " = 1", ":1:1: unknown key kkkk", TOML},
		"a long TOML path": {"id = 'x'\nid." + strings.Repeat("b.", 2_000_000) + "c = 1",
			":2:129: a key of more than 64 parts", TOML},
		"a TOML path in quotes": {"any = '''\n'''\n[" + strings.Repeat(`"b" . `, 500_000) + "c]",
			"a key of more than 64 parts", TOML},
		"a TOML path in a table": {"any = [ # [\n { " + strings.Repeat("b.", 2_000_000) + "c = 1 } ]",
			"a key of more than 64 parts", TOML},
		"TOML values": {"host = [{ names = [" + lines(1_000_000, "'%d', ") + "] }]",
			"more than 262144 values in one expression", TOML},
	} {
		var err error
		grown := allocated(func() { err = tt.decode("file", []byte(tt.src), &document{}) })
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "file:") {
			t.Errorf("%s: error %.300v, want %q", name, err, tt.want)
		} else if len(err.Error()) > 600 {
			t.Errorf("%s: the message is %d bytes long", name, len(err.Error()))
		}
		if grown > 64 {
			t.Errorf("%s: %d MiB for a file of %d KiB", name, grown, len(tt.src)>>10)
		}
	}
}

func TestHonestFilesAreRead(t *testing.T) {
	for _, src := range []string{"id = 'x'\n[notes]\n" + lines(3900, "k%d = 'x'\n") +
		lines(5000, "[[host]]\nnames = ['a%d']\n") + "[[host]]\nnames = ['a']\ndeep = { x = 1 }\n[[host]]\n" +
		"[host.deep]\nx = 2\n[any]\nb.c = 1\n", "\ufeffID = 'x'\nany = [{ q = 1 }]\n"} {
		var d document
		if err := TOML("file", []byte(src), &d); err != nil || d.ID != "x" {
			t.Errorf("%v, %q", err, d.ID)
		}
	}
	dots := strings.Repeat("a.b, ", 300_000)
	for _, text := range []string{"'" + dots + "'", `"` + dots + `\""`, "'''" + dots + "'\n" + dots + "'''",
		`"""` + dots + `\"""` + dots + `"""`, "'x' # '" + dots,
		"[" + strings.Repeat("1.5,\n", 10_000) + "]"} {
		var d document
		if err := TOML("file", []byte("any = "+text+"\nid = 'x'\n"), &d); err != nil || d.ID != "x" {
			t.Errorf("%.300v, %q", err, d.ID)
		}
	}
	src := "id: x\nnotes:\n" + lines(1500, "  k%d: |\n    a: text\n    [with: marks]\n    &and *more\n") +
		"host:\n  - names: [a, b]\n    deep: {x: 1}\n  - names: []\n"
	var d document
	if err := YAML("file", []byte(src), &d); err != nil || d.ID != "x" || len(d.Notes) != 1500 ||
		d.Notes["k7"] != "a: text\n[with: marks]\n&and *more\n" {
		t.Errorf("%v, %q, %d notes", err, d.ID, len(d.Notes))
	}
}

func TestUnknownKeysAreFoundWhereTheDecoderFindsThem(t *testing.T) {
	src := "id = 1\nother = 1\nhost = [{ names = [], nam = 1 }, { deep = { y = 1 } }]\n[notes]\nwhatever = 'x'\n" +
		"[host2]\na = 1\nb = 2\n"
	var got []string
	for _, u := range UnknownKeys([]byte(src), reflect.TypeFor[document](), 10) {
		got = append(got, fmt.Sprintf("%s@%d", u.Name(), u.Offset))
	}
	want := fmt.Sprintf("[other@%d host.nam@%d host.deep.y@%d host2@%d]", strings.Index(src, "other"),
		strings.Index(src, "nam ="), strings.Index(src, "y = 1"), strings.Index(src, "host2"))
	if have := fmt.Sprint(got); have != want {
		t.Errorf("have %s\nwant %s", have, want)
	}
}

func TestOnlyRegularFilesOfTheirSizeAreRead(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "file")
	if err := os.WriteFile(name, []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	if b, err := Read(name, 10); err != nil || string(b) != "0123456789" {
		t.Errorf("%q, %v", b, err)
	}
	for n, want := range map[string]string{name: "is it the right file?", dir: "is a directory; name a file",
		name + "-": "cannot read the file"} {
		if _, err := Read(n, 9); err == nil || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), n) {
			t.Errorf("%s: error %v, want %q", n, err, want)
		}
	}
}

func TestAllOfAYAMLFileIsRead(t *testing.T) {
	for src, want := range map[string]string{
		"":                             "",
		"# nothing yet\n":              "",
		"---\nid: x\n":                 "",
		"id: x\n...\n":                 "",
		"id: x\n---\n":                 "",
		"id: x\n---\n# end\n":          "",
		"id: x\n---\nnotes: {a: b}\n":  "more than one document",
		"---\nid: x\n---\n[a]\n":       "more than one document",
		"id: x\n---\nid: y\n---\nz: 1": "more than one document",
	} {
		var d document
		err := YAML("file", []byte(src), &d)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", src, err, want)
		}
		if want == "" && strings.Contains(src, "id") && d.ID != "x" {
			t.Errorf("%q: the id is %q", src, d.ID)
		}
	}
}
