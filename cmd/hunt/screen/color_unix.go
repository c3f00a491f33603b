//go:build !windows

package screen

import "os"

// ActsOnColor reports whether the terminal f acts on escape sequences: each one does here, unless
// TERM says that it is dumb.
func ActsOnColor(*os.File) bool { return os.Getenv("TERM") != "dumb" }
