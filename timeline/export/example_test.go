package export_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"hunt/timeline"
	"hunt/timeline/evidence"
	"hunt/timeline/export"
	"hunt/timeline/ledger"
)

func Example() {
	ctx := context.Background()
	col, err := evidence.Collect(ctx, evidence.Inputs("../../samples/cleared"), evidence.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer col.Close()
	t := export.Timeline{Evidence: col, Scan: timeline.ScanOptions{Clock: ledger.ClockCreated}}
	var out bytes.Buffer
	res, err := t.Write(ctx, &out, export.Options{Format: export.CSV})
	if err != nil {
		fmt.Println(err)
		return
	}
	head, _, _ := strings.Cut(out.String(), "\r\n")
	fmt.Println(strings.Join(strings.Split(head, ",")[:6], ","))
	fmt.Println(res.Written == strings.Count(out.String(), "\r\n")-1)
	// Output:
	// time,host,channel,provider,event_code,record_id
	// true
}
