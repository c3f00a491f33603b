// Command release builds what a release of hunt consists of: for each platform an archive with the program, its manual,
// completions and all licences; Debian packages; a bill of materials; and the checksums of all of it.
//
//	go -C release run . -out ../dist
//
// The same commit gives the same bytes on any machine with the same version of Go: paths are trimmed, times are the
// commit's, and archives list their members in one order. It refuses to build sources that no commit has.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
)

// options are the command line.
type options struct {
	repo    string   // a clone of hunt
	out     string   // the directory to write; it must be empty or absent
	targets []target // to build for
	key     string   // of minisign, "" to leave SHA256SUMS unsigned
}

// target is a platform.
type target struct{ os, arch string }

func (t target) String() string { return t.os + "-" + t.arch }

var allTargets = []target{
	{"linux", "amd64"}, {"linux", "arm64"}, {"windows", "amd64"}, {"windows", "arm64"}, {"darwin", "amd64"},
	{"darwin", "arm64"},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	o := options{}
	flags.StringVar(&o.repo, "repo", "..", "clone of hunt")
	flags.StringVar(&o.out, "out", "../dist", "`directory` to write, empty or absent")
	flags.StringVar(&o.key, "key", "", "minisign secret key `file`; its password is read from $MINISIGN_PASSWORD")
	names := flags.String("targets", "", "build only for these, such as linux-amd64,windows-amd64")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var err error
	if o.targets, err = targetsOf(*names); err != nil {
		return err
	}
	if o.repo, err = filepath.Abs(o.repo); err != nil {
		return err
	}
	if err := emptyDir(o.out); err != nil {
		return err
	}
	files, err := release(ctx, o)
	if err != nil {
		return err
	}
	for _, f := range files {
		fmt.Println(filepath.Join(o.out, f))
	}
	return nil
}

func targetsOf(names string) ([]target, error) {
	if names == "" {
		return allTargets, nil
	}
	var out []target
	for name := range strings.SplitSeq(names, ",") {
		found := false
		for _, t := range allTargets {
			if t.String() == name {
				out, found = append(out, t), true
			}
		}
		if !found {
			return nil, fmt.Errorf("unknown target %q: use any of %v", name, allTargets)
		}
	}
	return out, nil
}

func emptyDir(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return os.MkdirAll(dir, 0o755)
	}
	if err == nil && len(entries) > 0 {
		err = fmt.Errorf("%s holds files already: remove them or name another directory with -out", dir)
	}
	return err
}
