package batch

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hunt/timeline/shard"
)

// matchEnding is the ending of the name of a match file.
const matchEnding = ".match"

// MatchName returns the name of the file with what the match of a group found.
func MatchName(group Part) string {
	return fmt.Sprintf("match-%d-of-%d%s", group.Number, group.Count, matchEnding)
}

// Paths separates shards from match files, in directories and among files.
func Paths(paths []string) (shards, matches []string, err error) {
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
			case strings.HasSuffix(e.Name(), ShardEnding):
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
				"found (*%s)", p, ShardEnding, matchEnding)
		}
	}
	switch {
	case len(shards) == 0:
		return nil, nil, fmt.Errorf("no shards (*%s) given; add the directory that 'hunt scan' wrote to", ShardEnding)
	case len(matches) == 0:
		return nil, nil, fmt.Errorf("nothing that 'hunt match' found (*%s) given; add the directory that it wrote to",
			matchEnding)
	}
	return shards, matches, nil
}

// OpenMatches opens the match files of a plan: those of all groups, in order, without
// duplicates.
func (w Making) OpenMatches(paths []string, plan *shard.Bundle) ([]*shard.Bundle, error) {
	var all []*shard.Bundle
	for _, p := range paths {
		b, err := shard.OpenMatch(p)
		if err != nil {
			return nil, err
		}
		if err := w.bundle(b, plan.Manifest.Options); err != nil {
			return nil, err
		}
		if b.Manifest.Plan != plan.Manifest.Checksum {
			return nil, fmt.Errorf("%s: it belongs to another plan than %s; run 'hunt match' again, or leave "+
				"it out", b.Path, plan.Path)
		}
		if m := b.Manifest; m.Group < 0 || m.Group >= m.Groups {
			return nil, fmt.Errorf("%s: there is no group %d of %d; run 'hunt match' again, or leave it out", b.Path,
				m.Group, m.Groups)
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
			return nil, fmt.Errorf("%s was matched in %d groups, and %s in %d: leave one of them out", all[0].Path,
				all[0].Manifest.Groups, b.Path, b.Manifest.Groups)
		case b.Manifest.Group == n:
			out = append(out, b)
		case b.Manifest.Group > n:
			return nil, fmt.Errorf("group %d of %d is missing: run 'hunt match --group %d/%d'", n, b.Manifest.Groups, n,
				b.Manifest.Groups)
		case b.Manifest.Checksum != out[n-1].Manifest.Checksum:
			m := b.Manifest
			return nil, fmt.Errorf("%s and %s are both for group %d of %d, and differ: run 'hunt match --group %d/%d' "+
				"again, and leave the others out", out[n-1].Path, b.Path, m.Group, m.Groups, m.Group, m.Groups)
		}
	}
	if n := len(out); n < all[0].Manifest.Groups {
		return nil, fmt.Errorf("group %d of %d is missing: run 'hunt match --group %d/%d'", n, all[0].Manifest.Groups,
			n, all[0].Manifest.Groups)
	}
	return out, nil
}
