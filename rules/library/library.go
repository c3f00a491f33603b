// Package library holds the rules and the tuning that ship with hunt, in the same form as an analyst's own
// files.
package library

import (
	"embed"
	"io/fs"
)

//go:embed rules/*.toml tuning/*.toml lists/*.toml
var files embed.FS

// Rules returns the rule files.
func Rules() fs.FS { return sub("rules") }

// Lists returns the named lists to which rules refer as $name.
func Lists() fs.FS { return sub("lists") }

// Tuning returns the tuning files.
func Tuning() fs.FS { return sub("tuning") }

func sub(dir string) fs.FS {
	s, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // the directories are embedded above
	}
	return s
}
