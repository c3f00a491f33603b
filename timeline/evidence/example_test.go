package evidence_test

import (
	"context"
	"fmt"
	"io"

	"hunt/timeline/evidence"
)

func Example() {
	col, err := evidence.Collect(context.Background(), evidence.Inputs("../../samples/multi-host"), evidence.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer col.Close()
	f := col.Files[0]
	fmt.Println(f.Path, f.Status)
	r, err := f.Open()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	var magic [7]byte
	_, _ = io.ReadFull(r, magic[:])
	fmt.Printf("%s\n", magic[:])
	// Output:
	// SRV-FILE-01/C/Windows/System32/winevt/logs/Microsoft-Windows-Sysmon%4Operational.evtx read
	// ElfFile
}
