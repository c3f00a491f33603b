package hunt_test

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// The sizes that a reader can keep in mind. Lines of code are those that hold a token: neither blank
// lines nor comments count.
const (
	maxFunctionLines = 60
	maxParameters    = 5
	maxPackageLines  = 4500
	maxPackageTypes  = 80
)

// larger are the functions and packages beyond these sizes, each with the reason.
var larger = map[string]string{
	"samples/gen/image.go program":               "a row of a table",
	"samples/gen/sysmon.go registry":             "an event in the order of its fields",
	"report/reporttest/findings.go richFindings": "data of a report for tests",
	"report/reporttest/rest.go richRest":         "data of a report for tests",
	"report/reporttest/world.go Start":           "a line of a story in tests",
	"report/reporttest/world.go Logon":           "a line of a story in tests",
}

// codeLines returns the lines of a file that hold a token.
func codeLines(text []byte) map[int]bool {
	lines := map[int]bool{}
	set := token.NewFileSet()
	var s scanner.Scanner
	s.Init(set.AddFile("", -1, len(text)), text, nil, 0)
	for {
		pos, tok, lit := s.Scan()
		switch {
		case tok == token.EOF:
			return lines
		case tok == token.SEMICOLON && lit == "\n":
			continue
		}
		first := set.Position(pos).Line
		for i := range strings.Count(lit, "\n") + 1 {
			lines[first+i] = true
		}
	}
}

func TestFunctionsAndPackagesCanBeKeptInMind(t *testing.T) {
	lines, types := map[string]int{}, map[string]int{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == ".git"):
			return filepath.SkipDir
		case filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, text, 0)
		if err != nil {
			return err
		}
		code := codeLines(text)
		lines[path.Dir(name)] += len(code)
		for _, decl := range file.Decls {
			switch decl := decl.(type) {
			case *ast.GenDecl:
				if decl.Tok == token.TYPE {
					types[path.Dir(name)] += len(decl.Specs)
				}
			case *ast.FuncDecl:
				checkFunction(t, name, set, decl, code)
			}
		}
		return nil
	})
	if err != nil || len(lines) < 40 {
		t.Fatalf("%d packages, %v", len(lines), err)
	}
	for name, n := range lines {
		if n > maxPackageLines || types[name] > maxPackageTypes {
			if met[name] = true; larger[name] != "" {
				continue
			}
			t.Errorf("package %s has %d lines of code and %d types; a reader keeps %d and %d in mind: find what "+
				"ties it least, and cut there",
				name, n, types[name], maxPackageLines, maxPackageTypes)
		}
	}
	for name := range larger {
		if !met[name] {
			t.Errorf("%s needs no exception any more", name)
		}
	}
}

// met are the exceptions that are still needed.
var met = map[string]bool{}

func checkFunction(t *testing.T, file string, set *token.FileSet, f *ast.FuncDecl, code map[int]bool) {
	t.Helper()
	name := file + " " + f.Name.Name
	tell := func(format string, args ...any) {
		t.Helper()
		if met[name] = true; larger[name] == "" {
			t.Errorf(format, args...)
		}
	}
	if f.Body != nil {
		n := 0
		for l := set.Position(f.Body.Lbrace).Line + 1; l < set.Position(f.Body.Rbrace).Line; l++ {
			if code[l] {
				n++
			}
		}
		if n > maxFunctionLines {
			tell("%s: %s has %d lines of code, want %d at most", file, f.Name.Name, n, maxFunctionLines)
		}
	}
	n := 0
	for _, p := range f.Type.Params.List {
		n += max(1, len(p.Names))
	}
	if n > maxParameters {
		tell("%s: %s has %d parameters, want %d at most: give them a struct", file, f.Name.Name, n, maxParameters)
	}
}
