package document

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"hunt/rules/predicate"
)

func TestNumbersAndKeysOfASourceStayAsWritten(t *testing.T) {
	docs := `{"_id":"x","@timestamp":1,"big":123456789012345678901234567890,"b":1.10,"a":{"z":1e3,"y":"é<"}}` + "\n"
	want := `x {"@timestamp":1,"big":123456789012345678901234567890,"b":1.10,"a":{"z":1e3,"y":"é<"}}` + "\n"
	if got := sources(t, run(t, docs, `any where true`, Options{})); got != want {
		t.Errorf("got  %swant %s", got, want)
	}
}

func TestSearchHitsAndBulkRequestsAreDocumentsToo(t *testing.T) {
	docs := `{"_index":"i","_id":"hit","_score":1,"_source":{"@timestamp":3,"a":"1"}}
{"index":{"_index":"i","_id":"bulk"}}
{"@timestamp":2,"a":"2"}
{"create":{}}
{"@timestamp":1,"a":"3"}

{"@timestamp":0,"index":"a field of that name","a":"4"}
`
	want := `7 {"@timestamp":0,"index":"a field of that name","a":"4"}
5 {"@timestamp":1,"a":"3"}
bulk {"@timestamp":2,"a":"2"}
hit {"@timestamp":3,"a":"1"}
`
	if got := sources(t, run(t, docs, `any where a != null`, Options{})); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestBadLinesAreReportedAndTheRestIsRead(t *testing.T) {
	deep := strings.Repeat(`{"a":`, maxDepth+5) + "1" + strings.Repeat("}", maxDepth+5)
	docs := "\ufeff{\"a\":1}\n{\"a\":\n[{\"a\":1}]\n7\n{\"a\":1} {\"a\":2}\n" + deep + "\nnot json\n{\"a\":2}"
	res := run(t, docs, `any where a > 0`, Options{Jobs: 3})
	var lines []int
	for _, p := range res.Problems {
		lines = append(lines, p.Line)
	}
	if want := []int{2, 3, 4, 5, 6, 7}; !slices.Equal(lines, want) || res.Bad != len(want) || res.Documents != 2 ||
		len(res.Matches) != 2 {
		t.Errorf("problems %v, bad %d, documents %d, matches %d", res.Problems, res.Bad, res.Documents,
			len(res.Matches))
	}
	if !strings.Contains(res.Problems[1].Err.Error(), "jq -c '.[]'") {
		t.Errorf("an array without advice: %v", res.Problems[1].Err)
	}
}

func TestTheResultDoesNotDependOnTheWorkers(t *testing.T) {
	var b strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&b, `{"@timestamp":%d,"event.category":"%c","host":"h%d","pad":%q}`+"\n", (i*7919)%5000, "ab"[i%2],
			i%13, strings.Repeat("x", 100))
	}
	var first string
	for jobs := range 4 {
		res := run(t, b.String(), `sequence by host with maxspan=3ms [a where true] [b where true]`,
			Options{Jobs: jobs + 1})
		got := idsOf(t, res, true)
		if jobs == 0 {
			first = got
			if len(res.Matches) < 100 {
				t.Fatalf("only %d sequences", len(res.Matches))
			}
		} else if got != first {
			t.Errorf("%d workers give another result than one", jobs+1)
		}
	}
}

func TestDocumentsWithoutATimeComeLastAndAreSaid(t *testing.T) {
	docs := "{\"a\":1}\n{\"@timestamp\":\"2024-01-01\",\"a\":1}\n{\"@timestamp\":\"soon\",\"a\":1}\n"
	res := run(t, docs, `any where a == 1`, Options{})
	if got := idsOf(t, res, false); got != "2 1 3" || res.Untimed != 2 || len(res.Warnings) != 1 {
		t.Errorf("order %s, %d untimed, warnings %q", got, res.Untimed, res.Warnings)
	}
	if got := idsOf(t, run(t, docs, `sequence [any where a == 1] [any where true]`, Options{}), false); got != "" {
		t.Errorf("a document without a time is in %s", got)
	}
	res = run(t, docs, `any where a == 1`, Options{TimestampField: "when"})
	if len(res.Warnings) == 0 || !strings.Contains(strings.Join(res.Warnings, " "), "--timestamp-field") {
		t.Errorf("a timestamp field that no document has is not said: %q", res.Warnings)
	}
}

