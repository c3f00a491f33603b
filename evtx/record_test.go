package evtx_test

import (
	"math"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
)

const (
	someGUID  = "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}"
	otherGUID = "{01020304-0506-0708-090A-0B0C0D0E0F10}"
)

// full is an event with a value for all that System can say.
func full() evtxtest.Event {
	return evtxtest.Event{
		Provider: "Provider-A", GUID: someGUID, Channel: "Channel/A", Computer: "ws01.corp.example",
		EventID: 4688, Qualifiers: 16384, Version: 2, Level: 4, Task: 13312, Opcode: 7, Keywords: 0x8020000000000000,
		Time: evtxtest.VectorTime, Written: evtxtest.VectorTime.Add(3 * time.Second), RecordID: 77, HeaderID: 12,
		UserID: "S-1-5-21-1-2-3-1001", ActivityID: otherGUID, RelatedID: someGUID, ProcessID: 4, ThreadID: 4012,
		Data: []evtxtest.Pair{evtxtest.Str("A", "a"), {Name: "B", Value: evtxtest.Uint32(7)},
			evtxtest.Str("", "unnamed"), {Name: "L", Value: evtxtest.Strings("x", "", "z")}},
	}
}

// one returns the only record of a log, as a copy that stays valid.
func one(t testing.TB, raw []byte) (r *evtx.Record) {
	t.Helper()
	n := 0
	for rec := range openLog(t, raw).Records(&evtx.Decoder{},
		func(x evtx.Damage) { t.Errorf("damage of a sound log: %+v", x) }) {
		r = rec.Clone()
		n++
	}
	if n != 1 {
		t.Fatalf("%d records, want 1", n)
	}
	return r
}

func TestSystemSaysWhatWasWritten(t *testing.T) {
	t.Parallel()
	want := systemValues{provider: "Provider-A", guid: someGUID, channel: "Channel/A", computer: "ws01.corp.example",
		user: "S-1-5-21-1-2-3-1001", activity: otherGUID, related: someGUID, id: 4688, process: 4, thread: 4012,
		keywords: 0x8020000000000000, record: 77, qualifiers: 16384, qualified: true, task: 13312,
		version: 2, level: 4, opcode: 7,
		at: evtx.FiletimeOf(evtxtest.VectorTime)}
	for _, c := range []struct {
		name   string
		event  func(e *evtxtest.Event)
		expect func(w *systemValues)
	}{
		{"a provider with a manifest", func(*evtxtest.Event) {}, func(*systemValues) {}},
		{"a classic provider under another name", func(e *evtxtest.Event) {
			e.EventSourceName,
				e.Classic = "Old", true
		}, func(w *systemValues) { w.source = "Old" }},
		{"no qualifiers", func(e *evtxtest.Event) { e.Qualifiers = 0 },
			func(w *systemValues) { w.qualifiers, w.qualified = 0, false }},
		{"qualifiers of zero", func(e *evtxtest.Event) { e.Qualifiers, e.Classic = 0, true },
			func(w *systemValues) { w.qualifiers = 0 }},
		{"no user and no activity", func(e *evtxtest.Event) {
			e.UserID, e.ActivityID, e.RelatedID = "",
				"", ""
		}, func(w *systemValues) { w.user, w.activity, w.related = "", "", "" }},
		{"UserData", func(e *evtxtest.Event) {
			e.UserData = &evtxtest.UserData{Element: "E", Fields: []evtxtest.Pair{evtxtest.Str("A", "a")}}
		}, func(*systemValues) {}},
	} {
		e, w := full(), want
		c.event(&e)
		c.expect(&w)
		r := one(t, evtxtest.File(e))
		if got := system(r); got != w {
			t.Errorf("%s:\n%+v\nwant\n%+v", c.name, got, w)
		}
		if r.IsUserData() != (e.UserData != nil) || r.Ref.HeaderRecordID != 12 ||
			r.Ref.EventRecordID != 77 || r.Written != evtx.FiletimeOf(e.Written) {
			t.Errorf("%s: UserData %v, %+v, written %s", c.name, r.IsUserData(), r.Ref, r.Written)
		}
		if r.TimeText() != "2026-03-12T09:14:03.1234567Z" {
			t.Errorf("%s: the time reads %q", c.name, r.TimeText())
		}
	}
}

