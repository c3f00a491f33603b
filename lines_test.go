package hunt_test

import (
	"bytes"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// maxColumns is how wide a line of Go may be; a tab counts tabColumns, as in lint.
const maxColumns, tabColumns = 120, 4

// tables are read in columns, which wrapping would tear apart.
var tables = map[string]bool{
	"cmd/hunt/scripts_test.go":               true,
	"rules/sigma/syntax/correlation_test.go": true,
	"timeline/ecs/notation/ssh_test.go":      true,
}

// unbreakable marks the lines that cannot be broken: those within a raw string of several lines or within what an
// example prints, and those of a raw string that is too wide even on a line of its own.
func unbreakable(text []byte) map[int]bool {
	lines := map[int]bool{}
	set := token.NewFileSet()
	file := set.AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(file, text, nil, scanner.ScanComments)
	output := false // within what an example prints
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return lines
		}
		output = tok == token.COMMENT && (output || strings.HasPrefix(lit, "// Output:"))
		line := bytes.TrimLeft(text[file.Offset(file.LineStart(file.Line(max(pos, 1)))):], "\n")
		indent := len(line) - len(bytes.TrimLeft(line, "\t"))
		n, alone := strings.Count(lit, "\n"), utf8.RuneCountInString(lit)+indent*tabColumns+len(" +")
		if output || tok == token.STRING && lit[0] == '`' && (n > 0 || alone > maxColumns) {
			for l := range n + 1 {
				lines[file.Line(pos)+l] = true
			}
		}
	}
}

func TestLinesOfGoAreWrapped(t *testing.T) {
	t.Parallel()
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".go" || tables[filepath.ToSlash(name)] {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		raw := unbreakable(text)
		for i, line := range bytes.Split(text, []byte("\n")) {
			wide := len(bytes.Runes(line)) + (tabColumns-1)*bytes.Count(line, []byte("\t"))
			if wide > maxColumns && !raw[i+1] {
				t.Errorf("%s:%d: %d columns, want %d at most", name, i+1, wide, maxColumns)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
