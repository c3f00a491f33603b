package evtx_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
)

// event is a record of a template with System and payload in one, as the values are.
func event(values ...evtxtest.Value) evtxtest.Body {
	sub := func(name string, i uint16, t evtxtest.Type) evtxtest.Node {
		return evtxtest.Element{Name: name, Children: []evtxtest.Node{evtxtest.Sub{Index: i, Type: t,
			Optional: true}}}
	}
	system := evtxtest.Element{Name: "System", Children: []evtxtest.Node{
		evtxtest.Element{Name: "Provider", Attrs: []evtxtest.Attr{{Name: "Name",
			Value: []evtxtest.Node{evtxtest.Text("P")}}}},
		sub("EventID", 0, evtxtest.TypeUint16),
		evtxtest.Element{Name: "TimeCreated",
			Attrs: []evtxtest.Attr{{Name: "SystemTime",
				Value: []evtxtest.Node{evtxtest.Sub{Index: 1, Type: evtxtest.TypeFiletime, Optional: true}}}}},
		evtxtest.Element{Name: "Channel", Children: []evtxtest.Node{evtxtest.Text("C")}},
	}}
	data := evtxtest.Element{Name: "EventData", Children: []evtxtest.Node{sub("Image", 2, evtxtest.TypeString)}}
	t := &evtxtest.Template{Nodes: []evtxtest.Node{evtxtest.Element{Name: "Event",
		Children: []evtxtest.Node{system, data}}}}
	return evtxtest.Body{evtxtest.Instance{Template: t, Values: values}}
}

// read returns what a Decoder yields of a log of one record, and the damage as text.
func read(t *testing.T, d *evtx.Decoder, written time.Time, body evtxtest.Body) (json []string,
	damage []evtx.Damage) {
	t.Helper()
	var l evtxtest.Log
	l.AddBody(1, written, body)
	file, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	f, err := evtx.NewFile(bytes.NewReader(file), int64(len(file)), 0)
	if err != nil {
		t.Fatal(err)
	}
	for r := range f.Records(d, func(x evtx.Damage) {
		if x.Kind != evtx.DamageFileHeader { // it counts the record that was not read
			damage = append(damage, x)
		}
	}) {
		json = append(json, string(r.AppendJSON(nil)))
	}
	return json, damage
}

func TestWhatIsMissingFromATableOfValuesIsDamage(t *testing.T) {
	t.Parallel()
	at := evtxtest.Filetime(evtxtest.VectorTime)
	for _, c := range []struct {
		name    string
		values  []evtxtest.Value
		yielded bool
		kind    evtx.DamageKind // 0: none
		says    string
	}{
		{"all values", []evtxtest.Value{evtxtest.Uint16(4688), at, evtxtest.String("x")}, true, 0, ""},
		{"a value more than is needed", []evtxtest.Value{evtxtest.Uint16(4688), at, evtxtest.String("x"),
			evtxtest.String("y")}, true, 0, ""},
		{"absent values that are in the table", []evtxtest.Value{evtxtest.Uint16(4688), evtxtest.Null(),
			evtxtest.Null()}, true, 0, ""},
		{"the last value is missing", []evtxtest.Value{evtxtest.Uint16(4688), at}, false,
			evtx.DamageBinXML, "(P 4688, EventRecordID 0): template definition 0x"},
		{"all but one are missing", []evtxtest.Value{evtxtest.Uint16(4688)}, false, evtx.DamageBinXML,
			"needs 3 values, the record has 1"},
		{"no values", nil, false, evtx.DamageBinXML, "needs 3 values, the record has 0"},
		{"no event id", []evtxtest.Value{evtxtest.Null(), at, evtxtest.String("x")}, false,
			evtx.DamageBinXML, "no EventID"},
		{"an event id that is no number",
			[]evtxtest.Value{evtxtest.GUID("{01020304-0506-0708-090A-0B0C0D0E0F10}"), at, evtxtest.String("x")}, false,
			evtx.DamageBinXML, "no EventID, or one that is not a number"},
		{"a value of another type", []evtxtest.Value{evtxtest.Uint16(4688), at, evtxtest.Uint32(7)}, true,
			evtx.DamageRecord, "value 2 is of type uint32, template definition 0x"},
		{"an event id as text", []evtxtest.Value{evtxtest.String("4688"), at, evtxtest.String("x")}, true,
			evtx.DamageRecord, "value 0 is of type string"},
	} {
		json, damage := read(t, &evtx.Decoder{}, evtxtest.VectorTime, event(c.values...))
		if (len(json) == 1) != c.yielded {
			t.Errorf("%s: yielded %q", c.name, json)
		}
		switch {
		case c.kind == 0 && len(damage) > 0, c.kind != 0 &&
			(len(damage) != 1 || damage[0].Kind != c.kind || !damage[0].Kind.LosesRecords() ||
				!strings.Contains(damage[0].Detail, c.says)):
			t.Errorf("%s: damage %+v", c.name, damage)
		}
		if part, _ := read(t, &evtx.Decoder{Partial: true}, evtxtest.VectorTime,
			event(c.values...)); len(part) != 1 || !strings.Contains(part[0], `"Name":"P"`) {
			t.Errorf("%s: what can be read: %q", c.name, part)
		}
	}
}

