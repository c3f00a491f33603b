package evtx_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
)

// checkPlain compares what Plain says of a slot with what decoding it gives, and returns whether it
// is plain.
func checkPlain(t *testing.T, d *evtx.Decoder, data []byte, what string) bool {
	t.Helper()
	n, ok := d.Plain(data, evtx.Ref{})
	if !ok {
		return false
	}
	got, damage := 0, []evtx.Damage{}
	for r := range d.Records(data, evtx.Ref{}, func(x evtx.Damage) { damage = append(damage, x) }) {
		got++
		if r.Pieced() {
			t.Errorf("%s: record %d has a text of several pieces", what, r.EventRecordID())
		}
	}
	if got != n || len(damage) > 0 {
		t.Errorf("%s: %d plain records, decoded %d with damage %v", what, n, got, damage)
	}
	return true
}

func plainEvents() []evtxtest.Event {
	return []evtxtest.Event{
		{EventID: 4624, Data: []evtxtest.Pair{evtxtest.Str("TargetUserName", "anna")}},
		{EventID: 1, Data: []evtxtest.Pair{evtxtest.Str("CommandLine", "whoami /all")}},
	}
}

func TestWhatIsPlainDecodesWithoutDamage(t *testing.T) {
	file := evtxtest.File(plainEvents()...)
	slots := evtxtest.Chunks(file)
	d := &evtx.Decoder{Unsummed: true}
	if !checkPlain(t, d, slots[0], "sound chunk") {
		t.Fatal("a sound chunk is not plain")
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 3000 { // whatever a byte is, plain means sound
		data := bytes.Clone(slots[0])
		for range 1 + rng.IntN(3) {
			data[512+rng.IntN(4096)] = byte(rng.IntN(256))
		}
		checkPlain(t, &evtx.Decoder{Unsummed: true}, data, "mutated chunk")
	}
	for _, cut := range []int{0, 8, 512, 600, 65535} {
		if _, ok := d.Plain(slots[0][:cut], evtx.Ref{}); ok {
			t.Errorf("a chunk of %d bytes is plain", cut)
		}
	}
}

func TestWhatIsPlainInTheCorpusDecodesWithoutDamage(t *testing.T) {
	dir := corpusDir(t)
	d := &evtx.Decoder{Unsummed: true}
	chunks, plain := 0, 0
	for _, cf := range corpusFiles(t, dir) {
		raw, err := os.ReadFile(filepath.Join(dir, cf.Path))
		if err != nil {
			t.Fatal(err)
		}
		d.NoCRC = strings.Contains(cf.Path, "nocrc")
		for off := evtx.FileHeaderSize; off < len(raw); off += evtx.ChunkSize {
			chunks++
			if checkPlain(t, d, raw[off:min(off+evtx.ChunkSize, len(raw))], cf.Path) {
				plain++
			}
		}
	}
	t.Logf("%d of %d chunks are plain", plain, chunks)
	if plain < chunks/2 {
		t.Errorf("only %d of %d chunks are plain", plain, chunks)
	}
}
