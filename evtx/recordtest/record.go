// Package recordtest makes records of invented events for tests.
package recordtest

import (
	"bytes"
	"testing"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
)

// Of writes events as a log and decodes it: it returns the record of each event, in order.
func Of(t testing.TB, events ...evtxtest.Event) []*evtx.Record {
	t.Helper()
	file := evtxtest.File(events...)
	f, err := evtx.NewFile(bytes.NewReader(file), int64(len(file)), 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []*evtx.Record
	for r := range f.Records(&evtx.Decoder{}, func(d evtx.Damage) { t.Errorf("damage: %+v", d) }) {
		out = append(out, r.Clone())
	}
	if len(out) != len(events) {
		t.Fatalf("%d records of %d events", len(out), len(events))
	}
	return out
}
