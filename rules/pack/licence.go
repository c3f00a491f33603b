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

	lazy "hunt/pattern"
)

// licenceFiles are the names of files that state the licence of the files next to and below them.
var licenceFiles = []string{"LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "LICENCE.md", "LICENCE.txt", "COPYING"}

// maxLicence bounds how much of such a file is read: the name of the licence is at its beginning.
const maxLicence = 16 << 10

// licenceTexts are licences with texts by which they are recognised.
var licenceTexts = []struct {
	re   func() *regexp.Regexp
	name string
}{
	{lazy.Of(`(?i)detection\s+rule\s+license\s+(?:\(DRL\)\s+)?(?:version\s+)?1\.0`),
		"Detection Rule License 1.0"},
	{lazy.Of(`(?i)detection\s+rule\s+license`), "Detection Rule License 1.1"},
	{lazy.Of(`(?i)elastic\s+license\s+2\.0`), "Elastic License 2.0"},
	{lazy.Of(`(?i)\bMIT\s+license\b`), "MIT License"},
	{lazy.Of(`(?is)apache\s+license.{0,80}version\s+2\.0`), "Apache License 2.0"},
	{lazy.Of(`(?is)GNU\s+general\s+public\s+license.{0,80}version\s+3`), "GNU General Public License 3"},
	{lazy.Of(`(?is)GNU\s+general\s+public\s+license.{0,80}version\s+2`), "GNU General Public License 2"},
}

// maxLicenceName bounds the name of a licence that is taken from the first line of its text.
const maxLicenceName = 80

// licenceName returns the licence of a text, "" if it names none.
func licenceName(text []byte) string {
	for _, l := range licenceTexts {
		if l.re().Match(text) {
			return l.name
		}
	}
	for line := range bytes.Lines(text) {
		if s := strings.Trim(string(line), " \t\r\n#*=-"); s != "" {
			if runes := []rune(strings.ToValidUTF8(s, "\ufffd")); len(runes) > maxLicenceName {
				return string(runes[:maxLicenceName]) + "…"
			}
			return strings.ToValidUTF8(s, "\ufffd")
		}
	}
	return ""
}

// licences finds the licences of rules that name none.
type licences struct {
	given string            // the path that was given
	below map[string]string // by folder below it, with slashes
	above *string           // of the folders above it, once asked for
}

// aboveLevels is how many folders above a given path may hold the licence of its rules.
const aboveLevels = 3

// of returns the licence of the rules of a file: that of the nearest folder with a licence file, up
// to the given path. Above that, only a licence for rules counts: any other belongs to something
// else.
func (x *licences) of(f ruleFile) string {
	dir := path.Dir(f.path)
	if name := x.in(f.fsys, dir); name != "" {
		return name
	}
	if x.above == nil {
		name := ""
		at := filepath.Clean(x.given)
		for range aboveLevels {
			if at = filepath.Dir(at); name == "" {
				name = onlyRules(readLicence(os.DirFS(at), "."))
			}
		}
		x.above = &name
	}
	return *x.above
}

// in returns the licence of a folder: its own, or that of the one above.
func (x *licences) in(fsys fs.FS, dir string) string {
	if name, ok := x.below[dir]; ok {
		return name
	}
	name := readLicence(fsys, dir)
	if name == "" && dir != "." {
		name = x.in(fsys, path.Dir(dir))
	}
	if x.below == nil {
		x.below = map[string]string{}
	}
	x.below[dir] = name
	return name
}

// readLicence returns the licence that a file of a folder states, "" if there is none.
func readLicence(fsys fs.FS, dir string) string {
	for _, name := range licenceFiles {
		info, err := fs.Stat(fsys, path.Join(dir, name))
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		f, err := fsys.Open(path.Join(dir, name))
		if err != nil {
			continue
		}
		text, _ := io.ReadAll(io.LimitReader(f, maxLicence)) // whatever can be read may name it
		_ = f.Close()                                        // read only
		if name := licenceName(text); name != "" {
			return name
		}
	}
	return ""
}

// onlyRules returns a licence if it is one for detection rules, otherwise "".
func onlyRules(name string) string {
	if strings.HasPrefix(name, "Detection Rule License") {
		return name
	}
	return ""
}

// licence gives rules of a file that name no licence the licence of its folder.
func (l *loaded) licence(name func() string) {
	for _, r := range l.rules {
		r.Licence = cmp.Or(r.Licence, name())
	}
	for _, d := range l.sigma {
		d.Licence = cmp.Or(d.Licence, name())
	}
}
