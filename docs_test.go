package hunt_test

import (
	"go/ast"
	"go/build"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// documents returns the text of every Markdown file of the project, and of the help of every command, by its path, test
// data set aside.
func documents(t *testing.T) map[string]string {
	t.Helper()
	docs := map[string]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == ".git"):
			return filepath.SkipDir
		case filepath.Ext(path) == ".md", filepath.Base(filepath.Dir(path)) == "help" && filepath.Ext(path) == ".txt":
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

// prose returns the lines of a document or help text that people read as sentences: no code, commands, tables, headings
// or images.
func prose(text string) []string {
	var lines []string
	fenced := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
		}
		skip := fenced || line == ""
		for _, start := range []string{"```", "    ", "   hunt ", "|", "#", "<", "!["} {
			skip = skip || strings.HasPrefix(line, start)
		}
		if !skip {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestProseIsWrappedAt100Columns(t *testing.T) {
	for name, text := range documents(t) {
		for _, line := range prose(text) {
			if n := utf8.RuneCountInString(line); n > 100 && strings.Contains(strings.TrimSpace(line), " ") {
				t.Errorf("%s: %d columns: %s", name, n, line)
			}
		}
	}
}

// worn are turns of phrase that read like a translation: each has stood in hunt's texts before, and has a plain form.
var worn = regexp.MustCompile(
	`(?i)\b(?:goes by %|told is|said is|(?:is|are|was|were) told (?:of|that|when|where)|whoever edits|costs nothing but|` +
		`what is beyond it|took down|taken down|held against|for want of|one a line|a line each|is no (?:size|time|number|date|condition)|` +
		`is none of|weightiest|gravest|put away|gone by|hands out the)\b`)

func TestDocumentsAreInPlainEnglish(t *testing.T) {
	for name, text := range documents(t) {
		for _, line := range strings.Split(text, "\n") {
			if m := worn.FindString(line); m != "" {
				t.Errorf("%s: %q: %s", name, m, line)
			}
		}
	}
}

// TestMessagesAreInPlainEnglish looks into every text of the code that people may read.
func TestMessagesAreInPlainEnglish(t *testing.T) {
	seen := map[string]bool{}
	for _, root := range []string{"cmd", "config", "evtx", "limit", "mark", "output", "report", "rules", "table",
		"timeline"} {
		err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && (d.Name() == "testdata" || d.Name() == "reporttest"):
				return filepath.SkipDir
			case filepath.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go"):
				return nil
			}
			seen[root] = true
			tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(tree, func(n ast.Node) bool {
				if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
					if m := worn.FindString(l.Value); m != "" {
						t.Errorf("%s: %q: %s", file, m, l.Value)
					}
				}
				return true
			})
			return nil
		})
		if err != nil || !seen[root] {
			t.Fatalf("%s: %v", root, err)
		}
	}
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

// TestFilesThatDocumentsNameAreThere looks for the files of code that the documents for contributors name.
func TestFilesThatDocumentsNameAreThere(t *testing.T) {
	docs := documents(t)
	file := regexp.MustCompile("`((?:\\.ci|automaton|cmd|config|docs|evtx|limit|mark|output|report|" +
		"rules|samples|timeline)/[\\w./-]*)`")
	found := 0
	for _, name := range []string{"ARCHITECTURE.md", "CONTRIBUTING.md"} {
		for _, m := range file.FindAllStringSubmatch(docs[name], -1) {
			found++
			if _, err := os.Stat(m[1]); err != nil {
				t.Errorf("%s names %s, which is not there", name, m[1])
			}
		}
	}
	if found < 80 {
		t.Errorf("only %d names of files found", found)
	}
}

// TestDocCommentsLinkToWhatIsThere looks for links in the comments of packages that lead nowhere: go doc prints them
// with their brackets.
func TestDocCommentsLinkToWhatIsThere(t *testing.T) {
	link := regexp.MustCompile(`\[[\w.]*[A-Z]\w*\]`)
	packages := 0
	err := filepath.WalkDir(".", func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && dir != "." {
			return filepath.SkipDir
		}
		in, err := build.ImportDir(dir, 0)
		if err != nil {
			return nil // no package
		}
		packages++
		set := token.NewFileSet()
		var files []*ast.File
		for _, name := range in.GoFiles {
			f, err := parser.ParseFile(set, filepath.Join(dir, name), nil, parser.ParseComments)
			if err != nil {
				return err
			}
			files = append(files, f)
		}
		if len(files) == 0 {
			return nil
		}
		p, err := doc.NewFromFiles(set, files, "hunt/"+filepath.ToSlash(dir))
		if err != nil {
			return err
		}
		if m := link.FindString(string(p.Text(p.Doc))); m != "" {
			t.Errorf("%s: the comment of the package links to %s, which is not there", dir, m)
		}
		return nil
	})
	if err != nil || packages < 80 {
		t.Fatalf("%d packages, %v", packages, err)
	}
}
