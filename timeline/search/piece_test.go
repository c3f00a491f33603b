package search_test

import (
	"slices"
	"strings"
	"testing"

	"hunt/evtx/evtxtest"
	"hunt/timeline/search"
)

// recordOf is a record of one Data whose content is the nodes.
func recordOf(values []evtxtest.Value, data ...evtxtest.Node) evtxtest.Body {
	system := evtxtest.Element{Name: "System", Children: []evtxtest.Node{
		evtxtest.Element{Name: "EventID", Children: []evtxtest.Node{evtxtest.Sub{Index: 0, Type: evtxtest.TypeUint16}}},
	}}
	values = append([]evtxtest.Value{evtxtest.Uint16(1)}, values...)
	root := evtxtest.Element{Name: "Event",
		Children: []evtxtest.Node{system, evtxtest.Element{Name: "EventData", Children: data}}}
	return evtxtest.Body{evtxtest.Instance{Template: &evtxtest.Template{Nodes: []evtxtest.Node{root}}, Values: values}}
}

func dataOf(nodes ...evtxtest.Node) evtxtest.Element {
	return evtxtest.Element{Name: "Data",
		Attrs: []evtxtest.Attr{{Name: "Name", Value: []evtxtest.Node{evtxtest.Text("Field")}}}, Children: nodes}
}

func sub(i uint16, v evtxtest.Value) evtxtest.Sub { return evtxtest.Sub{Index: i, Type: v.Type} }

// Each text is in a value of the one record of a log, and stands nowhere in the log as it is.
func TestWhatDoesNotStandInTheLogAsTextIsFound(t *testing.T) {
	one := func(v evtxtest.Value) evtxtest.Body {
		return recordOf([]evtxtest.Value{v}, dataOf(sub(1, v)))
	}
	str := evtxtest.String
	for _, c := range []struct {
		pattern string
		body    evtxtest.Body
	}{
		{"left-right", recordOf([]evtxtest.Value{str("left-"), str("right")},
			dataOf(sub(1, str("")), sub(2, str(""))))},
		{"zig zag", recordOf([]evtxtest.Value{str("zag")}, dataOf(evtxtest.Text("zig "), sub(1, str(""))))},
		{"q&z", recordOf(nil, dataOf(evtxtest.Text("q"), evtxtest.EntityRef("amp"), evtxtest.Text("z")))},
		{"Zq", recordOf(nil, dataOf(evtxtest.CharRef('Z'), evtxtest.Text("q")))},
		{"q7z", recordOf([]evtxtest.Value{evtxtest.Uint32(7)},
			dataOf(evtxtest.Text("q"), sub(1, evtxtest.Uint32(7)), evtxtest.Text("z")))},
		{"Field_1", recordOf(nil, dataOf(evtxtest.Text("a")), dataOf(evtxtest.Text("b")))},
		{"d_2", recordOf([]evtxtest.Value{evtxtest.Strings("a", "b", "c")}, dataOf(sub(1, evtxtest.Strings("a"))))},
		{"\ufffd", one(evtxtest.Units('a', 0xd83d, 'b'))},
		{"a\ufffdb", one(evtxtest.Units('a', 0xd83d, 'b'))},
		{"S-1-5-21-1004336348-1177238915-682003330-50",
			one(evtxtest.SID("S-1-5-21-1004336348-1177238915-682003330-500"))},
		{"1177238915-6820", one(evtxtest.SID("S-1-5-21-1004336348-1177238915-682003330-500"))},
		{"s-1-0x10000", one(evtxtest.SID("S-1-1099511627776-2-3"))}, // 2 to the 40th
		{"3f2504e0-4f89-11d3-9a0c-0305e82c3301", one(evtxtest.GUID("{3F2504E0-4F89-11D3-9A0C-0305E82C3301}"))},
		{"-4F89-11D3-", one(evtxtest.GUID("{3F2504E0-4F89-11D3-9A0C-0305E82C3301}"))},
		{"14:15:16.1234567z", one(evtxtest.Filetime(someTime))},
		{"02T14:15:16.123Z", one(evtxtest.Systime(someTime))},
		{"-70", one(evtxtest.Int32(-703))},
		{"0x3E7", one(evtxtest.Hex64(999))},
		{"tru", one(evtxtest.Bool(true))},
		{"2.37", one(evtxtest.Real64(2.375))},
		{"e+30", one(evtxtest.Real64(1e30))},
		{"deadbeef", one(evtxtest.Binary([]byte{0xde, 0xad, 0xbe, 0xef}))},
		{"0203", one(evtxtest.Irregular(evtxtest.TypeUint32, []byte{1, 2, 3}, ""))},
		{"4624", one(evtxtest.Array(evtxtest.Uint16(7), evtxtest.Uint16(4624)))},
		{"É€š", one(evtxtest.Irregular(evtxtest.TypeAnsi, []byte{0xe9, 0x80, 0x8a}, ""))},
	} {
		var l evtxtest.Log
		l.AddBody(1, someTime, c.body)
		b, err := l.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		col := collectBytes(t, b)
		all := dumpOf(t, col, false)
		for _, o := range []search.Options{
			{Patterns: []search.Pattern{{Text: c.pattern}}},
			{Patterns: []search.Pattern{{Text: strings.ToUpper(c.pattern)}}},
		} {
			if compare(t, col, all, o, false) == 0 {
				t.Errorf("%q: nothing found; the dump has %+v", c.pattern, all)
			}
		}
	}
}

