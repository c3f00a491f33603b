package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/flag"
	"hunt/cmd/hunt/identity"
	"hunt/config"
	"hunt/evtx"
	"hunt/report"
	"hunt/report/build"
	"hunt/rules/pack"
)

// buildOptions say which build of hunt makes a report.
func buildOptions() build.Options {
	o := build.Options{Version: version()}
	o.Commit, o.Dirty = identity.Sources()
	return o
}

// runOf takes down the options that shape a result, so that it can be made again.
func runOf(c *cli.Context, run *runner) (report.Run, error) {
	out := report.Run{Hosts: run.opts.Filter.Hosts, From: given(run.opts.Filter.From), To: given(run.opts.Filter.To),
		Carved: run.opts.Carved, Strict: run.opts.Strict,
		NoDefaultRules: c.Bool("no-default-rules"), NoDefaultTuning: c.Bool("no-default-tuning"),
		Rules: baseNames(c.StringSlice("rules")), Tuning: baseNames(c.StringSlice("tuning")),
		RulesStatus: c.StringSlice("rules-status"), RulesLevel: c.String("rules-level"),
		RulesTag: c.StringSlice("rules-tag"), TimeZone: c.String("tz")}
	var err error
	if out.ReportLimit, err = flag.ReportLimitOf(c); err != nil {
		return out, err
	}
	for _, option := range []string{report.OptionCase, report.OptionMergeHosts, report.OptionPlaceholders,
		report.OptionPrevious} {
		f, err := runFile(option, c.String(option))
		if err != nil {
			return out, err
		}
		out.Files = append(out.Files, f...)
	}
	return out, nil
}

// maxHelper bounds a file that is hashed here, in bytes; its reader has a lower bound.
const maxHelper = 64 << 20

// runFile describes the file of an option, if it was given.
func runFile(option, name string) ([]report.RunFile, error) {
	if name == "" {
		return nil, nil
	}
	sum := ""
	if name != "-" { // standard input cannot be read twice
		b, err := config.Read(name, maxHelper)
		if err != nil {
			return nil, exit.With(exit.Failed, fmt.Errorf("--%s %w", option, err))
		}
		hash := sha256.Sum256(b)
		sum = hex.EncodeToString(hash[:])
	}
	return []report.RunFile{{Option: option, Name: pack.BaseName(name), SHA256: sum}}, nil
}

// given returns a bound of the filter, nil for none.
func given(t evtx.Filetime) report.Time {
	if t == 0 {
		return nil
	}
	return &t
}

func baseNames(paths []string) []string {
	var out []string
	for _, p := range paths {
		out = append(out, cmp.Or(pack.BaseName(p), "."))
	}
	return out
}
