package evtx_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"hunt/evtx"
)

// seedSize is how much of a file becomes a seed: the file header and the first records of the
// first chunk. The fuzzer's work grows with the square of what it has to change.
const seedSize = evtx.FileHeaderSize + 8192

// seeds adds the beginnings of the shipped samples, and of files of the corpus where there is one.
func seeds(f *testing.F, add func(raw []byte)) {
	f.Helper()
	n := 0
	for _, pattern := range []string{"../samples/*.evtx", "../samples/*/*.evtx", "../samples/*/*/*.evtx"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			if raw, err := os.ReadFile(name); err == nil && len(raw) > seedSize {
				add(raw[:seedSize])
			}
		}
	}
	dir := os.Getenv("HUNT_CORPUS")
	if dir == "" {
		dir = "../../shared/corpus"
	}
	names, err := filepath.Glob(filepath.Join(dir, "real/*/*/*.evtx"))
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		if raw, err := os.ReadFile(name); err == nil && len(raw) > seedSize && n < 24 {
			n++
			add(raw[:seedSize])
		}
	}
}

func FuzzFile(f *testing.F) {
	seeds(f, func(raw []byte) { f.Add(raw) })
	f.Fuzz(func(t *testing.T, raw []byte) { survive(t, raw) })
}

func FuzzChunk(f *testing.F) {
	seeds(f, func(raw []byte) {
		f.Add(raw[evtx.FileHeaderSize:])
	})
	f.Fuzz(func(t *testing.T, data []byte) {
		d := &evtx.Decoder{Carve: true, Partial: true}
		var buf []byte
		d.Learn(data)
		for r := range d.Records(data, evtx.Ref{}, func(x evtx.Damage) {
			if x.Kind == evtx.DamagePanic {
				t.Fatal(x.Detail)
			}
		}) {
			buf = exercise(t, r, buf)
		}
		d.Carve = false
		if got, want := said(t, d, data), said(t, &evtx.Decoder{Partial: true}, data); !bytes.Equal(got, want) {
			t.Fatal(difference(got, want))
		}
	})
}

func FuzzCarveRaw(f *testing.F) {
	seeds(f, func(raw []byte) { f.Add(raw[evtx.FileHeaderSize+100:]) })
	f.Fuzz(func(t *testing.T, data []byte) {
		d := &evtx.Decoder{Partial: true}
		var buf []byte
		for r := range d.CarveRaw(bytes.NewReader(data), int64(len(data)), 0, nil) {
			buf = exercise(t, r, buf)
		}
	})
}
