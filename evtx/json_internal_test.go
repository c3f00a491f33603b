package evtx

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The compiled JSON of a shape is a shortcut through the tree; it must not be seen.
func TestCompiledJSONEqualsTheTreesJSON(t *testing.T) {
	dir := os.Getenv("HUNT_CORPUS")
	if dir == "" {
		dir = "../../shared/corpus"
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("SKIPPED, NOT PASSED: no corpus of real logs at %s; set HUNT_CORPUS", dir)
	}
	n := 0
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
	if n == 0 {
		t.Fatal("no records")
	}
}
