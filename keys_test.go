package hunt_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// foreign are texts with blanks that hunt compares because others write them: Windows, or formats of files.
var foreign = map[string]string{
	"Binary Data":        "what Sysmon writes for a binary registry value",
	"NTFS    ":           "the file system in a boot sector",
	"EFI PART":           "the signature of a partition table",
	"windows powershell": "the name of a channel",
	"NT AUTHORITY":       "a domain of Windows",
	"NT SERVICE":         "a domain of Windows",
	"WINDOW MANAGER":     "a domain of Windows",
	"FONT DRIVER HOST":   "a domain of Windows",
	"IIS APPPOOL":        "a domain of Windows",
	"<unknown process>":  "what Sysmon writes for a process that it cannot name",
}

// formatted are the maps that are asked with a text which code makes up, by file and name of the text, each with the
// reason.
var formatted = map[string]string{
	"timeline/ecs/schema.go key":         "a name that a rule wrote, beside one that it did not",
	"timeline/search/query.go key":       "a text that an analyst looks for",
	"timeline/host/lineage.go id":        "the id of a process that no record names, beside ids that Sysmon makes",
	"timeline/evidence/archive.go other": "the name of a member",
	"timeline/evidence/place.go place":   "the name of an input",
	"rules/pack/caselog.go name":         "the name of a file",
	"rules/predicate/build.go key":       "a predicate in its one spelling: equal ones are one node",
	"rules/sigma/compile.go key":         "a predicate in its one spelling: equal ones are one node",
	"rules/kql/compile.go key":           "a predicate in its one spelling: equal ones are one node",
	"rules/window/reach.go id":           "any number of values, each quoted",
	"rules/sigma/query.go text":          "what is shown once",
}

var words = regexp.MustCompile(`[A-Za-z] +[A-Za-z]`)

// TestNoSentenceIsAKey looks for what code compares although it was made for people: texts that are put together and
// then looked up in a map, and comparisons with texts of several words. Typed constants and structs are keys.
func TestNoSentenceIsAKey(t *testing.T) {
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == ".git" || d.Name() == ".ci" || name == "samples" ||
			name == "release" || name == filepath.Join("report", "reporttest")):
			return filepath.SkipDir
		case filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
				k := keys{t, set, filepath.ToSlash(name), map[string]bool{}}
				ast.Inspect(f.Body, k.made)
				ast.Inspect(f.Body, k.asked)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

type keys struct {
	t    *testing.T
	set  *token.FileSet
	file string
	text map[string]bool // names of texts that the function puts together
}

// made notes the names that get such a text.
func (k *keys) made(n ast.Node) bool {
	if a, ok := n.(*ast.AssignStmt); ok && len(a.Lhs) == len(a.Rhs) {
		for i := range a.Lhs {
			if id, ok := a.Lhs[i].(*ast.Ident); ok && putTogether(a.Rhs[i]) {
				k.text[id.Name] = true
			}
		}
	}
	return true
}

func (k *keys) asked(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IndexExpr:
		id, named := n.Index.(*ast.Ident)
		switch {
		case putTogether(n.Index) && k.file != "rules/eql/syntax/lexer.go": // words of the language
			k.t.Errorf("%s: a text that is put together is a key; a struct can be one", k.set.Position(n.Pos()))
		case named && k.text[id.Name] && formatted[k.file+" "+id.Name] == "":
			k.t.Errorf("%s: %s is put together and a key; a struct can be one", k.set.Position(n.Pos()), id.Name)
		}
	case *ast.BinaryExpr:
		if n.Op == token.EQL || n.Op == token.NEQ {
			k.compared(n.X)
			k.compared(n.Y)
		}
	case *ast.CaseClause:
		for _, x := range n.List {
			k.compared(x)
		}
	}
	return true
}

func (k *keys) compared(x ast.Expr) {
	lit, ok := x.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return
	}
	if s, err := strconv.Unquote(lit.Value); err == nil && words.MatchString(s) && foreign[s] == "" {
		k.t.Errorf("%s: code compares the words %q; a typed constant can be compared", k.set.Position(x.Pos()), s)
	}
}

// putTogether reports whether a text is formatted, or joined with words of the code.
func putTogether(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.ParenExpr:
		return putTogether(x.X)
	case *ast.CallExpr:
		f, ok := x.Fun.(*ast.SelectorExpr)
		if !ok {
			return false
		}
		p, ok := f.X.(*ast.Ident)
		return ok && p.Name == "fmt" && strings.HasPrefix(f.Sel.Name, "Sprint")
	case *ast.BinaryExpr:
		return x.Op == token.ADD && (literal(x.X) || literal(x.Y) || putTogether(x.X) || putTogether(x.Y))
	}
	return false
}

func literal(x ast.Expr) bool {
	lit, ok := x.(*ast.BasicLit)
	return ok && lit.Kind == token.STRING
}
