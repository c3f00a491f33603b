// Package argument puts the arguments of a command line into the order that the flag library wants.
package argument

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/hint"
)

// Order moves flags in front of the other arguments, so that they may be given in any order; "--" ends them. The error
// is a mistake on the command line: a command that does not exist, an option without its value.
func Order(app *cli.App, args []string) ([]string, error) {
	if len(args) == 0 {
		return args, nil
	}
	out := []string{args[0]}
	rest := args[1:]
	flags, commands := app.Flags, app.Commands
	for len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
		c := commandNamed(commands, rest[0])
		if c == nil {
			if len(commands) > 0 && rest[0] != "help" && rest[0] != "h" {
				return nil, unknownCommand(append(out[1:], rest[0]), commands)
			}
			break
		}
		out = append(out, rest[0])
		rest, flags, commands = rest[1:], c.Flags, c.Subcommands
	}
	takesValue := map[string]bool{}
	for _, f := range flags {
		_, isBool := f.(*cli.BoolFlag)
		for _, n := range f.Names() {
			takesValue[n] = !isBool
		}
	}
	var options, others []string
	for i := 0; i < len(rest); i++ {
		a := rest[i]
		if a == "--" {
			others = append(others, rest[i+1:]...)
			break
		}
		if len(a) < 2 || a[0] != '-' {
			others = append(others, a)
			continue
		}
		options = append(options, a)
		if name := strings.TrimLeft(a, "-"); takesValue[name] {
			if i+1 == len(rest) {
				return nil, fmt.Errorf("%s needs a value; see 'hunt --help'", a)
			}
			i++
			options = append(options, rest[i])
		}
	}
	out = append(out, options...)
	if len(others) > 0 {
		out = append(append(out, "--"), others...)
	}
	return out, nil
}

func unknownCommand(words []string, commands []*cli.Command) error {
	last := len(words) - 1
	var names []string
	for _, c := range commands {
		names = append(names, c.Name)
	}
	if near := hint.Name(words[last], names); near != "" {
		return fmt.Errorf("unknown command %q; did you mean 'hunt %s'?", strings.Join(words, " "),
			strings.Join(append(words[:last:last], near), " "))
	}
	if last == 0 {
		return fmt.Errorf("unknown command %q; see 'hunt --help' (evidence goes after --evtx)", words[0])
	}
	return fmt.Errorf("unknown command %q; see 'hunt %s --help'", strings.Join(words, " "),
		strings.Join(words[:last], " "))
}

func commandNamed(cs []*cli.Command, name string) *cli.Command {
	for _, c := range cs {
		if c.HasName(name) {
			return c
		}
	}
	return nil
}
