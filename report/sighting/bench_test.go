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

// BenchmarkRows is a search that finds something in many records, with the rows written.
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
	for _, c := range []struct {
		name   string
		regex  bool
		texts  []string
		format listing.Format
	}{
		{"word in every record", false, []string{"microsoft"}, listing.JSONLines},
		{"word in every record", false, []string{"microsoft"}, listing.CSV},
		{"word in every record", false, []string{"microsoft"}, listing.Table},
		{"letter", false, []string{"e"}, listing.CSV},
		{"many short", false, []string{"a1zz", "a2zz", "b3", "b4", "b5", "b6", "b7", "b8", "b9", "b0"}, listing.CSV},
		{"address", true, []string{`[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+`}, listing.CSV},
		{"hash", true, []string{`[a-z0-9]{40}`}, listing.CSV},
	} {
		b.Run(c.name+"/"+string(c.format), func(b *testing.B) {
			var o search.Options
			for _, text := range c.texts {
				o.Patterns = append(o.Patterns, search.Pattern{Text: text, Regex: c.regex})
			}
			q, err := search.Compile(o)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(256 * evtx.ChunkSize)
			b.ReportAllocs()
			for b.Loop() {
				_, err := sighting.Write(b.Context(), io.Discard,
					search.Search{Query: q, Jobs: 1, Complain: func(string) {}}, col,
					sighting.Options{Rows: listing.Options{Format: c.format}, Unread: func(*evidence.File) {}})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
