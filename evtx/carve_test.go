package evtx_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
)

// older is the n-th event of what a chunk held before: of the kinds that share a definition of System,
// of the payload, or none with the kinds before them.
func older(n int, computer string, kind int) evtxtest.Event {
	return evtxtest.Event{Provider: "Old", GUID: someGUID, Channel: "Old/A", Computer: computer,
		EventID: uint16(kind), Time: evtxtest.VectorTime.Add(time.Duration(n) * time.Minute),
		Data: []evtxtest.Pair{evtxtest.Str(fmt.Sprintf("Kind%d", kind), fmt.Sprintf("value %d", n))}}
}

// reusedChunk returns a log of one chunk with three live records before an older generation: record
// 1 was where they are now, and of record 2 the two definitions that it carried are lost, that of
// System for the computer a and that of kind 1. before is the log of the older generation as it
// was.
func reusedChunk(t *testing.T, live func(i int) evtxtest.Event) (raw, before []byte) {
	t.Helper()
	var old evtxtest.Log
	// without names that others refer to
	old.AddBody(1, evtxtest.VectorTime, evtxtest.Body{evtxtest.Raw(make([]byte, 6000))})
	for n := 2; n <= 30; n++ {
		switch {
		case n <= 10:
			old.Add(older(n, "a", 1))
		case n <= 20: // System for b in record 11
			old.Add(older(n, "b", 1))
		default: // kind 2 in record 21
			old.Add(older(n, "b", 2))
		}
	}
	before, err := old.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	second := old.Placed()[1]
	slack := bytes.Clone(before)
	record := slack[second.Offset:][:second.Size]
	payload := bytes.LastIndex(record, []byte{0x0f, 1, 1, 0, 0x0c, 1})
	for _, instance := range []int{24 + 4, payload + 4} { // token, 1, id, offset; then the definition: next, GUID
		clear(record[instance+14 : instance+30])
	}
	var l evtxtest.Log
	l.Reuse(evtxtest.Chunk(slack, 0))
	for i := range 3 {
		l.Add(live(i))
	}
	if raw, err = l.Bytes(); err != nil {
		t.Fatal(err)
	}
	if end := l.Placed()[2].Offset + int64(l.Placed()[2].Size); end > second.Offset {
		t.Fatalf("the live records end at 0x%x, behind the beginning of the second older one", end)
	}
	return raw, before
}

func liveEvent(i int) evtxtest.Event {
	return evtxtest.Event{Provider: "New", Channel: "C", Computer: "h", EventID: 1,
		RecordID: uint64(101 + i), Time: evtxtest.VectorTime.AddDate(0, 1, i),
		Data: []evtxtest.Pair{evtxtest.Str("A", "x")}}
}

// carved reads a log and returns what its carved records say, by record id.
func carved(t *testing.T, d *evtx.Decoder, raw []byte) map[uint64]string {
	t.Helper()
	out := map[uint64]string{}
	for r := range openLog(t, raw).Records(d, func(x evtx.Damage) { t.Errorf("damage of a sound log: %+v", x) }) {
		if !r.Ref.Carved {
			continue
		}
		if _, twice := out[r.Ref.HeaderRecordID]; twice {
			t.Errorf("record %d came twice", r.Ref.HeaderRecordID)
		}
		how := "full"
		switch {
		case r.Partial:
			how = "partial"
		case r.Borrowed:
			how = "borrowed"
		}
		fields := ""
		for f := range r.Fields() {
			fields += " " + f.Name + "=" + f.Text()
		}
		out[r.Ref.HeaderRecordID] = how + " " + r.Computer() + fields
	}
	return out
}

func TestOlderRecordsAreCarvedAsFarAsTheirDefinitionsAreLeft(t *testing.T) {
	t.Parallel()
	raw, before := reusedChunk(t, liveEvent)
	said := func(n uint64) string {
		switch {
		case n <= 10:
			return fmt.Sprintf("a Kind1=value %d", n)
		case n <= 20:
			return fmt.Sprintf("b Kind1=value %d", n)
		}
		return fmt.Sprintf("b Kind2=value %d", n)
	}
	const lost = 9 // records 2 to 10
	d := &evtx.Decoder{Carve: true, Partial: true}
	got := carved(t, d, raw)
	want := map[uint64]string{}
	for n := uint64(11); n <= 30; n++ {
		if n <= 20 {
			want[n] = fmt.Sprintf("partial b =value %d", n)
		} else {
			want[n] = "full " + said(n)
		}
	}
	if !maps.Equal(got, want) || d.Stats != (evtx.CarveStats{Full: 10, Partial: 10, Lost: lost}) ||
		d.Stats.Found() != 20+lost {
		t.Errorf("alone: %v, %+v\nwant %v and %d lost", got, d.Stats, want, lost)
	}
	// Partial records are left out unless they are asked for, and counted all the same.
	d = &evtx.Decoder{Carve: true}
	maps.DeleteFunc(want, func(n uint64, _ string) bool { return n <= 20 })
	if got := carved(t, d, raw); !maps.Equal(got, want) ||
		d.Stats != (evtx.CarveStats{Full: 10, Partial: 10, Lost: lost}) {
		t.Errorf("without partial records: %v, %+v", got, d.Stats)
	}
	// Beside a log that has the definitions: all are read, and those that need them say so.
	d = &evtx.Decoder{Carve: true}
	for s := range openLog(t, before).Slots() {
		d.Learn(s.Data)
	}
	want = map[uint64]string{}
	for n := uint64(2); n <= 30; n++ {
		if n <= 20 {
			want[n] = "borrowed " + said(n)
		} else {
			want[n] = "full " + said(n)
		}
	}
	if got := carved(t, d, raw); !maps.Equal(got, want) ||
		d.Stats != (evtx.CarveStats{Full: 10, Borrowed: 10 + lost}) {
		t.Errorf("with what the case knows: %v, %+v\nwant %v", got, d.Stats, want)
	}
	sum := evtx.CarveStats{Full: 1, Borrowed: 2, Partial: 3, Lost: 4, Duplicate: 5}
	sum.Add(evtx.CarveStats{Full: 10, Borrowed: 20, Partial: 30, Lost: 40, Duplicate: 50})
	if sum != (evtx.CarveStats{Full: 11, Borrowed: 22, Partial: 33, Lost: 44, Duplicate: 55}) || sum.Found() != 165 {
		t.Errorf("the sum is %+v", sum)
	}
}

