package timeline_test

import (
	"context"
	"fmt"

	"hunt/evtx"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
)

// counter counts the events that one worker is shown.
type counter struct{ n int }

func (c *counter) Visit(*ecs.Event, evtx.Filetime) { c.n++ }

// A scan of a directory tells its hosts and counts its events.
func ExampleScan() {
	ctx := context.Background()
	col, err := evidence.Collect(ctx, evidence.Inputs("../samples/cleared"), evidence.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer col.Close()
	seen := &counter{}
	c, err := timeline.Scan(ctx, col, timeline.ScanOptions{Jobs: 1}, func() timeline.Visitor { return seen })
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, h := range c.Hosts.All {
		fmt.Println(h.ID, seen.n == c.Records.Read)
	}
	// Output:
	// ws-fin-19.corp.example true
}
