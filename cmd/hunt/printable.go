package main

import (
	"strings"

	"hunt/report"
)

// printable makes text from evidence, rule files or file names safe for a terminal: one line.
func printable(s string) string { return report.Printable(s) }

// printableLines does so line by line.
func printableLines(s string) string {
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	for i := range lines {
		lines[i] = printable(lines[i])
	}
	return strings.Join(lines, "\n")
}
