// Package library holds the rules and the tuning that are part of hunt, as the files that an analyst could have
// written.
package library

import (
	"embed"
	"io/fs"
)

//go:embed rules/*.toml tuning/*.toml lists/*.toml
var files embed.FS

// Rules are the rule files.
func Rules() fs.FS { return sub("rules") }

// Lists are the named lists that rules refer to as $name.
func Lists() fs.FS { return sub("lists") }

// Tuning are the tuning files.
func Tuning() fs.FS { return sub("tuning") }

func sub(dir string) fs.FS {
	s, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // the directories are embedded above
	}
	return s
}
