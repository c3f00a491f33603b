//go:build !windows

package main

import "os"

// actsOnColor reports whether the terminal f acts on escape sequences: each one does here, unless
// TERM says that it is dumb.
func actsOnColor(*os.File) bool { return os.Getenv("TERM") != "dumb" }
