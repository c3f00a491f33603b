package evtx_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hunt/evtx"
)

// benchChunks returns about size bytes of full chunks of the corpus whose records are of that
// channel, over and over.
func benchChunks(b *testing.B, channel string, size int) [][]byte {
	b.Helper()
	dir := corpusDir(b)
	var out [][]byte
	d := &evtx.Decoder{}
	for _, cf := range corpusFiles(b, dir) {
		raw, err := os.ReadFile(filepath.Join(dir, cf.Path))
		if err != nil {
			b.Fatal(err)
		}
		for off := evtx.FileHeaderSize; off+evtx.ChunkSize <= len(raw); off += evtx.ChunkSize {
			data := raw[off : off+evtx.ChunkSize]
			used, records := 0, 0
			for r := range d.Records(data, evtx.Ref{}, nil) {
				if strings.HasPrefix(r.Channel(), channel) {
					used += len(r.Raw())
					records++
				}
			}
			if used > evtx.ChunkSize*8/10 {
				out = append(out, data)
			}
		}
	}
	if len(out) == 0 {
		b.Fatalf("no full chunk of %s", channel)
	}
	distinct := len(out)
	for n := 0; len(out)*evtx.ChunkSize < size; n++ {
		out = append(out, out[n%distinct])
	}
	return out
}

var benchLogs = []struct{ name, channel string }{
	{"sysmon", "Microsoft-Windows-Sysmon"},
	{"security", "Security"},
}

// BenchmarkScan is what a scan costs whose filter wants none of the records.
func BenchmarkScan(b *testing.B) {
	for _, l := range benchLogs {
		b.Run(l.name, func(b *testing.B) {
			chunks := benchChunks(b, l.channel, 16<<20)
			d := &evtx.Decoder{}
			records := 0
			scan := func() {
				for _, c := range chunks {
					for r := range d.Records(c, evtx.Ref{}, nil) {
						records++
						if r.EventID() == 65535 && r.Provider() == "none" {
							b.Fatal("an event that does not exist")
						}
					}
				}
			}
			scan()
			records = 0
			b.SetBytes(int64(len(chunks)) * evtx.ChunkSize)
			b.ReportAllocs()
			for b.Loop() {
				scan()
			}
			b.ReportMetric(float64(records)/float64(b.N), "records/op")
		})
	}
}

// BenchmarkJSON is what the dump costs without reading and writing.
func BenchmarkJSON(b *testing.B) {
	for _, l := range benchLogs {
		b.Run(l.name, func(b *testing.B) {
			chunks := benchChunks(b, l.channel, 16<<20)
			d := &evtx.Decoder{}
			var out []byte
			dump := func() {
				for _, c := range chunks {
					for r := range d.Records(c, evtx.Ref{}, nil) {
						out = r.AppendJSON(out[:0])
					}
				}
			}
			dump()
			b.SetBytes(int64(len(chunks)) * evtx.ChunkSize)
			b.ReportAllocs()
			for b.Loop() {
				dump()
			}
		})
	}
}

// BenchmarkFields is what it costs to look at every field of every record.
func BenchmarkFields(b *testing.B) {
	chunks := benchChunks(b, "Microsoft-Windows-Sysmon", 16<<20)
	d := &evtx.Decoder{}
	var out []byte
	b.SetBytes(int64(len(chunks)) * evtx.ChunkSize)
	b.ReportAllocs()
	for b.Loop() {
		for _, c := range chunks {
			for r := range d.Records(c, evtx.Ref{}, nil) {
				for f := range r.Fields() {
					out = f.AppendText(out[:0])
				}
			}
		}
	}
}

// BenchmarkPlain is what it costs to see that a chunk needs no decoding.
func BenchmarkPlain(b *testing.B) {
	for _, l := range benchLogs {
		b.Run(l.name, func(b *testing.B) {
			chunks := benchChunks(b, l.channel, 16<<20)
			d := &evtx.Decoder{Unsummed: true}
			plain := 0
			b.SetBytes(int64(len(chunks)) * evtx.ChunkSize)
			b.ReportAllocs()
			for b.Loop() {
				plain = 0
				for _, c := range chunks {
					if _, ok := d.Plain(c, evtx.Ref{}); ok {
						plain++
					}
				}
			}
			b.ReportMetric(float64(plain)/float64(len(chunks)), "plain")
		})
	}
}
