// Package unread says which files could not be read, and why.
package unread

import (
	"errors"
	"fmt"
	"strings"

	"hunt/timeline/evidence"
)

// MaxSaid bounds the lines about single files on standard error; the report lists them.
const MaxSaid = 20

// Files is a list of files on standard error, with an end and a count.
type Files struct {
	Say func(format string, args ...any)
	n   int
}

// File names a file.
func (l *Files) File(path string, status evidence.Status, detail string) {
	if l.n++; l.n <= MaxSaid {
		l.Say("%s: %s: %s", path, status, detail)
	}
}

// End says how many more there are.
func (l *Files) End() {
	if l.n > MaxSaid {
		l.Say("and %d more files that could not be read completely; a report lists them", l.n-MaxSaid)
	}
}

// Any reports whether a file was named.
func (l *Files) Any() bool { return l.n > 0 }

// Nothing lists why no event log could be read.
type Nothing struct {
	Files, Ignored int
	said           int
	list           strings.Builder
}

// File says about a file why it could not be read.
func (n *Nothing) File(path string, status evidence.Status, detail string) {
	n.said++
	fmt.Fprintf(&n.list, "\n  %s: %s: %s", path, status, detail)
}

// Err is the error that says so.
func (n *Nothing) Err() error {
	text := "no event log could be read"
	switch {
	case n.Files == 0 && n.Ignored == 0:
		text += ": the directory contains no files"
	case n.Files == 0 && n.Ignored == 1:
		text += ": the only file there is not an event log (it does not begin with ElfFile)"
	case n.Files == 0:
		text += fmt.Sprintf(": none of the %d files there is an event log (none begins with ElfFile)", n.Ignored)
	}
	if n.Files == 0 && n.Ignored > 0 {
		text += "; --carved searches such files for single records"
	}
	text += n.list.String()
	if more := n.Files - n.said; more > 0 {
		text += fmt.Sprintf("\n  and %d more", more)
	}
	return errors.New(text)
}
