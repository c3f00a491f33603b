package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/flag"
	"hunt/rules"
	"hunt/timeline"
	"hunt/timeline/batch"
	"hunt/timeline/ledger"
	"hunt/timeline/shard"
)

func matchCommand() *cli.Command {
	return &cli.Command{
		Name: "match", Usage: "match the rules over a group of the hosts of a batch", Action: matchAction,
		UsageText: "hunt match DIR... --plan PLAN --group G/M --out DIR",

		Flags: append(flag.Rules(), flag.Plan(),
			&cli.StringFlag{Name: "group",
				Usage: "match group `G/M` of the hosts, counted from 0; auto or auto/M inside a job array"},
			&cli.StringFlag{Name: "out", Usage: "write the results to a file in `DIR`, and create it if necessary"},
			flag.MergeHosts(), flag.Jobs(), flag.MaxMemory(), flag.TempDir(),
			&cli.BoolFlag{Name: "quiet", Usage: "print only errors on standard error"}),
	}
}

func matchAction(c *cli.Context) error {
	started := time.Now()
	switch {
	case !c.Args().Present():
		return exit.Usagef("no shards given; try: hunt match DIR --plan PLAN --group 0/1 --out DIR")
	case c.String("plan") == "":
		return exit.Usagef("no plan given; 'hunt resolve' writes one: add --plan FILE")
	case c.String("out") == "":
		return exit.Usagef("no directory given for the results; add --out DIR")
	}
	group, err := batch.ParsePart(c.String("group"), os.LookupEnv)
	if err != nil {
		return exit.Usagef("--group: %v", err)
	}
	run, err := newRunOf(c, "none")
	if err != nil {
		return err
	}
	pk, problems, err := flag.LoadPack(flag.PackOf(c))
	if err != nil {
		return err
	}
	for _, p := range problems {
		run.warn("%s", p.Error())
	}
	shards, plan, err := run.planned(c, c.Args().Slice(), pk.Hash)
	if err != nil {
		return err
	}
	dir := c.String("out")
	if err := outputsOf(c).MakeDir(dir); err != nil {
		return exit.Lasting(exit.With(exit.Failed, fmt.Errorf("--out %w", err)))
	}
	of := plan.Manifest.GroupOf(group.Count)
	own := func(id string) bool { n, ok := of[id]; return ok && n == group.Number }
	hosts := len(slices.DeleteFunc(slices.Collect(maps.Values(of)), func(n int) bool { return n != group.Number }))
	m := run.making(pk.Hash).Manifest(plan.Manifest.Options)
	m.Schema, m.Plan, m.Group, m.Groups = shard.MatchSchema, plan.Manifest.Checksum, group.Number, group.Count
	name := filepath.Join(dir, batch.MatchName(group))
	outputs := outputsOf(c)
	outputs.Reads(plan.Path)
	err = outputs.WriteFile(c.Context, name, func(w io.Writer) error {
		out := shard.NewBundle(w)
		if err := rules.Match(c.Context, timeline.Share{Batch: shards, Plan: plan, Own: own}, pk, run.opts,
			out); err != nil {
			return err
		}
		return out.Finish(m)
	})
	if err != nil {
		return exit.Lasting(err)
	}
	run.say("group %s: %d of %s, %.1f s", group, hosts, ledger.Count(len(of), "host", "hosts"), took(started).Seconds())
	_, err = fmt.Fprintln(c.App.Writer, printable(name))
	return err
}
