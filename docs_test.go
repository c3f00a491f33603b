package hunt_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// documents returns the text of every Markdown file of the project by its path, test data set aside.
func documents(t *testing.T) map[string]string {
	t.Helper()
	docs := map[string]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == ".git"):
			return filepath.SkipDir
		case filepath.Ext(path) == ".md":
			b, err := os.ReadFile(path)
			docs[filepath.ToSlash(path)] = string(b)
			return err
		}
		return nil
	})
	if err != nil || len(docs) < 20 {
		t.Fatalf("%d documents, %v", len(docs), err)
	}
	return docs
}

// anchors returns the places in a document that a link can name, as GitHub makes them from headings.
func anchors(text string) map[string]bool {
	out := map[string]bool{"": true}
	strip := regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		out[strings.ReplaceAll(strip.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")] = true
	}
	return out
}

func TestLinksInDocumentsLeadSomewhere(t *testing.T) {
	docs := documents(t)
	link := regexp.MustCompile(`\]\(([^)#\s]*)(?:#([^)\s]*))?\)`)
	found := 0
	for name, text := range docs {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			target, anchor := m[1], m[2]
			if strings.Contains(target, "://") {
				continue
			}
			found++
			path := name
			if target != "" {
				path = filepath.ToSlash(filepath.Join(filepath.Dir(name), target))
			}
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%s: the link to %s leads nowhere", name, target)
			} else if other, ok := docs[path]; ok && !anchors(other)[anchor] {
				t.Errorf("%s: %s has no heading #%s", name, path, anchor)
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d links found", found)
	}
}

func TestEveryDocumentIsInTheIndex(t *testing.T) {
	docs := documents(t)
	index := docs["docs/README.md"]
	for name := range docs {
		rel, err := filepath.Rel("docs", name)
		if err != nil {
			t.Fatal(err)
		}
		rel = filepath.ToSlash(rel)
		if strings.HasPrefix(name, "docs/") && rel != "README.md" && !strings.Contains(index, "]("+rel) {
			t.Errorf("%s is not in docs/README.md", name)
		}
	}
}
