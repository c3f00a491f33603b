package main

import (
	"context"
	"time"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/flag"
	"hunt/rules"
	"hunt/timeline/batch"
)

func mergeCommand() *cli.Command {
	flags := append(flag.Rules(), flag.Outputs()...)
	return &cli.Command{
		Name: "merge", Usage: "make one report from the shards that 'hunt scan' wrote", Action: mergeAction,
		UsageText: "hunt merge DIR... --report FILE [--report FILE ...]",

		Flags: append(flags, append(flag.Expect(), flag.Batch()...)...),
	}
}

func mergeAction(c *cli.Context) error {
	started := time.Now()
	if !c.Args().Present() {
		return exit.Usagef("no shards given; try: hunt merge DIR --report out.html")
	}
	if err := checkExpect(c); err != nil {
		return err
	}
	run, err := newRun(c)
	if err != nil {
		return err
	}
	out, err := newOutput(c, run, nil)
	if err != nil {
		return err
	}
	shards, err := batch.OpenShards(c.Args().Slice())
	if err != nil {
		return exit.Lasting(exit.With(exit.Failed, err))
	}
	pk, err := out.load()
	if err != nil {
		return err
	}
	if err := run.making(pk.Hash).Agree(shards); err != nil {
		return exit.With(exit.Failed, err)
	}
	first := shards[0].Manifest
	if err := out.expect(c, shards); err != nil {
		return err
	}
	run.follow(first)
	out.follow(first)
	res, err := run.result(c.Context, func(ctx context.Context) (*rules.Result, error) {
		return rules.Merge(ctx, shards, rules.Compile(pk, run.opts.Strict), run.opts)
	})
	if err != nil {
		return exit.Lasting(err)
	}
	defer func() { _ = res.Close() }() // temporary files
	return finished(c, out.write(c.Context, res, started))
}

// finished ends a command that wrote a report.
func finished(c *cli.Context, err error) error {
	if exit.OnlyIncomplete(err) {
		return incomplete(c)
	}
	return exit.Lasting(err)
}