func TestTheTimeOfAnEventIsOneThatCanBeBelieved(t *testing.T) {
	t.Parallel()
	day := func(y int) time.Time { return time.Date(y, 3, 2, 10, 0, 0, 123_456_700, time.UTC) }
	raw := func(ticks uint64) evtxtest.Value {
		b := make([]byte, 8)
		for i := range b {
			b[i] = byte(ticks >> (8 * i))
		}
		return evtxtest.Irregular(evtxtest.TypeFiletime, b, "")
	}
	for _, c := range []struct {
		name    string
		created evtxtest.Value
		written time.Time
		want    time.Time
		source  evtx.TimeSource
	}{
		{"both agree", evtxtest.Filetime(day(2026)), day(2026), day(2026), evtx.TimeLogged},
		{"forwarded years later", evtxtest.Filetime(day(2009)), day(2026), day(2009), evtx.TimeLogged},
		{"a clock that was ahead by months", evtxtest.Filetime(day(2026).AddDate(0, 10, 0)), day(2026),
			day(2026).AddDate(0, 10, 0), evtx.TimeLogged},
		{"a dead clock battery", evtxtest.Filetime(day(1980)), day(1980), day(1980), evtx.TimeLogged},
		{"absent", evtxtest.Null(), day(2026), day(2026), evtx.TimeWritten},
		{"no text of a time", evtxtest.String("garbage"), day(2026), day(2026), evtx.TimeWritten},
		{"three bytes", evtxtest.Irregular(evtxtest.TypeFiletime, []byte{1, 2, 3}, ""), day(2026),
			day(2026), evtx.TimeWritten},
		{"1601", raw(0), day(2026), day(2026), evtx.TimeWritten},
		{"1965", evtxtest.Filetime(day(1965)), day(2026), day(2026), evtx.TimeWritten},
		{"1970", evtxtest.Filetime(time.Unix(0, 0).UTC()), day(2026), day(2026), evtx.TimeWritten},
		{"years after it was written", evtxtest.Filetime(day(2063)), day(2026), day(2026), evtx.TimeWritten},
		{"9999", raw(2_650_467_743_999_999_999), day(2026), day(2026), evtx.TimeWritten},
		{"all bits", raw(1<<64 - 1), day(2026), day(2026), evtx.TimeWritten},
		{"a clock that showed another century", evtxtest.Filetime(day(2200)), day(2200), day(2200), evtx.TimeLogged},
		{"a header without a time", evtxtest.Filetime(day(2026)),
			time.Date(1601, 1, 1, 0, 0, 0, 0, time.UTC), day(2026), evtx.TimeLogged},
		{"neither", raw(1), time.Date(1601, 1, 1, 0, 0, 0, 0, time.UTC), time.Time{}, evtx.TimeNone},
		{"9999 and a header of the year 2200", raw(2_650_467_743_999_999_999), day(2200), time.Time{}, evtx.TimeNone},
	} {
		var l evtxtest.Log
		l.AddBody(1, c.written, event(evtxtest.Uint16(1), c.created, evtxtest.String("x")))
		file, err := l.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		f, err := evtx.NewFile(bytes.NewReader(file), int64(len(file)), 0)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for r := range f.Records(&evtx.Decoder{}, nil) {
			n++
			want := evtx.Filetime(0)
			if !c.want.IsZero() {
				want = evtx.FiletimeOf(c.want)
			}
			if at, source := r.Time(); at != want || source != c.source {
				t.Errorf("%s: %s from %s, want %s from %s", c.name, at, source, want, c.source)
			}
		}
		if n != 1 {
			t.Errorf("%s: %d records", c.name, n)
		}
	}
}

