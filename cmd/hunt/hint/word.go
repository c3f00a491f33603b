package hint

import (
	"slices"
	"strings"
)

// BareWords reports whether a text is words, a name, an address or a path, and nothing that a query
// has.
func BareWords(text string) bool {
	if text == "" || strings.HasPrefix(text, "-") || slices.Contains(strings.Fields(text), "where") {
		return false
	}
	return !strings.ContainsAny(strings.ReplaceAll(strings.ReplaceAll(text, `:\`, ""), "://", ""), "=<>:~[]|\"'")
}
