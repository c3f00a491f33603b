package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"hunt/config"
	"hunt/rules"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/evidence"
	"hunt/timeline/shard"
)

func combineCommand() *cli.Command {
	flags := append(ruleFlags(), outputFlags()...)
	return &cli.Command{
		Name: "combine", Usage: "make one report from what 'hunt match' found in all groups", Action: combineAction,
		UsageText: "hunt combine DIR... --plan PLAN --report FILE [--report FILE ...]",
		Description: `combine takes the directories with the shards and with the files of 'hunt match', matches
the rules that connect hosts, and writes the report: byte for byte that of one run over
all inputs. It reads no evidence, and of the shards what the report shows.

Give combine the same --rules, --tuning and --merge-hosts as scan.

Example:
   hunt combine shards/ matches/ --plan plan --report fleet.html --report fleet.json`,
		Flags: append(flags, append(expectFlags(), planFlag(), mergeHostsFlag(), jobsFlag(), maxMemoryFlag(),
			tempDirFlag(),
			&cli.StringFlag{Name: "progress", Value: "auto",
				Usage: "show progress on standard error as this `KIND`: auto, bar, json or none"},
			&cli.BoolFlag{Name: "quiet", Usage: "print no progress and no summary on standard error"},
			okIncompleteFlag(),
			&cli.BoolFlag{Name: "no-color", Usage: "use no colour, not even in a terminal"})...),
	}
}

// expectFlags say which inputs a batch has.
func expectFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "expect",
			Usage: "say in the report which inputs of `FILE`, a list as for --input-list, have no shard"},
		&cli.BoolFlag{Name: "require-all", Usage: "with --expect: fail if an input has no shard"},
	}
}

func combineAction(c *cli.Context) error {
	started := time.Now()
	switch {
	case !c.Args().Present():
		return usageError("no shards given; try: hunt combine SHARDS MATCHES --plan PLAN --report out.html")
	case c.String("plan") == "":
		return usageError("no plan given; 'hunt resolve' writes one: add --plan FILE")
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
	shardPaths, matchPaths, err := partPaths(c.Args().Slice())
	if err != nil {
		return lasting(&exitError{exitFailed, err})
	}
	shards, plan, err := run.planned(c, shardPaths, pk.Hash)
	if err != nil {
		return err
	}
	groups, err := openMatches(matchPaths, plan, pk)
	if err != nil {
		return lasting(&exitError{exitFailed, err})
	}
	if err := out.expect(c, shards); err != nil {
		return err
	}
	out.follow(shards[0].Manifest)
	scan := func(ctx context.Context) (*rules.Result, error) {
		return rules.Combine(ctx, timeline.Share{Batch: shards, Plan: plan}, pk, run.opts, groups)
	}
	res, err := run.result(c.Context, scan)
	if err != nil {
		return lasting(err)
	}
	defer func() { _ = res.Close() }() // temporary files
	return finished(c, out.write(c.Context, res, started))
}

// partPaths tells the shards from what matches found, in directories and among files.
func partPaths(paths []string) (shards, matches []string, err error) {
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: no such file or directory", p)
		}
		if !info.IsDir() {
			if strings.HasSuffix(p, matchEnding) {
				matches = append(matches, p)
			} else {
				shards = append(shards, p)
			}
			continue
		}
		entries, err := os.ReadDir(p)
		if err != nil {
			return nil, nil, err
		}
		found := 0
		for _, e := range entries {
			name := filepath.Join(p, e.Name())
			switch {
			case strings.HasSuffix(e.Name(), shardEnding):
				shards = append(shards, name)
			case strings.HasSuffix(e.Name(), matchEnding):
				matches = append(matches, name)
			default:
				continue
			}
			found++
		}
		if found == 0 {
			return nil, nil, fmt.Errorf("%s: the directory contains neither shards (*%s) nor what 'hunt match' "+
				"found (*%s)", p, shardEnding, matchEnding)
		}
	}
	switch {
	case len(shards) == 0:
		return nil, nil, fmt.Errorf("no shards (*%s) given; add the directory that 'hunt scan' wrote to", shardEnding)
	case len(matches) == 0:
		return nil, nil, fmt.Errorf("nothing that 'hunt match' found (*%s) given; add the directory that it wrote to",
			matchEnding)
	}
	return shards, matches, nil
}

