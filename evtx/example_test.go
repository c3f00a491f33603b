package evtx_test

import (
	"bytes"
	"fmt"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
)

// exampleLog is a log of two events, the second of which was half-written when the machine lost power.
func exampleLog() []byte {
	at := time.Date(2026, 3, 12, 9, 14, 3, 0, time.UTC)
	var l evtxtest.Log
	l.Add(evtxtest.Event{
		Provider: "Microsoft-Windows-Sysmon", Channel: "Microsoft-Windows-Sysmon/Operational",
		Computer: "ws01", EventID: 1, Time: at,
		Data: []evtxtest.Pair{evtxtest.Str("Image", `C:\Windows\System32\whoami.exe`),
			{Name: "ProcessId", Value: evtxtest.Uint32(4120)}},
	}, evtxtest.Event{
		Provider: "Microsoft-Windows-Sysmon", Channel: "Microsoft-Windows-Sysmon/Operational",
		Computer: "ws01", EventID: 5, Time: at.Add(time.Second),
		Data: []evtxtest.Pair{{Name: "ProcessId", Value: evtxtest.Uint32(4120)}},
	})
	log, err := l.Bytes()
	if err != nil {
		panic(err)
	}
	evtxtest.Tear(log, l.Placed()[1])
	return log
}

// Damage is reported along the way, and the records around it are read.
func Example() {
	log := exampleLog()
	file, err := evtx.NewFile(bytes.NewReader(log), int64(len(log)), 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	damage := func(d evtx.Damage) {
		fmt.Printf("0x%x: %s: %s\n", d.Ref.Offset, d.Kind, d.Detail)
	}
	for r := range file.Records(&evtx.Decoder{}, damage) {
		at, _ := r.Time()
		fmt.Printf("0x%x: %s %s %d\n", r.Ref.Offset, at, r.Provider(), r.EventID())
		for f := range r.Fields() {
			fmt.Printf("  %s = %s\n", f.Name, f.Text())
		}
	}
	// Output:
	// 0x1200: 2026-03-12T09:14:03.0000000Z Microsoft-Windows-Sysmon 1
	//   Image = C:\Windows\System32\whoami.exe
	//   ProcessId = 4120
	// 0x18a8: torn-record: record 2: header without a body
	// 0x0: file-header: header expects record id 3 next, the last one found is 1
}

// A Ref leads back to the bytes of a record, also in another run.
func ExampleFile_RecordAt() {
	log := exampleLog()
	file, err := evtx.NewFile(bytes.NewReader(log), int64(len(log)), 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := file.RecordAt(&evtx.Decoder{}, evtx.Ref{Offset: 0x1200})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Ref.HeaderRecordID, r.Computer())
	_, err = file.RecordAt(&evtx.Decoder{}, evtx.Ref{Offset: 0x1201})
	fmt.Println(err)
	// Output:
	// 1 ws01
	// chunk 0: no record at 0x1201
}
