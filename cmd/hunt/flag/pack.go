package flag

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/rules/pack"
)

// PackOf are the rules and the tuning that the flags name.
func PackOf(c *cli.Context) pack.Sources {
	s, _ := Narrowed(pack.Sources{ // the flags have already rejected invalid values
		Rules: c.StringSlice("rules"), NoDefaultRules: c.Bool("no-default-rules"),
		Tuning: c.StringSlice("tuning"), NoDefaultTuning: c.Bool("no-default-tuning"), NoBuiltInCases: true,
		Placeholders: c.String("placeholders"), Tagged: c.StringSlice("rules-tag"),
	}, c.StringSlice("rules-status"), c.String("rules-level"))
	return s
}

// LoadPack loads rules and tuning. A path that does not exist ends the run. A file that cannot be used is reported,
// and listed in the report as skipped; the run continues.
func LoadPack(from pack.Sources) (*pack.Pack, pack.Errors, error) {
	for _, given := range []struct {
		flag  string
		paths []string
	}{{"rules", from.Rules}, {"tuning", from.Tuning}} {
		for _, p := range given.paths {
			if _, err := os.Stat(p); err != nil {
				return nil, nil, exit.With(exit.Failed,
					fmt.Errorf("--%s %s: cannot read it: %w", given.flag, p, errors.Unwrap(err)))
			}
		}
	}
	pk, err := pack.Load(from)
	var problems pack.Errors
	if err != nil && !errors.As(err, &problems) {
		return nil, nil, err
	}
	return pk, problems, nil
}

// Narrowed returns sources with what --rules-status and --rules-level ask for.
func Narrowed(s pack.Sources, statuses []string, level string) (pack.Sources, error) {
	var err error
	if s.Statuses, err = pack.ParseStatuses(statuses); err != nil {
		return s, exit.Usagef("--rules-status: %v", err)
	}
	if level != "" {
		if s.MinSeverity, err = pack.ParseSeverity(strings.ToLower(level)); err != nil {
			return s, exit.Usagef("--rules-level: %v", err)
		}
	}
	return s, nil
}