// A chunk is passed over only if nothing in it can match.
func TestChunksWithoutAHitAreNotDecoded(t *testing.T) {
	var l evtxtest.Log
	for i := range 3000 {
		l.Add(evtxtest.Event{Provider: "Test", EventID: 1, Time: someTime, RecordID: uint64(i + 1),
			Data: []evtxtest.Pair{evtxtest.Str("CommandLine", "cmd.exe /c whoami")}})
	}
	l.Add(evtxtest.Event{Provider: "Test", EventID: 1, Time: someTime,
		Data: []evtxtest.Pair{evtxtest.Str("CommandLine", "Needle in the last chunk")}})
	b, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	col := collectBytes(t, b)
	chunks := (len(b) - 4096) / 65536
	for pattern, want := range map[string]int{"nEEdle": chunks - 1, "nowhere at all": chunks,
		"S-1-5-21-1-2-3-500": chunks, "whoami": 0, "4624": 0} {
		for _, jobs := range []int{1, 3} {
			_, res := searched(t, col, search.Options{Patterns: []search.Pattern{{Text: pattern}}}, false, jobs)
			if res.Skipped != want || res.Records != 3001 {
				t.Errorf("%q: %d of %d chunks passed over, want %d; %d records, want 3001", pattern, res.Skipped,
					chunks, want, res.Records)
			}
		}
	}
}

// What is damaged is told whether or not anything matches.
func TestDamageIsToldWhateverIsSearched(t *testing.T) {
	var l evtxtest.Log
	l.Add(evtxtest.Event{Provider: "Test", EventID: 1, Time: someTime},
		evtxtest.Event{Provider: "Test", EventID: 2, Time: someTime})
	b, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	evtxtest.Tear(b, l.Placed()[1])
	col := collectBytes(t, b)
	for _, pattern := range []string{"nowhere at all", "test", "1"} {
		if _, res := searched(t, col, search.Options{Patterns: []search.Pattern{{Text: pattern}}}, false,
			1); res.Damaged != 1 {
			t.Errorf("%q: %d places with damage, want 1", pattern, res.Damaged)
		}
	}
}

// TestNumbersOfNamesakesAreSearchedForWhereARecordCanHaveThem has lists of all lengths around the number.
func TestNumbersOfNamesakesAreSearchedForWhereARecordCanHaveThem(t *testing.T) {
	var events []evtxtest.Event
	for n := range 16 {
		var items []evtxtest.Pair
		for range n {
			items = append(items, evtxtest.Pair{Value: evtxtest.String("text")})
		}
		events = append(events, evtxtest.Event{Channel: "Application", Provider: "Source", EventID: 3, Computer: "WS",
			RecordID: uint64(n + 33), Time: someTime, Classic: true, Data: items}) // #nosec G115 -- small
	}
	var log evtxtest.Log
	for n := range 16 { // an element of another name that an array repeats
		v := evtxtest.Strings(slices.Repeat([]string{"x"}, n+1)...)
		log.AddBody(uint64(n+70), someTime, recordOf([]evtxtest.Value{v},
			evtxtest.Element{Name: "Item", Children: []evtxtest.Node{sub(1, v)}}))
	}
	lists, err := log.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	hits := 0
	for _, b := range [][]byte{evtxtest.File(events...), lists} {
		col := collectBytes(t, b)
		all := dumpOf(t, col, false)
		for _, text := range []string{"12", "_12", "_1", "10", "010", "13", "_13", "_15", "_16", "_"} {
			hits += compare(t, col, all, search.Options{Patterns: []search.Pattern{{Text: text}}}, false)
		}
	}
	if hits < 150 {
		t.Errorf("%d hits", hits)
	}
}
