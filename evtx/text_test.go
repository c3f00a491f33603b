package evtx_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
)

// xmlData returns the Data elements of an event as encoding/xml reads them, and all character data of
// System as a path of names each.
func xmlData(t testing.TB, text []byte) (data []evtxtest.Want, system map[string]string) {
	t.Helper()
	system = make(map[string]string)
	d := xml.NewDecoder(strings.NewReader(string(text)))
	var path []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return data, system
		}
		if err != nil {
			t.Fatalf("encoding/xml: %v\n%s", err, text)
		}
		switch token := token.(type) {
		case xml.StartElement:
			path = append(path, token.Name.Local)
			if len(path) == 3 && path[1] == "EventData" {
				data = append(data, evtxtest.Want{})
			}
			for _, a := range token.Attr {
				switch {
				case path[len(path)-1] == "Data" && a.Name.Local == "Name":
					data[len(data)-1].Name = a.Value
				case len(path) == 3 && path[1] == "System":
					system[path[2]+"/@"+a.Name.Local] = a.Value
				}
			}
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			switch {
			case len(path) == 3 && path[1] == "EventData":
				data[len(data)-1].Text += string(token)
			case len(path) == 3 && path[1] == "System":
				system[path[2]] += string(token)
			}
		}
	}
}

// jsonMembers returns the members of the object at a path of an event, in their order, as encoding/json
// reads them: a member that is an object or a list comes as its JSON text.
func jsonMembers(t testing.TB, text []byte, path ...string) (names []string, values []string) {
	t.Helper()
	for _, name := range path {
		var o map[string]json.RawMessage
		if err := json.Unmarshal(text, &o); err != nil {
			t.Fatalf("encoding/json: %v\n%s", err, text)
		}
		text = o[name]
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		t.Fatalf("%v is no object: %v, %v", path, token, err)
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
		names, values = append(names, name.(string)), append(values, string(value))
	}
	return names, values
}

// asJSON is a field as a value of JSON: integers and booleans are JSON's own, all else is text.
func asJSON(t testing.TB, w evtxtest.Want) string {
	t.Helper()
	switch {
	case w.Text == "": // an array without items has nothing that is a number
	case w.Type >= evtxtest.TypeInt8 && w.Type <= evtxtest.TypeUint64, w.Type == evtxtest.TypeBool:
		return w.Text
	}
	text, err := json.Marshal(w.Text)
	if err != nil {
		t.Fatal(err)
	}
	s := string(text)
	for _, r := range []string{"&", "<", ">"} { // encoding/json escapes these for HTML
		s = strings.ReplaceAll(s, fmt.Sprintf(`\u%04x`, r[0]), r)
	}
	return s
}

// asMembers numbers namesakes as the format's description says: Data, Data_1, Data_2.
func asMembers(fields []evtxtest.Want) (names []string) {
	seen := map[string]int{}
	for _, f := range fields {
		name := f.Name
		if name == "" {
			name = "Data"
		}
		if n := seen[name]; n > 0 {
			names = append(names, fmt.Sprintf("%s_%d", name, n))
		} else {
			names = append(names, name)
		}
		seen[name]++
	}
	return names
}

func TestVectorsReadAsTextSayWhatWasWritten(t *testing.T) {
	t.Parallel()
	vectors := evtxtest.Vectors()
	i := 0
	for r := range openLog(t, readLog(t, "testdata/vectors.evtx")).Records(&evtx.Decoder{},
		func(x evtx.Damage) { t.Errorf("damage of a sound log: %+v", x) }) {
		v := vectors[i]
		i++
		data, system := xmlData(t, r.AppendXML(nil))
		if system["EventID"] != fmt.Sprint(v.Event) ||
			system["TimeCreated/@SystemTime"] != "2026-03-12T09:14:03.1234567Z" ||
			system["Channel"] != "Vectors/Operational" {
			t.Errorf("%s: System reads %v", v.Name, system)
		}
		names, values := jsonMembers(t, r.AppendJSON(nil), "Event", "EventData")
		if v.Loose { // what a decoder makes of the value between them is its own affair
			if len(data) < 2 || data[0].Text != "1" || data[len(data)-1].Text != "2" ||
				names[0] != "First" || values[len(values)-1] != `"2"` {
				t.Errorf("%s: the fields around it read %v in XML, %v %v in JSON", v.Name, data, names, values)
			}
			continue
		}
		if !slices.EqualFunc(data, v.Want, func(a, b evtxtest.Want) bool {
			return a.Name == b.Name &&
				a.Text == b.Text
		}) {
			t.Errorf("%s: XML has %+v, want %+v", v.Name, data, v.Want)
		}
		if want := asMembers(v.Want); !slices.Equal(names, want) {
			t.Errorf("%s: JSON has the members %v, want %v", v.Name, names, want)
			continue
		}
		for k, w := range v.Want {
			if want := asJSON(t, w); values[k] != want {
				t.Errorf("%s: JSON has %s for %s, want %s", v.Name, values[k], names[k], want)
			}
		}
	}
	if i != len(vectors) {
		t.Errorf("%d records, want %d", i, len(vectors))
	}
}

