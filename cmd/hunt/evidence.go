package main

import (
	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/flag"
	"hunt/timeline/evidence"
)

// evidenceDefaults are the options of evidence before the command line has its say. Tests lower the bounds that
// take minutes or hundreds of gigabytes to reach.
var evidenceDefaults evidence.Options

// collectOptions reads what --password-file and --temp-dir name.
func collectOptions(c *cli.Context) (evidence.Options, error) {
	o := evidenceDefaults
	o.Carved = c.Bool("carved")
	var err error
	if o.Passwords, err = flag.PasswordsOf(c); err != nil {
		return o, err
	}
	o.TempDir, err = flag.TempDirOf(c)
	return o, err
}
