// Gen writes the sample logs and their expectations, byte for byte the same on
// each run:
//
//	go generate ./samples
//
// It also writes the logs of whole fleets, with what was planted in them, and holds
// a report against that:
//
//	go run ./samples/gen fleet --hosts 50 --mb 20 --seed 1 --out /tmp/fleet
//	hunt --evtx /tmp/fleet/evidence --report /tmp/fleet.json
//	go run ./samples/gen check --truth /tmp/fleet/truth.json /tmp/fleet.json
//
// With --shapes, a fleet holds what intruders do today, each with a harmless twin, and the check allows no other
// finding of any rule. With --quiet, nothing happens but work.
//
// And it writes logs that hold n of one thing (package growth):
//
//	go run ./samples/gen growth --kind downloads --n 8000 --out /tmp/downloads
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"hunt/samples"
)

func main() {
	if err := command(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func command(args []string) error {
	if len(args) > 0 && args[0] == "fleet" {
		return fleetCommand(args[1:])
	}
	if len(args) > 0 && args[0] == "growth" {
		return growthCommand(args[1:])
	}
	if len(args) > 0 && args[0] == "intrusions" {
		return spreadCommand(args[1:])
	}
	if len(args) > 0 && args[0] == "check" {
		return checkCommand(args[1:])
	}
	f := flag.NewFlagSet("samples", flag.ContinueOnError)
	out := f.String("out", "", "the samples directory")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *out == "" || f.NArg() > 0 {
		return errors.New("say what to write: fleet, growth, intrusions or check with their options, " +
			"or --out DIR for the samples")
	}
	return run(*out)
}

func run(out string) error {
	t, err := generate()
	if err != nil {
		return err
	}
	for name, content := range t.files {
		name = filepath.Join(out, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil { // #nosec G301 -- published files
			return err
		}
		if err := os.WriteFile(name, content, 0o644); err != nil { // #nosec G306 -- published files
			return err
		}
	}
	return nil
}

// generate makes every sample in memory.
func generate() (*tree, error) {
	t := &tree{files: map[string][]byte{}, planted: map[string][]*event{}}
	t.expect.Rules = []string{ruleLiteral, ruleContent, ruleNetwork}
	for _, make := range []func(*tree) error{
		uriHandler, uriHandlerBenign, executableDrop, executableDropCopied, executableDropBenign,
		remoteScript, remoteScriptBenign, htmlApplication, htmlApplicationBenign, mountedImage, mountedImageBenign,
		developer, manyHosts, intrusion, cleared, hostile,
		dirty, badChecksum, tornTail, truncated, gaps, reused,
	} {
		if err := make(t); err != nil {
			return nil, err
		}
	}
	b, err := t.expect.Encode()
	if err != nil {
		return nil, err
	}
	t.files[samples.ExpectFile] = b
	return t, nil
}