// The vectors in testdata are what every clone can read; evtxtest writes the same today.
func TestTheCommittedVectorsAreThoseOfEvtxtest(t *testing.T) {
	t.Parallel()
	want, _, err := evtxtest.VectorLog()
	if err != nil {
		t.Fatal(err)
	}
	if string(readLog(t, "testdata/vectors.evtx")) != string(want) {
		t.Error("testdata/vectors.evtx is not what evtxtest.VectorLog writes; write it anew if that changed on purpose")
	}
}

func TestTextsAreEscapedForTheirFormat(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, xml string }{
		{"marks of XML", `<a href="x">'&'</a>`, `<a href="x">'&'</a>`},
		{"the end of a CDATA section", "]]>", "]]>"},
		{"backslashes and quotes", `C:\temp\"q"`, `C:\temp\"q"`},
		{"lines and tabs", "a\tb\nc", "a\tb\nc"},
		{"a carriage return, which a reader of XML would take for a line feed", "a\rb", "a\rb"},
		{"control characters, which XML cannot hold", "\x01\x1f\x7f", "\u2401\u241f\x7f"},
		{"letters of three and four bytes", "\u20ac \U0001F4B8", "\u20ac \U0001F4B8"},
		{"separators that end a line in JavaScript", "\u2028\u2029", "\u2028\u2029"},
	} {
		raw := evtxtest.File(evtxtest.Event{Provider: "P", EventID: 1, Time: evtxtest.VectorTime,
			Data: []evtxtest.Pair{evtxtest.Str("A", c.text)}})
		n := 0
		for r := range openLog(t, raw).Records(&evtx.Decoder{}, nil) {
			n++
			data, _ := xmlData(t, r.AppendXML(nil))
			if len(data) != 1 || data[0].Text != c.xml {
				t.Errorf("%s: encoding/xml reads %q, want %q", c.name, data, c.xml)
			}
			var said struct {
				Event struct{ EventData struct{ A string } }
			}
			if err := json.Unmarshal(r.AppendJSON(nil), &said); err != nil || said.Event.EventData.A != c.text {
				t.Errorf("%s: encoding/json reads %q, %v; want %q", c.name, said.Event.EventData.A, err, c.text)
			}
			if f, _ := r.Data("A"); f.Text() != c.text {
				t.Errorf("%s: the field says %q", c.name, f.Text())
			}
		}
		if n != 1 {
			t.Errorf("%s: %d records", c.name, n)
		}
	}
}