// openMatches opens what the matches of a plan found: all groups, in order, each once.
func openMatches(paths []string, plan *shard.Bundle, pk *pack.Pack) ([]*shard.Bundle, error) {
	var all []*shard.Bundle
	for _, p := range paths {
		b, err := shard.OpenMatch(p)
		if err != nil {
			return nil, err
		}
		if err := sameBundle(b, version(), pk.Hash, plan.Manifest.HostMap, plan.Manifest.Options); err != nil {
			return nil, err
		}
		if b.Manifest.Plan != plan.Manifest.Checksum {
			return nil, fmt.Errorf("%s: it was found with another plan than %s; run 'hunt match' again, or leave "+
				"it out", b.Path, plan.Path)
		}
		all = append(all, b)
	}
	slices.SortStableFunc(all, func(a, b *shard.Bundle) int {
		return cmp.Or(cmp.Compare(a.Manifest.Group, b.Manifest.Group),
			strings.Compare(a.Manifest.Checksum, b.Manifest.Checksum))
	})
	var out []*shard.Bundle
	for _, b := range all {
		switch n := len(out); {
		case b.Manifest.Groups != all[0].Manifest.Groups:
			return nil, fmt.Errorf("%s is of %d groups, and %s of %d: leave one of them out", all[0].Path,
				all[0].Manifest.Groups, b.Path, b.Manifest.Groups)
		case b.Manifest.Group == n:
			out = append(out, b)
		case b.Manifest.Group > n:
			return nil, fmt.Errorf("group %d of %d is missing: run 'hunt match --group %d/%d'", n, b.Manifest.Groups, n,
				b.Manifest.Groups)
		}
	}
	if n := len(out); n < all[0].Manifest.Groups {
		return nil, fmt.Errorf("group %d of %d is missing: run 'hunt match --group %d/%d'", n, all[0].Manifest.Groups,
			n, all[0].Manifest.Groups)
	}
	return out, nil
}

// checkExpect is an error if nothing says which inputs are required.
func checkExpect(c *cli.Context) error {
	if c.Bool("require-all") && c.String("expect") == "" {
		return usageError("--require-all needs the list of inputs; add --expect FILE")
	}
	return nil
}

// maxMissingSaid bounds the inputs without a shard that are named.
const maxMissingSaid = 100

// expect compares the shards with the list of inputs that a batch has.
func (o *conclusion) expect(c *cli.Context, shards timeline.Batch) error {
	name := c.String("expect")
	if name == "" {
		return nil
	}
	b, err := config.Read(name, maxInputList)
	if err != nil {
		return &exitError{exitFailed, fmt.Errorf("--expect %w", err)}
	}
	inputs, err := readInputs(config.Shown(name), bytes.NewReader(b))
	if err != nil {
		return &exitError{exitFailed, fmt.Errorf("--expect %w", err)}
	}
	there := map[string]bool{}
	for _, s := range shards {
		there[s.Manifest.Name] = true
	}
	var missing []string
	for _, in := range evidence.Placed(inputs) {
		if !there[in.Place] {
			missing = append(missing, in.Place)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	list := strings.Join(missing[:min(len(missing), maxMissingSaid)], ", ")
	if more := len(missing) - maxMissingSaid; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	if c.Bool("require-all") {
		return &exitError{exitFailed,
			fmt.Errorf("%d of %d inputs of %s have no shard: %s; scan them, or leave out --require-all", len(missing),
				len(inputs), name, list)}
	}
	o.run.warn("%d of %d inputs have no shard: %s", len(missing), len(inputs), list)
	o.build.Missing = fmt.Sprintf("The report lacks %d of %d inputs of the batch, which have no shard: %s.",
		len(missing), len(inputs), list)
	o.incomplete = true
	return nil
}

// follow has a report say with which options the shards were scanned.
func (o *conclusion) follow(m shard.Manifest) {
	o.build.Run.Strict, o.build.Run.Hosts = m.Strict, m.Hosts
	o.build.Run.From, o.build.Run.To = given(m.From), given(m.To)
}
