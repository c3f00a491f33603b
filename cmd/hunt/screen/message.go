package screen

import (
	"fmt"
	"io"
	"strings"

	"hunt/mark"
)

// Complain writes a message to standard error, each of its lines with hunt's name in front.
func Complain(stderr io.Writer, msg string) {
	for _, line := range strings.Split(strings.TrimRight(msg, "\n"), "\n") {
		fmt.Fprintln(stderr, "hunt: "+Message(line))
	}
}

const (
	// maxWord is how much of a word a message shows, in bytes: more than any path, unless somebody wants to fill the
	// screen.
	maxWord = 512
	// maxMessage is the same of a line.
	maxMessage = 8 << 10
)

// Message returns a line for standard error, which is safe for a terminal and in which long names are truncated.
func Message(line string) string {
	line = mark.Printable(line)
	if len(line) <= maxWord {
		return line
	}
	words := strings.Split(line, " ")
	for i := range words {
		words[i] = shortened(words[i], maxWord)
	}
	return shortened(strings.Join(words, " "), maxMessage)
}

// shortened keeps the beginning and the end of a text: the end of a path says more than its middle.
func shortened(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most/2], "") + "…" + strings.ToValidUTF8(text[len(text)-most/4:], "")
}
