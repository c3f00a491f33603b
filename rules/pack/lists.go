package pack

import (
	"fmt"
	"io/fs"
	"sync"

	"github.com/pelletier/go-toml/v2"

	"hunt/rules/eql/syntax"
	"hunt/rules/library"
)

// listFile is one named list of the library.
type listFile struct {
	About  string   `toml:"about"`
	Values []string `toml:"values"`
}

// Lists returns the named lists that ship with hunt: the meaning of $name in EQL queries, and the
// browsers in the assessment of findings. Read-only.
func Lists() syntax.Lists { return libraryLists() }

var libraryLists = sync.OnceValue(func() syntax.Lists {
	files, err := fs.Glob(library.Lists(), "*.toml")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	out := syntax.Lists{}
	for _, name := range files {
		src, err := fs.ReadFile(library.Lists(), name)
		if err != nil {
			panic(err) // the files are embedded
		}
		var lists map[string]listFile
		if err := toml.Unmarshal(src, &lists); err != nil {
			panic(fmt.Errorf("%s: %w", name, err)) // a test reads them
		}
		for id, l := range lists {
			out[id] = l.Values
		}
	}
	return out
})