func TestDatesAreReadInTheirFormats(t *testing.T) {
	const day = 1714521600_000_000_000 // 2024-05-01
	for _, c := range []struct {
		format string
		value  any
		want   int64
	}{
		{"", "2024-05-01", day},
		{"", "2024-05-01T00:00:00Z", day},
		{"", "2024-05-01T01:00:00.5+01:00", day + 5e8},
		{"", "2024-05-01 00:00:01", day + 1e9},
		{"", "2024/05/01 00:00:01", day + 1e9},
		{"", json.Number("1714521600000"), day},
		{"", "1714521600000", day},
		{"", "1714521600000.123456", day + 123456},
		{"", json.Number("1"), 1e6},
		{"", "1", 1e6},
		{"", json.Number("-1"), -1e6},
		{"", json.Number("1.714521600000e12"), day},
		{"", json.Number("1714521600000000"), day},           // microseconds
		{"", json.Number("133589952000000000"), day},         // FILETIME
		{"", json.Number("116444736000000000"), 0},           // FILETIME
		{"", json.Number("1714521600000000001"), day + 1},    // nanoseconds
		{"", json.Number("253402300799999"), math.MaxInt64},  // the last millisecond, held at the limit
		{"epoch_second", json.Number("1714521600"), day},     // seconds
		{"epoch_second", "1714521600.25", day + 250_000_000}, // seconds with a fraction
		{"yyyy-MM-dd HH:mm:ss.SSS", "2024-05-01 00:00:00.007", day + 7e6},
		{"dd/MM/yyyy||epoch_millis", "01/05/2024", day},
		{"yyyy-MM-dd'T'HH:mm:ssXXX", "2024-05-01T02:00:00+02:00", day},
		{"strict_date_optional_time||epoch_millis", "2024", 1704067200_000_000_000},
	} {
		formats, err := parseDateFormats(c.format)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := dateNanos(c.value, formats); !ok || got != c.want {
			t.Errorf("%q %v: %d %v, want %d", c.format, c.value, got, ok, c.want)
		}
	}
	for _, bad := range []any{"", "soon", "2024-13-01", "12:00", true, "1.", ".", "-", json.Number("1e400"),
		"99999999999999999999"} {
		if got, ok := dateNanos(bad, defaultDates); ok {
			t.Errorf("%v is taken for a date: %d", bad, got)
		}
	}
	if _, err := parseDateFormats("yyyy-'W'ww"); err == nil {
		t.Error("an unsupported pattern is taken")
	}
}

func TestTypesAreLearntFromValues(t *testing.T) {
	for _, c := range []struct {
		values string
		usual  predicate.Type
		want   predicate.Type
	}{
		{`1`, 0, predicate.TypeLong}, {`1.5`, 0, predicate.TypeFloat}, {`1,2.5`, 0, predicate.TypeFloat},
		{`true`, 0, predicate.TypeBoolean},
		{`"a"`, 0, predicate.TypeKeyword}, {`"1"`, 0, predicate.TypeKeyword}, {`1,"a"`, 0, predicate.TypeKeyword},
		{`"10.0.0.1"`, 0, predicate.TypeIP},
		{`"::1","10.0.0.1"`, 0, predicate.TypeIP}, {`"10.0.0.1","x"`, 0, predicate.TypeKeyword},
		{`"2024-05-01T00:00:00Z"`, 0, predicate.TypeDate},
		{`"2024-05-01","x"`, 0, predicate.TypeKeyword}, {`"1"`, predicate.TypeLong, predicate.TypeLong},
		{`"x"`, predicate.TypeLong, predicate.TypeKeyword},
		{`4688`, predicate.TypeKeyword, predicate.TypeKeyword},
		{`1714521600000`, predicate.TypeDate, predicate.TypeDate},
		{`"true"`, predicate.TypeBoolean, predicate.TypeBoolean},
	} {
		census := newCensus()
		p := &parser{census: census}
		if _, err := p.parse([]byte(`{"f":[` + c.values + `]}`)); err != nil {
			t.Fatal(err)
		}
		if got := census.fields["f"].typeOf(c.usual); got != c.want {
			t.Errorf("%s (usually %s): %s, want %s", c.values, c.usual, got, c.want)
		}
	}
}

