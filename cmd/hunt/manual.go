package main

import (
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/manual"
)

func completionCommand() *cli.Command {
	shells := []struct {
		name, load string
		write      func(io.Writer, *cli.App) error
	}{
		{"bash", "source <(hunt completion bash)", manual.Bash},
		{"zsh", "source <(hunt completion zsh)", manual.Zsh},
		{"fish", "hunt completion fish | source", manual.Fish},
		{"powershell", "hunt completion powershell | Out-String | Invoke-Expression", manual.PowerShell},
	}
	c := &cli.Command{
		Name: "completion", Usage: "print the completion script for a shell",
		Description: "Load the script when the shell starts, for example in ~/.bashrc:",
		Action: func(*cli.Context) error {
			return exit.Usagef("no shell given: add bash, zsh, fish or powershell; see 'hunt completion --help'")
		},
	}
	for _, s := range shells {
		c.Description += fmt.Sprintf("\n   %-11s %s", s.name, s.load)
		c.Subcommands = append(c.Subcommands, &cli.Command{
			Name: s.name, Usage: "print the completion script for " + s.name,
			Action: func(c *cli.Context) error { return s.write(c.App.Writer, newApp(io.Discard, io.Discard)) },
		})
	}
	return c
}

func manCommand() *cli.Command {
	return &cli.Command{
		Name: "man", Usage: "print the manual page",
		Description: "Read it with: hunt man | man -l -",
		Action: func(c *cli.Context) error {
			_, err := c.App.Writer.Write(manual.Page(newApp(io.Discard, io.Discard)))
			return err
		},
	}
}
