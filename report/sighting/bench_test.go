package sighting_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/report/listing"
	"hunt/report/sighting"
	"hunt/timeline/evidence"
	"hunt/timeline/search"
)

// BenchmarkRows is a search that finds something in every record, with the rows written.
func BenchmarkRows(b *testing.B) {
	dir := os.Getenv("HUNT_CORPUS")
	if dir == "" {
		dir = "../../../shared/corpus"
	}
	raw, err := os.ReadFile(filepath.Join(dir, "real/evtx-rs/samples/sysmon.evtx"))
	if err != nil {
		b.Skip(err)
	}
	var chunks [][]byte
	for _, c := range evtxtest.Chunks(raw) {
		if len(c) == evtx.ChunkSize && string(c[:7]) == "ElfChnk" {
			chunks = append(chunks, c)
		}
	}
	name := filepath.Join(b.TempDir(), "a.evtx")
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if err := evtxtest.BigLog(f, chunks, evtx.FileHeaderSize+256*evtx.ChunkSize); err != nil {
		b.Fatal(err)
	}
	col, err := evidence.Collect(b.Context(), evidence.Inputs(name), evidence.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = col.Close() }()
	q, err := search.Compile(search.Options{Patterns: []search.Pattern{{Text: "microsoft"}}})
	if err != nil {
		b.Fatal(err)
	}
	for _, format := range []listing.Format{listing.JSONLines, listing.CSV} {
		b.Run(string(format), func(b *testing.B) {
			b.SetBytes(256 * evtx.ChunkSize)
			b.ReportAllocs()
			for b.Loop() {
				_, err := sighting.Write(b.Context(), io.Discard,
					search.Search{Query: q, Jobs: 1, Complain: func(string) {}}, col,
					sighting.Options{Rows: listing.Options{Format: format}, Unread: func(*evidence.File) {}})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
