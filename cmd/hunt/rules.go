package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/screen"
	"hunt/rules/casetest"
	"hunt/rules/catalogue"
	"hunt/rules/pack"
)

func rulesCommand() *cli.Command {
	return &cli.Command{
		Name: "rules", Usage: "list, show, check, test and explain detection rules",
		UsageText: "hunt rules list | show ID | check PATH... | test [PATH...] | explain --rule ID --evtx PATH " +
			"--host NAME --at TIME",
		Action: func(c *cli.Context) error { return cli.ShowSubcommandHelp(c) },
		Subcommands: []*cli.Command{
			{
				Name: "list", Usage: "list the rules and whether they run", Flags: ruleFlags(), Action: rulesListAction,
				UsageText: "hunt rules list [--rules PATH ...]",
			},
			{
				Name: "show", Usage: "show a rule: its meaning, its query, its sources", Flags: ruleFlags(),
				Action:    rulesShowAction,
				UsageText: "hunt rules show ID [--rules PATH ...]",
			},
			explainCommand(),
			{
				Name: "test", Usage: "run the test cases of rules: small logs on which they must or must not fire",
				Action:    rulesTestAction,
				UsageText: "hunt rules test [PATH ...]", Flags: []cli.Flag{tempDirFlag()},
				Description: "test writes the events of each case to a real log, runs the rule over it and checks " +
					"the result.\n" +
					"Without a path, it tests the built-in rules. It exits with 1 if a case fails.",
			},
			{
				Name: "check", Usage: "check rule and tuning files", Action: rulesCheckAction,
				UsageText: "hunt rules check PATH [PATH ...]",
				Description: "check prints one line for each file, either ok or file:line:col with the mistake, " +
					"and at the\nend \"N ok, N failed, N unsupported\". It exits with 1 if a file failed.",
			},
		},
	}
}

func rulesListAction(c *cli.Context) error {
	pk, problems, err := loadPack(packSources(c))
	if err != nil {
		return err
	}
	broken, err := catalogue.List(c.App.Writer, pk, screen.Width(c.App.Writer))
	if err != nil {
		return err
	}
	problems = append(problems, broken...)
	if len(problems) > 0 {
		return &exitError{exitIncomplete, problems}
	}
	return nil
}

func rulesShowAction(c *cli.Context) error {
	if c.NArg() != 1 {
		return usageError("name one rule id; 'hunt rules list' shows them")
	}
	pk, _, err := loadPack(packSources(c))
	if err != nil {
		return err
	}
	r := pk.Rule(c.Args().First())
	if r == nil {
		return &exitError{exitFailed,
			fmt.Errorf("no rule has the id %q; 'hunt rules list' shows the ids", c.Args().First())}
	}
	return catalogue.Show(c.App.Writer, r)
}

func rulesCheckAction(c *cli.Context) error {
	if !c.Args().Present() {
		return usageError("no path given; name a rule file, a tuning file or a directory, such as: hunt rules " +
			"check my-rules/")
	}
	failed, err := pack.Check(c.App.Writer, c.Args().Slice())
	if err != nil {
		return err
	}
	if failed {
		return &exitError{exitFailed, nil}
	}
	return nil
}

func rulesTestAction(c *cli.Context) error {
	dir, err := tempDir(c.String("temp-dir"))
	if err != nil {
		return err
	}
	failed, err := casetest.Run(c.Context, c.App.Writer, c.Args().Slice(), dir)
	if err != nil {
		return err
	}
	if failed {
		return &exitError{exitFailed, nil}
	}
	return nil
}

// packSources are the rules and the tuning that the flags name.
func packSources(c *cli.Context) pack.Sources {
	s, _ := narrowed(pack.Sources{ // the flags have already rejected invalid values
		Rules: c.StringSlice("rules"), NoDefaultRules: c.Bool("no-default-rules"),
		Tuning: c.StringSlice("tuning"), NoDefaultTuning: c.Bool("no-default-tuning"), NoBuiltInCases: true,
		Placeholders: c.String("placeholders"), Tagged: c.StringSlice("rules-tag"),
	}, c.StringSlice("rules-status"), c.String("rules-level"))
	return s
}

// loadPack loads rules and tuning. A path that does not exist ends the run. A file that cannot be used is reported,
// and listed in the report as skipped; the run continues.
func loadPack(from pack.Sources) (*pack.Pack, pack.Errors, error) {
	for _, given := range []struct {
		flag  string
		paths []string
	}{{"rules", from.Rules}, {"tuning", from.Tuning}} {
		for _, p := range given.paths {
			if _, err := os.Stat(p); err != nil {
				return nil, nil, &exitError{exitFailed,
					fmt.Errorf("--%s %s: cannot read it: %w", given.flag, p, errors.Unwrap(err))}
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

// narrowed returns sources with what --rules-status and --rules-level ask for.
func narrowed(s pack.Sources, statuses []string, level string) (pack.Sources, error) {
	var err error
	if s.Statuses, err = pack.ParseStatuses(statuses); err != nil {
		return s, usageError("--rules-status: %v", err)
	}
	if level != "" {
		if s.MinSeverity, err = pack.ParseSeverity(strings.ToLower(level)); err != nil {
			return s, usageError("--rules-level: %v", err)
		}
	}
	return s, nil
}