// Rendered and forwarded events have text where others have values.
func TestSystemOfARenderedEventIsReadFromItsText(t *testing.T) {
	t.Parallel()
	el := func(name, text string, attrs ...string) evtxtest.Node {
		e := evtxtest.Element{Name: name}
		for ; len(attrs) > 1; attrs = attrs[2:] {
			e.Attrs = append(e.Attrs, evtxtest.Attr{Name: attrs[0], Value: []evtxtest.Node{evtxtest.Text(attrs[1])}})
		}
		if text != "" {
			e.Children = []evtxtest.Node{evtxtest.Text(text)}
		}
		return e
	}
	body := evtxtest.Body{evtxtest.Element{Name: "Event", Children: []evtxtest.Node{
		evtxtest.Element{Name: "System", Children: []evtxtest.Node{
			el("Provider", "", "Name", "P", "Guid", someGUID), el("EventID", "4624", "Qualifiers", "3"),
			el("Version", "2"), el("Level", "1"), el("Task", "12544"), el("Opcode", "9"),
			el("Keywords", "0x8020000000000000"), el("TimeCreated", "", "SystemTime",
				"2026-03-12T09:14:03.1234567Z"), el("EventRecordID", "31337"),
			el("Correlation", "", "ActivityID", otherGUID),
			el("Execution", "", "ProcessID", "620", "ThreadID", "0x1f"), el("Channel", "Security"),
			el("Computer", "dc01"), el("Security", "", "UserID", "S-1-5-18"),
		}},
		evtxtest.Element{Name: "EventData", Children: []evtxtest.Node{el("Data", "anna", "Name", "TargetUserName")}},
	}}}
	var l evtxtest.Log
	l.AddBody(5, evtxtest.VectorTime, body)
	raw, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	r := one(t, raw)
	want := systemValues{provider: "P", guid: someGUID, channel: "Security", computer: "dc01",
		user: "S-1-5-18", activity: otherGUID, id: 4624, process: 620, thread: 0x1f,
		keywords: 0x8020000000000000, record: 31337, qualifiers: 3, qualified: true, task: 12544,
		version: 2, level: 1, opcode: 9, at: evtx.FiletimeOf(evtxtest.VectorTime)}
	if got := system(r); got != want {
		t.Errorf("%+v\nwant\n%+v", got, want)
	}
	if f, ok := r.Data("TargetUserName"); !ok || f.Text() != "anna" {
		t.Errorf("TargetUserName is %q, %v", f.Text(), ok)
	}
}