// openOffset returns where the record of that id stands in a log.
func openOffset(t *testing.T, raw []byte, id uint64) int64 {
	t.Helper()
	for r := range openLog(t, raw).Records(&evtx.Decoder{}, nil) {
		if r.Ref.HeaderRecordID == id {
			return r.Ref.Offset
		}
	}
	t.Fatalf("no record %d", id)
	return 0
}

func TestACarvedCopyOfALiveRecordIsADuplicate(t *testing.T) {
	t.Parallel()
	raw, _ := reusedChunk(t, func(i int) evtxtest.Event {
		if i == 2 { // record 25 of the older generation again
			e := older(25, "b", 2)
			e.RecordID = 25
			return e
		}
		return liveEvent(i)
	})
	d := &evtx.Decoder{Carve: true}
	got := carved(t, d, raw)
	ids := slices.Sorted(maps.Keys(got))
	want := slices.DeleteFunc(between([]uint64{21, 30}), func(n uint64) bool { return n == 25 })
	if !slices.Equal(ids, want) || d.Stats.Full != 9 || d.Stats.Duplicate != 1 {
		t.Errorf("records %v, %+v", ids, d.Stats)
	}
	for _, c := range []struct{ partial, borrowed bool }{{false, false}, {false, true}, {true, false}} {
		s := evtx.CarveStats{Full: 3, Borrowed: 3, Partial: 3}
		s.MoveToDuplicate(&evtx.Record{Partial: c.partial, Borrowed: c.borrowed})
		want := evtx.CarveStats{Full: 3, Borrowed: 3, Partial: 3, Duplicate: 1}
		switch {
		case c.partial:
			want.Partial--
		case c.borrowed:
			want.Borrowed--
		default:
			want.Full--
		}
		if s != want {
			t.Errorf("partial %v, borrowed %v: %+v", c.partial, c.borrowed, s)
		}
	}
}

// What is not whole is no record: each condition of a carved record, one at a time.
func TestOnlyWholeRecordsAreCarved(t *testing.T) {
	t.Parallel()
	raw, before := reusedChunk(t, liveEvent)
	at, next := openOffset(t, before, 25), openOffset(t, before, 26)
	for name, change := range map[string]func(r []byte){
		"nothing":                  func([]byte) {},
		"no magic":                 func(r []byte) { r[0] = 'x' },
		"another size":             func(r []byte) { r[4]++ },
		"another copy of the size": func(r []byte) { r[len(r)-4]++ },
		"no number":                func(r []byte) { clear(r[8:16]) },
		"a time before 1980": func(r []byte) {
			copy(r[16:],
				[]byte{0xff, 0x7f, 0x3f, 0xd5, 0xde, 0xe6, 0xa8, 0x01})
		},
		"a time from 2100 on":        func(r []byte) { copy(r[16:], []byte{0, 0, 0, 0, 0, 0, 0x30, 0x02}) },
		"a definition of another id": func(r []byte) { r[24+6]++ },
		"a body that is no instance": func(r []byte) { r[24+4] = 0x1f },
		"a value of a type that is not meant": func(r []byte) {
			changeType(r, evtxtest.TypeString,
				evtxtest.TypeUint32)
		},
	} {
		f := bytes.Clone(raw)
		change(f[at:next])
		_, got := carved(t, &evtx.Decoder{Carve: true}, f)[25]
		if got != (name == "nothing") {
			t.Errorf("%s: carved %v", name, got)
		}
		if n := len(carved(t, &evtx.Decoder{Carve: true}, f)); n < 9 {
			t.Errorf("%s: %d of the others", name, n)
		}
	}
}

// changeType changes the last entry of that type in the table of values of a record's payload.
func changeType(record []byte, from, to evtxtest.Type) {
	body := bytes.LastIndex(record, []byte{0x0f, 1, 1, 0, 0x0c, 1})
	i := bytes.Index(record[body:], []byte{byte(from), 0, 'v', 0, 'a', 0})
	record[body+i] = byte(to)
}
