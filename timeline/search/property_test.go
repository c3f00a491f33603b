package search_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"hunt/evtx/evtxtest"
	"hunt/racetest"
	"hunt/timeline/evidence"
	"hunt/timeline/search"
)

var someTime = time.Date(2026, 3, 2, 14, 15, 16, 123456700, time.UTC)

// oddTexts are texts with what can go wrong: case beyond ASCII, characters of two units, controls.
var oddTexts = []string{
	"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe", "whoami /all", "Straße", "STRASSE", "ÀÉÎõü",
	"ПРИВЕТ мир",
	"ΣΊΣΥΦΟΣ σίσυφος", "K\u212Aelvin \u017Fharp", "𐐀𐐨 Deseret", "😀 emoji", "İstanbul ı", "a\u0000b", "line\r\nend\ttab",
	`"quoted" \\ {x}`, "Ǆǅǆ", "ﬁ ligature",
	"S-1-5-21-1-2-3-500 in text", "{3F2504E0-4F89-11D3-9A0C-0305E82C3301}", "2026-03-02T14:15:16.1234567Z", "0x3e7",
	"true", "", " ", "€uro ‚low‘", "Data_1", "Data_2", "whoami /ali",
	strings.Repeat("long ", 200) + "needle" + strings.Repeat(" tail", 200),
}

func randomValue(rng *rand.Rand) evtxtest.Value {
	word := oddTexts[rng.IntN(len(oddTexts))]
	switch rng.IntN(24) {
	case 0:
		return evtxtest.SID("S-1-5-21-1004336348-1177238915-682003330-" + []string{"500", "5001", "512"}[rng.IntN(3)])
	case 1:
		return evtxtest.SID("S-1-5-18")
	case 2:
		return evtxtest.GUID("{3F2504E0-4F89-11D3-9A0C-0305E82C3301}")
	case 3:
		return evtxtest.Filetime(someTime.Add(time.Duration(rng.IntN(1e9))))
	case 4:
		return evtxtest.Systime(someTime)
	case 5:
		return evtxtest.Uint32(uint32(rng.IntN(70000)))
	case 6:
		return evtxtest.Int64(-int64(rng.IntN(5000)))
	case 7:
		return evtxtest.Hex64(uint64(rng.IntN(1 << 20)))
	case 8:
		return evtxtest.SizeT64(0x3e7)
	case 9:
		return evtxtest.Bool(rng.IntN(2) == 0)
	case 10:
		return evtxtest.Real64(float64(rng.IntN(100)) / 8)
	case 11:
		return evtxtest.Binary([]byte{0xde, 0xad, 0xbe, 0xef, byte(rng.IntN(256))})
	case 12:
		return evtxtest.Strings(word, "", "item", oddTexts[rng.IntN(len(oddTexts))])
	case 13:
		return evtxtest.Array(evtxtest.Uint16(7), evtxtest.Uint16(4624))
	case 14:
		return evtxtest.Units(0xd83d, 'a', 'b', 0xdc00)
	case 15:
		return evtxtest.Irregular(evtxtest.TypeUint32, []byte{1, 2, 3}, "010203")
	case 16:
		return evtxtest.Irregular(evtxtest.TypeAnsi, []byte{'c', 'a', 'f', 0xe9, ' ', 0x80, 0x8a}, "café €Š")
	case 17:
		return evtxtest.Irregular(evtxtest.TypeGUID, []byte{1, 2, 3, 4}, "01020304")
	case 18:
		return evtxtest.Null()
	case 19:
		return evtxtest.Stringz(word)
	}
	return evtxtest.String(word)
}

