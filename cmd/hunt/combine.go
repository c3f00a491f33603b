package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/flag"
	"hunt/rules"
	"hunt/timeline"
	"hunt/timeline/batch"
	"hunt/timeline/shard"
)

func combineCommand() *cli.Command {
	flags := append(flag.Rules(), flag.Outputs()...)
	return &cli.Command{
		Name: "combine", Usage: "make one report from what 'hunt match' found in all groups", Action: combineAction,
		UsageText: "hunt combine DIR... --plan PLAN --report FILE [--report FILE ...]",

		Flags: append(flags, append(append(flag.Expect(), flag.Plan()), flag.Batch()...)...),
	}
}

func combineAction(c *cli.Context) error {
	started := time.Now()
	switch {
	case !c.Args().Present():
		return exit.Usagef("no shards given; try: hunt combine SHARDS MATCHES --plan PLAN --report out.html")
	case c.String("plan") == "":
		return exit.Usagef("no plan given; 'hunt resolve' writes one: add --plan FILE")
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
	pk, err := out.load()
	if err != nil {
		return err
	}
	shardPaths, matchPaths, err := batch.Paths(c.Args().Slice())
	if err != nil {
		return exit.Lasting(exit.With(exit.Failed, err))
	}
	shards, plan, err := run.planned(c, shardPaths, pk.Hash)
	if err != nil {
		return err
	}
	groups, err := run.making(pk.Hash).OpenMatches(matchPaths, plan)
	if err != nil {
		return exit.Lasting(exit.With(exit.Failed, err))
	}
	if err := out.expect(c, shards); err != nil {
		return err
	}
	out.follow(shards[0].Manifest)
	scan := func(ctx context.Context) (*rules.Result, error) {
		return rules.Combine(ctx, timeline.Planned{Batch: shards, Plan: plan}, pk, run.opts, groups)
	}
	res, err := run.result(c.Context, scan)
	if err != nil {
		return exit.Lasting(err)
	}
	defer func() { _ = res.Close() }() // temporary files
	return finished(c, out.write(c.Context, res, started))
}

// checkExpect returns an error if no option says which inputs are required.
func checkExpect(c *cli.Context) error {
	if c.Bool("require-all") && c.String("expect") == "" {
		return exit.Usagef("--require-all needs the list of inputs; add --expect FILE")
	}
	return nil
}

// maxMissingSaid bounds the inputs that are named because they have no shard, or were not scanned.
const maxMissingSaid = 100

// expect compares the shards with the list of inputs that a batch has.
func (o *conclusion) expect(c *cli.Context, shards timeline.Batch) error {
	name := c.String("expect")
	if name == "" {
		return nil
	}
	inputs, err := batch.Inputs(name)
	if err != nil {
		return exit.With(exit.Failed, fmt.Errorf("--expect %w", err))
	}
	missing := batch.Missing(inputs, shards)
	if len(missing) == 0 {
		return nil
	}
	list := strings.Join(missing[:min(len(missing), maxMissingSaid)], ", ")
	if more := len(missing) - maxMissingSaid; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	if c.Bool("require-all") {
		return exit.With(exit.Failed,
			fmt.Errorf("%d of %d inputs of %s have no shard: %s; scan them, or leave out --require-all", len(missing),
				len(inputs), name, list))
	}
	o.run.warn("%d of %d inputs have no shard: %s", len(missing), len(inputs), list)
	o.build.Missing = fmt.Sprintf("The report lacks %d of %d inputs of the batch, which have no shard: %s.",
		len(missing), len(inputs), list)
	o.incomplete = true
	return nil
}

// follow has a report say with which options the shards were scanned.
func (o *conclusion) follow(m shard.Manifest) {
	o.build.Run.Strict, o.build.Run.Carved, o.build.Run.Hosts = m.Strict, m.Carved, m.Hosts
	o.build.Run.From, o.build.Run.To = given(m.From), given(m.To)
}
