package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/flag"
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
				Name: "list", Usage: "list the rules and whether they run", Flags: flag.Rules(),
				Action:    rulesListAction,
				UsageText: "hunt rules list [--rules PATH ...]",
			},
			{
				Name: "show", Usage: "show a rule: its meaning, its query, its sources", Flags: flag.Rules(),
				Action:    rulesShowAction,
				UsageText: "hunt rules show ID [--rules PATH ...]",
			},
			explainCommand(),
			{
				Name: "test", Usage: "run the test cases of rules: small logs on which they must or must not fire",
				Action:    rulesTestAction,
				UsageText: "hunt rules test [PATH ...]", Flags: []cli.Flag{flag.TempDir()},
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
	pk, problems, err := flag.LoadPack(flag.PackOf(c))
	if err != nil {
		return err
	}
	broken, err := catalogue.List(c.App.Writer, pk, screen.Width(c.App.Writer))
	if err != nil {
		return err
	}
	problems = append(problems, broken...)
	if len(problems) > 0 {
		return exit.With(exit.Incomplete, problems)
	}
	return nil
}

func rulesShowAction(c *cli.Context) error {
	if c.NArg() != 1 {
		return exit.Usagef("name one rule id; 'hunt rules list' shows them")
	}
	pk, _, err := flag.LoadPack(flag.PackOf(c))
	if err != nil {
		return err
	}
	r := pk.Rule(c.Args().First())
	if r == nil {
		return exit.With(exit.Failed,
			fmt.Errorf("no rule has the id %q; 'hunt rules list' shows the ids", c.Args().First()))
	}
	return catalogue.Show(c.App.Writer, r)
}

func rulesCheckAction(c *cli.Context) error {
	if !c.Args().Present() {
		return exit.Usagef("no path given; name a rule file, a tuning file or a directory, such as: hunt rules " +
			"check my-rules/")
	}
	failed, err := pack.Check(c.App.Writer, c.Args().Slice())
	if err != nil {
		return err
	}
	if failed {
		return exit.With(exit.Failed, nil)
	}
	return nil
}

func rulesTestAction(c *cli.Context) error {
	dir, err := flag.TempDirOf(c)
	if err != nil {
		return err
	}
	failed, err := casetest.Run(c.Context, c.App.Writer, c.Args().Slice(), dir)
	if err != nil {
		return err
	}
	if failed {
		return exit.With(exit.Failed, nil)
	}
	return nil
}
