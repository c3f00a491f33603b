package main

import (
	"errors"
	"io"
	"time"

	"github.com/urfave/cli/v2"

	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/shard"
)

func resolveCommand() *cli.Command {
	return &cli.Command{
		Name: "resolve", Usage: "find the hosts of a batch, before 'hunt match'", Action: resolveAction,
		UsageText: "hunt resolve DIR... --out PLAN",
		Description: `resolve reads the facts of all shards, finds out which names are one host and which
records are copies, and writes that as a plan. It is the step between 'hunt scan' and
'hunt match', which share out their work; 'hunt merge' does all but the scan at once.

Example:
   hunt resolve shards/ --out plan`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "write the plan to `FILE`"},
			mergeHostsFlag(), jobsFlag(), maxMemoryFlag(), tempDirFlag(),
			&cli.BoolFlag{Name: "quiet", Usage: "print nothing on standard error but errors"},
		},
	}
}

func resolveAction(c *cli.Context) error {
	started := time.Now()
	switch {
	case !c.Args().Present():
		return usageError("no shards given; try: hunt resolve DIR --out plan")
	case c.String("out") == "":
		return usageError("no file for the plan; add --out FILE")
	}
	run, err := newRunOf(c, "none")
	if err != nil {
		return err
	}
	shards, err := openShards(c.Args().Slice())
	if err != nil {
		return lasting(&exitError{exitFailed, err})
	}
	hostMap := hostMapSum(run.opts.Hosts)
	first := shards[0].Manifest
	for _, s := range shards {
		if err := agrees(s, shards[0], version(), first.RulePack, hostMap); err != nil {
			return &exitError{exitFailed, err}
		}
	}
	run.follow(first)
	m := &shard.BundleManifest{Version: version(), Build: commit(), RulePack: first.RulePack, HostMap: hostMap,
		Options: first.Options}
	outputs := outputsOf(c)
	err = outputs.WriteFile(c.Context, c.String("out"), func(w io.Writer) error {
		return shards.Resolve(c.Context, run.scan(ecs.NewSchema()), m, w)
	})
	if err != nil {
		return lasting(err)
	}
	run.say("%d shards, %d hosts, %.1f s", len(shards), len(m.Hosts), time.Since(started).Seconds())
	return nil
}

// follow has a run read shards as they were scanned.
func (r *runner) follow(m shard.Manifest) {
	r.opts.Clock, r.opts.Strict = m.Clock, m.Strict
	r.opts.Filter = timeline.Filter{Hosts: m.Hosts, From: m.From, To: m.To}
}

// planned opens the plan of a batch and its shards, and makes sure that they belong together and to this run.
func (r *runner) planned(c *cli.Context, paths []string, pack string) (timeline.Batch, *shard.Bundle, error) {
	failed := func(err error) (timeline.Batch, *shard.Bundle, error) {
		return nil, nil, lasting(&exitError{exitFailed, err})
	}
	plan, err := shard.OpenPlan(c.String("plan"))
	if err != nil {
		return failed(err)
	}
	shards, err := openShards(paths)
	if err != nil {
		return failed(err)
	}
	hostMap := hostMapSum(r.opts.Hosts)
	for _, s := range shards {
		if err := agrees(s, shards[0], version(), pack, hostMap); err != nil {
			return failed(err)
		}
	}
	if err := sameBundle(plan, version(), pack, hostMap, shards[0].Manifest.Options); err != nil {
		return failed(err)
	}
	if err := plan.Manifest.Holds(plan.Path, shards); err != nil {
		return failed(err)
	}
	r.follow(shards[0].Manifest)
	return shards, plan, nil
}

// sameBundle reports whether a plan or what a match found is of this program, rules, hosts and options.
func sameBundle(b *shard.Bundle, version, pack, hostMap, options string) error {
	m := b.Manifest
	var text string
	switch {
	case m.Version != version || m.Build != commit():
		text = "another build of hunt wrote it (" + m.Version + ", " + m.Build + "), and this is " + version +
			", " + commit()
	case m.RulePack != pack:
		text = "it was made with other rules or tuning"
	case m.HostMap != hostMap:
		text = "it was made with another --merge-hosts"
	case m.Options != options:
		text = "it was made of shards with other options"
	default:
		return nil
	}
	return errors.New(b.Path + ": " + text + "; run that step of the batch again")
}
