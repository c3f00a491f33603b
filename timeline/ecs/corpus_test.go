package ecs

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hunt/evtx"
)

// corpus returns the folder of real EVTX files: HUNT_CORPUS, else
// ../shared/corpus beside the project.
func corpus(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("HUNT_CORPUS")
	if dir == "" {
		root, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for !exists(filepath.Join(root, "go.mod")) {
			root = filepath.Dir(root)
		}
		dir = filepath.Join(root, "..", "shared", "corpus")
	}
	if !exists(filepath.Join(dir, "real")) {
		t.Skipf("NO CORPUS at %s: set HUNT_CORPUS to test against real logs", dir)
	}
	return filepath.Join(dir, "real")
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// eachRecord decodes every live record below dir, file by file in lexical order.
func eachRecord(t testing.TB, dir string, visit func(file string, r *evtx.Record)) {
	t.Helper()
	decoder := &evtx.Decoder{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".evtx") {
			return err
		}
		f, err := evtx.Open(name)
		if err != nil {
			return err
		}
		for r := range f.Records(decoder, func(evtx.Damage) {}) {
			visit(filepath.Base(name), r)
		}
		return f.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEveryRecordOfTheCorpusBecomesAnEvent(t *testing.T) {
	schema := NewSchema()
	for _, name := range []string{"winlog.event_data.CallTrace", "winlog.event_data.param1", "winlog.user_data.SubjectUserName", "no.such.field"} {
		schema.Field(name)
	}
	mapper := NewMapper(schema)
	counts := make(map[string]int)
	total, known := 0, 0
	var values []Value
	var doc []byte
	eachRecord(t, corpus(t), func(file string, r *evtx.Record) {
		e := mapper.Map(r)
		total++
		if e.Class.Known {
			known++
		}
		values = e.Values(EventCategory, values[:0])
		for _, v := range values {
			counts[v.Str]++
		}
		if len(values) == 0 {
			counts[""]++
		}
		doc = e.AppendJSON(doc[:0])
		if !json.Valid(doc) {
			t.Fatalf("%s [%d]: document is not JSON: %s", file, r.EventRecordID(), doc)
		}
		if m := e.Message(); m == "" || strings.ContainsAny(m, "\r\n") {
			t.Errorf("%s [%d]: message is not one line: %q", file, r.EventRecordID(), m)
		}
		clone := e.Clone()
		if got := clone.AppendJSON(nil); string(got) != string(doc) {
			t.Errorf("%s [%d]: a clone's document differs:\n%s\n%s", file, r.EventRecordID(), got, doc)
		}
	})
	t.Log(total, known, fmt.Sprint(counts))
}
