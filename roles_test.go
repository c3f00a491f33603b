package hunt_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hunt/timeline/ecs"
)

// decides says where an event's number, provider or channel may be compared, with the reason. Everything else asks
// ecs.Role.
var decides = map[string]string{
	"rules/sigma/logsource/source.go": "which rules are asked, by Sigma's names for log sources; not what an " +
		"event means",
	"rules/sigma/logsource/view.go": "what a kind of events is called in the words of Sigma's rules for another",
}

// kindWords are the names of what a number, provider or channel of an event is called in this code.
var kindWords = map[string]bool{"EventID": true, "EventCode": true, "eventID": true, "eventCode": true, "code": true,
	"Code":     true,
	"Provider": true, "provider": true, "Channel": true, "channel": true}

// leastID is the least number that stands for an event by itself; smaller ones are counts and sizes as well.
const leastID = 1000

// sizes are the numbers of events that count and measure things just as well.
var sizes = []uint32{1024}

// TestOnlyTheMappingTellsWhatAnEventMeans reads the code of the packages above the mapping: none compares an event's
// number, provider or channel with a constant, and none holds a number that a mapping knows.
func TestOnlyTheMappingTellsWhatAnEventMeans(t *testing.T) {
	ids := map[string]bool{}
	for _, m := range ecs.AllMapped() {
		if m.EventID >= leastID && !slices.Contains(sizes, m.EventID) {
			ids[strconv.Itoa(int(m.EventID))] = true
		}
	}
	files := 0
	for _, root := range []string{"timeline", "rules", "report", "cmd"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			path = filepath.ToSlash(path)
			switch {
			case err != nil:
				return err
			case d.IsDir() && (path == "timeline/ecs" || path == "report/reporttest" || path == "report/browsertest" ||
				d.Name() == "testdata"):
				return filepath.SkipDir
			case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			set := token.NewFileSet()
			f, err := parser.ParseFile(set, path, nil, 0)
			if err != nil {
				return err
			}
			files++
			for _, said := range decisions(f, ids) {
				if decides[path] == "" {
					t.Errorf("%s: %s: ask the event's role (timeline/ecs/role.go)", set.Position(said.at), said.what)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 100 {
		t.Errorf("only %d files were read", files)
	}
}

func TestADecisionByNumberIsFound(t *testing.T) {
	for _, c := range []struct {
		code string
		want int
	}{
		{"if e.Class.EventID == 4688 {}", 2}, {"if r.EventID() != 7 {}", 1}, {"switch c.EventID { case 1, 5: }", 1},
		{"switch { case n.code == 104: }", 1}, {`if text(e, ecs.EventCode) == "11" {}`, 1},
		{`if c.Provider == "Microsoft-Windows-Sysmon" {}`, 1},
		{`if strings.EqualFold(e.Channel, "Security") {}`, 1},
		{`if strings.HasPrefix(r.Channel(), "Microsoft-Windows-Sysmon") {}`, 1},
		{"_ = slices.Contains([]uint32{1, 5}, e.EventID)", 1}, {"_ = map[uint32]bool{4720: true}", 1},
		{`_ = "4104"`, 1},
		{`switch c.Channel { case "System": }`, 1}, {"if uint32(e.Class.EventID) == uint32(3) {}", 1},
		{"const clear = 1102", 1},
		{"if e.Class.Role == ecs.RoleLogon {}", 0}, {"if a.EventID == b.EventID {}", 0}, {`if c.Channel == "" {}`, 0},
		{"_ = make([]byte, 4096)", 0},
		{`if slices.Contains(d.channels, r.Channel()) {}`, 0}, {"if e.EventID == 0 {}", 0},
	} {
		f, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\nfunc f() {\n"+c.code+"\n}", 0)
		if err != nil {
			t.Fatal(c.code, err)
		}
		if got := decisions(f, map[string]bool{"4688": true, "4720": true, "4104": true, "1102": true}); len(got) !=
			c.want {
			t.Errorf("%s: %d found, want %d: %v", c.code, len(got), c.want, got)
		}
	}
}

// decision is a place that tells events apart by itself.
type decision struct {
	at   token.Pos
	what string
}

// decisions finds comparisons of an event's number, provider or channel with a constant, and numbers that are known
// events.
func decisions(f *ast.File, ids map[string]bool) []decision {
	var out []decision
	add := func(n ast.Node, format string, args ...any) {
		out = append(out, decision{n.Pos(), fmt.Sprintf(format, args...)})
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			if compares(n.Op) && (kindOf(n.X) && constant(n.Y) || constant(n.X) && kindOf(n.Y)) {
				add(n, "an event's number, provider or channel is compared")
			}
		case *ast.SwitchStmt:
			if n.Tag == nil || !kindOf(n.Tag) {
				return true
			}
			for _, c := range n.Body.List {
				for _, x := range c.(*ast.CaseClause).List {
					if constant(x) {
						add(c, "an event's number, provider or channel is told apart")
						break
					}
				}
			}
		case *ast.CallExpr:
			kind, fixed := false, false
			for _, a := range n.Args {
				kind, fixed = kind || kindOf(a), fixed || constant(a) || constants(a)
			}
			if kind && fixed && searches(n.Fun) {
				add(n, "an event's number, provider or channel is looked for")
			}
		case *ast.BasicLit:
			if text := strings.Trim(n.Value, "\"`"); ids[strings.ReplaceAll(text, "_", "")] {
				add(n, "%s is the number of an event", n.Value)
			}
		}
		return true
	})
	return out
}

func compares(op token.Token) bool {
	switch op {
	case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
		return true
	}
	return false
}

// kindOf reports whether an expression is the number, provider or channel of an event.
func kindOf(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Ident:
		return kindWords[x.Name]
	case *ast.SelectorExpr:
		return kindWords[x.Sel.Name]
	case *ast.ParenExpr:
		return kindOf(x.X)
	case *ast.CallExpr:
		if kindOf(x.Fun) {
			return true
		}
		if id, ok := x.Fun.(*ast.Ident); ok &&
			(id.Name == "text" || id.Name == "first" || strings.HasPrefix(id.Name, "uint") ||
				strings.HasPrefix(id.Name, "int")) || selects(x.Fun, "strings") {
			for _, a := range x.Args {
				if kindOf(a) {
					return true
				}
			}
		}
	}
	return false
}

// constant reports whether an expression is a literal that tells something.
func constant(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.BasicLit:
		return x.Value != `""` && x.Value != "0"
	case *ast.ParenExpr:
		return constant(x.X)
	case *ast.CallExpr: // a conversion
		id, ok := x.Fun.(*ast.Ident)
		return ok && len(x.Args) == 1 && strings.HasPrefix(strings.TrimPrefix(id.Name, "u"), "int") &&
			constant(x.Args[0])
	}
	return false
}

// constants reports whether an expression is a list of literals.
func constants(x ast.Expr) bool {
	list, ok := x.(*ast.CompositeLit)
	return ok && len(list.Elts) > 0 && constant(list.Elts[0])
}

// searches reports whether a function compares its arguments; what only cuts text for display does not.
func searches(fun ast.Expr) bool {
	s, ok := fun.(*ast.SelectorExpr)
	return ok && !strings.HasPrefix(s.Sel.Name, "Trim") &&
		(selects(fun, "strings") || selects(fun, "slices") || selects(fun, "bytes"))
}

func selects(fun ast.Expr, pkg string) bool {
	s, ok := fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	id, ok := s.X.(*ast.Ident)
	return ok && id.Name == pkg
}
