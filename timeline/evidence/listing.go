package evidence

import (
	"cmp"
	"slices"
	"strings"

	"hunt/limit"
)

// maxListed bounds the listed files of each status without a log that was read: a directory of a
// million files with the wrong ending must not fill the memory or the report. The first ones by
// path are listed.
var maxListed = 10_000

var boundListed = limit.Bound{ID: "inventory-unread", Loses: true,
	Text: "the inventory lists the first 10,000 files of each kind, by path, that could not be read or are not " +
		"event logs"}

// listing collects files without a log that was read; it is bounded and counts the rest.
type listing struct {
	byKind map[listKind]*listed
}

// listKind is what is listed together.
type listKind struct {
	status    Status
	container bool
}

type listed struct {
	files []*File
	more  int
	first string // path of the first one that is not listed
}

func comparePlaces(a, b *File) int {
	return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Place, b.Place))
}

// add lists a file.
func (l *listing) add(f *File) {
	if l.byKind == nil {
		l.byKind = map[listKind]*listed{}
	}
	k := listKind{f.Status, f.Container}
	of := l.byKind[k]
	if of == nil {
		of = &listed{}
		l.byKind[k] = of
	}
	if of.files = append(of.files, f); len(of.files) >= 2*maxListed {
		of.cut()
	}
}

// cut keeps the first of the files, by path.
func (l *listed) cut() {
	slices.SortStableFunc(l.files, comparePlaces)
	if len(l.files) <= maxListed {
		return
	}
	rest := l.files[maxListed:]
	if l.more == 0 || rest[0].Path < l.first {
		l.first = rest[0].Path
	}
	l.more += len(rest)
	clear(rest)
	l.files = l.files[:maxListed]
}

// finish returns what is listed, and counts the rest.
func (l *listing) finish(tally *limit.Tally) (files []*File) {
	for _, of := range l.byKind {
		of.cut()
		files = append(files, of.files...)
		if of.more > 0 {
			tally.Add([]limit.Bite{{Bound: boundListed, Count: int64(of.more), First: limit.In(of.first)}})
		}
	}
	return files
}

// Unlisted returns the number of files that could not be read or are not event logs, and for which
// the list had no more room.
func Unlisted(t *limit.Tally) int {
	for _, b := range t.Bites() {
		if b.ID == boundListed.ID {
			return int(b.Count)
		}
	}
	return 0
}