// randomBody is a record with content of several pieces, references and names that repeat.
func randomBody(rng *rand.Rand, id uint64) evtxtest.Body {
	system := evtxtest.Element{Name: "System", Children: []evtxtest.Node{
		evtxtest.Element{Name: "Provider",
			Attrs: []evtxtest.Attr{{Name: "Name", Value: []evtxtest.Node{evtxtest.Text("Odd")}}}},
		evtxtest.Element{Name: "EventID", Children: []evtxtest.Node{evtxtest.Sub{Index: 0, Type: evtxtest.TypeUint16}}},
		evtxtest.Element{Name: "TimeCreated",
			Attrs: []evtxtest.Attr{{Name: "SystemTime",
				Value: []evtxtest.Node{evtxtest.Sub{Index: 1, Type: evtxtest.TypeFiletime}}}}},
		evtxtest.Element{Name: "EventRecordID",
			Children: []evtxtest.Node{evtxtest.Sub{Index: 2, Type: evtxtest.TypeUint64}}},
		evtxtest.Element{Name: "Computer", Children: []evtxtest.Node{evtxtest.Text("odd-host")}},
	}}
	values := []evtxtest.Value{evtxtest.Uint16(uint16(rng.IntN(5000))), evtxtest.Filetime(someTime),
		evtxtest.Uint64(id)}
	data := evtxtest.Element{Name: []string{"EventData", "UserData"}[rng.IntN(2)]}
	for range 1 + rng.IntN(6) {
		var content []evtxtest.Node
		for range rng.IntN(4) {
			switch rng.IntN(7) {
			case 0:
				content = append(content, evtxtest.Text("part"))
			case 1:
				content = append(content, evtxtest.EntityRef([]string{"amp", "lt", "quot", "odd"}[rng.IntN(4)]))
			case 2:
				content = append(content, evtxtest.CharRef([]uint16{'x', 0x416, 0xd83d}[rng.IntN(3)]))
			case 3:
				content = append(content, evtxtest.CDATA("cdata <x>"))
			default:
				v := randomValue(rng)
				content = append(content,
					evtxtest.Sub{Index: uint16(len(values)), Type: v.Type, Optional: rng.IntN(2) == 0})
				values = append(values, v)
			}
		}
		el := evtxtest.Element{Name: []string{"Data", "Leaf", "ComplexData"}[rng.IntN(3)], Children: content}
		if rng.IntN(2) == 0 {
			el.Attrs = []evtxtest.Attr{{Name: []string{"Name", "other"}[rng.IntN(2)],
				Value: []evtxtest.Node{evtxtest.Text([]string{"Command", "Ünique", "Data"}[rng.IntN(3)])}}}
		}
		data.Children = append(data.Children, el)
	}
	root := evtxtest.Element{Name: "Event", Children: []evtxtest.Node{system, data}}
	return evtxtest.Body{evtxtest.Instance{Template: &evtxtest.Template{Nodes: []evtxtest.Node{root}}, Values: values}}
}

