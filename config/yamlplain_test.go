package config

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPlainDocumentsReadAsTheParserReadsThem holds the two against each other over published rules.
func TestPlainDocumentsReadAsTheParserReadsThem(t *testing.T) {
	root := filepath.Join("..", "..", "shared", "upstream-rules")
	if _, err := os.Stat(root); err != nil {
		t.Skip("no published rules at " + root)
	}
	plain, all := 0, 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".yml") {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, doc := range YAMLDocuments(src) {
			all++
			got, ok := plainYAML(doc)
			if !ok {
				continue
			}
			plain++
			want, err := doc.parse()
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Fatalf("%s: %v\n%s", path, err, diff)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d of %d documents are plain", plain, all)
	if plain < all*8/10 {
		t.Errorf("%d of %d documents are plain", plain, all)
	}
}

var plainSeeds = []string{
	"title: a\nlogsource:\n    product: windows\ndetection:\n    s:\n        Image|endswith:\n            - " +
		"'\\a.exe'\n            - x # c\n    condition: s\n",
	"a: 'it''s' # c\nb: \"x\"\nc:\n- 1\n- no\n# c\nd: |\n  one\n   two\n\n  three\ne: -x\n",
	"---\na:\n  - b: 1\n    c: 2\n  - 'x': y\n  - |\n    x\n", "a: b\n  c\n", "a:\n  - b\n   c\n", "a: b: c\n",
	"a: [1]\n", "? a\n: b\n", "a:\n\nb: c\n",
	"a: |-\n  x\n\n\nb: 1\n", "a: |\n  x", "a: |\n\n  x\n", "a: x #y\nb: x#y\nc: '#'\n", "a: '\\' \nb: é\nç: d\n",
	"- a\n- b\n", "a: 0x10\n'|all': 3\nb c: 4\n", "true: 1\n1: 2\n",
	"a:\n    b: 1\n  c: 2\n", "a:\n  b: 1\n # c\n  d: 2\n", "a: >\n  x\n", "a: !!str x\n", "a: &x 1\nb: *x\n",
	"a: \"x\\\"y\"\n", "a: - b\n", "a: ''\nb: \"\"\n", "a: ''''\n", "a: 'x\n  y'\n",
}

// samePlain fails where the two readers differ, and reports whether a document is plain.
func samePlain(t *testing.T, s string) bool {
	t.Helper()
	plain := false
	for _, doc := range YAMLDocuments([]byte(s)) {
		got, ok := plainYAML(doc)
		if !ok {
			continue
		}
		plain = true
		want, err := doc.parse()
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Fatalf("%q: %v\n%s", doc.Text, err, diff)
		}
	}
	return plain
}

func TestMutatedDocumentsReadAsTheParserReadsThem(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	pieces := strings.Split("a|b|0|:| |  |\n|#| #|-|- |: |'|\"|é|\n  |\n    "+
		"|*|&|>|[|]|{|}|,|?|!|%|\\|~|null|yes|...|---|'x'|\n\n| x: y\n", "|")
	pieces = append(pieces, "|", "|-\n ")
	plain := 0
	for range 60_000 {
		s := plainSeeds[random.IntN(len(plainSeeds))]
		for range 1 + random.IntN(3) {
			at := random.IntN(len(s) + 1)
			to := min(len(s), at+random.IntN(3))
			s = s[:at] + pieces[random.IntN(len(pieces))] + s[to:]
		}
		if samePlain(t, s) {
			plain++
		}
	}
	if plain < 2000 {
		t.Errorf("%d documents are plain", plain)
	}
}

func FuzzPlainYAML(f *testing.F) {
	for _, s := range plainSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { samePlain(t, s) })
}
