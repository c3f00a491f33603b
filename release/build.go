package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// source is the commit that is released.
type source struct {
	repo    string
	version string // "0.2.0"
	commit  string
	time    time.Time // of the commit
}

// program is hunt, built for a target.
type program struct {
	target
	file string // on disk
	info *buildinfo.BuildInfo
}

// name is that of the program's file within packages.
func (p program) name() string {
	if p.os == "windows" {
		return "hunt.exe"
	}
	return "hunt"
}

// release builds everything into o.out and returns the names of the files there.
func release(ctx context.Context, o options) ([]string, error) {
	work, err := os.MkdirTemp("", "hunt-release-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	src, err := sourceOf(ctx, o.repo)
	if err != nil {
		return nil, err
	}
	texts, err := textsOf(ctx, &src, work)
	if err != nil {
		return nil, err
	}
	licences, err := newLicences(ctx, src.repo)
	if err != nil {
		return nil, err
	}
	var files []string
	var programs []program
	for _, t := range o.targets {
		p, err := build(ctx, src, t, work)
		if err != nil {
			return nil, err
		}
		programs = append(programs, p)
		made, err := packages(src, p, texts, licences, o.out)
		if err != nil {
			return nil, err
		}
		files = append(files, made...)
	}
	bom := fmt.Sprintf("hunt-%s.cdx.json", src.version)
	if err := writeBOM(filepath.Join(o.out, bom), src, programs, licences); err != nil {
		return nil, err
	}
	sums, err := writeSums(o, src, append(files, bom))
	return append(append(files, bom), sums...), err
}

// sourceOf describes the commit that is checked out. Uncommitted changes are an error: nobody could build them again.
func sourceOf(ctx context.Context, repo string) (source, error) {
	src := source{repo: repo}
	changes, err := output(ctx, repo, nil, "git", "status", "--porcelain")
	if err != nil {
		return src, err
	}
	if changes != "" {
		return src, fmt.Errorf("%s has changes that are not committed; commit them or release from a fresh clone:\n%s",
			repo, changes)
	}
	line, err := output(ctx, repo, nil, "git", "log", "-1", "--format=%H %ct")
	if err != nil {
		return src, err
	}
	commit, seconds, _ := strings.Cut(line, " ")
	n, err := strconv.ParseInt(seconds, 10, 64)
	src.commit, src.time = commit, time.Unix(n, 0).UTC()
	return src, err
}

// build compiles hunt for a target and checks that the program knows its commit.
func build(ctx context.Context, src source, t target, work string) (program, error) {
	p := program{target: t, file: filepath.Join(work, t.String())}
	env := []string{"CGO_ENABLED=0", "GOOS=" + t.os, "GOARCH=" + t.arch, "GOAMD64=v1", "GOARM64=v8.0", "GOEXPERIMENT=",
		"GOFLAGS=", "GOWORK=off"}
	if _, err := output(ctx, src.repo, env, "go", "build", "-trimpath", "-buildvcs=true", "-ldflags=-s -w -buildid=",
		"-o", p.file, "./cmd/hunt"); err != nil {
		return p, err
	}
	info, err := buildinfo.ReadFile(p.file)
	if err != nil {
		return p, err
	}
	p.info = info
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && s.Value == src.commit {
			return p, nil
		}
	}
	return p, errors.New("the program does not know its commit: release from a clone of the repository (git " +
		"clone), not from a linked work tree")
}

// texts are files that packages hold beside the program.
type texts map[string][]byte // by name: "hunt.1", "completions/hunt.bash"

// textsOf has the program of this machine write its manual and completions, and learns its version.
func textsOf(ctx context.Context, src *source, work string) (texts, error) {
	host, err := build(ctx, *src, target{runtime.GOOS, runtime.GOARCH}, work)
	if err != nil {
		return nil, err
	}
	line, err := output(ctx, work, nil, host.file, "version", "--json")
	if err != nil {
		return nil, err
	}
	var v struct{ Version string }
	if err := json.Unmarshal([]byte(line), &v); err != nil {
		return nil, err
	}
	src.version = v.Version
	out := texts{}
	for name, args := range map[string][]string{
		"hunt.1": {"man"}, "completions/hunt.bash": {"completion", "bash"}, "completions/_hunt": {"completion", "zsh"},
		"completions/hunt.fish": {"completion", "fish"}, "completions/hunt.ps1": {"completion", "powershell"},
	} {
		text, err := output(ctx, work, nil, host.file, args...)
		if err != nil {
			return nil, err
		}
		out[name] = []byte(text + "\n")
	}
	for _, name := range []string{"README.md", "LICENSE", "CHANGELOG.md"} {
		if out[name], err = os.ReadFile(filepath.Join(src.repo, name)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// output runs a command in dir and returns what it prints, without the last line break.
func output(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	c := exec.CommandContext(ctx, name, args...)
	var stdout, stderr bytes.Buffer
	c.Dir, c.Stdout, c.Stderr = dir, &stdout, &stderr
	c.Env = append(os.Environ(), env...)
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimRight(stdout.String(), "\n"), nil
}
