package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/heap"
	"hunt/config"
	"hunt/output"
	"hunt/timeline/evidence"
	"hunt/timeline/host"
	"hunt/timeline/spill"
)

// maxPasswordFile bounds the password file: each password is tried on each encrypted member.
const maxPasswordFile = 64 << 10

func passwordFlag() cli.Flag {
	return &cli.StringFlag{Name: "password-file",
		Usage: "read passwords for encrypted archives from `FILE`, one per line"}
}

func mergeHostsFlag() cli.Flag {
	return &cli.StringFlag{Name: "merge-hosts",
		Usage: "read from `FILE` (TOML) which computer names are one host and which are not"}
}

func maxMemoryFlag() cli.Flag {
	return &cli.StringFlag{Name: "max-memory", Value: "512MiB",
		Usage: "use about this much memory (`SIZE`, such as 512MiB or 2GiB) and spill the rest to temporary files"}
}

func tempDirFlag() cli.Flag {
	return &cli.StringFlag{Name: "temp-dir", Usage: "write temporary files to `DIR`", DefaultText: "the system's"}
}

// maxMemory reads --max-memory, and makes the garbage collector stay below it, less what the program itself and its
// stacks take outside the heap.
func maxMemory(c *cli.Context) (spill.Budget, error) {
	n, err := spill.ParseSize(c.String("max-memory"))
	if err != nil {
		return 0, usageError("--max-memory: %v", err)
	}
	heap.Keep(n)
	return spill.Budget(n), nil
}

// evidenceDefaults are the options of evidence before the command line has its say. Tests lower the bounds that
// take minutes or hundreds of gigabytes to reach.
var evidenceDefaults evidence.Options

// collectOptions reads what --password-file and --temp-dir name.
func collectOptions(c *cli.Context) (evidence.Options, error) {
	o := evidenceDefaults
	o.Carved = c.Bool("carved")
	var err error
	if name := c.String("password-file"); name != "" {
		if o.Passwords, err = passwords(name); err != nil {
			return o, err
		}
	}
	o.TempDir, err = tempDir(c.String("temp-dir"))
	return o, err
}

// hostMapOf reads the file that --merge-hosts names; nil if it names none.
func hostMapOf(c *cli.Context) (*host.Map, error) {
	name := c.String("merge-hosts")
	if name == "" {
		return nil, nil
	}
	m, err := host.LoadMap(name)
	if err != nil {
		return nil, &exitError{exitFailed, fmt.Errorf("--merge-hosts: %w", err)}
	}
	return m, nil
}

// tempDir checks that temporary files can be made in the directory, before an hour of work depends on it.
func tempDir(dir string) (string, error) {
	if dir == "" {
		return "", nil
	}
	f, err := os.CreateTemp(dir, "hunt-*.tmp")
	if err != nil {
		return "", &exitError{exitFailed, fmt.Errorf("--temp-dir %w", output.Unusable(dir, err))}
	}
	_ = f.Close()
	return dir, os.Remove(f.Name())
}

// passwords reads one password a line. Spaces belong to a password; the line's end does not.
func passwords(name string) ([]string, error) {
	b, err := config.Read(name, maxPasswordFile)
	if err != nil {
		return nil, &exitError{exitFailed, fmt.Errorf("--password-file %w", err)}
	}
	var out []string
	for line := range strings.Lines(strings.TrimPrefix(string(b), "\ufeff")) {
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			out = append(out, line)
		}
	}
	if len(out) == 0 {
		return nil, &exitError{exitFailed, fmt.Errorf("--password-file %s: the file contains no password", name)}
	}
	return out, nil
}
