package flag

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/config"
	"hunt/timeline/batch"
	"hunt/timeline/evidence"
	"hunt/timeline/host"
)

// HasInputs reports whether the command line names evidence.
func HasInputs(c *cli.Context) bool {
	return len(c.StringSlice("evtx")) > 0 || c.String("input-list") != ""
}

// EvidenceGiven returns an error unless the command line names evidence and nothing else.
func EvidenceGiven(c *cli.Context) error {
	switch {
	case !HasInputs(c):
		return exit.Usagef("no evidence given; add --evtx PATH")
	case c.Args().Present():
		return exit.Usagef("unexpected %q; evidence goes after --evtx", c.Args().First())
	}
	return nil
}

// InputsOf returns the evidence that --evtx and --input-list name.
func InputsOf(c *cli.Context) ([]evidence.Input, error) {
	inputs := evidence.Inputs(c.StringSlice("evtx")...)
	if name := c.String("input-list"); name != "" {
		more, err := batch.Inputs(name)
		if err != nil {
			return nil, exit.With(exit.Failed, fmt.Errorf("--input-list %w", err))
		}
		inputs = append(inputs, more...)
	}
	return inputs, nil
}

// HostMapOf reads the file that --merge-hosts names; nil if it names none.
func HostMapOf(c *cli.Context) (*host.Map, error) {
	name := c.String("merge-hosts")
	if name == "" {
		return nil, nil
	}
	m, err := host.LoadMap(name)
	if err != nil {
		return nil, exit.With(exit.Failed, fmt.Errorf("--merge-hosts: %w", err))
	}
	return m, nil
}

// maxPasswordFile bounds the password file: each password is tried on each encrypted member.
const maxPasswordFile = 64 << 10

// PasswordsOf reads the file that --password-file names, one password a line. Spaces belong to a password; the line's
// end does not.
func PasswordsOf(c *cli.Context) ([]string, error) {
	name := c.String("password-file")
	if name == "" {
		return nil, nil
	}
	b, err := config.Read(name, maxPasswordFile)
	if err != nil {
		return nil, exit.With(exit.Failed, fmt.Errorf("--password-file %w", err))
	}
	var out []string
	for line := range strings.Lines(strings.TrimPrefix(string(b), "\ufeff")) {
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			out = append(out, line)
		}
	}
	if len(out) == 0 {
		return nil, exit.With(exit.Failed, fmt.Errorf("--password-file %s: the file contains no password", name))
	}
	return out, nil
}

// OnlyWith rejects options that would have no effect without another option.
func OnlyWith(c *cli.Context, needed string, options ...string) error {
	for _, name := range options {
		if c.IsSet(name) {
			return exit.Usagef("--%s works only with %s", name, needed)
		}
	}
	return nil
}
