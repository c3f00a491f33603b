package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"hunt/samples/gen/truth"
)

// checkCommand is gen check.
func checkCommand(args []string) error {
	f := flag.NewFlagSet("check", flag.ContinueOnError)
	name := f.String("truth", truth.FileName, "what was planted")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return errors.New("check --truth truth.json report.json")
	}
	t, err := truth.Load(*name)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(f.Arg(0))
	if err != nil {
		return err
	}
	wrong, summary, err := t.Check(b)
	if err != nil {
		return fmt.Errorf("%s: %w", f.Arg(0), err)
	}
	for i, w := range wrong {
		if i == 50 {
			fmt.Printf("and %d more\n", len(wrong)-i)
			break
		}
		fmt.Println(w)
	}
	fmt.Println(summary)
	if len(wrong) > 0 {
		return fmt.Errorf("%d things are not as they were planted", len(wrong))
	}
	return nil
}