func TestFieldsAreFoundByNameAndPlaceAndInOrder(t *testing.T) {
	t.Parallel()
	r := one(t, evtxtest.File(full()))
	var got []evtxtest.Want
	for f := range r.Fields() {
		got = append(got, evtxtest.Want{Name: f.Name, Text: f.Text()})
	}
	want := []evtxtest.Want{{Name: "A", Text: "a"}, {Name: "B", Text: "7"}, {Text: "unnamed"},
		{Name: "L", Text: "x"}, {Name: "L"}, {Name: "L", Text: "z"}}
	if len(got) != len(want) || r.NumData() != 4 {
		t.Fatalf("%d fields at %d places: %+v", len(got), r.NumData(), got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("field %d is %+v, want %+v", i, got[i], want[i])
		}
	}
	n := 0
	for range r.Fields() {
		if n++; n == 5 {
			break // within the array
		}
	}
	for range r.Fields() {
		break
	}
	for i, name := range []string{"A", "B", "", "L"} {
		if f := r.DataAt(i); f.Name != name {
			t.Errorf("place %d is %q, want %q", i, f.Name, name)
		}
	}
	b, ok := r.Data("B")
	if v, single := b.Value(); !ok || r.DataIndex("B") != 1 || !single {
		t.Errorf("B: %v, place %d, a single value %v", ok, r.DataIndex("B"), single)
	} else if n, ok := v.Uint(); !ok || n != 7 {
		t.Errorf("B is %d, %v", n, ok)
	}
	if l := r.DataAt(3); l.Text() != "x, , z" {
		t.Errorf("the array at its place reads %q", l.Text())
	}
	for _, i := range []int{-1, 4} {
		f := r.DataAt(i)
		if _, ok := f.Value(); ok || f.Text() != "" || f.Name != "" {
			t.Errorf("place %d, which is not there: %+v", i, f)
		}
	}
	if f, ok := r.Data("C"); ok || r.DataIndex("C") != -1 || f.Text() != "" {
		t.Errorf("a field that is not there: %+v", f)
	}
	var none evtx.Record
	for range none.Fields() {
		t.Error("a field of no record")
	}
	if none.NumData() != 0 || none.DataIndex("A") != -1 || none.DataAt(0).Text() != "" ||
		none.IsUserData() || none.Provider() != "" || none.EventID() != 0 {
		t.Error("the zero record says something")
	}
}

// A clone says the same when the decoder has long gone on, and the record itself refers to the
// decoder's bytes.
func TestACloneOutlivesTheChunk(t *testing.T) {
	t.Parallel()
	raw := evtxtest.File(full())
	r := one(t, raw)
	before := string(r.AppendJSON(nil)) + string(r.AppendXML(nil)) + string(r.Raw())
	clear(raw)
	if after := string(r.AppendJSON(nil)) + string(r.AppendXML(nil)) + string(r.Raw()); after != before {
		t.Errorf("the clone now says\n%q, before\n%q", after, before)
	}
}

// Content is what a record says: the same in another chunk, under another number, written at
// another time; and no other.
func TestContentHashesDifferExactlyWhereTheContentDoes(t *testing.T) {
	t.Parallel()
	a, same, other, name := full(), full(), full(), full()
	same.HeaderID, same.Written = 99, a.Written.Add(time.Hour)
	other.Data = append([]evtxtest.Pair{evtxtest.Str("A", "b")}, other.Data[1:]...)
	name.Data = append([]evtxtest.Pair{evtxtest.Str("Z", "a")}, name.Data[1:]...)
	var l evtxtest.Log
	l.Add(sysmonEvent(0), same) // the definition stands elsewhere in the chunk
	raw, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	var moved uint64
	for r := range openLog(t, raw).Records(&evtx.Decoder{}, nil) {
		moved = r.ContentHash()
	}
	first := one(t, evtxtest.File(a)).ContentHash()
	if moved != first {
		t.Error("another place in the chunk, another number and another time of writing change the hash")
	}
	if one(t, evtxtest.File(other)).ContentHash() == first || one(t, evtxtest.File(name)).ContentHash() == first {
		t.Error("another value or another name leaves the hash as it was")
	}
	var seen evtx.Dedup
	r := one(t, evtxtest.File(a))
	if !seen.Add(r) || seen.Add(r) {
		t.Error("a record is known before it was added, or not after")
	}
	later := a
	later.Written = a.Written.Add(time.Second)
	if !seen.Add(one(t, evtxtest.File(later))) || !seen.Add(one(t, evtxtest.File(other))) {
		t.Error("another time or another content is taken for the same record")
	}
}

