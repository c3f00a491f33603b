package hunt

import (
	"encoding/json"
	"io/fs"
	"os/exec"
	"path"
	"strings"
	"testing"
	"testing/fstest"
)

func TestTheSourceHashCoversAllThatTheProgramIsCompiledFrom(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-json=ImportPath,GoFiles", "./cmd/hunt").Output()
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p struct {
			ImportPath string
			GoFiles    []string
		}
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		dir, ours := strings.CutPrefix(p.ImportPath+"/", "hunt/")
		if !ours {
			continue
		}
		for _, f := range p.GoFiles {
			if _, err := fs.Stat(sources, path.Join(dir, f)); err != nil {
				t.Errorf("%s%s is not among the sources that sources.go embeds: %v", dir, f, err)
			}
			files++
		}
	}
	if files < 500 {
		t.Errorf("the program has only %d files", files)
	}
}

func TestTheSourceHashTellsSourcesApart(t *testing.T) {
	of := func(files map[string]string) string {
		t.Helper()
		m := fstest.MapFS{}
		for name, text := range files {
			m[name] = &fstest.MapFile{Data: []byte(text)}
		}
		sum, err := hashOf(m)
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	base := of(map[string]string{"a.go": "x\ny\n", "b/c.go": "z"})
	for name, files := range map[string]map[string]string{
		"a byte":                     {"a.go": "x\nz\n", "b/c.go": "z"},
		"a name":                     {"a.go": "x\ny\n", "b/d.go": "z"},
		"a file more":                {"a.go": "x\ny\n", "b/c.go": "z", "d.go": ""},
		"bytes in another file":      {"a.go": "x\n", "b/c.go": "y\nz"},
		"the same in another folder": {"a.go": "x\ny\n", "c/c.go": "z"},
	} {
		if of(files) == base {
			t.Errorf("%s: the same hash", name)
		}
	}
	if of(map[string]string{"a.go": "x\r\ny\r\n", "b/c.go": "z"}) != base {
		t.Error("line ends of Windows give another hash")
	}
	if of(map[string]string{"a.go": "x\ny\n", "b/c.go": "z", "a_test.go": "t"}) != base {
		t.Error("a test gives another hash")
	}
	if sum, err := SourceHash(); err != nil || len(sum) != 64 {
		t.Errorf("the program's own hash is %q, %v", sum, err)
	}
}
