package main

import (
	"github.com/urfave/cli/v2"

	"hunt/timeline/batch"
)

// lasting gives an error the exit code of a step of a batch: that of a passing fault, or its own.
func lasting(err error) error {
	if batch.Passing(err) {
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
