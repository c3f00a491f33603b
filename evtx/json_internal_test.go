package evtx

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The compiled JSON of a shape is a shortcut through the tree; it must not be seen.
func TestCompiledJSONEqualsTheTreesJSON(t *testing.T) {
	corpus := cmp.Or(os.Getenv("HUNT_CORPUS"), "../../shared/corpus")
	for name, dir := range map[string]string{"samples": "../samples", "testdata": "testdata", "corpus": corpus} {
		t.Run(name, func(t *testing.T) {
			if _, err := os.Stat(dir); err != nil {
				t.Skipf("SKIPPED, NOT PASSED: no corpus of real logs at %s; set HUNT_CORPUS", dir)
			}
			if n := compareJSON(t, dir); n == 0 {
				t.Fatal("no records")
			}
		})
	}
}

// compareJSON compares the two ways to JSON on all logs of a directory, and returns the number of records.
func compareJSON(t *testing.T, dir string) (n int) {
	err := filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".evtx") {
			return err
		}
		f, err := Open(name)
		if err != nil {
			return err
		}
		var a, b []byte
		for r := range f.Records(&Decoder{Carve: true, Partial: true}, nil) {
			n++
			a = r.doc.AppendJSON(a[:0])
			b = r.doc.AppendTreeJSON(b[:0])
			if !bytes.Equal(a, b) {
				t.Fatalf("%s record %d\ncompiled %s\ntree     %s", name, r.Ref.HeaderRecordID, a, b)
			}
			if !json.Valid(a) {
				t.Fatalf("%s record %d: no JSON: %s", name, r.Ref.HeaderRecordID, a)
			}
		}
		return f.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
