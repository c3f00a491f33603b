package output

import (
	"fmt"
	"strings"
)

// ChecksumLine is a line of GNU sha256sum: a name with a line break or backslash is escaped, and a backslash before
// the hash says so.
func ChecksumLine(name string, sum [32]byte) string {
	escaped := strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`).Replace(name)
	mark := ""
	if escaped != name {
		mark = `\`
	}
	return fmt.Sprintf("%s%x  %s\n", mark, sum, escaped)
}
