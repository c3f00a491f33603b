package goevtx_test

import (
	"bytes"
	"log"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"hunt/evtx/evtxtest"
	"hunt/evtx/goevtx"
)

var when = time.Date(2026, 3, 12, 9, 14, 3, 123456700, time.UTC)

func sysmon(id uint16, data ...evtxtest.Pair) evtxtest.Event {
	return evtxtest.Event{Provider: "Microsoft-Windows-Sysmon", GUID: "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}",
		Channel: "Microsoft-Windows-Sysmon/Operational", Computer: "ws01.corp.example", EventID: id,
		Time: when, Data: data}
}

// view is what an event says, from the plan and not from any decoder.
func view(e evtxtest.Event, id uint64) goevtx.View {
	v := goevtx.View{EventRecordID: id, EventID: uint32(e.EventID), Provider: e.Provider, Channel: e.Channel,
		Computer: e.Computer, TimeCreated: uint64(e.Time.UnixNano()/100 + 116_444_736_000_000_000)}
	pairs := e.Data
	if e.UserData != nil {
		pairs = e.UserData.Fields
	}
	for _, p := range pairs {
		v.Data = append(v.Data, goevtx.Field{Name: p.Name, Text: p.Value.Text(), Items: p.Value.Items(),
			Type: uint8(p.Value.Type)})
	}
	return v
}

// read writes the events as one log and reads each back through the fence.
func read(t *testing.T, events ...evtxtest.Event) []*goevtx.Record {
	t.Helper()
	var l evtxtest.Log
	l.Add(events...)
	file, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	var out []*goevtx.Record
	for _, p := range l.Placed() {
		r, err := goevtx.ReadRecord(evtxtest.Chunk(file, p.Chunk), (p.Offset-4096)%65536)
		if err != nil {
			t.Fatalf("record %d: %v", p.RecordID, err)
		}
		out = append(out, r)
	}
	return out
}

func TestEachKindOfValueIsAgreedOrDiffersByANamedDefect(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		value evtxtest.Value
		want  goevtx.Defect
	}{
		"string":                {evtxtest.String("héllo €"), ""},
		"empty string":          {evtxtest.String(""), ""},
		"null":                  {evtxtest.Null(), ""},
		"ANSI string":           {evtxtest.Ansi("plain"), ""},
		"int8":                  {evtxtest.Int8(-8), ""},
		"uint8":                 {evtxtest.Uint8(200), ""},
		"int16":                 {evtxtest.Int16(-300), ""},
		"uint16":                {evtxtest.Uint16(60000), ""},
		"int32":                 {evtxtest.Int32(-70000), ""},
		"uint32":                {evtxtest.Uint32(4000000000), ""},
		"int64":                 {evtxtest.Int64(-1 << 40), ""},
		"uint64":                {evtxtest.Uint64(1 << 63), ""},
		"real64 of few digits":  {evtxtest.Real64(2.5), goevtx.RealRounded},
		"real32":                {evtxtest.Real32(1.5), goevtx.TypeUnknown},
		"true":                  {evtxtest.Bool(true), ""},
		"false":                 {evtxtest.Bool(false), ""},
		"true stored as -1":     {evtxtest.BoolWord(-1), goevtx.BoolNotOne},
		"binary":                {evtxtest.Binary([]byte{0, 0xab}), ""},
		"GUID":                  {evtxtest.GUID("{01020304-0506-0708-090A-0B0C0D0E0F10}"), goevtx.GUIDWithoutBraces},
		"size_t of 8 bytes":     {evtxtest.SizeT64(77), goevtx.TypeUnknown},
		"FILETIME":              {evtxtest.Filetime(when), ""},
		"SYSTEMTIME":            {evtxtest.Systime(when), goevtx.SystimeFraction},
		"SID":                   {evtxtest.SID("S-1-5-21-1-2-3-1001"), ""},
		"hex32":                 {evtxtest.Hex32(0x1e), goevtx.HexPadded},
		"hex64":                 {evtxtest.Hex64(0x3e7), goevtx.HexPadded},
		"hex64 of eight digits": {evtxtest.Hex64(0x12345678), ""},
		"handle":                {evtxtest.Handle(9), goevtx.TypeUnknown},
		"strings":               {evtxtest.Strings("a", "b"), ""},
		"strings, one empty":    {evtxtest.Strings("a", "", "c"), goevtx.EmptyItemsLost},
		"array of uint16":       {evtxtest.Array(evtxtest.Uint16(1), evtxtest.Uint16(2)), ""},
		"array of uint64":       {evtxtest.Array(evtxtest.Uint64(1), evtxtest.Uint64(2)), ""},
		"array of uint32":       {evtxtest.Array(evtxtest.Uint32(1)), goevtx.TypeUnknown},
		"array of GUIDs": {evtxtest.Array(evtxtest.GUID("{01020304-0506-0708-090A-0B0C0D0E0F10}")),
			goevtx.ArrayMistaken},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := sysmon(1, evtxtest.Str("Before", "b"), evtxtest.Pair{Name: "X", Value: tt.value},
				evtxtest.Str("After", "a"))
			got := goevtx.Compare(view(e, 1), read(t, e)[0])
			switch {
			case tt.want == "" && len(got) > 0:
				t.Errorf("want agreement, got %+v", got)
			case tt.want != "" && (len(got) != 1 || got[0].Defect != tt.want || got[0].Field != "X"):
				t.Errorf("want one difference in X by %q, got %+v", tt.want, got)
			}
		})
	}
}

