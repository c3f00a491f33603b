package search_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/timeline/evidence"
	"hunt/timeline/search"
)

// benchLog is a log of 64 MiB whose chunks are those of a real one.
func benchLog(b *testing.B, name string) *evidence.Collection {
	b.Helper()
	dir := os.Getenv("HUNT_CORPUS")
	if dir == "" {
		dir = "../../../shared/corpus"
	}
	raw, err := os.ReadFile(filepath.Join(dir, "real/evtx-rs/samples", name))
	if err != nil {
		b.Skip(err)
	}
	var chunks [][]byte
	for _, c := range evtxtest.Chunks(raw) {
		if len(c) == evtx.ChunkSize && string(c[:7]) == "ElfChnk" {
			chunks = append(chunks, c)
		}
	}
	out := filepath.Join(b.TempDir(), name)
	f, err := os.Create(out)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if err := evtxtest.BigLog(f, chunks, evtx.FileHeaderSize+1024*evtx.ChunkSize); err != nil {
		b.Fatal(err)
	}
	return collect(b, out)
}

// BenchmarkSearch is a search of page-cached logs on one core, reading included.
func BenchmarkSearch(b *testing.B) {
	for _, log := range []string{"sysmon.evtx", "security.evtx"} {
		col := benchLog(b, log)
		for _, p := range []struct{ name, text string }{
			{"nowhere", "zzz-nowhere-zzz"}, {"nowhere in letters", "nowhere at all"}, {"number", "4711235"},
			{"SID", "S-1-5-21-1004336348-1177238915-682003330-500"},
			{"everywhere", "Microsoft"},
		} {
			b.Run(log+"/"+p.name, func(b *testing.B) {
				q, err := search.Compile(search.Options{Patterns: []search.Pattern{{Text: p.text}}})
				if err != nil {
					b.Fatal(err)
				}
				hits := 0
				s := search.Search{Query: q, Jobs: 1, Complain: func(string) {},
					Rows: each(func(*search.Hit) error {
						hits++
						return nil
					})}
				b.SetBytes(1024 * evtx.ChunkSize)
				b.ReportAllocs()
				for b.Loop() {
					if _, err := s.Run(context.Background(), col, func(*evidence.File) {}); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(hits)/float64(b.N), "hits/op")
			})
		}
	}
}
