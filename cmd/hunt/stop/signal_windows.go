package stop

import (
	"os"
	"syscall"
)

// endSignals are those that end a run: Ctrl-C and Ctrl-Break arrive as os.Interrupt, a console that is closed, a user
// who logs off and a system that shuts down as SIGTERM. For the last three Windows waits some seconds before it ends
// the process.
func endSignals() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }
