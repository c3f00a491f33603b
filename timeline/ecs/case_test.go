package ecs

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"hunt/evtx/evtxtest"
	"hunt/evtx/recordtest"
	"hunt/timeline/ecs/notation"
	"hunt/timeline/ecs/scalar"
)

// A mappingCase is one event of testdata/*.txt and what is expected of it:
//
//	event 1 Microsoft-Windows-Sysmon, Microsoft-Windows-Sysmon/Operational: a sentence
//	keywords 0x8020000000000000      (any System value: user, userdata ELEMENT, classic)
//	Image = C:\Windows\explorer.exe  (Data; numbers, GUIDs and SIDs get their own types)
//	> process.name = explorer.exe    (values, | between several; ? pending; nothing: missing)
//	= explorer.exe started           (its title: whole, where it can fail as a failure, without any Data;
//	== explorer.exe started (alice)   its message, if that says more; both written by -update)
type mappingCase struct {
	name  string
	place string
	event evtxtest.Event
	want  []wantField
	told  []string // title and message, as their lines are
}

type wantField struct {
	place, field string
	values       []string
}

var caseTime = time.Date(2026, 3, 2, 10, 11, 12, 345678900, time.UTC)

func readCases(t *testing.T) []*mappingCase {
	t.Helper()
	names, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(names) == 0 {
		t.Fatal("no cases", err)
	}
	var cases []*mappingCase
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var c *mappingCase
		lines := bufio.NewScanner(bytes.NewReader(text))
		for n := 1; lines.Scan(); n++ {
			line, place := lines.Text(), name+":"+strconv.Itoa(n)
			key, value, _ := strings.Cut(line, " ")
			switch {
			case line == "" || line[0] == '#':
			case key == "event":
				id, rest, _ := strings.Cut(value, " ")
				origin, sentence, ok := strings.Cut(rest, ": ")
				provider, channel, ok2 := strings.Cut(origin, ", ")
				number, err := strconv.ParseUint(id, 10, 16)
				if !ok || !ok2 || err != nil {
					t.Fatalf("%s: bad event line %q", place, line)
				}
				c = &mappingCase{name: provider + "/" + id + " " + sentence, place: place, event: evtxtest.Event{
					Provider: provider, Channel: channel, EventID: uint16(number), Computer: "PC1.example.com",
					Time: caseTime, UserID: "S-1-5-18",
				}}
				cases = append(cases, c)
			case key == "keywords":
				if c.event.Keywords, err = strconv.ParseUint(value, 0, 64); err != nil {
					t.Fatal(place, err)
				}
			case key == "user":
				c.event.UserID = value
			case key == "userdata":
				c.event.UserData = &evtxtest.UserData{Element: value}
			case key == "classic":
				c.event.Classic = true
			case key == "=", key == "==":
				c.told = append(c.told, line)
			case key == ">":
				field, values, ok := strings.Cut(value, " =")
				if !ok {
					t.Fatalf("%s: bad expectation %q", place, line)
				}
				w := wantField{place, field, nil}
				if values = strings.TrimPrefix(values, " "); values != "" {
					for _, v := range strings.Split(values, " | ") {
						w.values = append(w.values, unescape(v))
					}
				}
				c.want = append(c.want, w)
			default:
				name, value, ok := strings.Cut(line, " =")
				if !ok {
					t.Fatalf("%s: bad line %q", place, line)
				}
				pair := evtxtest.Pair{
					Name:  strings.TrimSuffix(name, "="),
					Value: typed(unescape(strings.TrimPrefix(value, " "))),
				}
				if pair.Name == "Data" {
					pair.Name = ""
				}
				if c.event.UserData != nil {
					c.event.UserData.Fields = append(c.event.UserData.Fields, pair)
				} else {
					c.event.Data = append(c.event.Data, pair)
				}
			}
		}
	}
	return cases
}

// unescape resolves \n, \t and \r written as <n>, <t>, <r>: backslashes are for paths.
func unescape(s string) string {
	return strings.NewReplacer("<n>", "\n", "<t>", "\t", "<r>", "\r").Replace(s)
}

// typed gives a value the type that Windows would log it with.
func typed(s string) evtxtest.Value {
	if n, err := strconv.ParseUint(s, 10, 32); err == nil && !strings.HasPrefix(s, "0") {
		return evtxtest.Uint32(uint32(n))
	}
	if digits, ok := strings.CutPrefix(s, "0x"); ok {
		if n, err := strconv.ParseUint(digits, 16, 64); err == nil && strings.ToLower(s) == s &&
			!strings.HasPrefix(digits, "0") {
			return evtxtest.Hex64(n)
		}
	}
	if len(s) == len(notation.ZeroGUID) && s[0] == '{' {
		return evtxtest.GUID(s)
	}
	if strings.HasPrefix(s, "S-1-") {
		return evtxtest.SID(s)
	}
	return evtxtest.String(s)
}

func texts(values []scalar.Value) []string {
	var out []string
	for _, v := range values {
		if v.Kind == scalar.KindPending {
			out = append(out, "?")
			continue
		}
		out = append(out, string(v.AppendText(nil)))
	}
	return out
}

func TestMappingGivesTheFieldsOfEachEvent(t *testing.T) {
	for _, c := range readCases(t) {
		t.Run(c.name, func(t *testing.T) {
			r := recordtest.Of(t, c.event)[0]
			schema := NewSchema()
			fields := make([]Field, len(c.want))
			for i, w := range c.want {
				f, _, known := schema.Field(w.field)
				if fields[i] = f; !known {
					t.Errorf("%s: unknown field %s", w.place, w.field)
				}
			}
			e := NewMapper(schema).Map(r)
			for i, w := range c.want {
				got := texts(e.Values(fields[i], nil))
				if w.field == "message" {
					got = []string{e.Message()}
				}
				if strings.Join(got, " | ") != strings.Join(w.values, " | ") {
					t.Errorf("%s: %s = %q, want %q", w.place, w.field, got, w.values)
				}
				if vs, ok := e.Class.Static(fields[i]); ok &&
					strings.Join(texts(vs), " | ") != strings.Join(got, " | ") {
					t.Errorf("%s: %s is static %q but %q for the event", w.place, w.field, texts(vs), got)
				}
			}
		})
	}
}

func TestEveryMappedEventIDHasACase(t *testing.T) {
	have := make(map[definitionKey]bool)
	for _, c := range readCases(t) {
		have[definitionKey{strings.ToLower(c.event.Provider), uint32(c.event.EventID)}] = true
		if len(c.want) == 0 {
			t.Errorf("%s: case %s expects nothing", c.place, c.name)
		}
	}
	for key, d := range definitions {
		if !have[key] && strings.EqualFold(d.source.provider, key.provider) {
			t.Errorf("no case for %s %d", key.provider, key.id)
		}
	}
}
