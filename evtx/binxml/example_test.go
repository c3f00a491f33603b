package binxml_test

import (
	"fmt"
	"time"

	"hunt/evtx/binxml"
	"hunt/evtx/evtxtest"
)

func Example() {
	var log evtxtest.Log
	log.Add(evtxtest.Event{
		Provider: "Example", Channel: "Application", Computer: "ws01", EventID: 7,
		Time: time.Date(2026, 3, 12, 9, 14, 3, 0, time.UTC),
		Data: []evtxtest.Pair{evtxtest.Str("User", `CORP\anna`), {Name: "Logons", Value: evtxtest.Uint32(3)}},
	})
	file, err := log.Bytes()
	if err != nil {
		fmt.Println(err)
		return
	}

	const header = 24 // of the record, before its body; behind the body its size stands again
	p := binxml.NewParser(binxml.NewCacheOf(0))
	p.Reset(evtxtest.Chunk(file, 0))
	start := 512 // the first record of a chunk
	end := start + log.Placed()[0].Size
	var doc binxml.Document
	if err := p.Parse(&doc, start, start+header, end-4, end); err != nil {
		fmt.Println(err)
		return
	}
	id, _ := doc.System(binxml.EventID)
	fmt.Println("EventID:", id)
	for i := range doc.Template().NumFields() {
		v, _ := doc.FieldValue(i, -1)
		fmt.Printf("%s: %s %s\n", doc.FieldName(i), v.Type, v)
	}
	// Output:
	// EventID: 7
	// User: string CORP\anna
	// Logons: uint32 3
}