func randomLog(t *testing.T, rng *rand.Rand) []byte {
	t.Helper()
	var l evtxtest.Log
	for id := uint64(1); id < 120; id++ {
		if rng.IntN(6) == 0 {
			l.AddBody(id, someTime, randomBody(rng, id))
			continue
		}
		e := evtxtest.Event{Provider: "Test-Provider", Channel: "Security",
			Computer: "ws-0" + string(rune('1'+rng.IntN(3))) + ".corp.example", EventID: uint16(rng.IntN(5000)),
			Time: someTime, RecordID: id, Classic: rng.IntN(8) == 0}
		for i := range rng.IntN(6) {
			p := evtxtest.Pair{Name: []string{"CommandLine", "Ünique", "Data", "", "Param_1"}[rng.IntN(5)],
				Value: randomValue(rng)}
			if e.Classic {
				p = evtxtest.Str("", oddTexts[rng.IntN(len(oddTexts))])
			}
			_ = i
			e.Data = append(e.Data, p)
		}
		l.Add(e)
		if rng.IntN(30) == 0 {
			l.Break()
		}
	}
	b, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// randomList is a list of texts as nobody writes it: with NULs, half pairs and half characters anywhere.
func randomList(rng *rand.Rand) evtxtest.Value {
	var b []byte
	for range rng.IntN(12) {
		b = append(b, []string{"\x00\x00", "w\x00h\x00o\x00", "W\x00H\x00", "\x3d\xd8", "\xa9\xdc", "\x00", "a",
			"\x2a\x21", "\x00\x01"}[rng.IntN(9)]...)
	}
	return evtxtest.Irregular(evtxtest.TypeString|evtxtest.TypeArray, b, "")
}

// sameForms is a log of few forms, so that records are like others but for their values, some of which are
// left out or repeat.
func sameForms(t *testing.T, rng *rand.Rand) []byte {
	t.Helper()
	sub := func(i uint16) evtxtest.Node {
		return evtxtest.Sub{Index: i, Type: evtxtest.TypeString, Optional: true}
	}
	attr := func(name string, content ...evtxtest.Node) evtxtest.Attr {
		return evtxtest.Attr{Name: name, Value: content}
	}
	with := func(name string, content []evtxtest.Node, attrs ...evtxtest.Attr) evtxtest.Node {
		return evtxtest.Element{Name: name, Attrs: attrs, Children: content}
	}
	leaf := func(name string, content ...evtxtest.Node) evtxtest.Node { return with(name, content) }
	data := func(name string, content ...evtxtest.Node) evtxtest.Node {
		return with("Data", content, attr("Name", evtxtest.Text(name)))
	}
	var forms []*evtxtest.Template
	for i, container := range []string{"EventData", "UserData", "EventData"} {
		system := evtxtest.Element{Name: "System", Children: []evtxtest.Node{
			with("Provider", nil, attr("Name", evtxtest.Text("Odd-Provider"))),
			leaf("EventID", evtxtest.Sub{Index: 0, Type: evtxtest.TypeUint16}),
			with("Execution", nil, attr("ProcessID", sub(1)), attr("ThreadID", sub(2))),
			with("Security", []evtxtest.Node{sub(4)}, attr("UserID", sub(3))),
			leaf("Computer", evtxtest.Text("odd-host")),
		}}
		first, second := data("Command", sub(5)), data("Data", sub(6))
		if i == 2 { // a list of unnamed Data, as classic records have it
			first, second = leaf("Data", sub(5)), leaf("Data", sub(6))
		}
		body := leaf(container, first, second, leaf("Literal", evtxtest.Text(oddTexts[i])), leaf("Leaf", sub(7)),
			leaf("Empty"), leaf("Leaf", sub(8)))
		forms = append(forms, &evtxtest.Template{
			Nodes: []evtxtest.Node{evtxtest.Element{Name: "Event", Children: []evtxtest.Node{system, body}}}})
	}
	var l evtxtest.Log
	for id := uint64(1); id < 150; id++ {
		values := []evtxtest.Value{evtxtest.Uint16(uint16(rng.IntN(3) * 4624))}
		for len(values) < 9 {
			v := evtxtest.Null()
			if rng.IntN(5) > 0 {
				v = evtxtest.String(oddTexts[rng.IntN(1+rng.IntN(len(oddTexts)))])
			}
			values = append(values, v)
		}
		form := forms[rng.IntN(len(forms))]
		if form == forms[2] && rng.IntN(4) > 0 {
			var texts []string
			for range rng.IntN(5) {
				texts = append(texts, oddTexts[rng.IntN(len(oddTexts))])
			}
			lists := []evtxtest.Value{evtxtest.Strings(texts...), randomList(rng), randomValue(rng)}
			values[5+rng.IntN(2)] = lists[rng.IntN(len(lists))]
		}
		l.AddBody(id, someTime, evtxtest.Body{evtxtest.Instance{Template: form, Values: values}})
	}
	b, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRecordsThatDifferInTheirValuesAloneAreSearchedAsTheirDumpIs(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 17))
	rounds := 2
	if os.Getenv("HUNT_LONG") != "" {
		rounds = 400
	}
	for range rounds {
		col := collectBytes(t, sameForms(t, rng))
		all := dumpOf(t, col, false)
		if len(all) < 100 {
			t.Fatalf("%d records", len(all))
		}
		for range 25 {
			compare(t, col, all, randomOptions(rng, all), false)
		}
		if t.Failed() {
			t.FailNow()
		}
	}
}

// TestAllWordsBeyondTheMatchesThatAreShownAreSeen: the last word of a search for all words stands where a record has
// more matches than are shown, in records that differ in their values alone as in the first of them.
func TestAllWordsBeyondTheMatchesThatAreShownAreSeen(t *testing.T) {
	o := search.Options{AllWords: true, Patterns: []search.Pattern{{Text: "needle"}}}
	words := ""
	for i := range 20 {
		word := fmt.Sprintf("word%02dx", i)
		words += word + " "
		o.Patterns = append(o.Patterns, search.Pattern{Text: word})
	}
	const fields = 51
	var data []evtxtest.Node
	for i := range uint16(fields) {
		data = append(data, evtxtest.Element{Name: fmt.Sprintf("F%02d", i),
			Children: []evtxtest.Node{evtxtest.Sub{Index: i, Type: evtxtest.TypeString}}})
	}
	element := func(name string, content ...evtxtest.Node) evtxtest.Node {
		return evtxtest.Element{Name: name, Children: content}
	}
	form := &evtxtest.Template{Nodes: []evtxtest.Node{element("Event",
		element("System", element("EventID", evtxtest.Text("1")), element("Computer", evtxtest.Text("odd-host"))),
		element("EventData", data...))}}
	for _, last := range []bool{false, true} { // the order in which the patterns are asked for
		if last {
			slices.Reverse(o.Patterns)
		}
		var l evtxtest.Log
		for id := uint64(1); id <= 6; id++ {
			var values []evtxtest.Value
			for range fields - 1 {
				values = append(values, evtxtest.String(fmt.Sprint(words, id)))
			}
			last := "word00x needle"
			if id > 4 {
				last = "word00x"
			}
			l.AddBody(id, someTime, evtxtest.Body{evtxtest.Instance{Template: form,
				Values: append(values, evtxtest.String(last))}})
		}
		log, err := l.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		q, err := search.Compile(o)
		if err != nil {
			t.Fatal(err)
		}
		var hits []int
		s := search.Search{Query: q, Jobs: 1, Complain: func(string) {}, Rows: each(func(h *search.Hit) error {
			n := 0
			for _, m := range h.Matches {
				n += len(m.Patterns)
			}
			hits = append(hits, n)
			return nil
		})}
		if _, err := s.Run(t.Context(), collectBytes(t, log), func(*evidence.File) {}); err != nil {
			t.Fatal(err)
		}
		if want := []int{1000, 1000, 1000, 1000}; !slices.Equal(hits, want) {
			t.Errorf("needle the last pattern %v: records with %v matches, want %v", last, hits, want)
		}
	}
}

