package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"

	"hunt/rules/pack"
)

// release is the version of hunt; CHANGELOG.md has an entry for each.
const release = "0.2.0"

func version() string { return release }

// buildInfo says which sources and which toolchain a program was made of.
type buildInfo struct {
	Version  string `json:"version"`
	Commit   string `json:"commit"` // of git, or "unknown"
	Dirty    bool   `json:"dirty"`  // the sources held changes that no commit has
	Go       string `json:"go"`
	Platform string `json:"platform"`  // os/arch
	RulePack string `json:"rule_pack"` // SHA-256 of the built-in rules and tuning
}

// buildOf reads the build from what the linker recorded.
func buildOf() (buildInfo, error) {
	pk, err := pack.Load(pack.Sources{NoBuiltInCases: true})
	if err != nil {
		return buildInfo{}, err
	}
	b := buildInfo{Version: version(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		RulePack: pk.Hash}
	b.Commit, b.Dirty = sources()
	return b, nil
}

// sources reads from what the linker recorded which commit the program was made of, and whether with changes.
func sources() (commit string, dirty bool) {
	commit = "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				commit = s.Value
			case "vcs.modified":
				dirty = s.Value == "true"
			}
		}
	}
	return commit, dirty
}

// commit tells builds of one version apart.
func commit() string {
	commit, dirty := sources()
	if dirty {
		commit += "+changes"
	}
	return commit
}

func (b buildInfo) String() string {
	commit := "commit " + b.Commit
	if b.Dirty {
		commit += " with uncommitted changes"
	}
	return fmt.Sprintf("hunt %s (%s)\nbuilt with %s for %s\nbuilt-in rules %s\n", b.Version, commit, b.Go, b.Platform,
		b.RulePack)
}

func versionCommand() *cli.Command {
	return &cli.Command{
		Name: "version", Usage: "print the version, the commit, the platform and the hash of the built-in rules",
		Flags:  []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "print it as JSON"}},
		Action: printVersion,
	}
}

func printVersion(c *cli.Context) error {
	b, err := buildOf()
	if err != nil {
		return err
	}
	if c.Bool("json") {
		e := json.NewEncoder(c.App.Writer)
		e.SetIndent("", "  ")
		return e.Encode(b)
	}
	_, err = fmt.Fprint(c.App.Writer, b)
	return err
}

// mainAction is hunt without a command: the main job, or with --version what 'hunt version' does.
func mainAction(c *cli.Context) error {
	if c.Bool("version") {
		return printVersion(c)
	}
	return reportAction(c)
}
