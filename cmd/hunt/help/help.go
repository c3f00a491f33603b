// Package help holds the help text of each command, one file per command.
package help

import (
	"embed"
	"strings"
)

//go:embed *.txt
var texts embed.FS

// Of returns the text of a command, such as "scan" or "rules explain", "" if it has none here.
func Of(command string) string {
	text, err := texts.ReadFile(strings.ReplaceAll(command, " ", "-") + ".txt")
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(text), "\n")
}
