package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"hunt/timeline"
)

// maxPasswordFile bounds the password file: each password is tried on each encrypted member.
const maxPasswordFile = 64 << 10

func passwordFlag() cli.Flag {
	return &cli.StringFlag{Name: "password-file", Usage: "passwords of encrypted archives, one a line, in `FILE`"}
}

func mergeHostsFlag() cli.Flag {
	return &cli.StringFlag{Name: "merge-hosts", Usage: "which computer names are one host, and which are not, from `FILE` (TOML)"}
}

// collectOptions reads what --password-file and --merge-hosts name.
func collectOptions(c *cli.Context) (timeline.CollectOptions, error) {
	var o timeline.CollectOptions
	var err error
	if name := c.String("password-file"); name != "" {
		if o.Passwords, err = passwords(name); err != nil {
			return o, err
		}
	}
	if name := c.String("merge-hosts"); name != "" {
		if o.Hosts, err = timeline.LoadHostMap(name); err != nil {
			return o, &exitError{exitFailed, fmt.Errorf("--merge-hosts: %w", err)}
		}
	}
	return o, nil
}

// passwords reads one password a line. Spaces belong to a password; the line's end does not.
func passwords(name string) ([]string, error) {
	info, err := os.Stat(name)
	if err == nil && info.Size() > maxPasswordFile {
		return nil, &exitError{exitFailed, fmt.Errorf("--password-file %s: more than %d KiB; is it the right file?", name, maxPasswordFile>>10)}
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, &exitError{exitFailed, fmt.Errorf("--password-file: %w", err)}
	}
	var out []string
	for line := range strings.Lines(strings.TrimPrefix(string(b), "\ufeff")) {
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			out = append(out, line)
		}
	}
	if len(out) == 0 {
		return nil, &exitError{exitFailed, fmt.Errorf("--password-file %s: holds no password", name)}
	}
	return out, nil
}
