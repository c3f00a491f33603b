package binxml_test

import (
	"encoding/binary"
	"testing"
	"time"

	"hunt/evtx/binxml"
	"hunt/evtx/evtxtest"
)

// A chunk that ends anywhere within a record, or a body that does, is an error or less of the record, and
// nothing is read behind the end.
func TestABodyThatEndsAnywhereIsReadNoFurther(t *testing.T) {
	t.Parallel()
	file, placed, err := evtxtest.VectorLog()
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for i, p := range placed {
		if i > 30 && i%10 > 0 { // the first are about tokens, the others about values
			continue
		}
		chunk := evtxtest.Chunk(file, p.Chunk)
		start := int(p.Offset-4096) % 65536
		end := start + p.Size
		for cut := start + 24; cut < end; cut++ {
			parser := binxml.NewParser(binxml.NewCacheOf(0))
			parser.Strict = cut%2 == 0
			parser.Reset(chunk[:cut:cut]) // a look behind it panics
			var doc binxml.Document
			if err := parser.Parse(&doc, start, start+24, cut, cut); err != nil {
				refused++
				continue
			}
			doc.AppendJSON(nil)
			doc.AppendXML(nil)
		}
	}
	if refused < 10_000 {
		t.Errorf("%d bodies refused: want more for a test", refused)
	}
}

func TestASYSTEMTIMEIsATimeIfEachOfItsFieldsCanBe(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 12, 9, 14, 3, 123_000_000, time.UTC)
	const year, month, day, hour, minute, second, milli = 0, 1, 3, 4, 5, 6, 7 // the third is the day of the week
	for name, c := range map[string]struct {
		field int
		value uint16
		want  bool
	}{
		"as it is": {year, 2026, true}, "the first year": {year, 1601, true},
		"before it": {year, 1600, false}, "the last year": {year, 9999, true}, "behind it": {year, 10_000, false},
		"month 0": {month, 0, false}, "month 1": {month, 1, true}, "month 12": {month, 12, true},
		"month 13": {month, 13, false},
		"day 0":    {day, 0, false}, "day 31": {day, 31, true}, "day 32": {day, 32, false},
		"hour 23": {hour, 23, true}, "hour 24": {hour, 24, false},
		"minute 59": {minute, 59, true}, "minute 60": {minute, 60, false},
		"second 59": {second, 59, true}, "second 60": {second, 60, false},
		"millisecond 999": {milli, 999, true}, "millisecond 1000": {milli, 1000, false},
	} {
		data := evtxtest.Systime(at).Data
		binary.LittleEndian.PutUint16(data[2*c.field:], c.value)
		v := binxml.Value{Type: binxml.TypeSystemTime, Data: data}
		ticks, ok := v.Filetime()
		if ok != c.want {
			t.Errorf("%s: %v", name, ok)
			continue
		}
		if !ok {
			continue
		}
		n := func(i int) int { return int(binary.LittleEndian.Uint16(data[2*i:])) }
		want := time.Date(n(year), time.Month(n(month)), n(day), n(hour), n(minute), n(second),
			n(milli)*1e6, time.UTC)
		const epoch = 116_444_736_000_000_000
		if got := want.Unix()*10_000_000 + int64(want.Nanosecond()/100) + epoch; uint64(got) != ticks {
			t.Errorf("%s: %d ticks, want %d", name, ticks, got)
		}
	}
}