func TestWellKnownFieldsKeepTheirTypes(t *testing.T) {
	usual := func(name string) (predicate.Type, bool) {
		t, ok := map[string]predicate.Type{"event.code": predicate.TypeKeyword, "process.pid": predicate.TypeLong,
			"process.name": predicate.TypeKeyword}[name]
		return t, ok
	}
	docs := `{"@timestamp":1,"event.code":4688,"process.pid":"12"}` + "\n"
	for query, want := range map[string]string{
		`any where event.code == "4688" and process.pid > 11`: "1",
		`any where event.code : "46*"`:                        "1",
		`any where process.name != "a"`:                       "1", // known, so a missing value is unequal
		`any where ?process.nam != "a"`:                       "",
	} {
		if got := idsOf(t, run(t, docs, query, Options{Usual: usual}), false); got != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
}

func TestBadMappingsAreRefusedWithTheReason(t *testing.T) {
	for mapping, want := range map[string]string{
		`[]`:                         "not a mapping",
		`{"a":`:                      "not a mapping",
		`{"a": {"type": "keyword"}}`: "neither",
		`{"properties": {"a": {"type": "alias", "path": "b"}}}`:                 "alias a",
		`{"properties": {"a": {"type": "keyword", "ignore_above": "many"}}}`:    "not a number",
		`{"properties": {"a": null}}`:                                           "no definition",
		`{"properties": {"a": {"type": "date", "format": "yyyy-'oops"}}}`:       "quote",
		`{"properties": {"a": {"type": "keyword", "fields": {"b": null}}}}`:     "no definition",
		`{"properties": {"a": {"type": "date", "format": "basic_qqq||QQQQQ"}}}`: "not supported",
	} {
		if _, err := ReadMapping(strings.NewReader(mapping)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", mapping, err, want)
		}
	}
}

func TestUTF16IsSaid(t *testing.T) {
	docs := "\xff\xfe{\x00}\x00"
	_, err := Run(context.Background(), `any where true`,
		[]File{{Name: "d", R: strings.NewReader(docs), Size: int64(len(docs))}}, Options{})
	if err == nil || !strings.Contains(err.Error(), "iconv") {
		t.Errorf("got %v", err)
	}
}

// reference collects the leaves of a document the long way.
func reference(doc map[string]any, prefix string, out map[string][]any) {
	for k, x := range doc {
		referenceValue(x, prefix+k, out)
	}
}

func referenceValue(v any, name string, out map[string][]any) {
	switch v := v.(type) {
	case map[string]any:
		reference(v, name+".", out)
	case []any:
		for _, x := range v {
			referenceValue(x, name, out)
		}
	default:
		out[name] = append(out[name], v)
	}
}

func FuzzLeavesAreThoseOfADecoder(f *testing.F) {
	f.Add([]byte(`{"a":[1,-2.5e3,{"b":null,"c":[[true],[false,"x\\\"y\\\\"]]}],"é\u0041":"\ud83d\ude00","":{"":{}},"t\t":[],"e":""}`))
	f.Add([]byte("{\"a\" : \"\xff\" ,\t\"b\":[ ]\r}"))
	f.Add([]byte(`{"a":"\\","b":"\\\\\"","c":{"d":"}"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		dec := json.NewDecoder(strings.NewReader(string(text)))
		dec.UseNumber()
		var doc map[string]any
		if !json.Valid(text) || len(text) == 0 || text[0] != '{' || dec.Decode(&doc) != nil || doc["_id"] != nil ||
			doc["_source"] != nil {
			return
		}
		want := map[string][]any{}
		reference(doc, "", want)
		p := &parser{want: map[string]int{}}
		for name := range want {
			p.want[name] = len(p.values)
			p.values = append(p.values, nil)
		}
		if _, err := p.parse(text); err != nil {
			return // too deep
		}
		for name, i := range p.want {
			got := p.values[i]
			if len(got) < len(want[name]) {
				t.Fatalf("%q: %s: got %q, want %q", text, name, got, want[name])
			}
			// A decoder drops all but the last of equal keys, a walker has them all, and objects come in no order.
			for _, v := range want[name] {
				if !slices.Contains(got, v) {
					t.Fatalf("%q: %s: got %q, want %q", text, name, got, want[name])
				}
			}
		}
	})
}

func FuzzDocumentsDoNotPanic(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"b":null}],"_id":5}`))
	f.Add([]byte(`{"_source":{"@timestamp":"2024"}}`))
	f.Add([]byte(`{"index":{"_id":"1"}}` + "\n" + `{"a":1e999,"@timestamp":"1.5"}`))
	f.Fuzz(func(t *testing.T, docs []byte) {
		res, err := Run(context.Background(), `sequence by ?a [any where ?a != null] [any where ?a.b : "x*" or true]`,
			[]File{{Name: "d", R: strings.NewReader(string(docs)), Size: int64(len(docs))}},
			Options{Jobs: 1, TiebreakerField: "a"})
		if err != nil {
			return
		}
		for _, m := range res.Matches {
			for _, e := range m.Events {
				if text, err := e.Source(); err != nil || !json.Valid(text) {
					t.Errorf("%q: source %q, %v", docs, text, err)
				}
			}
		}
	})
}
