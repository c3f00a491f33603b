package batch

import (
	"context"
	"errors"
	"os"
)

// Passing reports whether an error may be gone when the same command runs again, on this machine or
// another: a disk that is full or unavailable, a server that does not answer, a lack of file
// descriptors.
func Passing(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	for _, e := range passingErrors {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
