package main

import (
	"bytes"

	"hunt/evtx"
	"hunt/rules/predicate"
	"hunt/timeline"
	"hunt/timeline/evidence"
)

// The lines of a timeline, one type for each format. Every line leads back to the record: file, chunk, offset.

// place is where a record stands in the evidence.
type place struct {
	File     string `json:"file"`
	Chunk    int32  `json:"chunk"`
	Offset   int64  `json:"offset"`
	HeaderID uint64 `json:"header_record_id"`
	RecordID uint64 `json:"event_record_id"`
	Carved   bool   `json:"carved,omitempty"`
	Twin     bool   `json:"twin,omitempty"` // the other log's record of the same process start
}

func placeOf(col *evidence.Collection, r evtx.Ref) place {
	return place{File: col.Files[r.File].Path, Chunk: r.Chunk, Offset: r.Offset, HeaderID: r.HeaderRecordID, RecordID: r.EventRecordID, Carved: r.Carved}
}

// ecsLine writes Elastic documents.
type ecsLine struct {
	col  *evidence.Collection
	bulk bool
}

func (l ecsLine) append(dst []byte, e *timeline.Event) []byte {
	if l.bulk {
		dst = append(dst, `{"create":{"_id":`...)
		dst = append(append(dst, jsonOf(predicate.StringValue(eventID(e)))...), "}}\n"...)
	}
	type evidence struct {
		place
		Also []place `json:"also,omitempty"`
		More int     `json:"more,omitempty"` // copies that also does not list
	}
	ev := evidence{place: placeOf(l.col, e.Ref), More: e.More}
	for _, a := range e.Also {
		p := placeOf(l.col, a.Ref)
		p.Twin = a.Twin
		ev.Also = append(ev.Also, p)
	}
	text := marshal(ev)
	start := len(dst)
	dst = e.AppendJSON(dst)
	// hunt.evidence goes into the object that lists the derived fields. The quotes cannot be those of a text, where they
	// would be escaped, and no other object of a document is called hunt.
	const object = `"hunt":{`
	if i := bytes.Index(dst[start:], []byte(object)); i >= 0 {
		at := start + i + len(object)
		tail := append([]byte(nil), dst[at:]...)
		dst = append(append(append(append(dst[:at], `"evidence":`...), text...), ','), tail...)
	} else {
		dst = append(append(append(dst[:len(dst)-1], `,"hunt":{"evidence":`...), text...), "}}"...)
	}
	return append(dst, '\n')
}
