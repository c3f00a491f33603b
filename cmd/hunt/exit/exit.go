// Package exit holds the exit codes of hunt, and the errors that carry them.
package exit

import (
	"errors"
	"fmt"

	"hunt/timeline/batch"
)

// The exit codes. They are an interface: scripts depend on them (docs/exit-codes.md).
const (
	OK          = 0   // ran
	Failed      = 1   // failed, or nothing readable was found
	Usage       = 2   // the command line is wrong
	Incomplete  = 3   // ran, but some evidence could not be read; the report says which
	Findings    = 4   // findings at or above --fail-on
	Passing     = 75  // failed by a fault that may be gone the next time: worth a retry
	Interrupted = 130 // Ctrl-C, SIGTERM, the terminal was closed
)

// Error carries an exit code; a message that is empty was printed already.
type Error struct {
	Code int
	err  error
}

func (e *Error) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

// Unwrap returns the error with the message, nil if it was printed already.
func (e *Error) Unwrap() error { return e.err }

// With gives an error an exit code; err is nil if everything was said already.
func With(code int, err error) error { return &Error{code, err} }

// Usagef returns an error about the command line, which says what to do about it.
func Usagef(format string, args ...any) error { return With(Usage, fmt.Errorf(format, args...)) }

// CodeOf returns the code that an error ends the program with.
func CodeOf(err error) int {
	var e *Error
	switch {
	case err == nil:
		return OK
	case errors.As(err, &e):
		return e.Code
	}
	return Failed
}

// OnlyIncomplete reports whether an error says no more than that some evidence could not be read.
func OnlyIncomplete(err error) bool {
	return err != nil && CodeOf(err) == Incomplete && err.Error() == ""
}

// Lasting gives an error the exit code of a step of a batch: that of a passing fault, or its own.
func Lasting(err error) error {
	if batch.Passing(err) {
		return With(Passing, err)
	}
	return err
}
