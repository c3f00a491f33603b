package unread

import (
	"hunt/timeline"
	"hunt/timeline/evidence"
)

// Evidence is the error for evidence without a file that a scan could try.
func Evidence(col *evidence.Collection) error {
	n := Nothing{Files: len(col.Files), Ignored: col.Ignored}
	for _, f := range col.Files[:min(len(col.Files), MaxSaid)] {
		n.File(f.Path, f.Status, f.Detail)
	}
	return n.Err()
}

// Case is an error if a scan that came to its end could read no file.
func Case(cs *timeline.Case) error {
	if cs == nil || cs.Readable() > 0 {
		return nil
	}
	n := Nothing{Files: len(cs.Files), Ignored: cs.Collection.Ignored}
	for _, f := range cs.Files[:min(len(cs.Files), MaxSaid)] {
		n.File(f.Path, f.Status, f.Detail)
	}
	return n.Err()
}