func TestAChangedFieldIsAMismatch(t *testing.T) {
	t.Parallel()
	e := sysmon(1, evtxtest.Str("Image", `C:\a.exe`), evtxtest.Pair{Name: "LogonId", Value: evtxtest.Hex64(0x3e7)},
		evtxtest.Pair{Name: "Initiated", Value: evtxtest.Bool(false)},
		evtxtest.Pair{Name: "G", Value: evtxtest.GUID("{01020304-0506-0708-090A-0B0C0D0E0F10}")})
	rec := read(t, e)[0]
	tests := map[string]func(*goevtx.View){
		"System/EventID":       func(v *goevtx.View) { v.EventID++ },
		"System/EventRecordID": func(v *goevtx.View) { v.EventRecordID++ },
		"System/Provider":      func(v *goevtx.View) { v.Provider = "Other" },
		"System/Channel":       func(v *goevtx.View) { v.Channel = "Security" },
		"System/Computer":      func(v *goevtx.View) { v.Computer = "ws02" },
		"System/TimeCreated":   func(v *goevtx.View) { v.TimeCreated++ },
		"Image":                func(v *goevtx.View) { v.Data[0].Text = `C:\b.exe` },
		"LogonId":              func(v *goevtx.View) { v.Data[1].Text = "0x3e8" },
		"Initiated": func(v *goevtx.View) {
			v.Data[2] = goevtx.Field{Name: "Initiated",
				Text: "true", Type: 1}
		},
		"G": func(v *goevtx.View) { v.Data[3].Text = "{01020304-0506-0708-090A-0B0C0D0E0F11}" },
		"Hashes": func(v *goevtx.View) {
			v.Data = append(v.Data,
				goevtx.Field{Name: "Hashes", Text: "x"})
		},
	}
	for field, change := range tests {
		t.Run(field, func(t *testing.T) {
			v := view(e, 1)
			change(&v)
			got := goevtx.Mismatches(goevtx.Compare(v, rec))
			if len(got) != 1 || got[0].Field != field {
				t.Errorf("want one mismatch in %s, got %+v", field, got)
			}
		})
	}
	t.Run("a field that only golang-evtx has", func(t *testing.T) {
		v := view(e, 1)
		v.Data = v.Data[1:]
		if got := goevtx.Mismatches(goevtx.Compare(v, rec)); len(got) != 1 || got[0].Theirs != `C:\a.exe` {
			t.Errorf("want Image as the one mismatch, got %+v", got)
		}
	})
}

func TestEveryDefectIsExplained(t *testing.T) {
	t.Parallel()
	seen := map[goevtx.Defect]bool{}
	for _, d := range goevtx.Defects() {
		if seen[d] || d.Explain() == string(d) {
			t.Errorf("%s stands twice or has no explanation", d)
		}
		seen[d] = true
	}
	if got := goevtx.Defect("other").Explain(); got != "other" {
		t.Errorf("an unknown defect is explained as %q", got)
	}
}

