package pack

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// Rules that name no licence have that of the nearest folder, in folders as in archives.
func TestRulesHaveTheLicenceOfTheirFolder(t *testing.T) {
	t.Parallel()
	ids := map[string]string{"a": "1", "b": "2", "c": "3", "d": "4"}
	rule := func(name, licence string) string {
		s := "title: " + name + "\nid: 00000000-0000-4000-8000-00000000000" + ids[name] + "\nauthor: Ann\n" + licence +
			"logsource: {category: process_creation, product: windows}\ndetection: {s: {Image: x}, condition: s}\n"
		return s
	}
	files := map[string]string{
		"set/LICENSE.md":        "# Detection Rule License (DRL) 1.1\n\nPermission is hereby granted",
		"set/rules/a.yml":       rule("a", ""),
		"set/rules/own/b.yml":   rule("b", "license: CC0\n"),
		"set/other/LICENSE":     "\n== House rules of Acme ==\nyou may",
		"set/other/deep/c.yml":  rule("c", ""),
		"set/other/mit/COPYING": "MIT License\n\nCopyright",
		"set/other/mit/d.yml":   rule("d", ""),
	}
	want := map[string]string{"1": "Detection Rule License 1.1", "2": "CC0", "3": "House rules of Acme",
		"4": "MIT License"}
	dir := t.TempDir()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for name, text := range files {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(t.TempDir(), "rules.zip")
	if err := os.WriteFile(archive, buf.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	check := func(want map[string]string, path string) {
		p, err := Load(Sources{Rules: []string{path}, NoDefaultRules: true, NoDefaultTuning: true})
		if err != nil || len(p.Rules) != len(want) {
			t.Fatal(path, len(p.Rules), err)
		}
		for _, r := range p.Rules {
			if got := r.Licence; got != want[r.ID[len(r.ID)-1:]] {
				t.Errorf("%s: %s has the licence %q", path, r.Name, got)
			}
		}
	}
	check(want, dir)
	check(want, archive)
	check(want, filepath.Join(dir, "set"))
	check(map[string]string{"1": want["1"], "2": want["2"]}, filepath.Join(dir, "set", "rules")) // above what was given
	check(map[string]string{"1": want["1"]}, filepath.Join(dir, "set", "rules", "a.yml"))
	// above, only licences of rules count
	check(map[string]string{"3": want["1"]}, filepath.Join(dir, "set", "other", "deep"))
}
