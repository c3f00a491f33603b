package pack

import (
	"errors"
	"hunt/rules/sigma/syntax"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzParseFile looks for input that makes a parser of rule, tuning or case files panic, and holds every error to its
// promise: a file, a message, and a place inside the file.
func FuzzParseFile(f *testing.F) {
	for _, pattern := range []string{"testdata/mistakes/*", "../library/*/*"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			src, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			if len(src) < 20_000 {
				f.Add(strings.HasSuffix(name, casesSuffix), src)
			}
		}
	}
	f.Fuzz(func(t *testing.T, cases bool, src []byte) {
		name := "x.toml"
		if cases {
			name = "x" + casesSuffix
		}
		l, err := parseFile(name, src, syntax.Options{})
		if err != nil {
			var es Errors
			if !errors.As(err, &es) || len(es) == 0 {
				t.Fatalf("%T %v", err, err)
			}
			lines := strings.Count(string(src), "\n") + 1
			for _, e := range es {
				if e.File != name || e.Msg == "" || e.Line > lines || e.Line > 0 && e.Col < 1 {
					t.Fatalf("%+v in %d lines", e, lines)
				}
			}
			return
		}
		for _, r := range l.rules {
			for i := range r.Cases {
				if _, err := r.Cases[i].logs(); err != nil && !strings.Contains(err.Error(), "evtxtest") {
					t.Fatal(err)
				}
			}
			if n := r.QueryLine; n < 0 || n > strings.Count(string(src), "\n")+1 {
				t.Fatalf("query in line %d", n)
			}
		}
	})
}
