package coverage_test

import (
	"context"
	"fmt"

	"hunt/evtx"
	"hunt/timeline"
	"hunt/timeline/coverage"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
)

type nobody struct{}

func (nobody) Visit(*ecs.Event, evtx.Filetime) {}

// Two logs of this host were cleared: what they held before is a gap.
func Example() {
	ctx := context.Background()
	col, err := evidence.Collect(ctx, evidence.Inputs("../../samples/cleared"), evidence.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer col.Close()
	c, err := timeline.Scan(ctx, col, timeline.ScanOptions{Jobs: 1}, func() timeline.Visitor { return nobody{} })
	if err != nil {
		fmt.Println(err)
		return
	}
	cov := c.Coverage(c.Hosts.All[0], ledger.Period{})
	for _, g := range cov.Gaps {
		if g.Kind == coverage.GapCleared {
			fmt.Println(g.Channel, "until", g.To.Time().Format("2006-01-02"))
		}
	}
	// Output:
	// Security until 2026-03-12
	// System until 2026-03-12
}
