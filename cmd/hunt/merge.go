package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"hunt/timeline"
	"hunt/timeline/shard"
)

func mergeCommand() *cli.Command {
	flags := append(ruleFlags(), outputFlags()...)
	return &cli.Command{
		Name: "merge", Usage: "make one report from the shards that 'hunt scan' wrote", Action: mergeAction,
		UsageText: "hunt merge DIR... --report FILE [--report FILE ...]",
		Description: `merge joins shards and writes the report, which is byte for byte the same as if one
run had read all inputs: hosts are resolved and copies found across the batch, rules
that connect hosts see all of them, and rarity is counted over all of them.
Give merge the same --rules, --tuning and --merge-hosts as scan.

Examples:
   hunt merge shards/ --report fleet.html --report fleet.json
   hunt merge site-a/ site-b/ --report both.xlsx --case case.toml`,
		Flags: append(flags, append(expectFlags(), mergeHostsFlag(), jobsFlag(), maxMemoryFlag(), tempDirFlag(),
			&cli.StringFlag{Name: "progress", Value: "auto",
				Usage: "show progress on standard error as this `KIND`: auto, bar, json or none"},
			&cli.BoolFlag{Name: "quiet", Usage: "print no progress and no summary on standard error"},
			okIncompleteFlag(),
			&cli.BoolFlag{Name: "no-color", Usage: "use no colour, not even in a terminal"})...),
	}
}

func mergeAction(c *cli.Context) error {
	started := time.Now()
	if !c.Args().Present() {
		return usageError("no shards given; try: hunt merge DIR --report out.html")
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
	shards, err := openShards(c.Args().Slice())
	if err != nil {
		return lasting(&exitError{exitFailed, err})
	}
	pk, err := out.load()
	if err != nil {
		return err
	}
	hostMap := hostMapSum(run.opts.Hosts)
	first := shards[0].Manifest
	for _, s := range shards {
		if err := agrees(s, shards[0], version(), pk.Hash, hostMap); err != nil {
			return &exitError{exitFailed, err}
		}
	}
	if err := out.expect(c, shards); err != nil {
		return err
	}
	run.follow(first)
	out.follow(first)
	res, err := run.rules(c.Context, shards, pk)
	if err != nil {
		return lasting(err)
	}
	defer func() { _ = res.Close() }() // temporary files
	return finished(c, out.write(c.Context, res, started))
}

// agrees reports whether a shard can be merged with the first one by this program, rules and hosts.
func agrees(s, first *shard.Shard, version, pack, hostMap string) error {
	m := s.Manifest
	switch {
	case m.Version != version:
		return fmt.Errorf("%s: hunt %s wrote this shard, and this is hunt %s; scan the input again", s.Path,
			m.Version, version)
	case m.Build != commit():
		return fmt.Errorf("%s: another build of hunt %s (%s) wrote this shard, and this is build %s; scan the "+
			"input again", s.Path, m.Version, m.Build, commit())
	case m.RulePack != pack:
		return fmt.Errorf("%s: this shard was scanned with other rules or tuning; give merge the same --rules, "+
			"--tuning and --no-default-… as scan, or scan again", s.Path)
	case m.HostMap != hostMap:
		return fmt.Errorf("%s: this shard was scanned with another --merge-hosts; give merge the same file, or "+
			"scan again", s.Path)
	case !sameRun(m, first.Manifest):
		return fmt.Errorf("%s: this shard was scanned with other options (%q) than %s (%q); scan one of them again",
			s.Path, m.Options, first.Path, first.Manifest.Options)
	}
	return nil
}

// distinct takes one of several shards of the same input, as a retry on another machine leaves them. Shards of one
// name and different evidence are an error.
func distinct(all timeline.Batch) (timeline.Batch, error) {
	slices.SortStableFunc(all, func(a, b *shard.Shard) int {
		return cmp.Or(strings.Compare(a.Manifest.Name, b.Manifest.Name),
			strings.Compare(a.Manifest.Checksum, b.Manifest.Checksum))
	})
	out := all[:0]
	for _, s := range all {
		if n := len(out); n > 0 && out[n-1].Manifest.Name == s.Manifest.Name {
			if last := out[n-1]; last.Manifest.Content != s.Manifest.Content && sameRun(last.Manifest, s.Manifest) {
				return nil, fmt.Errorf("%s and %s are shards of one input, %q, and of different evidence: give "+
					"each input its own display name, or remove one of them",
					last.Path, s.Path, s.Manifest.Name)
			}
			if sameRun(out[n-1].Manifest, s.Manifest) {
				continue
			}
		}
		out = append(out, s)
	}
	return out, nil
}

// finished ends a command that wrote a report.
func finished(c *cli.Context, err error) error {
	if e := (*exitError)(nil); errors.As(err, &e) && e.code == exitIncomplete && e.err == nil {
		return incomplete(c)
	}
	return lasting(err)
}

// openShards opens the shards in the given directories, or those that are named themselves, each once.
func openShards(paths []string) (timeline.Batch, error) {
	var out timeline.Batch
	seen := map[string]bool{}
	for _, p := range paths {
		names := []string{p}
		info, err := os.Stat(p)
		if err != nil {
			return nil, fmt.Errorf("%s: no such file or directory", p)
		}
		if info.IsDir() {
			entries, err := os.ReadDir(p)
			if err != nil {
				return nil, err
			}
			names = nil
			for _, e := range entries {
				if strings.HasSuffix(e.Name(), shardEnding) {
					names = append(names, filepath.Join(p, e.Name()))
				}
			}
			if len(names) == 0 {
				return nil, fmt.Errorf("%s: the directory contains no shards (*%s); 'hunt scan --out %s' writes them",
					p, shardEnding, p)
			}
		}
		for _, n := range names {
			abs, err := filepath.Abs(n)
			if err != nil {
				return nil, err
			}
			if seen[abs] {
				continue
			}
			seen[abs] = true
			s, err := shard.Open(n)
			if err != nil {
				return nil, err
			}
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("no shards given; try: hunt merge DIR --report out.html")
	}
	return distinct(out)
}
