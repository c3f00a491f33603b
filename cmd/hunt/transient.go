package main

import (
	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
)

// incomplete ends a run that left some evidence out.
func incomplete(c *cli.Context) error {
	if c.Bool("ok-incomplete") {
		return nil
	}
	return exit.With(exit.Incomplete, nil)
}
