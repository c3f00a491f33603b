package binxml_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hunt/evtx"
	"hunt/evtx/binxml"
)

// TestRecordsOfOneFormDifferInTheirValuesAlone puts together what stands between the values of records of
// one form.
func TestRecordsOfOneFormDifferInTheirValuesAlone(t *testing.T) {
	type shape struct {
		form    binxml.Form
		present uint64
	}
	between := map[shape]string{}
	regular, again, lists := 0, 0, 0
	var names []string
	_ = filepath.WalkDir("../../samples", func(name string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(name, ".evtx") {
			names = append(names, name)
		}
		return nil
	})
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		dec := evtx.Decoder{Cache: evtx.NewCache()}
		clear(between)
		for at := evtx.FileHeaderSize; at+evtx.ChunkSize <= len(raw); at += evtx.ChunkSize {
			slot := evtx.Ref{Offset: int64(at)}
			for r := range dec.Records(raw[at:at+evtx.ChunkSize], slot, func(evtx.Damage) {}) {
				form, present, ok := r.Form()
				if !ok {
					continue
				}
				line, places := r.AppendJSONPlaces([]byte("before "))
				if want := "before " + string(r.AppendJSON(nil)); string(line) != want {
					t.Fatalf("%s: %s, want %s", name, line, want)
				}
				regular++
				if r.Repetitions() > 0 {
					lists++
				}
				var rest strings.Builder
				from := 0
				for _, p := range places {
					if got, want := r.AppendFormValue(nil, form, p.Value), line[p.From:p.To]; !bytes.Equal(got, want) {
						t.Fatalf("%s: value %d is %q, want %q", name, p.Value, got, want)
					}
					rest.Write(line[from:p.From])
					rest.WriteByte(0)
					from = p.To
					if text := line[p.From:p.To]; !slices.Contains([]byte(`"0123456789-tfn`), text[0]) {
						t.Fatalf("%s: %q is no value, in %s", name, text, line)
					}
				}
				rest.Write(line[from:])
				key := shape{form, present}
				if was, known := between[key]; known && was != rest.String() {
					t.Fatalf("%s: %q and %q are of one form", name, was, rest.String())
				} else if known {
					again++
				}
				between[key] = rest.String()
			}
		}
	}
	if regular < 500 || again < 200 || lists < 5 {
		t.Errorf("%d records have a form, %d one that another has, %d a list", regular, again, lists)
	}
}
