package table

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// Wrap breaks s at blanks into lines of at most width columns; a longer word stays whole.
func Wrap(s string, width int) []string {
	var lines []string
	line, n := "", 0
	for i, word := range strings.Split(s, " ") {
		size := Width(word)
		switch {
		case i == 0:
			line, n = word, size
		case n+1+size > width:
			lines = append(lines, line)
			line, n = word, size
		default:
			line, n = line+" "+word, n+1+size
		}
	}
	return append(lines, line)
}

// Fold breaks s as Wrap does, and longer words, too: behind a separator, such as that of a path, if the line is at
// least half full by then. A width below 1 breaks nothing.
func Fold(s string, width int) []string {
	if width < 1 {
		return []string{s}
	}
	var lines []string
	for _, line := range Wrap(s, width) {
		for Width(line) > width {
			at := fold(line, width)
			lines, line = append(lines, line[:at]), line[at:]
		}
		lines = append(lines, line)
	}
	return lines
}

// fold returns where to break a word that is longer than a width.
func fold(word string, width int) int {
	n, best, at := 0, 0, 0
	for g := displaywidth.StringGraphemes(word); g.Next(); { // a mark stays with its letter
		c := g.Value()
		if n += Width(c); n > width && at > 0 {
			break
		}
		if at += len(c); n > width/2 && n <= width && strings.Contains(`/\,;&|`, c) {
			best = at
		}
	}
	if best > 0 {
		return best
	}
	return at
}
