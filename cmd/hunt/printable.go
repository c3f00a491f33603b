package main

import (
	"fmt"
	"io"
	"strings"

	"hunt/mark"
)

// printable makes text from evidence, rule files or file names safe for a terminal: one line.
func printable(s string) string { return mark.Printable(s) }

// complain writes a message to standard error, each of its lines with hunt's name in front.
func complain(stderr io.Writer, msg string) {
	for _, line := range strings.Split(strings.TrimRight(msg, "\n"), "\n") {
		fmt.Fprintln(stderr, "hunt: "+printable(line))
	}
}
