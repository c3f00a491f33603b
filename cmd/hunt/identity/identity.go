// Package identity says which build of hunt a program is: its version, the commit of its sources, its toolchain.
package identity

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"hunt"
	"hunt/rules/pack"
)

// Version is the version of hunt; CHANGELOG.md has an entry for each.
const Version = "0.2.0"

// Info says from which sources and with which toolchain a program was built.
type Info struct {
	Version  string `json:"version"`
	Commit   string `json:"commit"` // of git, or "unknown"
	Dirty    bool   `json:"dirty"`  // the sources held changes that no commit has
	Build    string `json:"build"`  // what shards are told apart by
	Go       string `json:"go"`
	Platform string `json:"platform"`  // os/arch
	RulePack string `json:"rule_pack"` // SHA-256 of the built-in rules and tuning
}

// Of reads the identity from what the linker recorded.
func Of() (Info, error) {
	pk, err := pack.Load(pack.Sources{NoBuiltInCases: true})
	if err != nil {
		return Info{}, err
	}
	b := Info{Version: Version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		RulePack: pk.Hash}
	b.Commit, b.Dirty = Sources()
	b.Build = build(b.Commit, b.Dirty)
	return b, nil
}

// Sources reads from what the linker recorded which commit the program was made of, and whether with changes.
func Sources() (commit string, dirty bool) {
	commit = unknown
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

// Build tells builds of one version apart: by the commit or, if the sources are not those of a commit, by what is
// known of it and the hash of the sources. It is the same on all platforms.
func Build() string { return build(Sources()) }

func build(commit string, dirty bool) string {
	if commit != unknown && !dirty {
		return commit
	}
	if dirty {
		commit += "+changes"
	}
	sum, err := hunt.SourceHash()
	if err != nil { // the program holds these files
		panic(err)
	}
	return commit + "+sources:" + sum[:shownHash]
}

// unknown is the commit of a program that was made outside git.
const unknown = "unknown"

// shownHash is how many digits of the source hash identify a build.
const shownHash = 16

// JSON writes what hunt version --json prints.
func (b Info) JSON(to io.Writer) error {
	enc := json.NewEncoder(to)
	enc.SetIndent("", "  ")
	return enc.Encode(b)
}

func (b Info) String() string {
	commit := "commit " + b.Commit
	if b.Dirty {
		commit += " with uncommitted changes"
	}
	if b.Build != b.Commit {
		commit += ", build " + b.Build
	}
	return fmt.Sprintf("hunt %s (%s)\nbuilt with %s for %s\nbuilt-in rules %s\n", b.Version, commit, b.Go, b.Platform,
		b.RulePack)
}
