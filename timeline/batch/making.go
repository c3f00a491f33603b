// Package batch says which files make up a batch: the list of its inputs and the part of one task, the shards,
// plans and matches that belong together, and which faults are worth a retry.
package batch

import (
	"encoding/hex"
	"errors"
	"fmt"

	"hunt/timeline"
	"hunt/timeline/host"
	"hunt/timeline/shard"
)

// Making says what made the files of a batch. It must be the same for all of them.
type Making struct {
	Version, Build string // of hunt
	RulePack       string // hash of rules and tuning
	HostMap        string // hash of the file that says which names are one host, "" for none
}

// HostMap returns the hash of the --merge-hosts file, "" if there is none.
func HostMap(m *host.Map) string {
	if m == nil {
		return ""
	}
	return hex.EncodeToString(m.Sum[:])
}

// Agree returns an error if shards cannot be merged with each other, judged by what made them.
func (w Making) Agree(shards timeline.Batch) error {
	for _, s := range shards {
		if err := w.agrees(s, shards[0]); err != nil {
			return err
		}
	}
	return nil
}

// Planned returns an error if shards are not those of a plan, or if plan or shards were made by something else.
func (w Making) Planned(shards timeline.Batch, plan *shard.Bundle) error {
	if err := w.Agree(shards); err != nil {
		return err
	}
	if err := w.bundle(plan, shards[0].Manifest.Options); err != nil {
		return err
	}
	return plan.Manifest.Holds(plan.Path, shards)
}

// Manifest returns the manifest with which to begin a plan or a match over shards with these options.
func (w Making) Manifest(options string) *shard.BundleManifest {
	return &shard.BundleManifest{Version: w.Version, Build: w.Build, RulePack: w.RulePack, HostMap: w.HostMap,
		Options: options}
}

// agrees returns an error if a shard cannot be merged with the first one.
func (w Making) agrees(s, first *shard.Shard) error {
	m := s.Manifest
	switch {
	case m.Version != w.Version:
		return fmt.Errorf("%s: hunt %s wrote this shard, and this is hunt %s; scan the input again", s.Path,
			m.Version, w.Version)
	case m.Build != w.Build:
		return fmt.Errorf("%s: another build of hunt %s (%s) wrote this shard, and this is build %s; scan the "+
			"input again", s.Path, m.Version, m.Build, w.Build)
	case m.RulePack != w.RulePack:
		return fmt.Errorf("%s: this shard was scanned with other rules or tuning; give merge the same --rules, "+
			"--tuning and --no-default-… as scan, or scan again", s.Path)
	case m.HostMap != w.HostMap:
		return fmt.Errorf("%s: this shard was scanned with another --merge-hosts; give merge the same file, or "+
			"scan again", s.Path)
	case !SameRun(m, first.Manifest):
		return fmt.Errorf("%s: this shard was scanned with other options (%q) than %s (%q); scan one of them again",
			s.Path, m.Options, first.Path, first.Manifest.Options)
	}
	return nil
}

// bundle returns an error if a plan or match was made by something else, or belongs to shards with other options.
func (w Making) bundle(b *shard.Bundle, options string) error {
	m := b.Manifest
	var text string
	switch {
	case m.Version != w.Version || m.Build != w.Build:
		text = "another build of hunt wrote it (" + m.Version + ", " + m.Build + "), and this is " + w.Version +
			", " + w.Build
	case m.RulePack != w.RulePack:
		text = "it was made with other rules or tuning"
	case m.HostMap != w.HostMap:
		text = "it was made with another --merge-hosts"
	case m.Options != options:
		text = "it was made of shards with other options"
	default:
		return nil
	}
	return errors.New(b.Path + ": " + text + "; run that step of the batch again")
}
