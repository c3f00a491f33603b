package pack

import (
	"bytes"
	"cmp"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// licenseFiles are the names of files that state the license of what is beside and below them.
var licenseFiles = []string{"LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "LICENCE.md", "LICENCE.txt", "COPYING"}

// maxLicense bounds what is read of such a file: its name is at its beginning.
const maxLicense = 16 << 10

// licenseTexts are licenses by what their texts say.
var licenseTexts = []struct {
	re   *regexp.Regexp
	name string
}{
	{regexp.MustCompile(`(?i)detection\s+rule\s+license\s+(?:\(DRL\)\s+)?(?:version\s+)?1\.0`),
		"Detection Rule License 1.0"},
	{regexp.MustCompile(`(?i)detection\s+rule\s+license`), "Detection Rule License 1.1"},
	{regexp.MustCompile(`(?i)elastic\s+license\s+2\.0`), "Elastic License 2.0"},
	{regexp.MustCompile(`(?i)\bMIT\s+license\b`), "MIT License"},
	{regexp.MustCompile(`(?is)apache\s+license.{0,80}version\s+2\.0`), "Apache License 2.0"},
	{regexp.MustCompile(`(?is)GNU\s+general\s+public\s+license.{0,80}version\s+3`), "GNU General Public License 3"},
	{regexp.MustCompile(`(?is)GNU\s+general\s+public\s+license.{0,80}version\s+2`), "GNU General Public License 2"},
}

// maxLicenseName bounds a license that is named by the first line of its text.
const maxLicenseName = 80

// licenseName is the license of a text, "" if it says none.
func licenseName(text []byte) string {
	for _, l := range licenseTexts {
		if l.re.Match(text) {
			return l.name
		}
	}
	for line := range bytes.Lines(text) {
		if s := strings.Trim(string(line), " \t\r\n#*=-"); s != "" {
			if runes := []rune(strings.ToValidUTF8(s, "\ufffd")); len(runes) > maxLicenseName {
				return string(runes[:maxLicenseName]) + "…"
			}
			return strings.ToValidUTF8(s, "\ufffd")
		}
	}
	return ""
}

// licenses finds the licenses of rules that name none.
type licenses struct {
	given string            // the path that was given
	below map[string]string // by folder below it, with slashes
	above *string           // by the folders above it, once it is asked for
}

// aboveLevels is how many folders above a path that was given may hold the license of its rules.
const aboveLevels = 3

// of returns the license of the rules of a file: that of the nearest folder with a file of one, up to
// the path that was given. Above that, only a license for rules counts: any other belongs to
// something else.
func (x *licenses) of(f ruleFile) string {
	dir := path.Dir(f.path)
	if name := x.in(f.fsys, dir); name != "" {
		return name
	}
	if x.above == nil {
		name := ""
		at := filepath.Clean(x.given)
		for range aboveLevels {
			if at = filepath.Dir(at); name == "" {
				name = onlyRules(readLicense(os.DirFS(at), "."))
			}
		}
		x.above = &name
	}
	return *x.above
}

// in is the license of a folder: its own, or that of the one above.
func (x *licenses) in(fsys fs.FS, dir string) string {
	if name, ok := x.below[dir]; ok {
		return name
	}
	name := readLicense(fsys, dir)
	if name == "" && dir != "." {
		name = x.in(fsys, path.Dir(dir))
	}
	if x.below == nil {
		x.below = map[string]string{}
	}
	x.below[dir] = name
	return name
}

// readLicense is the license that a file of a folder states, "" if there is none.
func readLicense(fsys fs.FS, dir string) string {
	for _, name := range licenseFiles {
		info, err := fs.Stat(fsys, path.Join(dir, name))
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		f, err := fsys.Open(path.Join(dir, name))
		if err != nil {
			continue
		}
		text, _ := io.ReadAll(io.LimitReader(f, maxLicense)) // what can be read of it may name it
		_ = f.Close()                                        // read only
		if name := licenseName(text); name != "" {
			return name
		}
	}
	return ""
}

// onlyRules is a license if it is one for detection rules, else "".
func onlyRules(name string) string {
	if strings.HasPrefix(name, "Detection Rule License") {
		return name
	}
	return ""
}

// license gives what a file held the license of its folder, where it names none.
func (l *loaded) license(name func() string) {
	for _, r := range l.rules {
		r.License = cmp.Or(r.License, name())
	}
	for _, d := range l.sigma {
		d.License = cmp.Or(d.License, name())
	}
}
