package record

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Path is the path of evidence as the model holds it. JSON holds only UTF-8, and file
// names need not be: a byte that is not UTF-8 is written \xHH, and a backslash before an x as
// \x5c, so that no two names become one and each can be told from what is written.
func Path(path string) string {
	if utf8.ValidString(path) && !strings.Contains(path, `\x`) {
		return path
	}
	var b strings.Builder
	for i := 0; i < len(path); {
		r, n := utf8.DecodeRuneInString(path[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, path[i])
		case strings.HasPrefix(path[i:], `\x`):
			b.WriteString(`\x5c`)
		default:
			b.WriteString(path[i : i+n])
		}
		i += n
	}
	return b.String()
}
