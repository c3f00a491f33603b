package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"hunt/timeline/batch"
	"hunt/timeline/evidence"
)

func inputListFlag() cli.Flag {
	return &cli.StringFlag{Name: "input-list",
		Usage: "read more evidence paths from `FILE` (CSV), one \"path, display name, host\" per line; name and " +
			"host are optional"}
}

// hasInputs reports whether the command line names evidence.
func hasInputs(c *cli.Context) bool {
	return len(c.StringSlice("evtx")) > 0 || c.String("input-list") != ""
}

// inputsOf returns the evidence that --evtx and --input-list name.
func inputsOf(c *cli.Context) ([]evidence.Input, error) {
	inputs := evidence.Inputs(c.StringSlice("evtx")...)
	if name := c.String("input-list"); name != "" {
		more, err := batch.Inputs(name)
		if err != nil {
			return nil, &exitError{exitFailed, fmt.Errorf("--input-list %w", err)}
		}
		inputs = append(inputs, more...)
	}
	return inputs, nil
}
