//go:build !windows

package stop

import (
	"os"
	"os/signal"
	"syscall"
)

// endSignals are those that end a run. nohup has SIGHUP ignored, which must stay so. A file that may not grow any
// more is an error of the write; without this the runtime would end with a dump of its stacks.
func endSignals() []os.Signal {
	signal.Ignore(syscall.SIGXFSZ)
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}
