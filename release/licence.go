package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"

	classifier "github.com/google/licenseclassifier/v2"
	"github.com/google/licenseclassifier/v2/assets"
)

// licences finds the licences of the modules that programs are built of.
type licences struct {
	goroot     string
	goLicences []string          // SPDX
	dirs       map[string]string // module path -> where its source lies
	classify   *classifier.Classifier
	known      map[string]licence // by module path
}

// licence is what a module says about its terms.
type licence struct {
	ids   []string          // SPDX identifiers, sorted
	files map[string][]byte // by name
}

// licenceFile matches the names of files that hold a module's terms.
var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)([.-].*)?$`)

func newLicences(ctx context.Context, repo string) (*licences, error) {
	l := &licences{dirs: map[string]string{}, known: map[string]licence{}}
	var err error
	if l.goroot, err = output(ctx, repo, nil, "go", "env", "GOROOT"); err != nil {
		return nil, err
	}
	list, err := output(ctx, repo, nil, "go", "list", "-m", "-json", "all")
	if err != nil {
		return nil, err
	}
	for d := json.NewDecoder(strings.NewReader(list)); d.More(); {
		var m struct{ Path, Dir string }
		if err := d.Decode(&m); err != nil {
			return nil, err
		}
		l.dirs[m.Path] = m.Dir
	}
	l.classify, err = assets.DefaultClassifier()
	return l, err
}

// of returns the licence of a module; "std" is the Go standard library.
func (l *licences) of(module string) (licence, error) {
	if known, ok := l.known[module]; ok {
		return known, nil
	}
	dir := l.dirs[module]
	if module == "std" {
		dir = l.goroot
	}
	if dir == "" {
		return licence{}, fmt.Errorf("the sources of %s are not on this machine: run 'go mod download'", module)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return licence{}, err
	}
	out := licence{files: map[string][]byte{}}
	for _, e := range entries {
		if e.IsDir() || !licenceFile.MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".go") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return licence{}, err
		}
		out.files[e.Name()] = text
		for _, m := range l.classify.Match(text).Matches {
			if m.MatchType == "License" && !slices.Contains(out.ids, m.Name) {
				out.ids = append(out.ids, m.Name)
			}
		}
	}
	slices.Sort(out.ids)
	if len(out.ids) == 0 {
		return licence{}, fmt.Errorf("%s: no licence was recognised in %s", module, dir)
	}
	l.known[module] = out
	return out, nil
}

// modulesOf lists the modules that a program is built of, in order, each with the version that is used.
func modulesOf(p program) []*debug.Module {
	var out []*debug.Module
	for _, m := range p.info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b *debug.Module) int { return cmp.Compare(a.Path, b.Path) })
	return out
}

// add adds the licence files of all modules of a program, and of Go itself, below "licenses/".
func (l *licences) add(t texts, p program) error {
	modules := append([]*debug.Module{{Path: "std"}}, modulesOf(p)...)
	for _, m := range modules {
		lic, err := l.of(m.Path)
		if err != nil {
			return err
		}
		for name, text := range lic.files {
			t[path.Join("licenses", m.Path, name)] = text
		}
	}
	return nil
}
