package ecs_test

import (
	"bytes"
	"fmt"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/timeline/ecs"
	"hunt/timeline/ecs/scalar"
)

func Example() {
	log := evtxtest.File(evtxtest.Event{
		Provider: "Microsoft-Windows-Sysmon", Channel: "Microsoft-Windows-Sysmon/Operational", Computer: "ws01",
		EventID: 1,
		Time:    time.Date(2026, 3, 12, 9, 14, 3, 0, time.UTC),
		Data: []evtxtest.Pair{
			evtxtest.Str("Image", `C:\Windows\System32\whoami.exe`), {Name: "ProcessId", Value: evtxtest.Uint32(4120)},
			evtxtest.Str("User", `CORP\anna`), evtxtest.Str("ParentImage", `C:\Windows\System32\cmd.exe`),
		},
	})
	file, err := evtx.NewFile(bytes.NewReader(log), int64(len(log)), 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	schema := ecs.NewSchema()
	name, _, known := schema.Field("process.name")
	fmt.Println("process.name is a field:", known)

	mapper := ecs.NewMapper(schema)
	for r := range file.Records(&evtx.Decoder{}, nil) {
		e := mapper.Map(r)
		for _, v := range e.Values(name, nil) {
			fmt.Println("process.name:", v.Str)
		}
		for _, v := range e.Values(ecs.HostID, nil) {
			fmt.Println("host.id is pending:", v.Kind == scalar.KindPending)
		}
		category, static := e.Class.Static(ecs.EventCategory)
		fmt.Println("event.category:", category[0].Str, static)
		fmt.Println("role:", e.Class.Role)
		fmt.Println(e.Title())
	}
	// Output:
	// process.name is a field: true
	// process.name: whoami.exe
	// host.id is pending: true
	// event.category: process true
	// role: process start
	// cmd.exe started whoami.exe
}
