package hunt_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestEveryBoundIsDocumented holds docs/limits.md against the bounds in the code.
func TestEveryBoundIsDocumented(t *testing.T) {
	declared := regexp.MustCompile(`(?:bound\(|limit\.Bound\{ID: )"([a-z0-9-]+)"`)
	var inCode []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") || path == filepath.Join("limit", "limit.go") {
			return err
		}
		b, err := os.ReadFile(path)
		for _, m := range declared.FindAllSubmatch(b, -1) {
			inCode = append(inCode, string(m[1]))
		}
		return err
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
