package table

import (
	"strings"
	"unicode/utf8"
)

// Wrap breaks s at blanks into lines of at most width characters; a longer word stays whole.
func Wrap(s string, width int) []string {
	var lines []string
	line, n := "", 0
	for i, word := range strings.Split(s, " ") {
		size := utf8.RuneCountInString(word)
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
		for utf8.RuneCountInString(line) > width {
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
	for i, r := range word {
		if at = i; n == width {
			break
		}
		if n++; n > width/2 && strings.ContainsRune(`/\,;&|`, r) {
			best = i + 1
		}
	}
	if best > 0 {
		return best
	}
	return at
}
