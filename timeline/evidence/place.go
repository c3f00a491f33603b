package evidence

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// shown returns what precedes the paths of a named input, "" for others.
func (in *Input) shown() string {
	if in.Name == "" {
		return ""
	}
	return clean(strings.ReplaceAll(in.Name, "!/", "_")) // "!/" would read as an archive
}

// Placed returns inputs with their places, by which a report, a shard and a retry on another machine identify
// them: the display name, or else the name of the folder; for a single file, the name of its folder and its own.
// Folders of the same name are numbered, in the order of the inputs, so a list must be placed as a whole before
// it is cut into parts.
func Placed(inputs []Input) []Input {
	out := slices.Clone(inputs)
	owner := map[string]string{} // place -> full path
	for i := range out {
		in := &out[i]
		if in.Place != "" {
			continue
		}
		if in.Name != "" {
			in.Place = in.shown()
			owner[in.Place] = fullPath(in.Path)
		}
	}
	for i := range out {
		in := &out[i]
		if in.Place != "" {
			continue
		}
		folder, file := fullPath(in.Path), ""
		if !isFolder(in.Path) {
			folder, file = filepath.ToSlash(filepath.Dir(filepath.FromSlash(folder))), "/"+clean(filepath.Base(folder))
		}
		base := clean(cmp.Or(strings.Trim(filepath.Base(folder), `/\.`), "evidence"))
		place := base
		for n := 2; owner[place] != "" && owner[place] != folder; n++ {
			place = fmt.Sprintf("%s (%d)", base, n)
		}
		owner[place] = folder
		in.Place = place + file
	}
	return out
}

// fullPath returns a path from the root of this machine's files, with forward slashes and links resolved.
func fullPath(name string) string {
	if abs, err := filepath.Abs(name); err == nil {
		name = abs
	}
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	return filepath.ToSlash(name)
}

// resolved returns a path from the root of this machine's file system with all links resolved, including those in
// the path of the working directory.
func resolved(name string) (string, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}

// isFolder reports whether a path leads to a directory.
func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}
