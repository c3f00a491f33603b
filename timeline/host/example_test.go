package host_test

import (
	"context"
	"fmt"

	"hunt/evtx"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
)

type nobody struct{}

func (nobody) Visit(*ecs.Event, evtx.Filetime) {}

// The processes of a host, with their parents.
func Example() {
	ctx := context.Background()
	col, err := evidence.Collect(ctx, evidence.Inputs("../../samples/scenario-3-wscript-vbs"), evidence.Options{})
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
	for _, h := range c.Hosts.All {
		for _, p := range h.Processes() {
			if p.Name() == "wscript.exe" && p.Parent != nil {
				fmt.Println(p.Name(), "was started by", p.Parent.Name())
			}
		}
	}
	// Output:
	// wscript.exe was started by firefox.exe
	// wscript.exe was started by explorer.exe
}
