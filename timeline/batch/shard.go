package batch

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hunt/timeline"
	"hunt/timeline/evidence"
	"hunt/timeline/shard"
)

// ShardEnding is the ending of a shard's name.
const ShardEnding = ".shard"

// ShardName returns the name of an input's shard, made from its place: readable, and different for different
// inputs.
func ShardName(in evidence.Input) string {
	sum := sha256.Sum256([]byte(in.Place))
	label := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, in.Place)
	return label[:min(len(label), 60)] + "-" + hex.EncodeToString(sum[:6]) + ShardEnding
}

// OpenShards opens the shards in the given directories, and the given shard files, without duplicates.
func OpenShards(paths []string) (timeline.Batch, error) {
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
				if strings.HasSuffix(e.Name(), ShardEnding) {
					names = append(names, filepath.Join(p, e.Name()))
				}
			}
			if len(names) == 0 {
				return nil, fmt.Errorf("%s: the directory contains no shards (*%s); 'hunt scan --out %s' writes them",
					p, ShardEnding, p)
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

// distinct keeps one of several shards of the same input, which a retry on another machine leaves behind. Shards
// of one name with different evidence are an error.
func distinct(all timeline.Batch) (timeline.Batch, error) {
	slices.SortStableFunc(all, func(a, b *shard.Shard) int {
		return cmp.Or(strings.Compare(a.Manifest.Name, b.Manifest.Name),
			strings.Compare(a.Manifest.Checksum, b.Manifest.Checksum))
	})
	out := all[:0]
	for _, s := range all {
		if n := len(out); n > 0 && out[n-1].Manifest.Name == s.Manifest.Name {
			if last := out[n-1]; last.Manifest.Content != s.Manifest.Content && SameRun(last.Manifest, s.Manifest) {
				return nil, fmt.Errorf("%s and %s are shards of one input, %q, and of different evidence: give "+
					"each input its own display name, or remove one of them",
					last.Path, s.Path, s.Manifest.Name)
			}
			if SameRun(out[n-1].Manifest, s.Manifest) {
				continue
			}
		}
		out = append(out, s)
	}
	return out, nil
}

// SameRun reports whether two shards can be of one batch.
func SameRun(a, b shard.Manifest) bool {
	return a.Version == b.Version && a.Build == b.Build && a.RulePack == b.RulePack && a.Options == b.Options &&
		a.HostMap == b.HostMap
}

// Missing returns the places of the inputs in a list that have no shard.
func Missing(inputs []evidence.Input, shards timeline.Batch) []string {
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
	return missing
}
