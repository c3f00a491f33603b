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
)

// maxColumns is how wide a line of Go may be; a tab counts four.
const maxColumns = 120

// tables are read in columns, which wrapping would tear apart.
var tables = map[string]bool{
	"cmd/hunt/scripts_test.go":               true,
	"rules/sigma/syntax/correlation_test.go": true,
	"timeline/ecs/notation/ssh_test.go":      true,
}

// unbreakable marks the lines that hold a piece of a raw string, or of what an example prints: they cannot be broken.
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
		if output || tok == token.STRING && lit[0] == '`' {
			for l := range strings.Count(lit, "\n") + 1 {
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
			wide := len(bytes.Runes(line)) + 3*bytes.Count(line, []byte("\t"))
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