func TestLayoutsOfJSONAreThoseDescribed(t *testing.T) {
	t.Parallel()
	system := `"System":{"Provider":{"#attributes":{"Name":"P"}},"EventID":1,"TimeCreated":{"#attributes":{"SystemTime":"2026-03-12T09:14:03.1234567Z"}},"Channel":"C"}`
	at := evtxtest.Filetime(evtxtest.VectorTime)
	full := `{"Event":{"#attributes":{"xmlns":"http://schemas.microsoft.com/win/2004/08/events/event"},"System":{` +
		`"Provider":{"#attributes":{"Name":"P"}},"EventID":{"#attributes":{"Qualifiers":%s},"#text":7},"Version":0,"Level":0,"Task":0,"Opcode":0,"Keywords":"0x0",` +
		`"TimeCreated":{"#attributes":{"SystemTime":"2026-03-12T09:14:03.1234567Z"}},"EventRecordID":1,"Correlation":null,` +
		`"Execution":{"#attributes":{"ProcessID":0,"ThreadID":0}},"Channel":"C","Computer":"h","Security":null},%s}}`
	pair := func(name string, v evtxtest.Value) evtxtest.Pair { return evtxtest.Pair{Name: name, Value: v} }
	base := evtxtest.Event{Provider: "P", Channel: "C", Computer: "h", EventID: 7, Qualifiers: 9,
		Time: evtxtest.VectorTime}
	with := func(change func(e *evtxtest.Event)) evtxtest.Event {
		e := base
		change(&e)
		return e
	}
	for _, c := range []struct {
		name, want string
		raw        []byte
	}{
		{"an element without text is null", `{"Event":{` + system + `,"EventData":{"Image":null}}}`, nil},
		{"no payload fields", fmt.Sprintf(full, "9", `"EventData":null`), evtxtest.File(base)},
		{"unnamed Data alone", fmt.Sprintf(full, "9", `"EventData":{"Data":{"#text":["x",5]}}`),
			evtxtest.File(with(func(e *evtxtest.Event) {
				e.Data = []evtxtest.Pair{evtxtest.Str("", "x"),
					pair("", evtxtest.Uint8(5))}
			}))},
		{"one unnamed Data", fmt.Sprintf(full, "9", `"EventData":{"Data":{"#text":"x"}}`),
			evtxtest.File(with(func(e *evtxtest.Event) { e.Data = []evtxtest.Pair{evtxtest.Str("", "x")} }))},
		{"a classic event with an empty string and no data",
			fmt.Sprintf(full, "9", `"EventData":{"Data":{"#text":["a","","c"]},"Binary":null}`),
			evtxtest.File(with(func(e *evtxtest.Event) {
				e.Classic, e.Data = true, []evtxtest.Pair{evtxtest.Str("", "a"), evtxtest.Str("", ""),
					evtxtest.Str("", "c")}
			}))},
		{"elements of UserData", fmt.Sprintf(full, "9",
			`"UserData":{"LogFileCleared":{"#attributes":{"xmlns":"urn:x"},"SubjectUserName":"anna","Count":3}}`),
			evtxtest.File(with(func(e *evtxtest.Event) {
				e.UserData = &evtxtest.UserData{Element: "LogFileCleared", XMLNS: "urn:x",
					Fields: []evtxtest.Pair{evtxtest.Str("SubjectUserName", "anna"),
						pair("Count", evtxtest.Uint32(3))}}
			}))},
	} {
		if c.raw == nil {
			var l evtxtest.Log
			l.AddBody(1, evtxtest.VectorTime, event(evtxtest.Uint16(1), at, evtxtest.Null()))
			var err error
			if c.raw, err = l.Bytes(); err != nil {
				t.Fatal(err)
			}
		}
		for r := range openLog(t, c.raw).Records(&evtx.Decoder{}, nil) {
			if got := string(r.AppendJSON(nil)); got != c.want {
				t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
			}
		}
	}
}

func TestSurrogatesWithoutTheirOtherHalfAreToldAndKeptOnDemand(t *testing.T) {
	t.Parallel()
	raw := evtxtest.File(evtxtest.Event{Provider: "P", EventID: 1, Time: evtxtest.VectorTime,
		Data: []evtxtest.Pair{{Name: "A", Value: evtxtest.Units('a', 0xd83d, 'b')}, evtxtest.Str("B", "sound")}})
	for _, exact := range []bool{false, true} {
		for r := range openLog(t, raw).Records(&evtx.Decoder{Exact: exact}, nil) {
			if !r.Unpaired() {
				t.Error("the record is not said to have one")
			}
			want := "a\ufffdb"
			if exact {
				want = `a\ud83db`
			}
			if got := string(r.AppendJSON(nil)); !strings.Contains(got, `"A":"`+want+`","B":"sound"`) ||
				r.Altered() == exact {
				t.Errorf("exact %v: %s, altered %v", exact, got, r.Altered())
			}
		}
	}
	for r := range openLog(t, evtxtest.File(sysmonEvent(0))).Records(&evtx.Decoder{}, nil) {
		if r.AppendJSON(nil); r.Unpaired() || r.Altered() {
			t.Error("a sound record is said to be altered")
		}
	}
}

