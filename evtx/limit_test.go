package evtx_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/limit"
)

// bitten reads a log of these records and returns the bounds that bit, with the number of records
// that were read.
func bitten(t *testing.T, bodies ...evtxtest.Body) (bites []limit.Bite, records int) {
	t.Helper()
	var l evtxtest.Log
	for i, b := range bodies {
		l.AddBody(uint64(i+1), evtxtest.VectorTime, b)
	}
	file, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	f, err := evtx.NewFile(bytes.NewReader(file), int64(len(file)), 7)
	if err != nil {
		t.Fatal(err)
	}
	var tally limit.Tally
	d := &evtx.Decoder{Limits: &tally}
	for r := range f.Records(d, nil) {
		records++
		d.Account(r)
	}
	return tally.Bites(), records
}

func TestEveryBoundOfTheDecoderIsCountedWhenItBites(t *testing.T) {
	t.Parallel()
	for _, c := range evtxtest.Excesses() {
		if bites, n := bitten(t, c.Within...); len(bites) > 0 || n != len(c.Within) {
			t.Errorf("%s: within the bound %+v, %d of %d records", c.Bound, bites, n, len(c.Within))
		}
		bites, n := bitten(t, c.Beyond...)
		if len(bites) != 1 || bites[0].ID != c.Bound || bites[0].Count < 1 || !bites[0].Loses ||
			bites[0].First.File != 7 || bites[0].First.Offset < 4096+512 {
			t.Errorf("%s: beyond the bound %+v", c.Bound, bites)
		}
		if (n > 0) != c.Decoded {
			t.Errorf("%s: %d records beyond the bound", c.Bound, n)
		}
	}
}

func TestTheAccountOfOutputAgreesWithTheWriters(t *testing.T) {
	t.Parallel()
	// Two JSON texts beside the bound, one on each side, and records that only one of the formats cuts.
	wide := strings.Repeat("\x01", 500) // six bytes of JSON each
	many := make([]evtxtest.Node, 500)
	for i := range many {
		many[i] = evtxtest.Named("Data", evtxtest.Sub{Index: 0, Type: evtxtest.TypeString})
	}
	subs := slices.Repeat([]evtxtest.Node{evtxtest.Sub{Index: 0, Type: evtxtest.TypeBinXML}}, 20)
	tags := make([]evtxtest.Node, 700)
	for i := range tags {
		tags[i] = evtxtest.Named(strings.Repeat("t", 50))
	}
	for name, body := range map[string]evtxtest.Body{
		"repeated, within": evtxtest.Repeated(1000, 1030), "repeated, beyond": evtxtest.Repeated(1000, 1060),
		"escapes": evtxtest.WithPayload(evtxtest.EventData([]evtxtest.Value{evtxtest.String(wide)}, many...)),
		"names that XML writes twice": evtxtest.WithPayload(
			evtxtest.EventData([]evtxtest.Value{evtxtest.EventData(nil, tags...)}, subs...)),
		"items": evtxtest.WithPayload(evtxtest.EventData([]evtxtest.Value{evtxtest.Strings(make([]string,
			2000)...), evtxtest.String(strings.Repeat("x", 1000))},
			evtxtest.Named("Data", evtxtest.Sub{Index: 0, Type: evtxtest.TypeString | evtxtest.TypeArray},
				evtxtest.Sub{Index: 1, Type: evtxtest.TypeString}))),
	} {
		bites, _ := bitten(t, body)
		var l evtxtest.Log
		l.AddBody(1, evtxtest.VectorTime, body)
		file, err := l.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		f, err := evtx.NewFile(bytes.NewReader(file), int64(len(file)), 0)
		if err != nil {
			t.Fatal(err)
		}
		for r := range f.Records(&evtx.Decoder{}, nil) {
			r.AppendJSON(nil)
			json := r.Cut()
			if r.AppendXML(nil); r.Cut() != (len(bites) > 0) {
				t.Errorf("%s: bites %+v; cut as JSON: %t, as JSON or XML: %t", name, bites, json, r.Cut())
			}
		}
	}
}

func TestHonestRecordsMeetNoBound(t *testing.T) {
	t.Parallel()
	file, _, err := evtxtest.VectorLog()
	if err != nil {
		t.Fatal(err)
	}
	f, err := evtx.NewFile(bytes.NewReader(file), int64(len(file)), 0)
	if err != nil {
		t.Fatal(err)
	}
	var tally limit.Tally
	d := &evtx.Decoder{Limits: &tally}
	for r := range f.Records(d, nil) {
		d.Account(r)
	}
	if bites := tally.Bites(); len(bites) > 0 {
		t.Errorf("%+v", bites)
	}
}
