package build_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// claims are words that say more than records prove: a confirmed incident is the examiner's to state, a
// person is not an account, and that data left or were encrypted takes a record that says so.
var claims = regexp.MustCompile(
	`(?i)\bconfirm(s|ed)?\b|\bexfiltrated\b|\bwas encrypted\b|\bwere encrypted\b|\bthe attacker\b|\bthe user did\b|\bhe did\b|\bshe did\b|\bprove[sd]? that\b`)

// allowed are sentences that deny the claim or leave it to the examiner.
var allowed = []string{"Whether an incident is confirmed is for the examiner to say",
	"That does not prove that a host is"}

func TestTextsOfReportsClaimNoMoreThanRecordsProve(t *testing.T) {
	t.Parallel()
	looked := 0
	check := func(where, text string) {
		looked++
		for _, a := range allowed {
			text = strings.ReplaceAll(text, a, "")
		}
		if m := claims.FindString(text); m != "" {
			t.Errorf("%s claims %q: %s", where, m, text)
		}
	}
	for _, dir := range []string{".", "../incident", "..", "../html", "../xlsx", "../terminal", "../exchange",
		"../record", "../advice", "../artefact", "../change", "../indicator", "../scene", "../title",
		"../../timeline/ecs", "../../rules"} {
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			b, err := os.ReadFile(f)
			switch filepath.Ext(f) {
			case ".tmpl":
				if err != nil {
					t.Fatal(err)
				}
				for n, line := range strings.Split(string(b), "\n") {
					check(f+":"+string(rune('0'+n%10)), line)
				}
			case ".go":
				fset := token.NewFileSet()
				file, err := parser.ParseFile(fset, f, b, 0)
				if err != nil {
					t.Fatal(err)
				}
				ast.Inspect(file, func(n ast.Node) bool {
					if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
						check(fset.Position(l.Pos()).String(), l.Value)
					}
					return true
				})
			}
		}
	}
	rules, err := filepath.Glob("../../rules/library/rules/*.toml")
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`(?ms)^(?:name|description|why|guidance|false_positives)\s*=\s*(.*?)^\w+\s*=`)
	for _, f := range rules {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range text.FindAllStringSubmatch(string(b), -1) {
			check(f, m[1])
		}
	}
	if looked < 2_000 {
		t.Fatalf("only %d texts were looked at", looked)
	}
}
