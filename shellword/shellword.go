// Package shellword writes words as shells read them, for commands that a message gives to be typed.
package shellword

import "strings"

// Quoted is a word of a command line: in quotes where a shell would read it as anything else.
func Quoted(s string) string {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/+,@%") == "" && s != "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
