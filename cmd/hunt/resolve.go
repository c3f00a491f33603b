package main

import (
	"io"
	"time"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/flag"
	"hunt/cmd/hunt/identity"
	"hunt/timeline"
	"hunt/timeline/batch"
	"hunt/timeline/ecs"
	"hunt/timeline/ledger"
	"hunt/timeline/shard"
)

func resolveCommand() *cli.Command {
	return &cli.Command{
		Name: "resolve", Usage: "find the hosts of a batch, before 'hunt match'", Action: resolveAction,
		UsageText: "hunt resolve DIR... --out PLAN",

		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "write the plan to `FILE`"},
			flag.MergeHosts(), flag.Jobs(), flag.MaxMemory(), flag.TempDir(),
			&cli.BoolFlag{Name: "quiet", Usage: "print only errors on standard error"},
		},
	}
}

func resolveAction(c *cli.Context) error {
	started := time.Now()
	switch {
	case !c.Args().Present():
		return exit.Usagef("no shards given; try: hunt resolve DIR --out plan")
	case c.String("out") == "":
		return exit.Usagef("no file given for the plan; add --out FILE")
	}
	run, err := newRunOf(c, "none")
	if err != nil {
		return err
	}
	shards, err := batch.OpenShards(c.Args().Slice())
	if err != nil {
		return exit.Lasting(exit.With(exit.Failed, err))
	}
	first := shards[0].Manifest
	making := run.making(first.RulePack)
	if err := making.Agree(shards); err != nil {
		return exit.With(exit.Failed, err)
	}
	run.follow(first)
	m := making.Manifest(first.Options)
	outputs := outputsOf(c)
	err = outputs.WriteFile(c.Context, c.String("out"), func(w io.Writer) error {
		return shards.Resolve(c.Context, run.scan(ecs.NewSchema()), m, w)
	})
	if err != nil {
		return exit.Lasting(err)
	}
	run.say("%s, %s, %.1f s", ledger.Count(len(shards), "shard", "shards"),
		ledger.Count(len(m.Hosts), "host", "hosts"), took(started).Seconds())
	return nil
}

// making identifies what this program makes with these rules.
func (r *runner) making(rules string) batch.Making {
	return batch.Making{Version: version(), Build: identity.Build(), RulePack: rules,
		HostMap: batch.HostMap(r.opts.Hosts)}
}

// follow has a run read shards as they were scanned.
func (r *runner) follow(m shard.Manifest) {
	r.opts.Clock, r.opts.Strict, r.opts.Carved = m.Clock, m.Strict, m.Carved
	r.opts.Filter = timeline.Filter{Hosts: m.Hosts, From: m.From, To: m.To}
}

// planned opens the plan of a batch and its shards, and checks that they belong together and to this run.
func (r *runner) planned(c *cli.Context, paths []string, pack string) (timeline.Batch, *shard.Bundle, error) {
	failed := func(err error) (timeline.Batch, *shard.Bundle, error) {
		return nil, nil, exit.Lasting(exit.With(exit.Failed, err))
	}
	plan, err := shard.OpenPlan(c.String("plan"))
	if err != nil {
		return failed(err)
	}
	shards, err := batch.OpenShards(paths)
	if err != nil {
		return failed(err)
	}
	if err := r.making(pack).Planned(shards, plan); err != nil {
		return failed(err)
	}
	r.follow(shards[0].Manifest)
	return shards, plan, nil
}
