package hunt_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// boundsIn are the constants of a file whose names say that they bound something, within functions, too.
func boundsIn(t *testing.T, path string) (names []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	bounds := regexp.MustCompile(`^(max|most|Max|Most)[A-Z]`)
	ast.Inspect(file, func(n ast.Node) bool {
		decl, ok := n.(*ast.GenDecl)
		if !ok || decl.Tok != token.CONST && decl.Tok != token.VAR {
			return true
		}
		for _, s := range decl.Specs {
			for _, name := range s.(*ast.ValueSpec).Names {
				if bounds.MatchString(name.Name) {
					names = append(names, filepath.ToSlash(filepath.Dir(path))+"."+name.Name)
				}
			}
		}
		return true
	})
	return names
}

// TestEveryConstantThatBoundsIsTold holds testdata/bounds.txt against the constants in the code: who adds one says
// there how it is told. Where that is a bound of docs/limits.md, other tests make it bite.
func TestEveryConstantThatBoundsIsTold(t *testing.T) {
	var inCode, listed []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{"release", "samples", "deploy", ".ci", "report/browsertest",
			"evtx/evtxtest", "cmd/hunt/testdata"}, filepath.ToSlash(path)):
			return fs.SkipDir
		case filepath.Ext(path) == ".go" && !strings.HasSuffix(path, "_test.go"):
			inCode = append(inCode, boundsIn(t, path)...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("docs/limits.md")
	if err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadFile("testdata/bounds.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(list)) {
		how, name, ok := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case strings.HasPrefix(line, "#"):
			continue
		case !ok:
			t.Errorf("%q is not a way to tell and a constant", line)
		case !slices.Contains([]string{"counted", "cut", "refused", "cache", "format", "judged"}, how) &&
			!strings.Contains(string(page), "\n| `"+how+"` |"):
			t.Errorf("%s: there is no bound %q", name, how)
		}
		listed = append(listed, name)
	}
	slices.Sort(inCode)
	inCode = slices.Compact(inCode)
	slices.Sort(listed)
	for _, name := range inCode {
		if !slices.Contains(listed, name) {
			t.Errorf("%s bounds something: say in testdata/bounds.txt how hunt tells that it bit", name)
		}
	}
	for i, name := range listed {
		if !slices.Contains(inCode, name) || i > 0 && listed[i-1] == name {
			t.Errorf("testdata/bounds.txt: %s is there twice, or is no constant any more", name)
		}
	}
}
