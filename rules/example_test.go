package rules_test

import (
	"context"
	"fmt"

	"hunt/rules"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/evidence"
)

func Example() {
	ctx := context.Background()
	shipped, err := pack.Load(pack.Sources{}) // the library and its tuning
	if err != nil {
		fmt.Println(err)
		return
	}
	logs, err := evidence.Collect(ctx, evidence.Inputs("../samples/scenario-1-uri-handler"), evidence.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := rules.Run(ctx, timeline.Of(logs), shipped, rules.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range result.Findings {
		if f.Status == pack.StatusFinding && f.Confidence == pack.High {
			fmt.Printf("%s: %s, %d events\n", f.Rule.Severity, f.Rule.Name, len(f.Evidence))
		}
	}
	// Output:
	// critical: Script host or LOLBin started by a browser carries a download cradle or hides itself, 1 events
	// high: Script host or LOLBin started by a browser makes a network connection, 2 events
	// high: Script host or LOLBin started by a browser starts another one, 2 events
	// high: Browser starts a LOLBin, then a script, download cradle or dropped file (literal rule), 2 events
}
