package main

import (
	"fmt"
	"runtime"

	"github.com/urfave/cli/v2"
)

// release is the version of hunt; CHANGELOG.md has an entry for each.
const release = "0.1.0"

func version() string { return release }

func versionCommand() *cli.Command {
	return &cli.Command{
		Name: "version", Usage: "print the version",
		Action: func(c *cli.Context) error {
			_, err := fmt.Fprintf(c.App.Writer, "hunt %s (%s, %s/%s)\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
