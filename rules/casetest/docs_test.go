package casetest

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"hunt/rules/pack"
)

var docFile = regexp.MustCompile("(?ms)^```(?:toml|eql) file=(\\S+)\n(.*?)^```$")

// TestTheExamplesOfTheFormatDocumentWork writes the files that docs/rule-format.md shows, checks them and runs their
// cases.
func TestTheExamplesOfTheFormatDocumentWork(t *testing.T) {
	text, err := os.ReadFile("../../docs/rule-format.md")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, m := range docFile.FindAllStringSubmatch(string(text), -1) {
		files["rules/"+m[1]] = m[2]
	}
	if fences := strings.Count(string(text), "\n```toml") +
		strings.Count(string(text), "\n```eql"); len(files) != fences || fences < 6 {
		t.Fatalf("%d files in %d examples: an example without a name, or with one that is taken", len(files), fences)
	}
	write(t, files)
	var out strings.Builder
	if failed, err := pack.Check(&out, []string{"rules"}); err != nil || failed ||
		strings.Contains(out.String(), "warning") {
		t.Errorf("%v\n%s", err, out.String())
	}
	out.Reset()
	failed, err := Run(t.Context(), &out, []string{"rules"}, t.TempDir())
	if err != nil || failed || !strings.Contains(out.String(), "; 0 rules have no case") {
		t.Errorf("%v\n%s", err, out.String())
	}
}
