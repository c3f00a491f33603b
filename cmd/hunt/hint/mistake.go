package hint

import "strings"

// UnknownOption begins what is said about an option that there is not.
const UnknownOption = "unknown option --"

// Mistake rewords the errors of the flag package, which writes options with one dash and says "parse error".
func Mistake(text string) string {
	if name, ok := strings.CutPrefix(text, "flag provided but not defined: -"); ok {
		return UnknownOption + name
	}
	if rest, ok := strings.CutPrefix(text, "invalid value "); ok {
		if value, rest, ok := strings.Cut(rest, " for flag -"); ok {
			name, _, _ := strings.Cut(rest, ":")
			return "--" + name + ": invalid value " + value
		}
	}
	return text
}
