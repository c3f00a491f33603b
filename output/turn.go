package output

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const (
	// maxTurn bounds the wait for other runs, which hold a directory for a few renames.
	maxTurn  = 30 * time.Second
	turnPoll = 5 * time.Millisecond
)

// takeTurn waits until no other run renames files in the directories of the outputs, so that what
// stays is all of one run. release lets the next run in. Where directories cannot be locked it does
// not wait, and the outputs of two runs may mix. Its error is that of ctx.
func (s *Set) takeTurn(ctx context.Context, files []*File) (release func(), err error) {
	var held []*os.File
	release = func() {
		for _, d := range held {
			_ = d.Close()
		}
	}
	bounded, cancel := context.WithTimeout(ctx, maxTurn)
	defer cancel()
	for _, dir := range directories(files) {
		d, err := openDir(dir)
		if err != nil || d == nil {
			continue
		}
		held = append(held, d)
		switch locked := waitForLock(bounded, d); {
		case ctx.Err() != nil:
			release()
			return nil, ctx.Err()
		case !locked:
			s.warn("%s: another program has locked this directory for %v; if it is hunt, the outputs of the two "+
				"runs may mix", short(dir), maxTurn)
		}
	}
	return release, nil
}

// waitForLock locks d once nobody else does, and reports whether it could before ctx is done.
func waitForLock(ctx context.Context, d *os.File) bool {
	for errors.Is(lockFile(d), errLocked) {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(turnPoll):
		}
	}
	return true
}

// directories returns those in which files are to be renamed, in an order that is the same for all
// runs. A single file needs no turn: there is nothing that it could be torn from.
func directories(files []*File) []string {
	var complete []*File
	for _, f := range files {
		if f.temp != nil {
			complete = append(complete, f)
		}
	}
	if len(complete) < 2 {
		return nil
	}
	var dirs []string
	var seen []os.FileInfo
	for _, f := range complete {
		if slices.ContainsFunc(seen, func(d os.FileInfo) bool { return os.SameFile(d, f.dir) }) {
			continue // by another name perhaps: a run would wait for itself
		}
		seen = append(seen, f.dir)
		dir := filepath.Dir(f.path)
		if abs, err := filepath.Abs(dir); err == nil {
			dir = abs
		}
		dirs = append(dirs, dir)
	}
	slices.Sort(dirs)
	return dirs
}
