package evtx_test

import (
	"bytes"
	"testing"

	"hunt/evtx"
	"hunt/evtx/goevtx"
)

// viewOf flattens a record for the comparison with golang-evtx.
func viewOf(r *evtx.Record) goevtx.View {
	v := goevtx.View{EventRecordID: r.EventRecordID(), EventID: r.EventID(), Provider: r.Provider(),
		Channel:  r.Channel(),
		Computer: r.Computer(), TimeCreated: uint64(r.TimeCreated())}
	for f := range r.Fields() {
		field := goevtx.Field{Name: f.Name, Text: f.Text()}
		if value, ok := f.Value(); ok {
			field.Type = uint8(value.Type)
			for i := 0; value.Type.IsArray() && i < value.Len(); i++ {
				field.Items = append(field.Items, value.Item(i).String())
			}
		}
		v.Data = append(v.Data, field)
	}
	return v
}

// golang-evtx is another program by other people: where it reads a record of the samples, damaged and
// carved ones included, it reads the same.
func TestRecordsOfOwnLogsEqualASecondDecoders(t *testing.T) {
	t.Parallel()
	live, carved, excused := 0, 0, 0
	for _, name := range ownLogs(t) {
		if name == "testdata/vectors.evtx" { // evtxtest compares these, one by one
			continue
		}
		raw := readLog(t, name)
		for r := range openLog(t, raw).Records(&evtx.Decoder{Carve: true}, nil) {
			if r.Borrowed || r.Strayed {
				continue // golang-evtx looks for the definition where it no longer is
			}
			slot := evtx.SlotOffset(r.Ref.Chunk)
			chunk := bytes.Clone(raw[slot:min(slot+evtx.ChunkSize, int64(len(raw)))])
			theirs, err := goevtx.ReadRecord(chunk, r.Ref.Offset-slot)
			if err != nil {
				t.Errorf("%s: record %d: %v", name, r.Ref.HeaderRecordID, err)
				continue
			}
			if theirs.HeaderRecordID != r.Ref.HeaderRecordID || theirs.Written != uint64(r.Written) {
				t.Errorf("%s: record %d of %s, golang-evtx has %d of %d", name, r.Ref.HeaderRecordID,
					r.Written, theirs.HeaderRecordID, theirs.Written)
			}
			differences := goevtx.Compare(viewOf(r), theirs)
			for _, d := range goevtx.Mismatches(differences) {
				t.Errorf("%s: record %d: %s is %q, golang-evtx has %q", name, r.Ref.HeaderRecordID,
					d.Field, d.Ours, d.Theirs)
			}
			if len(differences) > 0 {
				excused++
			}
			if r.Ref.Carved {
				carved++
			} else {
				live++
			}
		}
	}
	t.Logf("%d live and %d carved records compared, %d of them differ by a known defect of golang-evtx",
		live, carved, excused)
	if live < 1500 || carved < 10 {
		t.Errorf("%d live and %d carved records: want more for a test", live, carved)
	}
}
