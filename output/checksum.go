package output

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
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

// WriteChecksums writes the checksum of each output, which is written by now, into the file at the same place; their
// Commit has the errors.
func WriteChecksums(ctx context.Context, of, files []*File) {
	for i, f := range of {
		_ = files[i].Write(ctx, func(w io.Writer) error {
			_, err := io.WriteString(w, ChecksumLine(filepath.Base(f.Name()), f.SHA256()))
			return err
		})
	}
}
