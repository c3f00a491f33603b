package evtx_test

import (
	"bytes"
	"strings"
	"testing"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
)

func TestAFileThatEndsBetweenChunksHasLostTheOnesItsHeaderCounts(t *testing.T) {
	var log bytes.Buffer
	if err := evtxtest.BigLog(&log, evtxtest.Chunks(evtxtest.File(evtxtest.Event{})),
		evtx.FileHeaderSize+4*evtx.ChunkSize); err != nil {
		t.Fatal(err)
	}
	whole := log.Bytes()
	for _, c := range []struct {
		name string
		size int
		want string // detail of the damage that loses records; none if empty
	}{
		{"whole", len(whole), ""},
		{"two chunks of four", evtx.FileHeaderSize + 2*evtx.ChunkSize,
			"file ends after 2 of the 4 chunks that its header counts"},
		{"the header alone", evtx.FileHeaderSize, "file ends after 0 of the 4 chunks that its header counts"},
		{"a part of the header", 3000, "file ends after 0 of the 4 chunks that its header counts"},
		{"inside the third", evtx.FileHeaderSize + 2*evtx.ChunkSize + 999,
			"file ends after 3 of the 4 chunks that its header counts"},
		{"inside the last, which its own slot reports", len(whole) - 999, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, damage := evtx.ParseFileHeader(whole[:min(c.size, evtx.FileHeaderSize)], int64(c.size))
			var got []string
			for _, d := range damage {
				if d.Kind.LosesRecords() {
					got = append(got, d.Detail)
				}
			}
			if strings.Join(got, "; ") != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestTheChunkCountOfAHeaderWrapsAt16Bits(t *testing.T) {
	h := evtx.FileHeader{Chunks: 2, NextRecordID: 8}
	if d := h.Compare(1<<16+2, 7); len(d) != 0 {
		t.Errorf("a log of 65,538 chunks: %v", d)
	}
	if d := h.Compare(3, 7); len(d) != 1 {
		t.Errorf("three chunks where two are counted: %v", d)
	}
}
