package flag

import (
	"fmt"
	"os"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/heap"
	"hunt/output"
	"hunt/timeline/spill"
)

// MaxMemoryOf reads --max-memory, and makes the garbage collector stay below it, less what the program itself and its
// stacks take outside the heap.
func MaxMemoryOf(c *cli.Context) (spill.Budget, error) {
	n, err := spill.ParseSize(c.String("max-memory"))
	if err != nil {
		return 0, exit.Usagef("--max-memory: %v", err)
	}
	heap.Keep(n)
	return spill.Budget(n), nil
}

// TempDirOf reads --temp-dir, and checks that temporary files can be made there, before an hour of work depends on it.
func TempDirOf(c *cli.Context) (string, error) {
	dir := c.String("temp-dir")
	if dir == "" {
		return "", nil
	}
	f, err := os.CreateTemp(dir, "hunt-*.tmp")
	if err != nil {
		return "", exit.With(exit.Failed, fmt.Errorf("--temp-dir %w", output.Unusable(dir, err)))
	}
	_ = f.Close()
	return dir, os.Remove(f.Name())
}

// defaultReportLimit is the default of --report-limit.
const defaultReportLimit = "64MiB"

// minReportLimit is the size of the parts of a report that are never cut.
const minReportLimit = 1 << 20

// ReportLimitOf reads --report-limit: 0 for the default, so that a report does not depend on its being typed.
func ReportLimitOf(c *cli.Context) (int64, error) {
	text := c.String("report-limit")
	if text == "" || text == defaultReportLimit {
		return 0, nil
	}
	n, err := spill.ParseSize(text)
	if err != nil || n < minReportLimit {
		return 0, exit.Usagef("--report-limit: invalid size %q: use 1MiB or more, such as %s", text, defaultReportLimit)
	}
	if n == 64<<20 {
		n = 0
	}
	return n, nil
}
