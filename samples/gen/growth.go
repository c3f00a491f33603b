package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	"hunt/samples/growth"
)

// growthCommand writes the logs of one kind of growth.
func growthCommand(args []string) error {
	kinds := growth.Kinds()
	names := make([]string, 0, len(kinds))
	for _, k := range kinds {
		names = append(names, k.Name)
	}
	flags := flag.NewFlagSet("growth", flag.ContinueOnError)
	kind := flags.String("kind", "downloads", "what grows: "+strings.Join(names, ", "))
	n := flags.Int("n", 1000, "how many there are")
	out := flags.String("out", "", "directory to write to")
	if err := flags.Parse(args); err != nil {
		return err
	}
	for _, k := range kinds {
		if k.Name == *kind {
			if err := os.MkdirAll(*out, 0o755); err != nil { // #nosec G301 -- sample logs
				return err
			}
			return k.Write(*out, *n)
		}
	}
	return fmt.Errorf("no kind of growth is named %q: use one of %s", *kind, strings.Join(names, ", "))
}
