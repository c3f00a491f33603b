package pack

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hunt/rules/ruletest"
)

// TestMistakesAreReportedWithPlaceLineCaretAndHint checks every file of testdata/mistakes, and some whose bytes an
// editor would not keep, one by one; want.txt there holds what is said.
func TestMistakesAreReportedWithPlaceLineCaretAndHint(t *testing.T) {
	want := ruletest.Testdata(t, "mistakes/want.txt")
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(ruletest.Testdata(t, "mistakes"))); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir) // messages then hold no directory
	for name, text := range map[string]string{
		"bytes-crlf.eql":      "process where\r\n  process.name = \"cmd.exe\"\r\n",
		"bytes-utf16.toml":    "\xff\xfei\x00d\x00",
		"bytes-latin1.toml":   "id = \"x\"\nname = \"caf\xe9\"\n",
		"bytes-bom.toml":      "\xef\xbb\xbfid = \"bom\"\nname = \"x\"\nquery = 'process were true'\n",
		"bytes-huge.toml":     strings.Repeat("#", maxRuleFile+1),
		"bytes-long-line.eql": "process where process.name in (" + strings.Repeat(`"a.exe", `, 200) + `'b')`,
		"bytes-control.eql":   "process where \x1b[2J == 1",
		"bytes-nested.toml":   "id = " + strings.Repeat("[", 200_000),
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	names, err := filepath.Glob("*")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, name := range append(names, "no-such-file.toml") {
		if name == "want.txt" {
			continue
		}
		if _, err := Check(&out, []string{name}); err != nil {
			t.Fatal(err)
		}
	}
	ruletest.Golden(t, want, out.String())
}
