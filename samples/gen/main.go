// Gen writes the sample logs and their expectations, byte for byte the same on
// each run:
//
//	go generate ./samples
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"hunt/samples"
)

func main() {
	out := flag.String("out", ".", "the samples directory")
	flag.Parse()
	if err := run(*out); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
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
		developer, manyHosts, cleared, hostile,
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