func TestAValueOfIrregularSizeExcusesThePayloadAndNothingElse(t *testing.T) {
	t.Parallel()
	e := sysmon(1, evtxtest.Pair{Name: "N", Value: evtxtest.Irregular(evtxtest.TypeUint32, []byte{7},
		"7")}, evtxtest.Str("After", "a"))
	rec, v := read(t, e)[0], view(e, 1)
	if got := goevtx.Mismatches(goevtx.Compare(v, rec)); len(got) == 0 {
		t.Fatal("golang-evtx reads a value of irregular size rightly: the defect is gone")
	}
	v.Data[0].Irregular = true
	if got := goevtx.Mismatches(goevtx.Compare(v, rec)); len(got) > 0 {
		t.Errorf("mismatches: %+v", got)
	}
	v.EventID = 2
	if got := goevtx.Mismatches(goevtx.Compare(v, rec)); len(got) != 1 || got[0].Field != "System/EventID" {
		t.Errorf("want the changed EventID as the one mismatch, got %+v", got)
	}
}

func TestWholeRecordsOfEachLayoutAreAgreed(t *testing.T) {
	t.Parallel()
	events := []evtxtest.Event{
		sysmon(1, evtxtest.Str("Image", `C:\a.exe`)),
		sysmon(3),
		{Provider: "Microsoft-Windows-Eventlog", GUID: "{fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148}",
			Channel: "Security", Computer: "ws01", EventID: 1102, Time: when,
			UserData: &evtxtest.UserData{Element: "LogFileCleared",
				XMLNS: "http://manifests.microsoft.com/win/2004/08/windows/eventlog",
				Fields: []evtxtest.Pair{{Name: "SubjectUserSid", Value: evtxtest.SID("S-1-5-18")},
					evtxtest.Str("SubjectUserName", "bob")}}},
		{Provider: "Service Control Manager", GUID: "{555908d1-a6d7-4695-8e1e-26931d2012f4}",
			EventSourceName: "Service Control Manager",
			Channel:         "System", Computer: "ws01", EventID: 7045, Time: when, Qualifiers: 16384,
			Data: []evtxtest.Pair{evtxtest.Str("ServiceName", "x")}},
		{Provider: "EventLog", Channel: "System", Computer: "ws01", EventID: 6013, Classic: true,
			Qualifiers: 32768, Time: when,
			Data: []evtxtest.Pair{evtxtest.Str("", "one"), evtxtest.Str("", "two"),
				{Value: evtxtest.Binary([]byte{1, 2})}}},
	}
	for i, r := range read(t, events...) {
		got := goevtx.Compare(view(events[i], uint64(i+1)), r)
		if i == 4 { // no provider GUID
			if len(got) != 1 || got[0].Defect != goevtx.ProviderLost {
				t.Errorf("event %d: want the lost provider alone, got %+v", i, got)
			}
			continue
		}
		if len(got) > 0 {
			t.Errorf("event %d: %+v", i, got)
		}
	}
}

// loop is a template whose definition holds an instance of itself.
func loop() []byte {
	var l evtxtest.Log
	inner := &evtxtest.Template{Nodes: []evtxtest.Node{evtxtest.Raw{0x0c, 1, 0, 0, 0, 0, 0x26, 0x02, 0, 0,
		0, 0, 0, 0}}}
	l.AddBody(1, when, evtxtest.Body{evtxtest.Instance{Template: inner}})
	b, err := l.Bytes()
	if err != nil {
		panic(err)
	}
	return evtxtest.Chunk(b, 0)
}

func TestATemplateThatHoldsItselfIsRefused(t *testing.T) {
	t.Parallel()
	_, err := goevtx.ReadRecord(loop(), 512)
	if goevtx.Excuse(err) != goevtx.NestingRefused {
		t.Errorf("want the record refused for its nesting, got %v", err)
	}
}

