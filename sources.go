// Package hunt holds the sources that the program was compiled from, so that a build without a clean commit of git can
// still be told from every other one.
package hunt

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"strings"
	"sync"
)

// A test compares this list with the packages of the program. Patterns cannot leave tests out, so these come along and
// are not hashed; the directory report/browsertest is a module of its own.
//
//go:embed go.mod go.sum sources.go
//go:embed automaton/*.go config/*.go limit/*.go localtime/*.go mark/*.go output/*.go pattern/*.go shellword/*.go
//go:embed spelling/*.go stamp/*.go table/*.go
//go:embed cmd/hunt/*.go cmd/hunt/*/*.go
//go:embed evtx/*.go evtx/*/*.go evtx/*/*/*.go
//go:embed report/*.go report/[^b]*/*.go report/build/*.go report/html/*.tmpl report/html/*.css report/html/*.js
//go:embed rules/*.go rules/*/*.go rules/*/*/*.go
//go:embed timeline/*.go timeline/*/*.go timeline/*/*/*.go
var sources embed.FS

// SourceHash returns the SHA-256, in hexadecimal, of the sources of the program, tests left out. It is the same on all
// platforms and for either kind of line ends. The hash of the built-in rules is that of their pack.
var SourceHash = sync.OnceValues(func() (string, error) { return hashOf(sources) })

// hashOf hashes files and their names in the order of the names.
func hashOf(files fs.FS) (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		b, err := fs.ReadFile(files, name)
		b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")) // as a checkout on Windows may have them
		fmt.Fprintf(sum, "%s\n%d\n", name, len(b))
		sum.Write(b)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)), err
}
