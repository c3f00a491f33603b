package main

import (
	"context"
	"errors"
	"os"

	"github.com/urfave/cli/v2"
)

// lasting gives an error the exit code of a step of a batch: that of a passing fault, or its own.
func lasting(err error) error {
	if passing(err) {
		return &exitError{exitPassing, err}
	}
	return err
}

// incomplete ends a run that left some evidence out.
func incomplete(c *cli.Context) error {
	if c.Bool("ok-incomplete") {
		return nil
	}
	return &exitError{exitIncomplete, nil}
}

// passing reports whether an error may be gone when the same command runs again, on this machine or
// another: a disk that is full or away, a server that does not answer, a lack of descriptors.
func passing(err error) bool {
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
