package main

import "hunt/mark"

// printable makes text from evidence, rule files or file names safe for a terminal, in one line.
func printable(s string) string { return mark.Printable(s) }
