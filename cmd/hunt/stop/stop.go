// Package stop catches the signals that end a run, from its initialization on.
//
// Importing it is enough: packages are initialized in the order of their import paths as soon as
// what they import is, and this one needs only os/signal, so that it comes before the tables of the
// other packages and long before main. A signal that arrives while those are built waits in Signals.
package stop

import (
	"os"
	"os/signal"
)

// Signals has the first two signals that asked the run to end. Nothing else listens for them.
var Signals = catch()

func catch() <-chan os.Signal {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, endSignals()...)
	return signals
}
