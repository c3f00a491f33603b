package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/flag"
	"hunt/output"
)

// checksums are the files with the hashes of outputs, next to these; without --checksum there are
// none.
type checksums struct {
	wanted bool
	of     []*output.File
	files  []*output.File
}

func checksumsOf(c *cli.Context) *checksums { return &checksums{wanted: c.Bool("checksum")} }

// add adds an output to the set and, if wanted, its checksum.
func (s *checksums) add(set *output.Set, name string, o output.Options) (*output.File, error) {
	o.Sum = s.wanted
	f, err := set.Add(name, o)
	if err != nil {
		return nil, exit.With(exit.Failed, err)
	}
	if !s.wanted {
		return f, nil
	}
	if f.InPlace() || o.Dir {
		return nil, exit.Usagef("--checksum: %s is not a regular file, so hunt cannot write a checksum next to it; "+
			"leave out --checksum, or write to a file", name)
	}
	sum, err := set.Add(name+flag.ChecksumEnding, output.Options{})
	if err != nil {
		return nil, exit.With(exit.Failed, err)
	}
	s.of, s.files = append(s.of, f), append(s.files, sum)
	return f, nil
}

// write writes the checksums of the outputs, which are complete by now; Commit returns the errors.
func (s *checksums) write(ctx context.Context) { output.WriteChecksums(ctx, s.of, s.files) }