func TestFiletimesAreThoseOfPackageTime(t *testing.T) {
	t.Parallel()
	start := time.Date(1601, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, at := range []time.Time{
		start.Add(100), start, time.Date(1677, 9, 21, 0, 12, 43, 145_224_200, time.UTC),
		time.Date(1969, 12, 31, 23, 59, 59, 999_999_900, time.UTC),
		time.Unix(0, 0), evtxtest.VectorTime, time.Date(2262, 4, 11, 23, 47, 16, 854_775_700, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_900, time.UTC),
	} {
		f := evtx.FiletimeOf(at)
		if !f.Time().Equal(at) || f.Time().Location() != time.UTC {
			t.Errorf("%s becomes %s", at, f.Time())
		}
		if want := at.UTC().Format("2006-01-02T15:04:05.0000000Z"); f.String() != want {
			t.Errorf("%s is shown as %s", want, f)
		}
		text, err := f.MarshalText()
		var back evtx.Filetime
		if err != nil || back.UnmarshalText(text) != nil || back != f {
			t.Errorf("%s is read back as %s, %v", text, back, err)
		}
		if year := at.Year(); year > 1677 && year < 2262 && f.UnixNano() != at.UnixNano() {
			t.Errorf("%s is %d ns, want %d", at, f.UnixNano(), at.UnixNano())
		}
	}
	if evtx.FiletimeOf(start.Add(-time.Second)) != 0 || evtx.FiletimeOf(start.Add(199)) != 1 {
		t.Error("a time before 1601 is not 0, or part of a tick counts")
	}
	for f, want := range map[evtx.Filetime]int64{
		0: math.MinInt64, math.MaxUint64: math.MaxInt64,
		116_444_736_000_000_000 + math.MaxInt64/100:     math.MaxInt64 / 100 * 100,
		116_444_736_000_000_000 + math.MaxInt64/100 + 1: math.MaxInt64,
		116_444_736_000_000_000 - math.MaxInt64/100:     -(math.MaxInt64 / 100 * 100),
		116_444_736_000_000_000 - math.MaxInt64/100 - 1: math.MinInt64,
	} {
		if got := f.UnixNano(); got != want {
			t.Errorf("%d ticks are %d ns, want %d", uint64(f), got, want)
		}
	}
	if last := evtx.Filetime(math.MaxUint64).String(); last != "9999-12-31T23:59:59.9999999Z" {
		t.Errorf("a number behind the last year is shown as %s", last)
	}
	var f evtx.Filetime
	if err := f.UnmarshalText([]byte("yesterday")); err == nil {
		t.Error("no error for what is no time")
	}
}

func TestReferencesAreOrderedByFileAndOffset(t *testing.T) {
	t.Parallel()
	inOrder := []evtx.Ref{{File: 0, Offset: 9}, {File: 1, Offset: 3}, {File: 1, Offset: 4, Chunk: 7},
		{File: 2, Offset: 1 << 40}}
	for i, a := range inOrder {
		for j, b := range inOrder {
			got := a.Compare(b)
			if (got < 0) != (i < j) || (got == 0) != (i == j) {
				t.Errorf("%+v and %+v: %d", a, b, got)
			}
		}
	}
}

func TestTheSourceOfATimeHasAName(t *testing.T) {
	t.Parallel()
	for source, want := range map[evtx.TimeSource]string{evtx.TimeLogged: "time-created",
		evtx.TimeWritten: "record-header", evtx.TimeNone: "none"} {
		if got := source.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestStringsThatAllRecordsShareAreKeptOnce(t *testing.T) {
	raw, _ := sysmonLog(t, 20)
	d := &evtx.Decoder{}
	f := openLog(t, raw)
	read := func() {
		for r := range f.Records(d, nil) {
			if r.Provider() != "Microsoft-Windows-Sysmon" ||
				r.ProviderGUID() != "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}" || r.UserID() != "S-1-5-18" {
				t.Fatalf("%s %s %s", r.Provider(), r.ProviderGUID(), r.UserID())
			}
		}
	}
	read()
	if n := testing.AllocsPerRun(10, read); n > 20 {
		t.Errorf("%v allocations for 60 strings of 20 records", n)
	}
}
