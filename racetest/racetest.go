// Package racetest lets tests skip where the race detector is on and would only make them long.
package racetest

import "testing"

// Skip skips a test that works on one goroutine, or runs one command after the other: under the race detector it takes
// ten times as long, and the detector sees nothing in it that it does not see in other tests. .ci/run finds the tests
// by their call of this function, the first one in them, and runs them without the detector.
func Skip(tb testing.TB) {
	tb.Helper()
	if On {
		tb.Skip("SKIPPED: long, and run without the race detector")
	}
}