// otherCase changes the case of some characters, also beyond ASCII.
func otherCase(rng *rand.Rand, s string) string {
	return strings.Map(func(r rune) rune {
		for range rng.IntN(3) {
			r = unicode.SimpleFold(r)
		}
		return r
	}, s)
}

// randomPattern takes a part of a text that stands in the evidence, or one that does not.
func randomPattern(rng *rand.Rand, all []dumped) search.Pattern {
	d := all[rng.IntN(len(all))]
	runes := []rune(d.texts[rng.IntN(len(d.texts))].content)
	if len(runes) == 0 {
		return search.Pattern{Text: "nowhere"}
	}
	from := rng.IntN(len(runes))
	n := 1 + rng.IntN(min(len(runes)-from, 1+rng.IntN(40)))
	s := otherCase(rng, string(runes[from:from+n]))
	switch rng.IntN(8) {
	case 0:
		return search.Pattern{Text: regexp.QuoteMeta(s), Regex: true}
	case 1:
		return search.Pattern{Text: regexp.QuoteMeta(s) + `\w*|never(more|land)`, Regex: true}
	case 2:
		return search.Pattern{Text: `(?:.|\n)` + regexp.QuoteMeta(s), Regex: true}
	case 3:
		return search.Pattern{Text: s + "-nowhere"}
	}
	return search.Pattern{Text: s}
}

func randomOptions(rng *rand.Rand, all []dumped) search.Options {
	o := search.Options{AllWords: rng.IntN(4) == 0, CaseSensitive: rng.IntN(4) == 0}
	n := 1 + rng.IntN(3)
	switch rng.IntN(8) {
	case 0:
		n = 12
	case 1:
		n, o.AllWords = 20, false
	}
	for range n {
		o.Patterns = append(o.Patterns, randomPattern(rng, all))
	}
	return o
}

func TestASearchFindsWhatASearchThroughTheDumpFinds(t *testing.T) {
	racetest.Skip(t)
	rng := rand.New(rand.NewPCG(7, 11))
	hits, rounds := 0, 10
	if os.Getenv("HUNT_LONG") != "" {
		rounds = 1000
	}
	for range rounds {
		log := randomLog(t, rng)
		if rng.IntN(3) == 0 { // damage
			for range 1 + rng.IntN(4) {
				log[4096+rng.IntN(len(log)-4096)] = byte(rng.IntN(256))
			}
		}
		carved := rng.IntN(3) == 0
		col := collectBytes(t, log)
		all := dumpOf(t, col, carved)
		if len(all) == 0 {
			continue
		}
		for range 25 {
			hits += compare(t, col, all, randomOptions(rng, all), carved)
		}
		if t.Failed() {
			t.FailNow()
		}
	}
	if hits < 500 {
		t.Errorf("only %d matches in all", hits)
	}
}

func TestASearchOfTheCorpusFindsWhatASearchThroughItsDumpFinds(t *testing.T) {
	dir := os.Getenv("HUNT_CORPUS")
	if dir == "" {
		dir = "../../../shared/corpus"
	}
	var names []string
	_ = filepath.WalkDir(filepath.Join(dir, "real"), func(name string, d os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(name, ".evtx") {
			names = append(names, name)
		}
		return nil
	})
	if len(names) == 0 {
		t.Skip("no corpus: set HUNT_CORPUS")
	}
	rng := rand.New(rand.NewPCG(3, 5))
	rounds := 6
	if os.Getenv("HUNT_LONG") != "" {
		rounds = 400
	}
	for range rounds {
		name := names[rng.IntN(len(names))]
		col := collect(t, name)
		carved := rng.IntN(3) == 0
		all := dumpOf(t, col, carved)
		if len(all) == 0 || len(all) > 3000 {
			continue
		}
		for range 8 {
			compare(t, col, all, randomOptions(rng, all), carved)
		}
	}
}