func TestValuesThatMultiplyAreRefused(t *testing.T) {
	t.Parallel()
	// Each level substitutes the level below twenty times.
	v := evtxtest.String("x")
	for range 8 {
		var nodes []evtxtest.Node
		for range 20 {
			nodes = append(nodes, evtxtest.Element{Name: "a",
				Children: []evtxtest.Node{evtxtest.Sub{Index: 0, Type: v.Type}}})
		}
		tmpl := &evtxtest.Template{Nodes: []evtxtest.Node{evtxtest.Element{Name: "b", Children: nodes}}}
		v = evtxtest.BinXML(evtxtest.Body{evtxtest.Instance{Template: tmpl, Values: []evtxtest.Value{v}}})
	}
	var l evtxtest.Log
	l.AddBody(1, when, v.Nested)
	file, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if _, err = goevtx.ReadRecord(evtxtest.Chunk(file, 0), 512); goevtx.Excuse(err) != goevtx.NestingRefused {
		t.Errorf("want the record refused for its nesting, got %v", err)
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("the refusal took %v", d)
	}
}

func TestFailuresAreErrorsAndNothingIsPrinted(t *testing.T) {
	if os.Getenv("GOEVTX_CHILD") == "" {
		// golang-evtx prints to stderr through the standard logger: look from outside.
		cmd := exec.Command(os.Args[0], "-test.run=^TestFailuresAreErrorsAndNothingIsPrinted$")
		cmd.Env = append(os.Environ(), "GOEVTX_CHILD=1")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if out, err := cmd.Output(); err != nil || stderr.Len() > 0 {
			t.Errorf("child: %v, stdout %s, stderr %q", err, out, stderr.String())
		}
		return
	}
	var l evtxtest.Log
	l.AddBody(1, when, evtxtest.Body{evtxtest.Element{Name: "Event",
		Children: []evtxtest.Node{evtxtest.PI{Target: "a", Data: "b"}}}})
	l.AddBody(2, when, evtxtest.Body{evtxtest.Raw{0x7f}})
	l.AddBody(3, when, evtxtest.Body{evtxtest.Raw{0x0c, 1, 0, 0, 0, 0, 0xff, 0xff, 0, 0}})
	file, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range l.Placed() {
		if r, err := goevtx.ReadRecord(evtxtest.Chunk(file, 0), p.Offset-4096); err == nil {
			t.Errorf("record %d: want an error, got %+v", p.RecordID, r)
		}
	}
	for _, at := range []int64{-1, 65530, 1 << 40} {
		if _, err := goevtx.ReadRecord(evtxtest.Chunk(file, 0), at); err == nil {
			t.Errorf("offset %d: want an error", at)
		}
	}
	if log.Writer() != os.Stderr {
		t.Error("the standard logger's output was not put back")
	}
}

func TestNoByteChangedAtRandomGetsThroughTheFence(t *testing.T) {
	t.Parallel()
	var l evtxtest.Log
	for i := range 4 {
		l.Add(sysmon(uint16(i), evtxtest.Str("Image", strings.Repeat("x", 40)),
			evtxtest.Pair{Name: "S", Value: evtxtest.Strings("a", "b")},
			evtxtest.Pair{Name: "U", Value: evtxtest.SID("S-1-5-18")}))
	}
	file, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	end := l.Placed()[3].Offset + int64(l.Placed()[3].Size)
	for range 800 {
		c := bytes.Clone(evtxtest.Chunk(file, 0)[:end-4096])
		for range 1 << rng.IntN(5) {
			c[512+rng.IntN(len(c)-512)] = byte(rng.Uint32())
		}
		for _, p := range l.Placed() {
			_, _ = goevtx.ReadRecord(c, p.Offset-4096) // returns: that is the test
		}
	}
}

func FuzzReadRecord(f *testing.F) {
	for _, v := range evtxtest.Vectors() {
		var l evtxtest.Log
		l.AddBody(uint64(v.Event), evtxtest.VectorTime, v.Body)
		file, err := l.Bytes()
		if err != nil {
			f.Fatal(err)
		}
		p := l.Placed()[0]
		f.Add(evtxtest.Chunk(file, 0)[512 : p.Offset-4096+int64(p.Size)])
	}
	f.Add(loop()[512:1024])
	f.Fuzz(func(t *testing.T, record []byte) {
		if len(record) > 65536-512 {
			return
		}
		chunk := append(make([]byte, 512), record...)
		rec, err := goevtx.ReadRecord(chunk, 512)
		if err == nil && rec == nil {
			t.Error("neither a record nor an error")
		}
	})
}
