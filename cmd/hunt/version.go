package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/identity"
)

func version() string { return identity.Version }

func versionCommand() *cli.Command {
	return &cli.Command{
		Name: "version", Usage: "print the version, the commit, the platform and the hash of the built-in rules",
		Flags:  []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "print it as JSON"}},
		Action: printVersion,
	}
}

func printVersion(c *cli.Context) error {
	b, err := identity.Of()
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return b.JSON(c.App.Writer)
	}
	_, err = fmt.Fprint(c.App.Writer, b)
	return err
}

// mainAction is hunt without a command: the main job or, with --version, the same as 'hunt
// version'.
func mainAction(c *cli.Context) error {
	if c.Bool("version") {
		return printVersion(c)
	}
	return reportAction(c)
}
