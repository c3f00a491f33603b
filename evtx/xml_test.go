package evtx_test

import (
	"encoding/xml"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"hunt/evtx"
)

func TestXMLOfTheCorpusIsWellFormed(t *testing.T) {
	dir := corpusDir(t)
	d := &evtx.Decoder{}
	n := 0
	for i, cf := range corpusFiles(t, dir) {
		if i%4 != 0 && !strings.Contains(cf.Path, "/evtx-rs/") {
			continue
		}
		f, err := evtx.Open(filepath.Join(dir, cf.Path))
		if err != nil {
			t.Fatal(err)
		}
		for r := range f.Records(d, nil) {
			n++
			text := string(r.AppendXML(nil))
			p := xml.NewDecoder(strings.NewReader(text))
			for {
				_, err := p.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatalf("%s record %d: %v\n%s", cf.Path, r.Ref.HeaderRecordID, err, text)
				}
			}
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	if n == 0 {
		t.Fatal("no records")
	}
}