// numberedLog is a log of n events a second apart in one chunk.
func numberedLog(t *testing.T, n int) ([]byte, []evtxtest.Placed) {
	t.Helper()
	var l evtxtest.Log
	for i := range n {
		l.Add(evtxtest.Event{Provider: "P", Channel: "C", Computer: "h", EventID: uint16(1 + i%3),
			Time: evtxtest.VectorTime.Add(time.Duration(i) * time.Second),
			Data: []evtxtest.Pair{evtxtest.Str("Image", strings.Repeat("x", 20+i%7))}})
	}
	file, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return file, l.Placed()
}

func TestRecordsThatRunOnBehindASoundHeaderAreLive(t *testing.T) {
	t.Parallel()
	const n, end = 40, 25
	sound, placed := numberedLog(t, n)
	stale := func() []byte {
		f := bytes.Clone(sound)
		evtxtest.StaleChunkHeader(f, placed[end-1])
		return f
	}
	for _, c := range []struct {
		name            string
		change          func(f []byte)
		live, continued int
	}{
		{"they run on", func([]byte) {}, n, n - end},
		{"the next has another number", func(f []byte) { f[placed[end].Offset+8]++ }, end, 0},
		{"the next is older", func(f []byte) { f[placed[end].Offset+22]-- }, end, 0},
		{"the next is torn", func(f []byte) { f[placed[end].Offset+int64(placed[end].Size)-4]++ }, end, 0},
		{"one later on has another number", func(f []byte) { f[placed[end+5].Offset+8]++ }, end + 5, 5},
		{"one has lost its definition", func(f []byte) {
			at := placed[end+3].Offset + 24 + 4 + 6
			f[at], f[at+1] = 0xf0, 0xff
		}, n - 1, n - end - 1},
	} {
		f := stale()
		c.change(f)
		file, err := evtx.NewFile(bytes.NewReader(f), int64(len(f)), 0)
		if err != nil {
			t.Fatal(err)
		}
		var live, continued []uint64
		var refs []evtx.Ref
		told := false
		for r := range file.Records(&evtx.Decoder{}, func(x evtx.Damage) {
			told = told ||
				x.Kind == evtx.DamageStaleHeader
		}) {
			live = append(live, r.Ref.HeaderRecordID)
			if r.Continued {
				continued = append(continued, r.Ref.HeaderRecordID)
				refs = append(refs, r.Ref)
			}
		}
		if len(live) != c.live || len(continued) != c.continued || !slices.IsSorted(live) ||
			told != (c.continued > 0) {
			t.Errorf("%s: %d live records, %d run on, told %t; want %d and %d", c.name, len(live),
				len(continued), told, c.live, c.continued)
		}
		for _, ref := range refs {
			if r, err := file.RecordAt(&evtx.Decoder{}, ref); err != nil || !r.Continued || r.Ref != ref {
				t.Errorf("%s: record %d read again: %v", c.name, ref.HeaderRecordID, err)
			}
		}
		if r, err := file.RecordAt(&evtx.Decoder{}, evtx.Ref{Offset: placed[3].Offset}); err != nil || r.Continued {
			t.Errorf("%s: a record before the end: %v", c.name, err)
		}
	}
}