func TestXMLAndJSONOfEveryLogAreWellFormedAndSayTheSame(t *testing.T) {
	onLogs(t, func(t *testing.T, names []string) {
		t.Parallel()
		n := 0
		for i, name := range names {
			if len(names) > 100 && i%4 != 0 && !strings.Contains(name, "/evtx-rs/") {
				continue
			}
			f, err := evtx.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			for r := range f.Records(&evtx.Decoder{}, nil) {
				n++
				_, system := xmlData(t, r.AppendXML(nil))
				var o struct {
					Event struct{ System map[string]any }
				}
				if err := json.Unmarshal(r.AppendJSON(nil), &o); err != nil {
					t.Fatalf("%s record %d: %v", name, r.Ref.HeaderRecordID, err)
				}
				if computer, _ := o.Event.System["Computer"].(string); computer != system["Computer"] ||
					computer != r.Computer() {
					t.Fatalf("%s record %d: the computer is %q in JSON, %q in XML, %q", name,
						r.Ref.HeaderRecordID, computer, system["Computer"], r.Computer())
				}
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}
		if n == 0 {
			t.Fatal("no records")
		}
	})
}

// Elements within Data, names that clash, and instructions: what few logs have, as the format's
// description says it is shown.
func TestRareLayoutsOfPayloadsAreShown(t *testing.T) {
	t.Parallel()
	data := func(name string, content ...evtxtest.Node) evtxtest.Node {
		e := evtxtest.Named("Data", content...)
		if name != "" {
			e.Attrs = []evtxtest.Attr{{Name: "Name", Value: []evtxtest.Node{evtxtest.Text(name)}}}
		}
		return e
	}
	sub := evtxtest.Sub{Index: 0, Type: evtxtest.TypeUint32}
	for _, c := range []struct {
		name, json, xml string
		children        []evtxtest.Node
	}{
		{"an element within a named Data", `{"A":{"#attributes":{"Name":"A"},"X":7}}`,
			`<Data Name="A"><X>7</X></Data>`, []evtxtest.Node{data("A", evtxtest.Named("X", sub))}},
		{"an element within a Data without a name", `{"Data":{"#text":{"X":7}}}`, `<Data><X>7</X></Data>`,
			[]evtxtest.Node{data("", evtxtest.Named("X", sub))}},
		{"a Data without a name beside one of the name Data", `{"Data":7,"Data_1":"n"}`,
			`<Data>7</Data><Data Name="Data">n</Data>`, []evtxtest.Node{data("", sub),
				data("Data", evtxtest.Text("n"))}},
		{"a Data of the name of an element beside it", `{"X":7,"X_1":"n"}`,
			`<X>7</X><Data Name="X">n</Data>`,
			[]evtxtest.Node{evtxtest.Named("X", sub), data("X", evtxtest.Text("n"))}},
		{"a processing instruction", `{"A":7}`, `<?target some data?><Data Name="A">7</Data>`,
			[]evtxtest.Node{evtxtest.PI{Target: "target", Data: "some data"}, data("A", sub)}},
		{"text beside an element", `{"X":{"#text":"t","Y":7}}`, `<X>t<Y>7</Y></X>`,
			[]evtxtest.Node{evtxtest.Named("X", evtxtest.Text("t"), evtxtest.Named("Y", sub))}},
		{"elements of one name", `{"X":7,"X_1":"n"}`, `<X>7</X><X>n</X>`,
			[]evtxtest.Node{evtxtest.Named("X", sub), evtxtest.Named("X", evtxtest.Text("n"))}},
	} {
		var l evtxtest.Log
		l.AddBody(1, evtxtest.VectorTime,
			evtxtest.WithPayload(evtxtest.EventData([]evtxtest.Value{evtxtest.Uint32(7)}, c.children...)))
		raw, err := l.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		r := one(t, raw)
		if got := string(r.AppendJSON(nil)); !strings.HasSuffix(got, `"EventData":`+c.json+"}}") ||
			!json.Valid([]byte(got)) {
			t.Errorf("%s: JSON %s, want EventData %s", c.name, got, c.json)
		}
		got := string(r.AppendXML(nil))
		if xmlData(t, []byte(got)); !strings.Contains(got, "<EventData>"+c.xml+"</EventData>") {
			t.Errorf("%s: XML %s, want in it %s", c.name, got, c.xml)
		}
	}
}
