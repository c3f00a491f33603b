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

// boundIDs are the ids of the bounds that a file declares: those of literals of limit.Bound, and of
// calls that make one.
func boundIDs(t *testing.T, path string) (ids []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	add := func(e ast.Expr, made bool) {
		switch id, ok := e.(*ast.BasicLit); {
		case ok:
			ids = append(ids, strings.Trim(id.Value, `"`))
		case !made:
			t.Errorf("%s: the id of a bound is no literal", path)
		}
	}
	bound := func(e ast.Expr) bool {
		s, ok := e.(*ast.SelectorExpr)
		if !ok || s.Sel.Name != "Bound" {
			return false
		}
		from, ok := s.X.(*ast.Ident)
		return ok && from.Name == "limit"
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			if !bound(n.Type) || len(n.Elts) == 0 { // the zero Bound is none
				break
			}
			pair, ok := n.Elts[0].(*ast.KeyValueExpr)
			if !ok {
				t.Errorf("%s: a bound without names of its fields", path)
				break
			}
			_, parameter := pair.Value.(*ast.Ident) // of a function that makes bounds
			add(pair.Value, parameter)
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok && f.Name == "bound" && filepath.Base(filepath.Dir(path)) == "binxml" {
				add(n.Args[0], false)
			}
		}
		return true
	})
	return ids
}

// TestEveryBoundIsDocumented holds docs/limits.md against the bounds in the code. A test of the
// program makes each bound of that page bite.
func TestEveryBoundIsDocumented(t *testing.T) {
	var inCode []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") ||
			path == filepath.Join("limit", "limit.go") {
			return err
		}
		inCode = append(inCode, boundIDs(t, path)...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile("docs/limits.md")
	if err != nil {
		t.Fatal(err)
	}
	var inDocs []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9-]+)` \\|").FindAllSubmatch(b, -1) {
		inDocs = append(inDocs, string(m[1]))
	}
	slices.Sort(inCode)
	slices.Sort(inDocs)
	if len(inCode) < 10 || !slices.Equal(inCode, inDocs) {
		t.Errorf("bounds in the code %q, in docs/limits.md %q", inCode, inDocs)
	}
}
