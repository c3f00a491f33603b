package ledger_test

import (
	"fmt"

	"hunt/timeline/ecs"
	"hunt/timeline/ledger"
)

// Two workers met logons of one machine; the ledger has the sum.
func ExampleLedger() {
	logons := ecs.NewSchema().Class("Security", "Microsoft-Windows-Security-Auditing", 4624)
	worker := func(n int) *ledger.Gathered {
		return &ledger.Gathered{Facts: []*ledger.ClassCount{
			{ClassKey: ledger.ClassKey{Class: logons, Computer: "WS1"}, Count: n, Past: &ledger.History{}},
		}}
	}
	l := ledger.New(0, nil, nil)
	l.Take(worker(40))
	l.Take(worker(2))
	for _, f := range l.Facts {
		fmt.Println(f.Computer, f.Class.EventID, f.Count)
	}
	// Output: WS1 4624 42
}
